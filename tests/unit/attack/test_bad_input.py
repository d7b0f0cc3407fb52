"""Files that are wrong, foreign or altered are reported, never silently relaxed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.attack.attack import attack
from publisher.attack.tables import read_csv
from publisher.attack.values import Kind, detected_base, said
from publisher.errors import UsageProblem
from publisher.model.progress import Silent
from tests.unit.attack.test_planted import partners
from tests.unit.attack.toy import Toy, write

TOTALS = "filters: {sex: {Total: [Girls, Boys]}}\n"


def foreign(folder: Path, lines: list[str], totals: str = TOTALS):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pupils.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "totals.yaml").write_text(totals, encoding="utf-8")
    return attack(folder, [], folder / "totals.yaml", Silent())[0]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1,234", Kind.NUMBER, 1234), ("12.5%", Kind.NUMBER, 12.5), (" 7 ", Kind.NUMBER, 7),
        ("c", Kind.WITHHELD, None), ("[c]", Kind.WITHHELD, None), ("..", Kind.WITHHELD, None),
        ("*", Kind.WITHHELD, None), ("<5", Kind.BELOW, 5), ("<=5", Kind.BELOW, 6),
        ("low", Kind.LOW, None), ("~", Kind.LOW, None), ("k", Kind.LOW, None),
        ("[x]", Kind.NOT_AVAILABLE, None), ("z", Kind.NOT_AVAILABLE, None),
        (":", Kind.NOT_AVAILABLE, None), ("", Kind.BLANK, None), ("-4", Kind.NEGATIVE, -4),
        ("1,23", Kind.UNKNOWN, None), ("n/a", Kind.UNKNOWN, None), ("1e5", Kind.UNKNOWN, None),
    ],
)  # fmt: skip
def test_what_a_cell_says(text: str, kind: Kind, value: float | None):
    found = said(text)
    assert found.kind is kind
    if value is not None:
        assert found.value == value


def test_rounding_is_detected_only_from_many_numbers():
    import numpy as np

    assert detected_base(np.arange(10, 500, 10.0)) == 10
    assert detected_base(np.arange(5, 500, 5.0)) == 5
    assert detected_base(np.array([10.0, 20.0, 30.0])) == 1
    assert detected_base(np.arange(1, 50, 1.0)) == 1


def test_commas_and_mixed_symbols(tmp_path: Path):
    report = foreign(tmp_path, [
        "region,sex,pupil_count", 'A,Girls,"1,200"', "A,Boys,c", 'A,Total,"2,500"',
        "B,Girls,[c]", "B,Boys,*", "B,Total,310", "C,Girls,<5", "C,Boys,200", "C,Total,..",
    ])  # fmt: skip
    assert any("several symbols for withheld" in each for each in report.faults)
    assert report.unsafe == 2
    cells = [each.cell for each in report.findings if each.verdict.value == "unsafe"]
    assert any("Boys" in each for each in cells)


def test_a_total_that_does_not_add_is_a_contradiction(tmp_path: Path):
    report = foreign(tmp_path, [
        "sex,pupil_count", "Girls,12", "Boys,13", "Total,26",
    ])  # fmt: skip
    assert report.breaks_the_policy
    assert "do not add up" in report.contradictions[0]


def test_two_numbers_for_one_place_are_a_contradiction_and_repeats_are_told(tmp_path: Path):
    lines = ["sex,pupil_count", "Girls,12", "Girls,12", "Boys,13", "Total,25"]
    same = foreign(tmp_path / "a", lines)
    assert any("1 rows repeat" in each for each in same.faults)
    assert not same.breaks_the_policy
    other = foreign(tmp_path / "b", [*lines, "Girls,14"])
    assert "different numbers" in other.contradictions[0]


def test_negative_and_unknown_symbols_are_told_and_taken_as_no_number(tmp_path: Path):
    report = foreign(tmp_path, [
        "sex,area_type,pupil_count", "Girls,x,12", "Boys,x,-3", "Total,x,n/a",
        "Girls,y,12", "Boys,y,13", "Total,y,25",
    ])  # fmt: skip
    assert any("negative" in each for each in report.faults)
    assert any("unknown symbols" in each for each in report.faults)
    assert any("no totals are declared for area_type" in each for each in report.faults)


def test_a_wide_file_of_another_publication(tmp_path: Path):
    report = foreign(tmp_path, [
        "sex,possible_sessions,overall_attendance,overall_absence",
        "Girls,100,c,5", "Boys,100,90,10", "Total,200,185,15",
    ])  # fmt: skip
    assert report.unsafe == 1


def test_a_rate_that_is_declared_gives_back_a_count(tmp_path: Path):
    totals = TOTALS + "rates: {percent: {count: pupil_count, filter: sex, of: Total}}\n"
    lines = ["sex,pupil_count,percent", "Girls,c,37.5", "Boys,c,62.5", "Total,400,100.0"]
    assert foreign(tmp_path / "a", lines).safe == 2
    assert foreign(tmp_path / "b", lines, totals).unsafe == 2


@pytest.mark.parametrize("text", ["[", "filters: {sex: {Total: Girls}}", "colours: {}", "- a"])
def test_a_wrong_totals_file_says_what_it_should_be(tmp_path: Path, text: str):
    with pytest.raises(UsageProblem, match="what is a total of what"):
        foreign(tmp_path, ["sex,pupil_count", "Girls,1"], text)


def test_a_file_that_is_no_table(tmp_path: Path):
    with pytest.raises(UsageProblem, match="cannot be read as CSV"):
        read_csv("a.csv", b"a,b\n1,2,3\n")
    with pytest.raises(UsageProblem, match="cannot be read as CSV"):
        read_csv("a.csv", b"\xff\xfe\x00")
    with pytest.raises(UsageProblem, match="two columns of the same name"):
        read_csv("a.csv", b"a,a\n1,2\n")
    with pytest.raises(UsageProblem, match="no CSV or Parquet"):
        attack(tmp_path, [], None, Silent())


def sealed(folder: Path) -> Path:
    """Write the SHA256SUMS of a release."""
    public = folder / "public"
    files = sorted(each for each in public.rglob("*") if each.is_file())
    lines = [
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.relative_to(public).as_posix()}"
        for each in files
    ]
    (public / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_an_altered_or_missing_file_of_a_release_stands_against_it(tmp_path: Path):
    folder = write(tmp_path / "a", Toy.random(30), partners())
    extra = folder / "public" / "data" / "more.csv"
    extra.write_text("education_phase,x\nPrimary,1\n", encoding="utf-8")
    sealed(folder)
    assert not attack(folder, [], None, Silent())[0].broken_files
    extra.write_text("education_phase,x\nPrimary,2\n", encoding="utf-8")
    altered = attack(folder, [], None, Silent())[0]
    assert altered.breaks_the_policy
    assert any("was altered" in each for each in altered.faults)
    extra.unlink()
    missing = attack(folder, [], None, Silent())[0]
    assert missing.breaks_the_policy
    assert any("missing" in each for each in missing.faults)


def publisher(*words: object) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("publisher")
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True)


def test_the_command_ends_with_0_1_or_2(tmp_path: Path):
    toy = Toy.random(31)
    safe = write(tmp_path / "safe", toy, partners(), 10)
    leaky = write(tmp_path / "leaky", toy, partners()[:1])
    held = publisher("attack", safe, "--json", "--certificate", tmp_path / "c.npz")
    assert held.returncode == 0, held.stderr
    assert json.loads(held.stdout)["safe"] == len(partners())
    assert (tmp_path / "c.npz").is_file()
    found = publisher("attack", leaky)
    assert found.returncode == 1
    assert "worked out" in found.stdout
    later = publisher("attack", write(tmp_path / "later", toy, ()), "--previous", safe)
    assert later.returncode == 1
    assert "shown later what was hidden" in later.stdout
    inside = publisher("attack", safe, "--certificate", safe / "public" / "c.npz")
    assert inside.returncode == 2
    assert publisher("attack", tmp_path / "none").returncode == 2
    assert "Traceback" not in found.stderr + later.stderr + inside.stderr

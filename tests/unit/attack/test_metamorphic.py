"""What must not change a verdict does not; and nothing written holds a withheld number."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from publisher.attack.attack import attack, attack_one
from publisher.attack.certificate import check_certificate, write_certificate
from publisher.attack.declared import Declared
from publisher.attack.report import as_json, in_words
from publisher.attack.together import settle_together
from publisher.attack.worlds import World, Worlds, agrees
from publisher.model.progress import Silent
from tests.privacy.planted import world_in
from tests.unit.attack.test_planted import partners
from tests.unit.attack.toy import Toy, write


def verdicts(folder: Path, *previous: Path) -> tuple[int, int, int]:
    report, _ = attack(folder, previous, None, Silent())
    assert report.contradictions == ()
    return report.safe, report.unsafe, report.unknown


def hidden_rows(seed: int) -> list:
    """Some rows by chance: a few follow, most do not."""
    draw = np.random.default_rng(seed)
    toy = Toy.random(seed)
    chosen = draw.random(len(toy.rows)) < 0.5
    return [row for row, pick in zip(toy.rows, chosen, strict=True) if pick]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("base", [1, 10])
def test_order_and_a_second_copy_of_a_file_change_nothing(tmp_path: Path, seed: int, base: int):
    toy, hidden = Toy.random(seed), hidden_rows(seed)
    folder = write(tmp_path / "a", toy, hidden, base)
    expected = verdicts(folder)
    path = folder / "public" / "data" / "attendance_reasons.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    again = tmp_path / "b"
    shutil.copytree(folder, again)
    turned = again / "public" / "data" / "attendance_reasons.csv"
    turned.write_text("\n".join([header, *reversed(lines)]) + "\n", encoding="utf-8")
    shutil.copy(path, turned.with_name("weekly.csv"))
    assert verdicts(again) == expected


@pytest.mark.parametrize("seed", range(4))
def test_relabelling_areas_changes_nothing(tmp_path: Path, seed: int):
    toy, hidden = Toy.random(seed), hidden_rows(seed)
    swap = {"E06000001": "E06000003", "E06000003": "E06000001"}

    def renamed(line):
        code = line.get("new_la_code", "")
        if code in swap:
            line["new_la_code"] = swap[code]
            line["la_name"] = f"Authority {swap[code][-1]}"
        return line

    expected = verdicts(write(tmp_path / "a", toy, hidden, 10))
    assert verdicts(write(tmp_path / "b", toy, hidden, 10, change=renamed)) == expected


@pytest.mark.parametrize("seed", range(4))
def test_a_redundant_total_changes_nothing(tmp_path: Path, seed: int):
    """Attendance as the sum of present and approved, of which all is shown or all withheld."""
    toy, hidden = Toy.random(seed), hidden_rows(seed)
    expected = verdicts(write(tmp_path / "a", toy, hidden))

    def present(line):
        if line["attendance_reason"] != "Overall attendance":
            return None
        line["attendance_type"], line["attendance_reason"] = "Present", "All present"
        return line

    def approved(line):
        line = present(line)
        if line is not None:
            line["attendance_type"] = "Approved educational activity"
            line["attendance_reason"] = "All approved educational activity"
            line["session_count"] = "c" if line["session_count"] == "c" else "0"
            line["session_percent"] = "x"
        return line

    folder = write(tmp_path / "b", toy, hidden)
    write(folder, toy, hidden, change=present, name="more")
    write(folder, toy, hidden, change=approved, name="most")
    assert verdicts(folder) == expected


@pytest.mark.parametrize("seed", range(4))
def test_splitting_an_area_changes_no_verdict_of_the_others(tmp_path: Path, seed: int):
    """Two authorities of which one has no row are the same as one."""
    toy, hidden = Toy.random(seed), hidden_rows(seed)
    split = Toy(regions={"E12000001": (*toy.regions["E12000001"], "E06000009")}, counts=toy.counts)
    expected = verdicts(write(tmp_path / "a", toy, hidden))
    assert verdicts(write(tmp_path / "b", split, hidden)) == expected


def test_reading_an_old_file_again_changes_nothing(tmp_path: Path):
    toy = Toy.random(3)
    old = write(tmp_path / "old", toy, partners())
    new = write(tmp_path / "new", toy, partners())
    assert verdicts(new, old) == verdicts(new, old, old)


def test_worlds_found_by_descent_agree_with_the_files_and_with_the_exact_verdict(tmp_path: Path):
    toy = Toy.random(17)
    folder = write(tmp_path / "a", toy, [*partners(), *hidden_rows(17)[:3]], 10)
    exact = attack_one(folder, Declared(), Silent())
    worlds = Worlds(exact.facts.system)
    settle_together(exact.facts.system, exact.bounds, worlds, Silent())
    assert worlds.kept
    assert all(agrees(exact.facts.system, world) for world in worlds.kept)
    assert not (worlds.settled & exact.unsafe).any()
    assert worlds.settled.sum() >= 0.9 * exact.safe.sum()


def test_a_world_that_breaks_one_number_does_not_agree(tmp_path: Path):
    folder = write(tmp_path / "a", Toy.random(18), partners(), 10)
    found = attack_one(folder, Declared(), Silent())
    world = found.worlds.kept[0]
    for cell in (0, 100, found.facts.system.cells - 1):
        changed = world.values.copy()
        changed[cell] += 1
        assert not agrees(found.facts.system, World(changed))


class TestCertificate:
    """Checked without a solver; nobody can bend it."""

    @pytest.fixture
    def made(self, tmp_path: Path) -> tuple[Path, Path]:
        folder = write(tmp_path / "a", Toy.random(19), partners(), 10)
        _, attacked = attack(folder, [], None, Silent())
        write_certificate(tmp_path / "c.npz", attacked)
        return folder, tmp_path / "c.npz"

    def test_it_bears_out_what_the_attack_said(self, made):
        folder, certificate = made
        checked = check_certificate(certificate, folder, Silent())
        assert checked.holds
        assert (checked.safe, checked.unsafe, checked.unproved) == (len(partners()), 0, 0)

    def test_the_same_files_give_the_same_bytes(self, made, tmp_path: Path):
        folder, certificate = made
        _, attacked = attack(folder, [], None, Silent())
        write_certificate(tmp_path / "again.npz", attacked)
        assert certificate.read_bytes() == (tmp_path / "again.npz").read_bytes()

    def test_it_is_of_no_use_for_other_files(self, made):
        folder, certificate = made
        write(folder, Toy.random(20), partners(), 10)
        checked = check_certificate(certificate, folder, Silent())
        assert not checked.holds
        assert not checked.same_facts

    @pytest.mark.parametrize("what", ["world_0000", "others", "safe_lowest_in", "safe_cell"])
    def test_a_bent_one_is_found_out(self, made, what: str):
        folder, certificate = made
        with np.load(certificate) as opened:
            arrays = {name: opened[name].copy() for name in opened.files}
        if what == "world_0000":
            arrays[what] += 1
        elif what == "others":
            arrays[what][:] = len(arrays[what])
        elif what == "safe_lowest_in":
            arrays[what][:] = arrays["safe_highest_in"]
        else:
            arrays[what][0] = 0
        np.savez(certificate, **arrays)
        checked = check_certificate(certificate, folder, Silent())
        assert checked.wrong
        assert not checked.holds


@pytest.mark.parametrize("base", [1, 10])
def test_nothing_written_holds_a_withheld_number(tmp_path: Path, base: int):
    """True counts that no published number equals are nowhere in report or certificate."""
    toy = Toy.random(21)
    hidden = [row for row in partners() if row[2].startswith("37|Mon")]
    for row in hidden:
        for measure in ("overall_attendance", "possible_sessions"):
            toy.counts[row, measure] += 0
    folder = write(tmp_path / "a", toy, hidden, base)
    shown = set(re.findall(r"\d+", (folder / "public/data/attendance_reasons.csv").read_text()))
    true = {str(toy.counts[row, m]) for row in hidden for m in
            ("overall_attendance", "overall_absence", "possible_sessions")} - shown  # fmt: skip
    assert true
    report, attacked = attack(folder, [], None, Silent())
    assert report.unsafe == len(hidden)
    written = in_words(report, 1000) + json.dumps(as_json(report), default=str)
    words = set(re.findall(r"\d+", written.replace(",", "")))
    assert not true & words
    write_certificate(tmp_path / "c.npz", attacked)
    with np.load(tmp_path / "c.npz") as opened:
        worlds = [world_in(opened, each) for each in range(len(opened["others"]))]
        held = {str(n) for each in (opened["term_times"], *worlds) for n in each.ravel().tolist()}
    assert not true & held

"""What is measured is the same work, and what does not finish is said to have stopped."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import comparison
import comparison_page
import floor
import page
import pandas as pd
import pytest
import side_by_side
from measuring import Ended, Limits, Measured, run, run_process
from plain_copy import write_plain
from plain_periods import OF_YEAR, STANDS_FOR
from plain_places import PLACE
from plain_work import (
    ABSENTEES,
    EVIDENCE,
    EVIDENCE_OF_DAYS,
    GROUPS,
    OUTPUTS,
    WITHOUT_EVIDENCE,
)
from results import Different, compare, compare_with_ours

from publisher.aggregate import queries_marks
from publisher.aggregate.queries import steps
from publisher.catalogue import CATALOGUE
from publisher.feed.pseudonym import KEY_VARIABLE
from publisher.model.breakdowns import TOTAL
from publisher.model.geography import COUNTRY_CODE
from publisher.model.time import TERMS

pytestmark = pytest.mark.xdist_group("side by side")

TOOLS = ("DuckDB", "Polars, streaming", "pandas, by day")
NO_LIMITS = Limits()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> comparison.Data:
    """The first and last batch of a tiny country, in a store and as plain rows.

    Of the days between there are corrections only. In the second week, and in those, few
    authorities are open: regions and England leave them out. Before the last the autumn term ends.
    """
    folder = tmp_path_factory.mktemp("data")
    feed, store = folder / "feed", folder / "store"
    days = ("--from", "2025-10-20", "--to", "2026-01-09", "--batches", "6")
    run("generate", "generate", "--out", str(feed), "--scale", "0.0005", *days)
    for batch in sorted((feed / "batches").iterdir())[1:-1]:
        shutil.rmtree(batch)
    run("ingest", "ingest", str(feed), "--store", str(store))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, "another key than that of the store")
        write_plain(feed, folder / "plain")
    return comparison.Data(store, folder / "plain", folder / "side_by_side")


def _asked(*tools: str) -> comparison.Asked:
    return comparison.Asked("Title", (10,), tools, NO_LIMITS, memory="2GB", our_memory="2GB")


def _measured(data: comparison.Data, *tools: str) -> comparison.Found:
    (size,) = comparison.sizes(data.plain, [15])
    found = comparison.Found(size)
    side_by_side.measure_size(data, _asked(*tools), found, [])
    return found


@pytest.fixture(scope="module")
def found(data: comparison.Data) -> comparison.Found:
    return _measured(data, *TOOLS)


def test_every_tool_counts_what_the_program_counts(found: comparison.Found):
    ours = (comparison.OURS, comparison.BEFORE, comparison.INCREMENT)
    floors = (comparison.FLOOR_STORE, comparison.FLOOR_PLAIN)
    shorter = [each + comparison.WITHOUT for each in comparison.ALSO_WITHOUT]
    assert {name: ended.stopped for name, ended in found.ended.items()} == dict.fromkeys(
        (*ours, *floors, *TOOLS, *shorter), ""
    )
    assert found.compared > 100_000
    assert (found.size.days, found.size.batches) == (48, 2)


def test_england_leaves_out_the_week_in_which_few_authorities_are_open(
    data: comparison.Data, found: comparison.Found
):
    assert found.compared
    for name in ("DuckDB", comparison.OURS):
        sets = {"DuckDB": EVIDENCE, comparison.OURS: "group_evidence"}
        rows = pd.read_parquet(data.folder / "results" / name / f"{sets[name]}.parquet")
        week = rows[rows["kind"] == "week"]["first_day"] if "kind" in rows else rows["week"]
        places = rows.loc[week[week == pd.Timestamp("2025-10-27")].index, "location"]
        assert len(places)
        assert COUNTRY_CODE not in set(places)


def test_a_tool_without_evidence_hands_in_the_rest(data: comparison.Data, found: comparison.Found):
    assert found.compared
    folder = data.folder / "results" / f"DuckDB{comparison.WITHOUT}"
    assert {path.stem for path in folder.iterdir()} == set(WITHOUT_EVIDENCE)


def test_the_term_that_has_ended_is_counted_and_no_other(
    data: comparison.Data, found: comparison.Found
):
    assert found.compared
    results = data.folder / "results"
    autumn, spring = (pd.Timestamp(STANDS_FOR[term]) for term in TERMS[:2])
    for output in (ABSENTEES, EVIDENCE):
        weeks = pd.read_parquet(results / "DuckDB" / f"{output}.parquet")["week"]
        assert (weeks == autumn).any()
        assert not (weeks == spring).any()
    ours = pd.read_parquet(results / comparison.OURS / "persistent_absence.parquet")
    assert set(ours["first_day"]) == {pd.Timestamp(OF_YEAR), autumn}


def test_a_missing_term_is_found(data: comparison.Data, found: comparison.Found, tmp_path: Path):
    assert found.compared
    results = data.folder / "results"
    shutil.copytree(results / "DuckDB", tmp_path / "wrong")
    path = tmp_path / "wrong" / f"{ABSENTEES}.parquet"
    rows = pd.read_parquet(path)
    rows[rows["week"] == pd.Timestamp(OF_YEAR)].to_parquet(path)
    with pytest.raises(Different, match="the periods of persistent_absence"):
        compare_with_ours(results / comparison.OURS, tmp_path / "wrong")


@pytest.mark.parametrize("tool", TOOLS)
def test_a_week_in_which_a_term_begins_is_divided(data: comparison.Data, tmp_path: Path, tool: str):
    """Marks of a week in October are taken for those of the week that ends on 2 January."""
    plain, out = tmp_path / "plain", tmp_path / "out"
    shutil.copytree(data.plain, plain)
    (first, *_) = sorted((plain / "batches").iterdir())
    marks = pd.read_parquet(first / "marks.parquet")
    october = pd.to_datetime(marks["date"]) <= pd.Timestamp("2025-10-24")
    later = marks[october].assign(date=lambda rows: rows["date"] + timedelta(days=70))
    pd.concat([marks, later]).to_parquet(first / "marks.parquet")
    out.mkdir()
    command = [str(side_by_side.HERE / comparison.TOOLS[tool]), str(plain), str(out)]
    asked = ["--batches", "2", "--week", "2026-W02", "--scratch", str(tmp_path)]
    assert not run_process(tool, [sys.executable, *command, *asked]).stopped
    days = pd.read_parquet(out / f"{EVIDENCE_OF_DAYS}.parquet")
    rows = pd.read_parquet(out / f"{EVIDENCE}.parquet")
    assert set(days.loc[days["date"] > pd.Timestamp("2025-12-28"), "date"].dt.day) >= {31, 1, 2}
    for week, last in ((STANDS_FOR[TERMS[0]], "2025-12-31"), (OF_YEAR, "2026-01-09")):
        long = rows[(rows["week"] == pd.Timestamp(week)) & (rows["topic"] == TOTAL)]
        inside = days[days["date"] <= pd.Timestamp(last)]
        by_day = inside.groupby(PLACE, observed=True)["possible"].sum()
        assert long.set_index(PLACE)["possible"].to_dict() == by_day.to_dict()


@pytest.mark.full
def test_spark_counts_what_the_program_counts(data: comparison.Data):
    found = _measured(data, "DuckDB", "PySpark, local")
    assert found.seconds("PySpark, local") is not None
    assert found.compared > 10_000


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_single_different_figure_is_found(
    data: comparison.Data, found: comparison.Found, tmp_path: Path, output: str
):
    assert found.compared
    results = data.folder / "results"
    wrong = tmp_path / "wrong"
    shutil.copytree(results / "DuckDB", wrong)
    rows = pd.read_parquet(wrong / f"{output}.parquet")
    # the last figure of a row that the program publishes too: enrolments are means, so not by one
    rows.iloc[0, -1] += 1_000
    rows.to_parquet(wrong / f"{output}.parquet")
    with pytest.raises(Different, match=output):
        compare(results / "DuckDB", wrong)
    with pytest.raises(Different, match="the program differs"):
        compare_with_ours(results / comparison.OURS, wrong)


def test_a_missing_row_is_found(data: comparison.Data, found: comparison.Found, tmp_path: Path):
    assert found.compared
    results = data.folder / "results"
    shutil.copytree(results / "DuckDB", tmp_path / "wrong")
    path = tmp_path / "wrong" / f"{GROUPS}.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path)
    with pytest.raises(Different, match="the program differs"):
        compare_with_ours(results / comparison.OURS, tmp_path / "wrong")


def test_the_floor_reads_every_row(data: comparison.Data, found: comparison.Found):
    files = floor.files_of_plain(data.plain, found.size.batches)
    assert sum(len(pd.read_parquet(each)) for each in files) == floor.read(files, threads=2)


def test_the_floor_under_the_store_is_what_a_release_reads(
    data: comparison.Data, found: comparison.Found
):
    files = floor.files_of_store(data.store, found.size.release.as_of)
    stored = {path for path in data.store.rglob("*.parquet") if path.stem != floor.ONLY_COUNTED}
    assert set(files) == stored
    # Were the rows of single marks read as well, the floor would lie too high.
    assert "FROM marks)" in queries_marks.damaged_entries().sql
    others = [step.sql for step in steps(found.size.release.week, CATALOGUE)]
    others.remove(queries_marks.damaged_entries().sql)
    assert not [sql for sql in others if re.search(r"(FROM|JOIN) marks\b", sql)]


def test_a_program_that_fails_is_not_measured(data: comparison.Data, tmp_path: Path):
    (size,) = comparison.sizes(data.plain, [15])
    broken = replace(data, store=tmp_path / "no store")
    with pytest.raises(SystemExit, match="ended with status 1"):
        side_by_side.measure_size(broken, _asked(), comparison.Found(size), [])


def test_a_process_is_stopped_in_time_and_says_where_it_stood():
    program = "import sys, time; print('halfway', file=sys.stderr, flush=True); time.sleep(60)"
    ended = run_process("sleeper", [sys.executable, "-c", program], Limits(seconds=1))
    assert (ended.stopped, ended.stood) == ("stopped after 1 seconds", "halfway")
    assert ended.measured.seconds < 30


def test_a_process_is_stopped_at_its_memory_and_so_are_its_children():
    child = "import time; held = bytearray(300 << 20); time.sleep(60)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    ended = run_process("hoarder", [sys.executable, "-c", program], Limits(60, mebibytes=200))
    assert ended.stopped == "stopped at 200 MiB of memory"
    assert ended.measured.peak_mebibytes >= 200


def test_memory_of_who_measures_is_not_counted() -> None:
    """Linux keeps the peak of the process that starts another as the least of that one's."""
    ours = bytearray(b"x" * 600 * 2**20)
    ended = run_process("small", [sys.executable, "-c", "import time; time.sleep(0.5)"])
    assert len(ours) > 0
    assert 0 < ended.measured.peak_mebibytes < 300


def test_processor_time_of_children_is_counted_though_nobody_waits_for_them():
    child = "import time\nend = time.monotonic() + 2\nwhile time.monotonic() < end: pass"
    program = (
        "import subprocess, sys, time; "
        f"started = subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(2)"
    )
    ended = run_process("parent", [sys.executable, "-c", program])
    assert ended.measured.processor_seconds > 0.5


def test_a_process_that_fails_is_said_to_have_failed():
    ended = run_process("failing", [sys.executable, "-c", "raise SystemExit(3)"])
    assert ended.stopped == "ended with status 3"


def _of(days: int, seconds: float, stopped: str = "") -> comparison.Found:
    size = comparison.Size(1, days, days * 1000, None, None)
    ended = Ended(Measured("DuckDB", "", seconds, seconds, 100), b"", stopped, "counting sessions")
    return comparison.Found(size, {"DuckDB": ended})


@pytest.mark.parametrize(
    ("smaller", "words"),
    [
        ([_of(10, 1)], ""),
        ([_of(10, 30)], "not tried: 10 days took 30 seconds, and 100 are allowed"),
        ([_of(10, 100, "stopped after 100 seconds")], "at 10 days it stopped after 100 seconds"),
    ],
)
def test_what_cannot_finish_is_not_tried(smaller: list[comparison.Found], words: str):
    larger = _of(40, 0).size
    said = side_by_side.not_tried("DuckDB", larger, smaller, Limits(seconds=100))
    assert said.endswith(words)
    assert bool(said) == bool(words)


def test_a_stopped_tool_has_no_ratio_and_says_where_it_stood(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(page, "REPORT", tmp_path / "performance.md")
    found = _of(10, 100, "stopped after 100 seconds")
    found.ended[comparison.OURS] = _of(10, 5).ended["DuckDB"]
    text = page.write_section("Title", ["what"], list(comparison_page.tables([found])))
    assert (
        "| DuckDB: stopped after 100 seconds (counting sessions) | 100.0 | 100.0 | 100 |  |" in text
    )
    assert "times as long as ours" not in text


def test_of_several_rounds_the_mean_counts_and_the_most_memory():
    found = comparison.Found(_of(10, 0).size)
    for seconds, peak in ((30, 100), (20, 50), (25, 300)):
        ended = _of(10, seconds).ended["DuckDB"]
        found.add("DuckDB", replace(ended, measured=replace(ended.measured, peak_mebibytes=peak)))
    assert found.ended["DuckDB"].measured == Measured("DuckDB", "", 25, 25, 300)
    (words,) = comparison_page.rounds(found)
    assert words.endswith("seconds in order: DuckDB: 30.0, 20.0, 25.0")
    found.add("DuckDB", _of(10, 5, "stopped").ended["DuckDB"])
    assert found.seconds("DuckDB") is None


def test_one_round_needs_no_words():
    found = comparison.Found(_of(10, 0).size)
    found.add("DuckDB", _of(10, 5).ended["DuckDB"])
    assert not list(comparison_page.rounds(found))


def test_only_the_most_days_are_run_in_rounds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: comparison.Data
):
    monkeypatch.setattr(page, "REPORT", tmp_path / "performance.md")
    run: list[int] = []

    def one_run(_: object, __: object, found: comparison.Found, smaller: object) -> None:
        run.append(found.size.batches)
        found.add(comparison.OURS, _of(10, len(run)).ended["DuckDB"])

    monkeypatch.setattr(side_by_side, "measure_size", one_run)
    text = side_by_side.measure(data, replace(_asked(), days=(1, 48), rounds=3))
    assert run == [1, 2, 2, 2]
    assert "seconds in order: ours, everything: 2.0, 3.0, 4.0" in text


def test_the_ratios_name_the_work_and_both_floors():
    found = _of(10, 30)
    seconds = {
        comparison.OURS: 10,
        comparison.INCREMENT: 5,
        "DuckDB" + comparison.WITHOUT: 20,
        "Polars, streaming": 25,
        comparison.FLOOR_STORE: 1,
        comparison.FLOOR_PLAIN: 4,
    }
    found.ended |= {name: _of(10, each).ended["DuckDB"] for name, each in seconds.items()}
    text = "\n".join(comparison_page.tables([found]))
    assert (
        "the better of DuckDB and Polars, streaming takes, evidence included, 2.50 times as long "
        "as ours and 5.00 times as long as ours for what the last batch changed; DuckDB takes, "
        "without evidence, 2.00 times as long as ours and 4.00 times as long as ours for what the "
        "last batch changed; ours takes 10.0 times as long as reading the bytes of "
        "the store; ours takes 2.5 times as long as reading the bytes of the rows." in text
    )

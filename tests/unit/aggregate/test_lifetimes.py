"""Tables are forgotten when the last step that reads them has run, and never before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from publisher.aggregate import queries
from publisher.aggregate.engine import DIALECT, Engine, Step, StepKind
from publisher.aggregate.lifetimes import last_reads, read_by, unread
from publisher.aggregate.opening import open_engine
from publisher.aggregate.queries_answers import answers
from publisher.aggregate.running import Runner
from publisher.aggregate.settings import EngineSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import CouldNotRun
from publisher.model.progress import Silent
from publisher.model.time import IsoWeek

STEPS = queries.steps(IsoWeek(2025, 45), CATALOGUE)
VIEWS = {each.name for each in STEPS if each.kind is StepKind.VIEW}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    settings = EngineSettings(memory_limit="200MB", threads=1)
    with open_engine(settings, tmp_path) as engine:
        yield engine


def step(name: str, *read: str, kind: StepKind = StepKind.TABLE) -> Step:
    joined = " JOIN ".join((read[0], *(f"{each} USING (n)" for each in read[1:]))) if read else ""
    rows = f"SELECT n FROM {joined}" if read else "SELECT 1 AS n"
    return Step(name, "Some rows", rows, kind)


def ends(*steps: Step, later: tuple[str, ...] = ()) -> list[list[str]]:
    return [[each.name for each in end] for end in last_reads(steps, later)]


def test_a_table_ends_with_its_last_reader() -> None:
    assert ends(step("a"), step("b", "a"), step("c", "a", "b"), step("d", "c")) == [
        [],
        [],
        ["a", "b"],
        ["c", "d"],
    ]


def test_what_is_read_later_stays() -> None:
    assert ends(step("a"), step("b", "a"), later=("b", "other")) == [[], ["a"]]


def test_a_view_is_read_when_its_reader_runs() -> None:
    view = step("seen", "a", kind=StepKind.VIEW)
    through = step("through", "seen", kind=StepKind.VIEW)
    assert ends(step("a"), view, through, step("b", "through")) == [[], [], [], ["a", "b"]]
    assert ends(step("a"), view, through, later=("through",)) == [[], [], []]


def test_what_is_gathered_is_left_to_others() -> None:
    gathered = step("sums", "a", kind=StepKind.GATHERED)
    assert ends(step("a"), gathered) == [[], ["a"]]
    assert [each.name for each in unread((step("a"), gathered), ("a",))] == ["sums"]


def test_the_tables_that_every_step_reads_are_found() -> None:
    for each in STEPS:
        tables = {
            table.name for table in sqlglot.parse_one(each.sql, read=DIALECT).find_all(exp.Table)
        }
        assert tables <= read_by([each]), each.name


@given(st.sets(st.sampled_from([each.name for each in STEPS]), max_size=5))
def test_no_step_reads_what_is_forgotten(later: set[str]) -> None:
    needed = {*later, *read_by(answers(CATALOGUE))}
    forgotten: set[str] = set()
    for each, end in zip(STEPS, last_reads(STEPS, needed), strict=True):
        forgotten.discard(each.name)
        assert each.kind is StepKind.VIEW or not _tables(each) & forgotten, each.name
        forgotten |= {made.name for made in end}
    still_read = needed.union(*(_tables(each) for each in STEPS if each.name in needed & VIEWS))
    assert not still_read & forgotten
    assert {"part_weeks", "judged_weeks", "enrolments"} - still_read <= forgotten


def _tables(reader: Step) -> set[str]:
    """The tables that a step reads, by itself or through views."""
    found = set(read_by([reader]))
    return found.union(*(_tables(each) for each in STEPS if each.name in found & VIEWS))


def test_what_nobody_reads_any_more_is_gone_and_the_rest_is_there(engine: Engine) -> None:
    runner = Runner(engine, Silent())
    before = step("before")
    runner.run((before,))
    runner.run_and_forget((step("a", "before"), step("b", "a")), ("b",), before=(before,))
    assert engine.answer(step("c", "b", kind=StepKind.ANSWER)).column("n").to_pylist() == [1]
    for name in ("before", "a"):
        with pytest.raises(CouldNotRun):
            engine.answer(step("c", name, kind=StepKind.ANSWER))

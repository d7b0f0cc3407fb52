"""Hand-worked cases of schools that share counts; the properties compare with a reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import StoreProblem
from publisher.model.accounting import CountArrivals, Fate, TableAccount
from publisher.model.intake import STORED
from publisher.model.progress import Silent
from publisher.model.stages import Supply, TrueCells
from publisher.model.time import IsoWeek
from tests.properties.counts_of import Stated, with_counts
from tests.properties.reference_count import Approval, Feed, Mark, PupilRecord, School
from tests.properties.snapshot_of import snapshot_of

AS_OF = datetime(2025, 12, 1)
RECEIVED = datetime(2025, 9, 19, 18, 30)
WEEK = IsoWeek(2025, 38)
MONDAY = WEEK.monday
DARLINGTON = "E06000005"
Count = Callable[..., TrueCells]


def _stated(counts: dict, on_roll: dict | None = None, received: datetime = RECEIVED) -> Stated:
    return Stated(received, 1, MONDAY, Counter(counts), on_roll or {})


@pytest.fixture
def counted(tmp_path: Path, any_engine_in_full: EngineSettings) -> Count:
    return partial(_counted, any_engine_in_full, tmp_path)


def _counted(
    engine: EngineSettings, folder: Path, *statements: Stated, marks: tuple[Mark, ...] = ()
) -> TrueCells:
    feed = Feed(
        schools=(School(1, DARLINGTON, "Primary"), School(2, DARLINGTON, "Primary")),
        approvals=(Approval(1, MONDAY), Approval(2, MONDAY)),
        census=(),
        pupils=tuple(PupilRecord(RECEIVED, urn, "P", MONDAY.replace(year=2015)) for urn in (1, 2)),
        marks=(Mark(RECEIVED, 2, "P", MONDAY, "/", "/"), *marks),
    )
    snapshot = with_counts(
        snapshot_of(feed, folder / "marks", AS_OF), list(statements), folder / "counts"
    )
    return count(snapshot, WEEK, CATALOGUE, engine, MethodSettings(), Silent())


def _monday(true: TrueCells, table: str = "attendance_reasons") -> dict:
    cells = true.evidence if table == "evidence" else true.cells[table]
    day = next(each.key for each in true.scope.periods if each.first_day == MONDAY)
    here = (cells.location == DARLINGTON) & (cells.education_phase == "Primary")
    return cells[here & (cells.period == day)].to_dict("records")[0]


def test_counts_of_years_1_to_11_are_sessions(counted: Count) -> None:
    counts = {("AM", "/", 1): 20, ("PM", "I", 11): 3, ("AM", "/", 0): 7, ("AM", "/", 12): 5}
    row = _monday(counted(_stated(counts)))
    assert row["possible_sessions"] == 20 + 3 + 2
    assert row["reason_i_authorised_illness"] == 3


def test_registers_of_a_school_day_come_before_its_counts(counted: Count) -> None:
    mark = Mark(RECEIVED, 1, "P", MONDAY, "I", "I")
    true = counted(_stated({("AM", "/", 5): 20}), marks=(mark,))
    assert _monday(true)["possible_sessions"] == 4
    assert true.supply == Supply(registers=2, counts=0)
    assert true.cells["persistent_absence"].notna().all(axis=None)


def test_a_statement_replaces_the_whole_school_day(counted: Count) -> None:
    later = _stated({("AM", "/", 5): 9}, received=RECEIVED + timedelta(days=3))
    true = counted(_stated({("AM", "/", 5): 20, ("PM", "/", 5): 20}), later)
    assert _monday(true)["possible_sessions"] == 9 + 2


def test_a_statement_of_nobody_takes_the_school_day_back(counted: Count) -> None:
    later = _stated({}, received=RECEIVED + timedelta(days=3))
    true = counted(_stated({("AM", "/", 5): 20}), later)
    assert _monday(true)["possible_sessions"] == 2
    assert _monday(true, "schools_submitting")["schools_submitted"] == 1
    assert true.cells["persistent_absence"].notna().all(axis=None)


@pytest.mark.parametrize(
    ("on_roll", "pupils"), [({}, 12), ({5: 30}, 12), ({5: 8}, 8), ({5: 4, 6: 4, 0: 9}, 8)]
)
def test_pupils_are_those_of_the_larger_session_or_fewer_on_roll(
    counted: Count, on_roll: dict, pupils: int
) -> None:
    counts = {("AM", "/", 5): 7, ("PM", "/", 5): 11, ("PM", "I", 6): 1, ("PM", "X", 6): 9}
    row = _monday(counted(_stated(counts, on_roll)), "evidence")
    assert (row["pupils"], row["enrolments"]) == (pupils, pupils + 1)
    assert (row["schools"], row["possible_sessions"]) == (2, 7 + 12 + 2)


def test_counts_that_the_list_of_school_days_does_not_explain_stop_the_run(
    tmp_path: Path, any_engine_in_full: EngineSettings
) -> None:
    twice = _stated({("AM", "/", 5): 20})
    folder = tmp_path / "counts"
    snapshot = with_counts(
        snapshot_of(
            Feed((School(1, DARLINGTON, "Primary"),), (Approval(1, MONDAY),), (), (), ()),
            tmp_path,
            AS_OF,
        ),
        [twice],
        folder,
    )
    import pyarrow.parquet as pq

    days = pq.read_table(snapshot.count_days[0])
    pq.write_table(days.slice(0, 0), snapshot.count_days[0])
    with pytest.raises(StoreProblem, match="list of school-days does not explain"):
        count(snapshot, WEEK, CATALOGUE, any_engine_in_full, MethodSettings(), Silent())


def _fates(account: TableAccount | None) -> dict[str, int]:
    assert account is not None
    return {line.words: line.rows for line in account.lines}


def test_every_row_of_counts_is_in_one_bucket(counted: Count) -> None:
    mixed = {("AM", "/", 1): 20, ("AM", "/", 0): 7, ("AM", "Ω", 2): 1, ("PM", "I", 11): 3}
    statements = (
        _stated({("AM", "/", 5): 9}, {5: 30, 12: 9}),
        _stated(mixed, {5: 30}, received=RECEIVED + timedelta(days=1)),
        _stated({("AM", "/", 5): 9}, received=RECEIVED + timedelta(days=60)),
        replace(_stated({("AM", "/", 5): 9}), date=MONDAY - timedelta(days=300)),
        replace(_stated({("AM", "/", 5): 9}), date=MONDAY + timedelta(days=5)),
        replace(_stated({("AM", "/", 5): 9}), urn=3),
        replace(_stated({("AM", "/", 5): 9}), urn=2),
    )
    account = counted(*statements).account
    assert account is not None
    assert _fates(account.counts) == {
        Fate.COUNTED.words: 2,
        Fate.REPLACED.words: 1,
        Fate.REGISTERS.words: 1,
        Fate.BEFORE_SERIES.words: 1,
        Fate.LATE.words: 1,
        Fate.AFTER_WEEK.words: 1,
        Fate.NOT_IN_REGISTER.words: 1,
        Fate.AGE.words: 1,
        Fate.UNKNOWN_CODE.words: 1,
    }
    assert _fates(account.on_roll) == {Fate.REPLACED.words: 2, Fate.COUNTED.words: 1}


def test_a_count_that_is_gone_stops_the_run(
    tmp_path: Path, any_engine_in_full: EngineSettings
) -> None:
    feed = Feed((School(1, DARLINGTON, "Primary"),), (Approval(1, MONDAY),), (), (), ())
    snapshot = with_counts(
        snapshot_of(feed, tmp_path, AS_OF), [_stated({("AM", "/", 5): 20})], tmp_path / "counts"
    )
    snapshot = replace(snapshot, count_arrivals=(CountArrivals({STORED: 2}, {}),))
    with pytest.raises(StoreProblem, match="as many rows of counts"):
        count(snapshot, WEEK, CATALOGUE, any_engine_in_full, MethodSettings(), Silent())

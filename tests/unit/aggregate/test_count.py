"""Hand-worked cases; `tests/properties/test_counts_*` compares everything with a reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publisher.aggregate import queries_school_weeks
from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.catalogue.data_sets import PERSISTENT_ABSENCE_SET, SCHOOLS_SUBMITTING
from publisher.errors import CouldNotRun, StoreProblem, UsageProblem
from publisher.model.breakdowns import BREAKDOWN
from publisher.model.definitions import DataSet, Level
from publisher.model.progress import Advance, Progress, Silent
from publisher.model.stages import EVIDENCE_COLUMNS, ROW_KEY, TrueCells
from publisher.model.tables import Snapshot
from publisher.model.time import IsoWeek
from publisher.reference.register_weeks import HALF_BITS
from tests.properties.reference_count import (
    Approval,
    CensusEntry,
    Feed,
    Mark,
    PupilRecord,
    School,
)
from tests.properties.snapshot_of import snapshot_of

RECEIVED = datetime.fromisoformat("2025-09-19 18:30")
AS_OF = datetime.fromisoformat("2025-12-01")
WEEK = IsoWeek(2025, 38)
MONDAY = WEEK.monday
DARLINGTON, HARTLEPOOL, NORTH_EAST, ENGLAND = "E06000005", "E06000001", "E12000001", "E92000001"
Count = Callable[..., TrueCells]
Stored = Callable[[Snapshot], TrueCells]
TEN_YEARS_OLD = date(2015, 5, 5)


def _feed(pupils: int = 3, schools: tuple[School, ...] = (), **changes: Any) -> Feed:
    """Schools of `pupils` pupils each, all present all week."""
    schools = schools or (School(1, DARLINGTON, "Primary"),)
    enrolled = [(school.urn, f"P{school.urn}-{n}") for school in schools for n in range(pupils)]
    feed = Feed(
        schools=schools,
        approvals=tuple(Approval(school.urn, date(2025, 1, 1)) for school in schools),
        census=(),
        pupils=tuple(PupilRecord(RECEIVED, *each, TEN_YEARS_OLD) for each in enrolled),
        marks=tuple(
            Mark(RECEIVED, *each, day, "/", "\\") for each in enrolled for day in WEEK.school_days
        ),
    )
    return replace(feed, **changes)


@pytest.fixture
def counted(tmp_path: Path, any_engine_in_full: EngineSettings) -> Count:
    def run(
        feed: Feed,
        week: IsoWeek = WEEK,
        data_sets: Sequence[DataSet] = CATALOGUE,
        progress: Progress | None = None,
        **method: Any,
    ) -> TrueCells:
        return count(
            snapshot_of(feed, tmp_path / "store", AS_OF),
            week,
            data_sets,
            any_engine_in_full,
            MethodSettings(**method),
            progress or Silent(),
        )

    return run


def _row(
    true: TrueCells, data_set: str, location: str, phase: str, frame: str
) -> dict[str, object] | None:
    frame_of = {each.key: each.time_frame for each in true.scope.periods}
    cells = true.evidence if data_set == "evidence" else true.cells[data_set]
    here = (cells.location == location) & (cells.education_phase == phase)
    rows = cells[here & (cells.period.map(frame_of) == frame)].to_dict("records")
    assert len(rows) <= 1
    return rows[0] if rows else None


def test_a_week_is_the_sum_of_its_days(counted: Count) -> None:
    true = counted(_feed())
    day = _row(true, "attendance_reasons", DARLINGTON, "Primary", "Monday")
    week = _row(true, "attendance_reasons", DARLINGTON, "Primary", "Week")
    assert (day["possible_sessions"], day["reason_present_am"]) == (6, 3)
    assert (week["possible_sessions"], week["reason_present_pm"]) == (30, 15)


def test_rows_exist_only_where_a_school_submits(counted: Count) -> None:
    cells = counted(_feed()).cells["attendance_reasons"]
    assert set(cells.location) == {DARLINGTON, NORTH_EAST, ENGLAND}
    assert set(cells.education_phase) == {"Primary", "All schools"}
    assert len(cells) == 3 * 2 * 7


def test_columns_and_types_are_as_promised(counted: Count) -> None:
    true = counted(_feed())
    for data_set in CATALOGUE:
        frame = true.cells[data_set.name]
        group = [BREAKDOWN] if data_set.breakdowns else []
        assert list(frame) == [*ROW_KEY, *group, *(each.name for each in data_set.measures)]
        nullable = data_set is PERSISTENT_ABSENCE_SET or bool(data_set.breakdowns)
        counts = frame.drop(columns=[*ROW_KEY, BREAKDOWN, "schools_all"], errors="ignore")
        assert set(counts.dtypes.astype(str)) == {"Int64" if nullable else "int64"}
    assert str(true.cells["schools_submitting"].schools_all.dtype) == "Int64"
    assert list(true.evidence) == [*ROW_KEY, *EVIDENCE_COLUMNS]
    assert set(true.evidence.drop(columns=list(ROW_KEY)).dtypes.astype(str)) == {"int64"}
    groups = true.group_evidence
    assert groups is not None
    assert list(groups) == [*ROW_KEY, BREAKDOWN, *EVIDENCE_COLUMNS]
    assert set(groups.drop(columns=[*ROW_KEY, BREAKDOWN]).dtypes.astype(str)) == {"int64"}


def test_rows_are_sorted_by_period_then_place_then_phase(counted: Count) -> None:
    schools = (
        School(1, DARLINGTON, "Special"),
        School(2, HARTLEPOOL, "Primary"),
        School(3, "E09000033", "Secondary"),
    )
    true = counted(_feed(1, schools))
    places = [each.code for each in true.scope.locations]
    phases = ["Primary", "Secondary", "Special", "All schools"]
    for frame in (*true.cells.values(), true.evidence):
        order = [
            (row.period, places.index(row.location), phases.index(row.education_phase))
            for row in frame.itertuples()
        ]
        assert order == sorted(order)


def test_a_pupil_at_two_schools_is_two_enrolments_and_one_pupil(counted: Count) -> None:
    schools = (School(1, DARLINGTON, "Primary", "T"), School(2, DARLINGTON, "Primary", " T "))
    feed = _feed(1, schools)
    feed = replace(
        feed,
        pupils=tuple(replace(each, pupil="same") for each in feed.pupils),
        marks=tuple(replace(each, pupil="same") for each in feed.marks),
    )
    row = _row(counted(feed), "evidence", DARLINGTON, "Primary", "Week")
    assert (row["pupils"], row["enrolments"]) == (1, 2)
    assert (row["schools"], row["holdings"]) == (2, 1)
    assert (row["largest_holding"], row["second_holding"]) == (20, 0)


@pytest.mark.parametrize(("pupils", "bound"), [(19, 19), (20, 20), (40, 40)])
def test_small_numbers_of_pupils_are_exact(counted: Count, pupils: int, bound: int) -> None:
    assert _row(counted(_feed(pupils)), "evidence", ENGLAND, "Primary", "Week")["pupils"] == bound


def test_exactly_ten_percent_missed_is_persistently_absent(counted: Count) -> None:
    days = [MONDAY - timedelta(days=7 - n) for n in range(5)] + [*WEEK.school_days]
    marks = [Mark(RECEIVED, 1, "P1-0", day, "/", "\\") for day in days[1:]]
    both = [*marks, Mark(RECEIVED, 1, "P1-0", days[0], "I", "I")]
    one = [*marks, Mark(RECEIVED, 1, "P1-0", days[0], "I", "\\")]
    for absent, expected in ((both, 1), (one, 0)):
        true = counted(_feed(1, marks=tuple(absent)))
        row = _row(true, "persistent_absence", ENGLAND, "All schools", "Year to date")
        assert row["total_enrolments"] == 1
        assert row["persistently_absent"] == expected


def test_ten_possible_sessions_are_too_few_for_persistent_absence(counted: Count) -> None:
    row = _row(counted(_feed()), "persistent_absence", ENGLAND, "Primary", "Year to date")
    assert row["total_enrolments"] == 0


def test_a_later_batch_corrects_only_what_it_brings(counted: Count) -> None:
    feed = _feed(2)
    later = replace(feed.marks[0], received=RECEIVED + timedelta(days=7), am="I")
    withdrawn = replace(feed.marks[1], received=RECEIVED + timedelta(days=7), am="", pm="")
    row = _row(
        counted(replace(feed, marks=(*feed.marks, later, withdrawn))),
        "attendance_reasons",
        DARLINGTON,
        "Primary",
        "Week",
    )
    assert (row["possible_sessions"], row["reason_i_authorised_illness"]) == (18, 1)


def test_numbers_of_schools_are_means_of_days_rounded_half_up(counted: Count) -> None:
    schools = tuple(School(urn, DARLINGTON, "Primary") for urn in (1, 2))
    feed = _feed(1, schools)
    two_days = {WEEK.school_days[0], WEEK.school_days[1]}
    marks = tuple(each for each in feed.marks if each.date in two_days)
    marks = tuple(each for each in marks if (each.urn, each.date) != (2, MONDAY))
    true = counted(replace(feed, marks=marks, census=(CensusEntry(DARLINGTON, "Primary", 9, 9),)))
    row = _row(true, "schools_submitting", DARLINGTON, "Primary", "Week")
    assert (row["schools_submitted"], row["schools_all"]) == (2, 9)  # (1 + 2) / 2 days


def test_a_row_that_the_census_does_not_know_has_no_number(counted: Count) -> None:
    row = _row(counted(_feed()), "schools_submitting", DARLINGTON, "Primary", "Week")
    assert pd.isna(row["schools_all"])


def test_few_open_authorities_leave_a_week_out_of_wider_rows_only(counted: Count) -> None:
    places = (DARLINGTON, HARTLEPOOL, "E06000002")
    schools = tuple(School(n, place, "Primary") for n, place in enumerate(places, 1))
    feed = _feed(1, schools)
    earlier = MONDAY - timedelta(days=7)
    alone = Mark(RECEIVED, 1, "P1-0", earlier, "/", "\\")
    true = counted(replace(feed, marks=(*feed.marks, alone)))
    assert true.scope.days_left_out == IsoWeek(2025, 37).school_days
    assert (
        _row(true, "attendance_reasons", DARLINGTON, "Primary", "Year to date")["possible_sessions"]
        == 12
    )
    assert (
        _row(true, "attendance_reasons", NORTH_EAST, "Primary", "Year to date")["possible_sessions"]
        == 30
    )
    weeks = true.cells["schools_submitting"].query("period == '2025-W37-06'")
    assert set(weeks.location) == {DARLINGTON}


def test_strike_days_have_no_daily_rows_and_stay_in_the_week(counted: Count) -> None:
    true = counted(_feed(), strike_days=(MONDAY,))
    assert _row(true, "attendance_reasons", DARLINGTON, "Primary", "Monday") is None
    week = _row(true, "attendance_reasons", DARLINGTON, "Primary", "Week")
    assert week["possible_sessions"] == 30
    assert true.scope.strike_days == (MONDAY,)


def test_weighted_years_have_no_authority_total_and_say_so(counted: Count) -> None:
    week = IsoWeek(2024, 39)
    feed = _feed(census=(CensusEntry(DARLINGTON, "Primary", 1, 400),))
    shift = MONDAY - week.monday
    marks = tuple(replace(each, date=each.date - shift) for each in feed.marks)
    approvals = (Approval(1, date(2024, 1, 1)),)
    true = counted(replace(feed, marks=marks, approvals=approvals), week)
    assert true.weighted_totals
    assert _row(true, "attendance_reasons", DARLINGTON, "All schools", "Week") is None
    assert _row(true, "attendance_reasons", ENGLAND, "All schools", "Week") is not None
    pupils = true.census_pupils.set_index(["location", "education_phase"]).pupils.to_dict()
    assert pupils == {
        (DARLINGTON, "Primary"): 400,
        (NORTH_EAST, "Primary"): 400,
        (NORTH_EAST, "All schools"): 400,
        (ENGLAND, "Primary"): 400,
        (ENGLAND, "All schools"): 400,
    }


def test_a_data_set_has_only_its_own_levels_and_periods(counted: Count) -> None:
    national = replace(SCHOOLS_SUBMITTING, levels=(Level.NATIONAL,))
    true = counted(_feed(), data_sets=(national,))
    assert set(true.cells["schools_submitting"].location) == {ENGLAND}
    assert true.evidence.empty
    assert list(true.evidence) == [*ROW_KEY, *EVIDENCE_COLUMNS]


def test_a_data_set_without_rows_is_refused(counted: Count) -> None:
    national = replace(SCHOOLS_SUBMITTING, levels=(Level.NATIONAL,))
    schools = (School(1, DARLINGTON, "Primary"), School(2, HARTLEPOOL, "Primary"))
    feed = _feed(1, schools)
    marks = tuple(each for each in feed.marks if each.urn == 1)
    with pytest.raises(UsageProblem, match="no rows"):
        counted(
            replace(feed, marks=marks),
            data_sets=(national,),
            minimum_open_authorities_percent=100,
        )


def test_a_week_without_data_names_the_nearest_weeks_that_have_some(counted: Count) -> None:
    feed = _feed()
    later = tuple(replace(each, date=each.date + timedelta(days=28)) for each in feed.marks)
    holiday = replace(feed.marks[0], date=MONDAY + timedelta(days=14), am="#", pm="#")
    with pytest.raises(UsageProblem, match="No school submitted") as caught:
        counted(replace(feed, marks=(*feed.marks, *later, holiday)), IsoWeek(2025, 40))
    assert "2025-W38 and 2025-W42" in caught.value.advice


def test_nothing_received_yet_is_said(counted: Count) -> None:
    with pytest.raises(UsageProblem, match="No registers had arrived"):
        counted(replace(_feed(), marks=(), pupils=()))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schools": (School(1, DARLINGTON, "Primary"),) * 2}, "registered twice"),
        ({"schools": (School(1, DARLINGTON, "Nursery"),)}, "unknown phase"),
        ({"schools": (School(1, "E06999999", "Primary"),)}, "unknown local authority"),
        ({"census": (CensusEntry("E06999999", "Primary", 1, 1),)}, "census entry for an unknown"),
        ({"census": (CensusEntry(DARLINGTON, "Primary", 1, 1),) * 2}, "there twice"),
    ],
)
def test_registers_that_would_count_wrongly_stop_the_run(
    counted: Count, changes: Any, words: str
) -> None:
    with pytest.raises(StoreProblem, match=words):
        counted(_feed(**changes))


@pytest.fixture
def store(tmp_path: Path) -> Snapshot:
    return snapshot_of(_feed(), tmp_path / "store", AS_OF)


@pytest.fixture
def stored(any_engine_in_full: EngineSettings) -> Stored:
    def run(snapshot: Snapshot) -> TrueCells:
        return count(snapshot, WEEK, CATALOGUE, any_engine_in_full, MethodSettings(), Silent())

    return run


def test_marks_that_no_school_day_lists_stop_the_run(store: Snapshot, stored: Stored) -> None:
    table = pq.read_table(store.school_days[0])
    pq.write_table(table.slice(1), store.school_days[0])
    with pytest.raises(StoreProblem, match="list of school-days"):
        stored(store)


def test_a_school_with_more_marks_than_can_be_added_up_stops_the_run(
    store: Snapshot, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_school_weeks, "MOST_MARKS", 14)  # three pupils, five days
    with pytest.raises(StoreProblem, match="a school with more than 14 pupil-days"):
        stored(store)
    monkeypatch.setattr(queries_school_weeks, "MOST_MARKS", 15)
    assert len(stored(store).cells[SCHOOLS_SUBMITTING.name])


def test_a_mark_that_is_no_code_stops_the_run(store: Snapshot, stored: Stored) -> None:
    table = pq.read_table(store.weeks[0])
    wrong = pa.array([60 | 60 << HALF_BITS] * len(table), pa.int64())
    pq.write_table(table.set_column(3, "marks", wrong), store.weeks[0])
    with pytest.raises(StoreProblem, match="no register code"):
        stored(store)


@pytest.mark.parametrize("table", ["marks", "pupils"])
@pytest.mark.parametrize("more", [-1, 1])
def test_rows_that_no_batch_accounts_for_stop_the_run(
    store: Snapshot, stored: Stored, table: str, more: int
) -> None:
    arrived = store.arrivals[0]
    said = {table: {"stored": getattr(arrived, table)["stored"] + more}}
    damaged = replace(store, arrivals=(replace(arrived, **said), *store.arrivals[1:]))
    with pytest.raises(StoreProblem, match=f"as many rows of {table} as its batches took in"):
        stored(damaged)


def test_a_store_that_accounts_for_nothing_stops_the_run(store: Snapshot, stored: Stored) -> None:
    with pytest.raises(StoreProblem, match="as many rows"):
        stored(replace(store, arrivals=()))


def test_a_missing_file_is_a_problem_of_the_run(store: Snapshot, stored: Stored) -> None:
    store.marks[0].unlink()
    with pytest.raises(CouldNotRun, match="'marks'"):
        stored(store)


def test_nothing_shows_a_true_count(counted: Count) -> None:
    true = counted(_feed(7))
    assert repr(true) == (
        "TrueCells(2025-W38, rows {'attendance_reasons': 42, 'persistent_absence': 6, "
        "'schools_submitting': 42, 'absence_by_characteristic': 738, "
        "'persistent_absence_by_characteristic': 426, 'transition': 30})"
    )


class _Watching:
    def __init__(self) -> None:
        self.promised = self.done = 0

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        assert name
        self.promised += total
        yield self._advance

    def _advance(self, number: int) -> None:
        self.done += number


def test_progress_ends_where_it_said_it_would(counted: Count) -> None:
    watching = _Watching()
    counted(_feed(), progress=watching)
    assert watching.done == watching.promised > 0

"""The stage: from what the store knew to true counts.

weeks of marks, part by part ─► school-days ─► open weeks ─► days left out ─► rows ─► TrueCells
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from publisher.aggregate import parameters, queries, queries_counts, queries_marks
from publisher.aggregate.account import true_account, with_counts
from publisher.aggregate.capacity import refuse_what_cannot_fit
from publisher.aggregate.empty_tables import EMPTY_TABLES
from publisher.aggregate.engine import Engine, Step, open_engine
from publisher.aggregate.frames import frame_of, may_be_unknown
from publisher.aggregate.grid import leaving_out, release_scope, school_days, weekdays, year_of
from publisher.aggregate.groups import (
    groups_of,
    item_members,
    numbered,
    period_items,
    promised_items,
)
from publisher.aggregate.open_weeks import days_left_out, nothing_open
from publisher.aggregate.queries_account import account_steps
from publisher.aggregate.queries_count_account import count_account_steps
from publisher.aggregate.queries_counts import count_steps
from publisher.aggregate.queries_group_evidence import group_evidence
from publisher.aggregate.queries_rows import census_pupils
from publisher.aggregate.queries_weeks import marks_of_schools
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.aggregate.sharing import ledger_in_force
from publisher.aggregate.slices import week_tables
from publisher.errors import StoreProblem, UsageProblem
from publisher.model.accounting import TrueAccount
from publisher.model.breakdowns import BREAKDOWN
from publisher.model.definitions import (
    DataSet,
    Level,
)
from publisher.model.progress import Advance, Progress
from publisher.model.stages import EVIDENCE_COLUMNS, ROW_KEY, ReleaseScope, Supply, TrueCells
from publisher.model.tables import SchoolRange, Snapshot
from publisher.model.time import IsoWeek
from publisher.reference.years import TotalsRegime


def count(
    snapshot: Snapshot,
    week: IsoWeek,
    data_sets: Sequence[DataSet],
    engine_settings: EngineSettings,
    method_settings: MethodSettings,
    progress: Progress,
    scratch: Path | None = None,
) -> TrueCells:
    """Count the release of `week` from what `snapshot` knew.

    `scratch`: folder in which working files may be written and are removed again; without it the
    system's temporary folder.

    Raises:
        UsageProblem: the week has no data or lies outside the series, or a data set cannot be
            counted as it is declared.
        StoreProblem: the registers or marks cannot be counted once and only once.
        CouldNotRun: it cannot fit, or the engine stopped (memory, disk, damaged file).
    """
    scope = release_scope(week, snapshot.as_of, method_settings)
    queries.refuse_uncountable(data_sets)
    if not (snapshot.marks or snapshot.counts):
        raise UsageProblem(
            f"No registers had arrived by {snapshot.as_of.isoformat()}",
            "Ingest a feed, or choose a later moment.",
        )
    days = school_days(scope)
    refuse_what_cannot_fit(snapshot, days[0], days[-1], engine_settings, scratch)
    with open_engine(engine_settings, scratch, snapshot.root) as engine:
        _read(engine, snapshot, method_settings)
        counting = _Counting(engine, scope, tuple(data_sets), method_settings, progress)
        return counting.result(snapshot)


class _Counting:
    """One run of the queries; holds what every part of it needs."""

    def __init__(
        self,
        engine: Engine,
        scope: ReleaseScope,
        data_sets: tuple[DataSet, ...],
        method: MethodSettings,
        progress: Progress,
    ) -> None:
        self._engine = engine
        self._scope = scope
        self._data_sets = data_sets
        self._method = method
        self._progress = progress
        self._advance: Advance = _nothing
        self._year = year_of(scope.week)

    def result(self, snapshot: Snapshot) -> TrueCells:
        self._read_lists()
        scope = self._count_parts(snapshot)
        steps = queries.steps_of_rows(self._scope.week, self._data_sets)
        with self._stage("Counting", len(steps)):
            return self._true_cells(snapshot, scope)

    def _true_cells(self, snapshot: Snapshot, scope: ReleaseScope) -> TrueCells:
        account = self._account(snapshot)
        self._count_rows(scope)
        weighted = self._year.totals is TotalsRegime.WEIGHTED
        cells = {each.name: self._cells(each) for each in self._data_sets}
        shown = tuple(each for each in self._data_sets if len(cells[each.name]))
        if not shown:
            raise self._no_rows(self._data_sets[0])
        return TrueCells(
            scope=scope,
            data_sets=shown,
            cells={each.name: cells[each.name] for each in shown},
            evidence=self._evidence(),
            group_evidence=self._group_evidence(),
            census_pupils=frame_of(self._answer(census_pupils())),
            weighted_totals=weighted,
            account=account,
            supply=self._supply(),
        )

    def _read_lists(self) -> None:
        self._engine.load("release_days", parameters.release_days(school_days(self._scope)))
        self._engine.load("code_numbers", parameters.code_numbers())
        self._engine.load("authorities", parameters.authorities())
        self._engine.load("areas", parameters.areas())
        self._refuse_damage(queries_marks.damaged_entries())
        self._refuse_damage(queries_counts.damaged_counts())
        groups = numbered(groups_of(self._data_sets))
        self._load_weeks(self._scope)
        self._run(queries_marks.register_steps(self._year, groups))

    def _count_parts(self, snapshot: Snapshot) -> ReleaseScope:
        """Count the marks; again, should other days be left out than lists of school-days told."""
        scope = leaving_out(self._scope, self._days_left_out(queries_marks.listed_authorities()))
        self._read_parts(snapshot, scope)
        left_out = self._left_out()
        if left_out != scope.days_left_out:
            scope = leaving_out(self._scope, left_out)
            self._read_parts(snapshot, scope)
        return scope

    def _read_parts(self, snapshot: Snapshot, scope: ReleaseScope) -> None:
        """Sum the marks of one part of the schools after the other: memory does not grow."""
        self._load_weeks(scope)
        steps = queries.steps_of_part(self._scope.week, self._data_sets)
        parts = self._parts()
        with self._stage("Reading registers", len(parts) * len(steps)):
            for number, part in enumerate(parts):
                self._engine.load("part_of_schools", parameters.part_of_schools(part))
                if snapshot.weeks:
                    self._engine.read("weeks", snapshot.weeks, snapshot.not_yet, part)
                self._run(steps, anew=number == 0)
        self._run(queries_marks.mark_steps())
        self._refuse_damage(queries_marks.marks_without_meaning())

    def _parts(self) -> tuple[SchoolRange, ...]:
        marks = self._answer(marks_of_schools())
        return parameters.parts_of(
            marks["urn"].to_pylist(), marks["marks"].to_pylist(), self._engine.marks_at_a_time
        )

    def _load_weeks(self, scope: ReleaseScope) -> None:
        for name, table in week_tables(scope, self._data_sets).items():
            self._engine.load(name, table)

    def _account(self, snapshot: Snapshot) -> TrueAccount:
        marks, halves, pupils, schools = (
            self._answer(step) for step in account_steps(self._year, self._scope.week)
        )
        account = true_account(
            snapshot.arrivals, marks=marks, pupils=pupils, halves=halves, schools=schools
        )
        counts, on_roll = (
            self._answer(step) for step in count_account_steps(self._year, self._scope.week)
        )
        return with_counts(account, snapshot.count_arrivals, counts, on_roll)

    def _count_rows(self, scope: ReleaseScope) -> None:
        regime, data_sets = self._year.totals, self._data_sets
        self._engine.load("row_members", parameters.row_members(regime))
        self._engine.load("promised_rows", parameters.promised_rows(scope, data_sets, regime))
        self._engine.load("period_days", parameters.period_days(scope, data_sets))
        if groups := groups_of(data_sets):
            self._engine.load("item_members", item_members(groups))
            self._engine.load("promised_items", promised_items(data_sets))
            self._engine.load("period_items", period_items(scope, data_sets))
        self._run(queries.counting_steps(data_sets))

    def _left_out(self) -> tuple[date, ...]:
        """The days that national and regional rows leave out.

        Raises:
            UsageProblem: no school submitted in the week of the release.
        """
        if not self._authorities(queries_marks.open_authorities()).get(str(self._scope.week)):
            raise self._nothing_open()
        return self._days_left_out(queries_marks.open_authorities())

    def _days_left_out(self, step_of_authorities: Step) -> tuple[date, ...]:
        days = school_days(self._scope)
        step = queries_marks.sharing_authorities(days[0], days[-1])
        sharing = self._answer(step)["authorities"][0].as_py()
        percent = self._method.minimum_open_authorities_percent
        return days_left_out(days, self._authorities(step_of_authorities), sharing, percent)

    def _authorities(self, step: Step) -> dict[str, int]:
        answer = self._answer(step)
        return dict(zip(*(answer[name].to_pylist() for name in answer.column_names), strict=True))

    def _nothing_open(self) -> UsageProblem:
        """Look at the lists of school-days of the whole year, to name weeks that have data."""
        days = weekdays(self._year.series_start, self._year.last_day)
        self._engine.load("release_days", parameters.release_days(days))
        self._run([queries_marks.counted_school_days(), *count_steps(self._year)])
        listed = self._authorities(queries_marks.listed_authorities())
        return nothing_open(self._scope.week, {**listed, str(self._scope.week): 0})

    def _cells(self, data_set: DataSet) -> pd.DataFrame:
        """Empty only for wide areas, which may leave out every day of the year."""
        frame = frame_of(self._answer(queries.cells(data_set)), may_be_unknown(data_set))
        if frame.empty and Level.LOCAL_AUTHORITY in data_set.levels:
            raise self._no_rows(data_set)
        return frame

    def _no_rows(self, data_set: DataSet) -> UsageProblem:
        return UsageProblem(
            f"The data set '{data_set.name}' has no rows in week {self._scope.week}",
            "Leave it out of this release, or lower minimum_open_authorities_percent.",
        )

    def _evidence(self) -> pd.DataFrame:
        if not queries.about_pupils(self._data_sets):
            return pd.DataFrame(columns=[*ROW_KEY, *EVIDENCE_COLUMNS])
        return frame_of(self._answer(queries.evidence(self._data_sets)))

    def _group_evidence(self) -> pd.DataFrame:
        if not groups_of(self._data_sets):
            return pd.DataFrame(columns=[*ROW_KEY, BREAKDOWN, *EVIDENCE_COLUMNS])
        return frame_of(self._answer(group_evidence()))

    def _supply(self) -> Supply:
        row = self._answer(queries_counts.supply()).to_pylist()[0]
        return Supply(registers=row["registers"], counts=row["counts"])

    @contextmanager
    def _stage(self, name: str, total: int) -> Iterator[None]:
        with self._progress.stage(name, total) as advance:
            self._advance = advance
            yield
            self._advance = _nothing

    def _refuse_damage(self, step: Step) -> None:
        for row in self._answer(step).to_pylist():
            if row["entries"]:
                raise StoreProblem(
                    f"Nothing can be counted: the store holds {row['problem']}",
                    "The store is damaged or was written by another version; ingest the feed "
                    "into a new store.",
                )

    def _run(self, steps: Sequence[Step], *, anew: bool = True) -> None:
        for step in steps:
            self._engine.run(step, anew=anew)
            self._advance(1)

    def _answer(self, step: Step) -> pa.Table:
        answer = self._engine.answer(step)
        self._advance(1)
        return answer


def _nothing(_steps: int) -> None:
    """Advance no progress: what runs now is quick."""


def _read(engine: Engine, snapshot: Snapshot, method: MethodSettings) -> None:
    for name, empty in EMPTY_TABLES.items():
        if files := getattr(snapshot, name):
            engine.read(name, files, snapshot.not_yet)
        else:
            engine.load(name, empty)
    engine.read("schools", [snapshot.schools])
    engine.load("approvals", ledger_in_force(snapshot, method))
    engine.read("census", [snapshot.census])

"""The stage: from what the store knew to true counts.

marks ─► school-days ─► open weeks ─► days left out ─► rows ─► TrueCells
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from publisher.aggregate import parameters, queries, queries_counts, queries_marks
from publisher.aggregate.account import true_account, with_counts
from publisher.aggregate.empty_tables import EMPTY_TABLES
from publisher.aggregate.engine import Engine, Step, open_engine
from publisher.aggregate.grid import leaving_out, release_scope, school_days, weekdays, year_of
from publisher.aggregate.groups import groups_of, item_members, period_items, promised_items
from publisher.aggregate.open_weeks import days_left_out, nothing_open
from publisher.aggregate.queries_account import account_steps
from publisher.aggregate.queries_count_account import count_account_steps
from publisher.aggregate.queries_group_evidence import group_evidence
from publisher.aggregate.queries_rows import census_pupils
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.aggregate.sharing import ledger_in_force
from publisher.errors import StoreProblem, UsageProblem
from publisher.model.accounting import TrueAccount
from publisher.model.breakdowns import BREAKDOWN
from publisher.model.definitions import (
    AbsenteeMeasure,
    DataSet,
    EnrolmentMeasure,
    Level,
    SchoolCount,
    SchoolMeasure,
)
from publisher.model.progress import Advance, Progress
from publisher.model.stages import EVIDENCE_COLUMNS, ROW_KEY, ReleaseScope, Supply, TrueCells
from publisher.model.tables import Snapshot
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
        CouldNotRun: the engine stopped (memory, disk, damaged file).
    """
    scope = release_scope(week, snapshot.as_of, method_settings)
    all_steps = queries.steps(week, data_sets)
    if not (snapshot.marks or snapshot.counts):
        raise UsageProblem(
            f"No registers had arrived by {snapshot.as_of.isoformat()}",
            "Ingest a feed, or choose a later moment.",
        )
    with (
        open_engine(engine_settings, scratch, snapshot.root) as engine,
        progress.stage("Counting", len(all_steps)) as advance,
    ):
        _read(engine, snapshot, method_settings)
        counting = _Counting(engine, scope, tuple(data_sets), method_settings, advance)
        return counting.result(snapshot)


class _Counting:
    """One run of the queries; holds what every part of it needs."""

    def __init__(
        self,
        engine: Engine,
        scope: ReleaseScope,
        data_sets: tuple[DataSet, ...],
        method: MethodSettings,
        advance: Advance,
    ) -> None:
        self._engine = engine
        self._scope = scope
        self._data_sets = data_sets
        self._method = method
        self._advance = advance
        self._year = year_of(scope.week)

    def result(self, snapshot: Snapshot) -> TrueCells:
        self._count_school_days()
        account = self._account(snapshot)
        scope = leaving_out(self._scope, self._left_out())
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
            census_pupils=_frame(self._answer(census_pupils())),
            weighted_totals=weighted,
            account=account,
            supply=self._supply(),
        )

    def _count_school_days(self) -> None:
        self._engine.load("release_days", parameters.release_days(school_days(self._scope)))
        self._engine.load("code_numbers", parameters.code_numbers())
        self._engine.load("authorities", parameters.authorities())
        self._refuse_damage(queries_marks.damaged_entries())
        self._refuse_damage(queries_counts.damaged_counts())
        self._run(queries_marks.mark_steps(self._year))
        self._refuse_damage(queries_marks.marks_without_meaning())

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
        of_day, of_period = parameters.day_slices(scope, data_sets)
        self._engine.load("row_members", parameters.row_members(regime))
        self._engine.load("promised_rows", parameters.promised_rows(scope, data_sets, regime))
        self._engine.load("period_days", parameters.period_days(scope, data_sets))
        self._engine.load("day_slices", of_day)
        self._engine.load("period_slices", of_period)
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
        week, days = self._scope.week, school_days(self._scope)
        open_authorities = self._open_authorities()
        if not open_authorities.get(str(week)):
            raise self._nothing_open()
        step = queries_marks.sharing_authorities(days[0], days[-1])
        sharing = self._answer(step)["authorities"][0].as_py()
        percent = self._method.minimum_open_authorities_percent
        return days_left_out(days, open_authorities, sharing, percent)

    def _open_authorities(self) -> dict[str, int]:
        answer = self._answer(queries_marks.open_authorities())
        return dict(zip(*(answer[name].to_pylist() for name in answer.column_names), strict=True))

    def _nothing_open(self) -> UsageProblem:
        """Count the school-days of the whole year once more, to name weeks that have data."""
        days = weekdays(self._year.series_start, self._year.last_day)
        self._engine.load("release_days", parameters.release_days(days))
        self._run(queries_marks.mark_steps(self._year))
        return nothing_open(self._scope.week, self._open_authorities())

    def _cells(self, data_set: DataSet) -> pd.DataFrame:
        """Empty only for wide areas, which may leave out every day of the year."""
        frame = _frame(self._answer(queries.cells(data_set)), _may_be_unknown(data_set))
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
        return _frame(self._answer(queries.evidence(self._data_sets)))

    def _group_evidence(self) -> pd.DataFrame:
        if not groups_of(self._data_sets):
            return pd.DataFrame(columns=[*ROW_KEY, BREAKDOWN, *EVIDENCE_COLUMNS])
        return _frame(self._answer(group_evidence()))

    def _supply(self) -> Supply:
        row = self._answer(queries_counts.supply()).to_pylist()[0]
        return Supply(registers=row["registers"], counts=row["counts"])

    def _refuse_damage(self, step: Step) -> None:
        for row in self._answer(step).to_pylist():
            if row["entries"]:
                raise StoreProblem(
                    f"Nothing can be counted: the store holds {row['problem']}",
                    "The store is damaged or was written by another version; ingest the feed "
                    "into a new store.",
                )

    def _run(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self._engine.run(step)
            self._advance(1)

    def _answer(self, step: Step) -> pa.Table:
        answer = self._engine.answer(step)
        self._advance(1)
        return answer


def _read(engine: Engine, snapshot: Snapshot, method: MethodSettings) -> None:
    for name, empty in EMPTY_TABLES.items():
        if files := getattr(snapshot, name):
            engine.read(name, files, snapshot.not_yet)
        else:
            engine.load(name, empty)
    engine.read("schools", [snapshot.schools])
    engine.load("approvals", ledger_in_force(snapshot, method))
    engine.read("census", [snapshot.census])


def _may_be_unknown(data_set: DataSet) -> frozenset[str]:
    """The columns of measures that need not be known for every row (`TrueCells`)."""
    return frozenset(
        each.name
        for each in data_set.measures
        if data_set.breakdowns
        or isinstance(each, AbsenteeMeasure | EnrolmentMeasure)
        or (isinstance(each, SchoolMeasure) and each.counts is SchoolCount.IN_CENSUS)
    )


def _frame(answer: pa.Table, may_be_unknown: frozenset[str] = frozenset()) -> pd.DataFrame:
    """int64 columns for counts; nullable Int64 for those that may be unknown.

    Raises:
        ValueError: another column has a null.
    """
    frame: pd.DataFrame = answer.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    key = (*ROW_KEY, BREAKDOWN)
    counts = [name for name in frame.columns if name not in key and name not in may_be_unknown]
    return frame.astype(dict.fromkeys(counts, "int64"))

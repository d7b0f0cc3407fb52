"""The stage: from what the store knew to true counts.

weeks of marks, part by part ─► school-days ─► open weeks ─► days left out ─► rows ─► TrueCells
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path

import pandas as pd

from publisher.aggregate import (
    parameters,
    queries,
    queries_answers,
    queries_counts,
    queries_marks,
)
from publisher.aggregate.account import true_account, with_counts
from publisher.aggregate.capacity import refuse_what_cannot_fit
from publisher.aggregate.countable import refuse_uncountable
from publisher.aggregate.empty_tables import EMPTY_TABLES
from publisher.aggregate.engine import Engine, Step
from publisher.aggregate.frames import Answers
from publisher.aggregate.gathering import Gathering
from publisher.aggregate.grid import leaving_out, release_scope, school_days, weekdays, year_of
from publisher.aggregate.groups import (
    groups_of,
    item_members,
    numbered,
    period_items,
    promised_items,
)
from publisher.aggregate.kept import Keeping, Unfinished
from publisher.aggregate.lifetimes import read_by, unread
from publisher.aggregate.open_weeks import days_left_out, nothing_open
from publisher.aggregate.opening import open_engine
from publisher.aggregate.queries_account import account_steps
from publisher.aggregate.queries_count_account import count_account_steps
from publisher.aggregate.queries_counts import count_steps
from publisher.aggregate.queries_school_weeks import crowded_weeks
from publisher.aggregate.running import Runner
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.aggregate.sharing import ledger_in_force
from publisher.aggregate.slices import week_tables
from publisher.aggregate.supporting import Support
from publisher.errors import UsageProblem
from publisher.model.accounting import TrueAccount
from publisher.model.definitions import (
    DataSet,
    Level,
)
from publisher.model.progress import Progress
from publisher.model.stages import ReleaseScope, TrueCells
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
    kept: Path | None = None,
) -> TrueCells:
    """Count the release of `week` from what `snapshot` knew.

    `scratch`: folder in which working files may be written and are removed again; without it the
    system's temporary folder. `kept`: folder in which sums are left for later releases, and found
    from earlier ones; with or without it the cells are the same.

    Raises:
        UsageProblem: the week has no data or lies outside the series, or a data set cannot be
            counted as it is declared.
        StoreProblem: the registers or marks cannot be counted once and only once.
        CouldNotRun: it cannot fit, or the engine stopped (memory, disk, damaged file).
    """
    scope = release_scope(week, snapshot.as_of, method_settings)
    refuse_uncountable(data_sets)
    if not (snapshot.marks or snapshot.counts):
        raise UsageProblem(
            f"No registers had arrived by {snapshot.as_of.isoformat()}",
            "Ingest a feed, or choose a later moment.",
        )
    days = school_days(scope)
    refuse_what_cannot_fit(snapshot, days[0], days[-1], engine_settings, scratch)
    with open_engine(engine_settings, scratch, snapshot.root) as engine:
        _read(engine, snapshot, method_settings)
        queries_of_sums = queries.text_of_sums(week, data_sets)
        keeping = Keeping(kept, queries_of_sums, snapshot, week) if kept and engine.keeps else None
        runner = Runner(engine, progress)
        return _Counting(runner, scope, tuple(data_sets), method_settings, snapshot).result(keeping)


class _Counting:
    """One run of the queries; holds what every part of it needs."""

    def __init__(
        self,
        runner: Runner,
        scope: ReleaseScope,
        data_sets: tuple[DataSet, ...],
        method: MethodSettings,
        snapshot: Snapshot,
    ) -> None:
        self._runner = runner
        self._scope = scope
        self._data_sets = data_sets
        self._method = method
        self._snapshot = snapshot
        self._year = year_of(scope.week)

    def result(self, keeping: Keeping | None) -> TrueCells:
        """The cells; and what `keeping` keeps for a later release, if that can be done."""
        self._read_lists()
        earlier = keeping.earlier() if keeping else None
        gathering = Gathering(
            self._runner, self._snapshot, self._scope.week, self._data_sets, earlier
        )
        support = Support(self._runner, self._data_sets, earlier)
        with self._unfinished(keeping) as folder:
            scope = self._read_parts(gathering, folder)
            steps = queries.steps_of_rows(self._scope.week, self._data_sets)
            with self._runner.stage("Counting", len(steps)):
                account = self._account()
                self._read_rows(scope, support)
                made = (*self._register_steps(), *gathering.made, *queries_marks.mark_steps())
                answers = queries_answers.answers(self._data_sets)
                read = read_by(answers)
                later = {*read, *gathering.left, *support.left}
                self._runner.run_and_forget(support.steps(), later, before=made)
                if folder is not None:
                    gathering.leave(scope, folder)
                    support.leave(scope, folder)
                self._runner.engine.forget(unread((*made, *support.steps()), read))
                written = self._runner.write(answers)
                # The frames take the memory that the engine gives back.
                self._runner.engine.close()
                return self._true_cells(scope, account, Answers(written))

    def _unfinished(self, keeping: Keeping | None) -> AbstractContextManager[Unfinished | None]:
        if keeping is None or not self._snapshot.weeks:
            return nullcontext()
        return keeping.unfinished()

    def _true_cells(self, scope: ReleaseScope, account: TrueAccount, answers: Answers) -> TrueCells:
        cells = {each.name: self._cells(each, answers) for each in self._data_sets}
        shown = tuple(each for each in self._data_sets if len(cells[each.name]))
        if not shown:
            raise self._no_rows(self._data_sets[0])
        return TrueCells(
            scope=scope,
            data_sets=shown,
            cells={each.name: cells[each.name] for each in shown},
            evidence=answers.evidence(),
            group_evidence=answers.group_evidence(),
            census_pupils=answers.census_pupils(),
            weighted_totals=self._year.totals is TotalsRegime.WEIGHTED,
            account=account,
            supply=answers.supply(),
        )

    def _read_lists(self) -> None:
        self._runner.load(
            {
                "release_days": parameters.release_days(school_days(self._scope)),
                "code_numbers": parameters.code_numbers(),
                "authorities": parameters.authorities(),
                "areas": parameters.areas(),
                **week_tables(self._scope, self._data_sets),
            }
        )
        self._runner.refuse_damage(queries_marks.damaged_entries())
        self._runner.refuse_damage(queries_counts.damaged_counts())
        self._runner.run(self._register_steps())
        self._runner.refuse_damage(crowded_weeks())

    def _register_steps(self) -> tuple[Step, ...]:
        return queries_marks.register_steps(self._year, numbered(groups_of(self._data_sets)))

    def _read_parts(self, gathering: Gathering, folder: Unfinished | None) -> ReleaseScope:
        """Read the marks; again, should other days be left out than lists of school-days told."""
        scope = leaving_out(self._scope, self._days_left_out(queries_marks.listed_authorities()))
        self._read_marks(gathering, scope, folder)
        left_out = self._left_out()
        if left_out != scope.days_left_out:
            scope = leaving_out(self._scope, left_out)
            self._read_marks(gathering, scope, folder)
        return scope

    def _read_marks(
        self, gathering: Gathering, scope: ReleaseScope, folder: Unfinished | None
    ) -> None:
        gathering.gather(scope, folder)
        self._runner.run(queries_marks.mark_steps())
        self._runner.refuse_damage(queries_marks.marks_without_meaning())

    def _account(self) -> TrueAccount:
        marks, halves, pupils, schools = (
            self._runner.answer(step) for step in account_steps(self._year, self._scope.week)
        )
        account = true_account(
            self._snapshot.arrivals, marks=marks, pupils=pupils, halves=halves, schools=schools
        )
        counts, on_roll = (
            self._runner.answer(step) for step in count_account_steps(self._year, self._scope.week)
        )
        return with_counts(account, self._snapshot.count_arrivals, counts, on_roll)

    def _read_rows(self, scope: ReleaseScope, support: Support) -> None:
        regime, data_sets = self._year.totals, self._data_sets
        tables = {
            "row_members": parameters.row_members(regime),
            "promised_rows": parameters.promised_rows(scope, data_sets, regime),
            "period_days": parameters.period_days(scope, data_sets),
        }
        if groups := groups_of(data_sets):
            tables["item_members"] = item_members(groups)
            tables["promised_items"] = promised_items(data_sets)
            tables["period_items"] = period_items(scope, data_sets)
        self._runner.load(tables)
        support.read()

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
        sharing = self._runner.answer(step)["authorities"][0].as_py()
        percent = self._method.minimum_open_authorities_percent
        return days_left_out(days, self._authorities(step_of_authorities), sharing, percent)

    def _authorities(self, step: Step) -> dict[str, int]:
        answer = self._runner.answer(step)
        return dict(zip(*(answer[name].to_pylist() for name in answer.column_names), strict=True))

    def _nothing_open(self) -> UsageProblem:
        """Look at the lists of school-days of the whole year, to name weeks that have data."""
        days = weekdays(self._year.series_start, self._year.last_day)
        self._runner.load({"release_days": parameters.release_days(days)})
        self._runner.run([queries_marks.counted_school_days(), *count_steps(self._year)])
        listed = self._authorities(queries_marks.listed_authorities())
        return nothing_open(self._scope.week, {**listed, str(self._scope.week): 0})

    def _cells(self, data_set: DataSet, answers: Answers) -> pd.DataFrame:
        """Empty only for wide areas, which may leave out every day of the year."""
        frame = answers.cells(data_set)
        if frame.empty and Level.LOCAL_AUTHORITY in data_set.levels:
            raise self._no_rows(data_set)
        return frame

    def _no_rows(self, data_set: DataSet) -> UsageProblem:
        return UsageProblem(
            f"The data set '{data_set.name}' has no rows in week {self._scope.week}",
            "Leave it out of this release, or lower minimum_open_authorities_percent.",
        )


def _read(engine: Engine, snapshot: Snapshot, method: MethodSettings) -> None:
    for name, empty in EMPTY_TABLES.items():
        if files := getattr(snapshot, name):
            engine.read(name, files, snapshot.not_yet)
        else:
            engine.load(name, empty)
    engine.read("schools", [snapshot.schools])
    engine.load("approvals", ledger_in_force(snapshot, method))
    engine.read("census", [snapshot.census])

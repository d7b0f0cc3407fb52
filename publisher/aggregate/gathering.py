"""Reads the marks of a release, one part of the schools after the other, and sums them.

All of them; or those that may count differently than in an earlier run, whose sums were kept: what
they counted then is taken back, and what they count now is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from publisher.aggregate import parameters
from publisher.aggregate.engine import Step
from publisher.aggregate.gathered import (
    KEPT,
    added,
    beside,
    changes_of,
    counted_now,
    counted_then,
    in_memory,
    is_of_areas,
    merged,
    name_of,
    netted,
    put_together,
    taken_back,
    whole,
)
from publisher.aggregate.grid import year_of
from publisher.aggregate.groups import groups_of, numbered
from publisher.aggregate.kept import Earlier, Unfinished
from publisher.aggregate.queries import (
    ends_of_changes,
    ends_of_parts,
    long_steps,
    sum_steps,
)
from publisher.aggregate.queries_changed_rows import part_changes, weeks_now, weeks_then
from publisher.aggregate.queries_changes import KNOWN, change_steps, marks_to_read
from publisher.aggregate.queries_enrolments import enrolment_spans
from publisher.aggregate.queries_school_weeks import marks_of_schools
from publisher.aggregate.queries_weeks import known_part_tables, part_tables, week_steps
from publisher.aggregate.running import Runner
from publisher.aggregate.slices import week_tables
from publisher.aggregate.spans import changed_weeks
from publisher.model.definitions import DataSet
from publisher.model.stages import ReleaseScope
from publisher.model.tables import SchoolRange, Snapshot
from publisher.model.time import IsoWeek

_OF_SCHOOLS = ("published_schools", "school_weeks", "leaf_peaks")
"""Tables that a later run compares with its own, or goes on from."""
_OF_ALL = ("area_leaves",)
"""Sums that are gathered of what changed only: else they are made once all parts are read."""
MOST_PARTS = 12
"""What changed is put beside what was kept so often; then all is added up."""


class Gathering:
    """The sums of a release from the marks of a snapshot."""

    def __init__(
        self,
        runner: Runner,
        snapshot: Snapshot,
        week: IsoWeek,
        data_sets: Sequence[DataSet],
        earlier: Earlier | None,
    ) -> None:
        """Read the marks of `snapshot`; go on from `earlier`, if there is such a run."""
        self._runner = runner
        self._snapshot = snapshot
        self._data_sets = data_sets
        self._groups = numbered(groups_of(data_sets))
        self._year = year_of(week)
        self._earlier = earlier
        common = IsoWeek.parse(earlier.manifest.week) if earlier else None
        summing = (*week_steps(), *sum_steps(week, data_sets, common))
        self._summing = summing if earlier is None else tuple(in_memory(each) for each in summing)
        self._sums = tuple(each for each in self._summing if each.sums)
        self._spans = enrolment_spans()
        self._long = long_steps(data_sets)
        self._long_sums = tuple(each for each in self._long if each.sums)
        self.made: tuple[Step, ...] = ()
        """What ran once all parts were read, and what it read of them."""

    def gather(self, scope: ReleaseScope, keep: Unfinished | None) -> None:
        """Sum the marks; `register_steps` ran before.

        Args:
            scope: with the days that wide areas leave out.
            keep: where to leave the sums of enrolments, which are made part by part.
        """
        # The second time, where days are left out: rows are to join none of the first.
        self._runner.engine.forget((*self._sums, *self._long_sums))
        self.made = (*self._sums, *self._long_sums)
        if self._earlier is None:
            self._gather_all(scope, keep)
        else:
            self._gather_changes(scope, self._earlier, keep)

    def leave(self, scope: ReleaseScope, keep: Unfinished) -> None:
        """Leave what was summed for a later run."""
        for each in self._sums:
            self._leave_sums(each, keep)
        for name in self._of_schools:
            keep.keep(self._runner.engine, name)
        for name, table in week_tables(scope, self._data_sets).items():
            keep.write(name, table)

    @property
    def _of_schools(self) -> tuple[str, ...]:
        return (*_OF_SCHOOLS, *(_OF_ALL if self._earlier is None else ()))

    @property
    def left(self) -> tuple[str, ...]:
        """Tables that a later run reads."""
        sums = (name for each in self._sums for name in (name_of(each), changes_of(each)))
        return (*sums, *self._of_schools)

    def _leave_sums(self, step: Step, keep: Unfinished) -> None:
        """What is kept already is passed on."""
        name = name_of(step)
        if self._earlier is None:
            keep.keep(self._runner.engine, name, table=name if is_of_areas(step) else step.name)
        elif self._stays(step, self._earlier):
            parts = keep.pass_on(self._earlier, name)
            keep.keep(self._runner.engine, name, parts, changes_of(step))
        else:
            keep.keep(self._runner.engine, name)

    def _stays(self, step: Step, earlier: Earlier) -> bool:
        """Whether what changed is put beside what was kept."""
        return step.several and earlier.parts(name_of(step)) < MOST_PARTS

    def _gather_all(self, scope: ReleaseScope, keep: Unfinished | None) -> None:
        self._runner.load(week_tables(scope, self._data_sets))
        parts = self._parts(marks_of_schools())
        steps = (*part_tables(), *self._summing, self._spans, *self._long)

        def read_part(runner: Runner, number: int, part: SchoolRange) -> None:
            self._start(runner, part)
            if self._snapshot.weeks:
                self._read(runner, "weeks", self._snapshot.weeks, part)
            runner.run_and_forget(steps, (self._spans.name,))
            self._end(runner, number, keep)

        with self._runner.stage("Reading registers", len(parts) * len(steps)):
            self._runner.for_each(parts, read_part)
        self._end_with([whole(each) for each in (*self._sums, *self._long_sums)])
        self._runner.engine.forget([each for each in self._sums if is_of_areas(each)])
        self._end_with(ends_of_parts(self._data_sets))

    def _gather_changes(
        self, scope: ReleaseScope, earlier: Earlier, keep: Unfinished | None
    ) -> None:
        tables_now = week_tables(scope, self._data_sets)
        tables_then = earlier.tables(tables_now)
        self._find_changes(earlier, tables_then, tables_now)
        parts = self._parts(marks_to_read())
        spans = earlier.files(self._spans.name)
        changes, steps_then, steps_now = part_changes(), self._steps_then(), self._steps_now()
        spans_then = counted_then(self._spans)
        since = (*self._snapshot.not_yet, *self._received_since(earlier))

        def read_part(runner: Runner, number: int, part: SchoolRange) -> None:
            self._start(runner, part)
            self._read(runner, "stored_weeks", self._snapshot.weeks, part)
            runner.engine.read("earlier_weeks", self._snapshot.weeks, since, part)
            runner.engine.read(f"{KEPT}{self._spans.name}", spans, (), part)
            runner.run(changes)
            runner.load(tables_then)
            runner.run_and_forget(steps_then, (spans_then.name,))
            runner.load(tables_now)
            runner.run_and_forget(steps_now, (self._spans.name,), before=(*changes, spans_then))
            self._end(runner, number, keep)

        steps = len(changes) + len(steps_then) + len(steps_now)
        with self._runner.stage("Reading what changed", len(parts) * steps):
            self._runner.for_each(parts, read_part)
        for each in self._sums:
            self._end_with([netted(each)])
            self._runner.engine.forget([each])
            self._end_with([self._added(each, earlier)])
        self._end_with([whole(each) for each in self._long_sums])
        self._end_with(ends_of_changes(self._data_sets))

    def _end_with(self, steps: Sequence[Step]) -> None:
        self._runner.run(steps)
        self.made = (*self.made, *steps)

    def _steps_then(self) -> tuple[Step, ...]:
        """The first of two passes: what is gathered begins with what is taken back."""
        summing = [taken_back(each) if each.sums else each for each in self._summing]
        return weeks_then(), *known_part_tables(KNOWN), *summing, counted_then(self._spans)

    def _steps_now(self) -> tuple[Step, ...]:
        spans = counted_now(self._spans), added(self._spans)
        return *part_tables(), weeks_now(), *self._summing, *spans, *self._long

    def _added(self, step: Step, earlier: Earlier) -> Step:
        if not step.several:
            return merged(step)
        return beside(step) if self._stays(step, earlier) else put_together(step)

    def _find_changes(
        self, earlier: Earlier, then: dict[str, pa.Table], now: dict[str, pa.Table]
    ) -> None:
        self._runner.load(
            {
                "new_batches": parameters.new_batches(self._received_since(earlier)),
                "changed_weeks": changed_weeks(then, now),
                **now,
            }
        )
        for name in (*(name_of(each) for each in self._sums), "school_weeks", "leaf_peaks"):
            self._runner.engine.read(f"{KEPT}{name}", earlier.files(name))
        self._runner.engine.read("kept_schools", earlier.files("published_schools"))
        self._runner.run(change_steps(self._year, self._groups))

    def _received_since(self, earlier: Earlier) -> list[datetime]:
        known = set(earlier.manifest.received)
        received = (each.received for each in self._snapshot.arrivals)
        return [each for each in received if each not in known]

    def _parts(self, of_schools: Step) -> tuple[SchoolRange, ...]:
        marks = self._runner.answer(of_schools)
        return parameters.parts_of(
            marks["urn"].to_pylist(),
            marks["marks"].to_pylist(),
            self._runner.engine.marks_at_a_time,
            self._runner.engine.at_once,
        )

    def _start(self, runner: Runner, part: SchoolRange) -> None:
        runner.engine.load("part_of_schools", parameters.part_of_schools(part))

    def _read(self, runner: Runner, name: str, files: Sequence[Path], part: SchoolRange) -> None:
        runner.engine.read(name, files, self._snapshot.not_yet, part)

    def _end(self, runner: Runner, number: int, keep: Unfinished | None) -> None:
        if keep is not None:
            keep.keep(runner.engine, self._spans.name, number)
        runner.engine.forget((self._spans,))

"""What a release knows of the evidence of an earlier one, and leaves of its own for a later one."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step
from publisher.aggregate.gathered import KEPT
from publisher.aggregate.groups import groups_of
from publisher.aggregate.kept import Earlier, Unfinished
from publisher.aggregate.parameters import period_days
from publisher.aggregate.queries import counting_steps
from publisher.aggregate.queries_answers import about_pupils
from publisher.aggregate.running import Runner
from publisher.model.definitions import DataSet
from publisher.model.stages import ReleaseScope

_COUNT_DAYS, _DAYS = "count_school_days", "period_days"
_PERIODS = (_DAYS, "period_slices", "long_periods")


class Support:
    """The evidence of rows that is kept."""

    def __init__(
        self, runner: Runner, data_sets: Sequence[DataSet], earlier: Earlier | None
    ) -> None:
        """Take evidence from `earlier` where it holds still, if there is such a run."""
        self._runner = runner
        self._data_sets = data_sets
        self._earlier = earlier
        self.left = (
            *(("support_of_rows",) if about_pupils(data_sets) else ()),
            *(("support_of_items",) if groups_of(data_sets) else ()),
            _COUNT_DAYS,
        )
        """Tables that a later run reads."""

    def steps(self) -> tuple[Step, ...]:
        """The steps from school-days to the tables that the answers read."""
        return counting_steps(self._data_sets, again=self._earlier is not None)

    def read(self) -> None:
        """Make known what the earlier run left; what it summed is known."""
        if self._earlier is None:
            return
        for name in self.left:
            self._runner.engine.read(f"{KEPT}{name}", self._earlier.files(name))
        tables = self._earlier.tables(_PERIODS)
        self._runner.load({f"known_{name}": table for name, table in tables.items()})

    def leave(self, scope: ReleaseScope, keep: Unfinished) -> None:
        """Leave the evidence for a later run."""
        for name in self.left:
            keep.keep(self._runner.engine, name)
        keep.write(_DAYS, period_days(scope, self._data_sets))

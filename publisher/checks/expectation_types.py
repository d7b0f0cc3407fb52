"""Our own expectation types for Great Expectations: rules on the whole table, as a matrix.

Importing this module imports Great Expectations, which takes seconds: only `validation` does.
A type's name in a file is its class name in snake case: `expect_counts_to_be_rounded`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from publisher.checks import cell_rules, gap_rules, grid_rules, total_rules
from publisher.checks.cube import Cube, build_cube
from publisher.checks.tally import Tally

CUBE = "publication.cube"

Parameter = dict[str, Any]
"""{"$PARAMETER": name}: filled in when the suite runs."""
WholeNumber = int | Parameter
Texts = list[str] | Parameter
Entries = list[dict[str, Any]] | Parameter


class PublicationCube(TableMetricProvider):
    """The table as a matrix; computed once per table, whatever the number of expectations."""

    metric_name = CUBE

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805  (the library makes it a class method)
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],  # noqa: ARG002  (the library's signature)
        metrics: dict[str, Any],  # noqa: ARG002
        runtime_configuration: dict[str, Any],  # noqa: ARG002
    ) -> Cube:
        frame, _, _ = execution_engine.get_compute_domain(
            domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        return build_cube(frame)


class CubeExpectation(BatchExpectation):
    """An expectation that a rule judges on the matrix; results hold numbers of rows only."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (CUBE,)
    rule: ClassVar[Any]

    @classmethod
    def is_abstract(cls) -> bool:
        """Only types with a rule of their own can be used in a file."""
        return "rule" not in cls.__dict__

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002  (the library's)
        execution_engine: Any = None,  # noqa: ANN401, ARG002
    ) -> dict[str, Any]:
        given = self._get_success_kwargs()
        arguments = {key: given[key] for key in self.success_keys}
        tally: Tally = type(self).rule(metrics[CUBE], **arguments)
        counted = {"element_count": tally.checked, "unexpected_count": tally.failing}
        return {"success": tally.failing == 0, "result": counted}


class ExpectCountsToBeRounded(CubeExpectation):
    """Shown counts are whole, not negative and multiples of the base."""

    column: str
    base: WholeNumber
    success_keys: ClassVar[tuple[str, ...]] = ("column", "base")
    rule: ClassVar[Any] = staticmethod(cell_rules.counts_rounded)


class ExpectStatusesToBeKnown(CubeExpectation):
    """Every status is one of the list."""

    column: str
    success_keys: ClassVar[tuple[str, ...]] = ("column",)
    rule: ClassVar[Any] = staticmethod(cell_rules.statuses_known)


class ExpectStatusToFitValue(CubeExpectation):
    """A cell has a value if and only if its status is "shown"."""

    column: str
    success_keys: ClassVar[tuple[str, ...]] = ("column",)
    rule: ClassVar[Any] = staticmethod(cell_rules.status_fits_value)


class ExpectStatusesAsDeclared(CubeExpectation):
    """Each item has only the statuses that its definition can lead to."""

    column: str
    items: Entries
    success_keys: ClassVar[tuple[str, ...]] = ("column", "items")
    rule: ClassVar[Any] = staticmethod(cell_rules.statuses_as_declared)


class ExpectPercentToBeRecomputable(CubeExpectation):
    """Percentages equal 100 x numerator / denominator of the published counts."""

    percent: str
    count: str
    rates: Entries
    decimals: WholeNumber
    weighted_phases: Texts
    success_keys: ClassVar[tuple[str, ...]] = (
        "percent",
        "count",
        "rates",
        "decimals",
        "weighted_phases",
    )
    rule: ClassVar[Any] = staticmethod(cell_rules.percent_recomputable)


class ExpectWeightedRatesBetweenPhases(CubeExpectation):
    """Where totals are weighted, their rate lies between the lowest and highest phase rate."""

    percent: str
    total: str
    parts: Texts
    decimals: WholeNumber
    success_keys: ClassVar[tuple[str, ...]] = ("percent", "total", "parts", "decimals")
    rule: ClassVar[Any] = staticmethod(cell_rules.weighted_rates_between_phases)


class ExpectItemNotAbove(CubeExpectation):
    """The figure of one item never exceeds that of another in the same row."""

    column: str
    item_column: str
    smaller: str
    larger: str
    success_keys: ClassVar[tuple[str, ...]] = ("column", "item_column", "smaller", "larger")
    rule: ClassVar[Any] = staticmethod(cell_rules.item_not_above)


class ExpectReferenceDatesToFollowPeriods(CubeExpectation):
    """Daily rows show their day, weekly rows their Monday, all others nothing."""

    column: str
    success_keys: ClassVar[tuple[str, ...]] = ("column",)
    rule: ClassVar[Any] = staticmethod(cell_rules.reference_dates)


class ExpectWithheldRowsToBeWhole(CubeExpectation):
    """In a row, the counts are all withheld or none is."""

    column: str
    group_columns: Any = ()
    success_keys: ClassVar[tuple[str, ...]] = ("column", "group_columns")
    rule: ClassVar[Any] = staticmethod(cell_rules.withheld_rows_whole)


class ExpectWithheldRowsToBeHidden(CubeExpectation):
    """Rows that disclosure control withholds show no figure about pupils."""

    columns: Texts
    counts: Texts
    success_keys: ClassVar[tuple[str, ...]] = ("columns", "counts")
    rule: ClassVar[Any] = staticmethod(cell_rules.withheld_rows_hidden)


class ExpectItemsToAddUp(CubeExpectation):
    """In every row, the figures of items add up to the figure of another item."""

    column: str
    item_column: str
    total: str
    parts: Texts
    base: WholeNumber
    success_keys: ClassVar[tuple[str, ...]] = ("column", "item_column", "total", "parts", "base")
    rule: ClassVar[Any] = staticmethod(total_rules.items_add_up)


class ExpectPhasesToAddUp(CubeExpectation):
    """In every place and period, the phases add up to all schools."""

    column: str
    total: str
    parts: Texts
    base: WholeNumber
    time_frames: Texts
    holds: str
    success_keys: ClassVar[tuple[str, ...]] = (
        "column",
        "total",
        "parts",
        "base",
        "time_frames",
        "holds",
    )
    rule: ClassVar[Any] = staticmethod(total_rules.phases_add_up)


class ExpectAreasToAddUp(CubeExpectation):
    """In every period and phase, areas of one level add up to the area above."""

    column: str
    total: str
    parts: str
    phases: Texts
    base: WholeNumber
    time_frames: Texts
    holds: str
    success_keys: ClassVar[tuple[str, ...]] = (
        "column",
        "total",
        "parts",
        "phases",
        "base",
        "time_frames",
        "holds",
    )
    rule: ClassVar[Any] = staticmethod(total_rules.areas_add_up)


class ExpectTotalsToKnowTheirParts(CubeExpectation):
    """No total is shown of which a part is not available."""

    column: str
    total: str
    success_keys: ClassVar[tuple[str, ...]] = ("column", "total")
    rule: ClassVar[Any] = staticmethod(gap_rules.totals_know_their_parts)


class ExpectRowsToBeUnique(CubeExpectation):
    """No two lines have the same period, place and filter items."""

    rule: ClassVar[Any] = staticmethod(grid_rules.rows_unique)


class ExpectEveryItemInEveryRow(CubeExpectation):
    """Every place, phase and period has a line for each item of the definition."""

    items: Entries
    frames: Any = ()
    success_keys: ClassVar[tuple[str, ...]] = ("items", "frames")
    rule: ClassVar[Any] = staticmethod(grid_rules.every_item)


class ExpectNothingBlank(CubeExpectation):
    """Every period, place and filter column is filled where it applies."""

    may_be_blank: Texts
    success_keys: ClassVar[tuple[str, ...]] = ("may_be_blank",)
    rule: ClassVar[Any] = staticmethod(grid_rules.nothing_blank)


class ExpectLocationsToBeKnown(CubeExpectation):
    """Every place is in the list of areas, with its own name, codes and region."""

    rule: ClassVar[Any] = staticmethod(grid_rules.locations_known)


class ExpectLocationsToBeComplete(CubeExpectation):
    """Every place of the release has at least one row."""

    codes: Texts
    success_keys: ClassVar[tuple[str, ...]] = ("codes",)
    rule: ClassVar[Any] = staticmethod(grid_rules.locations_complete)


class ExpectTotalsToBePresent(CubeExpectation):
    """A place that has a row for a phase has one for all schools."""

    total: str
    levels: Texts
    success_keys: ClassVar[tuple[str, ...]] = ("total", "levels")
    rule: ClassVar[Any] = staticmethod(grid_rules.totals_present)


class ExpectAreasAboveToBePresent(CubeExpectation):
    """A period has no row above the authorities, or all that its authorities call for."""

    rule: ClassVar[Any] = staticmethod(grid_rules.areas_present)


class ExpectLongerPeriodsToBePresent(CubeExpectation):
    """A place with a daily row has that week's row, and one with a weekly row a year to date."""

    rule: ClassVar[Any] = staticmethod(grid_rules.longer_periods_present)

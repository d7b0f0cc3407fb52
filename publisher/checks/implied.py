"""Expectations that follow from a data set's definition; nobody has to write or update them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.checks.cube import POLICY_COLUMN
from publisher.checks.group_rules import group_sums
from publisher.checks.suite_files import PARAMETER, SuiteEntry
from publisher.model.definitions import (
    AbsenteeMeasure,
    Count,
    CountedUnit,
    DataSet,
    Figure,
    Fixed,
    PublishedItem,
    Rate,
    ReferenceDate,
)
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES
from publisher.model.stages import STATUS_SUFFIX, Severity
from publisher.model.status import CellStatus
from publisher.model.time import TERMS, WEEK, WEEKDAYS, YEAR_TO_DATE, PeriodKind

_BLANK_ABOVE_AUTHORITIES = tuple(
    name for name in GEOGRAPHY_COLUMNS if name.startswith(("region_", "old_la", "new_la", "la_"))
)


def implied_entries(data_set: DataSet, *, weighted: bool) -> tuple[SuiteEntry, ...]:
    """The expectations of `data_set`, all critical, in the order in which they are reported.

    The figures of wide files are compared with those of other data sets instead (`wide_rules`).
    `weighted`: "All schools" rates are weighted to the census (method, section 4).
    """
    if data_set.wide:
        return (*_about_layout(data_set), *_about_rows(data_set))
    return (
        *_about_layout(data_set),
        *_about_rows(data_set),
        *(entry for column in data_set.indicator_columns for entry in _about(data_set, column)),
        *_about_rates(data_set, weighted=weighted and data_set.shows_phases),
        *_about_groups(data_set),
        *_about_withholding(data_set),
    )


def _entry(kind: str, notes: str, **kwargs: Any) -> SuiteEntry:  # noqa: ANN401  (JSON)
    return SuiteEntry(type=kind, kwargs=kwargs, severity=Severity.CRITICAL, notes=notes)


def _about_layout(data_set: DataSet) -> Iterator[SuiteEntry]:
    indicators = [
        name for column in data_set.indicator_columns for name in (column, column + STATUS_SUFFIX)
    ]
    dimensions = ["time_period", "time_identifier", *GEOGRAPHY_COLUMNS, *data_set.filter_columns]
    yield _entry(
        "expect_table_columns_to_match_ordered_list",
        "The columns are those of the definition: time, geography, filters, then indicators",
        column_list=[*dimensions, *indicators, *_added(data_set), POLICY_COLUMN],
    )
    for each in data_set.filters:
        yield _entry(
            "expect_column_distinct_values_to_be_in_set",
            f"The filter '{each.label}' has only the items of its definition",
            column=each.column,
            value_set=list(each.items),
        )


def _added(data_set: DataSet) -> tuple[str, ...]:
    """What is worked out from the date of a row that has no time frame."""
    return () if "time_frame" in data_set.filter_columns else ("time_frame",)


def _about_rows(data_set: DataSet) -> Iterator[SuiteEntry]:
    yield _entry(
        "expect_rows_to_be_unique",
        "No two lines have the same period, place and filter items",
    )
    yield _entry(
        "expect_every_item_in_every_row",
        "Every place, phase and period has a line for each item of the definition and no other",
        items=[dict(item.filters) for item in data_set.items],
        **({"frames": item_frames(data_set)} if data_set.breakdowns else {}),
    )
    yield _entry(
        "expect_nothing_blank",
        "No period, place or filter cell is blank, but for the codes of areas that do not apply",
        may_be_blank=list(_BLANK_ABOVE_AUTHORITIES),
    )
    yield _entry(
        "expect_locations_to_be_known",
        "Every place has the name and codes of the list of areas, and lies in its own region",
    )
    yield _entry(
        "expect_totals_to_be_present",
        "A place that has a row for a phase also has one for all schools",
        total=ALL_SCHOOLS,
        levels={PARAMETER: "levels_with_totals"},
    )
    yield _entry(
        "expect_areas_above_to_be_present",
        "A period has either no national and regional row or all that its authorities call for",
    )
    if data_set.wide:
        return
    yield _entry(
        "expect_longer_periods_to_be_present",
        "A place with a daily row has a row for that week, and one with a weekly row has one for "
        "the year to date",
    )


def item_frames(data_set: DataSet) -> list[list[str]]:
    """For each item the time frames of the data set that have it."""
    frames = {
        PeriodKind.DAY: WEEKDAYS,
        PeriodKind.WEEK: (WEEK,),
        PeriodKind.YEAR_TO_DATE: (YEAR_TO_DATE,),
        PeriodKind.TERM: TERMS,
    }
    return [
        [frame for kind in data_set.periods if data_set.shows(item, kind) for frame in frames[kind]]
        for item in data_set.items
    ]


def _about(data_set: DataSet, column: str) -> Iterator[SuiteEntry]:
    label = next(each.label for each in data_set.indicators if each.column == column)
    yield _entry(
        "expect_statuses_to_be_known",
        f"Every status of '{label}' is one of the list",
        column=column,
    )
    yield _entry(
        "expect_status_to_fit_value",
        f"'{label}' has a value where it is shown, and nowhere else",
        column=column,
    )
    yield _entry(
        "expect_statuses_as_declared",
        f"'{label}' is shown, withheld, not available or not applicable as its definition says",
        column=column,
        items=[
            {"item": dict(item.filters), "statuses": _statuses(data_set, item.figures[column])}
            for item in data_set.items
        ],
    )
    if _counts_pupils(data_set, column):
        yield _entry(
            "expect_counts_to_be_rounded",
            f"Every shown '{label}' is a whole multiple of the base that counts are rounded to",
            column=column,
            base={PARAMETER: "rounding_base"},
        )
    if _may_be_unknown(data_set, column):
        yield _entry(
            "expect_totals_to_know_their_parts",
            f"Where '{label}' is not available for an area or phase, it is not shown for what "
            "that is a part of",
            column=column,
            total=ALL_SCHOOLS,
        )


def _statuses(data_set: DataSet, figure: Figure) -> list[str]:
    shown, withheld = CellStatus.SHOWN, CellStatus.WITHHELD
    if isinstance(figure, ReferenceDate):
        return [shown, CellStatus.EMPTY]
    if isinstance(figure, Fixed):
        return [_FIXED[figure], withheld]
    if isinstance(figure, Rate):
        return [shown, withheld, CellStatus.NOT_AVAILABLE, CellStatus.ROUNDS_TO_ZERO]
    if data_set.measure(figure.measure).unit is CountedUnit.SCHOOLS:
        return [shown, CellStatus.NOT_AVAILABLE]
    if data_set.breakdowns or isinstance(data_set.measure(figure.measure), AbsenteeMeasure):
        return [shown, withheld, CellStatus.NOT_AVAILABLE, CellStatus.ROUNDS_TO_ZERO]
    return [shown, withheld, CellStatus.ROUNDS_TO_ZERO]


_FIXED: Mapping[Fixed, CellStatus] = {
    Fixed.NOT_AVAILABLE: CellStatus.NOT_AVAILABLE,
    Fixed.NOT_APPLICABLE: CellStatus.NOT_APPLICABLE,
}


def _about_rates(data_set: DataSet, *, weighted: bool) -> Iterator[SuiteEntry]:
    for column in data_set.indicator_columns:
        rates = _rates(data_set, column)
        if not rates:
            continue
        yield _entry(
            "expect_percent_to_be_recomputable",
            "Every percentage can be worked out from the two published counts that it is made of",
            percent=column,
            count=_count_column(data_set),
            rates=rates,
            decimals={PARAMETER: "percent_decimals"},
            weighted_phases=[ALL_SCHOOLS] if weighted else [],
        )
        if weighted:
            yield _entry(
                "expect_weighted_rates_between_phases",
                "A rate for all schools lies between the lowest and highest rate of the phases",
                percent=column,
                total=ALL_SCHOOLS,
                parts=list(PUBLISHED_PHASES),
                decimals={PARAMETER: "percent_decimals"},
            )


def _rates(data_set: DataSet, column: str) -> list[dict[str, dict[str, str]]]:
    of_measure = {
        (item.breakdown, figure.measure): dict(item.filters)
        for item in data_set.items
        for figure in item.figures.values()
        if isinstance(figure, Count)
    }
    return [
        {
            "item": dict(item.filters),
            "numerator": of_measure[item.breakdown, figure.numerator],
            "denominator": of_measure[item.breakdown, figure.denominator],
        }
        for item, figure in _figures(data_set, column)
        if isinstance(figure, Rate) and (item.breakdown, figure.denominator) in of_measure
    ]


def _figures(data_set: DataSet, column: str) -> list[tuple[PublishedItem, Figure]]:
    return [(item, item.figures[column]) for item in data_set.items]


def _count_column(data_set: DataSet) -> str:
    return next(name for name in data_set.indicator_columns if _counts_pupils(data_set, name))


def _counts_pupils(data_set: DataSet, column: str) -> bool:
    return any(
        isinstance(figure, Count) and data_set.measure(figure.measure).unit.about_pupils
        for _, figure in _figures(data_set, column)
    )


def _may_be_unknown(data_set: DataSet, column: str) -> bool:
    """Whether a column counts what counts of marks cannot tell: groups of pupils, and absentees."""
    return any(
        isinstance(figure, Count)
        and (data_set.breakdowns or isinstance(data_set.measure(figure.measure), AbsenteeMeasure))
        for _, figure in _figures(data_set, column)
    )


def _about_groups(data_set: DataSet) -> Iterator[SuiteEntry]:
    for column, sums in group_sums(data_set):
        yield _entry(
            "expect_groups_to_add_up",
            "The groups of pupils of each topic add up to all or to larger groups, within rounding",
            column=column,
            sums=sums,
            base={PARAMETER: "rounding_base"},
        )


def _shows_rates(data_set: DataSet, column: str) -> bool:
    return any(isinstance(figure, Rate) for _, figure in _figures(data_set, column))


def _about_withholding(data_set: DataSet) -> Iterator[SuiteEntry]:
    counts = [name for name in data_set.indicator_columns if _counts_pupils(data_set, name)]
    rates = [name for name in data_set.indicator_columns if _shows_rates(data_set, name)]
    groups = {"group_columns": list(data_set.group_columns)} if data_set.breakdowns else {}
    for column in counts:
        yield _entry(
            "expect_withheld_rows_to_be_whole",
            "Counts are withheld for a whole row or not at all, so that none helps to find another",
            column=column,
            **groups,
        )
    if counts:
        yield _entry(
            "expect_withheld_rows_to_be_hidden",
            "Rows that disclosure control withholds show no figure about pupils, and no other "
            "row is withheld",
            columns=[*counts, *rates],
            counts=counts,
        )

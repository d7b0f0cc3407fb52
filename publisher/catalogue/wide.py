"""Files with one column per measure, for spreadsheet users (method, section 9).

Nothing in them is counted: every figure is one that another data set of the release publishes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from publisher.catalogue.data_sets import (
    ATTENDANCE_REASONS,
    PERSISTENT_ABSENCE_SET,
    SCHOOLS_SUBMITTING,
)
from publisher.catalogue.filters import EDUCATION_PHASE
from publisher.model.definitions import (
    ATTENDANCE_DATE,
    Count,
    DataSet,
    Figure,
    Filter,
    Indicator,
    IndicatorUnit,
    Measure,
    PublishedItem,
    Rate,
    Source,
)
from publisher.model.time import TERMS, WEEK, YEAR_TO_DATE, PeriodKind

DATE_FILTER = Filter(
    ATTENDANCE_DATE, "Attendance date", "Filter by school day", items=(), default=""
)
"""The days of a release are its items; the last one is its default."""
_WHOLE_WORDS = {
    "persistently_absent": "persistent_absence_enrolments",
    "severely_absent": "severe_absence_enrolments",
}
"""Columns that are not called after their measure."""


@dataclass(frozen=True)
class _Column:
    """A column of a wide file: its indicator, what it shows, and where that is published."""

    indicator: Indicator
    figure: Figure
    measure: Measure
    source: Source


def _columns(data_set: DataSet, grouping: str = "") -> Iterator[_Column]:
    """The counts and rates of a data set's items, in its order; counts first."""
    for unit in (IndicatorUnit.NUMBER, IndicatorUnit.PERCENT):
        for item in data_set.items:
            for each in data_set.indicators:
                figure = item.figures[each.column]
                if each.unit is unit and isinstance(figure, Count | Rate):
                    yield _column(data_set, item, each, figure, grouping)


def _column(
    data_set: DataSet,
    item: PublishedItem,
    indicator: Indicator,
    figure: Count | Rate,
    grouping: str,
) -> _Column:
    rate = isinstance(figure, Rate)
    measure = data_set.measure(figure.numerator if isinstance(figure, Rate) else figure.measure)
    one = len(data_set.items) == 1
    name = indicator.column if one else _WHOLE_WORDS.get(measure.name, measure.name)
    words = indicator.label if one else f"{measure.label}: {indicator.label.lower()}"
    return _Column(
        replace(
            indicator,
            column=f"{name.removesuffix('_enrolments')}_percent" if rate else name,
            label=words,
            grouping=item.filters.get(grouping, indicator.grouping),
        ),
        figure,
        measure,
        Source(data_set.name, item.filters, indicator.column),
    )


_SESSIONS = tuple(_columns(ATTENDANCE_REASONS, "attendance_type"))
_SCHOOLS = tuple(_columns(SCHOOLS_SUBMITTING))
_ABSENTEES = tuple(_columns(PERSISTENT_ABSENCE_SET))


def _frame(frame: str) -> Filter:
    return Filter("time_frame", "Time frame", "Period that a row covers", (frame,), default=frame)


def _wide(
    name: str,
    title: str,
    when: str,
    kind: PeriodKind,
    shown: tuple[Filter, Sequence[_Column]],
    notes: tuple[str, ...] = (),
) -> DataSet:
    of_rows, columns = shown
    return DataSet(
        name=name,
        title=title,
        summary=f"{when}, one column per measure, for England, its regions and local authorities",
        measures=tuple({each.measure.name: each.measure for each in columns}.values()),
        filters=(EDUCATION_PHASE, of_rows),
        indicators=tuple(each.indicator for each in columns),
        items=(PublishedItem({}, {each.indicator.column: each.figure for each in columns}),),
        periods=(kind,),
        notes=(
            "Every figure is one of the other data sets of this release; a figure that is "
            "withheld there is withheld here.",
            *notes,
        ),
        taken_from={each.indicator.column: each.source for each in columns},
    )


DAILY = _wide(
    "daily",
    "Daily attendance, wide",
    "Sessions by reason and schools submitting on each school day",
    PeriodKind.DAY,
    (DATE_FILTER, (*_SCHOOLS, *_SESSIONS)),
)
WEEKLY = _wide(
    "weekly",
    "Weekly attendance, wide",
    "Sessions by reason and schools submitting in each week",
    PeriodKind.WEEK,
    (_frame(WEEK), (*_SCHOOLS, *_SESSIONS)),
)
YEAR_TO_DATE_FILE = _wide(
    "year_to_date",
    "Attendance in the year to date, wide",
    "Sessions by reason, schools submitting and persistent absence in the year to date",
    PeriodKind.YEAR_TO_DATE,
    (_frame(YEAR_TO_DATE), (*_SCHOOLS, *_SESSIONS, *_ABSENTEES)),
    (
        "Columns of persistent and severe absence are there once that data set is, from week 2 of "
        "the calendar year.",
    ),
)
TERM_FILES = tuple(
    _wide(
        term.lower().replace(" ", "_"),
        f"Persistent absence in the {term.lower()}, wide",
        f"Enrolments that missed 10% or more, and 50% or more, of their possible sessions in the "
        f"{term.lower()}",
        PeriodKind.TERM,
        (_frame(term), _ABSENTEES),
        ("Time period and identifier are the academic year and the term.",),
    )
    for term in TERMS
)

WIDE_FILES: tuple[DataSet, ...] = (DAILY, WEEKLY, YEAR_TO_DATE_FILE, *TERM_FILES)
"""Every wide file, in the order of the release; a term has one once it has ended."""

"""The words in which statistics are declared: measures, filters, indicators, data sets.

A *measure* says what is counted. A *data set* says which measures are published, under which
filter items, at which levels and in which time frames. Neither has any logic: the grid, the SQL,
the labels, the checks and the method page are derived from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from publisher.model.breakdowns import TOTAL, BreakdownGroup
from publisher.model.phases import EDUCATION_PHASES, PUBLISHED_PHASES
from publisher.model.time import PeriodKind


class Level(StrEnum):
    """Geographic levels, in the platform's own words and published order."""

    NATIONAL = "National"
    REGIONAL = "Regional"
    LOCAL_AUTHORITY = "Local authority"


class CountedUnit(StrEnum):
    """What a measure counts; decides whether it is rounded and can be withheld."""

    SESSIONS = "sessions"
    ENROLMENTS = "enrolments"
    SCHOOLS = "schools"

    @property
    def about_pupils(self) -> bool:
        """Counts of sessions and enrolments speak of pupils; numbers of schools are public."""
        return self is not CountedUnit.SCHOOLS


@dataclass(frozen=True)
class SessionMeasure:
    """The number of sessions marked with one of `codes`."""

    name: str
    label: str
    codes: frozenset[str]
    words: str
    unit: CountedUnit = field(default=CountedUnit.SESSIONS, init=False)


@dataclass(frozen=True)
class AbsenteeMeasure:
    """Enrolments that missed at least `percent_missed` of their own possible sessions.

    Only enrolments with more than `more_than_possible` possible sessions are counted
    (method, section 5). `percent_missed` 0 counts all of them: the denominator.
    """

    name: str
    label: str
    percent_missed: int
    words: str
    more_than_possible: int = 10
    unit: CountedUnit = field(default=CountedUnit.ENROLMENTS, init=False)


@dataclass(frozen=True)
class EnrolmentMeasure:
    """Enrolments with a possible session on a day: the mean of the days that have a row."""

    name: str
    label: str
    words: str
    unit: CountedUnit = field(default=CountedUnit.ENROLMENTS, init=False)


class SchoolCount(StrEnum):
    """Which schools a school measure counts."""

    SUBMITTING = "submitting"
    IN_CENSUS = "in census"


@dataclass(frozen=True)
class SchoolMeasure:
    """A number of schools: those submitting on a day (mean over days), or all in the census."""

    name: str
    label: str
    counts: SchoolCount
    words: str
    unit: CountedUnit = field(default=CountedUnit.SCHOOLS, init=False)


Measure = SessionMeasure | AbsenteeMeasure | EnrolmentMeasure | SchoolMeasure


@dataclass(frozen=True)
class Count:
    """The indicator shows the measure of this name."""

    measure: str


@dataclass(frozen=True)
class Rate:
    """The indicator shows 100 x `numerator` / `denominator`, from protected counts."""

    numerator: str
    denominator: str


class Fixed(StrEnum):
    """The indicator shows no number, always."""

    NOT_AVAILABLE = "not available"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class ReferenceDate:
    """The indicator shows the day that a row belongs to; empty for year to date."""


Figure = Count | Rate | Fixed | ReferenceDate


class IndicatorUnit(StrEnum):
    """Units that the platform knows (analysts' guide, metadata file)."""

    NUMBER = ""
    PERCENT = "%"
    TEXT = "numberstring"


@dataclass(frozen=True)
class Indicator:
    """A column of figures."""

    column: str
    label: str
    grouping: str
    unit: IndicatorUnit
    decimal_places: int


@dataclass(frozen=True)
class Filter:
    """A column of categories; `items` in published order, `default` preselected by the platform."""

    column: str
    label: str
    hint: str
    items: tuple[str, ...]
    default: str


@dataclass(frozen=True)
class PublishedItem:
    """One combination of filter items and what its indicators show.

    `filters` has the filter columns other than `education_phase` and `time_frame`, which every
    data set shares; `figures` has every indicator column. `breakdown`: the key of the group of
    pupils that it is about. `periods`: the kinds of period that show it; None: all of the data set.
    """

    filters: Mapping[str, str]
    figures: Mapping[str, Figure]
    breakdown: str = TOTAL
    periods: tuple[PeriodKind, ...] | None = None


@dataclass(frozen=True)
class Source:
    """A figure of another data set: the filters of its item, and its indicator."""

    data_set: str
    filters: Mapping[str, str]
    indicator: str


ATTENDANCE_DATE = "attendance_date"
"""The filter of daily rows in wide files, which have no `time_frame` beside it."""


@dataclass(frozen=True)
class DataSet:
    """One published file."""

    name: str
    title: str
    summary: str
    measures: tuple[Measure, ...]
    filters: tuple[Filter, ...]
    indicators: tuple[Indicator, ...]
    items: tuple[PublishedItem, ...]
    periods: tuple[PeriodKind, ...]
    levels: tuple[Level, ...] = tuple(Level)
    phases: tuple[str, ...] = EDUCATION_PHASES
    """The education phases that have rows."""
    first_calendar_week: int | None = None
    """Published from the first release of an academic year that contains this calendar week."""
    notes: tuple[str, ...] = ()
    breakdowns: tuple[BreakdownGroup, ...] = ()
    """How pupils are sorted into the groups that have rows of their own.

    `items` say which groups, and whether all pupils have rows too. The items of one group of
    pupils follow one another, and every group has the same items but for what says which group
    it is.
    """
    taken_from: Mapping[str, Source] = field(default_factory=dict)
    """Of a wide file, the figure that each indicator repeats; nothing in it is counted."""

    @property
    def wide(self) -> bool:
        """Whether its figures are those of other data sets, one column per measure."""
        return bool(self.taken_from)

    @property
    def term(self) -> str:
        """The one term that all rows are about; "" where there may be other periods.

        The rows of such a file carry the academic year and the term as their time. In other files
        they carry the latest week, because weeks and terms may not stand in one file.
        """
        frames = [
            item for each in self.filters if each.column == "time_frame" for item in each.items
        ]
        return frames[0] if self.periods == (PeriodKind.TERM,) and len(frames) == 1 else ""

    @property
    def breakdown_keys(self) -> tuple[str, ...]:
        """The keys of the groups of pupils that have rows, in published order."""
        return tuple(dict.fromkeys(each.breakdown for each in self.items))

    @property
    def group_columns(self) -> tuple[str, ...]:
        """The filter columns that say which group of pupils an item is about."""
        if not self.breakdowns:
            return ()
        firsts = {each.breakdown: each.filters for each in reversed(self.items)}
        alike = self.items[0].filters
        return tuple(name for name in alike if any(f[name] != alike[name] for f in firsts.values()))

    def kinds_of(self, item: PublishedItem) -> tuple[PeriodKind, ...]:
        """The kinds of period that have the item."""
        return self.periods if item.periods is None else item.periods

    def shows(self, item: PublishedItem, kind: PeriodKind) -> bool:
        """Whether rows of this kind of period have the item."""
        return kind in self.kinds_of(item)

    @property
    def shows_phases(self) -> bool:
        """Whether the phases have rows, so that rates of all schools can be weighted by them."""
        return set(PUBLISHED_PHASES) <= set(self.phases)

    @property
    def filter_columns(self) -> tuple[str, ...]:
        """The filter columns, in published order."""
        return tuple(each.column for each in self.filters)

    @property
    def indicator_columns(self) -> tuple[str, ...]:
        """The indicator columns, in published order."""
        return tuple(each.column for each in self.indicators)

    def measure(self, name: str) -> Measure:
        """The measure called `name`; KeyError if the data set has none."""
        return {each.name: each for each in self.measures}[name]

"""Weekly rates by phase: the chart, its words and its table."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.model.phases import ALL_SCHOOLS, EDUCATION_PHASES
from publisher.model.time import WEEK, IsoWeek
from publisher.render.charts_lines import NARROW, WIDE, LineChart, Series, line_chart
from publisher.render.content_figures import Figure, FigureBook, Week
from publisher.render.content_tables import Table, figure_row
from publisher.render.content_words import capitalised, direction, list_words, percent_words

PHASES = (ALL_SCHOOLS, *(each for each in EDUCATION_PHASES if each != ALL_SCHOOLS))
"""The total first: it is the thickest line."""


@dataclass(frozen=True)
class Trend:
    """A chart of one rate by week and phase, with everything that must stand beside it."""

    title: str
    subtitle: str
    alt: str
    axis: str
    charts: tuple[LineChart, ...]
    """Wide and narrow; empty when there is no figure to draw."""
    gaps: str
    table: Table


@dataclass(frozen=True)
class WeeklyRate:
    """One rate for every week and phase of the year so far."""

    book: FigureBook
    reason: str
    words: str
    """What the rate is called in a sentence: `overall absence`."""
    weeks: tuple[Week, ...]
    decimals: int

    def figure(self, week: Week, phase: str = ALL_SCHOOLS) -> Figure | None:
        """England's figure for a week."""
        items = {"education_phase": phase, "time_frame": WEEK, "attendance_reason": self.reason}
        return self.book.figure("session_percent", week, items)

    def shown(self, week: Week, phase: str = ALL_SCHOOLS) -> float | None:
        """England's figure for a week where it is shown."""
        found = self.figure(week, phase)
        return found.number if found is not None and found.shown else None

    @property
    def latest(self) -> Week:
        """The week of the release."""
        return self.weeks[-1]

    @property
    def before(self) -> Week | None:
        """The last week before the latest for which England has a row."""
        earlier = [each for each in self.weeks[:-1] if self.figure(each) is not None]
        return earlier[-1] if earlier else None


def weekly_trend(rate: WeeklyRate, source: str) -> Trend:
    """The trend of a rate over the academic year so far."""
    span = _span(rate.weeks)
    slots = _slots(rate.weeks)
    series = [Series(phase, _values(rate, slots, phase)) for phase in PHASES]
    positions = [str(slot.week) for slot in slots]
    drawn = [line_chart(canvas, positions, series, rate.decimals) for canvas in (WIDE, NARROW)]
    subtitle = f"{capitalised(rate.words)} rate by week and education phase, England, {span}"
    return Trend(
        title=_title(rate),
        subtitle=subtitle,
        alt=_alt(rate, series, subtitle),
        axis="Week of the calendar year",
        charts=(charts := tuple(each for each in drawn if each is not None)),
        gaps=_gaps(rate, slots) if charts else "",
        table=_table(rate, subtitle, source),
    )


def _slots(weeks: tuple[Week, ...]) -> tuple[IsoWeek, ...]:
    slots = [weeks[0].iso]
    while slots[-1] < weeks[-1].iso:
        slots.append(slots[-1].following())
    return tuple(slots)


def _values(rate: WeeklyRate, slots: tuple[IsoWeek, ...], phase: str) -> tuple[float | None, ...]:
    by_week = {each.iso: rate.shown(each, phase) for each in rate.weeks}
    return tuple(by_week.get(slot) for slot in slots)


def _span(weeks: tuple[Week, ...]) -> str:
    first, last = weeks[0], weeks[-1]
    if first == last:
        return f"{last.title} {last.time_period}"
    if first.time_period == last.time_period:
        return f"{first.title} to {last.title} {last.time_period}"
    return f"{first.title} {first.time_period} to {last.title} {last.time_period}"


def _title(rate: WeeklyRate) -> str:
    now = rate.shown(rate.latest)
    subject = capitalised(rate.words)
    if now is None:
        return f"{subject} by week and education phase"
    shown = percent_words(now, rate.decimals)
    before = rate.shown(rate.before) if rate.before is not None else None
    if before is None:
        return f"{subject} was {shown} in {rate.latest.title}"
    moved = {1: "rose to", 0: "stayed at", -1: "fell to"}[direction(now - before, rate.decimals)]
    return f"{subject} {moved} {shown} in {rate.latest.title}"


def _alt(rate: WeeklyRate, series: list[Series], subtitle: str) -> str:
    latest = [
        f"{percent_words(each.values[-1], rate.decimals)} in {phase_words(each.label)}"
        for each in series
        if each.values[-1] is not None
    ]
    ranges = [
        f"between {percent_words(min(found), rate.decimals)} and "
        f"{percent_words(max(found), rate.decimals)} in {phase_words(each.label)}"
        for each in series
        if len(found := [value for value in each.values if value is not None]) > 1
    ]
    now = f" In {rate.latest.title} it was {list_words(latest)}." if latest else ""
    over = f" Over the period it was {list_words(ranges)}." if ranges else ""
    return f"Line chart. {subtitle}.{now}{over}"


def phase_words(phase: str) -> str:
    """A phase in a sentence: `primary schools`, `all schools`."""
    return phase.lower() if phase == ALL_SCHOOLS else f"{phase.lower()} schools"


def _gaps(rate: WeeklyRate, slots: tuple[IsoWeek, ...]) -> str:
    has_row = {each.iso for each in rate.weeks if rate.figure(each) is not None}
    missing = [f"week {slot.week}" for slot in slots if slot not in has_row]
    words = []
    if missing:
        words.append(
            f"The lines have a gap at {list_words(missing)}, for which there are no national "
            "figures: few or no schools were open."
        )
    if any(_is_symbol(rate.figure(week, phase)) for week in rate.weeks for phase in PHASES):
        words.append("A figure that is withheld leaves a gap in its line.")
    return " ".join(words)


def _is_symbol(figure: Figure | None) -> bool:
    return figure is not None and not figure.shown


def _table(rate: WeeklyRate, subtitle: str, source: str) -> Table:
    rows = tuple(
        figure_row(
            f"{week.time_identifier} {week.time_period}",
            (rate.figure(week, phase) for phase in PHASES),
        )
        for week in reversed(rate.weeks)
    )
    return Table(subtitle, ("Week", *PHASES), rows, source)

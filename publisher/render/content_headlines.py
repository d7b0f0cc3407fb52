"""Headline facts and figures: tiles chosen by the settings, bullets made of the figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.errors import ConfigProblem
from publisher.model.definitions import Rate
from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES
from publisher.model.stages import ReleaseScope
from publisher.model.time import WEEK, YEAR_TO_DATE
from publisher.render.content import MethodFacts, week_words
from publisher.render.content_england import (
    AUTHORISED,
    OVERALL_ABSENCE,
    OVERALL_ATTENDANCE,
    PERSISTENT,
    UNAUTHORISED,
    England,
)
from publisher.render.content_figures import Figure
from publisher.render.content_sentences import (
    change,
    compared,
    extremes,
    is_shown,
    rates_by,
    unavailable,
)
from publisher.render.content_tables import NO_DATA, Cell, cell
from publisher.render.content_trends import phase_words
from publisher.render.content_words import (
    capitalised,
    date_words,
    list_words,
    plural,
    region_words,
    without_code,
)
from publisher.render.settings import HeadlineFigure, PublicationSettings

LONGEST_VALUE = 12
"""Characters that the platform allows as the value of a tile."""


@dataclass(frozen=True)
class Tile:
    """A key statistic."""

    title: str
    value: Cell
    trend: str
    guidance_title: str
    guidance: str


@dataclass(frozen=True)
class Headlines:
    """What the release says first."""

    tiles: tuple[Tile, ...]
    bullets: tuple[str, ...]


def headlines(
    england: England,
    scope: ReleaseScope,
    publication: PublicationSettings,
    method: MethodFacts,
) -> Headlines:
    """Tiles and bullets of the release.

    Raises:
        ConfigProblem: a tile names a data set, an indicator or an item that does not exist.
    """
    known = {each.name for each in method.data_sets}
    chosen = [each for each in publication.headline if _in_release(each, england, known)]
    return Headlines(
        tiles=tuple(_tile(england, scope, each) for each in chosen),
        bullets=tuple(_bullets(england, scope, method)),
    )


def _in_release(headline: HeadlineFigure, england: England, known: set[str]) -> bool:
    if headline.data_set not in known:
        raise ConfigProblem(
            f"headline '{headline.title}' names a data set that does not exist: "
            f"{headline.data_set}",
            f"Known: {', '.join(sorted(known))}.",
        )
    return headline.data_set in england.books


def _tile(england: England, scope: ReleaseScope, headline: HeadlineFigure) -> Tile:
    book = england.books[headline.data_set]
    figure = book.figure(headline.indicator, england.latest, headline.filters)
    value = cell(figure)
    if len(value.words) > LONGEST_VALUE:
        raise ConfigProblem(
            f"headline '{headline.title}' is longer than {LONGEST_VALUE} characters",
            "Choose a percentage, or an indicator with smaller numbers.",
        )
    return Tile(
        headline.title,
        value,
        _trend(england, scope, headline, figure),
        headline.guidance_title,
        headline.guidance,
    )


def _trend(
    england: England, scope: ReleaseScope, headline: HeadlineFigure, figure: Figure | None
) -> str:
    if headline.filters.get("time_frame") != WEEK:
        return _covered(england, scope) if is_shown(figure) else change(figure, None, "")
    before = england.absence.before
    if before is None:
        return "No earlier week of the academic year to compare with." if figure else ""
    earlier = england.books[headline.data_set].figure(headline.indicator, before, headline.filters)
    return change(figure, earlier, before.title)


def _covered(england: England, scope: ReleaseScope) -> str:
    first = min(each.first_day for each in scope.periods if each.time_frame == YEAR_TO_DATE)
    count = sum(england.absence.figure(week) is not None for week in england.weeks)
    return (
        f"{plural(count, 'school week')}, {date_words(first)} to {date_words(scope.week.friday)}."
    )


def _bullets(england: England, scope: ReleaseScope, method: MethodFacts) -> Iterator[str]:
    yield _attended(england, scope)
    yield from filter(
        None, (_moved(england), _why(england), _by_phase(england), _by_region(england))
    )
    yield _persistent(england, method)


def _attended(england: England, scope: ReleaseScope) -> str:
    absence, attendance = england.percent(OVERALL_ABSENCE), england.percent(OVERALL_ATTENDANCE)
    when = f"In {england.latest.title} ({week_words(scope)})"
    if absence is None or attendance is None:
        return f"{when} there are no national figures: few or no schools were open."
    if not is_shown(absence, attendance):
        return unavailable(f"absence for England {when[0].lower()}{when[1:]}", absence)
    return (
        f"{when}, pupils in England attended {attendance.words} of possible sessions "
        f"and missed {absence.words}."
    )


def _moved(england: England) -> str:
    absence = england.percent(OVERALL_ABSENCE)
    year = england.year_to_date(OVERALL_ABSENCE)
    before = england.absence.before
    earlier = england.absence.figure(before) if before is not None else None
    if absence is None or not absence.shown or before is None:
        return ""
    parts = []
    if earlier is not None and earlier.shown:
        parts.append(compared(absence, earlier, f"in {before.title}"))
    if year is not None and year.shown:
        parts.append(compared(absence, year, "over the year to date") + f" ({year.words})")
    return f"The absence rate was {list_words(parts)}." if parts else ""


def _why(england: England) -> str:
    authorised, unauthorised = england.percent(AUTHORISED), england.percent(UNAUTHORISED)
    if authorised is None or unauthorised is None or not is_shown(authorised, unauthorised):
        return ""
    most = _most_common(england)
    said = (
        f"Authorised absence was {authorised.words} and unauthorised absence "
        f"{unauthorised.words} of possible sessions"
    )
    return f"{said}; {most}." if most else f"{said}."


def _most_common(england: England) -> str:
    """The most common reason; said only when every reason that could be it is shown."""
    reasons = {reason: england.percent(reason) for reason in _single_reasons(england)}
    numbers = {
        reason: figure.number
        for reason, figure in reasons.items()
        if figure is not None and figure.shown
    }
    if not numbers or len(numbers) < len(reasons):
        return ""
    most = max(numbers, key=numbers.__getitem__)
    figure = reasons[most]
    words = figure.words if figure is not None else NO_DATA
    return f"the most common reason for absence was {without_code(most).lower()} ({words})"


def _single_reasons(england: England) -> list[str]:
    """Reasons for absence with a register code of their own and a published percentage."""
    return [
        item.filters["attendance_reason"]
        for item in england.attendance.data_set.items
        if item.filters["attendance_status"] == "Absence"
        and isinstance(item.figures["session_percent"], Rate)
        and without_code(item.filters["attendance_reason"]) != item.filters["attendance_reason"]
    ]


def _by_phase(england: England) -> str:
    figures = [
        (phase_words(each), england.percent(OVERALL_ABSENCE, each)) for each in PUBLISHED_PHASES
    ]
    words = rates_by(figures)
    return f"Absence was {words}." if words else ""


def _by_region(england: England) -> str:
    figures = {
        region_words(region): england.percent(OVERALL_ABSENCE, ALL_SCHOOLS, WEEK, region)
        for region in england.regions
    }
    words = extremes(figures, england.decimals)
    return f"Among the regions, absence was {words}." if words else ""


def _persistent(england: England, method: MethodFacts) -> str:
    if PERSISTENT not in england.books:
        return method.persistent_absence_from
    figure = england.books[PERSISTENT].figure(
        "enrolments_percent",
        england.latest,
        {
            "education_phase": ALL_SCHOOLS,
            "time_frame": YEAR_TO_DATE,
            "absence_type": "Persistent absence",
        },
    )
    subject = "persistent absence for the year to date"
    if figure is None or not figure.shown:
        return unavailable(subject, figure)
    return capitalised(
        f"over the year to date, {figure.words} of enrolments were persistently absent: "
        "they missed 10% or more of their own possible sessions."
    )

"""The release home page: headlines, trend, reasons, regions, who shared data."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.model.geography import COUNTRY_NAME
from publisher.model.phases import ALL_SCHOOLS, EDUCATION_PHASES
from publisher.model.stages import CheckedCells
from publisher.model.time import WEEK, YEAR_TO_DATE
from publisher.render.content import MethodFacts, week_words
from publisher.render.content_england import (
    ATTENDANCE,
    OVERALL_ABSENCE,
    PERSISTENT,
    SCHOOLS,
    England,
    england,
)
from publisher.render.content_figures import Figure
from publisher.render.content_headlines import Headlines, headlines
from publisher.render.content_sentences import extremes
from publisher.render.content_tables import Cell, Row, Table, cell, figure_row
from publisher.render.content_trends import Trend, phase_words, weekly_trend
from publisher.render.content_words import NO_BREAK, capitalised, percent_words, region_words
from publisher.render.settings import PublicationSettings

_SUBTOTALS = ("Overall attendance", "Overall absence", "All authorised", "All unauthorised")
_PERSISTENT_ITEMS = ("Persistent absence", "Severe absence")


@dataclass(frozen=True)
class Home:
    """Everything that the release home page shows."""

    headlines: Headlines
    trend: Trend
    reasons_title: str
    reasons: tuple[tuple[str, Table], ...]
    """Tab label and table: latest week, year to date."""
    persistent: Table | None
    regions_title: str
    regions: Table
    coverage: Table | None
    coverage_words: str


def home(checked: CheckedCells, publication: PublicationSettings, method: MethodFacts) -> Home:
    """The release home page's content.

    Raises:
        ConfigProblem: a setting names a figure that does not exist.
    """
    protected = checked.protected
    figures = england(protected, publication.percent_decimals_shown)
    schools = _coverage(figures) if SCHOOLS in figures.books else None
    return Home(
        headlines=headlines(figures, protected.scope, publication, method),
        trend=weekly_trend(figures.absence, _source(figures, ATTENDANCE)),
        reasons_title=_reasons_title(figures),
        reasons=_reasons(figures, publication, week_words(protected.scope)),
        persistent=_persistent(figures) if PERSISTENT in figures.books else None,
        regions_title=_regions_title(figures),
        regions=_regions(figures),
        coverage=schools,
        coverage_words=_coverage_words(schools, figures),
    )


def _source(figures: England, name: str) -> str:
    return f"Source: data set \u201c{figures.books[name].data_set.title}\u201d of this release"


def _reasons(
    figures: England, publication: PublicationSettings, days: str
) -> tuple[tuple[str, Table], ...]:
    week = figures.latest.time_identifier
    return (
        (week, _reasons_table(figures, publication, WEEK, f"{figures.latest.title} ({days})")),
        ("Year to date", _reasons_table(figures, publication, YEAR_TO_DATE, "year to date")),
    )


def _reasons_table(
    figures: England, publication: PublicationSettings, time_frame: str, when: str
) -> Table:
    rows = tuple(
        figure_row(
            reason,
            (figures.percent(reason, phase, time_frame) for phase in EDUCATION_PHASES),
            kind="total" if reason in _SUBTOTALS else "part",
        )
        for reason in publication.table_reasons
    )
    caption = f"Percentage of possible sessions by reason and education phase, England, {when}"
    return Table(caption, ("Reason", *EDUCATION_PHASES), rows, _source(figures, ATTENDANCE))


def _reasons_title(figures: England) -> str:
    by_phase = {
        phase_words(phase): figures.percent(OVERALL_ABSENCE, phase)
        for phase in EDUCATION_PHASES
        if phase != ALL_SCHOOLS
    }
    words = extremes(by_phase, figures.decimals)
    return f"Absence was {_without_figures(words)}" if words else "Absence by reason and phase"


def _without_figures(words: str) -> str:
    """Headings name places and phases; the figures are in the table below."""
    parts = words.split(" and lowest in ")
    return " and lowest in ".join(part.rpartition(" (")[0] for part in parts)


def _regions_title(figures: England) -> str:
    by_region = {
        region_words(region): figures.percent(OVERALL_ABSENCE, ALL_SCHOOLS, WEEK, region)
        for region in figures.regions
    }
    words = extremes(by_region, figures.decimals)
    return f"Absence was {_without_figures(words)}" if words else "Absence by region"


def _regions(figures: England) -> Table:
    columns = ("Overall attendance", "Overall absence", "All authorised", "All unauthorised")
    places = (COUNTRY_NAME, *sorted(figures.regions))
    rows = tuple(
        figure_row(
            place,
            (
                *(figures.percent(reason, ALL_SCHOOLS, WEEK, place) for reason in columns),
                figures.percent(OVERALL_ABSENCE, ALL_SCHOOLS, YEAR_TO_DATE, place),
            ),
            kind="total" if place == COUNTRY_NAME else "",
        )
        for place in places
    )
    week = figures.latest.title
    together = week.replace(" ", NO_BREAK)
    return Table(
        f"Percentage of possible sessions by region, all schools, {week} and year to date",
        ("Area", *(f"{each}, {together}" for each in columns), "Overall absence, year to date"),
        rows,
        _source(figures, ATTENDANCE),
    )


def _persistent(figures: England) -> Table:
    book = figures.books[PERSISTENT]
    rows = tuple(
        figure_row(item, (_enrolments(figures, item, phase) for phase in EDUCATION_PHASES))
        for item in _PERSISTENT_ITEMS
    )
    return Table(
        "Percentage of enrolments by education phase, England, year to date",
        ("Kind of absence", *EDUCATION_PHASES),
        rows,
        f"Source: data set \u201c{book.data_set.title}\u201d of this release",
    )


def _enrolments(figures: England, item: str, phase: str) -> Figure | None:
    return figures.books[PERSISTENT].figure(
        "enrolments_percent",
        figures.latest,
        {"education_phase": phase, "time_frame": YEAR_TO_DATE, "absence_type": item},
    )


def _coverage(figures: England) -> Table:
    return Table(
        f"Schools submitting data by education phase, England, {figures.latest.title}",
        ("Education phase", "Schools submitting", "All schools", "Percentage submitting"),
        tuple(_coverage_row(figures, phase) for phase in EDUCATION_PHASES),
        _source(figures, SCHOOLS),
    )


def _coverage_row(figures: England, phase: str) -> Row:
    items = {"education_phase": phase, "time_frame": WEEK}
    book = figures.books[SCHOOLS]
    submitting = book.figure("school_submitted_count", figures.latest, items)
    schools = book.figure("school_all_count", figures.latest, items)
    share = _share(submitting, schools, figures.decimals)
    return Row(
        phase,
        (cell(submitting), cell(schools), share),
        "total" if phase == ALL_SCHOOLS else "",
    )


def _share(part: Figure | None, whole: Figure | None, decimals: int) -> Cell:
    if part is None or whole is None or not (part.shown and whole.shown) or not whole.number:
        return Cell("[x]", "not available")
    return Cell(percent_words(100 * part.number / whole.number, decimals))


def _coverage_words(table: Table | None, figures: England) -> str:
    total = next((row for row in table.rows if row.header == ALL_SCHOOLS), None) if table else None
    if total is None or any(each.meaning for each in total.cells):
        return ""
    submitting, schools, share = (each.words for each in total.cells)
    return capitalised(
        f"in {figures.latest.title}, {submitting} of {schools} schools shared their registers "
        f"({share})."
    )

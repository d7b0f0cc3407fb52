"""Checked cells made of invented numbers, as large as the test wants them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from publisher.catalogue import CATALOGUE
from publisher.model.definitions import Count, DataSet, Level, PublishedItem, Rate
from publisher.model.geography import GEOGRAPHY_COLUMNS, Location
from publisher.model.phases import EDUCATION_PHASES
from publisher.model.stages import (
    STATUS_SUFFIX,
    CheckedCells,
    DisclosureSummary,
    ProtectedCells,
    ProtectedTable,
    ReleaseScope,
    WithheldCount,
)
from publisher.model.status import CellStatus
from publisher.model.time import TERMS, WEEK, WEEKDAYS, YEAR_TO_DATE, IsoWeek, Period, PeriodKind
from publisher.reference.areas import locations

LATEST = IsoWeek(2025, 45)
BARNSLEY = "E08000016"
WITHOUT_SECONDARY = "E09000001"


def weeks_to(latest: IsoWeek, number: int) -> list[IsoWeek]:
    weeks = [IsoWeek.containing(latest.monday)]
    while len(weeks) < number:
        weeks.append(IsoWeek.containing(weeks[-1].monday - pd.Timedelta(days=7)))
    return weeks[::-1]


def periods(weeks: Sequence[IsoWeek]) -> tuple[Period, ...]:
    made: list[Period] = []
    for week in weeks:
        time = (str(week.year), week.identifier)
        for name, day in zip(WEEKDAYS, week.school_days, strict=True):
            key = f"{week}-1-{day}"
            made.append(Period(key, PeriodKind.DAY, *time, name, (day,), day))
        made.append(
            Period(f"{week}-2", PeriodKind.WEEK, *time, WEEK, week.school_days, week.monday)
        )
    latest = (str(weeks[-1].year), weeks[-1].identifier)
    days = tuple(day for week in weeks for day in week.school_days)
    made.append(Period("ytd", PeriodKind.YEAR_TO_DATE, *latest, YEAR_TO_DATE, days, None))
    made.append(Period("term", PeriodKind.TERM, *latest, TERMS[0], days[:5], None))
    return tuple(made)


def checked_cells(
    weeks: int = 2,
    places: Sequence[Location] | None = None,
    data_sets: Sequence[DataSet] = CATALOGUE,
    seed: int = 7,
    withheld_share: float = 0.02,
) -> CheckedCells:
    """A release whose England and regions are shown and some authorities' rows withheld."""
    chosen = tuple(places if places is not None else locations())
    spans = periods(weeks_to(LATEST, weeks))
    random = np.random.default_rng(seed)
    tables = tuple(
        ProtectedTable(each, _rows(each, spans, chosen, random, withheld_share))
        for each in data_sets
    )
    scope = ReleaseScope(LATEST, datetime(2025, 11, 18, 9, 0), "202526", spans, chosen)
    summary = DisclosureSummary(
        profile="cautious",
        rounding_base=10,
        rules=("Rows with fewer than 3 schools are withheld.", "Counts are rounded to 10."),
        withheld=tuple(WithheldCount(each.name, "National", 1, 0) for each in data_sets),
        rounds=1,
    )
    nothing = pd.DataFrame(columns=["location", "education_phase", "period"])
    return CheckedCells(ProtectedCells(scope, tables, summary, nothing))


def some_places() -> tuple[Location, ...]:
    """England, two regions and their authorities."""
    regions = [each for each in locations() if each.level is Level.REGIONAL][:2]
    codes = {each.code for each in regions}
    authorities = [each for each in locations() if each.parent in codes]
    nation = [each for each in locations() if each.level is Level.NATIONAL]
    return (*nation, *regions, *[each for each in authorities if each.level is not Level.REGIONAL])


def _rows(
    data_set: DataSet,
    spans: Sequence[Period],
    places: Sequence[Location],
    random: np.random.Generator,
    withheld_share: float,
) -> pd.DataFrame:
    mine = [each for each in spans if each.kind in data_set.periods]
    grid = [
        (p, s, f)
        for p in range(len(mine))
        for s, place in enumerate(places)
        for f, phase in enumerate(EDUCATION_PHASES)
        if not (place.code == WITHOUT_SECONDARY and phase == "Secondary")
    ]
    period, place, phase = (np.array(column) for column in zip(*grid, strict=True))
    items = len(data_set.items)
    item = np.tile(np.arange(items), len(grid))
    period, place, phase = (np.repeat(each, items) for each in (period, place, phase))
    row = np.repeat(np.arange(len(grid)), items)
    columns: dict[str, object] = {
        "time_period": _categorical([each.time_period for each in mine], period),
        "time_identifier": _categorical([each.time_identifier for each in mine], period),
    }
    for n, name in enumerate(GEOGRAPHY_COLUMNS):
        columns[name] = _categorical([each.columns[n] for each in places], place)
    for each in data_set.filters:
        if each.column == "education_phase":
            columns[each.column] = _categorical(EDUCATION_PHASES, phase)
        elif each.column == "time_frame":
            columns[each.column] = _categorical([span.time_frame for span in mine], period)
        else:
            words = [one.filters[each.column] for one in data_set.items]
            columns[each.column] = _categorical(words, item)
    authority = np.array([each.level is Level.LOCAL_AUTHORITY for each in places])
    withheld = (random.random(len(grid)) < withheld_share)[row] & authority[place]
    size = np.array([2e7 if not each.parent else 5e4 for each in places])[place]
    share = 0.5 / (1 + item)
    counts = np.round(random.random(len(item)) * size * share / 10) * 10
    for indicator in data_set.indicators:
        values, status = _figures(
            data_set.items, indicator.column, item, counts, random.random(len(item)) * 100
        )
        if indicator.column == "reference_date":
            dates = [str(each.reference_date or "") for each in mine]
            values = pd.Series(np.array(dates, dtype=object)[period], dtype="str")
            status = np.where(values.to_numpy() == "", 5, 0)
        else:
            about_pupils = data_set.name != "schools_submitting"
            status = np.where(withheld & (status == 0) & about_pupils, 1, status)
            values = np.where(status == 0, values, np.nan)
        columns[indicator.column] = values
        columns[indicator.column + STATUS_SUFFIX] = pd.Categorical.from_codes(
            status, [each.value for each in CellStatus]
        )
    return pd.DataFrame(columns)


def _figures(
    items: Sequence[PublishedItem],
    column: str,
    item: np.ndarray,
    counts: np.ndarray,
    percents: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    names = [each.value for each in CellStatus]
    values = np.zeros(len(item))
    status = np.zeros(len(item), dtype=int)
    for n, each in enumerate(items):
        figure = each.figures[column]
        mine = item == n
        if isinstance(figure, Count):
            values[mine] = counts[mine]
        elif isinstance(figure, Rate):
            values[mine] = np.round(percents[mine], 2)
        elif figure.__class__.__name__ == "Fixed":
            status[mine] = names.index(figure.value)
    return values, status


def _categorical(words: Sequence[str], codes: np.ndarray) -> pd.Categorical:
    distinct = list(dict.fromkeys(words))
    numbers = np.array([distinct.index(word) for word in words])
    return pd.Categorical.from_codes(numbers[codes], distinct)

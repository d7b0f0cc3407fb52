"""Protected cells of an invented country, built straight from invented counts.

Counts are drawn per authority, phase, school day and register code, summed upwards and rounded;
a handful of rows is withheld. Nothing here uses the program's own counting or disclosure code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from publisher.catalogue import CATALOGUE, EVERY_FILE
from publisher.model.definitions import Count, DataSet, Fixed, Rate, ReferenceDate
from publisher.model.geography import GEOGRAPHY_COLUMNS, Location
from publisher.model.phases import EDUCATION_PHASES
from publisher.model.stages import (
    DisclosureSummary,
    ProtectedCells,
    ProtectedTable,
    ReleaseScope,
)
from publisher.model.time import WEEKDAYS, IsoWeek, Period, PeriodKind
from publisher.reference.areas import local_authorities, locations
from publisher.reference.codes import register_codes

BASE = 10
STATUSES = ["shown", "withheld", "not available", "not applicable", "rounds to zero", "empty"]
DATA_SETS = {each.name: each for each in EVERY_FILE}
OF_ALL_PUPILS = tuple(each for each in CATALOGUE if not each.breakdowns)
"""Data sets without groups of pupils; those with them have tests of their own."""


@dataclass(frozen=True)
class World:
    """An invented country: its places, its weeks and its true counts.

    `codes` has shape (places, phases, days, register codes), `schools` (places, phases); `above`
    says which place contains which authority (places, authorities).
    """

    places: tuple[Location, ...]
    weeks: tuple[IsoWeek, ...]
    codes: np.ndarray
    schools: np.ndarray
    above: np.ndarray


def world(authorities: int = 6, weeks: int = 2, seed: int = 1) -> World:
    """`authorities` authorities, spread over the regions, over `weeks` weeks from W37 of 2025."""
    chosen = _spread(authorities)
    rng = np.random.default_rng(seed)
    shape = (len(chosen), 3, 5 * weeks, len(register_codes()))
    usual = rng.gamma(0.4, 60, size=shape[-1])
    usual[:2] = 4000
    codes = rng.poisson(usual * rng.uniform(0.3, 3, size=(*shape[:2], 1, 1)), size=shape)
    schools = rng.integers(3, 60, size=(len(chosen), 3))
    places = _with_areas_above(chosen)
    above = _membership(places, chosen)
    return World(
        places=places,
        weeks=tuple(IsoWeek(2025, 37 + n) for n in range(weeks)),
        codes=_with_totals(np.tensordot(above, codes, axes=1)),
        schools=_with_totals(np.tensordot(above, schools, axes=1)),
        above=above,
    )


def _spread(authorities: int) -> list[Location]:
    everywhere = local_authorities()
    step = len(everywhere) / authorities
    return [everywhere[int(n * step)] for n in range(authorities)]


def _with_areas_above(chosen: list[Location]) -> tuple[Location, ...]:
    wanted = {each.code for each in chosen} | {each.parent for each in chosen} | {"E92000001"}
    return tuple(each for each in locations() if each.code in wanted)


def _membership(places: tuple[Location, ...], chosen: list[Location]) -> np.ndarray:
    return np.array(
        [[_contains(place, each) for each in chosen] for place in places],
        dtype=np.int64,
    )


def _contains(place: Location, authority: Location) -> bool:
    return place.code in (authority.code, authority.parent, "E92000001")


def _with_totals(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1)


def periods(weeks: tuple[IsoWeek, ...]) -> tuple[Period, ...]:
    """Five days and a week each, then the year to date on the latest week."""
    found = []
    for week in weeks:
        frame = {"time_period": str(week.year), "time_identifier": week.identifier}
        for number, day in enumerate(week.school_days):
            found.append(
                Period(
                    f"{week}-{number}",
                    PeriodKind.DAY,
                    **frame,
                    time_frame=WEEKDAYS[number],
                    days=(day,),
                    reference_date=day,
                )
            )
        found.append(
            Period(
                f"{week}-5",
                PeriodKind.WEEK,
                **frame,
                time_frame="Week",
                days=week.school_days,
                reference_date=week.monday,
            )
        )
    every_day = tuple(day for week in weeks for day in week.school_days)
    last = weeks[-1]
    found.append(
        Period(
            f"{last}-6",
            PeriodKind.YEAR_TO_DATE,
            str(last.year),
            last.identifier,
            "Year to date",
            every_day,
            None,
        )
    )
    return tuple(found)


def protected(
    country: World | None = None,
    withheld: float = 0.02,
    seed: int = 2,
    academic_year: str = "202526",
) -> ProtectedCells:
    """All data sets of all pupils as the public may see them."""
    country = country or world()
    when = periods(country.weeks)
    rng = np.random.default_rng(seed)
    hidden = rng.random((len(when), len(country.places), 4)) < withheld
    scope = ReleaseScope(
        week=country.weeks[-1],
        as_of=datetime(2025, 11, 7, 18, 30, tzinfo=UTC),
        academic_year=academic_year,
        periods=when,
        locations=country.places,
    )
    return ProtectedCells(
        scope=scope,
        tables=tuple(_table(each, country, when, hidden) for each in OF_ALL_PUPILS),
        summary=DisclosureSummary("cautious", BASE, ("Few schools",), (), 1),
        withheld=_withheld(country, when, hidden),
    )


def _withheld(country: World, when: tuple[Period, ...], hidden: np.ndarray) -> pd.DataFrame:
    rows = [
        (country.places[p].code, EDUCATION_PHASES[f], when[t].key)
        for t, p, f in zip(*np.nonzero(hidden), strict=True)
    ]
    return pd.DataFrame(rows, columns=["location", "education_phase", "period"])


def round_to(numbers: np.ndarray, base: int) -> np.ndarray:
    """Nearest multiple, half away from zero (numbers are not negative)."""
    return (2 * numbers + base) // (2 * base) * base


def _measures(data_set: DataSet, country: World, when: tuple[Period, ...]) -> dict[str, np.ndarray]:
    """Measure -> true counts of shape (periods, places, phases)."""
    places, phases = country.codes.shape[:2]
    if data_set.name == "schools_submitting":
        one = np.broadcast_to(country.schools, (len(when), places, phases))
        return {"schools_submitted": one, "schools_all": 2 * one}
    every = [day for week in country.weeks for day in week.school_days]
    within = np.array([[day in each.days for day in every] for each in when], dtype=np.int64)
    by_code = np.einsum("td,pfdc->tpfc", within, country.codes)
    if data_set.name == "persistent_absence":
        return _absentees(country, by_code)
    position = {each.code: place for place, each in enumerate(register_codes())}
    return {
        each.name: by_code[..., [position[code] for code in sorted(each.codes)]].sum(axis=-1)
        for each in data_set.measures
    }


def _absentees(country: World, by_code: np.ndarray) -> dict[str, np.ndarray]:
    places = [place for place, each in enumerate(country.places) if each.old_la_code]
    enrolments = by_code[:, places, :3].sum(axis=-1) // 20

    def summed(counts: np.ndarray) -> np.ndarray:
        upwards = np.einsum("pa,taf->tpf", country.above, counts)
        return np.concatenate([upwards, upwards.sum(axis=2, keepdims=True)], axis=2)

    return {
        "total_enrolments": summed(enrolments),
        "persistently_absent": summed(enrolments // 3),
        "severely_absent": summed(enrolments // 30),
    }


def _table(
    data_set: DataSet, country: World, when: tuple[Period, ...], hidden: np.ndarray
) -> ProtectedTable:
    kinds = [place for place, each in enumerate(when) if each.kind in data_set.periods]
    chosen = tuple(when[place] for place in kinds)
    measures = _measures(data_set, country, chosen)
    shape = (len(chosen), len(country.places), 4, len(data_set.items))
    t, p, f, i = (index.ravel() for index in np.indices(shape))
    columns: dict[str, object] = {}
    for name in ("time_period", "time_identifier"):
        columns[name] = _categorical([getattr(each, name) for each in chosen], t)
    for place, name in enumerate(GEOGRAPHY_COLUMNS):
        columns[name] = _categorical([each.columns[place] for each in country.places], p)
    for each in data_set.filters:
        columns[each.column] = _filter(data_set, each.column, chosen, t, f, i)
    for indicator in data_set.indicator_columns:
        values, statuses = _figures(data_set, indicator, measures, chosen, hidden[kinds])
        columns[indicator] = values
        columns[f"{indicator}_status"] = pd.Categorical.from_codes(statuses, STATUSES)
    return ProtectedTable(data_set, pd.DataFrame(columns))


def _categorical(texts: list[str], codes: np.ndarray) -> pd.Categorical:
    distinct = list(dict.fromkeys(texts))
    place = np.array([distinct.index(text) for text in texts])
    return pd.Categorical.from_codes(place[codes], distinct)


def _filter(data_set, column, chosen, t, f, i):
    if column == "education_phase":
        return _categorical(list(EDUCATION_PHASES), f)
    if column == "time_frame":
        return _categorical([each.time_frame for each in chosen], t)
    return _categorical([each.filters[column] for each in data_set.items], i)


def _figures(data_set, indicator, measures, chosen, hidden):
    """Values and status codes of one indicator, flat, in the table's order."""
    values, statuses = [], []
    for item in data_set.items:
        value, status = _figure(data_set, item.figures[indicator], measures, chosen, hidden)
        values.append(value)
        statuses.append(status)
    return np.stack(values, axis=-1).ravel(), np.stack(statuses, axis=-1).ravel()


def _figure(data_set, figure, measures, chosen, hidden):
    shape = hidden.shape
    if isinstance(figure, ReferenceDate):
        texts = [each.reference_date.isoformat() if each.reference_date else "" for each in chosen]
        dates = np.broadcast_to(np.array(texts, dtype=object)[:, None, None], shape)
        return dates, np.where(dates == "", 5, 0)
    if isinstance(figure, Fixed):
        code = 2 if figure is Fixed.NOT_AVAILABLE else 3
        return np.full(shape, np.nan), np.full(shape, code)
    if isinstance(figure, Count):
        counts = measures[figure.measure].astype(float)
        if not data_set.measure(figure.measure).unit.about_pupils:
            return counts, np.zeros(shape, dtype=int)
        rounded = round_to(measures[figure.measure], BASE).astype(float)
        return np.where(hidden, np.nan, rounded), np.where(hidden, 1, 0)
    assert isinstance(figure, Rate)
    top = round_to(measures[figure.numerator], BASE)
    bottom = round_to(measures[figure.denominator], BASE)
    below = np.maximum(bottom, 1)
    percent = (2 * 10_000 * top + below) // (2 * below) / 100
    status = np.where(hidden, 1, np.where(bottom == 0, 2, 0))
    return np.where(status == 0, percent, np.nan), status

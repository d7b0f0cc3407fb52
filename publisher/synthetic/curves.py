"""How each family of reasons rises and falls over the weeks and weekdays of a year."""

from __future__ import annotations

from functools import cache

import numpy as np

from publisher.synthetic.arrays import Floats
from publisher.synthetic.calendar import SchoolCalendar
from publisher.synthetic.facts import GROUPS, PUBLISHED, calibration, group_table

_MEASURES = ("absence_pct", "illness_pct", "authorised_pct", "unauthorised_pct")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_AUTUMN_FROM = 36
_LAST_AUTUMN_WEEK = 53
_FLOOR = 0.05
_HOLIDAY_SHARE = {0: 0.35, 1: 0.10, 2: 0.11}
_HOLIDAY_SWING = 0.9
_LEAST_HOLIDAY, _MOST_HOLIDAY = 0.02, 0.8
_STAND_IN = {3: 0, 4: 1}
"""Nurseries follow the season of primary schools, alternative provision that of secondary ones."""


def week_totals(group: int, calendar: SchoolCalendar) -> Floats:
    """Overall absence as a share of possible sessions, for each calendar week of the feed."""
    return _weekly(group, calendar)[:, 0] / 100


def week_shapes(group: int, calendar: SchoolCalendar) -> dict[str, Floats]:
    """For each curve, its rate in each calendar week ÷ its rate in the year to date.

    Illness and other authorised absence follow the published weekly rates. Unauthorised absence
    is a steady part and holidays, which take most of its swings: they cluster around half-terms.
    """
    weekly = _weekly(group, calendar)
    usual = np.array([group_table("year_to_date", name)[group] for name in _MEASURES])
    illness = weekly[:, 1] / usual[1]
    authorised = (weekly[:, 2] - weekly[:, 1]) / (usual[2] - usual[1])
    share = _HOLIDAY_SHARE[_STAND_IN.get(group, group)]
    level = weekly[:, 3].mean()
    holiday = share * level + _HOLIDAY_SWING * (weekly[:, 3] - level)
    holiday = np.clip(holiday, _LEAST_HOLIDAY * weekly[:, 3], _MOST_HOLIDAY * weekly[:, 3])
    return {
        "flat": np.ones(len(weekly)),
        "illness": np.maximum(illness, _FLOOR),
        "authorised": np.maximum(authorised, _FLOOR),
        "holiday": holiday / (share * usual[3]),
        "unauthorised": (weekly[:, 3] - holiday) / ((1 - share) * usual[3]),
    }


def weekday_shape(group: int) -> Floats:
    """Monday to Friday: absence of the day ÷ absence of the week."""
    by_day = np.array([group_table("weekdays", day)[group] for day in _WEEKDAYS])
    return np.asarray(by_day / by_day.mean())


def _weekly(group: int, calendar: SchoolCalendar) -> Floats:
    """Calendar weeks x measures, in per cent."""
    mondays = np.unique(calendar.week_row, return_index=True)[1]
    years = calendar.days[mondays].astype("datetime64[Y]").astype(int) + 1970
    weeks = calendar.week[mondays]
    like = _STAND_IN.get(group, group)
    rates = np.array([_rates(int(y), int(w), like) for y, w in zip(years, weeks, strict=True)])
    usual = np.array([group_table("year_to_date", name) for name in _MEASURES])
    return np.asarray(rates * (usual[:, group] / usual[:, like]))


def _rates(year: int, week: int, group: int) -> tuple[float, ...]:
    """Published rates of the week; else of the nearest week, in the latest year so far."""
    if week < _AUTUMN_FROM:
        return _seasonal(week, group)
    known = _published()[group]
    near = min(
        known,
        key=lambda at: (at[0] > year, abs(at[1] - week), year - at[0]),
    )
    return known[near]


def _seasonal(week: int, group: int) -> tuple[float, ...]:
    """Spring and summer: the year to date times an assumed smooth seasonal factor."""
    factors = {
        (int(row["iso_week"]), row["group"]): float(row["factor"]) for row in calibration("season")
    }
    last = max(number for number, _ in factors)
    factor = factors[(min(week, last), GROUPS[group])]
    return tuple(float(group_table("year_to_date", name)[group]) * factor for name in _MEASURES)


@cache
def _published() -> dict[int, dict[tuple[int, int], tuple[float, ...]]]:
    """Group -> (calendar year, ISO week of autumn) -> the four published rates, in per cent."""
    tables: dict[int, dict[tuple[int, int], tuple[float, ...]]] = {g: {} for g in PUBLISHED}
    for row in calibration("weekly_rates"):
        week = int(row["iso_week"])
        if _AUTUMN_FROM <= week <= _LAST_AUTUMN_WEEK:
            key = (int(row["calendar_year"]), week)
            group = GROUPS.index(row["education_phase"])
            tables[group][key] = tuple(float(row[name]) for name in _MEASURES)
    return tables

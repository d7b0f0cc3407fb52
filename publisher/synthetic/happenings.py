"""What happens on given days: religious days, study leave, outbreaks and local occasions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from publisher.synthetic.arrays import Bools, Ints, Letters
from publisher.synthetic.calendar import SchoolCalendar
from publisher.synthetic.codes import code
from publisher.synthetic.facts import GROUPS, YEAR_GROUPS, calibration
from publisher.synthetic.pupils import MAIN_ETHNICITIES, Pupils

_OUTBREAKS_PER_DAY = 0.00012
_OUTBREAK_SHARE = 0.3
_OUTBREAK_DAYS = 4
_OCCASIONS_PER_DAY = 0.0003
_OCCASION_SHARE = 0.12


@dataclass(frozen=True)
class Occasion:
    """Days on which some pupils of some groups of schools are away for one reason."""

    first_day: np.datetime64
    last_day: np.datetime64
    groups: Bools
    years: Bools
    ethnicities: Bools
    code: int
    share: float


@cache
def occasions() -> tuple[Occasion, ...]:
    """The dated occasions of the calibration table; a blank filter means everybody."""
    return tuple(
        Occasion(
            first_day=np.datetime64(row["first_day"], "D"),
            last_day=np.datetime64(row["last_day"], "D"),
            groups=_named(row["group"].split(";") if row["group"] else [], GROUPS),
            years=_named(row["years"].split(), YEAR_GROUPS),
            ethnicities=_named(row["ethnicities"].split(), MAIN_ETHNICITIES),
            code=code(row["code"]),
            share=float(row["share"]),
        )
        for row in calibration("events")
    )


def mark_occasions(
    rng: np.random.Generator,
    marks: tuple[Letters, Letters],
    group: Ints,
    pupils: Pupils,
    calendar: SchoolCalendar,
) -> None:
    """Write the dated occasions into the marks of a block (changed in place)."""
    for occasion in occasions():
        days = np.flatnonzero(
            (calendar.days >= occasion.first_day) & (calendar.days <= occasion.last_day)
        )
        if not len(days):
            continue
        concerned = occasion.groups[group] & occasion.years[pupils.year]
        concerned &= occasion.ethnicities[pupils.ethnicity]
        rows = np.flatnonzero(concerned)
        rows = rows[rng.random(len(rows)) < occasion.share]
        for half in marks:
            half[np.ix_(rows, days)] = occasion.code


def mark_local_events(
    rng: np.random.Generator,
    marks: tuple[Letters, Letters],
    pupils: Pupils,
    authority: Ints,
) -> None:
    """Outbreaks of illness in single schools, and local days out in single authorities.

    They are what makes one school or one authority stand out in one week.
    """
    for key, rate, share, length, reason in (
        (pupils.school, _OUTBREAKS_PER_DAY, _OUTBREAK_SHARE, _OUTBREAK_DAYS, "I"),
        (authority, _OCCASIONS_PER_DAY, _OCCASION_SHARE, 1, "C"),
    ):
        distinct, position = np.unique(key, return_inverse=True)
        days = marks[0].shape[1]
        hit = np.argwhere(rng.random((len(distinct), days)) < rate)
        for unit, day in hit:
            rows = np.flatnonzero(position == unit)
            rows = rows[rng.random(len(rows)) < share]
            for half in marks:
                half[rows, day : day + length] = code(reason)


def _named(wanted: list[str], names: tuple[str, ...]) -> Bools:
    if not wanted:
        return np.ones(len(names), dtype=bool)
    return np.isin(np.array(names), np.array(wanted))

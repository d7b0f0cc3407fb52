"""Who is enrolled where and when: joiners, leavers, movers and pupils with two schools."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from publisher.synthetic.arrays import NO_DATE, ONE_DAY, Bools, Dates, Ints, Letters
from publisher.synthetic.calendar import SchoolCalendar
from publisher.synthetic.country import Schools
from publisher.synthetic.facts import (
    ALTERNATIVE,
    NURSERY,
    PRIMARY,
    RECEPTION,
    SECONDARY,
    SPECIAL,
    YEAR_GROUPS,
    authorities,
)
from publisher.synthetic.names import FORENAMES, SURNAMES
from publisher.synthetic.pupils import Pupils
from publisher.synthetic.upn import unique_pupil_numbers

_JOINS_PER_DAY = 0.00028
_LEAVES_PER_DAY = 0.00025
_MOVES_TO_ANOTHER = 0.5
_UNRECORDED = 1 / 25_000
_HAS_TWO_SCHOOLS = {PRIMARY: 0.0007, SECONDARY: 0.006, SPECIAL: 0.002}
ALL_WEEK = 0b11111
_WEEKDAYS_AWAY = np.array((ALL_WEEK, ALL_WEEK, 0b10101, 0b01110, 0b00011, 0b11110))
_ENTRY_AGE_OFFSET = 2
_ENTRY_YEARS = {PRIMARY: "R", SECONDARY: "7", SPECIAL: "R", NURSERY: "N1", ALTERNATIVE: "8"}


@dataclass(frozen=True)
class Enrolments:
    """Pupils with what ties them to a school; one element per enrolment, same order as `pupils`.

    `person` is the position of the pupil's first enrolment, the same for all enrolments of one
    pupil. `away` has one bit per weekday (Monday lowest) on which the pupil is at another school;
    `recorded` is false for the few whose record never arrives. `admitted` and `left` are the
    first and last day on roll (`left` blank for those who stay).
    """

    pupils: Pupils
    person: Ints
    upn: Letters
    forename: Ints
    surname: Ints
    admitted: Dates
    left: Dates
    away: Ints
    dual: Bools
    recorded: Bools

    @property
    def count(self) -> int:
        """How many enrolments there are."""
        return self.pupils.count


def enrol(
    rng: np.random.Generator, schools: Schools, pupils: Pupils, calendar: SchoolCalendar
) -> Enrolments:
    """Give each pupil a number, a name and dates, then add second enrolments.

    A mover leaves one school on a Friday and joins another of the same group on the next
    Monday; a pupil with two schools is also enrolled in alternative provision of the same
    authority. Both keep their number and name.
    """
    first = _enrol_once(rng, schools, pupils, calendar)
    settled = ~pupils.steady & first.recorded
    moved, onward = _movers(rng, schools, first, settled, calendar)
    shared, host = _with_two_schools(rng, schools, first, settled)
    away = _WEEKDAYS_AWAY[rng.integers(0, len(_WEEKDAYS_AWAY), len(shared))]
    first.away[shared] = away
    first.dual[shared] = True
    joined = first.left[moved] + 3 * ONE_DAY
    second = _elsewhere(first, moved, onward, joined)
    third = _elsewhere(first, shared, host, first.admitted[shared])
    third.away[:] = ALL_WEEK - away
    third.dual[:] = True
    return _joined([first, second, third])


def _enrol_once(
    rng: np.random.Generator, schools: Schools, pupils: Pupils, calendar: SchoolCalendar
) -> Enrolments:
    count = pupils.count
    return Enrolments(
        pupils=pupils,
        person=np.arange(count),
        upn=_numbers(schools, pupils, calendar.academic_year),
        forename=rng.integers(0, len(FORENAMES), count),
        surname=rng.integers(0, len(SURNAMES), count),
        admitted=_admissions(rng, schools, pupils, calendar),
        left=_departures(rng, pupils, calendar),
        away=np.zeros(count, dtype=np.int64),
        dual=np.zeros(count, dtype=bool),
        recorded=(rng.random(count) >= _UNRECORDED) | pupils.steady,
    )


def _numbers(schools: Schools, pupils: Pupils, academic_year: int) -> Letters:
    """Serial numbers count the pupils of one year group in one school."""
    school, year = pupils.school, pupils.year
    order = np.lexsort((year, school))
    cell = (school * len(YEAR_GROUPS) + year)[order]
    _, first, counts = np.unique(cell, return_index=True, return_counts=True)
    serial = np.empty(len(school), dtype=np.int64)
    serial[order] = np.arange(len(school)) - np.repeat(first, counts)
    old_codes = np.array([int(code) for code in authorities().old_codes])
    entered = (academic_year - _ENTRY_AGE_OFFSET - (year - RECEPTION)) % 100
    return unique_pupil_numbers(
        old_codes[schools.authority[school]], schools.number[school], entered, serial
    )


def _random_days(rng: np.random.Generator, calendar: SchoolCalendar, count: int) -> Dates:
    return np.asarray(calendar.days[rng.integers(0, calendar.day_count, count)])


def _admissions(
    rng: np.random.Generator, schools: Schools, pupils: Pupils, calendar: SchoolCalendar
) -> Dates:
    """The September in which the pupil reached the school, or a day in the feed for joiners."""
    entries = np.array(
        [YEAR_GROUPS.index(_ENTRY_YEARS[group]) for group in range(len(_ENTRY_YEARS))]
    )
    years_here = np.maximum(pupils.year - entries[schools.group[pupils.school]], 0)
    september = f"{calendar.academic_year}-09"
    usual = np.datetime64(september, "M") - 12 * years_here
    joins = rng.random(pupils.count) < _JOINS_PER_DAY * calendar.day_count
    joins &= ~pupils.steady
    return np.where(joins, _random_days(rng, calendar, pupils.count), usual.astype("datetime64[D]"))


def _departures(rng: np.random.Generator, pupils: Pupils, calendar: SchoolCalendar) -> Dates:
    """Pupils leave at the end of a week."""
    leaves = rng.random(pupils.count) < _LEAVES_PER_DAY * calendar.day_count
    days = _random_days(rng, calendar, pupils.count)
    since_monday = (days.astype(np.int64) + 3) % 7
    fridays = days + (4 - since_monday) * ONE_DAY
    return np.where(leaves & ~pupils.steady, fridays, NO_DATE)


def _movers(
    rng: np.random.Generator,
    schools: Schools,
    first: Enrolments,
    settled: Bools,
    calendar: SchoolCalendar,
) -> tuple[Ints, Ints]:
    """Leavers who join another school before the feed ends, and which."""
    last_friday = calendar.days[-1] - 3 * ONE_DAY
    leaving = settled & (first.left > first.admitted) & (first.left <= last_friday)
    movers = np.flatnonzero(leaving & (rng.random(first.count) < _MOVES_TO_ANOTHER))
    onward = _another_school(rng, schools, first, movers)
    changed = onward != first.pupils.school[movers]
    return movers[changed], onward[changed]


def _another_school(
    rng: np.random.Generator, schools: Schools, first: Enrolments, movers: Ints
) -> Ints:
    """A school of the same kind in the block; may be the same one."""
    here = np.unique(first.pupils.school)
    kinds = schools.kind[here]
    order = np.argsort(kinds, kind="stable")
    wanted = schools.kind[first.pupils.school[movers]]
    low = np.searchsorted(kinds[order], wanted, side="left")
    high = np.searchsorted(kinds[order], wanted, side="right")
    chosen = low + (rng.random(len(movers)) * (high - low)).astype(np.int64)
    return np.asarray(here[order][chosen])


def _with_two_schools(
    rng: np.random.Generator, schools: Schools, first: Enrolments, settled: Bools
) -> tuple[Ints, Ints]:
    """Pupils who share their week with alternative provision of their authority, and where."""
    school = first.pupils.school
    group = schools.group[school]
    rate = np.zeros(len(group))
    for number, share in _HAS_TWO_SCHOOLS.items():
        rate[group == number] = share
    chosen = (rng.random(len(group)) < rate) & settled & np.isnat(first.left)
    chosen &= first.pupils.year > RECEPTION
    pupils = np.flatnonzero(chosen)
    hosts = np.unique(school[group == ALTERNATIVE])
    places = schools.authority[hosts]
    wanted = schools.authority[school[pupils]]
    low = np.searchsorted(places, wanted, side="left")
    high = np.searchsorted(places, wanted, side="right")
    pick = low + (rng.random(len(pupils)) * (high - low)).astype(np.int64)
    return pupils[high > low], hosts[pick[high > low]]


def _elsewhere(first: Enrolments, rows: Ints, school: Ints, admitted: Dates) -> Enrolments:
    """A second enrolment of the pupils in `rows`, at another school."""
    copy = take(first, rows)
    return replace(
        copy,
        pupils=replace(copy.pupils, school=school),
        admitted=admitted,
        left=np.full(len(rows), NO_DATE),
        away=np.zeros(len(rows), dtype=np.int64),
        dual=np.zeros(len(rows), dtype=bool),
    )


def take(enrolments: Enrolments, rows: Ints) -> Enrolments:
    """The enrolments in `rows`, in that order."""
    own = {
        field.name: getattr(enrolments, field.name)[rows]
        for field in fields(Enrolments)
        if field.name != "pupils"
    }
    return Enrolments(pupils=_take_pupils(enrolments.pupils, rows), **own)


def _take_pupils(pupils: Pupils, rows: Ints) -> Pupils:
    return Pupils(**{field.name: getattr(pupils, field.name)[rows] for field in fields(Pupils)})


def _joined(parts: list[Enrolments]) -> Enrolments:
    own = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Enrolments)
        if field.name != "pupils"
    }
    pupils = {
        field.name: np.concatenate([getattr(part.pupils, field.name) for part in parts])
        for field in fields(Pupils)
    }
    return Enrolments(pupils=Pupils(**pupils), **own)

"""When schools are open: terms, half-terms by authority, bank holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from publisher.errors import UsageProblem
from publisher.reference.years import AcademicYear, academic_year_of
from publisher.synthetic.arrays import Bools, Dates, Ints
from publisher.synthetic.facts import authorities, calibration

_WEEK = timedelta(days=7)
_FORTNIGHT = 2 * _WEEK
_FRIDAY = 4
_ONE_OFF_BANK_HOLIDAYS = (date(2022, 9, 19), date(2023, 1, 2), date(2023, 5, 8))


@dataclass(frozen=True)
class SchoolCalendar:
    """The weekdays of a feed and who is open on them.

    `patterns` are the distinct half-term arrangements; `open_days` is patterns x weekdays;
    `pattern_of` gives each authority's pattern, in the order of `facts.authorities()`.
    """

    academic_year: int
    days: Dates
    weekday: Ints
    week: Ints
    """ISO week number of each weekday."""
    week_row: Ints
    """0, 1, 2 … for the first, second, third calendar week of the feed."""
    open_days: Bools
    pattern_of: Ints

    @property
    def day_count(self) -> int:
        """How many weekdays there are, open or not."""
        return len(self.days)


def school_calendar(first_day: date, last_day: date) -> SchoolCalendar:
    """The calendar of the weekdays from `first_day` to `last_day`, inside one academic year.

    Half-terms of autumn 2025 are those in which each authority's schools were closed; other
    years move them with the week of the half-term. Other holidays are the same for everybody.

    Raises:
        UsageProblem: no school is open on any of the days.
    """
    year = academic_year_of(first_day)
    days = [day for day in _days(first_day, last_day) if day.weekday() <= _FRIDAY]
    patterns, pattern_of = _half_term_patterns()
    shut = _common_holidays(year)
    open_days = np.array(
        [[day not in shut | _half_term(year, closed) for day in days] for closed in patterns]
    )
    if not open_days.any():
        raise UsageProblem(
            f"No school is open from {first_day} to {last_day}", "Choose days in term time."
        )
    weeks = [day.isocalendar() for day in days]
    mondays = np.array([(day - timedelta(days=day.weekday())).toordinal() for day in days])
    return SchoolCalendar(
        academic_year=year.start,
        days=np.array(days, dtype="datetime64[D]"),
        weekday=np.array([day.weekday() for day in days]),
        week=np.array([week.week for week in weeks]),
        week_row=(mondays - mondays[0]) // _WEEK.days,
        open_days=open_days,
        pattern_of=pattern_of,
    )


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    golden, century, part = year % 19, year // 100, year % 100
    moon = (
        19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15
    ) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (part // 4) - moon - part % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def half_term_monday(academic_year: int) -> date:
    """The Monday of the usual autumn half-term: the one nearest to 25 October."""
    return _nearest_monday(date(academic_year, 10, 25))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _span(first: date, length: timedelta) -> set[date]:
    return set(_days(first, first + length - timedelta(days=1)))


def _nearest_monday(day: date) -> date:
    earlier = day - timedelta(days=day.weekday())
    return earlier if (day - earlier).days < _WEEK.days / 2 else earlier + _WEEK


def _half_term_patterns() -> tuple[list[tuple[int, ...]], Ints]:
    closed = {
        row["new_la_code"]: tuple(int(week) for week in row["weeks_closed"].split())
        for row in calibration("half_terms")
    }
    patterns = sorted(set(closed.values()))
    return patterns, np.array([patterns.index(closed[code]) for code in authorities().codes])


def _half_term(year: AcademicYear, closed_weeks: tuple[int, ...]) -> set[date]:
    monday = half_term_monday(year.start)
    return set().union(*(_span(monday + offset * _WEEK, _WEEK) for offset in closed_weeks))


def _common_holidays(year: AcademicYear) -> set[date]:
    christmas = date(year.start, 12, 25)
    easter_sunday = easter(year.start + 1)
    spring_break = year.summer_term_start - _FORTNIGHT
    may = date(year.start + 1, 5, 7)
    return (
        _span(date(year.start, 9, 1), timedelta(days=1))
        | _span(christmas - timedelta(days=christmas.weekday()), _FORTNIGHT)
        | _span(_nearest_monday(date(year.start + 1, 2, 15)), _WEEK)
        | _span(spring_break, _FORTNIGHT)
        | {easter_sunday - timedelta(days=2), easter_sunday + timedelta(days=1)}
        | {may - timedelta(days=may.weekday())}
        | _span(year.year_11_leaves - _WEEK, _WEEK)
        | set(_days(date(year.start + 1, 7, 22), date(year.start + 1, 8, 31)))
        | set(_ONE_OFF_BANK_HOLIDAYS)
    )

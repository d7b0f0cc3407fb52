"""Weeks, and the groups of days within them that periods take together, as small tables.

A *slice* is days of one week. A period of single weeks has one slice in each of its weeks; periods
that are long have slices of which they take all or nothing. A *span* is a group of slices that
long periods take together, and a *long* numbers a term, or the year to date, and a reach.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pyarrow as pa

from publisher.aggregate.parameters import members_of, period_days_of
from publisher.aggregate.spans import Member, span_tables
from publisher.aggregate.typed_tables import typed_table
from publisher.model.definitions import DataSet
from publisher.model.stages import ReleaseScope
from publisher.model.time import IsoWeek, PeriodKind
from publisher.reference.register_weeks import LANE, WEEKDAYS, ordinary_lane, shifted
from publisher.reference.years import academic_year_of

_DAYS_IN_WEEK = 7


@dataclass
class _Slices:
    """Numbers slices by their week and days: the same in every release of a year."""

    numbers: dict[tuple[int, frozenset[int]], int] = field(default_factory=dict)

    def number(self, week: int, weekdays: Iterable[int]) -> int:
        days = frozenset(weekdays)
        return self.numbers.setdefault(
            (week, days), (week << WEEKDAYS) + sum(1 << day for day in days)
        )


def week_tables(scope: ReleaseScope, data_sets: Sequence[DataSet]) -> dict[str, pa.Table]:
    """The tables of weeks and slices that queries join, by name.

    week_days: `date`, `number` of its week, `weekday` (0 is Monday), `lane`, `present`.
    release_weeks: `number` (from the first week of the series), `week` (its Monday), `bit`.
    plain_weeks: one row, `weeks`: the bits of weeks that are one slice.
    week_slices: `number`, `slice`, `lanes`. slice_days: `slice`, `date`.
    period_slices: `period`, `reach`, `slice`, `member` (`parameters.members_of`).
    slice_spans: `slice`, `span`, `unit` (where sums of the span stand in those of an enrolment).
    span_weeks: one row, `weeks0` and so on: the bits of the plain weeks of each span.
    long_periods: `long`, `period`, `reach`. period_spans: `period`, `reach`, `span`.
    """
    mondays = release_mondays(scope)
    slices = _Slices()
    places = {
        monday + timedelta(days=day): (number, day)
        for number, monday in enumerate(mondays)
        for day in range(WEEKDAYS)
    }
    short, long = _members(scope, data_sets, places)
    terms = _terms(scope, places)
    period_slices = [
        *_slices_of_weeks(short, places, slices),
        *(of_long := _slices_of_long(long, places, slices, terms)),
    ]
    of_slices = _terms_of_slices(slices, places, terms)
    plain = _plain_weeks(slices, _counted_days(scope, places))
    return {
        "week_days": _week_days(places),
        "release_weeks": typed_table(
            {"number": pa.int16(), "week": pa.date32(), "bit": pa.int64()},
            [(number, monday, 1 << number) for number, monday in enumerate(mondays)],
        ),
        "plain_weeks": typed_table({"weeks": pa.int64()}, [(sum(1 << week for week in plain),)]),
        "week_slices": _week_slices(slices),
        "slice_days": _slice_days(slices, places),
        "period_slices": _period_slices(period_slices, members_of(scope, data_sets)),
        **span_tables(scope, of_long, slices.numbers, plain, of_slices),
    }


def _week_slices(slices: _Slices) -> pa.Table:
    return typed_table(
        {"number": pa.int16(), "slice": pa.int16(), "lanes": pa.int64()},
        [
            (week, number, sum(shifted(LANE, day) for day in days))
            for (week, days), number in slices.numbers.items()
        ],
    )


def _period_slices(
    rows: Sequence[tuple[str, str, int]], members: dict[tuple[str, str], int]
) -> pa.Table:
    number = pa.int16()
    return typed_table(
        {"period": pa.string(), "reach": pa.string(), "slice": number, "member": number},
        [(*row, members[row[0], row[1]]) for row in rows],
    )


def _slice_days(slices: _Slices, places: dict[date, tuple[int, int]]) -> pa.Table:
    return typed_table(
        {"slice": pa.int16(), "date": pa.date32()},
        [
            (number, day)
            for (week, days), number in slices.numbers.items()
            for day, place in places.items()
            if place[0] == week and place[1] in days
        ],
    )


def release_mondays(scope: ReleaseScope) -> tuple[date, ...]:
    """The Mondays of the weeks from the first of the series to that of the release."""
    days = [day for each in scope.periods for day in each.days]
    first, last = IsoWeek.containing(min(days)).monday, scope.week.monday
    weeks = (last - first).days // _DAYS_IN_WEEK + 1
    return tuple(first + timedelta(weeks=number) for number in range(weeks))


def _members(
    scope: ReleaseScope, data_sets: Sequence[DataSet], places: dict[date, tuple[int, int]]
) -> tuple[dict[Member, list[date]], dict[Member, list[date]]]:
    """The days of periods of single weeks, and those of long periods, up to the release's week."""
    found: tuple[dict[Member, list[date]], dict[Member, list[date]]] = {}, {}
    kinds = {each.key: each.kind for each in scope.periods}
    for period, reach, day in period_days_of(scope, data_sets):
        kind = kinds[period]
        if kind is not PeriodKind.DAY and day in places:
            which = 0 if kind is PeriodKind.WEEK else 1
            found[which].setdefault((period, reach), []).append(day)
    return found


def _slices_of_weeks(
    periods: dict[Member, list[date]], places: dict[date, tuple[int, int]], slices: _Slices
) -> list[tuple[str, str, int]]:
    return [
        (*member, slices.number(week, days))
        for member, dates in periods.items()
        for week, days in _by_week(dates, places).items()
    ]


def _terms(scope: ReleaseScope, places: dict[date, tuple[int, int]]) -> dict[date, int]:
    """The place of each day's term in its year, whether or not the term has ended."""
    ends = [last for _, last in academic_year_of(scope.week.friday).terms.values()]
    return {day: sum(1 for last in ends[:-1] if day > last) for day in places}


def _terms_of_slices(
    slices: _Slices, places: dict[date, tuple[int, int]], terms: dict[date, int]
) -> dict[int, int]:
    days = {place: day for day, place in places.items()}
    return {
        number: terms[days[week, min(weekdays)]]
        for (week, weekdays), number in slices.numbers.items()
    }


def _slices_of_long(
    periods: dict[Member, list[date]],
    places: dict[date, tuple[int, int]],
    slices: _Slices,
    terms: dict[date, int],
) -> list[tuple[str, str, int]]:
    """Days of a week that are in the same term and the same long periods are one slice."""
    members: dict[date, set[Member]] = defaultdict(set)
    for member, dates in periods.items():
        for day in dates:
            members[day].add(member)
    together: dict[tuple[int, int, frozenset[Member]], list[int]] = defaultdict(list)
    for day, of_day in sorted(members.items()):
        week, weekday = places[day]
        together[week, terms[day], frozenset(of_day)].append(weekday)
    return [
        (*member, slices.number(week, days))
        for (week, _, of_days), days in together.items()
        for member in sorted(of_days)
    ]


def _by_week(dates: Iterable[date], places: dict[date, tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for day in dates:
        week, weekday = places[day]
        found[week].append(weekday)
    return found


def _counted_days(
    scope: ReleaseScope, places: dict[date, tuple[int, int]]
) -> dict[int, frozenset[int]]:
    days = {day for each in scope.periods for day in each.days if day in places}
    return {week: frozenset(found) for week, found in _by_week(days, places).items()}


def _plain_weeks(slices: _Slices, counted: dict[int, frozenset[int]]) -> list[int]:
    """Weeks with one slice, of all days that the release counts."""
    found: dict[int, list[frozenset[int]]] = defaultdict(list)
    for week, days in slices.numbers:
        found[week].append(days)
    return sorted(week for week, days in found.items() if days == [counted[week]])


def _week_days(places: dict[date, tuple[int, int]]) -> pa.Table:
    return typed_table(
        {
            "date": pa.date32(),
            "number": pa.int16(),
            "weekday": pa.int16(),
            "lane": pa.int64(),
            "present": pa.int64(),
        },
        [
            (day, number, weekday, shifted(LANE, weekday), shifted(ordinary_lane(), weekday))
            for day, (number, weekday) in places.items()
        ],
    )

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

from publisher.aggregate.parameters import WIDER, members_of, period_days_of
from publisher.model.definitions import DataSet
from publisher.model.stages import ReleaseScope
from publisher.model.time import TERMS, IsoWeek, PeriodKind
from publisher.reference.register_weeks import LANE, WEEKDAYS, ordinary_lane, shifted
from publisher.reference.years import academic_year_of

Member = tuple[str, str]
"""A period's key and a reach."""
_DAYS_IN_WEEK = 7
SPANS = 2 * len(TERMS)
LONGS = SPANS + 2
SPAN_BITS = 10
"""An enrolment has fewer than 1,024 sessions in a term: sums of its spans fit into one number."""


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
    long_periods: `long`, `period`, `reach`.
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
    numbers = members_of(scope, data_sets)
    plain = _plain_weeks(slices, _counted_days(scope, places))
    return {
        "week_days": _week_days(places),
        "release_weeks": _table(
            {"number": pa.int16(), "week": pa.date32(), "bit": pa.int64()},
            [(number, monday, 1 << number) for number, monday in enumerate(mondays)],
        ),
        "plain_weeks": _table({"weeks": pa.int64()}, [(sum(1 << week for week in plain),)]),
        "week_slices": _week_slices(slices),
        "slice_days": _slice_days(slices, places),
        "period_slices": _table(
            {
                "period": pa.string(),
                "reach": pa.string(),
                "slice": pa.int16(),
                "member": pa.int16(),
            },
            [(*row, numbers[row[0], row[1]]) for row in period_slices],
        ),
        **_span_tables(scope, of_long, slices, plain, _terms_of_slices(slices, places, terms)),
    }


def changed_weeks(then: dict[str, pa.Table], now: dict[str, pa.Table]) -> pa.Table:
    """`number`: the weeks whose days are grouped otherwise than in an earlier release.

    Args:
        then: the tables of weeks of that release.
        now: those of this one.
    """
    known, found = _groupings(then), _groupings(now)
    changed = sorted(week for week in known.keys() & found if known[week] != found[week])
    return _table({"number": pa.int16()}, [(week,) for week in changed])


def _groupings(tables: dict[str, pa.Table]) -> dict[int, tuple[object, ...]]:
    """Week -> its slices and their spans, and whether it is plain."""
    slices, spans = tables["week_slices"].to_pylist(), tables["slice_spans"].to_pylist()
    span_of = {row["slice"]: row["span"] for row in spans}
    plain = tables["plain_weeks"]["weeks"][0].as_py()
    found: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
    for row in slices:
        found[row["number"]].append((row["slice"], span_of.get(row["slice"])))
    return {week: (sorted(each, key=str), plain >> week & 1) for week, each in found.items()}


def _week_slices(slices: _Slices) -> pa.Table:
    return _table(
        {"number": pa.int16(), "slice": pa.int16(), "lanes": pa.int64()},
        [
            (week, number, sum(shifted(LANE, day) for day in days))
            for (week, days), number in slices.numbers.items()
        ],
    )


def _slice_days(slices: _Slices, places: dict[date, tuple[int, int]]) -> pa.Table:
    return _table(
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


def _span_tables(
    scope: ReleaseScope,
    period_slices: Sequence[tuple[str, str, int]],
    slices: _Slices,
    plain: Sequence[int],
    terms: dict[int, int],
) -> dict[str, pa.Table]:
    """A span has the slices of a term that wide areas leave out, or the others of it.

    So its number means the same in every release of a year, whichever terms have ended.
    """
    members: dict[int, set[Member]] = defaultdict(set)
    for period, reach, number in period_slices:
        members[number].add((period, reach))
    span_of = {
        number: 2 * terms[number] + any(reach == WIDER for _, reach in each)
        for number, each in members.items()
    }
    longs = _longs(scope, members)
    _refuse_parts_of_spans(members, span_of, longs)
    weeks = {number: week for (week, _), number in slices.numbers.items()}
    bits = [
        sum(1 << weeks[each] for each in span_of if span_of[each] == span and weeks[each] in plain)
        for span in range(SPANS)
    ]
    number = pa.int16()
    return {
        "slice_spans": _table(
            {"slice": number, "span": number, "unit": pa.int64()},
            [(each, span, 1 << SPAN_BITS * span) for each, span in sorted(span_of.items())],
        ),
        "span_weeks": _table({f"weeks{span}": pa.int64() for span in range(SPANS)}, [tuple(bits)]),
        "long_periods": _table(
            {"long": number, "period": pa.string(), "reach": pa.string()},
            [(long, *member) for member, long in sorted(longs.items())],
        ),
    }


def spans_of(long: int) -> tuple[int, ...]:
    """The spans of a long period: of a term or of all, and of wide areas (odd) those they keep."""
    terms = range(len(TERMS)) if long // 2 == len(TERMS) else (long // 2,)
    return tuple(
        span for term in terms for span in (2 * term, 2 * term + 1) if span % 2 >= long % 2
    )


def _longs(scope: ReleaseScope, members: dict[int, set[Member]]) -> dict[Member, int]:
    """The number of each long period and reach: of the terms in order, then of the year to date."""
    frames = {
        each.key: TERMS.index(each.time_frame) if each.kind is PeriodKind.TERM else len(TERMS)
        for each in scope.periods
    }
    found = {member for each in members.values() for member in each}
    return {(period, reach): 2 * frames[period] + (reach == WIDER) for period, reach in found}


def _refuse_parts_of_spans(
    members: dict[int, set[Member]], span_of: dict[int, int], longs: dict[Member, int]
) -> None:
    """Long periods take whole spans: they are whole terms, or all of them.

    Raises:
        ValueError: one does not.
    """
    for number, each in members.items():
        if {member for member in longs if span_of[number] in spans_of(longs[member])} != each:
            raise ValueError("a long period has a part of a term only")


def _week_days(places: dict[date, tuple[int, int]]) -> pa.Table:
    return _table(
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


def _table(columns: dict[str, pa.DataType], rows: Sequence[tuple[object, ...]]) -> pa.Table:
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table(
        {
            name: pa.array(column, kind)
            for (name, kind), column in zip(columns.items(), values, strict=True)
        }
    )

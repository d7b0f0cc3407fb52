"""Small tables that the queries join: days, codes, places and promised rows.

They carry everything that differs between two releases but the marks themselves, so the queries'
text can be read and printed without any data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from itertools import product

import pyarrow as pa

from publisher.model.definitions import DataSet, Level
from publisher.model.phases import ALL_SCHOOLS, EDUCATION_PHASES, PUBLISHED_PHASES
from publisher.model.stages import ReleaseScope
from publisher.model.tables import SchoolRange
from publisher.model.time import IsoWeek, Period, PeriodKind
from publisher.reference.areas import local_authorities, locations
from publisher.reference.codes import codes_in, possible_codes, register_codes
from publisher.reference.years import TotalsRegime

_LAST_URN = 2**31 - 1
AUTHORITY = "authority"
"""Rows of local authorities: they keep every day."""
WIDER = "wider"
"""Rows of regions and the nation: they leave out the days on which few authorities are open."""


def release_days(days: Sequence[date]) -> pa.Table:
    """`date`, `iso_week`: the school days that are counted."""
    weeks = [str(IsoWeek.containing(day)) for day in days]
    return pa.table({"date": pa.array(days, pa.date32()), "iso_week": pa.array(weeks, pa.string())})


def code_numbers() -> pa.Table:
    """What a stored mark adds to its enrolment's sessions.

    Columns `code_number`, `possible`, `authorised`, `unauthorised`.
    """
    codes = register_codes()
    counts = {
        "possible": possible_codes(),
        "authorised": codes_in("authorised absence"),
        "unauthorised": codes_in("unauthorised absence"),
    }
    adds = {
        name: pa.array([int(each.code in counted) for each in codes], pa.int16())
        for name, counted in counts.items()
    }
    return pa.table({"code_number": pa.array([each.number for each in codes], pa.int16()), **adds})


def authorities() -> pa.Table:
    """`authority`: the places that a school or a census entry can lie in."""
    return pa.table({"authority": [each.code for each in local_authorities()]})


def areas() -> pa.Table:
    """`area`, `authority`, `phase`: an area of counting is an authority's schools of a phase.

    Its number is the same in every release.
    """
    pairs = list(_areas())
    return _text_table(("authority", "phase"), pairs).add_column(
        0, "area", _numbers(_areas().values())
    )


def _areas() -> dict[tuple[str, str], int]:
    codes = [each.code for each in local_authorities()]
    return {pair: number for number, pair in enumerate(product(codes, PUBLISHED_PHASES))}


def members_of(scope: ReleaseScope, data_sets: Sequence[DataSet]) -> dict[tuple[str, str], int]:
    """A number for each counted period's key and a reach: queries join it faster than words."""
    keys = [each.key for each in counted_periods(scope, data_sets)]
    return {pair: number for number, pair in enumerate(product(keys, (AUTHORITY, WIDER)))}


def _numbers(numbers: Iterable[int]) -> pa.Array:
    return pa.array(list(numbers), pa.int16())


def parts_of(
    urns: Sequence[int], marks: Sequence[int], at_a_time: int | None, beside: int = 1
) -> tuple[SchoolRange, ...]:
    """Ranges of schools with few enough rows of marks; every URN is in one.

    One range where all fit; else ranges of about the same size, so many that all which are counted
    beside one another fit. At least one school each.

    Args:
        urns: schools in order.
        marks: their rows of marks.
        at_a_time: rows of marks that fit; None: all do.
        beside: how many ranges are counted beside one another.
    """
    ends, rows = [_LAST_URN], sum(marks)
    if at_a_time is not None and rows > at_a_time:
        ranges = -(-rows // max(at_a_time, 1)) * beside
        ends = [*_part_ends(urns, marks, -(-rows // ranges)), _LAST_URN]
    firsts = [0, *(end + 1 for end in ends[:-1])]
    return tuple(SchoolRange(first, last) for first, last in zip(firsts, ends, strict=True))


def _part_ends(urns: Sequence[int], marks: Sequence[int], at_a_time: int) -> Iterator[int]:
    together = 0
    for place, (urn, rows) in enumerate(zip(urns, marks, strict=True)):
        together += rows
        if together >= at_a_time and place + 1 < len(urns):
            yield urn
            together = 0


def new_batches(received: Sequence[datetime]) -> pa.Table:
    """`received`: the batches that an earlier run did not know."""
    return pa.table({"received": pa.array(received, pa.timestamp("us"))})


def part_of_schools(part: SchoolRange) -> pa.Table:
    """`first`, `last`: the schools that are counted now."""
    return pa.table(
        {
            "first": pa.array([part.first], pa.int32()),
            "last": pa.array([part.last], pa.int32()),
        }
    )


def row_members(regime: TotalsRegime) -> pa.Table:
    """Which rows an authority's phase is a part of.

    Columns `authority`, `phase`, `area` (the part and its number), `location`, `education_phase`,
    `place` (the row's, and its number), `reach`.
    A join on declared members, not GROUPING SETS: no null stands for a total, and no row comes
    into being that the release does not promise.
    """
    rows = [
        (authority.code, phase, location, education_phase, reach)
        for authority, phase in product(local_authorities(), PUBLISHED_PHASES)
        for location, reach in (
            (authority.code, AUTHORITY),
            (authority.region_code, WIDER),
            (authority.columns[1], WIDER),
        )
        for education_phase in (phase, ALL_SCHOOLS)
        if _is_promised(reach, education_phase, regime)
    ]
    names = ("authority", "phase", "location", "education_phase", "reach")
    areas, places = _areas(), _places()
    return (
        _text_table(names, rows)
        .append_column("area", _numbers(areas[row[0], row[1]] for row in rows))
        .append_column("place", _numbers(places[row[2], row[3]] for row in rows))
    )


@cache
def _places() -> dict[tuple[str, str], int]:
    """A number for each location and education phase."""
    codes = [each.code for each in locations()]
    return {pair: number for number, pair in enumerate(product(codes, EDUCATION_PHASES))}


def promised_rows(
    scope: ReleaseScope, data_sets: Sequence[DataSet], regime: TotalsRegime
) -> pa.Table:
    """Every row that may exist, with its place in the published order.

    Columns `period`, `location`, `education_phase`, `reach`, `kind`, `level`, `position`, `member`
    (`members_of`), `place` (of `row_members`).
    """
    places = [
        (each.code, phase, _reach(each.level), each.level.value)
        for each, phase in product(scope.locations, EDUCATION_PHASES)
        if _is_promised(_reach(each.level), phase, regime)
    ]
    periods = [(each.key, each.kind.value) for each in counted_periods(scope, data_sets)]
    of_period = pa.array([n for n in range(len(periods)) for _ in places], pa.int64())
    of_place = pa.array([*range(len(places))] * len(periods), pa.int64())
    names = ("location", "education_phase", "reach", "level")
    words = _text_table(("period", "kind"), periods).take(of_period)
    for name, column in zip(names, _text_table(names, places).take(of_place), strict=True):
        words = words.append_column(name, column)
    members, numbers = members_of(scope, data_sets), _places()
    place_numbers = [numbers[place[0], place[1]] for place in places]
    return (
        words.select(("period", "location", "education_phase", "reach", "kind", "level"))
        .append_column("position", pa.array(range(len(of_place)), pa.int64()))
        .append_column("member", _numbers(members[key, p[2]] for key, _ in periods for p in places))
        .append_column("place", _numbers(place_numbers * len(periods)))
    )


def period_days(scope: ReleaseScope, data_sets: Sequence[DataSet]) -> pa.Table:
    """`period`, `reach`, `date`, `member`, `kind`: the days that rows of a period sum."""
    rows = list(period_days_of(scope, data_sets))
    members = members_of(scope, data_sets)
    kinds = {each.key: each.kind.value for each in scope.periods}
    words = [(key, reach, kinds[key]) for key, reach, _ in rows]
    return (
        _text_table(("period", "reach", "kind"), words)
        .append_column("date", pa.array([row[2] for row in rows], pa.date32()))
        .append_column("member", _numbers(members[row[0], row[1]] for row in rows))
    )


def counted_periods(scope: ReleaseScope, data_sets: Sequence[DataSet]) -> tuple[Period, ...]:
    """The periods of the release that some data set shows."""
    kinds = {kind for each in data_sets for kind in each.periods}
    return tuple(period for period in scope.periods if period.kind in kinds)


def period_days_of(
    scope: ReleaseScope, data_sets: Sequence[DataSet]
) -> Iterator[tuple[str, str, date]]:
    """Key, reach and day of every counted period."""
    return _period_days(scope, counted_periods(scope, data_sets))


def _period_days(scope: ReleaseScope, periods: Sequence[Period]) -> Iterator[tuple[str, str, date]]:
    left_out = set(scope.days_left_out)
    strikes = set(scope.strike_days)
    for period in periods:
        for day in period.days:
            if period.kind is PeriodKind.DAY and day in strikes:
                continue
            yield period.key, AUTHORITY, day
            if day not in left_out:
                yield period.key, WIDER, day


def _reach(level: Level) -> str:
    return AUTHORITY if level is Level.LOCAL_AUTHORITY else WIDER


def _is_promised(reach: str, education_phase: str, regime: TotalsRegime) -> bool:
    """Weighted totals exist nationally and regionally only (method, section 4)."""
    plain = regime is TotalsRegime.PLAIN
    return plain or reach == WIDER or education_phase != ALL_SCHOOLS


def _text_table(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    )

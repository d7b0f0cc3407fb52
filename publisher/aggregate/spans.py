"""Spans: the days of a term that wide areas leave out, and its others.

Sums of enrolments are kept by span: long periods take them whole. A *long* numbers a term, or the
year to date, and a reach.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pyarrow as pa

from publisher.aggregate.parameters import WIDER
from publisher.aggregate.typed_tables import typed_table
from publisher.model.stages import ReleaseScope
from publisher.model.time import TERMS, PeriodKind

Member = tuple[str, str]
"""A period's key and a reach."""
SPANS = 2 * len(TERMS)
LONGS = SPANS + 2
SPAN_BITS = 10
"""An enrolment has fewer than 1,024 sessions in a term: sums of its spans fit into one number."""


def span_tables(
    scope: ReleaseScope,
    period_slices: Sequence[tuple[str, str, int]],
    slices: Mapping[tuple[int, frozenset[int]], int],
    plain: Sequence[int],
    terms: dict[int, int],
) -> dict[str, pa.Table]:
    """The tables of spans and of long periods (`slices.week_tables`).

    A span has the slices of a term that wide areas leave out, or the others of it. So its number
    means the same in every release of a year, whichever terms have ended.

    Args:
        scope: of the release.
        period_slices: period, reach and slice of long periods.
        slices: week and days -> number of a slice.
        plain: weeks that are one slice.
        terms: slice -> place of its term in the year.

    Raises:
        ValueError: a long period has a part of a span only.
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
    weeks = {number: week for (week, _), number in slices.items()}
    bits = [
        sum(1 << weeks[each] for each in span_of if span_of[each] == span and weeks[each] in plain)
        for span in range(SPANS)
    ]
    return _tables(span_of, bits, longs)


def _tables(
    span_of: Mapping[int, int], bits: Sequence[int], longs: Mapping[Member, int]
) -> dict[str, pa.Table]:
    number = pa.int16()
    return {
        "slice_spans": typed_table(
            {"slice": number, "span": number, "unit": pa.int64()},
            [(each, span, 1 << SPAN_BITS * span) for each, span in sorted(span_of.items())],
        ),
        "span_weeks": typed_table(
            {f"weeks{span}": pa.int64() for span in range(SPANS)}, [tuple(bits)]
        ),
        "long_periods": typed_table(
            {"long": number, "period": pa.string(), "reach": pa.string()},
            [(long, *member) for member, long in sorted(longs.items())],
        ),
        "period_spans": typed_table(
            {"period": pa.string(), "reach": pa.string(), "span": number},
            [(*member, span) for member, long in sorted(longs.items()) for span in spans_of(long)],
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


def changed_weeks(then: dict[str, pa.Table], now: dict[str, pa.Table]) -> pa.Table:
    """`number`: the weeks whose days are grouped otherwise than in an earlier release.

    Args:
        then: the tables of weeks of that release.
        now: those of this one.
    """
    known, found = _groupings(then), _groupings(now)
    changed = sorted(week for week in known.keys() & found if known[week] != found[week])
    return typed_table({"number": pa.int16()}, [(week,) for week in changed])


def _groupings(tables: dict[str, pa.Table]) -> dict[int, tuple[object, ...]]:
    """Week -> its slices and their spans, and whether it is plain."""
    slices, spans = tables["week_slices"].to_pylist(), tables["slice_spans"].to_pylist()
    span_of = {row["slice"]: row["span"] for row in spans}
    plain = tables["plain_weeks"]["weeks"][0].as_py()
    found: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
    for row in slices:
        found[row["number"]].append((row["slice"], span_of.get(row["slice"])))
    return {week: (sorted(each, key=str), plain >> week & 1) for week, each in found.items()}

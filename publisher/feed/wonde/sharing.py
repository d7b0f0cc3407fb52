"""On which days a school is shared: only then is it asked for anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import pyarrow as pa

from publisher.feed.wonde.schools import School
from publisher.model.intake import APPROVALS_SCHEMA
from publisher.reference.sharing import SharingRule, days_shared

Span = tuple[date, date]
"""First and last day."""
Spans = tuple[Span, ...]

_ANY_SCHOOL = 0
_A_DAY = timedelta(days=1)


def spans_shared(school: School, rule: SharingRule) -> Spans:
    """The days on which the school is shared, in order; spans may overlap.

    An approval that cannot be understood counts for nothing, as in the registers.
    """
    ledger = pa.Table.from_pylist(list(_understood(school)), schema=APPROVALS_SCHEMA)
    return tuple(
        sorted(
            (row["approved_from"], row["approved_to"] or date.max)
            for row in days_shared(ledger, [_ANY_SCHOOL], rule).to_pylist()
        )
    )


def touch(spans: Iterable[Span], since: date | None, until: date) -> bool:
    """Whether any day from `since` (None: ever) to `until` is in the spans."""
    return any(max(first, since or first) <= min(last, until) for first, last in spans)


def opened(before: Spans, now: Spans, until: date) -> bool:
    """Whether `now` covers a day up to `until` that `before` does not."""
    return any(
        _first_uncovered(before, first) <= min(last, until) for first, last in now if first <= until
    )


def _first_uncovered(spans: Spans, day: date) -> date:
    for first, last in sorted(spans):
        if first <= day <= last:
            if last == date.max:
                return last
            day = last + _A_DAY
    return day


def _understood(school: School) -> Iterator[dict[str, object]]:
    for first, last in school.approvals:
        if isinstance(first, date) and (last is None or (isinstance(last, date) and last >= first)):
            yield {"urn": _ANY_SCHOOL, "approved_from": first, "approved_to": last}

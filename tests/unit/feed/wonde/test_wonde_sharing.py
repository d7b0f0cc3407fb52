"""Days that are shared, as spans, say the same as day by day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.feed.wonde.schools import school_of
from publisher.feed.wonde.sharing import Spans, opened, spans_shared, touch
from publisher.reference.sharing import SharingRule
from tests.unit.feed.wonde.toy_pulls import school

FIRST = date(2025, 9, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(20)]

days = st.sampled_from(DAYS)
span = st.tuples(days, days | st.just(date.max)).map(lambda each: (min(each), max(each)))
spans = st.lists(span, max_size=4).map(tuple)


def covered(given_spans: Spans, until: date) -> set[date]:
    return {day for day in DAYS if day <= until and any(a <= day <= b for a, b in given_spans)}


@given(spans, spans, days)
def test_opened_is_a_day_that_was_not_there(before: Spans, now: Spans, until: date):
    assert opened(before, now, until) is bool(covered(now, until) - covered(before, until))


@given(spans, st.none() | days, days)
def test_touched_is_a_day_from_then_on(given_spans: Spans, since: date | None, until: date):
    found = {day for day in covered(given_spans, until) if since is None or day >= since}
    assert touch(given_spans, since, until) is bool(found)


written = st.sampled_from(["2025-09-03", "2025-09-10", None, "", "soon", 7])


@given(st.lists(st.tuples(written, written), max_size=3), days)
def test_what_is_asked_for_is_what_is_let_in(approvals: list[tuple], day: date):
    """A school is asked on exactly the days that the intake would let in."""
    entries = [{"approved_from": first, "approved_to": last} for first, last in approvals]
    record = school(1, approvals={"data": entries})
    understood = [
        (date.fromisoformat(first), date.fromisoformat(last) if last else date.max)
        for first, last in approvals
        if first not in (None, "", "soon", 7) and last not in ("soon", 7)
    ]
    shared = spans_shared(school_of(("page 1", record)), SharingRule())
    assert touch(shared, day, day) is any(a <= day <= b for a, b in understood)

"""Pairing against a plain restatement: whatever is split over pulls, the last word counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.feed.wonde.codes import CodeLists
from publisher.feed.wonde.half_days import HalfDays
from tests.unit.feed.wonde.toy_pulls import deletion, session

DAYS = ("2025-11-03", "2025-11-04")
records = st.builds(
    lambda code, which, day, student: (code, which, day, student),
    st.sampled_from(["/", "I", "M", None, "deleted"]),
    st.sampled_from(["AM", "PM", "EVE"]),
    st.sampled_from(DAYS),
    st.sampled_from(["S1", "S2"]),
)
pulls = st.lists(st.lists(records, max_size=6), min_size=1, max_size=4)


def half_days(pull: list[tuple]) -> HalfDays:
    days = HalfDays(CodeLists())
    for code, which, day, student in pull:
        if code == "deleted":
            days.add_deletion("A1", deletion(which, day, student=student))
        else:
            days.add_session("A1", session(code, which, day, student=student))
    return days


def last_words(pulls: list[list[tuple]]) -> dict[tuple, object]:
    """Half -> code, None where it was deleted or never known; sessions beat deletions."""
    known: dict[tuple, object] = {}
    for pull in pulls:
        for deletions in (True, False):
            for code, which, day, student in pull:
                if (code == "deleted") == deletions and which != "EVE":
                    known[student, day, which] = None if deletions else code
    return known


@given(pulls)
def test_the_days_of_the_last_pull_are_whole_whatever_it_brought(pulls: list[list[tuple]]):
    *before, last = pulls
    earlier = HalfDays(CodeLists())
    for each in before:
        earlier.followed_by(half_days(each))
    days = half_days(last)
    found = {
        (student, day.isoformat(), name): half
        for (_, student, day), am, pm in days.paired(earlier.halves)
        for name, half in (("AM", am), ("PM", pm))
    }
    expected = last_words(pulls)
    spoken = {(student, day) for _, which, day, student in last if which != "EVE"}
    assert {each[:2] for each in found} == spoken
    assert found == {
        (*each, name): expected.get((*each, name)) for each in spoken for name in ("AM", "PM")
    }


@given(st.lists(records))
def test_every_session_is_in_exactly_one_bucket(pull: list[tuple]):
    account = half_days(pull).account
    assert sum(account.buckets.values()) == account.arrived
    sessions = [each for each in pull if each[0] != "deleted"]
    assert account.arrived == len(sessions)
    assert account.stored == len({each[1:] for each in sessions if each[1] != "EVE"})

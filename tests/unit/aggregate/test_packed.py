"""Counts and leaves that share a whole number come apart again, and never run into one another."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.aggregate.groups import (
    PROFILE_BITS,
    NumberedGroup,
    groups_of,
    numbered,
    summed_together,
)
from publisher.aggregate.packed import COUNT_BITS, MOST_MARKS, packed, unpacked
from publisher.catalogue import CATALOGUE
from publisher.errors import UsageProblem

GROUPS = numbered(groups_of(CATALOGUE))
_COUNTS = st.integers(0, 2 * MOST_MARKS + 1)


def one(sql: str) -> tuple[int, ...]:
    row = duckdb.execute(f"SELECT {sql}").fetchone()
    assert row is not None
    return row


@given(st.tuples(_COUNTS, _COUNTS, _COUNTS))
def test_counts_come_apart(counts: tuple[int, ...]) -> None:
    number = packed(*map(str, counts))
    assert one(", ".join(unpacked(number, place) for place in range(3))) == counts


def test_two_sessions_of_as_many_marks_as_are_allowed_fit() -> None:
    assert 2 * MOST_MARKS < 1 << COUNT_BITS <= 2 * (MOST_MARKS + 1)


def test_more_counts_than_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="4 counts"):
        packed("1", "2", "3", "4")


@given(st.tuples(*(st.integers(0, len(each.group.leaves) - 1) for each in GROUPS)))
def test_a_profile_has_every_leaf(places: tuple[int, ...]) -> None:
    profile = sum(place << each.shift for place, each in zip(places, GROUPS, strict=True))
    assert 0 <= profile < 1 << PROFILE_BITS
    wanted = tuple(each.first_leaf + n for each, n in zip(GROUPS, places, strict=True))
    assert one(", ".join(each.leaf(str(profile)) for each in GROUPS)) == wanted


def test_too_many_groups_are_refused() -> None:
    group = max((each.group for each in GROUPS), key=lambda each: len(each.leaves))
    with pytest.raises(UsageProblem, match="too many groups: 35 bits"):
        numbered([group] * 7)


def test_groups_with_few_leaves_are_summed_together_and_others_alone() -> None:
    together = summed_together(GROUPS)
    alone = [each for each in GROUPS if each not in together]
    assert {len(each.group.leaves) for each in together} == {3}
    assert all(len(each.group.leaves) > 10 for each in alone)
    assert summed_together(()) == ()


def test_a_group_alone_has_the_lowest_bits() -> None:
    only = NumberedGroup(GROUPS[0].group, 0, 0)
    assert only.mask == (1 << only.bits) - 1

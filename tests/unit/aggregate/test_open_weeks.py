from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.aggregate.open_weeks import days_left_out, nothing_open
from publisher.model.time import IsoWeek

MONDAY = date(2025, 9, 8)
DAYS = [MONDAY + timedelta(days=n) for n in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]


def test_a_week_with_exactly_the_share_stays_in() -> None:
    assert days_left_out(DAYS, {"2025-W37": 2, "2025-W38": 1}, sharing=4, percent=50) == (
        *DAYS[5:],
    )


def test_a_week_in_which_nothing_was_open_is_left_out() -> None:
    assert days_left_out(DAYS, {"2025-W38": 4}, sharing=4, percent=1) == (*DAYS[:5],)


@given(
    st.integers(1, 153).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    st.integers(0, 100),
)
def test_whole_weeks_are_compared_exactly(numbers: tuple[int, int], percent: int) -> None:
    sharing, is_open = numbers
    left_out = days_left_out(DAYS[:5], {"2025-W37": is_open}, sharing, percent)
    few = Fraction(is_open, sharing) < Fraction(percent, 100)
    assert left_out == (tuple(DAYS[:5]) if few else ())


@pytest.mark.parametrize(
    ("weeks", "named"),
    [
        (["2025-W40", "2025-W42", "2025-W46", "2026-W02"], "2025-W42 and 2025-W46"),
        (["2025-W43"], "2025-W43"),
        (["2026-W02", "2025-W46"], "2025-W46"),
    ],
)
def test_the_nearest_weeks_with_data_are_named(weeks: list[str], named: str) -> None:
    problem = nothing_open(IsoWeek(2025, 44), dict.fromkeys(weeks, 3))
    assert problem.advice == f"The nearest weeks with data: {named}."


def test_a_year_without_data_says_so() -> None:
    assert "no data at all" in nothing_open(IsoWeek(2025, 44), {}).advice

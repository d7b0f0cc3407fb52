from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.disclosure.rates import percent_hundredths, weighted_hundredths
from publisher.disclosure.rounding import highest_behind, lowest_behind, rounded

counts = st.integers(0, 10**10)
bases = st.integers(5, 100)


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@given(counts, bases)
def test_rounding_is_decimal_rounding_half_away_from_zero(count: int, base: int) -> None:
    multiple = (Decimal(count) / base).quantize(Decimal(1), ROUND_HALF_UP)
    assert rounded(whole(count), base)[0] == int(multiple) * base


@given(counts, bases)
def test_the_counts_behind_a_shown_one_are_exactly_those_rounded_to_it(
    count: int, base: int
) -> None:
    shown = rounded(whole(count), base)
    low, high = int(lowest_behind(shown, base)[0]), int(highest_behind(shown, base)[0])
    assert low <= count <= high
    assert rounded(whole(low, high), base).tolist() == [shown[0], shown[0]]
    assert rounded(whole(high + 1), base)[0] != shown[0]
    assert low == 0 or rounded(whole(low - 1), base)[0] != shown[0]


def test_halves_go_away_from_zero() -> None:
    assert rounded(whole(0, 4, 5, 14, 15, 25), 10).tolist() == [0, 0, 10, 10, 20, 30]


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        rounded(whole(-1), 10)


@given(counts, st.integers(1, 10**10))
def test_a_rate_is_decimal_division(numerator: int, denominator: int) -> None:
    exact = Decimal(10_000 * numerator) / Decimal(denominator)
    expected = (2 * 10_000 * numerator + denominator) // (2 * denominator)
    assert abs(expected - exact) <= Decimal("0.5")
    assert percent_hundredths(whole(numerator), whole(denominator))[0] == expected


def test_rates_round_half_away_from_zero() -> None:
    # 1/800 is 0.125%, 3/800 is 0.375%
    assert percent_hundredths(whole(1, 3), whole(800, 800)).tolist() == [13, 38]


def test_a_rate_of_nothing_is_no_error() -> None:
    assert percent_hundredths(whole(5), whole(0)).shape == (1,)


def test_weighting_leaves_out_phases_that_are_not_there() -> None:
    rates, pupils = whole(400, 800, 1300), whole(3000, 2000, 0)
    everything = weighted_hundredths(rates, pupils, np.array([True, True, True]))
    assert everything == (400 * 3000 + 800 * 2000) / 5000
    assert weighted_hundredths(rates, pupils, np.array([True, False, False])) == 400

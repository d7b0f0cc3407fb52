"""Rounding half away from zero, against decimal arithmetic."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import CheckFailed
from publisher.render.csv_files import number_text
from publisher.render.rounding import in_units, in_words, rounded

two_decimals = st.integers(-(10**9), 10**9)
decimals_shown = st.integers(0, 2)


def by_hand(hundredths: int, decimals: int) -> Decimal:
    return (Decimal(hundredths) / 100).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@given(st.lists(two_decimals, min_size=1), decimals_shown)
def test_text_is_what_decimal_arithmetic_gives(hundredths: list[int], decimals: int) -> None:
    text = number_text(np.array(hundredths) / 100, decimals).to_pylist()
    # Decimal writes -0.00 for what rounds to zero from below; a figure has no such sign.
    assert text == [
        str(abs(made) if made == 0 else made)
        for made in (by_hand(each, decimals) for each in hundredths)
    ]


@given(two_decimals, decimals_shown)
def test_every_format_rounds_alike(hundredths: int, decimals: int) -> None:
    value = np.array([hundredths / 100])
    made = by_hand(hundredths, decimals)
    assert rounded(value, decimals)[0] == float(made)
    assert in_words(value[0], decimals).replace(",", "") == str(abs(made) if made == 0 else made)


@given(st.integers(0, 2 * 10**8), st.integers(1, 2 * 10**8))
def test_a_rate_of_rounded_counts_is_rounded_as_on_paper(part: int, whole: int) -> None:
    part = min(part, whole)
    exact = (20_000 * part + whole) // (2 * whole)
    assert in_units(np.array([100 * part / whole]), 2)[0] == exact


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2.0**53])
def test_what_cannot_be_exact_is_refused(value: float) -> None:
    with pytest.raises(CheckFailed, match="too large"):
        in_units(np.array([value]), 0)


def test_halves_go_away_from_zero() -> None:
    assert number_text(np.array([4.85, 4.75, -4.85, 0.05, -0.04]), 1).to_pylist() == [
        "4.9",
        "4.8",
        "-4.9",
        "0.1",
        "0.0",
    ]

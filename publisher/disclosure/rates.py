"""Rates from protected counts (policy, point 4), in integer arithmetic.

A rate is carried as hundredths of a percent: 4.75% is 475.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

WORDS = (
    "Rates are computed from the rounded counts and rounded to two decimals, halves away from "
    "zero. A rate is withheld when a count it needs is, and not available when the rounded "
    "count it is a share of is zero."
)
WEIGHTED_WORDS = (
    "Rates of all schools are the published rates of the phases, weighted by census pupils, and "
    "are withheld when the rate of a phase is."
)


def percent_hundredths(numerator: Integers, denominator: Integers) -> Integers:
    """100 x `numerator` / `denominator` in hundredths of a percent, half away from zero.

    Where the denominator is 0 the result is 0 and means nothing: ask for the denominator.
    """
    safe = np.where(denominator == 0, 1, denominator)
    hundredths: Integers = (2 * 10_000 * numerator + safe) // (2 * safe)
    return hundredths


def weighted_hundredths(rates: Integers, pupils: Integers, present: NDArray[np.bool_]) -> Integers:
    """Mean of `rates` along the last axis, weighted by `pupils`, over what is `present`.

    Args:
        rates: hundredths of a percent; (..., phases).
        pupils: census pupils; broadcasts to `rates`.
        present: whether the phase has a rate; shape of `rates`.

    Returns:
        Hundredths of a percent, half away from zero; 0 where no pupil is present.
    """
    weights = np.where(present, pupils, 0)
    total = weights.sum(axis=-1)
    safe = np.where(total == 0, 1, total)
    mean: Integers = (2 * (rates * weights).sum(axis=-1) + safe) // (2 * safe)
    return mean

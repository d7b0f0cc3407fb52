"""Rounding of counts (policy, point 3): nearest multiple, half away from zero, integers only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def rounded(values: Integers, base: int) -> Integers:
    """Each of `values` (not negative) to the nearest multiple of `base`, half away from zero.

    Raises:
        ValueError: a value is negative; counts never are.
    """
    if values.size and values.min() < 0:
        raise ValueError("a count is negative")
    return (2 * values + base) // (2 * base) * base


def lowest_behind(shown: Integers, base: int) -> Integers:
    """The smallest count that is rounded to each of `shown`."""
    return np.maximum(0, shown - base // 2)


def highest_behind(shown: Integers, base: int) -> Integers:
    """The largest count that is rounded to each of `shown`."""
    return shown + (base - 1) // 2


def words(base: int) -> str:
    """The rule in one sentence, for the method page."""
    if base == 1:
        return "Counts are exact."
    return (
        f"Every count of sessions or pupils is rounded to the nearest {base}, halves away from "
        "zero; 0 means zero or rounds to zero. Numbers of schools are exact."
    )

"""Random draws with named streams, so that no draw depends on what another part has drawn."""

from __future__ import annotations

from enum import IntEnum
from statistics import NormalDist

import numpy as np

from publisher.synthetic.arrays import Floats, Ints


class Stream(IntEnum):
    """What a stream of random numbers is for; numbers are never reused or reordered."""

    SCHOOLS = 1
    TRUSTS = 2
    APPROVALS = 3
    DIARY = 4
    REFERENCE = 5
    PUPILS = 6
    HABITS = 7
    SPELLS = 8
    MARKS = 9
    CORRECTIONS = 10
    RECORDS = 11


def stream(seed: int, purpose: Stream, block: int = 0) -> np.random.Generator:
    """A counter-based generator (Philox) of its own for one purpose in one block of schools."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, purpose, block))))


def whole(rng: np.random.Generator, expected: float) -> int:
    """A whole number whose expectation is `expected`."""
    return int(expected + rng.random())


def cumulative(weights: Floats) -> Floats:
    """Rows of non-negative weights -> rows of cumulative shares that end at exactly 1.

    A row that is all zero becomes all its mass on the last column.
    """
    sums = np.cumsum(weights, axis=-1)
    totals = sums[..., -1:]
    shares = np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0)
    shares[..., -1] = 1.0
    return shares


def pick(levels: Floats, shares: Floats, rows: Ints | None = None) -> Ints:
    """Draw one column per level from rows of cumulative shares, without a loop.

    Args:
        levels: uniform numbers in [0, 1), one per draw.
        shares: what `cumulative` returned: one row, or one row per kind.
        rows: which row each draw uses (none where there is one row only).
    """
    if rows is None:
        return np.searchsorted(shares, levels, side="right").astype(np.int64)
    width = shares.shape[1]
    # adding the row number makes all rows one increasing sequence: one search serves every row
    ladder = (shares + np.arange(len(shares))[:, None]).ravel()
    found = np.searchsorted(ladder, levels + rows, side="right") - rows * width
    return np.asarray(np.minimum(found, width - 1))


def spread_levels(rng: np.random.Generator, count: int) -> Floats:
    """Uniform numbers in random order, one in each of `count` equal slices of [0, 1)."""
    return (rng.permutation(count) + rng.random(count)) / max(count, 1)


def spread_within(rng: np.random.Generator, kinds: Ints) -> Floats:
    """As `spread_levels`, separately among the draws of each kind (whole numbers from 0)."""
    order = np.lexsort((rng.random(len(kinds)), kinds))
    counts = np.bincount(kinds)
    sizes = np.repeat(counts, counts)
    rank = np.arange(len(kinds)) - np.repeat(np.cumsum(counts) - counts, counts)
    levels = np.empty(len(kinds))
    levels[order] = (rank + rng.random(len(kinds))) / sizes
    return levels


def normal(levels: Floats) -> Floats:
    """Standard normal values at these levels, cut off at 3.5 standard deviations."""
    return np.interp(levels, _NORMAL_LEVELS, _NORMAL_VALUES)


_NORMAL_VALUES = np.linspace(-3.5, 3.5, 1401)
_NORMAL_LEVELS = np.array([NormalDist().cdf(value) for value in _NORMAL_VALUES])

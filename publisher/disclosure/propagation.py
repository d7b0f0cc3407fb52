"""What follows for each node from the published intervals and the identities alone.

Bounds are propagated through every identity until nothing changes. What comes out contains
everything a reader could work out this way, at any distance (a day from its week, the week from
the year). It is the last look at a release before it leaves: it knows nothing of how rows were
chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.identities import Identities

Floats = NDArray[np.float64]

_MAXIMUM_SWEEPS = 200
"""Stopping early leaves bounds too wide, never wrong; real releases settle within twenty."""


@dataclass(frozen=True, repr=False)
class Bounds:
    """Lowest and highest value of each node; `high` may be infinite."""

    low: Floats
    high: Floats


def propagate(identities: Identities, start: Bounds) -> Bounds:
    """Tighten `start` through the exact identities to a fixed point."""
    use = identities.exact[identities.equation]
    equation, node = identities.equation[use], identities.node[use]
    sign = identities.sign[use].astype(float)
    low, high = start.low.copy(), start.high.copy()
    for _ in range(_MAXIMUM_SWEEPS):
        least = np.where(sign > 0, low[node], -high[node])
        most = np.where(sign > 0, high[node], -low[node])
        # sign * node = -(sum of the other terms of its equation)
        upper = -_sum_of_others(equation, least, identities.count)
        lower = -_sum_of_others(equation, most, identities.count)
        new_low, new_high = low.copy(), high.copy()
        np.maximum.at(new_low, node, np.where(sign > 0, lower, -upper))
        np.minimum.at(new_high, node, np.where(sign > 0, upper, -lower))
        if np.array_equal(new_low, low) and np.array_equal(new_high, high):
            break
        low, high = new_low, new_high
    return Bounds(low, high)


def _sum_of_others(equation: NDArray[np.intp], terms: Floats, count: int) -> Floats:
    """For each term the sum of the other terms of its equation; infinite if one of them is."""
    infinite = ~np.isfinite(terms)
    endless = np.bincount(equation, weights=infinite, minlength=count)
    total = np.bincount(equation, weights=np.where(infinite, 0.0, terms), minlength=count)
    others = total[equation] - np.where(infinite, 0.0, terms)
    unbounded = endless[equation] - infinite > 0
    sign = np.sign(terms[infinite][0]) if infinite.any() else 1.0
    return np.where(unbounded, sign * np.inf, others)

"""The last look before rows leave: nothing withheld may follow from what is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.identities import Identities
from publisher.disclosure.problem import Problem
from publisher.disclosure.propagation import Bounds, propagate
from publisher.disclosure.rounding import highest_behind, lowest_behind, rounded

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Inspection:
    """What follows for each node, by node.

    width: of the range that is left; may be infinite. narrow: what a range must exceed. exposed:
    withheld rows whose range does not.
    """

    width: Floats
    narrow: Floats
    exposed: Flags

    def width_of_others(self, identities: Identities) -> Floats:
        """For each term the width of all other terms of its equation together."""
        width = self.width[identities.node]
        endless = ~np.isfinite(width)
        finite = np.where(endless, 0.0, width)
        count = identities.count
        total = np.bincount(identities.equation, weights=finite, minlength=count)
        open_ends = np.bincount(identities.equation, weights=endless, minlength=count)
        others = total[identities.equation] - finite
        return np.where(open_ends[identities.equation] - endless > 0, np.inf, others)


def inspect_recovery(problem: Problem, withheld: Flags) -> Inspection:
    """Propagate what is published through every exact identity."""
    bounds = propagate(problem.lattice.identities, published_bounds(problem, withheld))
    width = bounds.high - bounds.low
    narrow = problem.sizes.possible * problem.policy.recovery_range_percent / 100
    return Inspection(width, narrow, withheld & problem.sizes.published & (width <= narrow))


def published_bounds(problem: Problem, withheld: Flags) -> Bounds:
    """What a reader knows of each node before adding anything up."""
    sizes, base = problem.sizes, problem.policy.rounding_base
    shown = rounded(sizes.possible, base)
    low = np.where(withheld, sizes.least, lowest_behind(shown, base)).astype(float)
    high = np.where(withheld, np.inf, highest_behind(shown, base))
    low[sizes.unpublished], high[sizes.unpublished] = 0.0, np.inf
    nothing = ~sizes.published & ~sizes.unpublished
    low[nothing], high[nothing] = 0.0, 0.0
    return Bounds(low, high)


def places(problem: Problem, rows: Flags) -> list[str]:
    """The levels and time frames at which there are such rows."""
    lattice = problem.lattice
    areas, _phases, times = np.unravel_index(np.flatnonzero(rows), lattice.shape)
    return sorted(
        {
            f"{lattice.locations[area].level.value}, {lattice.times[time].kind.value}"
            for area, time in zip(areas, times, strict=True)
        }
    )

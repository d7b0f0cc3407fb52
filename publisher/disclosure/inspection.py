"""The last look before rows leave: nothing withheld may follow from what is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.problem import Problem
from publisher.disclosure.propagation import Bounds, propagate
from publisher.disclosure.rounding import highest_behind, lowest_behind, rounded
from publisher.errors import DisclosureBlocked

Flags = NDArray[np.bool_]


def inspect_recovery(problem: Problem, withheld: Flags) -> None:
    """Propagate what is published through every exact identity.

    Raises:
        DisclosureBlocked: the range left for a withheld row is too narrow. Says at which levels
            and time frames, never how narrow.
    """
    exposed = exposed_rows(problem, withheld)
    if exposed.any():
        raise DisclosureBlocked(
            f"{int(exposed.sum())} withheld rows can be worked out from what is shown: "
            + "; ".join(_places(problem, exposed)),
            "Nothing is published. Please report this with the settings of the run.",
        )


def exposed_rows(problem: Problem, withheld: Flags) -> Flags:
    """The withheld rows whose range is not wider than the policy asks, by node."""
    bounds = propagate(problem.lattice.identities, published_bounds(problem, withheld))
    width = bounds.high - bounds.low
    narrow = 100 * width <= problem.policy.recovery_range_percent * problem.sizes.possible
    return np.asarray(narrow & withheld & problem.sizes.published)


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


def _places(problem: Problem, rows: Flags) -> list[str]:
    lattice = problem.lattice
    areas, _phases, times = np.unravel_index(np.flatnonzero(rows), lattice.shape)
    return sorted(
        {
            f"{lattice.locations[area].level.value}, {lattice.times[time].kind.value}"
            for area, time in zip(areas, times, strict=True)
        }
    )

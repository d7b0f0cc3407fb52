"""Finds a world of a release of any size: fractions of sessions that agree with every number.

The leaves of the hierarchy are moved until every total lies within what is published of it: an
accelerated gradient descent on the squared distances (Beck and Teboulle, "A fast iterative
shrinkage-thresholding algorithm", SIAM J. Imaging Sciences 2, 2009), with a margin inside every
interval so that it ends after finitely many steps. What comes out is in whole multiples of
1/UNIT, so that its sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.attack.hierarchy import Hierarchy
from publisher.attack.system import Floats, System
from publisher.attack.worlds import World
from publisher.model.progress import Advance

UNIT = 1 << 16
_MARGIN = 0.5
_LOOK_EVERY = 50
"""Steps between looks at how far it is."""
_MOST_LOOKS = 60
_PATIENCE = 8
"""Looks before margins give way."""
_INSISTENCE, _HEAVIEST = 1.5, 20.0
_WIDEST_STEP = 200.0
_FAR = 2000.0
"""How high a number may become of which nothing says how high it is."""
_NEAR = 1e-6


@dataclass(frozen=True, repr=False)
class Target:
    """Intervals that every cell must end in, and how fast each leaf may move.

    low, high: propagated bounds, which the search aims at. least, most: what is published of each
    cell, which a world must agree with; in fractions of a session it may miss a propagated bound
    by as little as a rounding error.
    """

    hierarchy: Hierarchy
    low: Floats
    high: Floats
    least: Floats
    most: Floats
    speed: Floats
    weight: Floats

    @classmethod
    def of(cls, hierarchy: Hierarchy, system: System, low: Floats, high: Floats) -> Target:
        """The target of propagated bounds."""
        used = hierarchy.used
        low, high = np.where(used, low, 0.0), np.where(used, high, np.inf)
        leaf = hierarchy.leaf
        wide = _reach(low[leaf], high[leaf]) - low[leaf]
        speed = np.minimum(np.sqrt(np.maximum(wide, 0)), _WIDEST_STEP)
        together = hierarchy.expand(speed * speed)
        with np.errstate(divide="ignore"):
            weight = np.where(together > 0, 1 / together, 0.0)
        return cls(hierarchy, low, high, system.low, system.high, speed, weight)

    @property
    def leaf_low(self) -> Floats:
        """Lowest value of each leaf."""
        return np.asarray(self.low[self.hierarchy.leaf])

    @property
    def leaf_high(self) -> Floats:
        """Highest value of each leaf; finite."""
        return _reach(self.leaf_low, self.high[self.hierarchy.leaf])


def _reach(low: Floats, high: Floats) -> Floats:
    """The highest value of each cell, and a far one where nothing says how high it is."""
    return np.where(np.isfinite(high), high, np.maximum(10 * low, _FAR))


def find_world(target: Target, start: Floats, advance: Advance) -> tuple[World, Floats] | None:
    """A world near `start` (one value per leaf), and its leaves; None if none was found.

    Args:
        target: the intervals.
        start: where to begin.
        advance: told one step at every look; there are at most `most_looks`.
    """
    descent = _Descent(target, np.clip(start, target.leaf_low, target.leaf_high))
    for look in range(_MOST_LOOKS):
        for _ in range(_LOOK_EVERY):
            descent.step()
        advance(1)
        world = descent.settled_world()
        if world is not None:
            return world, descent.leaves
        descent.insist()
        if look >= _PATIENCE:
            descent.give_way()
    return None


def most_looks() -> int:
    """How many looks there are at most in one search."""
    return _MOST_LOOKS


class _Descent:
    """The state of a search."""

    def __init__(self, target: Target, start: Floats) -> None:
        self._target = target
        self.leaves = start
        self._ahead, self._momentum = start.copy(), 1.0
        width = np.where(np.isfinite(target.high), target.high - target.low, np.inf)
        self._margin = np.minimum(_MARGIN, width / 4)
        self._weight = target.weight.copy()
        self._direction = target.speed.copy()
        self._steepness = self._estimated_steepness(12)

    def _estimated_steepness(self, rounds: int) -> float:
        """The largest curvature, by power iteration; a tenth is added to be on the safe side."""
        target, hierarchy = self._target, self._target.hierarchy
        found = 1.0
        for _ in range(rounds):
            norm = float(np.linalg.norm(self._direction))
            if norm == 0:
                return 1.0
            direction = self._direction / norm
            pushed = hierarchy.expand(target.speed * direction)
            self._direction = target.speed * hierarchy.gather(self._weight * pushed)
            found = float(direction @ self._direction)
        return 1.1 * max(found, _NEAR)

    def _outside(self, world: Floats, margin: Floats) -> Floats:
        """How far each cell is above (positive) or below its interval less the margin."""
        target = self._target
        # Most numbers known to be small are nothing: no margin above zero.
        low = np.where(target.low > 0, target.low + margin, 0.0)
        above = np.maximum(world - (target.high - margin), 0)
        below = np.maximum(low - world, 0)
        return np.where(target.hierarchy.used, above - below, 0.0)

    def step(self) -> None:
        """One accelerated step; momentum starts anew where it leads uphill."""
        target, hierarchy = self._target, self._target.hierarchy
        outside = self._outside(hierarchy.expand(self._ahead), self._margin)
        slope = target.speed**2 * hierarchy.gather(self._weight * outside)
        moved = np.clip(self._ahead - slope / self._steepness, target.leaf_low, target.leaf_high)
        if float((self._ahead - moved) @ (moved - self.leaves)) > 0:
            self._momentum = 1.0
        following = (1 + np.sqrt(1 + 4 * self._momentum**2)) / 2
        push = (self._momentum - 1) / following
        self._ahead = moved + push * (moved - self.leaves)
        self.leaves, self._momentum = moved, float(following)

    def insist(self) -> None:
        """Weigh cells that are outside their interval more, and shorten the steps accordingly."""
        target = self._target
        world = target.hierarchy.expand(self.leaves)
        outside = np.abs(self._outside(world, np.zeros(len(world)))) > _NEAR
        heavier = np.minimum(self._weight * _INSISTENCE, target.weight * _HEAVIEST)
        self._weight = np.where(outside, heavier, self._weight)
        pushed = target.speed * target.hierarchy.gather(self._weight * outside)
        size = max(float(np.linalg.norm(pushed)), _NEAR)
        self._direction = self._direction / max(float(np.linalg.norm(self._direction)), _NEAR)
        self._direction += pushed / size
        self._steepness = max(self._steepness, self._estimated_steepness(3))

    def give_way(self) -> None:
        """Halve the margin of every cell that is not inside it: margins may be in conflict."""
        world = self._target.hierarchy.expand(self.leaves)
        beyond = np.abs(self._outside(world, self._margin)) > _NEAR
        self._margin = np.where(beyond, self._margin / 2, self._margin)

    def settled_world(self) -> World | None:
        """The world in multiples of 1/UNIT, if every cell is inside its interval."""
        target, hierarchy = self._target, self._target.hierarchy
        whole = hierarchy.whole(np.rint(self.leaves * UNIT).astype(np.int64))
        used = hierarchy.used
        inside = (whole >= target.least * UNIT) & (whole <= target.most * UNIT)
        return World(whole, UNIT) if bool(inside[used].all()) else None

"""Witness worlds of a release of any size: searches from different starting points.

One search finds a world. Others start from it, with withheld rows moved to where linear
programmes say that many of them can go at once, up in one search and down in the next.
"""

from __future__ import annotations

import numpy as np

from publisher.attack.directions import Directions, protected_of_row
from publisher.attack.exact import is_exact, settle_apart
from publisher.attack.hierarchy import Hierarchy
from publisher.attack.propagation import Bounds
from publisher.attack.relaxed import UNIT, Target, find_world, most_looks
from publisher.attack.system import Floats, System
from publisher.attack.worlds import World, Worlds
from publisher.model.progress import Progress

_MOST_PAIRS = 8
_SEED = 1
_ALMOST, _ALL_THE_WAY = 0.8, 1.0
"""Part of the way to an extreme of the programme: right at it other figures leave little room."""
_FIRST_PAIRS = 3
"""Pairs of worlds that go almost all the way; later ones are for what is only just wide enough."""
_MOST_IN_VAIN = 2
_MOST_SOLVED = 400
"""Cells that are looked at one by one when worlds have left them open."""
_ALONE = 1000.0
"""By how much a number that is in no sum may differ between two worlds."""
_MOST_GROWTH = 50.0

NOT_WHOLE = (
    f"Worlds of a release of this size are in multiples of 1/{UNIT} session: what follows only "
    "from counts being whole is tested by propagation, not by worlds."
)
NO_WORLDS = (
    "Whole worlds: the files have exact numbers, rates of withheld counts, or sums that do not "
    "form one hierarchy; only small systems of that kind are solved."
)


def settle_by_worlds(
    system: System, bounds: Bounds, worlds: Worlds, progress: Progress
) -> tuple[Floats, Floats, str]:
    """Keep worlds that settle protected numbers, and narrow the rest by linear programmes.

    Returns lowest and highest value of each protected cell, and what is to be said about them.
    """
    cells = system.protected.cell
    low, high = bounds.low[cells].copy(), bounds.high[cells].copy()
    directions = Directions(system, bounds)
    hierarchy = Hierarchy.of(system, bounds.high)
    if hierarchy is not None and not system.rates.count and not is_exact(system):
        _Search(system, bounds, worlds, hierarchy, progress).run(directions)
    if worlds.kept:
        settle_apart(system, bounds, worlds, progress)
    note = NOT_WHOLE if worlds.kept else NO_WORLDS
    open_ = np.flatnonzero(~worlds.settled & system.protected.holds(low, high))
    if directions.usable:
        with progress.stage("Solving what is open", min(len(open_), _MOST_SOLVED)) as advance:
            for place in open_[:_MOST_SOLVED].tolist():
                found = directions.range_of(int(cells[place]))
                if found is not None:
                    low[place] = max(low[place], found[0])
                    high[place] = min(high[place], found[1])
                advance(1)
    return low, high, note


class _Search:
    """Looks for worlds in which protected cells differ."""

    def __init__(
        self,
        system: System,
        bounds: Bounds,
        worlds: Worlds,
        hierarchy: Hierarchy,
        progress: Progress,
    ) -> None:
        self._system, self._bounds, self._worlds = system, bounds, worlds
        self._progress = progress
        self._target = Target.of(hierarchy, system, bounds.low, bounds.high)
        self._leaf = hierarchy.leaf
        self._standing = protected_of_row(system)[self._leaf]
        self._number = 0

    def run(self, directions: Directions) -> None:
        """Find a first world, then pairs of worlds in opposite directions."""
        first = self._find(_first_start(self._system, self._target))
        if first is None or not directions.usable:
            return
        world, leaves = first
        draw = np.random.default_rng(_SEED)
        in_vain = 0
        for pair in range(_MOST_PAIRS):
            open_ = np.flatnonzero(~self._worlds.settled)
            if not len(open_) or in_vain == _MOST_IN_VAIN:
                return
            far = _ALMOST if pair < _FIRST_PAIRS else _ALL_THE_WAY
            signs = np.where(draw.random(len(open_)) < 0.5, -1.0, 1.0)  # noqa: PLR2004  (a coin)
            before = int(self._worlds.settled.sum())
            for way in (signs, -signs):
                values = directions.towards(open_, way)
                if values is not None:
                    self._find(self._moved(world, leaves, values, far))
            in_vain = in_vain + 1 if int(self._worlds.settled.sum()) == before else 0

    def _find(self, start: Floats) -> tuple[World, Floats] | None:
        self._number += 1
        with self._progress.stage(f"Looking for world {self._number}", most_looks()) as advance:
            found = find_world(self._target, start, advance)
        if found is None:
            return None
        self._worlds.add(self._with_unused(found[0], highest=self._number % 2 == 0))
        return found

    def _moved(self, world: World, leaves: Floats, values: Floats, far: float) -> Floats:
        """The leaves of withheld rows in proportion to what their rows become."""
        present = world.values[self._standing] / world.unit
        wanted = present + far * (values[self._standing] - present)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.clip(wanted / present, 0, _MOST_GROWTH)
        movable = ~self._system.shown[self._leaf] & np.isfinite(factor)
        return np.where(movable, leaves * np.where(movable, factor, 1.0), leaves)

    def _with_unused(self, world: World, *, highest: bool) -> World:
        """Give cells that are in no sum their lowest value, or a higher one."""
        bounds, used = self._bounds, self._target.hierarchy.used
        most = np.minimum(bounds.high, bounds.low + _ALONE)
        values = (np.where(highest, most, bounds.low) * world.unit).astype(np.int64)
        return World(np.where(used, world.values, values), world.unit)


def _first_start(system: System, target: Target) -> Floats:
    """The middle of what is shown; a little of what is not."""
    low, high, leaf = target.leaf_low, target.leaf_high, target.hierarchy.leaf
    shown = system.shown[leaf]
    middle = np.where(low > 0, (low + high) / 2, low + (high - low) / 6)
    return np.where(shown, middle, low + 0.3 * (high - low))

"""Witness worlds of a release of any size: searches from different starting points.

One search finds a world. Others start from it with the withheld numbers of some areas and phases
shrunk and those of others grown, and end in worlds in which many withheld numbers differ at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from publisher.attack.hierarchy import Hierarchy
from publisher.attack.propagation import Bounds
from publisher.attack.relaxed import UNIT, Target, find_world, most_looks
from publisher.attack.series import AREA, PHASE
from publisher.attack.system import Floats, System
from publisher.attack.worlds import World, Worlds
from publisher.model.progress import Progress

_MOST_WORLDS = 12
_SEED = 1
_SHRUNK, _GROWN = 0.25, 2.0
_ALONE = 1000.0
"""By how much a number that is in no sum may differ between two worlds."""


def settle_by_worlds(system: System, bounds: Bounds, worlds: Worlds, progress: Progress) -> str:
    """Keep worlds until they settle every protected number, or bring nothing new.

    Returns what is to be said about them; empty when nothing is.
    """
    hierarchy = Hierarchy.of(system)
    if hierarchy is None or system.rates.count:
        return (
            "Whole worlds: the files have rates of withheld counts, or sums that do not form one "
            "hierarchy; only small systems of that kind are solved."
        )
    target = Target.of(hierarchy, bounds.low, bounds.high)
    draw = np.random.default_rng(_SEED)
    rows = _rows(system, hierarchy)
    start = _first_start(system, target)
    for number in range(_MOST_WORLDS):
        with progress.stage(f"Looking for world {number + 1}", most_looks()) as advance:
            found = find_world(target, start, advance)
        if found is None:
            break
        world, leaves = found
        worlds.add(_with_unused(world, system, bounds, highest=number % 2 == 1))
        if worlds.settled.all():
            break
        start = leaves * _factors(system, hierarchy, rows, draw)
    return (
        f"Worlds of a release of this size are in multiples of 1/{UNIT} session: what follows "
        "only from counts being whole is tested by propagation, not by worlds."
    )


def _first_start(system: System, target: Target) -> Floats:
    """The middle of what is shown; a little of what is not."""
    low, high, leaf = target.leaf_low, target.leaf_high, target.hierarchy.leaf
    shown = system.shown[leaf]
    middle = np.where(low > 0, (low + high) / 2, low + (high - low) / 6)
    return np.where(shown, middle, low + 0.3 * (high - low))


def _rows(system: System, hierarchy: Hierarchy) -> NDArray[np.int64]:
    """A number for the area and phase of each leaf, so that they shrink and grow together."""
    found = np.zeros(len(hierarchy.leaf), np.int64)
    for cube in system.cubes:
        mine = (hierarchy.leaf >= cube.first) & (hierarchy.leaf < cube.first + cube.size)
        places = np.unravel_index(hierarchy.leaf[mine] - cube.first, cube.shape)
        number = np.zeros(int(mine.sum()), np.int64)
        for dimension, place in zip(cube.dimensions, places, strict=True):
            if dimension.name in (AREA, PHASE):
                number = number * len(dimension.items) + place
        found[mine] = number
    return found


def _factors(
    system: System,
    hierarchy: Hierarchy,
    rows: NDArray[np.int64],
    draw: np.random.Generator,
) -> Floats:
    """Shrink or grow, by chance, what is not shown of each area and phase."""
    grown = draw.random(int(rows.max(initial=0)) + 1) < 0.5  # noqa: PLR2004  (a coin)
    factor = np.where(grown[rows], _GROWN, _SHRUNK)
    return np.where(system.shown[hierarchy.leaf], 1.0, factor)


def _with_unused(world: World, system: System, bounds: Bounds, *, highest: bool) -> World:
    """Give cells that are in no sum their lowest value, or a higher one."""
    used = np.zeros(system.cells, dtype=bool)
    used[system.sums.total] = used[system.sums.part] = True
    most = np.minimum(bounds.high, bounds.low + _ALONE)
    values = np.where(highest, most, bounds.low) * world.unit
    return World(np.where(used, world.values, values.astype(np.int64)), world.unit)

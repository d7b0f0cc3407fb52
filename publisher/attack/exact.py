"""Exact ranges of a system small enough to be one block, with the worlds that reach them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from publisher.attack.blocks import Block, Programme
from publisher.attack.propagation import Bounds
from publisher.attack.system import Flags, Floats, System
from publisher.attack.worlds import Whole, World, Worlds
from publisher.model.progress import Progress

MOST_CELLS = 800
"""Undecided cells up to which a system is solved as a whole, in whole numbers."""
_MOST_OF_EXACT = 4000
"""The same where most published numbers are exact, so that they decide most others."""
_MOSTLY = 0.5
_SECONDS = 5.0
_ROOM = 1000.0


@dataclass(frozen=True, repr=False)
class ExactRanges:
    """Lowest and highest value of each protected cell; `exact` where they are proved."""

    low: Floats
    high: Floats
    exact: Flags


def is_small(system: System, bounds: Bounds) -> bool:
    """Whether few enough numbers are open for the whole system to be one block."""
    most = _MOST_OF_EXACT if is_exact(system) else MOST_CELLS
    return int(_open_cells(system, bounds).sum()) <= most


def is_exact(system: System) -> bool:
    """Whether most published numbers are exact: then little is open, and nothing gives way."""
    exact = system.low[system.shown] == system.high[system.shown]
    return bool(exact.mean() > _MOSTLY) if len(exact) else False


def _open_cells(system: System, bounds: Bounds) -> Flags:
    used = np.zeros(system.cells, dtype=bool)
    used[system.sums.total] = used[system.sums.part] = True
    return used & (bounds.low < bounds.high)


def solve_exactly(
    system: System, bounds: Bounds, worlds: Worlds, progress: Progress
) -> ExactRanges:
    """Find the range of every protected cell in whole numbers, and keep worlds that show it.

    Cells that two worlds already settle are not solved again.
    """
    cells = system.protected.cell
    low, high = bounds.low[cells].copy(), bounds.high[cells].copy()
    exact = np.zeros(len(cells), dtype=bool)
    solver = _Whole(system, bounds, np.arange(system.sums.count))
    doubtful = np.flatnonzero(system.protected.holds(low, high))
    with progress.stage("Solving exactly", len(doubtful)) as advance:
        for place in doubtful.tolist():
            advance(1)
            if worlds.settled[place]:
                continue
            down, up = (solver.extreme(int(cells[place]), largest=each) for each in (False, True))
            for world in (down, up):
                if world is not None:
                    worlds.add(World(world))
            if down is not None and up is not None:
                low[place], high[place] = down[cells[place]], up[cells[place]]
                exact[place] = True
    return ExactRanges(low, high, exact)


def parts_apart(system: System) -> NDArray[np.int64]:
    """For each cell the number of the part of the system that sums join it to."""
    sums = system.sums
    rows = np.repeat(sums.total, sums.size)
    links = sparse.coo_matrix(
        (np.ones(len(rows), np.int8), (rows, sums.part)), shape=(system.cells, system.cells)
    )
    _, found = connected_components(links, directed=False)
    return np.asarray(found, np.int64)


class _Whole:
    """Equations in the solver; every number that nothing bounds gets a far bound."""

    def __init__(self, system: System, bounds: Bounds, equations: NDArray[np.int64]) -> None:
        self._system, self._bounds = system, bounds
        finite = bounds.high[np.isfinite(bounds.high)]
        far = 10 * float(finite.max(initial=0)) + _ROOM
        self._high = np.where(np.isfinite(bounds.high), bounds.high, np.maximum(far, bounds.low))
        self._block = Block.of(system, bounds.low, self._high, equations)
        self._programme = (
            Programme(self._block, whole_numbers=True, seconds=_SECONDS)
            if len(self._block.cells)
            else None
        )

    def extreme(self, cell: int, *, largest: bool) -> Whole | None:
        """A world in which a cell is as low or as high as it can be."""
        world = self._bounds.low.copy()
        place = int(np.searchsorted(self._block.cells, cell))
        inside = place < len(self._block.cells) and self._block.cells[place] == cell
        if inside and self._programme is not None:
            found = self._programme.extreme({cell: 1.0}, largest=largest)
            if found is None or not len(found[1]):
                return None
            world[self._block.cells] = np.rint(found[1])
            return world.astype(np.int64)
        if self._programme is not None:
            found = self._programme.extreme({int(self._block.cells[0]): 0.0}, largest=largest)
            if found is None:
                return None
            world[self._block.cells] = np.rint(found[1])
        world[cell] = self._high[cell] if largest else self._bounds.low[cell]
        return world.astype(np.int64)

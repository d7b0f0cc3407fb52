"""Linear programmes over the protected figures alone: where withheld rows could still go.

The sums over areas, phases and periods of one measure (possible sessions) are a small part of a
system. What they leave too narrow is worked out; where they leave room, their extremes are where
the search for the next worlds starts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from publisher.attack.blocks import Block, Programme
from publisher.attack.dimensions import Cells
from publisher.attack.propagation import Bounds
from publisher.attack.series import MEASURE
from publisher.attack.system import Flags, Floats, System

_SECONDS = 60.0
_FAR = 2000.0
_ROUNDING = 1e-6


def protected_of_row(system: System) -> Cells:
    """For each cell the cell of its row that stands for the row; itself where none does."""
    found = np.arange(system.cells)
    for cube in system.cubes:
        mine = slice(cube.first, cube.first + cube.size)
        inside = system.protected.cell
        inside = inside[(inside >= cube.first) & (inside < cube.first + cube.size)]
        if MEASURE not in cube.strides or not len(inside):
            continue
        step, many = cube.strides[MEASURE], len(cube.dimension(MEASURE).items)
        counts = np.bincount((inside - cube.first) // step % many, minlength=many)
        place = (np.arange(cube.size) // step) % many
        found[mine] += (int(counts.argmax()) - place) * step
    return found


class Directions:
    """The programme over the cells that stand for rows."""

    def __init__(self, system: System, bounds: Bounds) -> None:
        standing = protected_of_row(system) == np.arange(system.cells)
        equations = _among(system, standing)
        self._system, self._low = system, bounds.low
        far = np.maximum(10 * bounds.low, _FAR)
        self._high = np.where(np.isfinite(bounds.high), bounds.high, far)
        self._block = Block.of(system, bounds.low, self._high, equations)
        self.usable = bool(len(equations))
        if self.usable:
            self._programme = Programme(self._block, whole_numbers=False, seconds=_SECONDS)

    def towards(self, places: NDArray[np.int64], signs: Floats) -> Floats | None:
        """Values of all cells when some protected cells go up and others down as far as they can.

        Args:
            places: numbers of protected cells.
            signs: 1 for up, -1 for down, for each of them.
        """
        cells = self._system.protected.cell[places]
        inside = np.isin(cells, self._block.cells)
        size = np.maximum(self._high[cells] - self._low[cells], 1)
        chosen = zip(cells[inside].tolist(), (signs / size)[inside].tolist(), strict=True)
        found = self._programme.extreme(dict(chosen), largest=True)
        if found is None or not len(found[1]):
            return None
        values = np.full(self._system.cells, np.nan)
        values[self._block.cells] = found[1]
        return values

    def range_of(self, cell: int) -> tuple[float, float] | None:
        """Lowest and highest whole value of one cell; None where the programme cannot say."""
        if not np.isin(cell, self._block.cells):
            return None
        ends = [self._programme.extreme({cell: 1.0}, largest=each) for each in (False, True)]
        low, high = ends
        if low is None or high is None:
            return None
        if high[0] >= self._high[cell] > self._low[cell] + _FAR:
            return None
        return float(np.ceil(low[0] - _ROUNDING)), float(np.floor(high[0] + _ROUNDING))


def _among(system: System, standing: Flags) -> NDArray[np.int64]:
    """The equations of which every cell stands for a row."""
    sums = system.sums
    if not sums.count:
        return np.zeros(0, np.int64)
    whole = np.logical_and.reduceat(standing[sums.part], sums.start[:-1])
    return np.flatnonzero(whole & standing[sums.total])

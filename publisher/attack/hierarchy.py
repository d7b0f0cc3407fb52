"""All numbers of a system from those that nothing adds up to: its leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from publisher.attack.dimensions import Cells
from publisher.attack.system import Flags, Floats, Sums, System
from publisher.attack.worlds import Whole

_SEED = 20250908


@dataclass(frozen=True, repr=False)
class _Layer:
    """Totals whose parts are leaves or totals of earlier layers."""

    total: Cells
    sums: Sums
    matrix: sparse.csr_matrix
    transposed: sparse.csr_matrix


@dataclass(frozen=True, repr=False)
class Hierarchy:
    """Leaves, and the layers of totals above them, each total by one of its equations."""

    cells: int
    leaf: Cells
    used: Flags
    layers: tuple[_Layer, ...]

    @classmethod
    def of(cls, system: System, high: Floats) -> Hierarchy | None:
        """The hierarchy of a system; None if its sums do not all follow from its leaves.

        high: the highest value of each cell; leaves that can only be nothing are nothing.
        """
        sums, cells = system.sums, system.cells
        used = np.zeros(cells, dtype=bool)
        used[sums.total] = used[sums.part] = True
        is_leaf = used.copy()
        is_leaf[sums.total] = False
        found = cls(cells, np.flatnonzero(is_leaf), used, tuple(_layers(sums, is_leaf, cells)))
        return found if found._explains(system, high) else None

    def _explains(self, system: System, high: Floats) -> bool:
        """Whether random leaves satisfy every equation, those not used as layers too."""
        draw = np.random.default_rng(_SEED).integers(1, 1_000_000, len(self.leaf))
        draw[high[self.leaf] == 0] = 0
        world = self.whole(draw)
        sums = system.sums
        if not sums.count:
            return False
        added = np.add.reduceat(world[sums.part], sums.start[:-1])
        return bool((added == world[sums.total]).all())

    def whole(self, leaves: Whole) -> Whole:
        """Every cell from whole-numbered leaves, exactly."""
        world = np.zeros(self.cells, np.int64)
        world[self.leaf] = leaves
        for layer in self.layers:
            parts = world[layer.sums.part]
            world[layer.total] = np.add.reduceat(parts, layer.sums.start[:-1])
        return world

    def expand(self, leaves: Floats) -> Floats:
        """Every cell from its leaves."""
        world = np.zeros(self.cells)
        world[self.leaf] = leaves
        for layer in self.layers:
            world[layer.total] = layer.matrix @ world
        return world

    def gather(self, pushes: Floats) -> Floats:
        """For each leaf the sum of the pushes on all cells that it is in."""
        found = pushes.copy()
        for layer in reversed(self.layers):
            found += layer.transposed @ found[layer.total]
        return np.asarray(found[self.leaf])


def _layers(sums: Sums, is_leaf: Flags, cells: int) -> list[_Layer]:
    done, left, layers = is_leaf.copy(), np.arange(sums.count), []
    while len(left):
        waiting = sums.chosen(left)
        ready = np.logical_and.reduceat(done[waiting.part], waiting.start[:-1])
        chosen = left[ready & ~done[waiting.total]]
        if not len(chosen):
            break
        _, first = np.unique(sums.total[chosen], return_index=True)
        layer = sums.chosen(chosen[first])
        own = np.repeat(np.arange(layer.count), layer.size)
        ones = np.ones(len(own), np.float32)
        matrix = sparse.csr_matrix((ones, (own, layer.part)), shape=(layer.count, cells))
        layers.append(_Layer(layer.total, layer, matrix, matrix.T.tocsr()))
        done[layer.total] = True
        left = left[~done[sums.total[left]]]
    return layers

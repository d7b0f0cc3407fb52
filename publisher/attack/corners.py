"""Corners of a batch of numbers in which many withheld ones differ at once.

Every withheld number that is still open is pushed up or down, by as much as the policy asks and no
more, so that many can move in one linear programme. Its corners are whole numbers, or simple
fractions of them, because every published bound is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.attack.dimensions import Cells
from publisher.attack.propagation import Bounds
from publisher.attack.system import Flags, Floats, Protected, Sums, System
from publisher.attack.worlds import Whole

UNIT = 60
"""Corners are multiples of 1/UNIT of a session: halves, thirds, quarters, fifths of one."""
_MOST_WORLDS = 400
_MOST_IN_VAIN = 4
_EAGER = (0.5, 1.5)
_SECONDS = 60.0
_SEED = 20250908
_NEAR = 1e-5
_ROOM = 1000.0


@dataclass(frozen=True, repr=False)
class Batch:
    """Open cells, and the sums among them: `matrix @ values == sums_to`.

    cells: sorted. low, high: finite. protected: numbers of the protected cells among them; place:
    where those are in `cells`.
    """

    cells: Cells
    matrix: sparse.csr_matrix
    sums_to: Floats
    low: Floats
    high: Floats
    protected: NDArray[np.int64]
    place: NDArray[np.int64]


def batch_of(system: System, bounds: Bounds, cells: Cells, sums: Sums) -> Batch:
    """The batch of open cells and of the sums that speak of them and of decided cells only."""
    known = np.where(bounds.low == bounds.high, bounds.low, 0.0)
    matrix = sums.matrix(system.cells)
    left = np.zeros(system.cells, dtype=bool)
    left[cells] = True
    among = matrix.tocsc()[:, cells].tocsr()
    rows = np.diff(among.indptr) > 0
    low, high = bounds.low[cells], bounds.high[cells]
    far = 10 * float(high[np.isfinite(high)].max(initial=0)) + _ROOM
    protected = np.flatnonzero(left[system.protected.cell])
    place = np.searchsorted(cells, system.protected.cell[protected])
    return Batch(
        cells,
        among[rows],
        -np.asarray(matrix @ known)[rows],
        low,
        np.where(np.isfinite(high), high, np.maximum(far, low)),
        protected,
        place,
    )


def corners(batch: Batch, protected: Protected) -> Iterator[Whole]:
    """Worlds of a batch until they settle every protected number, or settle no more of them.

    Yields values of `batch.cells` in multiples of 1/UNIT.
    """
    draw = np.random.default_rng(_SEED)
    aims = _Aims(protected, batch)
    in_vain = 0
    for _ in range(_MOST_WORLDS):
        before = aims.waiting
        targets = aims.next(draw)
        if targets is None or in_vain == _MOST_IN_VAIN:
            return
        values = _corner(batch, *targets)
        if values is not None:
            aims.saw(values[batch.place] / UNIT)
            yield values
        elif not aims.begun:
            # Not even one world was found in time: others would take as long.
            return
        in_vain = in_vain + 1 if aims.waiting == before else 0


class _Aims:
    """Where each withheld number of a batch should still go."""

    def __init__(self, protected: Protected, batch: Batch) -> None:
        self._keep = 1 - protected.percent / 100
        self._candidates = protected.candidates[batch.protected]
        self._low, self._high = batch.low[batch.place], batch.high[batch.place]
        self._least = np.full(len(batch.place), np.inf)
        self._most = np.full(len(batch.place), -np.inf)
        self.begun = False
        self._ways: Flags = np.zeros(len(batch.place), dtype=bool)
        self._again = False
        self.waiting = len(batch.place) + 1

    def next(self, draw: np.random.Generator) -> tuple[Flags, Flags, Floats, Floats] | None:
        """Which numbers are aimed at, which of them upwards, how far, and how eagerly.

        None when done. Were all wanted alike, each could be moved a part of its way for ever.
        """
        if not self.begun:
            none = np.zeros(len(self._low), dtype=bool)
            return none, none, self._low, self._low
        up, down = self._targets()
        waiting = (self._least > down) & (self._most < up)
        self.waiting = int(waiting.sum())
        if not self.waiting:
            return None
        ways = draw.random(len(waiting)) < 0.5  # noqa: PLR2004  (a coin)
        ways = ~self._ways if self._again else ways
        self._again, self._ways = not self._again, ways
        ways = (ways | (down < self._low)) & (up <= self._high)
        return waiting, ways, np.where(ways, up, down), draw.uniform(*_EAGER, len(waiting))

    def _targets(self) -> tuple[Floats, Floats]:
        """The least that is far enough above, and the most that is far enough below."""
        counted = self._candidates > 0
        up = np.where(counted, self._least + self._candidates - 1,
                      np.floor(self._least / self._keep) + 1)  # fmt: skip
        down = np.where(counted, self._most - self._candidates + 1,
                        np.ceil(self._most * self._keep) - 1)  # fmt: skip
        return up, down

    def saw(self, values: Floats) -> None:
        """Learn what numbers are in a world."""
        self.begun = True
        self._least = np.minimum(self._least, values)
        self._most = np.maximum(self._most, values)


def _corner(
    batch: Batch, waiting: Flags, ways: Flags, targets: Floats, eager: Floats
) -> Whole | None:
    """A corner in which as many numbers as possible reach their targets; None if not found."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    for name, value in (("threads", 1), ("random_seed", 1), ("time_limit", _SECONDS)):
        solver.setOptionValue(name, value)
    solver.passModel(_programme(batch, waiting, ways, targets, eager))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = np.array(solver.getSolution().col_value)[: len(batch.cells)] * UNIT
    values = np.rint(found)
    return values.astype(np.int64) if (np.abs(found - values) < _NEAR * UNIT).all() else None


def _programme(
    batch: Batch, waiting: Flags, ways: Flags, targets: Floats, eager: Floats
) -> highspy.HighsLp:
    """The batch, with a number beside each withheld one that follows it up to its target."""
    place, up, target = batch.place[waiting], ways[waiting], targets[waiting]
    cells, many = len(batch.cells), len(place)
    own = np.arange(many)
    beside = sparse.csr_matrix(
        (np.concatenate([np.ones(many), -np.ones(many)]),
         (np.concatenate([own, own]), np.concatenate([place, cells + own]))),
        shape=(many, cells + many),
    )  # fmt: skip
    wide = sparse.csr_matrix(batch.matrix)
    wide.resize(wide.shape[0], cells + many)
    matrix = sparse.vstack([wide, beside]).tocsr()
    reach = np.maximum(np.abs(target), 1)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
    model.col_cost_ = np.concatenate(
        [np.zeros(cells), np.where(up, -1, 1) * eager[waiting] / reach]
    )
    endless = np.full(many, highspy.kHighsInf)
    model.col_lower_ = np.concatenate([batch.low, np.where(up, 0, target)])
    model.col_upper_ = np.concatenate([batch.high, np.where(up, target, endless)])
    model.row_lower_ = np.concatenate([batch.sums_to, np.where(up, 0, -endless)])
    model.row_upper_ = np.concatenate([batch.sums_to, np.where(up, endless, 0)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    return model

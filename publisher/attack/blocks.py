"""Exact bounds within a block: what linear programmes find that propagation does not.

A block is a set of equations around some cells; every cell at its edge keeps the interval that
propagation left it. So what a block shows to be narrow is narrow; what it leaves wide may still
follow from the rest, which only whole worlds can rule out.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.attack.dimensions import Cells
from publisher.attack.system import Floats, Rates, Sums, System
from publisher.errors import CouldNotRun


@dataclass(frozen=True, repr=False)
class Block:
    """Some cells, the equations among them, and the rows of rates that only speak of them.

    cells: sorted. low, high: their intervals.
    """

    cells: Cells
    matrix: sparse.csr_matrix
    least: Floats
    most: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, system: System, low: Floats, high: Floats, equations: NDArray[np.int64]) -> Block:
        """The block of some equations of a system, and of the rates among their cells."""
        sums = system.sums.chosen(equations)
        cells = np.unique(np.concatenate([sums.total, sums.part.astype(np.int64)]))
        rates = _rates_among(system.rates, cells)
        cells = np.union1d(cells, np.concatenate([rates.numerator, rates.denominator]))
        rows, least, most = _rate_rows(rates, cells)
        matrix = sparse.vstack([_among(sums, cells), rows]).tocsr()
        nothing = np.zeros(sums.count)
        return cls(
            cells,
            matrix,
            np.concatenate([nothing, least]),
            np.concatenate([nothing, most]),
            low[cells],
            high[cells],
        )


def _among(sums: Sums, cells: Cells) -> sparse.csr_matrix:
    return sums.matrix(int(cells[-1]) + 1 if len(cells) else 0).tocsc()[:, cells].tocsr()


def _rates_among(rates: Rates, cells: Cells) -> Rates:
    inside = np.isin(rates.numerator, cells) | np.isin(rates.denominator, cells)
    return Rates(
        rates.numerator[inside],
        rates.denominator[inside],
        rates.low[inside],
        rates.high[inside],
        rates.slack,
    )


def _rate_rows(rates: Rates, cells: Cells) -> tuple[sparse.csr_matrix, Floats, Floats]:
    """Two rows for every rate: not above its highest, not below its lowest share."""
    count, own = rates.count, np.arange(rates.count)
    top, bottom = (np.searchsorted(cells, each) for each in (rates.numerator, rates.denominator))
    one = np.ones(count)
    places = (np.concatenate([own, own, own + count, own + count]),
              np.concatenate([top, bottom, top, bottom]))  # fmt: skip
    values = np.concatenate([one, -rates.high, one, -rates.low])
    matrix = sparse.csr_matrix((values, places), shape=(2 * count, len(cells)))
    slack = rates.slack
    endless = np.full(count, np.inf)
    least = np.concatenate([-endless, -slack * (1 + rates.low)])
    most = np.concatenate([slack * (1 + rates.high), endless])
    return matrix, least, most


class Programme:
    """A block in the solver; objectives change, the rest stays, so that each solve starts warm.

    Args:
        block: what may vary.
        whole_numbers: every cell must be a whole number.
        seconds: longest time for one solve.
    """

    def __init__(self, block: Block, *, whole_numbers: bool, seconds: float) -> None:
        self._block = block
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.silent()
        for name, value in (
            ("threads", 1),
            ("random_seed", 1),
            ("time_limit", seconds),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.5),
        ):
            self._solver.setOptionValue(name, value)
        if self._solver.passModel(_model(block, whole_numbers)) == highspy.HighsStatus.kError:
            raise CouldNotRun("the solver refused a block of the attack")
        self._costed = np.zeros(0, np.int32)

    def marginals(self) -> tuple[Floats, Floats]:
        """What the last optimum owes to the bound of each cell, and to that of each rate's row."""
        solution = self._solver.getSolution()
        return np.array(solution.col_dual), np.array(solution.row_dual)

    def extreme(self, weights: dict[int, float], *, largest: bool) -> tuple[float, Floats] | None:
        """The extreme of a weighted sum of cells, and values at which it is reached.

        Returns None when the solver ran out of time; infinity with no values when unbounded.

        Raises:
            CouldNotRun: the solver says that nothing satisfies the block, or gave up.
        """
        places = np.searchsorted(self._block.cells, list(weights)).astype(np.int32)
        none = np.zeros(len(self._costed))
        self._solver.changeColsCost(len(self._costed), self._costed, none)
        self._solver.changeColsCost(len(places), places, np.array(list(weights.values()), float))
        self._costed = places
        sense = highspy.ObjSense.kMaximize if largest else highspy.ObjSense.kMinimize
        self._solver.changeObjectiveSense(sense)
        self._solver.run()
        return self._answer(largest=largest)

    def _answer(self, *, largest: bool) -> tuple[float, Floats] | None:
        status, states = self._solver.getModelStatus(), highspy.HighsModelStatus
        if status == states.kOptimal:
            values = np.array(self._solver.getSolution().col_value)
            return self._solver.getInfo().objective_function_value, values
        if status in (states.kUnbounded, states.kUnboundedOrInfeasible):
            return (np.inf if largest else -np.inf), np.zeros(0)
        if status == states.kTimeLimit:
            return None
        raise CouldNotRun(
            "the solver found no numbers that satisfy what is published",
            "The assumed sums may not hold for these files: see --totals.",
        )


def _model(block: Block, whole_numbers: bool) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(block.cells), block.matrix.shape[0]
    model.col_cost_ = np.zeros(len(block.cells))
    model.col_lower_ = block.low
    model.col_upper_ = np.where(np.isfinite(block.high), block.high, highspy.kHighsInf)
    model.row_lower_, model.row_upper_ = block.least, block.most
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = block.matrix.indptr
    model.a_matrix_.index_ = block.matrix.indices
    model.a_matrix_.value_ = block.matrix.data
    if whole_numbers:
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(block.cells)
    return model

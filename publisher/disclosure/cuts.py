"""The cheapest rows to withhold in one period, found by cuts.

After Fischetti and Salazar ("Solving the cell suppression problem on tabular data with linear
constraints", Management Science 47, 2001), with their sliding protection levels: a programme of yes
and no chooses rows; linear programmes look, for each chosen row, how far it could fall and how far
it could rise with every shown row as it is. Where that is not far enough together, their duals name
a *cut*: rows of which some must be withheld, or this one goes no further. Cuts are added until none
is missing.

Looked for are moves in which no row changes by more than is wanted of the first: others are left
out, so what is found may be dearer than the best, and it is for others to prove that its rows can
move (see `moves`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.disclosure.programme import Flags, Floats, solver_of
from publisher.errors import CouldNotRun

_ENOUGH = 1e-4
"""Part of the wanted fall that may be missing from a solver's answer."""
_ROUNDS = 200


@dataclass(frozen=True)
class Effort:
    """When the search for yes and no ends.

    nodes: so many of them were looked at; seconds would let a slower machine choose other rows.
    gap: what was found costs at most such a share more than the best could.
    """

    nodes: int
    gap: float


@dataclass(frozen=True, repr=False)
class Rows:
    """The rows of one period, as parallel arrays.

    needs: withheld whatever it costs. free: nobody knows them, at no cost. fall: how far each
    could fall. wanted: how far it must. cost: of withholding it.
    """

    needs: Flags
    free: Flags
    fall: Floats
    wanted: Floats
    cost: Floats


def cheapest_pattern(matrix: sparse.csc_matrix, rows: Rows, effort: Effort) -> Flags | None:
    """What to withhold, needs included; None where the search ends without an answer.

    Args:
        matrix: equations x rows, each of which sums to zero.
        rows: what is known of the rows.
        effort: when the search ends.

    Raises:
        CouldNotRun: the solver gave up.
    """
    return _Search(rows, effort, _Furthest(matrix, rows)).found()


@dataclass(repr=False)
class _Search:
    """The programme of what is withheld, and the cuts so far."""

    rows: Rows
    effort: Effort
    furthest: _Furthest
    solver: highspy.Highs = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.rows.cost)
        none: NDArray[np.intp] = np.zeros(size + 1, dtype=np.int32)
        empty = sparse.csc_matrix((np.zeros(0), none[:0], none), shape=(0, size))
        bounds = np.column_stack([self.rows.needs | self.rows.free, np.ones(size)]).astype(float)
        self.solver = solver_of(empty, np.where(self.rows.free, 0, self.rows.cost), bounds)
        self.solver.setOptionValue("mip_max_nodes", self.effort.nodes)
        self.solver.setOptionValue("mip_rel_gap", self.effort.gap)

    def found(self) -> Flags | None:
        """Parts of rows first: their cuts are found in no time, and hold for whole ones too."""
        if self._complete() is None:
            return None
        every = np.arange(len(self.rows.cost), dtype=np.int32)
        whole = np.full(len(every), highspy.HighsVarType.kInteger)
        self.solver.changeColsIntegrality(len(every), every, whole)
        self.solver.setOptionValue("presolve", "on")
        withheld = self._complete()
        return None if withheld is None else np.rint(withheld).astype(bool) & ~self.rows.free

    def _complete(self) -> Floats | None:
        """Choose and cut until every chosen row can move far enough."""
        for _ in range(_ROUNDS):
            self.solver.run()
            info = self.solver.getInfo()
            if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
                return None
            # A billionth below nothing would leave a row no room at all, not even to stay.
            chosen = np.array(self.solver.getSolution().col_value).clip(0, 1)
            cuts = list(self._missing(chosen))
            if not cuts:
                return chosen
            self._add(cuts)
        return None

    def _missing(self, chosen: Floats) -> Iterable[Floats]:
        for row in np.flatnonzero((chosen > _ENOUGH) & ~self.rows.free):
            cut = self.furthest.cut(int(row), chosen)
            if cut is not None:
                yield cut

    def _add(self, cuts: list[Floats]) -> None:
        """Each says: these together are at least nothing."""
        for cut in cuts:
            places = np.flatnonzero(cut).astype(np.int32)
            self.solver.addRow(0.0, highspy.kHighsInf, len(places), places, cut[places])


class _Furthest:
    """How far apart two worlds could be in a row when some are withheld, and what holds it."""

    def __init__(self, matrix: sparse.csc_matrix, rows: Rows) -> None:
        size = len(rows.cost)
        self._rows = rows
        self._solver = solver_of(matrix, np.zeros(size), np.zeros((size, 2)))
        self._every = np.arange(size, dtype=np.int32)

    def cut(self, row: int, chosen: Floats) -> Floats | None:
        """Coefficients of a cut that `chosen` breaks; None if it falls and rises far enough."""
        wanted = self._rows.wanted[row]
        enough = wanted * (chosen[row] - _ENOUGH)
        fall, held = self._furthest(row, chosen, down=True)
        if fall >= enough:
            return None
        rise, held_back = self._furthest(row, chosen, down=False)
        if fall + rise >= enough:
            return None
        return self._cut(row, held + held_back, wanted)

    def _furthest(self, row: int, chosen: Floats, *, down: bool) -> tuple[float, Floats]:
        """How far the row could fall or rise, and how much of that each row allows for."""
        rows, wanted, solver = self._rows, self._rows.wanted[row], self._solver
        part = np.where(rows.free, 1.0, chosen)
        falls, rises = np.minimum(rows.fall, wanted), np.full(len(part), wanted)
        low, high = -falls * part, rises * part
        low[row], high[row] = (-falls[row], 0.0) if down else (0.0, wanted)
        solver.changeColsBounds(len(part), self._every, low, high)
        solver.changeColCost(row, 1.0 if down else -1.0)
        solver.run()
        solved = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        far = -solver.getInfo().objective_function_value
        dual = np.array(solver.getSolution().col_dual)
        # What it found is forgotten with the next change.
        solver.changeColCost(row, 0.0)
        if not solved:
            raise CouldNotRun("the solver gave up while looking for what holds a row")
        return far, np.where(dual > 0, dual * falls, -dual * rises)

    def _cut(self, row: int, held: Floats, wanted: float) -> Floats | None:
        """Nothing in a cut counts for more than all of what is wanted."""
        given = self._rows.free.copy()
        # A row that falls as far as it can is held by nothing but itself.
        given[row] = True
        missing = wanted - held[given].sum()
        if missing <= _ENOUGH * wanted:
            return None
        cut = np.where(self._rows.free, 0.0, np.minimum(held / missing, 1.0))
        cut[cut < _ENOUGH] = 0.0
        cut[row] = -1.0
        return np.asarray(cut)

"""The cheapest changes of nodes that keep every sum, as a linear programme."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.disclosure.identities import Nodes
from publisher.errors import CouldNotRun

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_TOLL = 1e-6
"""Part of its cost that a node has to pay for which moves at no cost: so that moves stay short."""
_OPTIONS: dict[str, bool | int | str] = {
    "output_flag": False,
    "threads": 1,
    "solver": "simplex",
    "presolve": "off",
}
"""Blocks are small: to simplify them first takes longer than to solve them."""


@dataclass(frozen=True, repr=False)
class Room:
    """Where the nodes of a block could go.

    fall: how far each could fall (not negative). free: moves at no cost in any amount, being
    withheld or unpublished. slack_down, slack_up: how far a shown node moves within its rounding.
    cost: of withholding a node that is neither; infinite where it must stay as it is.
    """

    fall: Floats
    free: Flags
    cost: Floats
    slack_down: Floats | None = None
    slack_up: Floats | None = None

    @property
    def movable(self) -> Flags:
        """Which nodes can move at all."""
        movable = self.free | np.isfinite(self.cost)
        for slack in (self.slack_down, self.slack_up):
            if slack is not None:
                movable |= slack > 0
        return movable

    @property
    def twice(self) -> Room:
        """The room of two worlds, and of how far they are apart."""
        down, up = self.slack_down, self.slack_up
        return Room(
            np.concatenate([self.fall, self.fall, [0.0]]),
            np.concatenate([self.free, self.free, [True]]),
            np.concatenate([self.cost, self.cost, [np.inf]]),
            None if down is None else np.concatenate([down, down, [0.0]]),
            None if up is None else np.concatenate([up, up, [0.0]]),
        )

    def part(self, nodes: Flags) -> Room:
        """The room of some of the nodes."""
        down, up = self.slack_down, self.slack_up
        return Room(
            self.fall[nodes],
            self.free[nodes],
            self.cost[nodes],
            None if down is None else down[nodes],
            None if up is None else up[nodes],
        )


@dataclass(frozen=True, repr=False)
class Programme:
    """Variables: changes that cost nothing, then rises and falls of nodes that have a cost.

    The solver stays: towards another change it goes on from where it stopped.
    """

    solver: highspy.Highs
    bounds: Floats
    priced: Nodes

    @classmethod
    def of(cls, matrix: sparse.csc_matrix, room: Room) -> Programme:
        """Cheapest changes within `room` that keep every sum of `matrix`."""
        size = len(room.fall)
        priced = np.flatnonzero(np.isfinite(room.cost))
        down = np.zeros(size) if room.slack_down is None else room.slack_down
        up = np.zeros(size) if room.slack_up is None else room.slack_up
        # What is free and has a price moves in columns that have one.
        free = room.free & ~np.isfinite(room.cost)
        within = np.column_stack([np.where(free, -room.fall, -down), np.where(free, np.inf, up)])
        rises = np.column_stack([np.zeros(len(priced)), np.full(len(priced), np.inf)])
        falls = np.column_stack([np.zeros(len(priced)), (room.fall - down)[priced].clip(0)])
        part = matrix[:, priced]
        columns = sparse.hstack([matrix, part, -part]).tocsc() if len(priced) else matrix
        price = (room.cost * np.where(room.free, _TOLL, 1.0))[priced]
        costs = np.concatenate([np.zeros(size), price, price])
        bounds = np.concatenate([within, rises, falls])
        return cls(solver_of(columns, costs, bounds), bounds, priced)

    def solve(self, target: int, change: float) -> Floats | None:
        """The cheapest changes that keep all sums, `target` by `change`; None if there are none.

        Raises:
            CouldNotRun: the solver gave up.
        """
        size = len(self.bounds) - 2 * len(self.priced)
        own = size + np.flatnonzero(self.priced == target)
        self._fix([target, *own, *(own + len(self.priced))], change)
        self.solver.run()
        status, found = self.solver.getModelStatus(), self.solver.getSolution().col_value
        self._loosen([target, *own, *(own + len(self.priced))])
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise CouldNotRun("the solver gave up while looking for rows to withhold")
        changes, rises_and_falls = np.split(np.array(found), [size])
        rises, falls = np.split(rises_and_falls, 2)
        changes[self.priced] += rises - falls
        return np.asarray(changes)

    def _fix(self, columns: list[int], change: float) -> None:
        """The first of the columns is what is asked for, the others are nothing."""
        for number, column in enumerate(columns):
            value = change if number == 0 else 0.0
            self.solver.changeColBounds(column, value, value)

    def _loosen(self, columns: list[int]) -> None:
        for column in columns:
            self.solver.changeColBounds(column, *self.bounds[column])


def solver_of(matrix: sparse.csc_matrix, costs: Floats, bounds: Floats) -> highspy.Highs:
    """For the cheapest values within `bounds` whose sums are all zero."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in _OPTIONS.items():
        solver.setOptionValue(name, value)
    solver.passModel(_model(matrix, costs, bounds))
    return solver


def _model(matrix: sparse.csc_matrix, costs: Floats, bounds: Floats) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = costs, bounds[:, 0], bounds[:, 1]
    model.row_lower_ = model.row_upper_ = np.zeros(matrix.shape[0])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    return model

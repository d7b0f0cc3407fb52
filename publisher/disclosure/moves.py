"""Moves: how a withheld figure could differ with every shown figure as it is.

A *move* is a change of the true counts that keeps every identity and every shown figure. The
truth, and the truth after a move, are two worlds that no reader can tell apart: a row that a move
changes by d has a range of at least d. So a move proves safety against any attack on the same
facts, linear programmes included, and leaving other rows as they are only makes the proof weaker,
never wrong. Shown figures are taken as exactly known, although they are rounded: what else is
published about the same row (46 reasons and their sums) narrows the rounding down.

The cheapest move is a linear programme (after Castro, "Recent advances in optimization techniques
for statistical tabular data protection", EJOR 216, 2012, section 4): minimise the enrolments of
the rows that must be withheld as well for the figure to move as far as the policy asks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from publisher.disclosure.identities import Nodes
from publisher.disclosure.programme import Flags, Floats, Programme, Room

_NEGLIGIBLE = 1e-6
"""Part of the wanted change below which a solver's number is its rounding error."""


@dataclass(frozen=True, repr=False)
class Move:
    """Changes of `nodes` by `change`; `withheld` are those that must be withheld for it.

    other: changes to a further world, which is the truth where there are none.
    """

    nodes: Nodes
    change: Floats
    withheld: Nodes
    cost: float
    other: Floats | None = None

    @property
    def worlds(self) -> tuple[Floats, ...]:
        """The changes to each world that is not the truth."""
        return (self.change,) if self.other is None else (self.change, self.other)

    @property
    def ranges(self) -> Floats:
        """How far apart the two worlds are that it shows, for each of `nodes`."""
        return np.abs(self.change if self.other is None else self.change - self.other)


@dataclass(frozen=True, repr=False)
class Block:
    """Some nodes and the identities among them; every other node stays as it is."""

    nodes: Nodes
    matrix: sparse.csc_matrix

    @classmethod
    def of(cls, matrix: sparse.csc_matrix, columns: Nodes, nodes: Nodes | None = None) -> Block:
        """Cut `columns` out of wider identities; `nodes` are their numbers if they differ."""
        part = matrix[:, columns]
        # There are many identities, and few of them in a block: no array of all is made.
        identities, row = np.unique(part.indices, return_inverse=True)
        cut = sparse.csc_matrix(
            (part.data, row, part.indptr), shape=(len(identities), len(columns))
        )
        cut.sort_indices()
        return cls(columns if nodes is None else nodes, cut)

    def cheapest_move(self, node: int, wanted: float, room: Room) -> Move | None:
        """The cheapest move that gives `node` a range of `wanted`; None if there is none.

        Up or down by all of it, or in part up and in part down.

        Raises:
            CouldNotRun: the solver gave up.
        """
        target = int(np.flatnonzero(self.nodes == node)[0])
        movable = self.movable(room)
        if not movable[target]:
            return None
        if not movable.all():
            return self.part(movable).cheapest_move(node, wanted, room.part(movable))
        best, one_way = None, Programme.of(self.matrix, room)
        for change in (-wanted, wanted):
            if -change <= room.fall[target]:
                best = _cheaper(best, self._solve(target, change, room, one_way))
            if best is not None and best.cost == 0:
                return best
        return _cheaper(best, self._apart(target, wanted, room))

    def movable(self, room: Room) -> Flags:
        """Which nodes are not held fast by an identity whose other nodes all are."""
        movable = room.movable
        identity, (identities, nodes) = self.matrix.indices, self.matrix.shape
        node = np.repeat(np.arange(nodes), np.diff(self.matrix.indptr))
        while True:
            alone = np.bincount(identity[movable[node]], minlength=identities) == 1
            held = movable & (np.bincount(node[alone[identity]], minlength=nodes) > 0)
            if not held.any():
                return movable
            movable &= ~held

    def move_by(self, node: int, change: float, room: Room) -> Move | None:
        """The cheapest move that changes `node` by exactly `change`; None if there is none.

        Raises:
            CouldNotRun: the solver gave up.
        """
        target = int(np.flatnonzero(self.nodes == node)[0])
        return self._solve(target, change, room, Programme.of(self.matrix, room))

    def part(self, nodes: Flags) -> Block:
        """Only some of the nodes; the others stay as they are."""
        return Block.of(self.matrix, np.flatnonzero(nodes), self.nodes[nodes])

    def _solve(self, target: int, change: float, room: Room, programme: Programme) -> Move | None:
        solved = programme.solve(target, change)
        if solved is None:
            return None
        moved, beyond = _moved_and_beyond(solved, room, abs(change))
        return Move(self.nodes[moved], solved[moved], self.nodes[beyond], _cost(room, beyond))

    def _apart(self, target: int, wanted: float, room: Room) -> Move | None:
        """The cheapest two worlds in which `target` is `wanted` apart."""
        size = len(self.nodes)
        solved = Programme.of(self._twice(target), room.twice).solve(2 * size, wanted)
        if solved is None:
            return None
        one, other = solved[:size], solved[size : 2 * size]
        moved, beyond = (
            in_one | in_other
            for in_one, in_other in zip(
                _moved_and_beyond(one, room, wanted),
                _moved_and_beyond(other, room, wanted),
                strict=True,
            )
        )
        return Move(
            self.nodes[moved], one[moved], self.nodes[beyond], _cost(room, beyond), other[moved]
        )

    def _twice(self, target: int) -> sparse.csc_matrix:
        """The identities of two worlds, and a last column: how far `target` rises between them."""
        size = len(self.nodes)
        apart = sparse.csr_matrix(
            ([1.0, -1.0, 1.0], ([0, 0, 0], [target, size + target, 2 * size])),
            shape=(1, 2 * size + 1),
        )
        none = sparse.csc_matrix((2 * self.matrix.shape[0], 1))
        both = sparse.block_diag((self.matrix, self.matrix))
        return sparse.csc_matrix(sparse.vstack([sparse.hstack([both, none]), apart]))


def _cheaper(one: Move | None, other: Move | None) -> Move | None:
    """The cheaper of two moves, of equal ones the first."""
    found = [each for each in (one, other) if each is not None]
    return min(found, key=lambda each: each.cost, default=None)


def _cost(room: Room, beyond: Flags) -> float:
    return float(room.cost[beyond].sum()) if beyond.any() else 0.0


def _moved_and_beyond(change: Floats, room: Room, wanted: float) -> tuple[Flags, Flags]:
    """Which nodes a change moves, and which it moves further than they may at no cost."""
    moved = np.abs(change) > _NEGLIGIBLE * wanted
    return moved, moved & ~room.free & _beyond_slack(change, room, wanted)


def _beyond_slack(change: Floats, room: Room, wanted: float) -> Flags:
    if room.slack_up is None or room.slack_down is None:
        return np.ones(len(change), dtype=bool)
    tolerance = _NEGLIGIBLE * wanted
    return (change > room.slack_up + tolerance) | (change < -room.slack_down - tolerance)

"""Tables of counts: as few further counts as possible are withheld (policy, point 5).

Every withheld count keeps `candidate_values` possible values: there are two worlds, each agreeing
with every shown count, in which it differs by so many less one. One count after the other is
looked after, the smallest first; the cheapest move that helps it often helps others too, and what
a move changes is remembered for both directions. At the end each further count without which all
others still have their worlds is shown again (greedy choice with an exact shrink pass).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.disclosure.identities import Nodes
from publisher.disclosure.moves import Block, Move
from publisher.disclosure.programme import Room
from publisher.disclosure.whole_moves import Wanted, cheapest_whole_move
from publisher.errors import DisclosureBlocked

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class CountTable:
    """Counts and what adds up to what.

    values: the true counts, one per node. matrix: identities x nodes. cost: of withholding each;
    infinite: cannot be. free: nodes that nobody publishes. slack_down, slack_up: how far each
    shown count moves within its rounding. near: wider and wider neighbourhoods of a node, each
    with ascending numbers of nodes.
    """

    values: Counts
    matrix: sparse.csc_matrix
    cost: Floats
    free: Flags
    slack_down: Floats
    slack_up: Floats
    near: Callable[[int], tuple[Nodes, ...]]


@dataclass(repr=False)
class CountsWithheld:
    """What of a table is withheld, and the worlds that protect it."""

    table: CountTable
    withheld: Flags
    candidate_values: int
    moves: list[Move] = field(default_factory=list)
    _up: Counts = field(init=False)
    _down: Counts = field(init=False)

    def __post_init__(self) -> None:
        self._remember(self.moves)

    def complete(self) -> None:
        """Withhold until every withheld count has its candidates; then give back.

        Raises:
            DisclosureBlocked: a count has too few whatever is withheld.
        """
        needs = self.withheld.copy()
        while (waiting := self._open()).size:
            for node in waiting:
                if not self.settled[node]:
                    self._protect(int(node))
        self._give_back(needs)

    @property
    def settled(self) -> Flags:
        """Which counts have enough candidates by the worlds found so far."""
        return np.asarray(self._up + self._down >= self.candidate_values - 1)

    def _open(self) -> Nodes:
        nodes = np.flatnonzero(self.withheld & ~self.settled)
        return nodes[np.lexsort((nodes, self.table.values[nodes]))]

    def _protect(self, node: int) -> None:
        for nodes in self.table.near(node):
            move = self._move(node, nodes, self.table.cost)
            if move is not None:
                self.withheld[move.withheld] = True
                self._record(move)
                return
        raise DisclosureBlocked(
            "a withheld number of pupils has too few candidate values",
            "Publish fewer areas or phases.",
        )

    def _move(self, node: int, nodes: Nodes, cost: Floats) -> Move | None:
        table, enough = self.table, self.candidate_values - 1
        wanted = Wanted(rise=enough - int(self._down[node]), fall=enough - int(self._up[node]))
        room = Room(
            fall=table.values[nodes].astype(float),
            free=(self.withheld | table.free)[nodes],
            cost=cost[nodes],
            slack_down=table.slack_down[nodes],
            slack_up=table.slack_up[nodes],
        )
        return cheapest_whole_move(Block.of(table.matrix, nodes), node, wanted, room)

    def _record(self, move: Move) -> None:
        self.moves.append(move)
        self._reach(move.nodes, move.change)

    def _reach(self, nodes: Nodes, changes: Floats) -> None:
        change = np.rint(changes).astype(np.int64)
        np.maximum.at(self._up, nodes, change)
        np.maximum.at(self._down, nodes, -change)

    def _remember(self, moves: list[Move]) -> None:
        self._up, self._down = (np.zeros(len(self.table.values), np.int64) for _ in range(2))
        self.moves = list(moves)
        self._reach(*_together(moves))

    def _give_back(self, needs: Flags) -> None:
        """Show again, dearest first, each further count that the others can do without."""
        further = np.flatnonzero(self.withheld & ~needs)
        for node in further[np.lexsort((further, -self.table.cost[further]))]:
            self._try_without(int(node))

    def _try_without(self, node: int) -> None:
        before = self.moves
        self.withheld[node] = False
        self._remember(self._moves_without(node))
        if not all(self._reprotected(int(other)) for other in self._open()):
            self.withheld[node] = True
            self._remember(before)

    def _moves_without(self, node: int) -> list[Move]:
        """The moves that leave a count within what its rounding allows."""
        lengths = [len(move.nodes) for move in self.moves]
        owner = np.repeat(np.arange(len(lengths)), lengths)
        nodes, change = _together(self.moves)
        up, down = self.table.slack_up[node], self.table.slack_down[node]
        gone = set(owner[(nodes == node) & ((change > up) | (change < -down))].tolist())
        return [move for n, move in enumerate(self.moves) if n not in gone]

    def _reprotected(self, node: int) -> bool:
        if self.settled[node]:
            return True
        nodes = self.table.near(node)[0]
        move = self._move(node, nodes, np.full(len(self.table.cost), np.inf))
        if move is None:
            return False
        self._record(move)
        return True


def _together(moves: Sequence[Move]) -> tuple[Nodes, Floats]:
    """The nodes of all moves, one after the other, and their changes."""
    if not moves:
        return np.zeros(0, np.intp), np.zeros(0)
    return (
        np.concatenate([move.nodes for move in moves]),
        np.concatenate([move.change for move in moves]),
    )

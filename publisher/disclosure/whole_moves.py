"""Moves in whole numbers: pupils do not come in halves.

A world in which a count is not a whole number is none that a reader believes in, so a move of
counts proves something only if every change is whole. The linear programme of `moves` mostly ends
in whole numbers. Where it does not, twice the move may do, or the programme with its costs a little
changed; else a programme in whole numbers is solved (with a bound on its search, not on time, so
that equal tables give equal answers).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from publisher.disclosure.moves import Block, Move
from publisher.disclosure.programme import Room

Floats = NDArray[np.float64]

_WHOLE = 1e-6
_TRIES = 1
"""With other costs; what that does not settle is searched."""
_SPREAD_OF_COSTS = 0.5
_SEARCHED = 400
"""Branches of a search in whole numbers."""
_GOOD_ENOUGH = 0.3
"""Relative distance to the best at which a search in whole numbers stops."""
_FARTHEST = 4
"""No node needs to change by more than so many times what is wanted of one."""


@dataclass(frozen=True)
class Wanted:
    """By how much a node is to change: up by `rise` at least, or down by `fall` at least."""

    rise: int
    fall: int


def cheapest_whole_move(block: Block, node: int, wanted: Wanted, room: Room) -> Move | None:
    """The cheapest move found that changes `node` as wanted, in whole numbers; None if none is.

    Args:
        block: nodes and the identities among them.
        node: the number of the node that must move.
        wanted: what is enough in each direction; zero: that direction does not help.
        room: where the nodes could go.

    Raises:
        CouldNotRun: the solver gave up.
    """
    movable = block.movable(room)
    at = np.flatnonzero(block.nodes == node)
    if not movable[at].all():
        return None
    part, room = block.part(movable), room.part(movable)
    fall = room.fall[part.nodes == node][0]
    changes = [each for each in (wanted.rise, -wanted.fall) if each and -each <= fall]
    tried = _Tried(part, room)
    found = [move for each in changes if (move := tried.towards(node, each)) is not None]
    if not found:
        found = [move for each in changes if (move := tried.searched(node, each)) is not None]
    return min(found, key=lambda move: move.cost) if found else None


class _Tried:
    """Linear programmes towards a change, and what they moved: a good place to search."""

    def __init__(self, block: Block, room: Room) -> None:
        self.block = block
        self.room = room
        self.moved = np.zeros(len(room.fall), dtype=bool)

    def towards(self, node: int, change: int) -> Move | None:
        """A move of whole numbers, if a linear programme ends in one."""
        for room in _with_other_costs(self.room):
            move = self.block.move_by(node, change, room)
            if move is None:
                return None
            whole = _whole(self.block, move, self.room)
            if whole is not None:
                return whole
            self.moved[np.searchsorted(self.block.nodes, move.nodes)] = True
        return None

    def searched(self, node: int, change: int) -> Move | None:
        """Search in whole numbers among what was moved and what is free; else everywhere."""
        cost = np.where(self.moved, self.room.cost, np.inf)
        near = _searched(self.block, node, change, replace(self.room, cost=cost))
        return near or _searched(self.block, node, change, self.room)


def _with_other_costs(room: Room) -> Iterator[Room]:
    """The same room, its costs as they are and then a little changed."""
    yield room
    random = np.random.default_rng(len(room.cost))
    for _ in range(_TRIES):
        factors = random.uniform(1 - _SPREAD_OF_COSTS, 1 + _SPREAD_OF_COSTS, len(room.cost))
        yield replace(room, cost=room.cost * factors)


def _whole(block: Block, move: Move, room: Room) -> Move | None:
    """The move, or twice the move, if that is in whole numbers and within the room."""
    places = np.searchsorted(block.nodes, move.nodes)
    for times in (1, 2):
        change = np.rint(times * move.change)
        fits = (room.fall[places] + change >= 0) & (
            room.free[places] | np.isfinite(room.cost[places])
        )
        if np.abs(change - times * move.change).max() < _WHOLE and fits.all():
            return _priced(block, places, change, room)
    return None


def _priced(block: Block, places: NDArray[np.intp], change: Floats, room: Room) -> Move:
    """A move with what it costs: nodes that change and are neither free nor within their slack."""
    down, up = _slacks(room)
    beyond = ~room.free[places] & ((change > up[places]) | (change < -down[places]))
    moved = change != 0
    nodes = block.nodes[places]
    cost = float(room.cost[places][beyond].sum()) if beyond.any() else 0.0
    return Move(nodes[moved], change[moved], nodes[beyond], cost)


def _slacks(room: Room) -> tuple[Floats, Floats]:
    none = np.zeros(len(room.fall))
    return (
        none if room.slack_down is None else room.slack_down,
        none if room.slack_up is None else room.slack_up,
    )


def _searched(block: Block, node: int, change: int, room: Room) -> Move | None:
    """By mixed-integer programming: a change of each node, and whether each is withheld."""
    down, up = _slacks(room)
    size, farthest = len(room.fall), float(_FARTHEST * abs(change))
    priced = np.flatnonzero(~room.free & np.isfinite(room.cost))
    low, high = -down, up.copy()
    moving = room.free | np.isfinite(room.cost)
    low[moving], high[moving] = -np.minimum(room.fall, farthest)[moving], farthest
    target = np.flatnonzero(block.nodes == node)[0]
    low[target], high[target] = (change, farthest) if change > 0 else (low[target], change)
    solved = milp(
        np.concatenate([np.zeros(size), room.cost[priced]]),
        constraints=_constraints(block, priced, down, up, farthest),
        integrality=np.ones(size + len(priced)),
        bounds=Bounds(
            np.concatenate([low, np.zeros(len(priced))]),
            np.concatenate([high, np.ones(len(priced))]),
        ),
        options={"node_limit": _SEARCHED, "mip_rel_gap": _GOOD_ENOUGH},
    )
    if solved.x is None:
        return None
    return _priced(block, np.arange(size), np.rint(solved.x[:size]), room)


def _constraints(
    block: Block, priced: NDArray[np.intp], down: Floats, up: Floats, farthest: float
) -> list[LinearConstraint]:
    """Sums stay as they are; what moves beyond its slack is withheld."""
    many, size = len(priced), block.matrix.shape[1]
    chosen = sparse.csr_matrix((np.ones(many), (range(many), priced)), shape=(many, size))
    switch = sparse.diags(np.full(many, farthest))
    none = sparse.csr_matrix((block.matrix.shape[0], many))
    return [
        LinearConstraint(sparse.hstack([block.matrix, none]), 0, 0),
        LinearConstraint(sparse.hstack([chosen, -switch]), -np.inf, up[priced]),
        LinearConstraint(sparse.hstack([chosen, switch]), -down[priced], np.inf),
    ]

"""Protects what the lasting pattern does not: a day on which few schools opened, a closed partner.

Each such row gets the cheapest move in its own neighbourhood of areas, phases and periods. Rows
that the move needs are withheld and then need protection themselves, until none is open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.held import HeldFast
from publisher.disclosure.identities import Nodes
from publisher.disclosure.moves import Block, Move
from publisher.disclosure.moves_in_use import MovesInUse
from publisher.disclosure.problem import Floats, Problem, pair_numbers
from publisher.disclosure.programme import Room
from publisher.disclosure.structure import Lattice
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Advance
from publisher.model.time import PeriodKind

Flags = NDArray[np.bool_]

_WEEKS_BESIDE = 2
"""Weeks that a withheld week may be balanced against."""


@dataclass(repr=False)
class Mending:
    """Rows still to be protected, and the moves found for them.

    withheld: what is withheld, by node; grows. proved: rows that need no move of their own.
    """

    problem: Problem
    withheld: Flags
    proved: Flags
    moves: MovesInUse = field(default_factory=MovesInUse)
    asked_by: dict[int, int] = field(default_factory=dict)
    """For each partner the row whose move asked for it: most likely to have no other."""

    def complete(self, advance: Advance) -> None:
        """Withhold until every withheld row is protected, then give back what is not needed."""
        needs = self.withheld.copy()
        while (rows := self.open_rows()).size:
            for row in rows:
                if int(row) not in self.moves:
                    self._protect(int(row))
                    advance(1)
        self._give_back(np.flatnonzero(self.withheld & ~needs))

    def open_rows(self) -> Nodes:
        """Published, withheld and not protected yet; longer periods and larger rows first."""
        covered = self.proved.copy()
        covered[list(self.moves)] = True
        rows = np.flatnonzero(self.withheld & self.problem.sizes.published & ~covered)
        lattice = self.problem.lattice
        depth = np.array([lattice.depth_of_time(n) for n in range(len(lattice.times))])
        order = np.lexsort((rows, -self.problem.wanted[rows], depth[rows % len(lattice.times)]))
        return rows[order]

    def _protect(self, row: int) -> None:
        move = self._cheapest(row, may_withhold=True)
        if move is None:
            raise DisclosureBlocked(*_unprotected(self.problem.lattice, row))
        self.withheld[move.withheld] = True
        self.asked_by.update(dict.fromkeys(move.withheld.tolist(), row))
        self._record(move)

    def _record(self, move: Move) -> None:
        far = move.ranges >= self.problem.wanted[move.nodes] - 0.5
        for row in move.nodes[far & self.withheld[move.nodes]]:
            if not self.proved[row] and int(row) not in self.moves:
                self.moves.protect(int(row), move)

    def _cheapest(self, row: int, *, may_withhold: bool) -> Move | None:
        """Look beside the row first; further afield if a region or the nation would suffer."""
        lattice = self.problem.lattice
        area = int(np.unravel_index(row, lattice.shape)[0])
        near = self._move(row, lattice.neighbourhood(area), may_withhold)
        if not may_withhold or (near is not None and not self._above(near.withheld).any()):
            return near
        far = self._move(row, list(range(len(lattice.locations))), may_withhold)
        found = [each for each in (near, far) if each is not None]
        return min(found, key=lambda each: each.cost) if found else None

    def _above(self, nodes: Nodes) -> Flags:
        areas = np.unravel_index(nodes, self.problem.lattice.shape)[0]
        return np.asarray(~self.problem.lattice.authorities[areas])

    def _move(self, row: int, areas: list[int], may_withhold: bool) -> Move | None:
        block, room = self._block(areas, self._times_beside(row), may_withhold)
        return block.cheapest_move(row, self.problem.wanted[row], room)

    def _block(self, areas: list[int], times: list[int], may_withhold: bool) -> tuple[Block, Room]:
        lattice = self.problem.lattice
        nodes = np.sort(lattice.numbers[np.ix_(areas, range(len(lattice.phases)), times)].ravel())
        unpublished = self.problem.sizes.unpublished[nodes]
        free = self.withheld[nodes] | unpublished
        usable = self.problem.sizes.published[nodes] | unpublished if may_withhold else free
        block = Block.of(self.problem.matrix, nodes[usable])
        room = Room(
            fall=self.problem.fall[block.nodes],
            free=free[usable],
            cost=self._price[block.nodes],
        )
        return block, room

    @cached_property
    def _price(self) -> Floats:
        """What a partner costs with those that it needs in turn.

        A withheld row of the year to date must stay uncertain by a share of the whole year, which
        takes about as much as withholding its area and phase in every period.
        """
        price, pairs = self.problem.cost.copy(), pair_numbers(self.problem.lattice)
        further = np.where(self.problem.sizes.published & ~self.withheld, price, 0.0)
        for time, each in enumerate(self.problem.lattice.times):
            if each.kind is PeriodKind.YEAR_TO_DATE:
                price[pairs[:, time]] = np.maximum(
                    further[pairs].sum(axis=1), price[pairs[:, time]]
                )
        return price

    def _times_beside(self, row: int) -> list[int]:
        """The periods in which a partner may be found."""
        lattice = self.problem.lattice
        time = row % len(lattice.times)
        family = _ancestors(lattice, time)
        if lattice.depth_of_time(time) == 1 and lattice.times_within(time):
            beside = [time, *self._weeks_beside(row, time)]
            return [*family, *(n for week in beside for n in (week, *lattice.times_within(week)))]
        siblings = lattice.times_within(lattice.times[time].parent) if family else [time]
        return [*family, *siblings, *_descendants(lattice, time)]

    def _weeks_beside(self, row: int, week: int) -> list[int]:
        """Weeks in which the same area and phase costs least to withhold."""
        lattice = self.problem.lattice
        pair = row // len(lattice.times)
        nodes = pair_numbers(lattice)[pair]
        cost = np.where(self.withheld[nodes], 0.0, self.problem.cost[nodes])
        others = [
            n
            for n in lattice.times_within(lattice.times[week].parent)
            if n != week and self.problem.sizes.published[nodes[n]]
        ]
        return sorted(others, key=lambda n: (cost[n], n))[:_WEEKS_BESIDE]

    def _give_back(self, partners: Nodes) -> None:
        """Show again, dearest first, each partner without which all others are still protected."""
        order = np.lexsort((partners, -self.problem.cost[partners]))
        sums, published = HeldFast(self.problem.matrix), self.problem.sizes.published
        unknown = self.withheld | self.problem.sizes.unpublished
        for partner in partners[order].tolist():
            unknown[partner] = False
            if not sums.tells(partner, unknown, published):
                self._try_without(partner)
            unknown[partner] = self.withheld[partner]

    def _try_without(self, partner: int) -> None:
        self.moves.settle()
        leaning = self._leaning_on(partner)
        self.withheld[partner] = False
        for row in (*leaning, partner):
            self.moves.release(row)
        if not (
            self._find_moves(leaning[:1])
            and self._could_move(leaning[1:])
            and self._find_moves(leaning[1:])
        ):
            self.moves.undo()
            self.withheld[partner] = True

    def _leaning_on(self, partner: int) -> list[int]:
        """The other rows whose move changes `partner`; first the one that asked for it."""
        rows = self.moves.leaning_on(partner) - {partner}
        return sorted(rows, key=lambda row: (row != self.asked_by.get(partner), row))

    def _find_moves(self, rows: list[int]) -> bool:
        """Find moves among withheld rows only; stop at the first row that has none."""
        for row in rows:
            if row not in self.moves:
                move = self._cheapest(row, may_withhold=False)
                if move is None:
                    return False
                self._record(move)
        return True

    def _could_move(self, rows: list[int]) -> bool:
        """Whether none of the rows is held fast by sums alone: a quick no before the solver."""
        movable: dict[tuple[int, ...], set[int]] = {}
        for row in rows:
            area = int(np.unravel_index(row, self.problem.lattice.shape)[0])
            areas = self.problem.lattice.neighbourhood(area)
            times = self._times_beside(row)
            beside = (*areas, -1, *times)
            if beside not in movable:
                block, room = self._block(areas, times, may_withhold=False)
                movable[beside] = set(block.nodes[block.movable(room)].tolist())
            if row not in movable[beside]:
                return False
        return True


def _ancestors(lattice: Lattice, time: int) -> list[int]:
    above = lattice.times[time].parent
    return [] if above is None else [above, *_ancestors(lattice, above)]


def _descendants(lattice: Lattice, time: int) -> list[int]:
    inside = lattice.times_within(time)
    return [each for child in inside for each in (child, *_descendants(lattice, child))]


def _unprotected(lattice: Lattice, row: int) -> tuple[str, str]:
    area, _phase, time = np.unravel_index(row, lattice.shape)
    level, kind = lattice.locations[area].level.value, lattice.times[time].kind.value
    return (
        f"a withheld row of level '{level}' and time frame '{kind}' cannot be protected",
        "Publish fewer areas, phases or periods.",
    )

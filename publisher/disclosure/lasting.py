"""Partners that last the year.

An area and phase withheld in the year to date is withheld in all its periods, and the partners
chosen for it wherever it has sessions (`proofs.rows_in_use`). The same pattern of areas and phases
then stands in every day and week in which it protects and in the year to date, and no difference
between periods can undo it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.disclosure.cuts import Effort, Rows, cheapest_pattern
from publisher.disclosure.identities import Nodes
from publisher.disclosure.moves import Block, Move
from publisher.disclosure.problem import (
    Floats,
    Problem,
    loose_totals,
    matrix_of_pairs,
    pair_numbers,
)
from publisher.disclosure.programme import Room
from publisher.disclosure.structure import Lattice
from publisher.errors import CouldNotRun, DisclosureBlocked
from publisher.model.time import PeriodKind

Flags = NDArray[np.bool_]


@dataclass(repr=False)
class LastingPattern:
    """The pairs of area and phase withheld all year, each with a move that protects it.

    Pairs are numbered as nodes of the lattice in one period.
    """

    problem: Problem
    withheld: Flags
    cost: Floats
    """Of withholding each pair at every time at which it is not withheld anyway."""
    moves: dict[int, Move] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem, needs: Flags) -> LastingPattern:
        """Start from the pairs withheld in the year to date.

        Args:
            problem: rows and identities.
            needs: rows that are withheld, by node.
        """
        numbers = pair_numbers(problem.lattice)
        further = np.where(problem.sizes.published & ~needs, problem.cost, 0.0)
        pattern = cls(problem, np.zeros(len(numbers), dtype=bool), further[numbers].sum(axis=1))
        if pattern.year is not None:
            pattern.withheld = needs[numbers[:, pattern.year]].copy()
        return pattern

    def complete(self) -> None:
        """Add partners until every pair has a move, then give back what is not needed."""
        self._complete(self.withheld.copy())

    def by_cuts(self, effort: Effort, closed: float = 0.0) -> LastingPattern | None:
        """The same, completed with partners that are chosen all at once; None if none are found.

        Args:
            effort: when the search ends.
            closed: what a period in which a partner is closed counts for: others are needed there.
        """
        if not (self.withheld & self.present).any():
            return None
        nodes = np.flatnonzero(self.present)
        matrix = Block.of(self.matrix, nodes).matrix
        pattern = LastingPattern(self.problem, self.withheld.copy(), self.cost)
        try:
            found = cheapest_pattern(matrix, self._rows(nodes, self.priced(closed)), effort)
            if found is None:
                return None
            pattern.withheld[nodes[found]] = True
            pattern._find_moves()
            pattern._complete(self.withheld)
        except (CouldNotRun, DisclosureBlocked):
            # There is the other way to choose, which says so if there are no partners at all.
            return None
        return pattern

    @property
    def total_cost(self) -> float:
        """Of what is withheld."""
        return float(self.cost[self.withheld].sum())

    def _find_moves(self) -> None:
        """Give each pair a move that needs no further partner, where there is one."""
        everywhere = list(range(len(self.problem.lattice.locations)))
        for pair in self._without_move():
            if pair not in self.moves:
                move = self._move(pair, everywhere, may_withhold=False)
                if move is not None:
                    self._record(move)

    def _complete(self, needs: Flags) -> None:
        while open_pairs := self._without_move():
            self._protect(open_pairs[0])
        self._give_back(needs)

    def _rows(self, nodes: Nodes, price: Floats) -> Rows:
        free = np.asarray(self._of_year(self.problem.sizes.unpublished), dtype=bool)
        return Rows(
            needs=self.withheld[nodes],
            free=free[nodes],
            fall=self._fall[nodes],
            wanted=self.wanted[nodes],
            cost=price[nodes],
        )

    def priced(self, closed: float) -> Floats:
        """What each pair costs, with periods in which it is closed counting for `closed`."""
        numbers, published = pair_numbers(self.problem.lattice), self.problem.sizes.published
        seen = published[numbers]
        periods = seen.sum(axis=1)
        every = (self.problem.cost[numbers] * seen).sum(axis=1)
        missing = seen.any(axis=0).sum() - periods
        return np.asarray(self.cost + closed * missing * every / np.maximum(periods, 1))

    @cached_property
    def _fall(self) -> Floats:
        """How far each pair could fall on days that every level includes."""
        least = np.asarray(self._of_year(self.problem.sizes.least), dtype=float)
        return np.asarray((self.possible - least).clip(0))

    @cached_property
    def year(self) -> int | None:
        """The number of the year-to-date time."""
        times = enumerate(self.problem.lattice.times)
        return next((n for n, e in times if e.kind is PeriodKind.YEAR_TO_DATE), None)

    @cached_property
    def possible(self) -> Floats:
        """Possible sessions of the year to date, on days that every level includes."""
        lattice, numbers = self.problem.lattice, pair_numbers(self.problem.lattice)
        if self.year is None:
            return np.zeros(len(numbers))
        possible = self.problem.sizes.possible[numbers]
        total = possible[:, self.year].copy()
        for time in _left_out(lattice, self.year):
            local = np.repeat(lattice.authorities, len(lattice.phases))
            total -= np.where(local, possible[:, time], 0)
        return total.astype(float)

    def _of_year(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        return values[pair_numbers(self.problem.lattice)[:, self.year or 0]]

    @cached_property
    def present(self) -> Flags:
        """Pairs that have sessions on days that every level includes; the others are mended."""
        return np.asarray(self.possible > 0)

    @cached_property
    def wanted(self) -> Floats:
        """How far a move must take each pair in the year to date."""
        return np.asarray(self._of_year(self.problem.wanted), dtype=float)

    @cached_property
    def matrix(self) -> sparse.csc_matrix:
        """Every sum over areas and phases: on days that every level includes they are exact."""
        lattice = self.problem.lattice
        present = self.present.reshape(*lattice.shape[:2], 1)
        return matrix_of_pairs(lattice, loose_totals(lattice, present))

    def _without_move(self) -> list[int]:
        """Smaller pairs first: a short move needs few partners, and larger pairs can join it."""
        pairs = [int(n) for n in np.flatnonzero(self.withheld & self.present)]
        pairs = [pair for pair in pairs if pair not in self.moves]
        return sorted(pairs, key=lambda pair: (self.wanted[pair], pair))

    def _protect(self, pair: int) -> None:
        move = self._cheapest(pair, may_withhold=True)
        if move is None:
            raise DisclosureBlocked(*_no_partner(self.problem, pair))
        self.withheld[move.withheld] = True
        self._record(move)

    def _record(self, move: Move) -> None:
        far = move.ranges >= self.wanted[move.nodes] - 0.5
        for pair in move.nodes[far & self.withheld[move.nodes]]:
            self.moves.setdefault(int(pair), move)

    def _cheapest(self, pair: int, *, may_withhold: bool) -> Move | None:
        """Look beside the pair first; further afield if a region or the nation would suffer."""
        lattice = self.problem.lattice
        near = self._move(pair, lattice.neighbourhood(pair // len(lattice.phases)), may_withhold)
        upper = ~np.repeat(lattice.authorities, len(lattice.phases))
        if not may_withhold or (near is not None and not upper[near.withheld].any()):
            return near
        far = self._move(pair, list(range(len(lattice.locations))), may_withhold)
        found = [each for each in (near, far) if each is not None]
        return min(found, key=lambda each: each.cost) if found else None

    def _move(self, pair: int, areas: list[int], may_withhold: bool) -> Move | None:
        single = self.problem.lattice.in_one_period
        nodes = single.numbers[areas].ravel()
        block = Block.of(self.matrix, nodes[self.present[nodes]])
        return block.cheapest_move(pair, self.wanted[pair], self._room(block, may_withhold))

    def _room(self, block: Block, may_withhold: bool) -> Room:
        sizes, nodes = self.problem.sizes, block.nodes
        free = self.withheld | np.asarray(self._of_year(sizes.unpublished))
        return Room(
            fall=self._fall[nodes],
            free=free[nodes],
            cost=np.where(free[nodes] | may_withhold, self.cost[nodes], np.inf),
        )

    def _give_back(self, needs: Flags) -> None:
        """Show again, dearest first, each partner without which all others are still protected."""
        partners = np.flatnonzero(self.withheld & ~needs)
        for pair in sorted(partners, key=lambda n: (-self.cost[n], n)):
            self._try_without(int(pair))

    def _try_without(self, partner: int) -> None:
        before = dict(self.moves)
        leaning = [p for p, move in self.moves.items() if partner in move.nodes and p != partner]
        self.withheld[partner] = False
        for pair in (*leaning, partner):
            self.moves.pop(pair, None)
        for pair in sorted(leaning):
            if pair in self.moves:
                continue
            move = self._cheapest(pair, may_withhold=False)
            if move is None:
                self.withheld[partner], self.moves = True, before
                return
            self._record(move)


def _no_partner(problem: Problem, pair: int) -> tuple[str, str]:
    place = problem.lattice.locations[pair // len(problem.lattice.phases)]
    return (
        f"a withheld row of level '{place.level.value}' in the year to date has no partner",
        "Publish fewer areas or phases, or a longer period.",
    )


def _left_out(lattice: Lattice, year: int) -> list[int]:
    """The longest periods of the year that national and regional rows leave out."""
    found: list[int] = []
    for time in lattice.times_within(year):
        found += [time] if lattice.wholly_left_out(time) else _left_out(lattice, time)
    return found


def nodes_all_year(problem: Problem, pairs: Flags) -> Nodes:
    """The rows of `pairs` at every time."""
    nodes = pair_numbers(problem.lattice)[pairs].ravel()
    return nodes[problem.sizes.published[nodes]]

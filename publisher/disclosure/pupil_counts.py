"""Numbers of pupils: what can be worked out must leave enough candidate values.

Numbers of enrolments add up over areas and phases and are published rounded. A shown number can
be anything that is rounded to it; a withheld one anything from zero. A move within that room that
changes a withheld number by `candidate_values - 1` proves that it has so many candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.moves import Block, Move, Room
from publisher.disclosure.problem import Problem, PupilCount, pair_numbers
from publisher.disclosure.rounding import highest_behind, lowest_behind, rounded
from publisher.errors import DisclosureBlocked

Flags = NDArray[np.bool_]


@dataclass(repr=False)
class CandidateCheck:
    """Finds what must be withheld as well for every withheld number of one kind and time."""

    problem: Problem
    count: PupilCount
    withheld: Flags
    """By pair of area and phase; grows."""

    @property
    def nodes(self) -> NDArray[np.intp]:
        """The lattice's nodes of the count's pairs."""
        return np.asarray(pair_numbers(self.problem.lattice)[:, self.count.time])

    def complete(self) -> None:
        """Withhold until every withheld number has enough candidates."""
        present = self.problem.sizes.published[self.nodes] & ~self.count.unknown
        proved: set[int] = set()
        while open_pairs := sorted(set(np.flatnonzero(self.withheld & present)) - proved):
            for pair in open_pairs:
                if pair not in proved:
                    proved |= self._protect(int(pair))

    def _protect(self, pair: int) -> set[int]:
        lattice = self.problem.lattice
        move = self._move(pair, lattice.neighbourhood(pair // len(lattice.phases)))
        if move is None or move.cost > 0:
            wide = self._move(pair, list(range(len(lattice.locations))))
            move = min((m for m in (move, wide) if m), key=lambda m: m.cost, default=None)
        if move is None:
            raise DisclosureBlocked(
                "a withheld number of pupils has too few candidate values",
                "Publish fewer areas or phases.",
            )
        self.withheld[move.withheld] = True
        far = np.abs(move.change) >= self._wanted - 1e-6
        return {pair, *(int(n) for n in move.nodes[far & self.withheld[move.nodes]])}

    @property
    def _wanted(self) -> float:
        return float(self.problem.policy.candidate_values - 1)

    def _move(self, pair: int, areas: list[int]) -> Move | None:
        single = self.problem.lattice.in_one_period
        present = (
            self.problem.sizes.published[self.nodes] | self.problem.sizes.unpublished[self.nodes]
        ) & ~self.count.unknown
        nodes = single.numbers[areas].ravel()
        nodes = nodes[present[nodes]]
        block = Block.of(self.problem.pair_matrix(self.count.time, self.count.unknown), nodes)
        return block.cheapest_move(pair, self._wanted, self._room(nodes))

    def _room(self, pairs: NDArray[np.intp]) -> Room:
        base = self.problem.policy.rounding_base
        values = self.count.values[pairs]
        shown = rounded(values, base)
        free = self.withheld | self.problem.sizes.unpublished[self.nodes]
        return Room(
            fall=values.astype(float),
            free=free[pairs],
            cost=self.problem.cost[self.nodes][pairs],
            slack_down=(values - lowest_behind(shown, base)).astype(float),
            slack_up=(highest_behind(shown, base) - values).astype(float),
        )

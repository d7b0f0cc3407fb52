"""Numbers of pupils: what can be worked out must leave enough candidate values.

Numbers of enrolments add up over areas and phases and are published rounded. A shown number can
be anything that is rounded to it; a withheld one anything from zero. Moves in whole numbers within
that room, which change a withheld number by `candidate_values - 1` between them, prove that it has
so many candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.count_tables import CountsWithheld, CountTable
from publisher.disclosure.identities import Nodes
from publisher.disclosure.problem import Problem, PupilCount, pair_numbers
from publisher.disclosure.rounding import highest_behind, lowest_behind, rounded

Flags = NDArray[np.bool_]


@dataclass(repr=False)
class CandidateCheck:
    """Finds what must be withheld as well for every withheld number of one kind and time."""

    problem: Problem
    count: PupilCount
    withheld: Flags
    """By pair of area and phase; grows."""

    @property
    def nodes(self) -> Nodes:
        """The lattice's nodes of the count's pairs."""
        return np.asarray(pair_numbers(self.problem.lattice)[:, self.count.time])

    def complete(self) -> None:
        """Withhold until every withheld number has enough candidates.

        Raises:
            DisclosureBlocked: a number has too few whatever is withheld.
        """
        published = self.problem.sizes.published[self.nodes]
        known = published & ~self.count.unknown
        chosen = CountsWithheld(
            self._table(published), self.withheld & known, self.problem.policy.candidate_values
        )
        chosen.complete()
        self.withheld |= chosen.withheld

    def _table(self, published: Flags) -> CountTable:
        base = self.problem.policy.rounding_base
        values = self.count.values
        shown = rounded(values, base)
        unpublished = self.problem.sizes.unpublished[self.nodes]
        return CountTable(
            values=values.astype(np.int64),
            matrix=self.problem.pair_matrix(self.count.time, self.count.unknown),
            cost=np.where(published, self.problem.cost[self.nodes], np.inf),
            free=unpublished,
            slack_down=(values - lowest_behind(shown, base)).astype(float),
            slack_up=(highest_behind(shown, base) - values).astype(float),
            near=self._near,
        )

    def _near(self, pair: int) -> tuple[Nodes, ...]:
        """The pairs beside one, then all: those that have a number."""
        lattice = self.problem.lattice
        sizes, nodes = self.problem.sizes, self.nodes
        present = (sizes.published[nodes] | sizes.unpublished[nodes]) & ~self.count.unknown
        areas = lattice.neighbourhood(pair // len(lattice.phases))
        beside = lattice.in_one_period.numbers[areas].ravel()
        return np.sort(beside[present[beside]]), np.flatnonzero(present)

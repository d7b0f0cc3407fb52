"""The first complementary step (policy, point 5): partners that last, then mending, then pupils.

Never more than the simple rule of the next smallest row, once that is made as safe.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.cuts import Effort
from publisher.disclosure.lasting import LastingPattern
from publisher.disclosure.mending import Mending
from publisher.disclosure.next_smallest import lasting_next_smallest
from publisher.disclosure.problem import Choice, Problem, pair_numbers
from publisher.disclosure.proofs import proved_by, rows_in_use
from publisher.disclosure.pupil_counts import CandidateCheck
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Advance, Progress

Flags = NDArray[np.bool_]

EFFORT = Effort(nodes=100, gap=0.05)
"""Longer searches for partners of the year find little more (`benchmarks/cuts.py`)."""

_CLOSED = 0.0, 3.0
"""What a period counts for in which a partner of the year is closed: each is tried."""


@dataclass(frozen=True)
class PartnersByCost:
    """Withholds the partners with the fewest enrolments, one row in need after the other.

    Every row it withholds is protected by a move (see `moves`), whatever a reader does with the
    sums over areas, phases, days, weeks and the year to date, alone or together.
    """

    range_percent: int
    candidate_values: int

    @property
    def words(self) -> str:
        """The step in one sentence."""
        return (
            "Further rows are withheld, those with the fewest pupils first, so that no withheld "
            f"row can be worked out to within {self.range_percent}% of its possible sessions, nor "
            f"to fewer than {self.candidate_values} numbers of pupils, by adding or subtracting "
            "what is published for other areas, phases, days, weeks or the year to date. A "
            "partner withheld in the year to date is withheld in every period in which it protects "
            "a row."
        )

    def choose(self, problem: Problem, progress: Progress) -> Choice:
        """Withhold until no withheld row can be recovered.

        Raises:
            DisclosureBlocked: rows could still be recovered after the policy's last round.
        """
        withheld = problem.needs & problem.sizes.published
        for number in range(1, problem.policy.maximum_rounds + 1):
            with progress.stage("Withholding further rows", int(withheld.sum())) as advance:
                simple = _simple(problem, withheld)
                ours = _with_partners(problem, withheld, advance)
                withheld = _cheaper(problem, ours, simple, advance)
            settled = withheld.copy()
            _leave_candidates(problem, withheld)
            if np.array_equal(settled, withheld):
                return Choice(withheld, number)
        raise DisclosureBlocked(
            f"rows could still be recovered after {problem.policy.maximum_rounds} rounds of "
            "withholding further rows",
            "Publish fewer areas or phases, or raise disclosure.maximum_rounds.",
        )


def _simple(problem: Problem, withheld: Flags) -> Flags | None:
    """What the simple rule would withhold beyond `withheld`."""
    return lasting_next_smallest(replace(problem, needs=withheld))


def _cheaper(problem: Problem, ours: Flags, simple: Flags | None, advance: Advance) -> Flags:
    """What the simple rule withholds, where that costs less when each row has a move as well."""
    if simple is None or _cost(problem, simple) >= _cost(problem, ours):
        return ours
    mending = Mending(problem, simple, np.zeros(len(simple), dtype=bool))
    try:
        mending.complete(advance)
    except DisclosureBlocked:
        return ours
    return min(ours, mending.withheld, key=lambda withheld: _cost(problem, withheld))


def _cost(problem: Problem, withheld: Flags) -> float:
    return float(problem.cost[withheld & problem.sizes.published].sum())


def _with_partners(problem: Problem, withheld: Flags, advance: Advance) -> Flags:
    """Partners of the year one after the other or all at once, then mending: what costs less."""
    pattern = LastingPattern.of(problem, withheld)
    all_at_once = [pattern.by_cuts(EFFORT, closed) for closed in _CLOSED]
    pattern.complete()
    found = [_mended(problem, withheld, pattern, advance)]
    for other in all_at_once:
        if other is not None and other.total_cost < pattern.total_cost:
            with suppress(DisclosureBlocked):
                found.append(_mended(problem, withheld, other, advance))
    return min(found, key=lambda each: _cost(problem, each))


def _mended(problem: Problem, withheld: Flags, pattern: LastingPattern, advance: Advance) -> Flags:
    """A pattern withheld where it protects, and what it leaves open withheld with partners."""
    withheld = rows_in_use(pattern, withheld)
    mending = Mending(problem, withheld, proved_by(pattern, withheld))
    mending.complete(advance)
    return mending.withheld


def _leave_candidates(problem: Problem, withheld: Flags) -> None:
    for count in problem.pupil_counts:
        nodes = pair_numbers(problem.lattice)[:, count.time]
        check = CandidateCheck(problem, count, withheld[nodes].copy())
        check.complete()
        withheld[nodes] = check.withheld & problem.sizes.published[nodes]

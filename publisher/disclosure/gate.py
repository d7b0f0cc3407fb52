"""The gate (policy, point 7): what was chosen is inspected, and more is withheld where that fails.

It does not ask why the chooser took an exposed row for safe. The chooser starts again from what is
withheld so far, so each round withholds more than the one before.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.identities import Nodes
from publisher.disclosure.inspection import Inspection, inspect_recovery, places
from publisher.disclosure.problem import Choice, Complementer, Problem
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Progress

Flags = NDArray[np.bool_]


def withhold(problem: Problem, complementer: Complementer, progress: Progress) -> Choice:
    """Choose, inspect and choose again until no withheld row is exposed.

    Raises:
        DisclosureBlocked: rows are exposed after the policy's last round, or nothing is left to
            withhold beside them. Says at which levels and time frames, never how narrow.
    """
    rounds = 0
    while True:
        choice = complementer.choose(problem, progress)
        rounds += choice.rounds
        inspection = inspect_recovery(problem, choice.withheld)
        if not inspection.exposed.any():
            return Choice(choice.withheld, rounds)
        further = rows_beside(problem, choice.withheld, inspection)
        if rounds >= problem.policy.maximum_rounds or not further.size:
            raise DisclosureBlocked(
                f"{int(inspection.exposed.sum())} withheld rows can be worked out from what is "
                f"shown, after {rounds} rounds of withholding further rows: "
                + "; ".join(places(problem, inspection.exposed)),
                "Nothing is published. Please report this with the settings of the run.",
            )
        needs = choice.withheld.copy()
        needs[further] = True
        problem = replace(problem, needs=needs)


def rows_beside(problem: Problem, withheld: Flags, inspection: Inspection) -> Nodes:
    """The cheapest shown row of each identity that gives an exposed row away.

    Where no identity does so alone, the cheapest of each identity of the exposed row.
    """
    identities = problem.lattice.identities
    equation, node = identities.equation, identities.node
    shown = problem.sizes.published & ~withheld
    useful = np.bincount(equation, weights=shown[node], minlength=identities.count) > 0
    touching = inspection.exposed[node] & (identities.exact & useful)[equation]
    telling = touching & (inspection.width_of_others(identities) <= inspection.narrow[node])
    told = np.zeros(problem.lattice.size, dtype=bool)
    told[node[telling]] = True
    opened = np.zeros(identities.count, dtype=bool)
    opened[equation[telling | (touching & ~told[node])]] = True
    terms = np.flatnonzero(opened[equation] & shown[node])
    return np.unique(node[identities.least_of_each(terms, problem.cost)])

"""The simple rule: where a row is one subtraction away, the next smallest is withheld too.

It often withholds more than moves ask for, and of itself it proves nothing. In small countries,
where little else is left to choose, it may withhold less.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.gate import rows_beside
from publisher.disclosure.inspection import inspect_recovery
from publisher.disclosure.lasting import nodes_all_year
from publisher.disclosure.problem import Problem, pair_numbers
from publisher.model.time import PeriodKind

Flags = NDArray[np.bool_]


def next_smallest(problem: Problem, sums: Flags | None = None) -> Flags:
    """In each sum with a single unknown row withhold the smallest other, until there is none.

    Of its parts; the total only where no part is left. `sums`: one flag per identity, those that
    are looked at; None: all.
    """
    identities = problem.lattice.identities
    equation, node = identities.equation, identities.node
    looked_at = identities.exact if sums is None else sums & identities.exact
    withheld = problem.needs & problem.sizes.published
    while True:
        shown = problem.sizes.published & ~withheld
        unknown = _per_sum(problem, withheld | problem.sizes.unpublished)
        alone = looked_at & (unknown == 1) & (_per_sum(problem, withheld) == 1)
        terms = np.flatnonzero(alone[equation] & shown[node])
        if not terms.size:
            return withheld
        is_total = identities.sign[terms] > 0
        order = np.lexsort((node[terms], problem.cost[node[terms]], is_total, equation[terms]))
        _, first = np.unique(equation[terms[order]], return_index=True)
        withheld[node[terms[order][first]]] = True


def until_safe(problem: Problem, withheld: Flags) -> Flags | None:
    """Withhold the smallest row of each sum that gives one away, until the inspection passes.

    None: nothing is left to withhold.
    """
    withheld = withheld.copy()
    while (found := inspect_recovery(problem, withheld)).exposed.any():
        further = rows_beside(problem, withheld, found)
        if not further.size:
            return None
        withheld[further] = True
    return withheld


def lasting_next_smallest(problem: Problem) -> Flags | None:
    """The simple rule made safe; what it withholds in the year to date is withheld all year.

    None: it finds no way.
    """
    pairs = pair_numbers(problem.lattice)
    kinds = [each.kind for each in problem.lattice.times]
    years = [n for n, kind in enumerate(kinds) if kind is PeriodKind.YEAR_TO_DATE]
    while True:
        withheld = until_safe(problem, next_smallest(problem))
        if withheld is None:
            return None
        lasting = withheld.copy()
        for year in years:
            lasting[nodes_all_year(problem, withheld[pairs[:, year]])] = True
        if np.array_equal(lasting, withheld):
            return withheld
        problem = replace(problem, needs=lasting)


def _per_sum(problem: Problem, rows: Flags) -> NDArray[np.intp]:
    """How many of `rows` stand in each sum."""
    identities = problem.lattice.identities
    return np.bincount(identities.equation[rows[identities.node]], minlength=identities.count)

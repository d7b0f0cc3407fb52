"""Ours never withholds more pupils than a simpler rule that keeps the same promises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from information_loss import EXACT, chosen, problem_of, whole_regions

from publisher.disclosure.lasting import nodes_all_year
from publisher.disclosure.mending import Mending
from publisher.disclosure.next_smallest import lasting_next_smallest
from publisher.disclosure.problem import Problem
from publisher.errors import DisclosureBlocked
from tests.properties.test_disclosure_recovery import countries
from tests.unit.disclosure.country import Country

Rule = Callable[[Problem], np.ndarray | None]
RULES: tuple[Rule, ...] = (lasting_next_smallest, whole_regions)


def _cost(problem: Problem, withheld: np.ndarray) -> float:
    return float(problem.cost[withheld & problem.sizes.published].sum())


def _proved(problem: Problem, withheld: np.ndarray) -> bool:
    """Whether each row has a move without withholding anything more."""
    mending = Mending(problem, withheld.copy(), np.zeros(len(withheld), dtype=bool))
    try:
        mending.complete(lambda _n: None)
    except DisclosureBlocked:
        return False
    return np.array_equal(mending.withheld, withheld)


def _lasts(problem: Problem, withheld: np.ndarray) -> bool:
    lattice = problem.lattice
    year = next(n for n, e in enumerate(lattice.times) if e.kind.value == "year to date")
    pairs = withheld.reshape(-1, len(lattice.times))[:, year]
    return bool(withheld[nodes_all_year(problem, pairs)].all())


def _compare(country: Country, policy: str) -> None:
    problem = problem_of(country.true_cells(), EXACT[policy])
    try:
        ours = chosen(problem)
    except DisclosureBlocked:
        reject()
    for rule in RULES:
        other = rule(problem)
        if other is not None and _lasts(problem, other) and _proved(problem, other):
            assert _cost(problem, ours) <= _cost(problem, other) + 1e-6


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(countries(max_weeks=1), st.sampled_from(list(EXACT)))
def test_ours_is_never_worse_than_a_simple_rule(country: Country, policy: str) -> None:
    _compare(country, policy)


@pytest.mark.full
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(countries(max_weeks=2), st.sampled_from(list(EXACT)))
def test_ours_is_never_worse_in_many_countries(country: Country, policy: str) -> None:
    _compare(country, policy)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(countries(max_weeks=1))
def test_the_simple_rule_leaves_no_row_alone_in_a_sum(country: Country) -> None:
    problem = problem_of(country.true_cells(), next(iter(EXACT.values())))
    withheld = lasting_next_smallest(problem)
    assume(withheld is not None)
    identities = problem.lattice.identities
    unknown = withheld | problem.sizes.unpublished
    for equation in np.flatnonzero(identities.exact):
        rows = identities.node[identities.equation == equation]
        assert not (unknown[rows].sum() == 1 and withheld[rows].any())

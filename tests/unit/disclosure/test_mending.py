"""What the partners of the year leave open is mended where it is, not over the whole year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from publisher.disclosure.complementary import PartnersByCost
from publisher.disclosure.gate import withhold
from publisher.disclosure.lasting import LastingPattern
from publisher.disclosure.problem import Problem
from publisher.model.progress import Silent
from publisher.model.time import PeriodKind
from tests.unit.disclosure.country import Country
from tests.unit.disclosure.test_proofs import problem_of
from tests.unit.disclosure.test_protect import small_country

AUTHORITIES_BEFORE, SPECIAL, PHASES = 3, 2, 4
CLOSED = 3


def lonely(country: Country) -> Problem:
    """The problem in which the special school of the first authority is withheld all year."""
    problem = problem_of(country)
    needs = np.zeros(problem.lattice.size, dtype=bool)
    needs[problem.lattice.numbers[AUTHORITIES_BEFORE, SPECIAL]] = True
    return replace(problem, needs=needs & problem.sizes.published)


def partners_of_the_year(problem: Problem) -> np.ndarray:
    pattern = LastingPattern.of(problem, problem.needs)
    pattern.complete()
    return np.flatnonzero(pattern.withheld)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_week_in_which_a_partner_is_closed_costs_little_more_than_that_week(seed: int) -> None:
    """Withholding a year to date as well looks cheap, and then asks for a tenth of the year."""
    country = small_country(seed, weeks=24)
    pairs = partners_of_the_year(lonely(country))
    partner = next(n for n in pairs // PHASES if n > AUTHORITIES_BEFORE) - AUTHORITIES_BEFORE
    for school in country.schools:
        if school.authority == partner:
            school.sessions = school.sessions.copy()
            school.sessions[5 * CLOSED : 5 * (CLOSED + 1)] = 0
    problem = lonely(country)
    policy = problem.policy
    complementer = PartnersByCost(policy.recovery_range_percent, policy.candidate_values)
    withheld = withhold(problem, complementer, Silent()).withheld
    further = withheld.reshape(-1, len(problem.lattice.times)).copy()
    further[pairs] = False
    times = problem.lattice.times
    touched = np.flatnonzero(further.any(axis=0)).tolist()
    assert touched, "the week must be mended"
    assert all(times[n].kind is not PeriodKind.YEAR_TO_DATE for n in touched)
    assert len({str(times[n].key).rsplit("-", 1)[0] for n in touched}) <= 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_partner_of_the_year_is_shown_while_the_row_that_it_protects_is_closed(seed: int) -> None:
    country = small_country(seed, weeks=24)
    for school in country.schools:
        if (school.authority, school.phase) == (0, "Special"):
            school.sessions = school.sessions.copy()
            school.sessions[5 * CLOSED : 5 * (CLOSED + 1)] = 0
    problem = lonely(country)
    policy = problem.policy
    complementer = PartnersByCost(policy.recovery_range_percent, policy.candidate_values)
    withheld = withhold(problem, complementer, Silent()).withheld
    by_pair = withheld.reshape(-1, len(problem.lattice.times))
    keys = [str(each.key).rsplit("-", 1)[0] for each in problem.lattice.times]
    own = AUTHORITIES_BEFORE * PHASES + SPECIAL
    (closed,) = {
        key
        for key, each in zip(keys, problem.lattice.times, strict=True)
        if each.kind is PeriodKind.WEEK and not by_pair[own, keys.index(key)]
    }
    inside = np.array([key == closed for key in keys])
    assert by_pair[:, ~inside].sum(axis=0).min() > 1, "elsewhere it has partners"
    assert not by_pair[:, inside].any()

"""What the chooser takes for safe is safe."""

from __future__ import annotations

import numpy as np
import pytest

from publisher.disclosure.lasting import LastingPattern
from publisher.disclosure.moves import Move
from publisher.disclosure.problem import Problem, pair_numbers
from publisher.disclosure.proofs import proved_by
from publisher.disclosure.settings import Policy
from publisher.disclosure.sizes import Flags, sizes_of
from publisher.disclosure.structure import lattice_of
from tests.unit.disclosure.attacker import Attacker
from tests.unit.disclosure.country import KEY, Country, School
from tests.unit.disclosure.test_protect import run, small_country


def phase_open_on_left_out_days_only(*, weighted: bool = False, term: bool = False) -> Country:
    """The special school's authority opens in the week that its region leaves out, only then.

    The region then has no row for special schools while the authority has one, all year.
    """
    both, first = np.ones(10), np.repeat([1, 0], 5)
    schools = [
        School(authority, phase, "", pupils, (2 * pupils * days).astype(np.int64))
        for authority, phase, pupils, days in (
            (1, "Secondary", 700, both),
            (1, "Secondary", 1400, both),
            (1, "Secondary", 400, both),
            (2, "Secondary", 1000, both),
            (3, "Special", 1000, first),
        )
    ]
    return Country((1, 3), 2, schools, weighted=weighted, weeks_left_out=(0,), term=term)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("term", [False, True])
def test_a_region_without_the_phase_does_not_hide_its_other_phases(
    weighted: bool, term: bool
) -> None:
    true = phase_open_on_left_out_days_only(weighted=weighted, term=term).true_cells()
    protected = run(true)
    assert protected.summary.rounds == 1, "what was chosen first was safe"
    attacker = Attacker(true, protected)
    assert attacker.recovered_by_one_subtraction() == []
    rows = sorted(row for row in attacker.withheld if "term" not in row[2])
    for row, width, truth in attacker.ranges(rows):
        assert width > truth / 10, row


def problem_of(country: Country) -> Problem:
    """The rows of a country; none is withheld yet."""
    true = country.true_cells()
    lattice = lattice_of(true.scope)
    sizes = sizes_of(lattice, true.evidence)
    nothing = np.zeros(lattice.size, dtype=bool)
    return Problem(lattice, sizes, nothing, nothing, (), Policy(), KEY)


def test_a_move_that_breaks_a_sum_of_the_day_proves_nothing() -> None:
    problem = problem_of(small_country(weeks=1))
    withheld = problem.sizes.published.copy()
    pattern = LastingPattern.of(problem, withheld)
    region, inside = (1 * 4, 3 * 4)  # primary schools of the first region, of its first authority
    one_sided = Move(np.array([region]), np.array([-9e5]), np.array([]), 0)
    pattern.moves = {region: one_sided}
    assert not proved_by(pattern, withheld).any()
    nodes = np.array([0, 3, region, region + 3, inside, inside + 3])
    whole = Move(nodes, np.full(6, -1000.0), np.array([]), 0)
    pattern.moves = {inside: whole}
    proved = np.flatnonzero(proved_by(pattern, withheld)) // len(problem.lattice.times)
    assert set(proved.tolist()) == {inside}


def test_the_partner_of_the_year_is_one_that_is_withheld_at_most_times_anyway() -> None:
    """A partner that lasts is withheld at every time, and costs what all of them cost."""
    problem = problem_of(small_country(lonely=False))
    numbers = pair_numbers(problem.lattice)
    special = 3 * 4 + problem.lattice.phases.index("Special")
    needs = np.zeros(problem.lattice.size, dtype=bool)
    needs[numbers[special]] = True

    def partners(needs: Flags) -> set[int]:
        pattern = LastingPattern.of(problem, needs)
        pattern.complete()
        return {int(pair) // 4 for pair in np.flatnonzero(pattern.withheld)} - {3}

    (cheapest,) = partners(needs)
    (other, *_) = {4, 5, 6} - {cheapest}
    year = LastingPattern.of(problem, needs).year
    of_other = numbers[other * 4 : other * 4 + 4]
    needs[np.delete(of_other, year, axis=1)] = True
    assert partners(needs) == {other}

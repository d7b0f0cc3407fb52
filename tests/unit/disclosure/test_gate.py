"""Where what was chosen is not safe, the gate withholds more."""

from __future__ import annotations

import numpy as np
import pytest

from publisher.disclosure.complementary import PartnersByCost
from publisher.disclosure.gate import rows_beside
from publisher.disclosure.inspection import inspect_recovery
from publisher.disclosure.ledger import Ledger
from publisher.disclosure.problem import Choice, Problem
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Silent
from tests.unit.disclosure.attacker import Attacker
from tests.unit.disclosure.country import KEY
from tests.unit.disclosure.test_proofs import problem_of
from tests.unit.disclosure.test_protect import run, small_country


def chooses(monkeypatch: pytest.MonkeyPatch, *, forgets: bool) -> list[int]:
    """A chooser that finds no partners, and may forget those the gate has asked for."""
    asked: list[int] = []
    first: list[np.ndarray] = []

    def choose(_self: PartnersByCost, problem: Problem, _progress: Silent) -> Choice:
        first.append(problem.needs)
        asked.append(int(problem.needs.sum()))
        return Choice(first[0] if forgets else problem.needs, 1)

    monkeypatch.setattr(PartnersByCost, "choose", choose)
    return asked


def test_the_gate_withholds_more_until_nothing_is_exposed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = chooses(monkeypatch, forgets=False)
    true = small_country().true_cells()
    protected = run(true)
    assert asked == sorted(set(asked)), "each round asks for more"
    assert protected.summary.rounds == len(asked) > 1
    assert Attacker(true, protected).recovered_by_one_subtraction() == []
    assert len(protected.withheld) < len(true.evidence) / 2, "and not for everything"


@pytest.mark.parametrize("most", [1, 4])
def test_the_gate_gives_up_after_the_last_round_and_says_where(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    asked = chooses(monkeypatch, forgets=True)
    policy = Policy(maximum_rounds=most)
    with pytest.raises(DisclosureBlocked, match="Local authority, year to date") as caught:
        protect(small_country().true_cells(), policy, Ledger.empty(), KEY, Silent())
    assert f"after {most} rounds" in str(caught.value)
    assert len(asked) == most


def test_the_gate_opens_the_sums_that_tell_and_takes_the_cheapest_row_of_each() -> None:
    problem = problem_of(small_country(weeks=1))
    lattice = problem.lattice
    region, authority, special = 1, 3, 2
    withheld = np.zeros(lattice.size, dtype=bool)
    withheld[lattice.numbers[authority, special]] = True
    # Withheld in all periods: no day tells its week, no week the year.
    expected = set()
    for time in range(len(lattice.times)):
        for sum_over in (
            lattice.numbers[authority, [0, 1, 3], time],
            lattice.numbers[[region, 4, 5, 6], special, time],
        ):
            expected.add(int(sum_over[np.argmin(problem.cost[sum_over])]))
    beside = rows_beside(problem, withheld, inspect_recovery(problem, withheld))
    assert set(beside.tolist()) == expected


def test_the_gate_opens_a_sum_over_time_where_one_day_is_withheld_alone() -> None:
    problem = problem_of(small_country(weeks=1))
    lattice = problem.lattice
    withheld = np.zeros(lattice.size, dtype=bool)
    day = lattice.time_numbers["2025-W37-2"]
    withheld[lattice.numbers[3, 2, day]] = True
    beside = rows_beside(problem, withheld, inspect_recovery(problem, withheld))
    places = np.column_stack(np.unravel_index(beside, lattice.shape))
    same = places == [3, 2, day]
    assert sorted(map(tuple, same.tolist())) == [
        (False, True, True),
        (True, False, True),
        (True, True, False),
    ]

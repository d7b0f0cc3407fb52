"""The last look before rows leave finds what a careless choice of rows lets through."""

from __future__ import annotations

import numpy as np
import pytest

from publisher.disclosure.complementary import PartnersByCost
from publisher.disclosure.identities import Sums, gathered
from publisher.disclosure.ledger import Ledger
from publisher.disclosure.problem import Choice, Problem
from publisher.disclosure.propagation import Bounds, propagate
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Silent
from tests.unit.disclosure.country import KEY
from tests.unit.disclosure.test_protect import small_country


def test_rows_withheld_by_the_rules_alone_do_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        PartnersByCost, "choose", lambda _self, problem, _progress: Choice(problem.needs, 1)
    )
    with pytest.raises(DisclosureBlocked, match="Local authority, year to date"):
        protect(
            small_country().true_cells(), Policy(maximum_rounds=1), Ledger.empty(), KEY, Silent()
        )


@pytest.mark.parametrize("period", ["day", "week", "year to date"])
def test_withholding_all_but_one_kind_of_period_does_not_help(
    monkeypatch: pytest.MonkeyPatch, period: str
) -> None:
    """Rows shown for one kind of period only still give the others back."""
    real = PartnersByCost.choose

    def choose(self: PartnersByCost, problem: Problem, progress: Silent) -> Choice:
        choice = real(self, problem, progress)
        kinds = [each.kind.value for each in problem.lattice.times]
        shown = np.broadcast_to(np.array(kinds) == period, problem.lattice.shape).ravel()
        return Choice(choice.withheld & ~shown, choice.rounds)

    monkeypatch.setattr(PartnersByCost, "choose", choose)
    true = small_country().true_cells()
    if period == "year to date":
        # A year that is shown beside several withheld weeks bounds their sum, not each of them.
        protect(true, Policy(), Ledger.empty(), KEY, Silent())
        return
    with pytest.raises(DisclosureBlocked, match="worked out"):
        protect(true, Policy(), Ledger.empty(), KEY, Silent())


def test_bounds_travel_through_several_identities_and_open_ends_stay_open() -> None:
    # 0 = 1 + 2, 2 = 3 + 4; 0 and 1 are known to a unit, 3 and 4 are not known.
    sums = [Sums(np.array([0]), np.array([[1, 2]])), Sums(np.array([2]), np.array([[3, 4]]))]
    low, high = np.array([100.0, 60, 0, 5, 0]), np.array([101.0, 61, np.inf, np.inf, np.inf])
    bounds = propagate(gathered(sums), Bounds(low, high))
    assert bounds.low.tolist() == [100, 60, 39, 5, 0]
    assert bounds.high.tolist() == [101, 61, 41, 41, 36]
    unknown = propagate(gathered(sums[1:]), Bounds(np.zeros(5), np.full(5, np.inf)))
    assert np.isinf(unknown.high).all()


def test_a_near_identity_bounds_nothing() -> None:
    sums = [Sums(np.array([0]), np.array([[1, 2]]), exact=False)]
    start = Bounds(np.zeros(3), np.array([10.0, np.inf, np.inf]))
    assert np.isinf(propagate(gathered(sums), start).high[1:]).all()

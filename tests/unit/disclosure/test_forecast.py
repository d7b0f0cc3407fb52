"""What a policy would withhold, told before a release is made, is what the release withholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.disclosure import forecast as module
from publisher.disclosure.forecast import Forecast, forecast
from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.rules import primary_rules
from publisher.disclosure.settings import PROFILES, Policy
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Silent
from tests.unit.disclosure.country import KEY
from tests.unit.disclosure.test_protect import small_country

PROFILE = st.sampled_from(sorted(PROFILES))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), lonely=st.booleans(), profile=PROFILE)
def test_a_forecast_is_what_the_policy_withholds(seed: int, lonely: bool, profile: str) -> None:
    true, policy = small_country(seed, lonely=lonely).true_cells(), Policy(profile=profile)
    told = forecast(true, policy, Ledger.empty(), KEY, Silent())
    protected = protect(true, policy, Ledger.empty(), KEY, Silent())
    assert told.withheld == protected.summary.withheld
    assert told.by_any_rule + told.withheld_earlier + told.to_protect == len(protected.withheld)
    assert told.rows == len(true.evidence)
    assert told.groups_withheld == len(protected.withheld_groups)
    found = {each.rule: each.rows for each in told.by_rule}
    assert list(found) == [each.name for each in primary_rules(policy)]
    assert max(found.values()) <= told.by_any_rule <= sum(found.values())
    assert found["few schools"] == (true.evidence["schools"] < policy.minimum_schools).sum()


def test_what_only_an_earlier_release_withheld_is_told_apart() -> None:
    true = small_country(lonely=False).true_cells()
    before = protect(small_country().true_cells(), Policy(), Ledger.empty(), KEY, Silent())

    class Earlier:
        entries = ("2025-week-37",)

        def withheld_before(self, _scope, rows):
            key = ["location", "education_phase", "period"]
            known = set(map(tuple, before.withheld[key].to_numpy()))
            return np.array([tuple(row) in known for row in rows[key].to_numpy()])

        def shown_before(self, _scope, rows):
            return np.zeros(len(rows), dtype=bool)

    told = forecast(true, Policy(), Earlier(), KEY, Silent())
    assert told.by_any_rule == 0
    assert told.withheld_earlier == len(before.withheld)


def test_a_policy_that_cannot_be_met_is_told_and_tells_no_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def blocked(*_words: object) -> None:
        raise DisclosureBlocked("rows can be worked out", "Nothing is published.")

    monkeypatch.setattr(module, "protect", blocked)
    told = forecast(small_country().true_cells(), Policy(), Ledger.empty(), KEY, Silent())
    assert told == Forecast("cautious", 10, told.rows, blocked=told.blocked)
    assert "rows can be worked out" in told.blocked

"""Profiles: named sets of settings, each with everything that protects what is withheld."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import policy_words, protect
from publisher.disclosure.rules import group_rules, primary_rules
from publisher.disclosure.settings import PROFILES, PUBLISHED_STANDARD, Policy
from publisher.model.progress import Silent
from publisher.model.stages import ProtectedCells
from tests.unit.disclosure.attacker import Attacker
from tests.unit.disclosure.country import KEY
from tests.unit.disclosure.test_protect import small_country

STANDARD = Policy(profile=PUBLISHED_STANDARD)


def of_profile(name: str, **given: int) -> ProtectedCells:
    policy = Policy(profile=name, **given)
    return protect(small_country().true_cells(), policy, Ledger.empty(), KEY, Silent())


def test_a_profile_sets_what_the_file_leaves_out() -> None:
    for name, settings in PROFILES.items():
        policy = Policy(profile=name)
        assert {key: getattr(policy, key) for key in settings} == dict(settings)
    assert Policy() == Policy(profile="cautious")
    assert Policy(profile=PUBLISHED_STANDARD, rounding_base=5).rounding_base == 5


def test_the_published_standard_withholds_a_single_school_and_rounds_nothing() -> None:
    assert [each.name for each in primary_rules(STANDARD)] == ["few schools"]
    assert STANDARD.minimum_schools == 2
    assert group_rules(STANDARD) == ()
    words = " ".join(policy_words(STANDARD, weighted=False))
    assert "fewer than 2 different schools" in words
    assert "Counts are exact." in words
    assert "rounded to the nearest" not in words


def test_every_profile_withholds_beside_a_single_school() -> None:
    """Points 5 to 7 hold in each: one school is withheld, and what would give it back."""
    for name in PROFILES:
        protected = of_profile(name)
        assert protected.summary.profile == name
        places = protected.withheld.groupby(["location", "education_phase"]).ngroups
        assert places > 2, name


def test_exact_counts_do_not_give_a_withheld_row_back() -> None:
    true = small_country().true_cells()
    protected = protect(true, STANDARD, Ledger.empty(), KEY, Silent())
    attacker = Attacker(true, protected)
    assert attacker.recovered_by_one_subtraction() == []
    some = sorted(attacker.withheld)[::3]
    assert some
    for row, width, truth in attacker.ranges(some):
        assert 10 * width > truth, row


def test_shown_counts_of_the_published_standard_are_the_true_ones() -> None:
    true = small_country().true_cells()
    protected = protect(true, STANDARD, Ledger.empty(), KEY, Silent())
    table = protected.tables[0]
    measure = table.data_set.indicators[0].column
    shown = table.rows[measure].dropna()
    assert len(shown)
    assert (np.asarray(shown) % 10 != 0).any()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("minimum_schools", 1),
        ("minimum_trusts", 0),
        ("rounding_base", 0),
        ("dominance_percent", -1),
        ("minimum_pupils", -1),
        ("recovery_range_percent", 0),
        ("candidate_values", 1),
        ("maximum_rounds", 0),
    ],
)
def test_no_profile_can_be_switched_off(setting: str, value: int) -> None:
    with pytest.raises(ValidationError):
        Policy(profile=PUBLISHED_STANDARD, **{setting: value})


def test_what_another_profile_allows_is_refused_under_cautious() -> None:
    for setting, value in PROFILES[PUBLISHED_STANDARD].items():
        if setting == "minimum_schools":
            continue
        with pytest.raises(ValidationError, match="cautious"):
            Policy(**{setting: value})

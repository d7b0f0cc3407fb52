from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from publisher.disclosure.rules import (
    Dominance,
    FewPupils,
    FewSchools,
    OneTrust,
    primary_rules,
    withheld_by_rules,
)
from publisher.disclosure.settings import Policy
from publisher.errors import DisclosureBlocked
from publisher.model.stages import EVIDENCE_COLUMNS


def evidence(**columns: list[int]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_three_schools_are_enough_and_two_are_not() -> None:
    assert FewSchools(3).withheld(evidence(schools=[1, 2, 3, 4])).tolist() == [1, 1, 0, 0]


def test_all_schools_of_one_trust_are_withheld() -> None:
    assert OneTrust().withheld(evidence(holdings=[1, 2])).tolist() == [1, 0]


def test_ten_pupils_are_enough_and_nine_are_not() -> None:
    assert FewPupils(10).withheld(evidence(pupils=[9, 10])).tolist() == [1, 0]


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=6), st.integers(1, 100))
def test_dominance_asks_what_the_second_largest_can_work_out(sizes: list[int], p: int) -> None:
    """The second largest takes itself off the total: what is left over bounds the largest."""
    largest, *others = sorted(sizes, reverse=True)
    second = others[0] if others else 0
    too_close = (sum(sizes) - second) - largest < largest * p / 100
    rows = evidence(
        possible_sessions=[sum(sizes)], largest_holding=[largest], second_holding=[second]
    )
    assert Dominance(p).withheld(rows).tolist() == [too_close]


def test_dominance_at_exactly_the_percentage_is_shown() -> None:
    rows = evidence(
        possible_sessions=[260, 259], largest_holding=[200, 200], second_holding=[40, 40]
    )
    assert Dominance(10).withheld(rows).tolist() == [False, True]


def test_any_rule_withholds() -> None:
    columns = {column: [1000, 1000] for column in EVIDENCE_COLUMNS}
    columns |= {"largest_holding": [300, 300], "second_holding": [200, 200], "schools": [5, 2]}
    rules = primary_rules(Policy())
    assert withheld_by_rules(pd.DataFrame(columns), rules).tolist() == [False, True]


def test_an_empty_list_of_rules_blocks() -> None:
    with pytest.raises(DisclosureBlocked, match="empty"):
        withheld_by_rules(evidence(schools=[1]), ())


def test_a_rule_without_its_evidence_blocks_and_names_it() -> None:
    with pytest.raises(DisclosureBlocked, match="holdings"):
        withheld_by_rules(evidence(schools=[1]), (OneTrust(),))


def test_evidence_without_a_value_blocks() -> None:
    rows = pd.DataFrame({"schools": pd.array([1, None], dtype="Int64")})
    with pytest.raises(DisclosureBlocked, match="without a value"):
        withheld_by_rules(rows, (FewSchools(3),))


def test_every_rule_of_the_policy_explains_itself_with_its_own_numbers() -> None:
    rules = primary_rules(Policy(minimum_schools=4, dominance_percent=12, minimum_pupils=11))
    words = " ".join(rule.words for rule in rules)
    assert all(number in words for number in ("4 ", "12%", "11 "))
    assert all(set(rule.evidence) <= set(EVIDENCE_COLUMNS) for rule in rules)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("minimum_schools", 0),
        ("minimum_schools", 1),
        ("dominance_percent", 0),
        ("minimum_pupils", 1),
        ("rounding_base", 1),
        ("recovery_range_percent", 0),
        ("candidate_values", 1),
        ("maximum_rounds", 0),
        ("profile", "none"),
        ("enabled", False),
    ],
)
def test_no_setting_switches_a_rule_off(setting: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Policy(**{setting: value})


def test_every_setting_says_what_it_means() -> None:
    assert all(field.description for field in Policy.model_fields.values())

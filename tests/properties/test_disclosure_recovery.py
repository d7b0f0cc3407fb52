"""No withheld row can be recovered: an attacker with a linear programme tries every one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.model.progress import Silent
from tests.unit.disclosure.attacker import Attacker
from tests.unit.disclosure.country import KEY, Country, School

PHASES = ("Primary", "Secondary", "Special")


@st.composite
def countries(draw: st.DrawFn, max_weeks: int = 2) -> Country:
    """Small countries of large schools: rounding alone never protects."""
    regions = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    weeks = draw(st.integers(1, max_weeks))
    chance = np.random.default_rng(draw(st.integers(0, 10**6)))
    often_closed = draw(st.sampled_from([0.0, 0.05, 0.3]))
    schools = [
        _school(authority, phase, weeks, often_closed, chance)
        for authority in range(sum(regions))
        for phase, most in zip(PHASES, (7, 5, 4), strict=True)
        for _ in range(int(chance.integers(0, most + 1)))
    ]
    # A one-school row to start with: in any phase and authority.
    planted, phase = draw(st.integers(0, sum(regions) - 1)), draw(st.sampled_from(PHASES))
    schools = [s for s in schools if (s.authority, s.phase) != (planted, phase)]
    schools.append(_school(planted, phase, weeks, 0.0, chance))
    return Country(
        regions,
        weeks,
        schools,
        weighted=draw(st.booleans()),
        weeks_left_out=draw(st.sampled_from([(), (0,)])) if weeks > 1 else (),
        strike_days=draw(st.sampled_from([(), (1,), (1, 3)])),
        term=draw(st.booleans()),
        seed=draw(st.integers(0, 100)),
    )


def _school(
    authority: int, phase: str, weeks: int, closed: float, chance: np.random.Generator
) -> School:
    pupils = int(chance.integers(200, 1500))
    sessions = 2 * pupils * (chance.random(5 * weeks) >= closed)
    sessions = (sessions * chance.uniform(0.9, 1, 5 * weeks)).astype(np.int64)
    # Some authorities are on holiday for a week of their own.
    if weeks > 1 and closed and authority % 3 == 0:
        sessions[5:10] = 0
    trust = str(chance.choice(["", "", "T1", "T2"]))
    return School(authority, phase, trust, pupils, sessions)


def attack(country: Country, at_most: int) -> None:
    """Try single subtractions on every row, linear programmes on `at_most` rows drawn by chance."""
    true = country.true_cells()
    protected = protect(true, Policy(), Ledger.empty(), KEY, Silent())
    attacker = Attacker(true, protected)
    assert attacker.recovered_by_one_subtraction() == []
    rows = sorted(row for row in attacker.withheld if "term" not in row[2])
    drawn = np.random.default_rng(country.seed).permutation(len(rows))[:at_most]
    for row, width, truth in attacker.ranges([rows[n] for n in drawn]):
        assert width > truth / 10, row


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(countries())
def test_no_withheld_row_of_a_small_country_is_recovered(country: Country) -> None:
    attack(country, at_most=30)


@pytest.mark.full
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(countries(max_weeks=4))
def test_no_withheld_row_of_many_countries_is_recovered(country: Country) -> None:
    attack(country, at_most=1000)


def test_the_attacker_succeeds_where_only_the_rules_withhold() -> None:
    """The test above can fail: without further withholding the attacker wins."""
    chance = np.random.default_rng(3)
    schools = [
        _school(authority, phase, 1, 0.0, chance)
        for authority in range(4)
        for phase in PHASES
        for _ in range(1 if (authority, phase) == (0, "Special") else 6)
    ]
    true = Country((2, 2), 1, schools).true_cells()
    protected = protect(true, Policy(), Ledger.empty(), KEY, Silent())
    alone = protected.withheld.query("location == 'E06000000' and education_phase == 'Special'")
    assert 0 < len(alone) < len(protected.withheld)
    object.__setattr__(protected, "withheld", alone)
    attacker = Attacker(true, protected)
    assert set(attacker.recovered_by_one_subtraction()) == attacker.withheld
    assert all(width < 1 for _row, width, _truth in attacker.ranges(attacker.withheld))

"""A country the size of England: how much is withheld, and that simple subtraction gets nowhere.

`schools_by_authority.csv` has each authority's published number of schools and pupils by phase
(Department for Education, Pupil attendance in schools 2025/26, Open Government Licence v3.0).
"""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np
import pytest

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.rules import primary_rules, withheld_by_rules
from publisher.disclosure.settings import Policy
from publisher.model.definitions import Level
from publisher.model.progress import Silent
from publisher.reference.areas import locations
from tests.unit.disclosure.attacker import Attacker
from tests.unit.disclosure.country import KEY, Country, School

TABLE = Path(__file__).parents[1] / "unit" / "disclosure" / "schools_by_authority.csv"
WEEKS, HALF_TERM = 8, 7
IN_TRUST = {"Primary": 0.4, "Secondary": 0.8, "Special": 0.45}


def england() -> Country:
    """Half-terms in week 7 or 8, training days in the first week and by chance later."""
    chance = np.random.default_rng(5)
    authorities = [p for p in locations() if p.level is Level.LOCAL_AUTHORITY]
    with TABLE.open(encoding="utf-8") as file:
        known = {row["new_la_code"]: row for row in csv.DictReader(file)}
    schools = []
    for number, place in enumerate(authorities):
        week = HALF_TERM if chance.random() < 0.85 else HALF_TERM - 1
        for phase in IN_TRUST:
            many = int(float(known[place.code][f"{phase.lower()}_schools"]))
            pupils = float(known[place.code][f"{phase.lower()}_pupils"])
            share = chance.lognormal(0, 0.45, many)
            sizes = np.maximum(15, share / share.sum() * pupils).astype(int)
            schools += [_school(number, phase, int(size), week, chance) for size in sizes]
    return Country((), WEEKS, schools, places=locations(), weeks_left_out=(HALF_TERM,))


def _school(
    authority: int, phase: str, pupils: int, half_term: int, chance: np.random.Generator
) -> School:
    days = 5 * WEEKS
    opened = chance.random(days) >= 0.004
    opened[: int(chance.integers(0, 3))] = False
    opened[5 * half_term : 5 * half_term + 5] = False
    sessions = np.round(2 * pupils * opened * chance.uniform(0.96, 1, days)).astype(np.int64)
    own, other = f"T{authority}-{chance.integers(6)}", f"N{chance.integers(40)}"
    trust = own if chance.random() < 0.5 else other
    return School(
        authority, phase, trust if chance.random() < IN_TRUST[phase] else "", pupils, sessions
    )


@pytest.mark.full
def test_england_withholds_little_and_nothing_of_it_can_be_subtracted() -> None:
    true = england().true_cells()
    needs = withheld_by_rules(true.evidence, primary_rules(Policy()))
    started = time.process_time()
    protected = protect(true, Policy(), Ledger.empty(), KEY, Silent())
    seconds = time.process_time() - started
    share = len(protected.withheld) / len(true.evidence)
    print(  # noqa: T201
        f"\n{len(true.evidence)} rows: {needs.mean():.1%} withheld by the rules, "
        f"{share:.1%} in all, {protected.summary.rounds} rounds, {seconds:.1f} s"
    )
    attacker = Attacker(true, protected)
    assert attacker.recovered_by_one_subtraction() == []
    rows = sorted(attacker.withheld)
    drawn = np.random.default_rng(1).permutation(len(rows))[:8]
    for row, width, truth in attacker.ranges([rows[n] for n in drawn]):
        assert width > truth / 10, row
    assert needs.mean() < share < 0.15
    national = protected.withheld["location"].isin(["E92000001"])
    assert not national.any()

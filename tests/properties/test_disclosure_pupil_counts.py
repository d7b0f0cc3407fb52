"""Numbers of pupils: an integer programme over the rounded figures leaves enough candidates."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import milp

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.model.progress import Silent
from publisher.model.stages import TrueCells
from tests.unit.disclosure.country import KEY, Country, School

PHASES = ("Primary", "Secondary", "Special")


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=2),
    st.integers(0, 10**6),
    st.sampled_from([3, 12, 40]),
)
def test_every_withheld_number_of_pupils_has_five_candidates(
    regions: list[int], seed: int, largest: int
) -> None:
    true = _country(tuple(regions), seed, largest)
    protected = protect(true, Policy(), Ledger.empty(), KEY, Silent())
    hidden = protected.withheld.query("period == '9-ytd'")
    withheld = set(zip(hidden["location"], hidden["education_phase"], strict=True))
    for measure in ("persistent", "severe", "enrolments"):
        counts = true.cells["pupils"].set_index(["location", "education_phase"])[measure].to_dict()
        for low, high in _ranges(true, counts, withheld):
            assert high - low + 1 >= 5


def _country(regions: tuple[int, ...], seed: int, largest: int) -> TrueCells:
    chance = np.random.default_rng(seed)
    schools = [
        School(a, phase, "", size := int(chance.integers(200, 900)), np.full(5, 2 * size))
        for a in range(sum(regions))
        for phase in PHASES
        for _ in range(int(chance.integers(0, 5)))
    ]
    schools += [School(0, "Special", "", 100, np.full(5, 200))]
    true = Country(regions, 1, schools).true_cells()
    return dataclasses.replace(
        true, cells={**true.cells, "pupils": _adding_up(true, chance, largest)}
    )


def _adding_up(true: TrueCells, chance: np.random.Generator, largest: int) -> pd.DataFrame:
    """Small numbers for authorities and phases, and their sums."""
    rows = true.cells["pupils"]
    above = {place.code: place.parent for place in true.scope.locations}
    names = ["persistent", "severe", "enrolments"]
    sums: dict[tuple[str, str], np.ndarray] = {}
    for row in rows.itertuples():
        if row.location.startswith("E06") and row.education_phase in PHASES:
            numbers = chance.integers(0, largest + 1, 3)
            place: str | None = row.location
            while place is not None:
                for phase in (row.education_phase, "All schools"):
                    sums[place, phase] = sums.get((place, phase), 0) + numbers
                place = above[place]
    values = np.array([sums[r.location, r.education_phase] for r in rows.itertuples()])
    return rows.assign(**dict(zip(names, values.T, strict=True)))


def _ranges(true: TrueCells, counts: dict, withheld: set) -> list[tuple[int, int]]:
    rows = sorted(counts)
    place = {row: n for n, row in enumerate(rows)}
    low = [0 if r in withheld else max(0, _shown(counts[r]) - 5) for r in rows]
    high = [math.inf if r in withheld else _shown(counts[r]) + 4 for r in rows]
    sums = []
    for location in true.scope.locations:
        inside = [p.code for p in true.scope.locations if p.parent == location.code]
        sums += [
            ((location.code, phase), [(code, phase) for code in inside])
            for phase in (*PHASES, "All schools")
        ]
        sums.append(((location.code, "All schools"), [(location.code, e) for e in PHASES]))
    matrix = []
    for total, parts in sums:
        known = [row for row in parts if row in place]
        if known and total in place:
            line = np.zeros(len(rows))
            line[place[total]] = 1
            line[[place[row] for row in known]] = -1
            matrix.append(line)
    constraints = (np.array(matrix), 0, 0)
    found = []
    for row in sorted(withheld):
        ends = []
        for sign in (1, -1):
            cost = np.zeros(len(rows))
            cost[place[row]] = sign
            solved = milp(
                cost, integrality=np.ones(len(rows)), bounds=(low, high), constraints=constraints
            )
            ends.append(sign * solved.fun if solved.status == 0 else math.inf)
        found.append((ends[0], ends[1]))
    return found


def _shown(count: int) -> int:
    return (count + 5) // 10 * 10

"""The comparison of rules of further withholding, on a country small enough to know by heart."""

from __future__ import annotations

import numpy as np
import pytest
from information_loss import EXACT, MOVED, OURS, SAFE, Loss, loss, losses, problem_of, section

from publisher.disclosure.next_smallest import next_smallest
from publisher.disclosure.problem import Problem
from publisher.model.stages import TrueCells
from tests.unit.disclosure.country import Country, School

PHASES = ("Primary", "Secondary", "Special")
ONE_SCHOOL = "rules of `published-standard`, exact figures"
ALONE = (0, "Special")
PUPILS = {"Primary": 900, "Secondary": 800, "Special": 300}


@pytest.fixture(scope="module")
def true() -> TrueCells:
    """Two regions of three authorities; one authority has a single special school."""
    schools = [
        School(area, phase, "", size := PUPILS[phase] + 10 * area, np.full(5, 2 * size))
        for area in range(6)
        for phase in PHASES
        for _ in range(1 if (area, phase) == ALONE else 4)
    ]
    return Country((3, 3), 1, schools).true_cells()


@pytest.fixture(scope="module")
def problem(true: TrueCells) -> Problem:
    return problem_of(true, EXACT[ONE_SCHOOL])


def test_the_next_smallest_of_region_and_authority_are_withheld(problem: Problem) -> None:
    withheld = next_smallest(problem).reshape(problem.lattice.shape)
    areas, phases, _ = np.nonzero(withheld)
    authorities = [problem.lattice.locations[area].name for area in areas]
    found = {(a, problem.lattice.phases[p]) for a, p in zip(authorities, phases, strict=True)}
    assert found == {(f"Authority {n}", phase) for n in (0, 1) for phase in PHASES[1:]}


def test_further_rows_and_their_pupils_are_added_up(problem: Problem) -> None:
    found = loss(problem, "b", next_smallest(problem))
    # The special schools of the next authority, and the secondary schools of both.
    pupils = 4 * 310 + 4 * 800 + 4 * 810
    assert found == Loss("b", (3, 3, 21), (pupils, pupils, 7 * pupils), found.worked_out)


def test_what_needs_no_protection_loses_nothing(problem: Problem) -> None:
    assert loss(problem, "none", problem.needs).rows == (0, 0, 0)
    assert loss(problem, "none", problem.needs).worked_out == problem.needs.sum() == 7


def test_safe_rules_leave_nothing_to_be_worked_out(problem: Problem) -> None:
    found = {each.rule: each for each in losses(problem)}
    assert found[OURS].worked_out == found[SAFE].worked_out == 0
    assert 0 < found[OURS].pupils[-1] <= found[SAFE].pupils[-1]
    assert found[MOVED].worked_out == 0
    assert found[SAFE].pupils[-1] <= found[MOVED].pupils[-1]


def test_the_section_has_a_table_for_each_policy(true: TrueCells) -> None:
    parts = list(section(true))
    assert len(parts) == 2 * len(EXACT)
    assert all(f"| {OURS} |" in part for part in parts[1::2])
    assert all(" withheld for their own sake; ours hides " in part for part in parts[::2])

"""What is chosen by cuts is what trying every choice finds, on tables small enough to try them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from publisher.disclosure import cuts, lasting
from publisher.disclosure.cuts import Effort, Rows, cheapest_pattern
from publisher.disclosure.lasting import LastingPattern
from publisher.disclosure.problem import pair_numbers
from publisher.disclosure.programme import Flags
from publisher.errors import CouldNotRun
from tests.unit.disclosure.test_mending import AUTHORITIES_BEFORE, SPECIAL, lonely
from tests.unit.disclosure.test_protect import small_country

LINES, COLUMNS = 3, 3
LONG = Effort(nodes=20_000, gap=0.005)
CELLS = LINES * COLUMNS
SHOWN_MARGINS = np.vstack(
    [
        np.kron(np.eye(LINES), np.ones(COLUMNS)),
        np.kron(np.ones(LINES), np.eye(COLUMNS)),
    ]
)
"""A table whose margins are all shown: what one cell gains its line and its column lose."""
NOTHING = np.zeros(LINES + COLUMNS)


@st.composite
def tables(draw: st.DrawFn) -> Rows:
    values = np.array(draw(st.lists(st.integers(0, 60), min_size=CELLS, max_size=CELLS)), float)
    needs = draw(st.sets(st.integers(0, CELLS - 1), min_size=1, max_size=3))
    free = draw(st.sets(st.integers(0, CELLS - 1), max_size=1)) - needs
    places = np.arange(CELLS)
    return Rows(
        needs=np.isin(places, list(needs)),
        free=np.isin(places, list(free)),
        fall=values,
        wanted=values // 10 + 2,
        cost=values + 1 + places / 1000,
    )


def moves_far_enough(rows: Rows, withheld: Flags) -> bool:
    """Down and up together, while nothing goes further than is wanted of the row."""
    part = withheld | rows.free
    for row in np.flatnonzero(withheld):
        wanted = rows.wanted[row]
        bounds = np.column_stack(
            [np.where(part, -np.minimum(rows.fall, wanted), 0), np.where(part, wanted, 0)]
        )
        ends = (
            linprog(way * np.eye(CELLS)[row], A_eq=SHOWN_MARGINS, b_eq=NOTHING, bounds=bounds)
            for way in (1, -1)
        )
        if -sum(end.fun for end in ends) < wanted * (1 - 1e-3):
            return False
    return True


def choices(rows: Rows) -> Iterator[Flags]:
    others = np.flatnonzero(~rows.needs & ~rows.free)
    for size in range(len(others) + 1):
        for further in combinations(others, size):
            yield rows.needs | np.isin(np.arange(CELLS), further)


@settings(max_examples=40, deadline=None)
@given(tables())
def test_nothing_cheaper_lets_every_row_move(rows: Rows) -> None:
    found = cheapest_pattern(sparse.csc_matrix(SHOWN_MARGINS), rows, LONG)
    by_cost = sorted(choices(rows), key=lambda withheld: float(rows.cost[withheld].sum()))
    best = next((each for each in by_cost if moves_far_enough(rows, each)), None)
    if best is None:
        assert found is None
        return
    assert found is not None
    assert not (rows.needs & ~found).any()
    assert not (found & rows.free).any()
    assert moves_far_enough(rows, found)
    assert rows.cost[found].sum() <= 1.005 * rows.cost[best].sum() + 1e-6


def test_a_row_may_fall_in_part_and_rise_in_part() -> None:
    """What is beside it is too small to let it go all the way in one direction."""
    square = np.isin(np.arange(CELLS), [0, 1, 3, 4])
    fall = np.where(square, 6.0, 90.0)
    rows = Rows(
        needs=square,
        free=np.zeros(CELLS, dtype=bool),
        fall=np.where(np.arange(CELLS) == 0, 10.0, fall),
        wanted=np.where(np.arange(CELLS) == 0, 10.0, 6.0),
        cost=np.ones(CELLS),
    )
    found = cheapest_pattern(sparse.csc_matrix(SHOWN_MARGINS), rows, LONG)
    assert found is not None
    assert np.array_equal(found, square)


def test_a_row_is_not_taken_for_protected_where_the_solver_finds_nothing() -> None:
    """A share a billionth below nothing leaves a large row no room, and the programme no answer."""
    values = np.full(CELLS, 1e9)
    needs = np.arange(CELLS) == 0
    rows = Rows(needs, np.zeros(CELLS, dtype=bool), values, values / 10, values)
    shares = np.where(needs, 1.0, -1e-9)
    furthest = cuts._Furthest(sparse.csc_matrix(SHOWN_MARGINS), rows)
    with pytest.raises(CouldNotRun, match="gave up"):
        furthest.cut(0, shares)
    assert furthest.cut(0, shares.clip(0, 1)) is not None


def test_where_the_search_fails_partners_are_chosen_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gives_up(*_: object) -> None:
        raise CouldNotRun("the solver gave up")

    problem = lonely(small_country())
    pattern = LastingPattern.of(problem, problem.needs)
    before = pattern.by_cuts(LONG)
    monkeypatch.setattr(lasting, "cheapest_pattern", gives_up)
    assert before is not None
    assert pattern.by_cuts(LONG) is None
    pattern.complete()
    assert before.total_cost <= pattern.total_cost
    assert before.moves.keys() == set(np.flatnonzero(before.withheld).tolist())


def test_a_partner_that_is_closed_in_a_week_can_count_as_dearer_than_it_is() -> None:
    """In that week its row is shown as nothing, and others must be withheld in its place."""
    country = small_country(weeks=4)
    for school in country.schools:
        if (school.authority, school.phase) == (1, "Special"):
            school.sessions[:5] = 0
    problem = lonely(country)
    pattern = LastingPattern.of(problem, problem.needs)
    closed = int(problem.lattice.in_one_period.numbers[AUTHORITIES_BEFORE + 1, SPECIAL, 0])
    price = pattern.priced(3)
    dearer = price > pattern.cost + 1e-6
    assert np.flatnonzero(dearer).tolist() == [closed]
    periods = problem.sizes.published[pair_numbers(problem.lattice)[closed]].sum()
    each = pattern.cost[closed] / periods
    assert price[closed] == pytest.approx(pattern.cost[closed] + 3 * 6 * each)

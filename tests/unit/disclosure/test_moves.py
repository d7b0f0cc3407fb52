"""Moves: two worlds that agree with everything shown and lie far enough apart."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from publisher.disclosure.moves import Block
from publisher.disclosure.programme import Room

FOUR = np.arange(4)
SWAP = Block.of(
    sparse.csc_matrix([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]], dtype=float), FOUR
)
"""Two by two withheld rows between shown sums: what one gains its neighbours lose."""
FREE = np.ones(4, dtype=bool)
NO_COST = np.full(4, np.inf)


def test_up_in_part_and_down_in_part_is_range_enough() -> None:
    """None can fall by ten, each can fall by six: from below the truth to above it."""
    move = SWAP.cheapest_move(0, 10, Room(np.full(4, 6.0), FREE, NO_COST))
    assert move is not None
    assert move.other is not None
    assert np.array_equal(move.ranges, np.full(4, 10.0))
    assert min(each.min() for each in move.worlds) >= -6


def test_as_far_down_as_the_opposite_falls_and_as_far_up_as_the_neighbours_do() -> None:
    fall = np.array([6.0, 6.0, 6.0, 4.0])
    move = SWAP.cheapest_move(0, 10, Room(fall, FREE, NO_COST))
    assert move is not None
    assert np.array_equal(move.ranges, np.full(4, 10.0))
    assert all((fall + each[np.argsort(move.nodes)] >= 0).all() for each in move.worlds)
    assert SWAP.cheapest_move(0, 11, Room(fall, FREE, NO_COST)) is None


def test_what_both_worlds_need_is_withheld_and_paid_for_once() -> None:
    fall, shown = np.full(4, 6.0), np.array([True, False, False, False])
    move = SWAP.cheapest_move(0, 10, Room(fall, shown, np.array([0.0, 1.0, 2.0, 3.0])))
    assert move is not None
    assert move.withheld.tolist() == [1, 2, 3]
    assert move.cost == 6


def test_one_way_is_taken_where_it_needs_nothing_more() -> None:
    move = SWAP.cheapest_move(0, 10, Room(np.full(4, 50.0), FREE, NO_COST))
    assert move is not None
    assert move.other is None
    assert np.array_equal(move.ranges, np.full(4, 10.0))


def test_shown_rows_move_within_their_rounding_both_ways() -> None:
    shown = np.array([True, True, True, False])
    slack = np.array([0.0, 0.0, 0.0, 5.0])
    room = Room(np.full(4, 6.0), shown, NO_COST, slack_down=slack, slack_up=slack - 1)
    assert SWAP.cheapest_move(0, 10, room) is None
    room = Room(np.full(4, 6.0), shown, NO_COST, slack_down=slack, slack_up=slack)
    move = SWAP.cheapest_move(0, 10, room)
    assert move is not None
    assert not len(move.withheld)


def test_a_move_that_costs_nothing_touches_few_pupils() -> None:
    """Of nine withheld rows it takes four, so that it holds where one of the others is closed."""
    square = np.vstack([np.kron(np.eye(3), np.ones(3)), np.kron(np.ones(3), np.eye(3))])
    block = Block.of(sparse.csc_matrix(square), np.arange(9))
    pupils = np.array([50.0, 70, 60, 90, 70, 80, 60, 90, 55])
    move = block.cheapest_move(0, 10, Room(np.full(9, 50.0), np.ones(9, dtype=bool), pupils))
    assert move is not None
    assert move.cost == 0
    assert sorted(move.nodes.tolist()) == [0, 2, 6, 8]

"""Moves: two worlds that agree with everything shown and lie far enough apart."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from publisher.disclosure.moves import Block, Room

FOUR = np.arange(4)
SWAP = Block.of(
    sparse.csc_matrix([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]], dtype=float), FOUR
)
"""Two by two withheld rows between shown sums: what one gains its neighbours lose."""
FREE = np.ones(4, dtype=bool)
NO_COST = np.full(4, np.inf)


def test_half_up_and_half_down_is_range_enough() -> None:
    """None can fall by ten, each can fall by six: from five below the truth to five above."""
    move = SWAP.cheapest_move(0, 10, Room(np.full(4, 6.0), FREE, NO_COST))
    assert move is not None
    assert np.array_equal(np.abs(move.change), np.full(4, 5.0))
    assert np.array_equal(move.ranges, np.full(4, 10.0))


def test_both_ways_needs_room_both_ways() -> None:
    fall = np.array([6.0, 6.0, 6.0, 4.0])
    assert SWAP.cheapest_move(0, 10, Room(fall, FREE, NO_COST)) is None


def test_a_range_that_is_not_even_is_rounded_up_to_whole_sessions() -> None:
    move = SWAP.cheapest_move(0, 11, Room(np.full(4, 6.0), FREE, NO_COST))
    assert move is not None
    assert np.array_equal(move.ranges, np.full(4, 12.0))


def test_one_way_is_taken_where_it_needs_nothing_more() -> None:
    move = SWAP.cheapest_move(0, 10, Room(np.full(4, 50.0), FREE, NO_COST))
    assert move is not None
    assert not move.both_ways
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

"""Moves are found by what they change as surely as by looking at all of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from publisher.disclosure.moves import Move
from publisher.disclosure.moves_in_use import MovesInUse

MOVES = [
    Move(np.array(nodes), np.ones(len(nodes)), np.array([], int), 0.0)
    for nodes in ([0, 1], [1, 2, 3], [3], [0, 2])
]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("protect"), st.integers(0, 5), st.integers(0, len(MOVES) - 1)),
        st.tuples(st.just("release"), st.integers(0, 5), st.just(0)),
        st.tuples(st.sampled_from(["settle", "undo"]), st.just(0), st.just(0)),
    ),
    max_size=30,
)


@given(STEPS)
def test_rows_are_found_by_what_their_move_changes(steps: list[tuple[str, int, int]]) -> None:
    found, now, settled = MovesInUse(), dict[int, int](), dict[int, int]()
    for name, row, move in steps:
        if name == "protect" and row not in now:
            found.protect(row, MOVES[move])
            now[row] = move
        elif name == "release":
            found.release(row)
            now.pop(row, None)
        elif name == "settle":
            found.settle()
            settled = dict(now)
        elif name == "undo":
            found.undo()
            now = dict(settled)
        assert set(found) == set(now)
    found.settle()
    for node in range(4):
        leaning = {row for row, move in now.items() if node in MOVES[move].nodes}
        assert found.leaning_on(node) == leaning

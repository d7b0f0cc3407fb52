"""What becomes known with one node is found, and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse

from publisher.disclosure.held import HeldFast

NODES = 7
ONE_TOTAL = np.array([[1, -1, -1, -1]])


def flags(*nodes: int, many: int = 4) -> NDArray[np.bool_]:
    return np.isin(np.arange(many), nodes)


def tells(equations: NDArray[np.int64], node: int, unknown: NDArray[np.bool_]) -> bool:
    return HeldFast(sparse.csc_matrix(equations)).tells(node, unknown, unknown)


def test_the_last_unknown_part_of_a_total_follows() -> None:
    assert tells(ONE_TOTAL, 1, flags(2))


def test_two_unknown_parts_do_not_follow() -> None:
    assert not tells(ONE_TOTAL, 1, flags(2, 3))


def test_what_is_not_secret_may_follow_and_tell_more() -> None:
    chain = sparse.csc_matrix(np.array([[1, -1, -1, 0, 0], [0, 0, 1, -1, -1]]))
    unknown, secret = flags(2, 3, many=5), flags(3, many=5)
    assert HeldFast(chain).tells(1, unknown, secret)
    assert not HeldFast(chain).tells(1, unknown, flags(many=5))


@given(
    equations=st.lists(
        st.lists(st.sampled_from([-1, 0, 1]), min_size=NODES, max_size=NODES),
        min_size=1,
        max_size=6,
    ),
    unknown=st.lists(st.booleans(), min_size=NODES, max_size=NODES),
    node=st.integers(0, NODES - 1),
)
@settings(max_examples=300)
def test_it_tells_what_adding_up_again_and_again_tells(
    equations: list[list[int]], unknown: list[bool], node: int
) -> None:
    """Of systems in which nothing followed before; the reference looks at every equation."""
    matrix = np.array(equations)
    before = np.array(unknown)
    before[node] = True
    assume(_left(matrix, before).sum() == before.sum())
    before[node] = False
    follows = _left(matrix, before).sum() < before.sum()
    assert tells(matrix, node, before) == follows


def _left(equations: NDArray[np.int64], unknown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    left = unknown.copy()
    for _ in range(NODES):
        for equation in equations:
            terms = np.flatnonzero((equation != 0) & left)
            if len(terms) == 1:
                left[terms] = False
    return left

"""Sums in pieces are the same sums."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from publisher.attack.system import Sums


@given(st.lists(st.integers(1, 5), max_size=12), st.integers(1, 20))
def test_all_equations_come_once_and_in_order(sizes: list[int], parts: int):
    start = np.concatenate([[0], np.cumsum(np.array(sizes, np.int64))])
    every = Sums(np.arange(len(sizes)), start, np.arange(start[-1], dtype=np.int32))
    found = list(every.pieces(parts))
    assert sum(each.count for each in found) == every.count
    assert all(each.count for each in found)
    told = [(int(each.total[n]), each.parts_of(n).tolist()) for each in found
            for n in range(each.count)]  # fmt: skip
    assert told == [(n, every.parts_of(n).tolist()) for n in range(every.count)]
    assert all(len(each.part) < parts + max(sizes) for each in found)

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.attack.packing import IN_FULL, Packed, packed, unpacked
from publisher.attack.worlds import SILENT, World

numbers = st.integers(SILENT, 2**40)
lists = st.lists(st.lists(numbers, min_size=1, max_size=6), max_size=8)
shapes = st.sampled_from([(1, 0), (60, 0), (1, 5)])


def _unpacked(number: int, written: list[Packed]) -> list[int] | None:
    others = [each.other for each in written]
    values = unpacked(number, lambda each: written[each].values, others)
    return None if values is None else values.tolist()


@given(lists, st.data())
def test_worlds_come_back_as_they_were(values: list[list[int]], data: st.DataObject) -> None:
    worlds = [World(np.array(each), *data.draw(shapes)) for each in values]
    written = packed(worlds)
    assert [_unpacked(n, written) for n in range(len(worlds))] == values
    for each in written:
        assert each.other == IN_FULL or written[each.other].other == IN_FULL


def test_what_hardly_differs_takes_little_room() -> None:
    first = np.arange(1000, 11_000)
    second = first.copy()
    second[[7, 70, 700]] = [SILENT, 2**20, 0]
    written = packed([World(first), World(second), World(first * 2 + 1)])
    assert [each.other for each in written] == [IN_FULL, 0, IN_FULL]
    assert len(zlib.compress(written[1].values.tobytes())) < 200


@pytest.mark.parametrize("others", [[1, 0], [1, 1], [7, IN_FULL], [-2, IN_FULL]])
def test_a_world_that_rests_on_no_whole_one_is_none(others: list[int]) -> None:
    assert unpacked(0, lambda _number: np.zeros(3, np.int8), others) is None


def test_a_world_of_other_cells_is_none() -> None:
    values = [np.zeros(2, np.int8), np.zeros(3, np.int8)]
    assert unpacked(0, lambda number: values[number], [1, IN_FULL]) is None

"""Which way open numbers are pushed: far enough apart, within bounds, and together in balance."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from publisher.attack.dimensions import Cube, Dimension, ItemSum
from publisher.attack.lattice import lattice_of
from publisher.attack.leaves import leaves_of
from publisher.attack.ways import (
    Wanted,
    around,
    balanced,
    beyond,
    by_chance,
    by_rows,
    of_all_periods,
    preferred,
)

KEEP = 0.9
SEEDS = st.integers(0, 2**32 - 1)


def enough(down: np.ndarray, up: np.ndarray, apart: np.ndarray) -> np.ndarray:
    return np.where(apart >= 0, up - down >= apart, down < KEEP * up)


def possible(low: np.ndarray, high: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Whether the bounds leave room for two values that are a little more than far enough apart."""
    room = np.where(apart >= 0, apart, high * (1 - KEEP))
    return high - low > 1.05 * room + 0.2


@given(SEEDS)
def test_two_values_are_far_enough_apart_wherever_bounds_allow(seed: int):
    draw = np.random.default_rng(seed)
    low = draw.integers(0, 200, 50) * 1.0
    high = np.where(draw.random(50) < 0.2, np.inf, low + draw.integers(0, 300, 50))
    here = low + draw.random(50) * np.minimum(high - low, 100)
    apart = np.where(draw.random(50) < 0.5, 4.0, -1.0)
    down, up = around(here, apart, KEEP, low, high)
    assert ((down >= low) & (up <= high)).all()
    wide = possible(low, np.minimum(high, low + 1000), apart)
    assert (enough(down, up, apart) | ~wide).all()


@given(SEEDS)
def test_going_beyond_either_value_settles_a_number(seed: int):
    draw = np.random.default_rng(seed)
    least = draw.random(40) * 100
    most = least + draw.random(40) * 3
    apart = np.where(draw.random(40) < 0.5, 4.0, -1.0)
    low, high = np.zeros(40), np.full(40, np.inf)
    down, up = beyond(least, most, apart, KEEP, low, high)
    assert enough(least, up, apart).all()
    assert (enough(down, most, apart) | (down == low)).all()


def test_what_was_low_before_goes_up_now():
    here = np.array([50.0, 50.0, 50.0])
    least, most = np.array([44.0, 50.0, 50.0]), np.array([50.0, 56.0, 50.0])
    down, up = np.array([44.0, 44.0, 44.0]), np.array([56.0, 56.0, 56.0])
    wish = preferred(Wanted(np.arange(3), here, least, most, down, up))
    assert wish.tolist() == [1.0, -1.0, 0.0]


def groups(parts: int, rows: int, periods: int):
    """Pupils by two topics, rows, and periods that add up."""
    first = tuple(range(1, 1 + parts))
    second = tuple(range(1 + parts, 3 + parts))
    pupils = Dimension("group", tuple(f"g{n}" for n in range(3 + parts)),
                       (ItemSum(0, first), ItemSum(0, second)))  # fmt: skip
    places = Dimension("row", tuple(f"r{n}" for n in range(rows)))
    when = Dimension("when", tuple(f"w{n}" for n in range(periods)),
                     (ItemSum(0, tuple(range(1, periods))),))  # fmt: skip
    lattice = lattice_of(Cube("count", "sessions", (pupils, places, when), 0))
    assert lattice is not None
    leaves = leaves_of(lattice, -1, ())
    assert leaves is not None
    return lattice, leaves


@given(SEEDS, st.integers(2, 6))
def test_groups_of_one_sum_go_up_by_as_much_as_others_go_down(seed: int, parts: int):
    """But for one group each way, and for what their sum itself may move."""
    lattice, leaves = groups(parts, 3, 3)
    draw = np.random.default_rng(seed)
    here = draw.random(lattice.size) * 50
    step = 1 + draw.random(lattice.size) * 4
    below, above = np.maximum(here - step, 0), here + step
    open_ = np.flatnonzero(draw.random(lattice.size) < 0.7)
    open_ = open_[open_ >= lattice.size // lattice.shape[0]]
    wanted = Wanted(open_, here[open_], here[open_], here[open_], below[open_], above[open_])
    none = np.zeros(lattice.size)
    ways = balanced(leaves, wanted, preferred(wanted), (none, none), draw)
    moves = np.zeros(lattice.size)
    moves[open_] = np.where(ways > 0, step[open_], np.where(ways < 0, (below - here)[open_], 0))
    moves = moves.reshape(lattice.shape)
    for _, part in lattice.sums[0]:
        own = moves[list(part)]
        widest = np.abs(own).max(axis=0)
        assert (np.abs(own.sum(axis=0)) <= 2 * widest + 1e-9).all()
    assert len(open_) == 0 or ways.any()


@given(SEEDS)
def test_all_periods_of_a_row_go_the_same_way(seed: int):
    lattice, _ = groups(3, 4, 5)
    draw = np.random.default_rng(seed)
    slots = np.sort(draw.choice(lattice.size, lattice.size // 2, replace=False))
    wish = of_all_periods(lattice, slots, draw.random(len(slots)) * 2 - 1)
    ways = by_chance(lattice, slots, wish, draw)
    rows = slots // lattice.shape[-1]
    assert all(len(set(ways[rows == row].tolist())) == 1 for row in np.unique(rows))
    assert set(ways.tolist()) <= {-1, 1}
    some = by_rows(lattice, slots, 0.5, draw)
    assert all(len(set(some[rows == row].tolist())) == 1 for row in np.unique(rows))


@given(SEEDS, st.integers(1, 10))
def test_the_last_few_rows_are_pushed_one_by_one(seed: int, many: int):
    """What is left is often one number under several names, which coins would send both ways."""
    lattice, _ = groups(3, 4, 5)
    draw = np.random.default_rng(seed)
    length = lattice.shape[-1]
    rows = draw.choice(lattice.size // length, many, replace=False)
    slots = np.sort(np.concatenate([rows * length + n for n in range(length)]))
    pushed = [by_rows(lattice, slots, 0.3, draw) for _ in range(200)]
    assert all(len(np.unique(slots[each] // length)) == 1 for each in pushed)
    assert np.any(pushed, axis=0).all()
    few = np.sort(draw.choice(slots, min(many, len(slots)), replace=False))
    assert all(by_rows(lattice, few, 0.3, draw).sum() == 1 for _ in range(20))

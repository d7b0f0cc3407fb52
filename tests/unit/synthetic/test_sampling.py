from __future__ import annotations

import numpy as np
import pytest

from publisher.synthetic.sampling import (
    Stream,
    cumulative,
    normal,
    pick,
    spread_levels,
    spread_within,
    stream,
    whole,
)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_streams_repeat_and_differ_by_purpose_block_and_seed():
    def first(*key):
        return stream(*key).random()

    base = first(1, Stream.PUPILS, 0)
    assert base == first(1, Stream.PUPILS, 0)
    others = {first(2, Stream.PUPILS, 0), first(1, Stream.MARKS, 0), first(1, Stream.PUPILS, 1)}
    assert len(others | {base}) == 4


def test_whole_numbers_keep_the_expectation(rng):
    drawn = [whole(rng, 2.3) for _ in range(20_000)]
    assert set(drawn) == {2, 3}
    assert np.mean(drawn) == pytest.approx(2.3, abs=0.02)


def test_picking_follows_the_shares_of_each_row(rng):
    shares = cumulative(np.array([[1.0, 3.0, 0.0], [0.0, 0.0, 2.0]]))
    rows = np.repeat([0, 1], 40_000)
    chosen = pick(rng.random(len(rows)), shares, rows)
    assert np.bincount(chosen[rows == 0], minlength=3) / 40_000 == pytest.approx(
        [0.25, 0.75, 0.0], abs=0.01
    )
    assert set(chosen[rows == 1].tolist()) == {2}


def test_picking_at_the_very_edge_stays_inside_the_row():
    shares = cumulative(np.ones((200, 4)))
    rows = np.array([199, 0])
    assert pick(np.array([np.nextafter(1, 0), 0.0]), shares, rows).tolist() == [3, 0]


def test_spread_levels_fill_equal_slices(rng):
    levels = spread_levels(rng, 50)
    assert sorted((levels * 50).astype(int).tolist()) == list(range(50))


def test_levels_are_spread_within_each_kind(rng):
    kinds = np.array([0, 2, 0, 2, 2, 0, 0])
    levels = spread_within(rng, kinds)
    for kind, count in ((0, 4), (2, 3)):
        slices = (levels[kinds == kind] * count).astype(int)
        assert sorted(slices.tolist()) == list(range(count))


def test_normal_values():
    assert normal(np.array([0.5, 0.975, 0.0])) == pytest.approx([0.0, 1.96, -3.5], abs=0.01)

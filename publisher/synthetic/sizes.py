"""How many pupils each school has, before and after thinning."""

from __future__ import annotations

import numpy as np

from publisher.synthetic.arrays import Bools, Floats, Ints
from publisher.synthetic.facts import GROUPS, PUBLISHED, authorities, calibration, group_table
from publisher.synthetic.sampling import spread_levels

_PROBABILITIES = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_QUANTILES = ("p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99")
_SMALLEST, _LARGEST = 0.5, 1.2
_KIND_SIZE = np.array([float(row["size"]) for row in calibration("school_kinds")])
_ANCHOR_ROLL = 2


def draw_sizes(rng: np.random.Generator, authority: Ints, group: Ints, kind: Ints) -> Floats:
    """Pupils per school at full scale, from the national distribution of school sizes.

    Sizes in each authority and published phase are then stretched to its published pupils.
    """
    sizes = np.empty(len(group))
    for number in range(len(GROUPS)):
        members = np.flatnonzero(group == number)
        # levels go around the authorities in turn, so that each has small and large schools
        levels = spread_levels(rng, len(members))
        sizes[members] = np.interp(levels, _PROBABILITIES, _size_quantiles(number))
    return _stretched(sizes * _KIND_SIZE[kind], authority, group)


def thinned(
    rng: np.random.Generator, size: Floats, authority: Ints, group: Ints, scale: float
) -> Ints:
    """Pupils per school in the feed: about size x scale, at least one.

    The fractions that rounding drops in one school are carried to the next one of the same
    authority and group, so that their total is right to one pupil.
    """
    cell = authority * len(GROUPS) + group
    order = np.argsort(cell, kind="stable")
    running = np.cumsum(size[order]) * scale + rng.random()
    roll = np.empty(len(size), dtype=np.int64)
    roll[order] = np.diff(np.floor(running), prepend=0).astype(np.int64)
    return np.maximum(roll, 1)


def anchors(size: Floats, authority: Ints, group: Ints, candidates: Bools) -> Bools:
    """The largest candidate of each authority and published phase: the school that never fails."""
    chosen = np.zeros(len(size), dtype=bool)
    cell = authority * len(GROUPS) + group
    order = np.lexsort((-size, cell))
    order = order[candidates[order] & np.isin(group[order], PUBLISHED)]
    _, first = np.unique(cell[order], return_index=True)
    chosen[order[first]] = True
    return chosen


def anchored(roll: Ints, anchor: Bools) -> Ints:
    """Rolls in which every anchor has enough pupils for one of them to always be there."""
    return np.where(anchor, np.maximum(roll, _ANCHOR_ROLL), roll)


def _size_quantiles(group: int) -> Floats:
    known = [group_table("school_sizes", f"pupils_{name}")[group] for name in _QUANTILES]
    return np.array([known[0] * _SMALLEST, *known, known[-1] * _LARGEST])


def _stretched(sizes: Floats, authority: Ints, group: Ints) -> Floats:
    wanted = np.zeros((len(authorities().codes), len(GROUPS)))
    wanted[:, list(PUBLISHED)] = authorities().pupils
    have = np.zeros_like(wanted)
    np.add.at(have, (authority, group), sizes)
    factor = np.divide(wanted, have, out=np.ones_like(wanted), where=(wanted > 0) & (have > 0))
    return np.asarray(sizes * factor[authority, group])

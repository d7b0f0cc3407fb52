"""Mends the last few sums that rounding to a unit has pushed over their bounds.

Where published numbers leave a sum no room at all, its parts must be rounded together. One of its
finest parts is moved for each, such that no other sum leaves its bounds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from publisher.attack.leaves import Leaves
from publisher.attack.system import Floats

_MOST = 2_000
"""Slots that are mended; where there are more, the search has not ended."""
_ROUNDS = 6


def mended(leaves: Leaves, finest: Floats, low: Floats, high: Floats) -> Floats:
    """All slots added up from `finest`, after moving some of these; in whole units."""
    sums = leaves.added_up(finest)
    for _ in range(_ROUNDS):
        far = np.maximum(low - sums, sums - high)
        wrong = np.argwhere(far > 0)
        if not len(wrong) or len(wrong) > _MOST:
            break
        order = np.argsort(-far[tuple(wrong.T)], kind="stable")
        for slot in wrong[order]:
            _mend(leaves, sums, low, high, tuple(slot.tolist()))
    return sums


def _mend(leaves: Leaves, sums: Floats, low: Floats, high: Floats, slot: tuple[int, ...]) -> None:
    """Move the finest part with the most room, by as much as the slot needs and it may."""
    up = sums[slot] < low[slot]
    needed = float(low[slot] - sums[slot] if up else sums[slot] - high[slot])
    if needed <= 0:
        return
    parts = [each.ways[item][0] for each, item in zip(leaves.axes, slot, strict=True)]
    above = [np.flatnonzero(each.matrix[:, _places(each.finest, part)].any(axis=1))
             for each, part in zip(leaves.axes, parts, strict=True)]  # fmt: skip
    box = np.ix_(*above)
    room = (high[box] - sums[box]) if up else (sums[box] - low[box])
    for number, (each, part) in enumerate(zip(leaves.axes, parts, strict=True)):
        within = each.matrix[np.ix_(above[number], _places(each.finest, part))] > 0
        room = np.stack(
            [np.compress(within[:, n], room, axis=number).min(axis=number)
             for n in range(len(part))], axis=number
        )  # fmt: skip
    widest = np.unravel_index(int(room.argmax()), room.shape)
    step = min(float(room[widest]), needed)
    if step <= 0:
        return
    own = [_places(each.finest, (part[n],))[0]
           for each, part, n in zip(leaves.axes, parts, widest, strict=True)]  # fmt: skip
    over = [np.flatnonzero(each.matrix[:, n]) for each, n in zip(leaves.axes, own, strict=True)]
    sums[np.ix_(*over)] += step if up else -step


def _places(finest: tuple[int, ...], items: tuple[int, ...]) -> NDArray[np.int64]:
    return np.searchsorted(np.array(finest, np.int64), np.array(items, np.int64))

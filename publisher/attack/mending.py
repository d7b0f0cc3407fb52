"""Mends the last few sums that rounding to a unit has pushed over their bounds.

Where published numbers leave a sum no room at all, its parts must be rounded together. One of its
finest parts is moved for each, such that no other sum leaves its bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice, product

import numpy as np
from numpy.typing import NDArray

from publisher.attack.leaves import Leaves
from publisher.attack.system import Floats

_MOST = 20
"""Slots that are mended; where there are more, the search has not ended."""
_ROUNDS = 4
_MOST_TRIED = 8
"""Parts of a slot that are tried one by one; where these are not enough, the search goes on."""
_MOST_FULL, _MOST_EXCHANGES = 24, 60
"""Sums without room above a part, and pairs of parts that are tried in all, for the same reason."""


def mended(leaves: Leaves, finest: Floats, low: Floats, high: Floats) -> Floats:
    """All slots added up from `finest`, after moving some of these; in whole units.

    Totals that are given stay as they are: what one of their parts gains another one loses.
    """
    rows = [each.rows for each in leaves.axes]
    sums = leaves.in_every_way(finest)
    low, high = low[leaves.every_way], high[leaves.every_way]
    if leaves.axis >= 0:
        given = np.isin(rows[leaves.axis][0], leaves.roots)
        at = tuple(given if n == leaves.axis else slice(None) for n in range(sums.ndim))
        low[at] = high[at] = sums[at]
    table = _Table([matrix for _, matrix in rows], sums, low, high, count(1))
    for _ in range(_ROUNDS):
        far = np.maximum(low - sums, sums - high)
        wrong = np.argwhere(far > 0)
        if not len(wrong) or len(wrong) > _MOST or table.is_tired:
            break
        order = np.argsort(-far[tuple(wrong.T)], kind="stable")
        for slot in wrong[order]:
            _mend(table, tuple(slot.tolist()))
    first = [np.unique(items, return_index=True)[1] for items, _ in rows]
    return sums[np.ix_(*first)]


@dataclass(frozen=True, repr=False)
class _Table:
    """Sums with their bounds. matrices: by axis, sums x finest items. tried: counts exchanges."""

    matrices: list[Floats]
    sums: Floats
    low: Floats
    high: Floats
    tried: count[int]

    @property
    def is_tired(self) -> bool:
        """Whether as many exchanges were tried as are worth while."""
        return next(self.tried) > _MOST_EXCHANGES

    def parts(self, slot: tuple[int, ...]) -> list[NDArray[np.int64]]:
        """For each axis the finest items that a slot is the sum of."""
        return [np.flatnonzero(each[row]) for each, row in zip(self.matrices, slot, strict=True)]

    def above(self, finest: tuple[int, ...]) -> tuple[NDArray[np.int64], ...]:
        """The slots that a finest one counts in."""
        axes = zip(self.matrices, finest, strict=True)
        return np.ix_(*[np.flatnonzero(each[:, n]) for each, n in axes])

    def room(self, box: tuple[NDArray[np.int64], ...], *, up: bool) -> Floats:
        """By how much slots may rise or fall."""
        return self.high[box] - self.sums[box] if up else self.sums[box] - self.low[box]

    def room_of_parts(self, parts: list[NDArray[np.int64]], *, up: bool) -> Floats:
        """By how much each finest slot of a box may rise or fall without harm to any sum."""
        matrices = [each[:, part] for each, part in zip(self.matrices, parts, strict=True)]
        above = [np.flatnonzero(each.any(axis=1)) for each in matrices]
        room = self.room(np.ix_(*above), up=up)
        for axis, (matrix, rows) in enumerate(zip(matrices, above, strict=True)):
            within = matrix[rows] > 0
            each = [room.compress(within[:, n], axis).min(axis) for n in range(within.shape[1])]
            room = np.stack(each, axis=axis)
        return room

    def move(self, finest: tuple[int, ...], step: float) -> None:
        """Change a finest slot, and with it all sums that it counts in."""
        self.sums[self.above(finest)] += step


def _mend(table: _Table, slot: tuple[int, ...]) -> None:
    """Move the finest part with the most room by what the slot needs; else one part for another."""
    up = bool(table.sums[slot] < table.low[slot])
    short, over = table.low[slot] - table.sums[slot], table.sums[slot] - table.high[slot]
    needed = float(short if up else over)
    if needed <= 0:
        return
    parts = table.parts(slot)
    room = table.room_of_parts(parts, up=up)
    widest = np.unravel_index(int(room.argmax()), room.shape)
    step = min(float(room[widest]), needed)
    if step > 0:
        finest = tuple(int(part[n]) for part, n in zip(parts, widest, strict=True))
        table.move(finest, step if up else -step)
        return
    for place in islice(np.ndindex(*room.shape), _MOST_TRIED):
        finest = tuple(int(part[n]) for part, n in zip(parts, place, strict=True))
        if _exchanged(table, slot, finest, needed, up=up):
            return


def _exchanged(
    table: _Table, slot: tuple[int, ...], finest: tuple[int, ...], needed: float, *, up: bool
) -> bool:
    """Move a finest part, and another one the other way below every sum that has no room."""
    box = table.above(finest)
    full = np.argwhere(table.room(box, up=up) < needed)
    sums = [tuple(int(box[n].flat[k]) for n, k in enumerate(each)) for each in full]
    if slot in sums or len(sums) > _MOST_FULL or table.is_tired:
        return False
    shared = [set.intersection(*(set(table.parts(each)[n].tolist()) for each in sums))
              for n in range(len(slot))]  # fmt: skip
    sign = 1 if up else -1
    own = table.parts(slot)
    table.move(finest, sign * needed)
    for other in product(*[sorted(each) for each in shared]):
        if table.is_tired:
            break
        if all(n in part for n, part in zip(other, own, strict=True)):
            continue
        if float(table.room(table.above(other), up=not up).min()) >= needed:
            table.move(other, -sign * needed)
            return True
    table.move(finest, -sign * needed)
    return False

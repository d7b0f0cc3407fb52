"""Mends the last few sums that rounding to a unit has pushed over their bounds.

Where published numbers leave a sum no room at all, its parts must be rounded together. One of its
finest parts is moved for each, such that no other sum leaves its bounds; where none can be moved
alone, a small programme in whole units moves several of those around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from publisher.attack.lattice import along
from publisher.attack.leaves import Leaves
from publisher.attack.system import Floats

_MOST = 60
"""Slots that are mended; where there are more, the search has not ended."""
_ROUNDS = 4
_MOST_PROGRAMMES, _MOST_MOVED = 60, 3_000
"""Programmes that are solved in all, and finest slots that one may move."""
_SOME = 3
"""Parts of a slot along each axis that a programme moves."""
_FARTHEST = 10_000
"""Units; sums that are further off wait until the search has come nearer."""
_SEARCHED = 50
"""Branches of a programme: a bound on time would not give the same worlds twice."""


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
    table = _Table([matrix for _, matrix in rows], sums, low, high)
    for _ in range(_ROUNDS):
        far = np.maximum(low - sums, sums - high)
        wrong = np.argwhere(far > 0)
        if not len(wrong) or len(wrong) > _MOST:
            break
        order = np.argsort(-far[tuple(wrong.T)], kind="stable")
        for slot in wrong[order]:
            _mend(table, tuple(slot.tolist()))
    first = [np.unique(items, return_index=True)[1] for items, _ in rows]
    return sums[np.ix_(*first)]


@dataclass(repr=False)
class _Table:
    """Sums with their bounds. matrices: by axis, sums x finest items."""

    matrices: list[Floats]
    sums: Floats
    low: Floats
    high: Floats
    programmes: int = 0
    """How many were solved."""

    def parts(self, slot: tuple[int, ...]) -> list[NDArray[np.int64]]:
        """For each axis the finest items that a slot is the sum of."""
        return [np.flatnonzero(each[row]) for each, row in zip(self.matrices, slot, strict=True)]

    def above(
        self, parts: list[NDArray[np.int64]]
    ) -> tuple[tuple[NDArray[np.int64], ...], list[Floats]]:
        """The slots that a box of finest ones counts in, and by axis which of these in which."""
        columns = [each[:, part] for each, part in zip(self.matrices, parts, strict=True)]
        rows = [np.flatnonzero(each.any(axis=1)) for each in columns]
        return np.ix_(*rows), [each[own] for each, own in zip(columns, rows, strict=True)]

    def room(self, box: tuple[NDArray[np.int64], ...], *, up: bool) -> Floats:
        """By how much slots may rise or fall."""
        return self.high[box] - self.sums[box] if up else self.sums[box] - self.low[box]

    def room_of_parts(self, parts: list[NDArray[np.int64]], *, up: bool) -> Floats:
        """By how much each finest slot of a box may rise or fall without harm to any sum."""
        box, matrices = self.above(parts)
        room = self.room(box, up=up)
        for axis, matrix in enumerate(matrices):
            within = matrix > 0
            each = [room.compress(within[:, n], axis).min(axis) for n in range(within.shape[1])]
            room = np.stack(each, axis=axis)
        return room

    def move(self, finest: tuple[int, ...], step: float) -> None:
        """Change a finest slot, and with it all sums that it counts in."""
        box, _ = self.above([np.array([n]) for n in finest])
        self.sums[box] += step


def _mend(table: _Table, slot: tuple[int, ...]) -> None:
    """Move the finest part with the most room by what the slot needs; else several together."""
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
    elif needed <= _FARTHEST and table.programmes < _MOST_PROGRAMMES:
        table.programmes += 1
        _mend_together(table, _around(table, parts), needed)


def _around(table: _Table, parts: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Some parts of a slot, others each time, and along each axis what stands beside them."""
    turn = table.programmes
    found = [np.sort(np.roll(each, -_SOME * turn)[:_SOME]) for each in parts]
    every = [(n, np.arange(each.shape[1])) for n, each in enumerate(table.matrices)]
    beside = [(n, _beside(table.matrices[n], each)) for n, each in enumerate(found)]
    for axis, items in (*sorted(every, key=_length), *sorted(beside, key=_length)):
        others = int(np.prod([len(each) for n, each in enumerate(found) if n != axis]))
        if len(found[axis]) < len(items) <= _MOST_MOVED // others:
            found[axis] = items
    return found


def _length(of_axis: tuple[int, NDArray[np.int64]]) -> int:
    return len(of_axis[1])


def _beside(matrix: Floats, items: NDArray[np.int64]) -> NDArray[np.int64]:
    """The finest items of the smallest sum in which all of `items` stand with others."""
    sums = matrix[(matrix[:, items] > 0).all(axis=1)]
    size = sums.sum(axis=1)
    larger = np.flatnonzero(size > len(items))
    if not len(larger):
        return items
    return np.flatnonzero(sums[larger[size[larger].argmin()]])


def _mend_together(table: _Table, parts: list[NDArray[np.int64]], most: float) -> None:
    """Move finest slots of a box by whole units so that the sums above hold, if that can be.

    None by more than `most`: other lattices lean on these values.
    """
    box, matrices = table.above(parts)
    whole = sparse.csr_matrix(np.ones((1, 1)))
    for matrix in matrices:
        whole = sparse.kron(whole, sparse.csr_matrix(matrix), format="csr")
    # What is far off stays as far off: it is for another box.
    low, high = -table.room(box, up=False).ravel(), table.room(box, up=True).ravel()
    low[low > _FARTHEST], high[high < -_FARTHEST] = 0, 0
    solved = milp(
        np.zeros(whole.shape[1]),
        constraints=LinearConstraint(whole, low, np.maximum(low, high)),
        integrality=np.ones(whole.shape[1]),
        bounds=Bounds(-most, most),
        options={"node_limit": _SEARCHED},
    )
    if solved.x is None:
        return
    moved = np.rint(solved.x).reshape([len(each) for each in parts])
    for axis, matrix in enumerate(matrices):
        moved = along(matrix, moved, axis)
    table.sums[box] += moved

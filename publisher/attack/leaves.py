"""The finest items of each axis: everything else is a sum of theirs, so it is worked out exactly.

A total that is divided in several ways (pupils by sex and by year group) sets the sum of the finest
items of each. Values are whole multiples of a small unit, so sums of them are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from publisher.attack.lattice import AxisSums, Lattice, along
from publisher.attack.system import Floats

_ROUNDS = 8


@dataclass(frozen=True, repr=False)
class Axis:
    """Finest items of one axis. ways: for each item each set of finest items that it sums."""

    items: int
    finest: tuple[int, ...]
    ways: tuple[tuple[tuple[int, ...], ...], ...]

    @property
    def divided(self) -> tuple[int, ...]:
        """Items that are sums of finest items in several ways."""
        return tuple(n for n, each in enumerate(self.ways) if len(each) > 1)

    @cached_property
    def matrix(self) -> Floats:
        """Items x finest items: each item by its first way."""
        return self._of([(n, each[0]) for n, each in enumerate(self.ways)])

    @cached_property
    def rows(self) -> tuple[NDArray[np.int64], Floats]:
        """Every way of every item: the item, and rows x finest items."""
        every = [(n, way) for n, each in enumerate(self.ways) for way in each]
        return np.array([n for n, _ in every], np.int64), self._of(every)

    def _of(self, every: Sequence[tuple[int, tuple[int, ...]]]) -> Floats:
        place = {item: n for n, item in enumerate(self.finest)}
        found = np.zeros((len(every), len(self.finest)))
        for row, (_, way) in enumerate(every):
            found[row, [place[each] for each in way]] = 1
        return found


def axis_of(items: int, sums: AxisSums) -> Axis | None:
    """The finest items of an axis; None where it is divided in ways that are tied together."""
    totals = {total for total, _ in sums}
    ways: list[tuple[tuple[int, ...], ...]] = [((n,),) for n in range(items)]
    waiting = set(totals)
    while waiting:
        total = next(
            n for n in sorted(waiting)
            if all(waiting.isdisjoint(parts) for t, parts in sums if t == n)
        )  # fmt: skip
        divisions = [parts for t, parts in sums if t == total]
        if any(len(ways[each]) > 1 for parts in divisions for each in parts):
            return None
        each_way = [
            tuple(sorted(f for each in parts for f in ways[each][0])) for parts in divisions
        ]
        ways[total] = tuple(dict.fromkeys(each_way))
        if len({f for way in ways[total] for f in way}) < sum(len(way) for way in ways[total]):
            return None
        waiting.discard(total)
    finest = tuple(n for n in range(items) if n not in totals)
    return Axis(items, finest, tuple(ways))


@dataclass(frozen=True, repr=False)
class Leaves:
    """The finest slots of a lattice.

    axis: the one of which totals are given; -1 for none. roots: these totals.
    """

    lattice: Lattice
    axes: tuple[Axis, ...]
    axis: int
    roots: tuple[int, ...]

    @cached_property
    def places(self) -> tuple[NDArray[np.int64], ...]:
        """For each axis its finest items, to take them from an array of all slots."""
        return np.ix_(*[np.array(each.finest, np.int64) for each in self.axes])

    def given(self, root: int) -> tuple[NDArray[np.int64], ...]:
        """The slots of a total whose other items are finest."""
        chosen = [each.finest if n != self.axis else (root,) for n, each in enumerate(self.axes)]
        return np.ix_(*[np.array(each, np.int64) for each in chosen])

    def added_up(self, finest: Floats) -> Floats:
        """All slots from the finest ones."""
        found = finest
        for number, each in enumerate(self.axes):
            found = along(each.matrix, found, number)
        return found

    @cached_property
    def every_way(self) -> tuple[NDArray[np.int64], ...]:
        """The slots of `in_every_way`, to take them from an array of all slots."""
        return np.ix_(*[each.rows[0] for each in self.axes])

    def in_every_way(self, finest: Floats) -> Floats:
        """Sums of finest slots: every way of every item of each axis."""
        found = finest
        for number, each in enumerate(self.axes):
            found = along(each.rows[1], found, number)
        return found

    def fitted(self, finest: Floats, low: Floats, high: Floats, given: Floats) -> Floats:
        """Finest values moved within their bounds so that each way of each root adds up to it.

        Args:
            finest: values of finest slots.
            low: their lowest values.
            high: their highest values.
            given: values of all slots, of which only the roots matter.
        """
        axis, moved = self.axes[self.axis], np.moveaxis(finest.copy(), self.axis, 0)
        least, most = (np.moveaxis(each, self.axis, 0) for each in (low, high))
        place = {item: n for n, item in enumerate(axis.finest)}
        for root in self.roots:
            total = np.take(given[self.given(root)], 0, axis=self.axis)
            for way in axis.ways[root]:
                own = np.array([place[each] for each in way])
                moved[own] = _fitted(moved[own], least[own], most[own], total)
        return np.moveaxis(moved, 0, self.axis)


def leaves_of(lattice: Lattice, given: int, roots: tuple[int, ...]) -> Leaves | None:
    """The finest slots; None where totals of more than one axis are given or divided several ways.

    Args:
        lattice: the slots.
        given: the axis of which totals are known from elsewhere; -1 for none.
        roots: these totals.
    """
    found = [axis_of(n, each) for n, each in zip(lattice.shape, lattice.sums, strict=True)]
    axes = tuple(each for each in found if each is not None)
    divided = {n for n, each in enumerate(axes) if each.divided} | ({given} - {-1})
    if len(axes) < len(found) or len(divided) > 1:
        return None
    axis = max(divided, default=-1)
    every = {*roots, *axes[axis].divided} if axis >= 0 else set()
    return Leaves(lattice, axes, axis, tuple(sorted(every)))


def _fitted(parts: Floats, low: Floats, high: Floats, total: Floats) -> Floats:
    """Give what is missing to the part with the most room for it, some times."""
    for _ in range(_ROUNDS):
        missing = total - parts.sum(axis=0)
        if not missing.any():
            break
        room = np.where(missing > 0, high - parts, parts - low)
        widest = np.expand_dims(room.argmax(axis=0), 0)
        most = np.take_along_axis(room, widest, 0)[0]
        step = np.sign(missing) * np.minimum(np.abs(missing), most)
        np.put_along_axis(parts, widest, np.take_along_axis(parts, widest, 0) + step, 0)
    return parts

"""A cube with room for what its files leave out, so that every one of its sums holds everywhere.

Regions may leave out weeks that their authorities count; their year to date is then a sum of other
weeks, and their terms are no sums of their authorities'. Here such a period stands once for each
way in which it is divided, and once for each set of areas that add up. Every sum of a dimension
then holds for all items of all others, and values that add up are products of few, small spaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from publisher.attack.dimensions import Cells, Cube, Dimension
from publisher.attack.series import AREA, PERIOD
from publisher.attack.system import Floats

AxisSums = tuple[tuple[int, tuple[int, ...]], ...]
"""Total -> parts along one axis; a total may be divided in several ways."""
_ZERO = 1e-9
_SHORTER = 0.8
"""Axes that lose at least a fifth are made shorter."""


@dataclass(frozen=True, repr=False)
class Lattice:
    """Slots of a cube. shape: by axis; slot: the slot of each cell of the cube."""

    cube: Cube
    shape: tuple[int, ...]
    sums: tuple[AxisSums, ...]
    slot: Cells

    @property
    def size(self) -> int:
        """How many slots there are."""
        return prod(self.shape)

    def spread(self, values: Floats, otherwise: float) -> Floats:
        """Values of the cube's cells at their slots."""
        found = np.full(self.size, otherwise)
        found[self.slot] = values
        return found


def lattice_of(cube: Cube) -> Lattice | None:
    """The lattice of a cube; None where its sums are limited in a way that is not known here."""
    limited = {name for each in cube.dimensions for one in each.sums for name in one.where}
    names = [each.name for each in cube.dimensions]
    if limited - {AREA, PERIOD} or not limited <= set(names):
        return None
    sums = [_unlimited(each) for each in cube.dimensions]
    shape = list(cube.shape)
    places = [np.arange(many) for many in shape]
    if AREA not in names or PERIOD not in names:
        return Lattice(cube, cube.shape, tuple(sums), np.arange(cube.size))
    apart = _apart(cube.dimension(AREA), cube.dimension(PERIOD))
    if apart is None:
        return None
    versions = _Versions(cube.dimension(PERIOD), apart)
    by_area = [versions.of(area) for area in range(len(apart))]
    axis, time = names.index(AREA), names.index(PERIOD)
    shape[time], sums[time] = versions.count, versions.sums
    grid = list(np.meshgrid(*places, indexing="ij"))
    grid[time] = np.array(by_area)[grid[axis], grid[time]]
    slot = np.ravel_multi_index(tuple(grid), tuple(shape)).ravel()
    return Lattice(cube, tuple(shape), tuple(sums), slot.astype(np.int64))


def _unlimited(dimension: Dimension) -> AxisSums:
    return tuple((each.total, each.parts) for each in dimension.sums)


def _apart(areas: Dimension, times: Dimension) -> NDArray[np.int64] | None:
    """By area and period a number that is the same for areas of which one is the sum of others.

    Where periods add up as well, what an area leaves out it has no figures for: there the number
    is always the same. None where a sum holds of parts that differ: these cannot all stand for
    one period.
    """
    periods = len(times.items)
    found = np.zeros((len(areas.items), periods), np.int64)
    waiting = [] if times.sums else list(areas.sums)
    while waiting:
        totals = {each.total for each in waiting}
        each = next(one for one in waiting if totals.isdisjoint(one.parts))
        waiting.remove(each)
        parts, holds = found[list(each.parts)], np.zeros(periods, dtype=bool)
        holds[list(each.where.get(PERIOD, range(periods)))] = True
        if (parts != parts[0])[:, holds].any():
            return None
        found[each.total] = np.where(holds, parts[0], parts.max(axis=0) + 1)
    return found


class _Versions:
    """Every way in which a period is divided, by areas that add up, as an item of its own."""

    def __init__(self, periods: Dimension, apart: NDArray[np.int64]) -> None:
        self._periods, self._apart = periods, apart
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self._beside: dict[tuple[int, int], int] = {}
        self._alike: dict[tuple[tuple[int, ...], bytes], NDArray[np.int64]] = {}
        self.count = len(periods.items)

    @property
    def sums(self) -> AxisSums:
        """Each version of each total -> its parts."""
        return tuple((slot, parts) for (_, parts), slot in self._known.items())

    def of(self, area: int) -> NDArray[np.int64]:
        """For each period the item that it is in one area."""
        sums = self._periods.sums
        own = tuple(
            n for n, each in enumerate(sums) if AREA not in each.where or area in each.where[AREA]
        )
        name = (own, self._apart[area].tobytes())
        if name not in self._alike:
            found = self._apart_from_others(self._apart[area])
            self._alike[name] = self._placed(found, {sums[n].total: sums[n].parts for n in own})
        return self._alike[name]

    def _apart_from_others(self, apart: NDArray[np.int64]) -> NDArray[np.int64]:
        """Periods as they are, and an item more for each number that sets areas apart."""
        found = np.arange(len(apart))
        for period in np.flatnonzero(apart).tolist():
            name = (period, int(apart[period]))
            if name not in self._beside:
                self._beside[name] = self.count
                self.count += 1
            found[period] = self._beside[name]
        return found

    def _placed(
        self, found: NDArray[np.int64], parts: Mapping[int, Sequence[int]]
    ) -> NDArray[np.int64]:
        """The same with totals, which wait for their parts."""
        waiting = dict(parts)
        while waiting:
            total = next(n for n, each in waiting.items() if waiting.keys().isdisjoint(each))
            within = tuple(int(found[each]) for each in waiting.pop(total))
            found[total] = self._version(total, within)
        return found

    def _version(self, total: int, parts: tuple[int, ...]) -> int:
        if (total, parts) not in self._known:
            taken = total in self._known.values()
            self._known[total, parts] = self.count if taken else total
            self.count += taken
        return self._known[total, parts]


def adding_up(items: int, sums: AxisSums) -> Floats:
    """An orthonormal basis of the values of an axis that add up: items x dimensions."""
    if not sums:
        return np.eye(items)
    return np.ascontiguousarray(linalg.null_space(_equations(items, sums), rcond=_ZERO))


def _equations(items: int, sums: AxisSums) -> Floats:
    """Sums x items: parts minus total."""
    matrix = np.zeros((len(sums), items))
    for row, (total, parts) in enumerate(sums):
        matrix[row, list(parts)] = 1
        matrix[row, total] -= 1
    return matrix


def along(matrix: Floats, values: Floats, axis: int) -> Floats:
    """Multiply one axis of an array by a matrix."""
    shape = (*values.shape[:axis], matrix.shape[0], *values.shape[axis + 1 :])
    return _along_into(matrix, values, axis, np.empty(shape))


class Projection:
    """The nearest values of a lattice that add up along every axis.

    Axes with many sums are first made shorter, to values of as many as can be chosen freely, and
    last long again; of the others what does not add up is taken away in between.
    """

    def __init__(self, lattice: Lattice) -> None:
        bases = [adding_up(n, each) for n, each in zip(lattice.shape, lattice.sums, strict=True)]
        share = [each.shape[1] / each.shape[0] for each in bases]
        shorter = sorted(
            (n for n, each in enumerate(share) if each < _SHORTER), key=share.__getitem__
        )
        shape = list(lattice.shape)
        self._shapes = [tuple(shape)]
        for axis in shorter:
            shape[axis] = bases[axis].shape[1]
            self._shapes.append(tuple(shape))
        self._axes = [(n, bases[n], np.ascontiguousarray(bases[n].T)) for n in shorter]
        self._others = [
            (n, apart, np.ascontiguousarray(apart.T))
            for n, each in enumerate(lattice.sums)
            if each and n not in shorter
            for apart in (linalg.orth(_equations(lattice.shape[n], each).T, rcond=_ZERO),)
        ]
        # Kept: asking for as much memory anew takes longer than the products.
        self._room = [np.empty(each) for each in (*self._shapes, self._shapes[-1])]

    def project(self, values: Floats, found: Floats) -> None:
        """Put the nearest values of flat `values` into `found`."""
        rooms = [found.reshape(self._shapes[0]), *self._room[1:]]
        here = values.reshape(self._shapes[0])
        for number, (axis, _, down) in enumerate(self._axes):
            here = _along_into(down, here, axis, rooms[number + 1])
        if not self._axes:
            rooms[0][...] = here
            here = rooms[0]
        for axis, up, down in self._others:
            here -= _along_into(up, along(down, here, axis), axis, rooms[-1])
        for number in range(len(self._axes) - 1, -1, -1):
            axis, up, _ = self._axes[number]
            # The room on the way up is the one of the way down, whose values were used already.
            here = _along_into(up, here, axis, rooms[number])


def _along_into(matrix: Floats, values: Floats, axis: int, found: Floats) -> Floats:
    """The same, put into `found`."""
    before, many, after = (
        prod(values.shape[:axis]),
        values.shape[axis],
        prod(values.shape[axis + 1 :]),
    )
    if after == 1:
        np.matmul(values.reshape(before, many), matrix.T, out=found.reshape(before, -1))
    else:
        np.matmul(matrix, values.reshape(before, many, after),
                  out=found.reshape(before, matrix.shape[0], after))  # fmt: skip
    return found

"""Cubes of the same figures together: bounds of their slots, and exact values from rough ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from publisher.attack.cubes import Link, links_between
from publisher.attack.dimensions import Cells, Cube
from publisher.attack.lattice import Lattice, along, lattice_of
from publisher.attack.leaves import Leaves, leaves_of
from publisher.attack.mending import mended
from publisher.attack.propagation import Bounds
from publisher.attack.reflections import Copies, Reflections
from publisher.attack.system import Floats, System
from publisher.attack.worlds import Whole

UNIT = 1_000_000
"""Values of worlds are multiples of 1/UNIT."""
_MOST_EXACT = 2.0**52
_NOISE = 1.0
_ROOM = 0.04
"""Distance from its bounds that a sum keeps, so that a search may end so far from where it goes."""
_SHARE = 0.25
"""Of the width of its bounds: a sum that has less room keeps less of a distance."""
_FITTING = 20
_NEAR_ZERO = 1e-9
_FREE = 20.0
"""A first guess for parts that nothing published bounds from above: enough to move both ways."""


@dataclass(frozen=True, repr=False)
class Ensemble:
    """Lattices one after the other, coarse ones first, and what makes them one.

    links: which cells of two of them are the same numbers.
    """

    lattices: tuple[Lattice, ...]
    leaves: tuple[Leaves, ...]
    links: tuple[Link, ...]
    low: Floats
    high: Floats

    @cached_property
    def cells(self) -> Cells:
        """The cells of the system, lattice after lattice."""
        return np.concatenate(
            [np.arange(each.cube.first, each.cube.first + each.cube.size) for each in self.lattices]
        )

    @cached_property
    def slots(self) -> Cells:
        """The slot of each of `cells`."""
        return np.concatenate(
            [
                each.slot + start
                for each, start in zip(self.lattices, self._starts[:-1], strict=True)
            ]
        )

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *np.cumsum([each.size for each in self.lattices]).tolist()]

    def _own(self, number: int) -> slice:
        """Where the slots of a lattice stand."""
        return slice(self._starts[number], self._starts[number + 1])

    def _slot_of(self, cube: Cube, cells: Cells) -> Cells:
        number = next(n for n, each in enumerate(self.lattices) if each.cube is cube)
        return np.asarray(self.lattices[number].slot[cells - cube.first] + self._starts[number])

    @cached_property
    def unit(self) -> int:
        """UNIT, or less where sums would become too large to be exact."""
        most = float(self.high[np.isfinite(self.high)].max(initial=1))
        unit = UNIT
        while unit > 1 and most * unit > _MOST_EXACT:
            unit //= 10
        return unit

    def reflections(self) -> Reflections:
        """The search within bounds that leave room for rounding to a unit."""
        parts = np.concatenate(
            [each.added_up(np.ones(_shape(each))).ravel() for each in self.leaves]
        )
        noise = np.where(parts > 1, _NOISE * np.sqrt(parts) / self.unit, 0.0)
        room = np.where(parts > 1, np.maximum(noise, _ROOM), 0.0)
        most = _SHARE * (self.high - self.low)
        # Many parts of a small sum are nothing: none of them can keep a distance from that.
        low = self.low + np.minimum(np.where(self.low > 0, room, noise), most)
        high = self.high - np.minimum(room, most)
        copies = Copies.of(
            [(self._slot_of(each.coarse, each.one), self._slot_of(each.fine, each.other))
             for each in self.links]
        )  # fmt: skip
        return Reflections(self.lattices, low, high, copies)

    def first_guess(self) -> Floats:
        """Values that add up, and that are near their bounds in proportion."""
        found, low, high = np.empty_like(self.low), self.low.copy(), self.high.copy()
        for number, leaves in enumerate(self.leaves):
            for each in self._links_to(number):
                at = self._slot_of(each.fine, each.other)
                low[at] = high[at] = found[self._slot_of(each.coarse, each.one)]
            own = self._own(number)
            shape = self.lattices[number].shape
            guess = _in_proportion(leaves, low[own].reshape(shape), high[own].reshape(shape))
            found[own] = leaves.added_up(guess).ravel()
        return found

    def exact(self, values: Floats) -> Whole:
        """Whole multiples of 1/unit near `values` that add up, for each of `cells`."""
        whole = np.empty_like(values)
        for number, leaves in enumerate(self.leaves):
            own = self._own(number)
            whole[own] = self._exact(number, leaves, values[own], whole)
        return whole[self.slots].astype(np.int64)

    def _exact(self, number: int, leaves: Leaves, values: Floats, whole: Floats) -> Floats:
        unit, shape, own = self.unit, self.lattices[number].shape, self._own(number)
        low, high = (each[own].reshape(shape)[leaves.places] * unit
                     for each in (self.low, self.high))  # fmt: skip
        finest = np.clip(np.rint(values.reshape(shape)[leaves.places] * unit), low, high)
        if leaves.axis >= 0:
            given = self._given(number, values, whole).reshape(shape)
            finest = leaves.fitted(finest, low, high, given)
        every = (each[own].reshape(shape) * unit for each in (self.low, self.high))
        return mended(leaves, finest, *every).ravel()

    def _links_to(self, number: int) -> list[Link]:
        return [each for each in self.links if each.fine is self.lattices[number].cube]

    def _given(self, number: int, values: Floats, whole: Floats) -> Floats:
        """Totals as the coarser lattices have them; elsewhere rounded to a unit."""
        own = self._own(number)
        found = np.clip(np.rint(values * self.unit), self.low[own] * self.unit,
                        self.high[own] * self.unit)  # fmt: skip
        for each in self._links_to(number):
            at = self._slot_of(each.fine, each.other) - self._starts[number]
            found[at] = whole[self._slot_of(each.coarse, each.one)]
        return found


def _shape(leaves: Leaves) -> tuple[int, ...]:
    return tuple(len(each.finest) for each in leaves.axes)


def _in_proportion(leaves: Leaves, low: Floats, high: Floats) -> Floats:
    """Finest values, multiplied again and again so that their sums come nearer to the bounds."""
    rows = [each.rows for each in leaves.axes]
    low, high = low[leaves.every_way], high[leaves.every_way]
    finest = np.where(np.isfinite(high), (low + high) / 2, low + _FREE)
    own = [np.array([int(np.flatnonzero(m[:, n] * (m.sum(1) == 1))[0]) for n in range(m.shape[1])])
           for _, m in rows]  # fmt: skip
    finest = finest[np.ix_(*own)]
    for _ in range(_FITTING):
        sums = leaves.in_every_way(finest)
        far = np.log((np.clip(sums, low, high) + _NEAR_ZERO) / (sums + _NEAR_ZERO))
        wrong = (far != 0).astype(float)
        for axis, (_, matrix) in enumerate(rows):
            back = np.ascontiguousarray(matrix.T)
            far, wrong = along(back, far, axis), along(back, wrong, axis)
        finest = np.asarray(finest * np.exp(far / np.maximum(wrong, 1)))
    return finest


def ensembles_of(system: System, bounds: Bounds) -> list[Ensemble | None]:
    """The cubes that links join, and those that stand alone; None for those not understood."""
    links = links_between(system.cubes)
    found: list[Ensemble | None] = []
    for cubes in _joined(system.cubes, links):
        own = tuple(each for each in links if any(each.coarse is cube for cube in cubes))
        found.append(_ensemble(cubes, own, bounds))
    return found


def _joined(cubes: Sequence[Cube], links: Sequence[Link]) -> list[list[Cube]]:
    """Cubes in groups that links join; within a group those with fewer dimensions first."""
    group = list(range(len(cubes)))
    place = {each.first: n for n, each in enumerate(cubes)}
    for each in links:
        one, other = group[place[each.coarse.first]], group[place[each.fine.first]]
        group = [one if n == other else n for n in group]
    joined = [[cube for cube, n in zip(cubes, group, strict=True) if n == one]
              for one in sorted(set(group))]  # fmt: skip
    return [sorted(each, key=lambda cube: len(cube.dimensions)) for each in joined]


def _ensemble(cubes: Sequence[Cube], links: tuple[Link, ...], bounds: Bounds) -> Ensemble | None:
    lattices, leaves = [], []
    for cube in cubes:
        extra = {item for each in links if each.fine is cube for item in each.extra.items()}
        names = [each.name for each in cube.dimensions]
        lattice = lattice_of(cube)
        if lattice is None or len(extra) > 1:
            return None
        axis, roots = (-1, ()) if not extra else _split(names, *extra)
        finest = leaves_of(lattice, axis, roots)
        if finest is None:
            return None
        lattices.append(lattice)
        leaves.append(finest)
    low, high = (
        np.concatenate([each.spread(side[each.cube.first : each.cube.first + each.cube.size], far)
                        for each in lattices])
        for side, far in ((bounds.low, 0.0), (bounds.high, np.inf))
    )  # fmt: skip
    return Ensemble(tuple(lattices), tuple(leaves), links, low, high)


def _split(names: Sequence[str], extra: tuple[str, int]) -> tuple[int, tuple[int, ...]]:
    return names.index(extra[0]), (extra[1],)

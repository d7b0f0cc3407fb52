"""Finds the cheapest product of small moves that protects a withheld cell of a group of pupils.

A product has a corner for each area, phase, time and item of its moves. Every corner must be
withheld, or have no row in any release, and all corners but the cell itself must be able to fall
as far as the policy asks of the cell. So what is found is a proof, and needs no solver.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.group_numbers import Flags, Floats, GroupNumbers
from publisher.disclosure.group_vectors import (
    Places,
    Signs,
    Vectors,
    area_vectors,
    item_vectors,
    phase_vectors,
)
from publisher.model.time import PeriodKind

Cell = tuple[int, int, int, int]
"""Area, phase, time, item."""

_NEVER = 1e15
"""Cost of a corner that cannot be used; far above what all pupils together cost."""
_TRIED = 6
"""Candidates whose ranges are worked out, cheapest first."""


@dataclass(frozen=True)
class Times:
    """Which of the times are what; places in `GroupNumbers.times`."""

    year: int | None
    weeks: tuple[int, ...]
    left_out: tuple[int, ...]
    """Weeks that national and regional rows leave out."""
    alone: tuple[int, ...]
    """Terms, which add up to nothing."""

    @classmethod
    def of(cls, numbers: GroupNumbers) -> Times:
        """The times of a group."""
        lattice = numbers.lattice
        nodes = [lattice.times[n] for n in numbers.times]
        weeks = [n for n, each in enumerate(nodes) if each.kind is PeriodKind.WEEK]
        out = [n for n in weeks if lattice.wholly_left_out(numbers.times[n])]
        year = [n for n, each in enumerate(nodes) if each.kind is PeriodKind.YEAR_TO_DATE]
        return cls(
            year=year[0] if year else None,
            weeks=tuple(n for n in weeks if n not in out),
            left_out=tuple(out),
            alone=tuple(n for n, each in enumerate(nodes) if each.kind is PeriodKind.TERM),
        )


@dataclass(frozen=True, repr=False)
class Product:
    """Corners of a move: areas x phases x items with their signs, at the moves' times.

    `withheld`: the times at which all corners are withheld for it.
    """

    areas: Places
    phases: Places
    items: Places
    signs: Signs
    """+1 or -1 by area, phase and item, at times that rise."""
    withheld: tuple[int, ...]
    rising: tuple[int, ...]
    """Times at which each moves by itself; what longer periods add up follows."""
    falling: int | None = None
    """A week that moves the other way."""

    @property
    def block(self) -> tuple[Places, ...]:
        """The corners as an index of areas, phases and items."""
        return tuple(np.ix_(self.areas, self.phases, self.items))


@dataclass(repr=False)
class Search:
    """Looks for products; `withheld` grows while the caller withholds what they need."""

    numbers: GroupNumbers
    cost: Floats
    """Of withholding each cell, by area, phase, time and item."""
    percent: int
    withheld: Flags
    times: Times = field(init=False)

    def __post_init__(self) -> None:
        """Lay out what every search needs."""
        numbers = self.numbers
        self.times = Times.of(numbers)
        self._items = item_vectors(numbers.group)
        self._vectors: dict[int, tuple[Vectors, Vectors]] = {}
        self._present = numbers.published | numbers.unpublished
        self.fall = np.where(self._present, numbers.possible, 0).astype(float)
        self.wanted = numbers.possible * self.percent // 100 + 2.0
        total = numbers.possible[..., 0].max(axis=(1, 2))
        self._sizes = np.asarray(total, dtype=np.int64)

    def protecting(self, cell: Cell) -> Product | None:
        """The cheapest product found that protects `cell`; None if there is none."""
        for times in self._time_moves(cell[2]):
            for vectors in self._areas(cell[0], times[1]):
                found = self._cheapest(cell, vectors, times)
                if found is not None:
                    return found
        return None

    def ranges(self, product: Product) -> tuple[Floats, float]:
        """How far the product moves its corners: by time of `rising`, and over all of them."""
        each = [self._range(product, time) for time in product.rising]
        return np.array(each), float(sum(each))

    def _range(self, product: Product, time: int) -> float:
        """The larger of how far the first corner can rise and fall at one time."""
        areas, phases, items = product.block
        moving = [time] if product.falling is None else [time, product.falling]
        if not all(self._present[areas, phases, each, items].all() for each in moving):
            return 0.0
        fall = self.fall[areas, phases, time, items]
        up, down = fall[product.signs < 0], fall[product.signs > 0]
        if product.falling is not None:
            back = self.fall[areas, phases, product.falling, items]
            up = np.concatenate([up, back[product.signs > 0]])
            down = np.concatenate([down, back[product.signs < 0]])
        return float(max(_least(up), _least(down)))

    def _time_moves(
        self, time: int
    ) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], int | None]]:
        """(withheld, rising, falling): which periods a cell at `time` can move with."""
        times = self.times
        if time in times.alone or times.year is None:
            yield (time,), (time,), None
        elif time == times.year:
            yield (time, *times.weeks), times.weeks, None
            if times.left_out:
                yield (time, *times.left_out), times.left_out, None
        else:
            yield (time, times.year, *times.weeks), (time,), None
            beside = times.left_out if time in times.left_out else times.weeks
            for other in sorted(beside, key=lambda n: abs(n - time)):
                if other != time:
                    yield (time, other), (time,), other

    def _areas(self, area: int, rising: tuple[int, ...]) -> Iterator[Vectors]:
        """On days that only authorities include, an authority needs no other beside it."""
        if rising and set(rising) <= set(self.times.left_out):
            yield Vectors.of([[(area, 1)]])
            return
        if area not in self._vectors:
            lattice = self.numbers.lattice
            self._vectors[area] = area_vectors(lattice, area, self._sizes)
        yield from self._vectors[area]

    def _cheapest(
        self, cell: Cell, areas: Vectors, times: tuple[tuple[int, ...], tuple[int, ...], int | None]
    ) -> Product | None:
        if not len(areas.places):
            return None
        _, phase, _, item = cell
        local, places = np.unique(areas.places, return_inverse=True)
        places = places.reshape(areas.places.shape)
        vectors = self._items[self._items[:, item] != 0]
        moving = phase_vectors(self.numbers.lattice, phase)
        price = self._price(local, cell, *times)
        # areas x phases x moves of items, then x moves of areas.
        by_item = price @ np.abs(vectors.T).astype(float)
        pairs = by_item[:, [phase]] + by_item[:, [n for n, _ in moving]]
        pairs[local < 0] = 0.0
        costs = pairs[places].sum(axis=1)
        for place in _lowest(costs, _TRIED):
            move, pair, kind = np.unravel_index(place, costs.shape)
            if costs[move, pair, kind] >= _NEVER:
                return None
            product = _product(
                areas.move(int(move)), phase, moving[pair], vectors[kind], item, times
            )
            if self._protects(product, cell):
                return product
        return None

    def _protects(self, product: Product, cell: Cell) -> bool:
        return self.ranges(product)[1] >= float(self.wanted[cell])

    def _price(
        self,
        areas: Places,
        cell: Cell,
        withheld: tuple[int, ...],
        rising: tuple[int, ...],
        falling: int | None,
    ) -> Floats:
        """What each corner costs at all times together; `areas` x phases x items."""
        chosen = list(withheld)
        shown = self.numbers.published[areas][:, :, chosen] & ~self.withheld[areas][:, :, chosen]
        price = np.where(shown, self.cost[areas][:, :, chosen], 0.0).sum(axis=2)
        fall = self.fall[areas]
        able = fall[:, :, list(rising)].sum(axis=2) >= self.wanted[cell]
        if falling is not None:
            able &= fall[:, :, falling] >= self.wanted[cell]
        # Whole rows are for the base choice to withhold; here they are as they are.
        able[..., 0] &= ~shown[..., 0].any(axis=2)
        able[areas == cell[0], cell[1], cell[3]] = True
        return np.where(able, price, _NEVER)


def _product(
    areas: tuple[Places, Signs],
    phase: int,
    with_phase: tuple[int, int],
    vector: Signs,
    item: int,
    times: tuple[tuple[int, ...], tuple[int, ...], int | None],
) -> Product:
    items = np.flatnonzero(vector)
    other, sign = with_phase
    of_phases = np.array([1, sign], dtype=np.int8)
    of_items = vector[items] * vector[item]
    signs = areas[1][:, None, None] * of_phases[None, :, None] * of_items[None, None, :]
    phases = np.array([phase, other], dtype=np.intp)
    return Product(areas[0], phases, items, signs, *times)


def _least(values: Floats) -> float:
    return float(values.min()) if values.size else 0.0


def _lowest(costs: NDArray[np.float64], many: int) -> NDArray[np.intp]:
    """Places of the lowest costs, in order; of equal ones the first."""
    flat = costs.ravel()
    kept = min(many, flat.size)
    smallest = np.partition(flat, kept - 1)[kept - 1]
    places = np.flatnonzero(flat <= smallest)
    return places[np.argsort(flat[places], kind="stable")][:kept]

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
from publisher.disclosure.group_spread import Spread
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
    """Corners: areas x phases x items, all of which are withheld at the times of `withheld`.

    `widths`: (areas, time, how far the corners of each of these areas move at that time).
    """

    areas: Places
    phases: Places
    items: Places
    withheld: tuple[int, ...]
    widths: tuple[tuple[Places, int, Floats], ...]

    def corners(self, areas: Places, time: int) -> tuple[Places | int, ...]:
        """The corners of `areas` at one time, as an index."""
        at = np.ix_(areas, self.phases, self.items)
        return at[0], at[1], time, at[2]


TimeMove = tuple[tuple[int, ...], tuple[int, ...], int | None]
"""(withheld, rising, falling): times at which corners are withheld; those that move each by
itself; a week that moves the other way."""


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
        self._moves: dict[int, Signs] = {}
        self._vectors: dict[tuple[int, int, int], tuple[Vectors, Vectors]] = {}
        self.present = numbers.published | numbers.unpublished
        self.fall = np.where(self.present, numbers.possible, 0).astype(float)
        self.wanted = numbers.possible * self.percent // 100 + 2.0

    def protecting(self, cell: Cell) -> Product | None:
        """The cheapest product found that protects `cell`; None if there is none."""
        for times in self._time_moves(cell[2]):
            for vectors in self._areas(cell, times[1]):
                found = self._cheapest(cell, vectors, times)
                if found is not None:
                    return found
            found = self._spread(cell, times)
            if found is not None:
                return found
        return None

    def _widths(
        self, areas: tuple[Places, Signs], corners: tuple[Places, Places, Signs], times: TimeMove
    ) -> list[float]:
        """At each rising time, how far the cell can rise and fall, both ways together."""
        places, of_areas = areas
        phases, items, of_others = corners
        signs = of_areas[:, None, None] * of_others
        found = []
        for time in times[1]:
            at = np.ix_(places, phases, items)
            moving = [(time, 1)] if times[2] is None else [(time, 1), (times[2], -1)]
            if not all(self.present[at[0], at[1], each, at[2]].all() for each, _ in moving):
                found.append(0.0)
                continue
            falls = [(self.fall[at[0], at[1], each, at[2]], signs * way) for each, way in moving]
            found.append(sum(min(_least(f[sign == way]) for f, sign in falls) for way in (-1, 1)))
        return found

    def _time_moves(
        self, time: int
    ) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], int | None]]:
        """Which periods a cell at `time` can move with."""
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

    def _areas(self, cell: Cell, rising: tuple[int, ...]) -> Iterator[Vectors]:
        """On days that only authorities include, an authority needs no other beside it."""
        area, phase, _, item = cell
        if rising and set(rising) <= set(self.times.left_out):
            yield Vectors.of([[(area, 1)]])
            return
        key = (area, phase, item)
        if key not in self._vectors:
            sizes = self.fall[:, phase, list(rising), item].sum(axis=1).astype(np.int64)
            self._vectors[key] = area_vectors(self.numbers.lattice, area, sizes)
        yield from self._vectors[key]

    def _cheapest(self, cell: Cell, areas: Vectors, times: TimeMove) -> Product | None:
        if not len(areas.places):
            return None
        local, places = np.unique(areas.places, return_inverse=True)
        places = places.reshape(areas.places.shape)
        rises, falls = self._by_move(local, cell, times)
        for each in (rises, falls):
            each[local < 0] = 0.0
        # Either way round: the cell rises and what has the other sign falls, or it falls.
        signs = (areas.signs >= 0)[..., None, None]
        costs = np.minimum(
            np.where(signs, rises[places], falls[places]).sum(axis=1),
            np.where(signs, falls[places], rises[places]).sum(axis=1),
        )
        for place in _lowest(costs, _TRIED):
            move, pair, kind = np.unravel_index(place, costs.shape)
            if costs[move, pair, kind] >= _NEVER:
                return None
            vector = areas.move(int(move))
            corners = self._corners(cell, int(pair), int(kind))
            widths = self._widths(vector, corners, times)
            if sum(widths) >= self.wanted[cell]:
                return self._product(
                    vector[0], corners, times, [np.full(len(vector[0]), w) for w in widths]
                )
        return None

    def _by_move(self, areas: Places, cell: Cell, times: TimeMove) -> tuple[Floats, Floats]:
        """What the corners of an area cost that moves with the cell, as the cell rises and falls.

        Both are `areas` x other phase x move of items.
        """
        _, phase, _, item = cell
        rise, fall = self._price(areas, cell, times)
        moves = self._moves_of(item)
        moves = moves * moves[:, [item]]
        plus, minus = ((moves == way).T.astype(float) for way in (1, -1))
        up, down = rise @ plus + fall @ minus, fall @ plus + rise @ minus
        others = phase_vectors(self.numbers.lattice, phase)
        return tuple(  # type: ignore[return-value]
            np.stack(
                [here[:, phase] + (here if sign > 0 else back)[:, n] for n, sign in others], axis=1
            )
            for here, back in ((up, down), (down, up))
        )

    def _moves_of(self, item: int) -> Signs:
        if item not in self._moves:
            self._moves[item] = self._items[self._items[:, item] != 0]
        return self._moves[item]

    def _corners(self, cell: Cell, pair: int, kind: int) -> tuple[Places, Places, Signs]:
        """Phases and items of a move, and the sign of each pair of them; the cell rises."""
        _, phase, _, item = cell
        vector = self._moves_of(item)[kind]
        items = np.flatnonzero(vector)
        other, sign = phase_vectors(self.numbers.lattice, phase)[pair]
        signs = np.array([1, sign], np.int8)[:, None] * (vector[items] * vector[item])[None, :]
        return np.array([phase, other], dtype=np.intp), items, signs.astype(np.int8)

    def _product(
        self,
        areas: Places,
        corners: tuple[Places, Places, Signs],
        times: TimeMove,
        widths: list[Floats],
    ) -> Product:
        withheld, rising, falling = times
        found = list(zip([areas] * len(rising), rising, widths, strict=True))
        if falling is not None:
            found.append((areas, falling, widths[0]))
        if self.times.year is not None and self.times.year in withheld:
            found.append((areas, self.times.year, np.asarray(sum(widths))))
        return Product(areas, corners[0], corners[1], withheld, tuple(found))

    def _price(self, areas: Places, cell: Cell, times: TimeMove) -> tuple[Floats, Floats]:
        """What a corner costs that rises, and one that falls; `areas` x phases x items."""
        withheld, rising, falling = times
        chosen = list(withheld)
        shown = self.numbers.published[areas][:, :, chosen] & ~self.withheld[areas][:, :, chosen]
        price = np.where(shown, self.cost[areas][:, :, chosen], 0.0).sum(axis=2)
        # Whole rows are for the choice of rows to withhold; here they are as they are.
        price[..., 0][shown[..., 0].any(axis=2)] = _NEVER
        fall = self.fall[areas]
        moving = list(rising) if falling is None else [*rising, falling]
        there = np.asarray((fall[:, :, moving] > 0).any(axis=2), dtype=bool)
        able = fall[:, :, list(rising)].sum(axis=2) >= self.wanted[cell] / 2
        if falling is not None:
            able &= fall[:, :, falling] >= self.wanted[cell] / 2
        own = areas == cell[0]
        there[own, cell[1], cell[3]] = able[own, cell[1], cell[3]] = True
        return np.where(there, price, _NEVER), np.where(able, price, _NEVER)

    def _spread(self, cell: Cell, times: TimeMove) -> Product | None:
        """A move of a wide area that many of its authorities share."""
        lattice = self.numbers.lattice
        if lattice.authorities[cell[0]] or times[2] is not None:
            return None
        own = self._by_move(np.array([cell[0]], dtype=np.intp), cell, times)[0]
        for place in _lowest(own, _TRIED):
            _, pair, kind = np.unravel_index(place, own.shape)
            if own.ravel()[place] >= _NEVER:
                return None
            corners = self._corners(cell, int(pair), int(kind))
            found = Spread(self, cell, corners, times).cheapest()
            if found is not None:
                return self._product(found[0], corners, times, found[1])
        return None


def _least(values: Floats) -> float:
    return float(values.min()) if values.size else 0.0


def _lowest(costs: NDArray[np.float64], many: int) -> NDArray[np.intp]:
    """Places of the lowest costs, in order; of equal ones the first."""
    flat = costs.ravel()
    kept = min(many, flat.size)
    smallest = np.partition(flat, kept - 1)[kept - 1]
    places = np.flatnonzero(flat <= smallest)
    return places[np.argsort(flat[places], kind="stable")][:kept]

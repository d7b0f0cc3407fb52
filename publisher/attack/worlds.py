"""Worlds: values of every unknown number that agree with everything published.

Two worlds in which a withheld number differs enough show that no attack on these facts can work
it out. Checking them takes one pass over the sums and no solver.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from publisher.attack.system import Flags, Floats, System

Whole = NDArray[np.integer]
_RATE_TOLERANCE = 1e-6
_AT_ONCE = 1 << 21
"""Parts of sums that are added up together: a year has many times as many."""
SILENT = -1
"""Value of a cell that a world says nothing about."""


@dataclass(frozen=True, repr=False)
class World:
    """Values of the cells from `first` on, in multiples of 1/`unit`: whole where `unit` is 1.

    A world may be `SILENT` about parts of a system that no sum or rate joins to the rest, as it is
    about the cells before and after: what is published has come about somehow, so that there is
    some world for them, and any will do.
    """

    values: Whole
    unit: int = 1
    first: int = 0

    def of_all(self, cells: int) -> Whole:
        """Values of all cells of a system with so many; itself where it has them all."""
        if self.first == 0 and len(self.values) == cells:
            return self.values
        found = np.full(cells, SILENT, self.values.dtype)
        found[self.first : self.first + len(self.values)] = self.values
        return found


def agrees(system: System, world: World) -> bool:
    """Whether a world agrees with every number, symbol, sum and rate of a system."""
    unit = world.unit
    if world.first < 0 or world.first + len(world.values) > system.cells or unit < 1:
        return False
    values = world.of_all(system.cells)
    said = values != SILENT
    inside = ~said | ((values >= system.low * unit) & (values <= system.high * unit))
    rates = said[system.rates.numerator] == said[system.rates.denominator]
    if not inside.all() or not rates.all():
        return False
    spoken = range(world.first, world.first + len(world.values))
    return _sums_hold(system, values, spoken) and _rates_hold(system, values / unit, said)


def _sums_hold(system: System, values: Whole, spoken: range) -> bool:
    """Whether every sum adds up that a world speaks of, and that of all its parts or none."""
    for sums in system.sums.pieces(_AT_ONCE):
        if not any(_meet(each, spoken) for each in (sums.total, sums.part)):
            continue
        parts, total = values[sums.part], values[sums.total]
        silent = np.add.reduceat(parts == SILENT, sums.start[:-1], dtype=np.int64)
        added = np.add.reduceat(parts, sums.start[:-1], dtype=np.int64)
        told = (silent == 0) & (added == total)
        if not np.where(total == SILENT, silent == sums.size, told).all():
            return False
    return True


def _meet(cells: NDArray[np.integer], spoken: range) -> bool:
    """Whether a world may speak of some of the cells: it does not if all are before or after."""
    return bool(cells.min() < spoken.stop and cells.max() >= spoken.start)


def _rates_hold(system: System, values: Floats, said: Flags) -> bool:
    rates = system.rates
    top, bottom = values[rates.numerator], values[rates.denominator]
    most = rates.high * (bottom + rates.slack) + rates.slack + _RATE_TOLERANCE
    least = rates.low * (bottom - rates.slack) - rates.slack - _RATE_TOLERANCE
    return bool((((top <= most) & (top >= least)) | ~said[rates.numerator]).all())


@dataclass(repr=False)
class Worlds:
    """Worlds found so far, and for each protected cell its lowest and highest value in them.

    lowest_in, highest_in: the numbers of the worlds with these values; -1 before the first.
    tell: is told each world that is kept.
    """

    system: System
    kept: list[World] = field(default_factory=list)
    tell: Callable[[World], None] | None = None
    lowest: Floats = field(init=False)
    highest: Floats = field(init=False)
    lowest_in: NDArray[np.int64] = field(init=False)
    highest_in: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.system.protected.cell)
        self.lowest, self.highest = np.full(count, np.inf), np.full(count, -np.inf)
        self.lowest_in, self.highest_in = (np.full(count, -1, np.int64) for _ in range(2))

    @property
    def settled(self) -> Flags:
        """Which protected cells two of the worlds show to be safe."""
        met = self.lowest_in >= 0
        low, high = np.where(met, self.lowest, 0), np.where(met, self.highest, 0)
        protected = self.system.protected
        return met & protected.holds(low, high)

    def add(self, world: World) -> bool:
        """Keep a world if it agrees and widens the range of a cell that is not settled."""
        if not agrees(self.system, world):
            return False
        cells = self.system.protected.cell
        whole = world.of_all(self.system.cells)[cells]
        values = whole / world.unit
        open_ = ~self.settled & (whole != SILENT)
        lower, higher = open_ & (values < self.lowest), open_ & (values > self.highest)
        if not (lower.any() or higher.any()):
            return False
        self.kept.append(world)
        place = len(self.kept) - 1
        self.lowest[lower], self.lowest_in[lower] = values[lower], place
        self.highest[higher], self.highest_in[higher] = values[higher], place
        if self.tell is not None:
            self.tell(world)
        return True

    def needed(self) -> NDArray[np.int64]:
        """Numbers of the worlds that settled cells rest on."""
        done = self.settled
        return np.unique(np.concatenate([self.lowest_in[done], self.highest_in[done]]))

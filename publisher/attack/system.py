"""One system of facts over unknown whole numbers, in flat arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.attack.dimensions import Cells, Cube

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class Sums:
    """Equations `total = sum of parts`; those of equation e are `part[start[e]:start[e + 1]]`."""

    total: Cells
    start: NDArray[np.int64]
    part: NDArray[np.int32]

    @classmethod
    def of(cls, families: Sequence[tuple[Cells, NDArray[np.int64]]]) -> Sums:
        """Put families of equally long equations into one list."""
        totals = [total for total, _ in families]
        parts = [part.ravel().astype(np.int32) for _, part in families]
        sizes = [np.full(len(total), part.shape[1], np.int64) for total, part in families]
        empty = np.zeros(0, np.int64)
        start = np.concatenate([[0], np.cumsum(np.concatenate([empty, *sizes]))])
        return cls(
            np.concatenate([empty, *totals]),
            start.astype(np.int64),
            np.concatenate([empty.astype(np.int32), *parts]),
        )

    @property
    def count(self) -> int:
        """How many equations there are."""
        return len(self.total)

    @property
    def size(self) -> NDArray[np.int64]:
        """How many parts each equation has."""
        return np.diff(self.start)

    def parts_of(self, equation: int) -> NDArray[np.int32]:
        """The parts of one equation."""
        return self.part[self.start[equation] : self.start[equation + 1]]

    def touched(self, cells: Flags) -> Flags:
        """Which equations have one of `cells` as a part or the total; a flag for each equation."""
        if not self.count:
            return np.zeros(0, dtype=bool)
        among_parts = np.logical_or.reduceat(cells[self.part], self.start[:-1])
        return np.asarray(among_parts | cells[self.total], dtype=bool)

    def chosen(self, use: Flags | NDArray[np.int64]) -> Sums:
        """Some of the equations, in their order: few of them."""
        which = np.flatnonzero(use) if use.dtype == bool else use
        size = self.start[which + 1] - self.start[which]
        start = np.concatenate([[0], np.cumsum(size)])
        steps = np.arange(start[-1]) - np.repeat(start[:-1], size)
        return Sums(self.total[which], start, self.part[np.repeat(self.start[which], size) + steps])

    def kept(self, use: Flags) -> Sums:
        """Most of the equations, in their order: without room for a number of each part."""
        start = np.concatenate([[0], np.cumsum(self.size[use])])
        return Sums(self.total[use], start, self.part[np.repeat(use, self.size)])

    def pieces(self, parts: int) -> Iterator[Sums]:
        """All equations in their order, about so many parts at a time; without copies."""
        within = np.searchsorted(self.start, np.arange(0, self.start[-1], parts))
        for a, b in pairwise(np.unique([*within.tolist(), self.count]).tolist()):
            first, last = self.start[a], self.start[b]
            yield Sums(self.total[a:b], self.start[a : b + 1] - first, self.part[first:last])

    def matrix(self, cells: int) -> sparse.csr_matrix:
        """Equations x cells: parts minus total."""
        own = np.repeat(np.arange(self.count), self.size)
        rows = np.concatenate([own, np.arange(self.count)])
        columns = np.concatenate([self.part, self.total])
        signs = np.concatenate([np.ones(len(own)), -np.ones(self.count)])
        return sparse.csr_matrix((signs, (rows, columns)), shape=(self.count, cells))


@dataclass(frozen=True, repr=False)
class Rates:
    """Published shares: `low <= (numerator ± slack) / (denominator ± slack) <= high`, as fractions.

    `slack` is how far a rounded count that the rate was computed from may be from the true one.
    """

    numerator: Cells
    denominator: Cells
    low: Floats
    high: Floats
    slack: float = 0.0

    @property
    def count(self) -> int:
        """How many rates there are."""
        return len(self.numerator)

    @classmethod
    def none(cls) -> Rates:
        """No rates."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, np.zeros(0), np.zeros(0))


@dataclass(frozen=True, repr=False)
class Protected:
    """What must not be worked out: cells, how, and the rows they stand for.

    candidates: 0 where a range must exceed `percent` of the value, else how many values must
    stay possible.
    """

    cell: Cells
    candidates: NDArray[np.int64]
    percent: int

    def holds(self, low: Floats, high: Floats) -> Flags:
        """Whether ranges from `low` to `high` are as wide as the policy asks for any truth in them.

        A range of counts is wide enough for every value in it when it is for its highest: two
        worlds with a < (100 - percent)% of b leave no value known to within `percent`.
        """
        wide = 100 * low < (100 - self.percent) * high
        many = high - low + 1 >= self.candidates
        return np.where(self.candidates > 0, many, wide)


@dataclass(frozen=True, repr=False)
class System:
    """Everything that is published about one set of unknown numbers.

    low, high: what figures say of each cell by themselves. shown: some figure says a number for
    it. withheld: some file says that it is withheld.
    """

    cubes: tuple[Cube, ...]
    low: Floats
    high: Floats
    shown: Flags
    withheld: Flags
    sums: Sums
    rates: Rates
    protected: Protected
    assumptions: tuple[str, ...] = ()

    @property
    def cells(self) -> int:
        """How many unknown numbers there are."""
        return len(self.low)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all facts: two systems with the same digest say the same."""
        found = hashlib.sha256()
        for each in (self.low, self.high, self.sums.total, self.sums.start, self.sums.part,
                     self.rates.numerator, self.rates.denominator, self.rates.low,
                     self.rates.high, self.protected.cell, self.protected.candidates):  # fmt: skip
            found.update(np.ascontiguousarray(each).tobytes())
        found.update(f"{self.rates.slack},{self.protected.percent}".encode())
        return found.hexdigest()

    def cube_of(self, cell: int) -> Cube:
        """The cube that a cell belongs to."""
        return next(each for each in reversed(self.cubes) if cell >= each.first)

    def words(self, cell: int) -> str:
        """A cell in words for people."""
        return self.cube_of(cell).words(cell)

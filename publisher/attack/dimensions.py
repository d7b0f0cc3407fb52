"""The lattice of unknown numbers: dimensions, their items, and what adds up to what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int64]


@dataclass(frozen=True)
class ItemSum:
    """One item is the sum of others, for the items of other dimensions that `where` allows."""

    total: int
    parts: tuple[int, ...]
    where: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Dimension:
    """A way in which numbers are divided."""

    name: str
    items: tuple[str, ...]
    sums: tuple[ItemSum, ...] = ()

    @cached_property
    def place(self) -> dict[str, int]:
        """Item -> its number."""
        return {item: n for n, item in enumerate(self.items)}


@dataclass(frozen=True)
class Cube:
    """Unknown numbers of one kind, one per combination of items; numbered from `first`.

    unit: "sessions", "pupils" or "numbers". labels: words for people, by dimension and item.
    """

    name: str
    unit: str
    dimensions: tuple[Dimension, ...]
    first: int
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many items each dimension has."""
        return tuple(len(each.items) for each in self.dimensions)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return prod(self.shape)

    @cached_property
    def strides(self) -> dict[str, int]:
        """By how much the number of a cell changes from one item to the next."""
        steps = [prod(self.shape[n + 1 :]) for n in range(len(self.shape))]
        return {each.name: step for each, step in zip(self.dimensions, steps, strict=True)}

    def dimension(self, name: str) -> Dimension:
        """The dimension called `name`; KeyError if there is none."""
        return {each.name: each for each in self.dimensions}[name]

    def cells(self, items: Mapping[str, NDArray[np.int64]]) -> Cells:
        """The cells at these items, one array of item numbers per dimension."""
        total = np.full(len(next(iter(items.values()))), self.first, np.int64)
        for name, codes in items.items():
            total += codes * self.strides[name]
        return total

    def items_of(self, cell: int) -> dict[str, str]:
        """The item of each dimension at a cell."""
        places = np.unravel_index(cell - self.first, self.shape)
        return {
            each.name: each.items[int(n)] for each, n in zip(self.dimensions, places, strict=True)
        }

    def words(self, cell: int, leaving_out: Iterable[str] = ()) -> str:
        """The cell in words for people."""
        found = self.items_of(cell)
        said = [
            self.labels.get(name, {}).get(item, item)
            for name, item in found.items()
            if name not in leaving_out and item
        ]
        return ", ".join(said)

    def equations(self) -> Sequence[tuple[Cells, NDArray[np.int64]]]:
        """Sums of all dimensions: for each the totals (k,) and their parts (k, n)."""
        found = []
        for dimension in self.dimensions:
            step = self.strides[dimension.name]
            for each in dimension.sums:
                base = self._bases(dimension.name, each.where)
                parts = np.asarray(each.parts, np.int64) * step
                found.append((base + each.total * step, base[:, None] + parts[None, :]))
        return found

    def _bases(self, without: str, where: Mapping[str, tuple[int, ...]]) -> Cells:
        base = np.array([self.first], np.int64)
        for other in self.dimensions:
            if other.name == without:
                continue
            allowed = np.asarray(where.get(other.name, range(len(other.items))), np.int64)
            steps = allowed * self.strides[other.name]
            base = (base[:, None] + steps[None, :]).ravel()
        return base

"""Values that add up and lie within bounds, found by reflections between the two.

Values that add up are a linear space that is a product of small ones, so that the nearest point of
it costs a few products of small matrices, however many numbers there are; the nearest point within
bounds costs a comparison. Going from one to the other (Douglas and Rachford's method) ends where
both hold. What it finds is never believed: whoever asks adds it up again in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from publisher.attack.dimensions import Cells
from publisher.attack.lattice import Lattice, Projection
from publisher.attack.system import Flags, Floats

Piece = TypeVar("Piece")
Found = TypeVar("Found")

_RELAXED = 1.6
"""Steps longer than plain reflections: fewer of them are needed, and below 2 all is well."""
_AT_ONCE = 1 << 15
"""Numbers that are worked on together, so that they stay in the processor's cache."""
_THREADS, _ALONE = 2, 1 << 18
"""Threads that share a step, and numbers of which one thread alone makes a step as soon."""
_LOOKED_AT = 5
"""Steps between two looks at how far values are from their bounds."""


@dataclass(frozen=True, repr=False)
class Copies:
    """Slots of several lattices that stand for the same number; `number` is sorted by meaning."""

    slot: Cells
    number: NDArray[np.int64]
    times: Floats

    @classmethod
    def of(cls, pairs: Sequence[tuple[Cells, Cells]]) -> Copies:
        """From pairs of equal slots, a coarse one first."""
        nothing = np.zeros(0, np.int64)
        coarse = np.concatenate([nothing, *(one for one, _ in pairs)])
        fine = np.concatenate([nothing, *(other for _, other in pairs)])
        known, number = np.unique(coarse, return_inverse=True)
        slot = np.concatenate([known, fine])
        number = np.concatenate([np.arange(len(known)), number])
        return cls(slot, number, np.bincount(number, minlength=len(known)).astype(float))

    def mean(self, values: Floats) -> Floats:
        """Values of `slot`, each replaced by the mean of its copies."""
        if not len(values):
            return values
        mean = np.bincount(self.number, values, minlength=len(self.times)) / self.times
        return np.asarray(mean[self.number])


@dataclass(frozen=True, repr=False)
class Push:
    """Where some slots, sorted, should go: towards `target`, by `force` at a time."""

    slot: Cells
    up: Flags
    target: Floats
    force: Floats

    def moved(self, values: Floats) -> Floats:
        """Values of `slot` a step nearer to their targets."""
        higher = np.minimum(values + self.force, np.maximum(self.target, values))
        lower = np.maximum(values - self.force, np.minimum(self.target, values))
        return np.where(self.up, higher, lower)

    def chosen(self, which: NDArray[np.int64]) -> Push:
        """Some of the slots."""
        return Push(self.slot[which], self.up[which], self.target[which], self.force[which])

    def among(self, slots: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which of `slots` are pushed, and where they are in `slot`."""
        if not len(self.slot):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        place = np.minimum(np.searchsorted(self.slot, slots), len(self.slot) - 1)
        found = np.flatnonzero(self.slot[place] == slots)
        return found, place[found]


class Reflections:
    """Lattices one after the other, with bounds for their slots."""

    def __init__(
        self, lattices: Sequence[Lattice], low: Floats, high: Floats, copies: Copies
    ) -> None:
        self.low, self.high, self._copies = low, high, copies
        ends = np.cumsum([0, *(each.size for each in lattices)])
        self._parts = [
            (slice(int(a), int(b)), Projection(each))
            for each, a, b in zip(lattices, ends[:-1], ends[1:], strict=True)
        ]
        shares = np.linspace(0, int(ends[-1]), _THREADS + 1).astype(int).tolist()
        # A thread has room of its own.
        self._shares = [(range(a, b, _AT_ONCE), b, np.empty(_AT_ONCE)) for a, b in pairwise(shares)]
        self._threads = ThreadPoolExecutor(_THREADS) if ends[-1] > _ALONE else None

    def from_(
        self, start: Floats, push: Push | None, pushed: int, most: int, near: float
    ) -> tuple[Floats, Floats, float]:
        """Values that add up, where the search stands, and how far from the bounds they are.

        Args:
            start: where the search stands; changed.
            push: where slots should go during the first steps.
            pushed: for how many steps.
            most: steps after which the search ends in any case.
            near: distance from the bounds at which it ends.
        """
        values, last = np.empty_like(start), np.inf
        self._add_up(start, values)
        for step in range(most):
            self._step(values, start, push if step < pushed else None)
            self._add_up(start, values)
            if step < pushed or step % _LOOKED_AT:
                continue
            far, away = self._distances(values)
            if far <= near:
                break
            if away > last:
                np.clip(values, self.low, self.high, out=start)
                self._add_up(start, values)
            last = np.inf if away > last else away
        return values, start, self._distances(values)[0]

    def _distances(self, values: Floats) -> tuple[float, float]:
        """By how much values leave their bounds, or copies differ: at most, and root of squares."""
        copied = values[self._copies.slot]
        apart = self._copies.mean(copied) - copied
        far, squares = float(np.abs(apart).max(initial=0)), float(apart @ apart)
        found = self._each(lambda share: self._distances_of(values, *share), self._shares)
        every = squares + sum(more for _, more in found)
        return max(far, *(one for one, _ in found)), float(np.sqrt(every))

    def _distances_of(
        self, values: Floats, starts: Iterable[int], end: int, room: Floats
    ) -> tuple[float, float]:
        """The same of a share of the values; the sum of squares."""
        far = squares = 0.0
        for a in starts:
            own = slice(a, min(a + _AT_ONCE, end))
            x = values[own]
            r = room[: len(x)]
            np.clip(x, self.low[own], self.high[own], out=r)
            r -= x
            squares += float(r @ r)
            far = max(far, float(r.max()), -float(r.min()))
        return far, squares

    def _each(self, work: Callable[[Piece], Found], pieces: Sequence[Piece]) -> list[Found]:
        """Do the same with every piece, in threads where that is worth while."""
        return list((map if self._threads is None else self._threads.map)(work, pieces))

    def _add_up(self, values: Floats, found: Floats) -> None:
        self._each(lambda part: part[1].project(values[part[0]], found[part[0]]), self._parts)

    def _step(self, values: Floats, stand: Floats, push: Push | None) -> None:
        """One step from `stand`, whose nearest values that add up are `values`."""
        moved = [self._shared(values, stand, push)]
        if push is not None:
            # First, so that numbers with copies keep the mean of all of these.
            at = push.slot
            moved.insert(0, (at, push.moved(2 * values[at] - stand[at])))
        ends = [
            (at, stand[at] + _RELAXED * (np.clip(to, self.low[at], self.high[at]) - values[at]))
            for at, to in moved
        ]
        self._each(lambda share: self._step_of(values, stand, *share), self._shares)
        for at, to in ends:
            stand[at] = to

    def _step_of(
        self, values: Floats, stand: Floats, starts: Iterable[int], end: int, room: Floats
    ) -> None:
        """A step of a share of the values, without a push."""
        for a in starts:
            own = slice(a, min(a + _AT_ONCE, end))
            x, z = values[own], stand[own]
            r = room[: len(x)]
            np.multiply(x, 2.0, out=r)
            r -= z
            np.clip(r, self.low[own], self.high[own], out=r)
            r -= x
            r *= _RELAXED
            z += r

    def _shared(self, values: Floats, stand: Floats, push: Push | None) -> tuple[Cells, Floats]:
        """Slots with copies, and the mean of these after a push."""
        at = self._copies.slot
        mirrored = 2 * values[at] - stand[at]
        if push is not None:
            pushed, of_push = push.among(at)
            mirrored[pushed] = push.chosen(of_push).moved(mirrored[pushed])
        return at, self._copies.mean(mirrored)

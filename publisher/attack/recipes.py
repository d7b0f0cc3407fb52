"""How a bound came about: a sum of published numbers that anyone can redo by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from publisher.attack.propagation import Bounds, Improvements
from publisher.attack.system import System

_MOST_TERMS = 20_000
_LOW, _HIGH = 0, 1


@dataclass(frozen=True)
class Term:
    """`times` the lowest or highest number behind one published figure.

    rate: the bound follows from a published share of another number, not from the figure itself.
    """

    times: int
    cell: int
    highest: bool
    value: float
    rate: bool = False


@dataclass(frozen=True)
class Recipe:
    """A bound of one cell as a sum of terms: `bound = sum(times * value)`."""

    cell: int
    highest: bool
    bound: float
    terms: tuple[Term, ...]
    words: str

    @property
    def redone(self) -> float:
        """The bound, added up again."""
        return sum(each.times * each.value for each in self.terms)


@dataclass(frozen=True, repr=False)
class Recipes:
    """Tells how bounds of a propagated system came about."""

    system: System
    bounds: Bounds

    def of(self, cell: int) -> tuple[Recipe, Recipe]:
        """How the lowest and the highest value of a cell were found."""
        return self._recipe(cell, _LOW), self._recipe(cell, _HIGH)

    def _recipe(self, cell: int, side: int) -> Recipe:
        terms: dict[tuple[int, int, bool], int] = {}
        values: dict[tuple[int, int, bool], float] = {}
        waiting = [(cell, side, 1, len(self.bounds.sweeps))]
        while waiting:
            if len(terms) + len(waiting) > _MOST_TERMS:
                return self._untold(cell, side)
            this, which, times, before = waiting.pop()
            found = self._latest(this, which, before)
            if found is None or found[0] < 0:
                key = (this, which, found is not None)
                terms[key] = terms.get(key, 0) + times
                start = (self.system.low, self.system.high)[which][this]
                values[key] = float(start if found is None else found[1])
                continue
            reason, _value, sweep = found
            waiting += [(c, s, times * t, sweep) for c, s, t in self._from(this, which, reason)]
        kept = tuple(
            Term(times, c, s == _HIGH, values[c, s, rate], rate)
            for (c, s, rate), times in sorted(terms.items())
            if times and not (values[c, s, rate] == 0 and not self.system.shown[c])
        )
        bound = (self.bounds.low, self.bounds.high)[side][cell]
        return Recipe(cell, side == _HIGH, float(bound), kept, self.words(cell, side))

    def _untold(self, cell: int, side: int) -> Recipe:
        """A bound with too many steps to tell is its own only term."""
        bound = float((self.bounds.low, self.bounds.high)[side][cell])
        return Recipe(cell, side == _HIGH, bound, (), self.words(cell, side) + ", in many steps")

    def _from(self, cell: int, side: int, equation: int) -> Iterator[tuple[int, int, int]]:
        """The bounds that one step used: cell, side, and how often it counts."""
        total = int(self.system.sums.total[equation])
        parts = self.system.sums.parts_of(equation).tolist()
        if cell == total:
            yield from ((part, side, 1) for part in parts)
            return
        yield total, side, 1
        yield from ((part, 1 - side, -1) for part in parts if part != cell)

    def _latest(self, cell: int, side: int, before: int) -> tuple[int, float, int] | None:
        """The last improvement of a bound before a sweep: reason, value, sweep."""
        for sweep in range(before - 1, -1, -1):
            steps = self._steps[sweep][side]
            place = int(np.searchsorted(steps.cell, steps.cell.dtype.type(cell)))
            if place < len(steps.cell) and steps.cell[place] == cell:
                return int(steps.reason[place]), float(steps.value[place]), sweep
        return None

    @cached_property
    def _steps(self) -> list[tuple[Improvements, Improvements]]:
        return [(each.low, each.high) for each in self.bounds.sweeps]

    def words(self, cell: int, side: int) -> str:
        """The last step of a bound in words: `London minus its 32 other areas`."""
        found = self._latest(cell, side, len(self.bounds.sweeps))
        if found is None:
            return "published as a number" if self.system.shown[cell] else "known from the start"
        if found[0] < 0:
            return "published as a share of a number that is known"
        return step_in_words(self.system, cell, found[0])


def step_in_words(system: System, cell: int, equation: int) -> str:
    """One step from an equation to a cell, in words."""
    total = int(system.sums.total[equation])
    parts = system.sums.parts_of(equation).tolist()
    name = differing(system, total, parts[0])
    if cell == total:
        return f"the sum of its {len(parts)} parts by {name}"
    others = len(parts) - 1
    return f"{system.words(total)}, minus its {others} other parts by {name}"


def differing(system: System, one: int, other: int) -> str:
    """The dimension in which two cells of an equation differ."""
    cube, theirs = system.cube_of(one), system.cube_of(other)
    if cube is not theirs:
        return "data set"
    mine, yours = cube.items_of(one), cube.items_of(other)
    return next(name for name in mine if mine[name] != yours[name])

"""What follows for every number from all others: bounds propagated to a fixed point.

Every equation bounds its total by its parts and each part by the total and the other parts; every
rate bounds its count by the other. Bounds stay whole numbers. Each improvement remembers what it
came from, so that it can be told as a recipe.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.attack.system import Flags, Floats, Rates, Sums, System
from publisher.model.progress import Progress

_MOST_SWEEPS = 400
"""Stopping early leaves bounds too wide, never wrong."""
_MOST_CONTRADICTIONS = 20
_MANY = 0.02
"""Share of changed cells from which on all equations are looked through."""
_AT_ONCE, _THREADS = 1 << 20, 2
"""Parts of equations that a thread looks at together: a year has many times as many."""


@dataclass(frozen=True, repr=False)
class Improvements:
    """Bounds of one side that became tighter in one sweep; `cell` is sorted.

    reason: the number of an equation, or -1 - the number of a rate. value: the new bound.
    """

    cell: NDArray[np.integer]
    reason: NDArray[np.integer]
    value: Floats


@dataclass(frozen=True, repr=False)
class Sweep:
    """What one pass over the equations found."""

    low: Improvements
    high: Improvements


@dataclass(frozen=True)
class Contradiction:
    """Published figures that cannot all be true: of one cell, in one sum, or of one rate."""

    kind: str
    number: int


@dataclass(frozen=True, repr=False)
class Bounds:
    """Lowest and highest value of each cell, how they came about, and what cannot be true."""

    low: Floats
    high: Floats
    sweeps: tuple[Sweep, ...]
    contradictions: tuple[Contradiction, ...]


def propagate(system: System, progress: Progress) -> Bounds:
    """Tighten what figures say of each cell until nothing changes, or something cannot be true."""
    low, high = system.low.copy(), system.high.copy()
    clashes = np.flatnonzero(low > high)[:_MOST_CONTRADICTIONS]
    wrong = tuple(Contradiction("cell", int(each)) for each in clashes)
    if wrong:
        return Bounds(low, high, (), wrong)
    touching = _Touching(system.sums, system.cells)
    active = np.arange(system.sums.count)
    sweeps: list[Sweep] = []
    with progress.stage("Propagating bounds", _MOST_SWEEPS) as advance:
        while len(sweeps) < _MOST_SWEEPS and not wrong:
            sweep, wrong = _sweep(system, active, low, high)
            low[sweep.low.cell], high[sweep.high.cell] = sweep.low.value, sweep.high.value
            changed = np.zeros(system.cells, dtype=bool)
            changed[sweep.low.cell] = changed[sweep.high.cell] = True
            if not changed.any():
                break
            sweeps.append(sweep)
            active = touching.equations(changed)
            advance(1)
    return Bounds(low, high, tuple(sweeps), wrong)


def _sweep(
    system: System, active: NDArray[np.int64], low: Floats, high: Floats
) -> tuple[Sweep, tuple[Contradiction, ...]]:
    def by_sums(piece: NDArray[np.int64]) -> _Found:
        return _by_sums(system.sums.chosen(piece), piece, low, high)

    with ThreadPoolExecutor(_THREADS) as pool:
        of_sums = list(pool.map(by_sums, _pieces(system, active)))
    found = [*of_sums, _by_rates(system.rates, low, high)]
    wrong = tuple(each for *_, reasons in found for each in reasons)
    lower = _best([each[0] for each in found], system.cells, largest=True)
    upper = _best([each[1] for each in found], system.cells, largest=False)
    return Sweep(lower, upper), wrong[:_MOST_CONTRADICTIONS]


def _pieces(system: System, active: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Equations in their order, in pieces of about `_AT_ONCE` parts."""
    size = system.sums.start[active + 1] - system.sums.start[active]
    piece = np.cumsum(size) // _AT_ONCE
    return np.split(active, np.flatnonzero(np.diff(piece)) + 1)


_Found = tuple[Improvements, Improvements, tuple[Contradiction, ...]]


def _by_sums(sums: Sums, names: NDArray[np.int64], low: Floats, high: Floats) -> _Found:
    if sums.count == 0:
        return _nothing(), _nothing(), ()
    part, own = sums.part, np.repeat(np.arange(sums.count), sums.size)
    part_low, part_high = low[part], high[part]
    endless = ~np.isfinite(part_high)
    finite = np.where(endless, 0.0, part_high)
    least = np.add.reduceat(part_low, sums.start[:-1])
    most = np.add.reduceat(finite, sums.start[:-1])
    open_ends = np.add.reduceat(endless.astype(np.int64), sums.start[:-1])
    most_or_endless = np.where(open_ends > 0, np.inf, most)
    total_low, total_high = low[sums.total], high[sums.total]
    others_open = open_ends[own] - endless > 0
    part_least = np.where(others_open, -np.inf, total_low[own] - (most[own] - finite))
    part_most = total_high[own] - (least[own] - part_low)
    wrong = names[(least > total_high) | (most_or_endless < total_low)]
    cells = (sums.total, part)
    return (
        _improved(cells, (least, part_least), (names, own), low, largest=True),
        _improved(cells, (most_or_endless, part_most), (names, own), high, largest=False),
        tuple(Contradiction("sum", each) for each in wrong.tolist()),
    )


def _by_rates(rates: Rates, low: Floats, high: Floats) -> _Found:
    if rates.count == 0:
        return _nothing(), _nothing(), ()
    top, bottom, slack = rates.numerator, rates.denominator, rates.slack
    some = rates.low > 0
    top_low = _up(rates.low * np.maximum(low[bottom] - slack, 0) - slack)
    top_high = _down(rates.high * (high[bottom] + slack) + slack)
    with np.errstate(divide="ignore", invalid="ignore"):
        bottom_low = _up(np.maximum(low[top] - slack, 0) / rates.high - slack)
        bottom_high = _down(np.where(some, (high[top] + slack) / rates.low + slack, np.inf))
    bottom_low = np.where(rates.high > 0, bottom_low, -np.inf)
    own = np.arange(rates.count)
    names = -1 - own
    wrong = np.flatnonzero((top_low > high[top]) | (top_high < low[top]))
    cells = (top, bottom)
    return (
        _improved(cells, (top_low, bottom_low), (names, own), low, largest=True),
        _improved(cells, (top_high, bottom_high), (names, own), high, largest=False),
        tuple(Contradiction("rate", each) for each in wrong.tolist()),
    )


def _up(values: Floats) -> Floats:
    return np.ceil(values - 1e-6)


def _down(values: Floats) -> Floats:
    return np.floor(values + 1e-6)


def _improved(
    cells: tuple[NDArray[np.integer], ...],
    values: tuple[Floats, ...],
    reasons: tuple[NDArray[np.int64], NDArray[np.int64]],
    present: Floats,
    *,
    largest: bool,
) -> Improvements:
    """What is better than at present, of totals or counts, and of parts or what counts are part of.

    reasons: names of sums or rates, and by which of them each of the second `values` was bounded.
    """
    names, own = reasons
    one, other = (
        np.flatnonzero(value > present[cell] if largest else value < present[cell])
        for cell, value in zip(cells, values, strict=True)
    )
    return Improvements(
        np.concatenate([cells[0][one], cells[1][other]]).astype(np.int64),
        np.concatenate([names[one], names[own[other]]]),
        np.concatenate([values[0][one], values[1][other]]),
    )


def _best(found: list[Improvements], cells: int, *, largest: bool) -> Improvements:
    """For each cell its tightest new bound; among equal ones that of the first equation."""
    cell, reason, value = (
        np.concatenate([getattr(each, name) for each in found])
        for name in ("cell", "reason", "value")
    )
    best = np.full(cells, -np.inf if largest else np.inf)
    (np.maximum if largest else np.minimum).at(best, cell, value)
    tightest = value == best[cell]
    cell, reason = cell[tightest], reason[tightest]
    first = np.full(cells, np.iinfo(np.int64).max)
    np.minimum.at(first, cell, reason)
    improved = np.flatnonzero(first < np.iinfo(np.int64).max)
    # Half as wide as they could be: those of a year are kept as long as the attack lasts.
    kept = improved.astype(np.int32), first[improved].astype(np.int32)
    return Improvements(*kept, best[improved])


def _nothing() -> Improvements:
    return Improvements(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


class _Touching:
    """Which equations cells are in."""

    def __init__(self, sums: Sums, cells: int) -> None:
        self._sums, self._cells = sums, cells

    def equations(self, changed: Flags) -> NDArray[np.int64]:
        """The equations that a changed cell is a part or the total of."""
        cells = np.flatnonzero(changed)
        if len(cells) > _MANY * self._cells:
            return np.flatnonzero(self._sums.touched(changed))
        found: Flags = changed[self._sums.total]
        start, equation = self._by_part
        size = start[cells + 1] - start[cells]
        before = np.concatenate([[0], np.cumsum(size)])
        steps = np.arange(before[-1]) - np.repeat(before[:-1], size)
        found[equation[np.repeat(start[cells], size) + steps]] = True
        return np.flatnonzero(found)

    @cached_property
    def _by_part(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """For each cell where its equations start, and the equations."""
        sums = self._sums
        some = np.ones(len(sums.part), dtype=np.int8)
        shape = (sums.count, self._cells)
        found = sparse.csr_matrix((some, sums.part, sums.start), shape=shape).tocsc()
        return found.indptr.astype(np.int64), found.indices

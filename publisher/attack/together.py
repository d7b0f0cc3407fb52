"""Worlds in which many withheld numbers differ, put together from those of parts of a system.

Sums join the numbers of a system into parts; what holds in one part says nothing about another.
Parts that are not too large are solved; of larger ones at least the sums of possible sessions are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from publisher.attack.blocks import Block, Programme
from publisher.attack.corners import UNIT, Batch, batch_of, corners
from publisher.attack.dimensions import Cells
from publisher.attack.exact import parts_apart
from publisher.attack.propagation import Bounds
from publisher.attack.pushing import push_together
from publisher.attack.series import GROUP, MEASURE, POSSIBLE
from publisher.attack.system import Flags, Floats, System
from publisher.attack.worlds import SILENT, Whole, World, Worlds
from publisher.model.progress import Progress

_MOST_TOGETHER = 60_000
"""Undecided numbers up to which a part of a system is solved where pushes left it open."""
_MOST_IN_PARTS = 1_000_000
"""Undecided numbers of a system up to which its parts are solved at all."""
_AT_ONCE = 8_000
"""Undecided numbers of small parts that are solved in one programme."""
_MOST_ALONE = 400
"""Numbers whose range is worked out one by one when worlds have left them open."""
_SECONDS = 20.0
_FAR = 1000.0
_ROUNDING = 1e-6

NOT_FOUND = "For some parts of the release no world was found: of these nothing is proved."
IN_FRACTIONS = (
    "Worlds are in multiples of 1/{unit:,} of a session or pupil: what follows only from counts "
    "being whole is tested by propagation, not by worlds."
)


@dataclass(frozen=True, repr=False)
class Settled:
    """Lowest and highest value of each protected cell, and what is to be said about them."""

    low: Floats
    high: Floats
    notes: tuple[str, ...]


def settle_together(system: System, bounds: Bounds, worlds: Worlds, progress: Progress) -> Settled:
    """Keep worlds that settle protected numbers, and narrow what they leave open.

    Args:
        system: the facts.
        bounds: what propagation left open.
        worlds: where worlds are kept.
        progress: where to show how far it is.
    """
    cells = system.protected.cell
    settled = Settled(bounds.low[cells].copy(), bounds.high[cells].copy(), ())
    part = parts_apart(system)
    size = np.bincount(part, weights=_open(system, bounds)).astype(np.float64)
    push_together(system, bounds, worlds, progress)
    if size.sum() <= _MOST_IN_PARTS:
        _by_programmes(system, bounds, part, size, worlds, progress)
    solved = _solvable(system, part, size)
    left = np.flatnonzero(~worlds.settled & solved[part[cells]])[:_MOST_ALONE]
    equations = np.isin(part[system.sums.total], part[cells[left]])
    _narrow(system, bounds, np.flatnonzero(equations), left, settled, progress)
    if not solved[part[cells]].all():
        _narrow_possible_sessions(system, bounds, worlds, settled, progress)
    return replace(settled, notes=_notes(system, worlds))


def _by_programmes(
    system: System,
    bounds: Bounds,
    part: NDArray[np.int64],
    size: Floats,
    worlds: Worlds,
    progress: Progress,
) -> None:
    """Keep worlds of the parts that linear programmes can solve and that are not settled yet."""
    unsettled = np.zeros(len(size), dtype=bool)
    unsettled[part[system.protected.cell[~worlds.settled]]] = True
    solved = unsettled & _solvable(system, part, size)
    if solved.any():
        _solve(system, bounds, part, np.where(solved, size, 0), worlds, progress)


def _notes(system: System, worlds: Worlds) -> tuple[str, ...]:
    """What the worlds that were found do not show."""
    said = np.zeros(system.cells, dtype=bool)
    for each in worlds.kept:
        said |= each.of_all(system.cells) != SILENT
    units = sorted({each.unit for each in worlds.kept if each.unit > 1})
    return (
        *(() if said[system.protected.cell].all() else (NOT_FOUND,)),
        *(IN_FRACTIONS.format(unit=each) for each in units),
    )


def _solvable(system: System, part: NDArray[np.int64], size: Floats) -> Flags:
    """Which parts linear programmes can solve: not too large, and without rates."""
    rates = np.zeros(len(size), dtype=bool)
    rates[part[system.rates.numerator]] = rates[part[system.rates.denominator]] = True
    return (size <= _MOST_TOGETHER) & ~rates


def _open(system: System, bounds: Bounds) -> Flags:
    used = np.zeros(system.cells, dtype=bool)
    used[system.sums.total] = used[system.sums.part] = True
    return used & (bounds.low < bounds.high)


def _solve(
    system: System,
    bounds: Bounds,
    part: NDArray[np.int64],
    size: Floats,
    worlds: Worlds,
    progress: Progress,
) -> None:
    """Find worlds of every part with a size, and keep them as worlds of the whole."""
    solved = (size > 0) | (np.bincount(part, weights=_open(system, bounds)) == 0)
    found = _Found(system, bounds, part, solved[part])
    batches = [_of_unsettled(each, worlds) for each in _batches(system, bounds, part, size)]
    with progress.stage("Looking for worlds", len(batches)) as advance:
        for each in batches:
            found.put(each.cells, list(corners(each, system.protected)))
            advance(1)
    for values in found.worlds:
        whole = (values % UNIT == 0) | (values == SILENT)
        if whole.all():
            worlds.add(World(np.where(values == SILENT, SILENT, values // UNIT)))
        else:
            worlds.add(World(values, UNIT))


class _Found:
    """Worlds that are put together from those of the parts; silent where nothing was solved."""

    def __init__(
        self, system: System, bounds: Bounds, part: NDArray[np.int64], solved: Flags
    ) -> None:
        self._bounds, self._solved, self._open = bounds, solved, _open(system, bounds)
        self._part = part
        most = 10 * UNIT * float(bounds.high[np.isfinite(bounds.high)].max(initial=_FAR))
        self._kind = np.int32 if most < np.iinfo(np.int32).max else np.int64
        # Two at least: numbers in no sum are low in one and high in the other.
        self.worlds = [self._empty(highest=each) for each in (False, True)]
        self._said: list[tuple[Cells, list[Whole]]] = []

    def put(self, cells: Cells, values: list[Whole]) -> None:
        """Add the worlds of a batch; where others have more, its last one is repeated."""
        if not values:
            # Silent about what bounds decide in these parts as well: about a part or not at all.
            unsolved = np.isin(self._part, np.unique(self._part[cells]))
            self._solved = self._solved & ~unsolved
            for each in self.worlds:
                each[unsolved] = SILENT
            return
        while len(self.worlds) < len(values):
            self.worlds.append(self._next())
        self._said.append((cells, [values[0], values[-1]]))
        for number, each in enumerate(self.worlds):
            each[cells] = values[min(number, len(values) - 1)]

    def _next(self) -> Whole:
        """One more world: as the last one where earlier batches have spoken."""
        values = self._empty(highest=len(self.worlds) % 2 == 1)
        for cells, (_, last) in self._said:
            values[cells] = last
        return values

    def _empty(self, *, highest: bool) -> Whole:
        """What bounds decide; numbers in no sum are low or high."""
        low, high = self._bounds.low, self._bounds.high
        free = np.minimum(high, low + _FAR) if highest else low
        values = np.where(self._open, 0, free) * UNIT
        return np.where(self._solved, np.rint(values), SILENT).astype(self._kind)


def _batches(
    system: System, bounds: Bounds, part: NDArray[np.int64], size: Floats
) -> Iterator[Batch]:
    """Parts with open cells, put together until they are as many as can be solved at once."""
    numbers = np.flatnonzero(size > 0)
    group = np.full(len(size), -1, np.int64)
    group[numbers] = (np.cumsum(size[numbers]) // _AT_ONCE).astype(np.int64)
    of_cell = np.where(_open(system, bounds), group[part], -1)
    of_sum = group[part[system.sums.total]]
    for each in np.unique(group[numbers]).tolist():
        cells = np.flatnonzero(of_cell == each)
        yield batch_of(system, bounds, cells, system.sums.chosen(of_sum == each))


def _narrow_possible_sessions(
    system: System, bounds: Bounds, worlds: Worlds, settled: Settled, progress: Progress
) -> None:
    """Narrow rows by the sums of possible sessions alone, a small part of a large system.

    Only rows that no two worlds settle.
    """
    standing = np.zeros(system.cells, dtype=bool)
    for cube in system.cubes:
        if MEASURE in cube.strides and GROUP not in cube.strides:
            place = cube.dimension(MEASURE).place.get(POSSIBLE, -1)
            number = np.arange(cube.size) // cube.strides[MEASURE]
            number = number % len(cube.dimension(MEASURE).items)
            standing[cube.first : cube.first + cube.size] = number == place
    sums = system.sums
    inside = np.logical_and.reduceat(standing[sums.part], sums.start[:-1]) & standing[sums.total]
    equations = np.flatnonzero(inside)
    touched = np.zeros(system.cells, dtype=bool)
    touched[sums.total[equations]] = touched[sums.chosen(equations).part] = True
    cells = np.flatnonzero(touched & _open(system, bounds))
    if not len(cells):
        return
    batch = _of_unsettled(batch_of(system, bounds, cells, sums.chosen(equations)), worlds)
    if not len(batch.protected):
        return
    seen = [values[batch.place] / UNIT for values in corners(batch, system.protected)]
    if not seen:
        return
    lowest, highest = np.min(seen, axis=0), np.max(seen, axis=0)
    every = np.zeros(len(system.protected.cell)), np.full(len(system.protected.cell), np.inf)
    every[0][batch.protected], every[1][batch.protected] = lowest, highest
    left = batch.protected[~system.protected.holds(*every)[batch.protected]]
    _narrow(system, bounds, equations, left, settled, progress)


def _of_unsettled(batch: Batch, worlds: Worlds) -> Batch:
    """The same batch, with only those protected numbers that no two worlds settle."""
    left = ~worlds.settled[batch.protected]
    return replace(batch, protected=batch.protected[left], place=batch.place[left])


def _narrow(
    system: System,
    bounds: Bounds,
    equations: NDArray[np.int64],
    places: NDArray[np.int64],
    settled: Settled,
    progress: Progress,
) -> None:
    """Work out the range of some protected cells one by one, by the sums given."""
    holds = system.protected.holds(settled.low, settled.high)
    places = places[holds[places]][:_MOST_ALONE]
    if not len(places) or not len(equations):
        return
    finite = bounds.high[np.isfinite(bounds.high)]
    far = 10 * float(finite.max(initial=0)) + _FAR
    high = np.where(np.isfinite(bounds.high), bounds.high, np.maximum(far, bounds.low))
    block = Block.of(system, bounds.low, high, equations)
    programme = Programme(block, whole_numbers=False, seconds=_SECONDS)
    with progress.stage("Solving what is open", len(places)) as advance:
        for place in places.tolist():
            advance(1)
            cell = int(system.protected.cell[place])
            if not np.isin(cell, block.cells):
                continue
            for largest in (False, True):
                found = programme.extreme({cell: 1.0}, largest=largest)
                if found is None or not len(found[1]):
                    continue
                if largest and found[0] < far / 2:
                    most = float(np.floor(found[0] + _ROUNDING))
                    settled.high[place] = min(settled.high[place], most)
                if not largest:
                    least = float(np.ceil(found[0] - _ROUNDING))
                    settled.low[place] = max(settled.low[place], least)

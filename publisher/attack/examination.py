"""The attack for whoever makes a release: which rows it gives away, and what would hide them.

The same facts and bounds as for anybody else. The maker adds which withheld groups of pupils are
withheld for their own sake: of those none may be known closely, however large it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publisher.attack.attack import Attacked
from publisher.attack.dimensions import Cells, Cube
from publisher.attack.series import AREA, GROUP, PERIOD, PHASE, TOTAL_GROUP
from publisher.attack.system import Flags, System
from publisher.attack.times import Moment


@dataclass(frozen=True, order=True)
class ExaminedRow:
    """A published row as its columns say it; `group` is `topic|item`, `Total|Total` for all."""

    area: str
    phase: str
    time_period: str
    time_identifier: str
    time_frame: str
    group: str = TOTAL_GROUP

    @property
    def is_group(self) -> bool:
        """Whether it is about a group of pupils of a row."""
        return self.group != TOTAL_GROUP


def rows_of(system: System, cells: Cells) -> list[ExaminedRow]:
    """The row of each cell; cells of cubes without areas and phases have none."""
    found: list[ExaminedRow] = []
    for cell in cells.tolist():
        cube = system.cube_of(cell)
        if PHASE in cube.strides:
            found.append(_row(cube, cell))
    return found


def _row(cube: Cube, cell: int) -> ExaminedRow:
    items = cube.items_of(cell)
    when = Moment.of(items[PERIOD])
    return ExaminedRow(
        items[AREA],
        items[PHASE],
        when.time_period,
        when.time_identifier,
        when.time_frame,
        items.get(GROUP, TOTAL_GROUP),
    )


@dataclass(frozen=True, repr=False)
class Examination:
    """What an attack found in a release, for its maker.

    exposed: rows that are given away. beside: shown rows that would hide them if withheld too.
    """

    exposed: tuple[ExaminedRow, ...]
    beside: tuple[ExaminedRow, ...]


def examine(attacked: Attacked, for_own_sake: frozenset[ExaminedRow]) -> Examination:
    """Which rows a release gives away, and which shown rows would hide them.

    Args:
        attacked: the release after its attack.
        for_own_sake: withheld groups of pupils that must stay uncertain. Whole rows always must.
    """
    cells = attacked.facts.system.protected.cell
    unsafe = attacked.unsafe.copy()
    close = np.flatnonzero(attacked.close)
    rows = rows_of(attacked.facts.system, cells[close])
    unsafe[close] = [each in for_own_sake for each in rows]
    shown_too = [each.cell for each in attacked.facts.exposed]
    found = np.unique(np.concatenate([cells[unsafe], *shown_too]).astype(np.int64))
    system = attacked.facts.system
    return Examination(
        tuple(sorted(set(rows_of(system, found)))),
        tuple(sorted(set(rows_of(system, _beside(attacked, found))))),
    )


def _beside(attacked: Attacked, cells: Cells) -> Cells:
    """For each cell the smallest shown part of each sum that it is a part of, or is the total of.

    For cells of which no sum has a shown part, the shown totals.
    """
    system = attacked.facts.system
    if not len(cells):
        return cells
    sums = system.sums
    wanted = np.zeros(system.cells, dtype=bool)
    wanted[cells] = True
    known = system.shown | (np.isfinite(system.high) & ~system.withheld & (system.high > 0))
    touching = np.flatnonzero(sums.touched(wanted))
    chosen = [_smallest(attacked, sums.parts_of(each), known) for each in touching.tolist()]
    for each, part in zip(touching.tolist(), chosen, strict=True):
        if part >= 0:
            wanted[sums.parts_of(each)] = wanted[sums.total[each]] = False
    totals = sums.total[sums.touched(wanted)]
    return _cells_of([*(each for each in chosen if each >= 0), *totals[known[totals]].tolist()])


def _smallest(attacked: Attacked, parts: NDArray[np.int32], known: Flags) -> int:
    """The smallest part that hides something: one that may be nothing only if there is no other."""
    system = attacked.facts.system
    some = parts[known[parts] & (system.low[parts] > 0)]
    if not len(some):
        some = parts[known[parts] & (system.high[parts] > 0)]
    return int(some[np.argmin(system.high[some])]) if len(some) else -1


def _cells_of(places: Sequence[int]) -> Cells:
    return np.unique(np.array(places, np.int64))

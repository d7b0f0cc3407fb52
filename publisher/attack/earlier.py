"""Releases together: what one hides and another shows.

Schools correct past days, so the same period may have another number in a later release; no
equality between two releases is assumed. But a row that is withheld in one and known from another
is known as closely as corrections are small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from publisher.attack.dimensions import Cells, Cube
from publisher.attack.partners import surely_large
from publisher.attack.propagation import propagate
from publisher.attack.report import Finding, Verdict
from publisher.attack.system import Floats, System
from publisher.model.progress import Progress

SHOWN_LATER = "shown later what was hidden"


@dataclass(frozen=True, repr=False)
class Examined:
    """One release, and what follows from it alone.

    minimum_pupils: groups with fewer are withheld for their own sake.
    """

    name: str
    system: System
    low: Floats
    high: Floats
    minimum_pupils: int


def undone_by(earlier: Examined, later: Examined) -> Iterator[Finding]:
    """Rows that `earlier` withholds, and that follow from `later` more closely than allowed.

    A large group that `later` withholds as well may be known closely from it, as from any release.
    """
    protected = earlier.system.protected
    theirs = same_cells(earlier.system, later.system, protected.cell)
    known = theirs >= 0
    low, high = later.low[theirs], later.high[theirs]
    narrow = known & ~protected.holds(low, high) & (high > 0)
    narrow &= ~(
        later.system.withheld[theirs]
        & surely_large(later.system, theirs, low, later.minimum_pupils)
    )
    for place in np.flatnonzero(narrow).tolist():
        other = int(theirs[place])
        yield Finding(
            earlier.name,
            earlier.system.words(int(protected.cell[place])),
            Verdict.UNSAFE,
            SHOWN_LATER,
            int(high[place] - low[place]),
            f"{'shown' if later.system.shown[other] else 'worked out'} in {later.name}",
        )


def if_nothing_was_corrected(earlier: Examined, later: Examined, progress: Progress) -> str:
    """What would follow if withheld rows of `later` still had the numbers of `earlier`; in words.

    Corrections may have changed them, so this is told and breaks nothing; empty when there is
    nothing to tell.
    """
    system = later.system
    theirs = same_cells(system, earlier.system, np.flatnonzero(system.withheld))
    known = (theirs >= 0) & earlier.system.shown[theirs]
    if not known.any():
        return ""
    cells, theirs = np.flatnonzero(system.withheld)[known], theirs[known]
    low, high = system.low.copy(), system.high.copy()
    low[cells] = np.maximum(low[cells], earlier.system.low[theirs])
    high[cells] = np.minimum(high[cells], earlier.system.high[theirs])
    bounds = propagate(replace(system, low=low, high=high), progress)
    protected = system.protected
    rows = int(np.isin(protected.cell, cells).sum())
    start = f"{later.name} hides {rows} rows that {earlier.name} shows. "
    if bounds.contradictions:
        return start + "Their earlier numbers no longer fit: days were corrected since."
    narrow = ~protected.holds(bounds.low[protected.cell], bounds.high[protected.cell])
    others = int((narrow & ~np.isin(protected.cell, cells)).sum())
    return start + f"If nothing was corrected since, {others} other hidden rows follow from them."


def same_cells(one: System, other: System, cells: Cells) -> Cells:
    """The cells of `other` with the same figures, items, area and period; -1 where none."""
    found = np.full(len(cells), -1, np.int64)
    for cube in one.cubes:
        mine = (cells >= cube.first) & (cells < cube.first + cube.size)
        match = [each for each in other.cubes if _alike(cube, each)]
        if match and mine.any():
            found[mine] = _translated(cube, match[0], cells[mine])
    return found


def _alike(one: Cube, other: Cube) -> bool:
    names = [[each.name for each in cube.dimensions] for cube in (one, other)]
    return one.name == other.name and one.unit == other.unit and names[0] == names[1]


def _translated(one: Cube, other: Cube, cells: Cells) -> Cells:
    places = np.unravel_index(cells - one.first, one.shape)
    found, there = np.full(len(cells), other.first, np.int64), np.ones(len(cells), dtype=bool)
    for mine, theirs, place in zip(one.dimensions, other.dimensions, places, strict=True):
        number = np.array([theirs.place.get(item, -1) for item in mine.items], np.int64)[place]
        there &= number >= 0
        found += number * other.strides[theirs.name]
    return np.where(there, found, -1)

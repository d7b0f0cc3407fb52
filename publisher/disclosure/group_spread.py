"""Moves a wide area by moving many of its authorities, each as far as it can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from publisher.disclosure.group_numbers import Floats
from publisher.disclosure.group_vectors import Places, Signs

if TYPE_CHECKING:
    from publisher.disclosure.group_search import Cell, Search, TimeMove

Path = tuple[float, dict[int, Floats], Floats]
"""Cost; area -> how far it moves by rising time; how far they move together."""


@dataclass(repr=False)
class Spread:
    """Moves a wide area by moving, at each time, many of its authorities as far as each can."""

    search: Search
    cell: Cell
    corners: tuple[Places, Places, Signs]
    times: TimeMove

    def __post_init__(self) -> None:
        """Work out what each area could move by, and what withholding its corners costs."""
        search = self.search
        phases, items, _ = self.corners
        rising, withheld = list(self.times[1]), list(self.times[0])
        every = np.arange(len(search.numbers.lattice.locations))
        at = np.ix_(every, phases, np.array(rising, dtype=np.intp), items)
        self.able = np.where(
            search.present[at].all(axis=(1, 3)), search.fall[at].min(axis=(1, 3)), 0.0
        )
        at = np.ix_(every, phases, np.array(withheld, dtype=np.intp), items)
        shown = search.numbers.published[at] & ~search.withheld[at]
        self.cost = np.where(shown, search.cost[at], 0.0).sum(axis=(1, 2, 3))
        self.wanted = float(search.wanted[self.cell])

    def cheapest(self) -> tuple[Places, list[Floats]] | None:
        """Areas and, by rising time, how far each moves; None if they cannot move enough."""
        lattice, area = self.search.numbers.lattice, self.cell[0]
        above = lattice.parent_of_area[area]
        own = self._down(area)
        if own is None or above is None:
            return own and self._moved([own])
        beside = [self._down(n) for n in lattice.areas_within(above) if n != area]
        others = [each for each in beside if each is not None]
        paths = [[own, each] for each in others]
        if self.able[above].sum() >= self.wanted:
            paths.append([own, (self.cost[above], {above: self.able[above]}, self.able[above])])
        found = [each for each in paths if np.minimum(each[0][2], each[1][2]).sum() >= self.wanted]
        return self._moved(min(found, key=lambda e: e[0][0] + e[1][0])) if found else None

    def _down(self, area: int) -> Path | None:
        """The cheapest parts of `area` that together move far enough: those withheld come first."""
        inside = self.search.numbers.lattice.areas_within(area)
        if not inside:
            return float(self.cost[area]), {area: self.able[area]}, self.able[area]
        parts = [self._all_within(n) for n in inside]
        order = sorted(parts, key=lambda each: each[0] / max(float(each[2].sum()), 1e-9))
        cost, able = float(self.cost[area]), np.zeros(len(self.times[1]))
        moved: dict[int, Floats] = {}
        for each in order:
            if not each[2].sum():
                continue
            cost, moved, able = cost + each[0], {**moved, **each[1]}, able + each[2]
            if able.sum() >= 2 * self.wanted or (able.sum() >= self.wanted and each[0] > 0):
                break
        able = np.minimum(able, self.able[area])
        return (cost, {area: able, **moved}, able) if able.sum() >= self.wanted else None

    def _all_within(self, area: int) -> Path:
        inside = self.search.numbers.lattice.areas_within(area)
        if not inside:
            return float(self.cost[area]), {area: self.able[area]}, self.able[area]
        free = [n for n in inside if self.cost[n] == 0] or inside
        able = np.minimum(self.able[free].sum(axis=0), self.able[area])
        cost = float(self.cost[area] + self.cost[free].sum())
        return cost, {area: able, **{n: self.able[n] for n in free}}, able

    def _moved(self, paths: list[Path]) -> tuple[Places, list[Floats]]:
        widths = {area: width for path in paths for area, width in path[1].items()}
        areas = np.array(sorted(widths), dtype=np.intp)
        common = np.min([path[2] for path in paths], axis=0)
        shares = [common / np.maximum(path[2], 1e-9) for path in paths]
        scaled = {
            a: w * share
            for path, share in zip(paths, shares, strict=True)
            for a, w in path[1].items()
        }
        table = np.array([scaled[int(area)] for area in areas])
        return areas, [table[:, n] for n in range(table.shape[1])]

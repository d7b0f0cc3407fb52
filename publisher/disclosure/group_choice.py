"""Which groups of pupils are withheld, given which whole rows are.

Needs are the rows that the rules withhold, those of withheld whole rows, and what earlier releases
withheld. For each the cheapest product of small moves is found whose corners are then withheld
(`group_search`). A group of pupils that is withheld in the year to date is withheld in every
week. Where none is found, or what was chosen does not stand the last look, more is withheld: first
everything about the area's groups of pupils at that time, in the end the whole group of topics.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np

from publisher.disclosure.group_inspection import exposed_cells
from publisher.disclosure.group_numbers import Flags, Floats, GroupNumbers
from publisher.disclosure.group_search import Cell, Product, Search, Times
from publisher.disclosure.settings import Policy

WORDS = (
    "A group of pupils is withheld where a rule withholds it, where all pupils of the row are, and "
    "where another group could be worked out from it by adding or subtracting what is published "
    "for groups of pupils, areas, phases, weeks or the year to date. Withheld in the year to date "
    "it is withheld in every week; if that is not enough, all groups of the same topics are."
)
_TIE_WEIGHT = 0.01
_AREAS_BESIDE, _EVERY_TIME = 2, 3
"""Times that all groups of an area are withheld, until those of more areas and times are."""


@dataclass(frozen=True, repr=False, eq=False)
class GroupChoice:
    """Cells that are withheld; same shape as the arrays of `numbers`. `whole`: all of them."""

    numbers: GroupNumbers
    withheld: Flags
    rounds: int
    whole: bool = False


def choose_groups(numbers: GroupNumbers, policy: Policy, tie_key: bytes) -> GroupChoice:
    """Withhold until no withheld cell can be recovered."""
    cost = _costs(numbers, tie_key)
    for number in range(1, policy.maximum_rounds + 1):
        search = Search(numbers, cost, policy.recovery_range_percent, _needs(numbers))
        completion = _Completion(search)
        completion.run()
        exposed = exposed_cells(numbers, search.withheld, policy)
        # A group in a withheld row is at least as uncertain as the row, unless it is exposed.
        open_cells = (completion.unprotected & ~search.withheld[..., :1]) | exposed
        further = _all_of(numbers, open_cells, number) & ~search.withheld
        if further.any():
            numbers = replace(numbers, kept=search.withheld | further)
        elif open_cells.any():
            break
        else:
            return GroupChoice(numbers, search.withheld, number)
    return GroupChoice(numbers, _needs(numbers) | _everything(numbers), number, whole=True)


def _needs(numbers: GroupNumbers) -> Flags:
    """What is withheld to begin with: no group of pupils is shown where all pupils are not."""
    return all_year(numbers, numbers.needs | numbers.kept)


def all_year(numbers: GroupNumbers, withheld: Flags) -> Flags:
    """The same, and in every week what is withheld in the year to date."""
    times = Times.of(numbers)
    if times.year is None:
        return withheld
    lasting = withheld[:, :, times.year].copy()
    lasting[..., 0] = False
    every = withheld.copy()
    for week in (*times.weeks, *times.left_out):
        every[:, :, week] |= lasting & numbers.published[:, :, week]
    return every


def _everything(numbers: GroupNumbers) -> Flags:
    """Every group of pupils everywhere; whole rows are not for this choice."""
    flags = numbers.published.copy()
    flags[..., 0] = False
    return flags


def _all_of(numbers: GroupNumbers, cells: Flags, tried: int) -> Flags:
    """Every group of pupils of the areas and times of `cells`, in all phases.

    `tried`: how often; at the second time also of the areas beside and above, at the third and
    later ones at every time.
    """
    there = np.asarray(cells.any(axis=(1, 3)), dtype=bool)
    if tried >= _AREAS_BESIDE:
        for area in np.flatnonzero(there.any(axis=1)):
            there[numbers.lattice.neighbourhood(int(area))] |= there[area]
    if tried >= _EVERY_TIME:
        there |= there.any(axis=1, keepdims=True)
    return np.asarray(_everything(numbers) & there[:, None, :, None], dtype=bool)


def _costs(numbers: GroupNumbers, tie_key: bytes) -> Floats:
    """Enrolments; ties fall by a keyed hash, the same in every period and release."""
    digest = blake2b(numbers.group.name.encode(), key=tie_key, digest_size=16).digest()
    random = np.random.default_rng(int.from_bytes(digest, "big"))
    areas, phases, _, items = numbers.published.shape
    ties = random.random((areas, phases, 1, items))
    return np.maximum(numbers.enrolments, 1) + _TIE_WEIGHT * ties


@dataclass(repr=False)
class _Completion:
    """Adds what protects each withheld cell, until each is protected or found not to be."""

    search: Search
    protected: Flags = field(init=False)
    unprotected: Flags = field(init=False)

    def __post_init__(self) -> None:
        shape = self.search.withheld.shape
        self.protected, self.unprotected = np.zeros(shape, bool), np.zeros(shape, bool)

    def run(self) -> None:
        while cells := self._open():
            for cell in cells:
                if self.protected[cell] or self.unprotected[cell]:
                    continue
                product = self.search.protecting(cell)
                if product is None:
                    self.unprotected[cell] = True
                else:
                    self._withhold(product)

    def _open(self) -> list[Cell]:
        """What must stay uncertain: the year to date first, then larger cells.

        Nobody is in an empty cell to be protected.
        """
        numbers = self.search.numbers
        flags = self.search.withheld & ~self.protected & ~self.unprotected
        flags &= numbers.needs & (numbers.possible > 0)
        flags[..., 0] = False
        places = np.argwhere(flags)
        later = places[:, 2] != (
            self.search.times.year if self.search.times.year is not None else -1
        )
        sizes = -numbers.possible[flags]
        order = np.lexsort((*places.T[::-1], sizes, later))
        return [tuple(int(n) for n in places[each]) for each in order]  # type: ignore[misc]

    def _withhold(self, product: Product) -> None:
        search = self.search
        for time in product.withheld:
            corner = product.corners(product.areas, time)
            search.withheld[corner] |= search.numbers.published[corner]
        for areas, time, widths in product.widths:
            corner = product.corners(areas, time)
            far = search.wanted[corner] <= widths[:, None, None]
            self.protected[corner] |= far & search.withheld[corner]

"""Small moves along one axis that keep every sum of the axis: areas, phases and items.

The product of such moves along area, phase, item and time keeps every sum of the whole table. So
a cell that is a corner of such a product, all corners of which are withheld, can differ by as
much as the corners that fall can fall, whatever a reader adds up (`moves`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.structure import Lattice
from publisher.model.breakdowns import BreakdownGroup
from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES

Places = NDArray[np.intp]
Signs = NDArray[np.int8]

_FEW = 3
"""Authorities of another region that are tried as its part of a move."""


@dataclass(frozen=True)
class Vectors:
    """Moves along one axis: `places` (moves, most places in one; -1: none), `signs` of same shape.

    The first place of each is the one that it was made for, and rises.
    """

    places: Places
    signs: Signs

    @classmethod
    def of(cls, moves: list[list[tuple[int, int]]]) -> Vectors:
        """Moves given as (place, sign) pairs."""
        width = max((len(each) for each in moves), default=0)
        places = np.full((len(moves), width), -1, dtype=np.intp)
        signs = np.zeros((len(moves), width), dtype=np.int8)
        for number, each in enumerate(moves):
            places[number, : len(each)] = [place for place, _ in each]
            signs[number, : len(each)] = [sign for _, sign in each]
        return cls(places, signs)

    def move(self, number: int) -> tuple[Places, Signs]:
        """One move, without what is not used."""
        used = self.places[number] >= 0
        return self.places[number][used], self.signs[number][used]


def area_vectors(lattice: Lattice, area: int, sizes: NDArray[np.int64]) -> tuple[Vectors, Vectors]:
    """Moves of `area` and one beside it, and moves that need the areas above as well.

    `sizes`: by area, to choose the parts of other regions that are tried.
    """
    parent = lattice.parent_of_area[area]
    beside = [n for n in lattice.areas_within(parent) if n != area and parent is not None]
    near: list[list[tuple[int, int]]] = []
    far: list[list[tuple[int, int]]] = []
    own = _downwards(lattice, area, sizes)
    for other in beside:
        pairs = product(own, _downwards(lattice, other, sizes))
        moves = [[*((n, 1) for n in one), *((n, -1) for n in two)] for one, two in pairs]
        near += moves
    above = parent
    chain = [area]
    while above is not None:
        chain = [*chain, above]
        grand = lattice.parent_of_area[above]
        others = [n for n in lattice.areas_within(grand) if n != above and grand is not None]
        for one in own:
            lifted = [*((n, 1) for n in one), *((n, 1) for n in chain[1:])]
            far += [
                [*lifted, *((n, -1) for n in two)]
                for other in others
                for two in _downwards(lattice, other, sizes)
            ]
            if grand is None:
                far.append(lifted)
        above = grand
    if parent is None:
        near = [[(n, 1) for n in one] for one in own]
    return Vectors.of(near), Vectors.of(far)


def _downwards(lattice: Lattice, area: int, sizes: NDArray[np.int64]) -> list[list[int]]:
    """The area with one area inside it, and one inside that, down to an authority."""
    inside = [n for n in lattice.areas_within(area) if sizes[n] > 0]
    if not lattice.areas_within(area):
        return [[area]]
    order = sorted(inside, key=lambda n: (-int(sizes[n]), n))
    kept = order if len(order) <= 2 * _FEW else [*order[:_FEW], *order[-_FEW:]]
    return [[area, *rest] for each in kept for rest in _downwards(lattice, each, sizes)]


def phase_vectors(lattice: Lattice, phase: int) -> list[tuple[int, int]]:
    """The phases that can move with `phase`, and whether they then rise (1) or fall (-1)."""
    total = lattice.phases.index(ALL_SCHOOLS)
    parts = [lattice.phases.index(each) for each in PUBLISHED_PHASES]
    if phase == total:
        return [(n, 1) for n in parts]
    return [(total, 1), *((n, -1) for n in parts if n != phase)]


def item_vectors(group: BreakdownGroup) -> Signs:
    """Moves between two leaves, or four of two topics; moves x (whole row, items).

    The last ones move the whole row with one leaf.
    """
    leaves = len(group.leaves)
    member = np.zeros((leaves, len(group.keys) + 1), dtype=np.int8)
    for item, key in enumerate(group.keys, start=1):
        member[sorted(group.members[key]), item] = 1
    pairs = [member[a] - member[b] for a, b in combinations(range(leaves), 2)]
    fours = []
    if len(group.sorted_by) > 1:
        one, other = (len(each.items) for each in group.sorted_by)
        at = np.arange(leaves).reshape(one, other)
        fours = [
            member[at[a, c]] - member[at[a, d]] - member[at[b, c]] + member[at[b, d]]
            for a, b in combinations(range(one), 2)
            for c, d in combinations(range(other), 2)
        ]
    whole = member.copy()
    whole[:, 0] = 1
    return np.array([*pairs, *fours, *whole], dtype=np.int8)

"""What a complementary step is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.disclosure.identities import Nodes
from publisher.disclosure.settings import Policy
from publisher.disclosure.sizes import Flags, Integers, Sizes
from publisher.disclosure.structure import Lattice
from publisher.model.phases import ALL_SCHOOLS
from publisher.model.progress import Progress
from publisher.model.time import PeriodKind

Floats = NDArray[np.float64]

KNOWN_BEFORE_FACTOR = 100.0
"""How much dearer a partner is that an earlier release showed: it protects from fewer readers."""
_TIE_WEIGHT = 0.01
"""Share of one enrolment by which ties are broken."""


@dataclass(frozen=True, repr=False)
class PupilCount:
    """One published count of enrolments at one time; additive over areas and phases.

    values: true counts by area and phase (node numbers of the lattice in one period), 0 where
    not known. unknown: pairs whose count nobody knows, for a school behind it shares counts only;
    what is a total of such a pair is unknown too.
    """

    measure: str
    time: int
    values: Integers
    unknown: Flags


@dataclass(frozen=True, repr=False)
class Problem:
    """Rows, identities, needs."""

    lattice: Lattice
    sizes: Sizes
    needs: Flags
    """Rows withheld for their own sake, or because an earlier release withheld them."""
    known_before: Flags
    """Rows that an earlier release showed."""
    pupil_counts: tuple[PupilCount, ...]
    policy: Policy
    tie_key: bytes

    def __repr__(self) -> str:
        return f"Problem({self.sizes!r}, {int(self.needs.sum())} withheld)"

    @cached_property
    def matrix(self) -> sparse.csc_matrix:
        """What moves must respect: exact identities, and near ones of terms; equations x nodes.

        Over the year to date the near identity would forbid what the exact ones over its weeks
        allow. A term has no weeks to go by, and its numbers of pupils nearly add up.
        """
        identities = self.lattice.identities
        total = identities.totals
        terms = np.array([each.kind is PeriodKind.TERM for each in self.lattice.times])
        near = terms[total % len(terms)] & ~self._loose.ravel()[total]
        return identities.matrix(self.lattice.size, identities.exact | near)

    def pair_matrix(self, time: int, unknown: Flags) -> sparse.csc_matrix:
        """Identities over areas and phases at one time; equations x pairs.

        `unknown`: pairs whose count nobody knows; such a total says nothing about its parts.
        """
        name = (time, unknown.tobytes())
        if name not in self._pair_matrices:
            loose = self._loose[:, :, time]
            self._pair_matrices[name] = matrix_of_pairs(self.lattice, loose, unknown)
        return self._pair_matrices[name]

    @cached_property
    def _pair_matrices(self) -> dict[tuple[int, bytes], sparse.csc_matrix]:
        return {}

    @cached_property
    def _loose(self) -> Flags:
        seen = self.sizes.published | self.sizes.unpublished
        return loose_totals(self.lattice, seen.reshape(self.lattice.shape))

    @cached_property
    def wanted(self) -> Floats:
        """How far a move must take each node: more than the range the policy asks for.

        One session more than needed, so that rounding errors of a solver do not matter.
        """
        percent = self.policy.recovery_range_percent
        return (self.sizes.possible * percent // 100 + 2).astype(float)

    @cached_property
    def fall(self) -> Floats:
        """How far each node could fall."""
        return (self.sizes.possible - self.sizes.least).astype(float)

    @cached_property
    def cost(self) -> Floats:
        """What withholding each node costs; no two the same except by chance of the keyed hash."""
        dearer = np.where(self.known_before, KNOWN_BEFORE_FACTOR, 1.0)
        return np.maximum(self.sizes.cost, 1) * dearer + _TIE_WEIGHT * self._ties

    @cached_property
    def _ties(self) -> Floats:
        """A number in [0, 1) per row, known only to who holds the key."""
        ties = np.zeros(self.lattice.size)
        rows = np.flatnonzero(self.sizes.published)
        areas, phases, times = np.unravel_index(rows, self.lattice.shape)
        for row, area, phase, time in zip(rows, areas, phases, times, strict=True):
            ties[row] = self._tie(int(area), int(phase), int(time))
        return ties

    def _tie(self, area: int, phase: int, time: int) -> float:
        name = (
            self.lattice.locations[area].code,
            self.lattice.phases[phase],
            str(self.lattice.times[time].key),
        )
        digest = blake2b("\x1f".join(name).encode(), key=self.tie_key, digest_size=6)
        return int.from_bytes(digest.digest(), "big") / 2.0**48


@dataclass(frozen=True, repr=False)
class Choice:
    """Rows to withhold, needs included, and the rounds it took."""

    withheld: Flags
    rounds: int


class Complementer(Protocol):
    """Decides which further rows are withheld."""

    @property
    def words(self) -> str:
        """The step in one sentence, for the method page."""
        ...

    def choose(self, problem: Problem, progress: Progress) -> Choice:
        """Withhold until no withheld row can be recovered.

        Raises:
            DisclosureBlocked: the rounds ran out.
        """
        ...


def pair_numbers(lattice: Lattice) -> Nodes:
    """Node numbers, one line per pair of area and phase, one column per time."""
    return lattice.numbers.reshape(-1, len(lattice.times))


def matrix_of_pairs(
    lattice: Lattice, loose: Flags | None = None, unknown: Flags | None = None
) -> sparse.csc_matrix:
    """Identities over areas and phases in one period; equations x pairs.

    Left out are the sums over areas of `loose`, and every sum to one of `unknown`.
    """
    single = lattice.in_one_period
    identities = single.identities
    use = np.ones(identities.count, dtype=bool)
    if loose is not None:
        use &= ~(identities.over_areas & loose.ravel()[identities.totals])
    if unknown is not None:
        use &= ~unknown[identities.totals]
    return identities.matrix(single.size, use)


def loose_totals(lattice: Lattice, seen: Flags) -> Flags:
    """Totals over areas that say nothing about their parts; shaped like `seen`.

    A region of which one phase was open on left-out days only has no row for that phase, while
    its authorities have, and its total of all phases lacks that phase. Its other phases nearly
    add up like those of any region.

    Args:
        lattice: areas and phases.
        seen: whether there are sessions; areas x phases x times.
    """
    loose = np.zeros(seen.shape, dtype=bool)
    total = lattice.phases.index(ALL_SCHOOLS)
    for area in np.flatnonzero(~lattice.authorities):
        inside = lattice.areas_within(int(area))
        loose[area] = seen[inside].any(axis=0) & ~seen[area]
        loose[area, total] |= loose[area].any(axis=0)
    return loose

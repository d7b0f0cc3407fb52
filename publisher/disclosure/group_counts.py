"""Numbers of pupils of all groups in one long period, and what follows from them together.

Groups of pupils are chosen by their possible sessions, one family of topics at a time. How many of
them were enrolled, and how many missed much, adds up as well: over areas, phases and items, through
all pupils over every topic, and who was severely absent was persistently absent too. Small numbers
that sums leave fewer than `candidate_values` for are found here, and what would hide them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.group_inspection import area_sums, item_sums, phase_sums
from publisher.disclosure.identities import Identities, Nodes, Sums, gathered
from publisher.disclosure.propagation import Bounds, propagate
from publisher.disclosure.rounding import highest_behind, lowest_behind, rounded
from publisher.disclosure.settings import Policy
from publisher.disclosure.structure import Lattice
from publisher.model.breakdowns import BreakdownGroup

Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class LongCounts:
    """Numbers of enrolments of one long period.

    groups: all that are published. time: the lattice's. values: measures x areas x phases x items
    (all pupils, then every key of every group), each measure part of the one before. published:
    areas x phases x items, the row is in some data set. nothing: there is no row because there
    are no pupils, and everybody knows it. unknown: the row has no number, for a school behind it
    shares counts only.
    """

    lattice: Lattice
    groups: tuple[BreakdownGroup, ...]
    time: int
    values: Integers
    published: Flags
    nothing: Flags
    unknown: Flags

    def bounds(self, withheld: Flags, base: int) -> Bounds:
        """What a reader knows of every node at last, numbers being rounded to `base`."""
        shown = rounded(self.values, base)
        low, high = (each(shown, base).astype(float) for each in (lowest_behind, highest_behind))
        hidden = withheld | ~self.published | self.unknown
        low[:, hidden], high[:, hidden] = 0.0, np.inf
        high[:, self.nothing] = 0.0
        rest = self.nodes - self.values.size
        start = Bounds(
            np.concatenate([low.ravel(), np.zeros(rest)]),
            np.concatenate([high.ravel(), np.full(rest, np.inf)]),
        )
        return propagate(self.identities, start)

    def exposed(self, withheld: Flags, own_sake: Flags, bounds: Bounds, policy: Policy) -> Flags:
        """Withheld rows of which a number has too few values left.

        Args:
            withheld: areas x phases x items.
            own_sake: those that must stay uncertain however large they are.
            bounds: of `withheld`.
            policy: says how many values.
        """
        low, high = (
            each[: self.values.size].reshape(self.values.shape)
            for each in (bounds.low, bounds.high)
        )
        narrow = high - low + 1 < policy.candidate_values
        # A large group that is withheld to protect others may be known closely.
        kept = own_sake | (low < policy.minimum_pupils)
        found = (narrow & kept).any(axis=0) & withheld & self.published & ~self.unknown
        return np.asarray(found, dtype=bool)

    def beside(self, rows: Flags, withheld: Flags, bounds: Bounds) -> Flags:
        """Of each sum that a number of `rows` is in, the smallest shown group of pupils."""
        shown = self.published & ~withheld & ~self.unknown
        shown[..., 0] = False
        nodes = _smallest(self.identities, self._to_nodes(rows), self._to_nodes(shown), bounds.high)
        found = np.zeros(self.values.shape, dtype=bool)
        found.ravel()[nodes] = True
        return np.asarray(found.any(axis=0), dtype=bool)

    @property
    def nodes(self) -> int:
        """Every value, and what of each measure is not in the next."""
        return self.values.size + self.values[1:].size

    def _to_nodes(self, rows: Flags) -> Flags:
        of_values = np.broadcast_to(rows, self.values.shape).ravel()
        return np.concatenate([of_values, np.zeros(self.nodes - self.values.size, dtype=bool)])

    @cached_property
    def identities(self) -> Identities:
        """What adds up to what; nodes are the values, then what is between two measures."""
        at = np.arange(self.values.size, dtype=np.intp).reshape(self.values.shape)
        return gathered([*(each for own in at for each in self._of_one(own)), *self._nested(at)])

    def _of_one(self, at: Nodes) -> Iterator[Sums]:
        """The sums of one measure; `at`: areas x phases x items."""
        yield from area_sums(self.lattice, [self.time], at[:, :, None])
        yield from phase_sums(self.lattice, at)
        place = 1
        for group in self.groups:
            own = list(range(place, place + len(group.keys)))
            known = np.asarray(self.published[..., own].any(axis=-1), dtype=bool)
            yield from item_sums(group, at[..., [0, *own]], known)
            place += len(own)

    def _nested(self, at: Nodes) -> Iterator[Sums]:
        rest = self.values.size + np.arange(at[1:].size, dtype=np.intp)
        yield Sums(at[:-1].ravel(), np.stack([at[1:].ravel(), rest], axis=1))


def _smallest(
    identities: Identities, wanted: Flags, shown: Flags, high: NDArray[np.float64]
) -> Nodes:
    """Of each identity of a wanted node the shown part that can be least.

    Of nodes that no identity gives one, the totals. What can be nothing only hides nothing.
    """
    equation, node = identities.equation, identities.node
    touching = np.bincount(equation, wanted[node], minlength=identities.count) > 0
    terms = np.flatnonzero(touching[equation] & shown[node] & (high[node] > 0))
    total = identities.sign[terms] > 0
    least = identities.least_of_each(terms[~total], high)
    helped = np.zeros(len(wanted), dtype=bool)
    helped[node[np.isin(equation, equation[least])]] = True
    alone = np.bincount(equation, (wanted & ~helped)[node], minlength=identities.count) > 0
    totals = terms[total & alone[equation[terms]]]
    return np.unique(node[np.concatenate([least, totals])])

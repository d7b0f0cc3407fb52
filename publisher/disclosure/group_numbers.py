"""True numbers of groups of pupils, as arrays over area x phase x time x item.

Times are those for which groups are counted: weeks, the year to date and terms. Item 0 is the
whole row (`TOTAL`); after it come the items of one `BreakdownGroup`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.disclosure.sizes import Sizes, node_numbers
from publisher.disclosure.structure import Lattice
from publisher.errors import DisclosureBlocked
from publisher.model.breakdowns import BREAKDOWN, TOTAL, BreakdownGroup
from publisher.model.definitions import DataSet
from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES
from publisher.model.stages import ROW_KEY

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class GroupNumbers:
    """One group of topics; every array has the shape areas x phases x times x items.

    possible: true possible sessions. enrolments: what withholding takes from readers. published:
    the cell has a row in some data set. unpublished: it has sessions and no row, so that readers
    know nothing of it. Cells that are neither have no sessions, and everybody knows it. needs:
    withheld whatever else is. `times`: the lattice's time behind each of the times.
    """

    group: BreakdownGroup
    lattice: Lattice
    times: tuple[int, ...]
    possible: Integers
    enrolments: Integers
    published: Flags
    unpublished: Flags
    needs: Flags
    kept: Flags

    def __repr__(self) -> str:
        return f"GroupNumbers({self.group.name}, {int(self.published.sum())} cells)"

    @property
    def keys(self) -> tuple[str, ...]:
        """The items: the whole row first."""
        return (TOTAL, *self.group.keys)


@dataclass(frozen=True, repr=False)
class GroupRows:
    """The rows of the evidence of groups of pupils, placed on the lattice once for all groups."""

    node: NDArray[np.intp]
    key: pd.Categorical[str]
    possible: Integers
    enrolments: Integers
    needs: Flags
    kept: Flags

    @classmethod
    def of(cls, lattice: Lattice, evidence: pd.DataFrame, needs: Flags, kept: Flags) -> GroupRows:
        """Place the evidence; `needs` and `kept` have a flag for each of its rows."""
        return cls(
            node_numbers(lattice, evidence[list(ROW_KEY)]),
            pd.Categorical(evidence[BREAKDOWN]),
            evidence["possible_sessions"].to_numpy(dtype=np.int64),
            evidence["enrolments"].to_numpy(dtype=np.int64),
            needs,
            kept,
        )


def group_numbers(
    lattice: Lattice,
    group: BreakdownGroup,
    rows: GroupRows,
    base: tuple[Sizes, Flags],
    published: Flags,
    unknown: Flags,
) -> GroupNumbers:
    """Lay one group of topics out.

    Args:
        lattice: the base lattice.
        group: the topics.
        rows: their evidence.
        base: sizes of the whole rows, and which of them are withheld.
        published: what some data set shows; the lattice's shape x items of the group.
        unknown: nodes of which groups of pupils are not known, for a school shares counts only.

    Raises:
        DisclosureBlocked: items do not add up as declared, so that nothing can be proved.
    """
    times = tuple(sorted(set((rows.node % len(lattice.times)).tolist())))
    shape = (*lattice.shape[:2], len(times), len(group.keys) + 1)
    possible, enrolments = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    seen, needs, kept = (np.zeros(shape, bool) for _ in range(3))
    arrays = (possible, enrolments, seen, needs, kept)
    _lay_out(lattice, group, rows, times, arrays)
    at = np.ix_(*(range(n) for n in lattice.shape[:2]), times)
    _whole_rows(at, lattice, base, arrays)
    unsure = unknown.reshape(lattice.shape)[at]
    known = seen & ~unsure[..., None]
    known[..., 0] = seen[..., 0]
    known[..., 1:] &= published[at]
    _fill_totals(lattice, possible, seen)
    hidden = ~known & (seen | (possible > 0))
    needs, kept = (needs | needs[..., :1]) & known, kept & known
    numbers = GroupNumbers(group, lattice, times, possible, enrolments, known, hidden, needs, kept)
    _require_sums(numbers, unsure)
    return numbers


def _whole_rows(
    at: tuple[NDArray[np.intp], ...],
    lattice: Lattice,
    base: tuple[Sizes, Flags],
    arrays: tuple[Integers, Integers, Flags, Flags, Flags],
) -> None:
    """Item 0: all pupils of each row."""
    sizes, withheld = base
    whole = (sizes.possible, sizes.cost, sizes.published, withheld)
    for values, of_rows in zip(arrays, whole, strict=False):
        values[..., 0] = of_rows.reshape(lattice.shape)[at]


def published_items(lattice: Lattice, data_sets: Sequence[DataSet], group: BreakdownGroup) -> Flags:
    """Which items some data set shows in each row of the lattice; the lattice's shape x items."""
    flags = np.zeros((*lattice.shape, len(group.keys)), dtype=bool)
    for each in data_sets:
        if each.breakdowns:
            areas = [place.level in each.levels for place in lattice.locations]
            phases = [phase in each.phases for phase in lattice.phases]
            flags[np.ix_(areas, phases)] |= _items_by_time(lattice, each, group)
    return flags


def _items_by_time(lattice: Lattice, data_set: DataSet, group: BreakdownGroup) -> Flags:
    shown = {(e.breakdown, kind) for e in data_set.items for kind in data_set.kinds_of(e)}
    flags = [
        [time.key is not None and (key, time.kind) in shown for key in group.keys]
        for time in lattice.times
    ]
    return np.array(flags, dtype=bool)


def _lay_out(
    lattice: Lattice,
    group: BreakdownGroup,
    rows: GroupRows,
    times: tuple[int, ...],
    arrays: tuple[Integers, Integers, Flags, Flags, Flags],
) -> None:
    places = {key: n for n, key in enumerate(group.keys, start=1)}
    item_of = np.array([places.get(str(key), 0) for key in rows.key.categories], dtype=np.intp)
    item = item_of[rows.key.codes]
    own = item > 0
    pair, time = np.divmod(rows.node[own], len(lattice.times))
    place = (*np.divmod(pair, lattice.shape[1]), np.searchsorted(times, time), item[own])
    possible, enrolments, seen, needs, kept = arrays
    possible[place], enrolments[place] = rows.possible[own], rows.enrolments[own]
    seen[place], needs[place], kept[place] = True, rows.needs[own], rows.kept[own]


def _fill_totals(lattice: Lattice, possible: Integers, seen: Flags) -> None:
    """Authorities without a row for all schools have those pupils all the same."""
    total = lattice.phases.index(ALL_SCHOOLS)
    local = np.flatnonzero(lattice.authorities)
    if not seen[local, total, :, 1:].any():
        parts = [lattice.phases.index(phase) for phase in PUBLISHED_PHASES]
        possible[local, total, :, 1:] = possible[local][:, parts, :, 1:].sum(axis=1)


def _require_sums(numbers: GroupNumbers, unsure: Flags) -> None:
    possible, group, lattice = numbers.possible, numbers.group, numbers.lattice
    leaves = possible[..., 1:][..., leaf_places(group)]
    wrong = int(
        ((leaves.sum(axis=-1) != possible[..., 0]) & ~unsure & numbers.published[..., 0]).sum()
    )
    for item, members in enumerate(group.members[key] for key in group.keys):
        whole = leaves[..., sorted(members)].sum(axis=-1)
        wrong += int((whole != possible[..., item + 1]).sum())
    total = lattice.phases.index(ALL_SCHOOLS)
    parts = [lattice.phases.index(phase) for phase in PUBLISHED_PHASES]
    wrong += int((leaves[:, parts].sum(axis=1) != leaves[:, total]).sum())
    if wrong:
        raise DisclosureBlocked(
            f"{wrong} sums over groups of pupils do not add up in the true counts",
            "Nothing can be proved about withheld groups then; correct the counting first.",
        )


def leaf_places(group: BreakdownGroup) -> list[int]:
    """Where the leaves are among the group's items: each leaf is an item of the finest topic."""
    finest = group.topics[-1]
    return [group.keys.index(key) for key in finest.keys]

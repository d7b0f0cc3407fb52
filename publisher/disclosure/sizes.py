"""How many possible sessions stand at every node of the lattice, published or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.disclosure.identities import Nodes
from publisher.disclosure.structure import Lattice
from publisher.errors import DisclosureBlocked
from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class Sizes:
    """True numbers by node; one value per node of the lattice.

    possible: possible sessions. least: what a reader knows a withheld row to have at least, for
    each of its schools had a session. cost: enrolments that withholding takes from readers.
    published: the node has a row. unpublished: it has sessions and no row in any release, so
    readers know nothing of it. Nodes that are neither have no sessions, and everybody knows it.
    """

    possible: Integers
    least: Integers
    cost: Integers
    published: Flags
    unpublished: Flags

    def __repr__(self) -> str:
        return f"Sizes({int(self.published.sum())} rows)"


def node_numbers(lattice: Lattice, rows: pd.DataFrame) -> Nodes:
    """The node of each row of a frame with the `ROW_KEY` columns.

    Raises:
        DisclosureBlocked: a location, phase or period is not part of the release, or its day has
            no daily rows.
    """
    codes = [each.code for each in lattice.locations]
    keys = {
        "location": dict(zip(codes, range(len(codes)), strict=True)),
        "education_phase": {phase: n for n, phase in enumerate(lattice.phases)},
        "period": lattice.time_numbers,
    }
    places = [_places(rows[column], known, column) for column, known in keys.items()]
    return np.ravel_multi_index(tuple(places), lattice.shape)


def sizes_of(lattice: Lattice, evidence: pd.DataFrame) -> Sizes:
    """Lay the evidence out on the lattice and work out what has no row of its own.

    Raises:
        DisclosureBlocked: a row appears twice, or the true counts do not add up as declared, so
            that nothing can be proved about them.
    """
    nodes = node_numbers(lattice, evidence)
    if len(np.unique(nodes)) < len(nodes):
        raise DisclosureBlocked("the evidence has two rows for the same area, phase and period")
    possible, least, cost = (
        _spread(lattice, nodes, evidence[column])
        for column in ("possible_sessions", "schools", "enrolments")
    )
    published = np.zeros(lattice.size, dtype=bool)
    published[nodes] = True
    _complete(lattice, possible.reshape(lattice.shape), published.reshape(lattice.shape))
    unpublished = ~published & (possible > 0)
    _require_sums(lattice, possible)
    _at_most_parts(lattice, least.reshape(lattice.shape))
    return Sizes(possible, np.minimum(least, possible), cost, published, unpublished)


def _places(column: pd.Series, known: dict[str, int], name: str) -> Nodes:
    codes, values = pd.factorize(column)
    unknown = [str(value) for value in values if value not in known]
    if unknown or (codes < 0).any():
        raise DisclosureBlocked(
            f"rows have a {name} that is not part of the release: {', '.join(sorted(unknown))}",
            "The scope of the release and its rows must agree.",
        )
    return np.array([known[value] for value in values], dtype=np.intp)[codes]


def _spread(lattice: Lattice, nodes: Nodes, values: pd.Series) -> Integers:
    spread = np.zeros(lattice.size, dtype=np.int64)
    spread[nodes] = values.to_numpy(dtype=np.int64)
    return spread


def _complete(lattice: Lattice, possible: Integers, published: Flags) -> None:
    """Fill in nodes that have no row: authorities first, then the areas above them."""
    total = lattice.phases.index(ALL_SCHOOLS)
    parts = [lattice.phases.index(phase) for phase in PUBLISHED_PHASES]
    local = np.flatnonzero(lattice.authorities)
    _fill_rests(lattice, possible, local)
    if not published[local, total].any():
        possible[local, total] = possible[local][:, parts].sum(axis=1)
    # Regions come before the nation: a region's unpublished weeks are part of the nation's.
    upper = (int(area) for area in np.flatnonzero(~lattice.authorities))
    for area in sorted(upper, key=lattice.depth_of_area, reverse=True):
        for time in range(len(lattice.times)):
            if lattice.wholly_left_out(time):
                inside = lattice.areas_within(area)
                possible[area, :, time] = possible[inside, :, time].sum(axis=0)
        _fill_rests(lattice, possible, np.array([area]))


def _fill_rests(lattice: Lattice, possible: Integers, areas: Nodes) -> None:
    local = bool(lattice.authorities[areas].all())
    for time, each in enumerate(lattice.times):
        if each.key is not None or (not local and lattice.wholly_left_out(time)):
            continue
        others = [n for n in lattice.times_within(each.parent) if n != time]
        if not local and not lattice.wholly_left_out(each.parent or 0):
            others = [n for n in others if not lattice.wholly_left_out(n)]
        shown = possible[areas][:, :, others].sum(axis=2)
        possible[areas, :, time] = possible[areas, :, each.parent] - shown


def _at_most_parts(lattice: Lattice, least: Integers) -> None:
    """Ask no more of a longer period than its days give: a school may open on a strike day only."""
    weeks_before_year = sorted(range(len(lattice.times)), key=lattice.depth_of_time, reverse=True)
    for time in weeks_before_year:
        inside = lattice.times_within(time)
        if inside:
            least[:, :, time] = np.minimum(least[:, :, time], least[:, :, inside].sum(axis=2))


def _require_sums(lattice: Lattice, possible: Integers) -> None:
    identities = lattice.identities
    signed = identities.sign * possible[identities.node]
    balance = np.bincount(identities.equation, weights=signed, minlength=identities.count)
    wrong = int(((balance != 0) & identities.exact).sum())
    if wrong or (possible < 0).any():
        raise DisclosureBlocked(
            f"{wrong} sums over areas, phases or periods do not add up in the true counts",
            "Nothing can be proved about withheld rows then; correct the counting first.",
        )

"""The last look at groups of pupils: nothing withheld may follow from what is shown.

It knows nothing of how cells were chosen. Whole rows are looked at together with their groups of
pupils, so that a withheld row does not follow from its groups either.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.group_numbers import Flags, GroupNumbers, leaf_places
from publisher.disclosure.group_search import Times
from publisher.disclosure.identities import Identities, Sums, gathered
from publisher.disclosure.propagation import Bounds, propagate
from publisher.disclosure.rounding import highest_behind, lowest_behind, rounded
from publisher.disclosure.settings import Policy
from publisher.disclosure.structure import Lattice
from publisher.model.breakdowns import BreakdownGroup
from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES

Places = NDArray[np.intp]


def exposed_cells(numbers: GroupNumbers, withheld: Flags, policy: Policy) -> Flags:
    """Cells that must stay uncertain and follow to within the policy's range."""
    bounds = propagate(group_identities(numbers), group_bounds(numbers, withheld, policy))
    width = (bounds.high - bounds.low).reshape(withheld.shape)
    narrow = numbers.possible * policy.recovery_range_percent / 100
    must = withheld & numbers.needs & (numbers.possible > 0)
    exposed: Flags = must & (width <= narrow)
    return exposed


def group_bounds(numbers: GroupNumbers, withheld: Flags, policy: Policy) -> Bounds:
    """What a reader knows of each cell before adding anything up.

    Withheld groups that nobody belongs to are taken for known: there is no Year 3 in a secondary
    school, whatever is published.
    """
    base = policy.rounding_base
    shown = rounded(numbers.possible.ravel(), base)
    low, high = lowest_behind(shown, base).astype(float), highest_behind(shown, base).astype(float)
    hidden = (withheld | numbers.unpublished).ravel()
    low[hidden], high[hidden] = 0.0, np.inf
    nothing = (~numbers.published & ~numbers.unpublished).ravel()
    nothing |= hidden & (numbers.possible == 0).ravel()
    low[nothing], high[nothing] = 0.0, 0.0
    return Bounds(low, high)


def group_identities(numbers: GroupNumbers) -> Identities:
    """Sums over areas, phases, time and items; those that hold to the last session."""
    at = np.arange(numbers.published.size, dtype=np.intp).reshape(numbers.published.shape)
    known = np.asarray(numbers.published[..., 1:].any(axis=-1), dtype=bool)
    return gathered(
        [
            *area_sums(numbers.lattice, numbers.times, at),
            *phase_sums(numbers.lattice, at),
            *_over_time(numbers, at),
            *item_sums(numbers.group, at, known),
        ]
    )


def area_sums(lattice: Lattice, times: Sequence[int], at: Places) -> list[Sums]:
    """Sums over areas that hold exactly; `at`: areas x phases x `times` of the lattice x items."""
    found = []
    for area in range(len(lattice.locations)):
        inside = lattice.areas_within(area)
        for time, number in enumerate(times):
            days = lattice.times[number].days
            if inside and (
                days.isdisjoint(lattice.left_out) or not lattice.authorities[inside].any()
            ):
                parts = np.moveaxis(at[inside][:, :, time], 0, -1)
                found.append(Sums(at[area, :, time].ravel(), parts.reshape(-1, len(inside))))
    return found


def phase_sums(lattice: Lattice, at: Places) -> list[Sums]:
    """All schools are the schools of the phases; `at`: areas x phases x any others."""
    total = lattice.phases.index(ALL_SCHOOLS)
    parts = [lattice.phases.index(phase) for phase in PUBLISHED_PHASES]
    return [Sums(at[:, total].ravel(), np.moveaxis(at[:, parts], 1, -1).reshape(-1, len(parts)))]


def _over_time(numbers: GroupNumbers, at: Places) -> list[Sums]:
    times, local = Times.of(numbers), numbers.lattice.authorities
    if times.year is None or not whole_weeks(numbers):
        return []
    found = []
    for areas, weeks in ((~local, times.weeks), (local, (*times.weeks, *times.left_out))):
        if areas.any() and weeks:
            parts = np.moveaxis(at[areas][:, :, list(weeks)], 2, -1)
            found.append(Sums(at[areas][:, :, times.year].ravel(), parts.reshape(-1, len(weeks))))
    return found


def whole_weeks(numbers: GroupNumbers) -> bool:
    """Whether the weeks have every day of the year to date: a week 53 has no rows of its own."""
    times, lattice = Times.of(numbers), numbers.lattice
    if times.year is None:
        return False
    weeks = [lattice.times[numbers.times[n]].days for n in (*times.weeks, *times.left_out)]
    return frozenset().union(*weeks) == lattice.times[numbers.times[times.year]].days


def item_sums(group: BreakdownGroup, at: Places, known: Flags) -> list[Sums]:
    """Sums over the items of a group; `at`: any axes, then all pupils and each of its items.

    `known`: rows, by all axes but the last, whose pupils are all in some item. Where a school
    shares counts only its pupils are in the whole row and in no group.
    """
    leaves = [1 + place for place in leaf_places(group)]
    found = []
    for topic in group.topics:
        own = [1 + group.keys.index(key) for key in topic.keys]
        found.append(Sums(at[..., 0][known], at[known][:, own]))
    for item, key in enumerate(group.keys, start=1):
        members = [leaves[leaf] for leaf in sorted(group.members[key])]
        if members != [item]:
            found.append(Sums(at[..., item].ravel(), at[..., members].reshape(-1, len(members))))
    return found

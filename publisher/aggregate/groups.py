"""Groups of pupils as numbers: what queries carry in place of words.

A leaf is numbered through all groups of topics, an item through all topics, in published order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from publisher.aggregate.parameters import counted_periods
from publisher.errors import UsageProblem
from publisher.model.breakdowns import BreakdownGroup, BreakdownItem, BreakdownTopic, finest
from publisher.model.definitions import DataSet
from publisher.model.stages import ReleaseScope


def groups_of(data_sets: Sequence[DataSet]) -> tuple[BreakdownGroup, ...]:
    """The groups of topics that the data sets show: those of the one that shows the finest.

    Raises:
        UsageProblem: two data sets sort pupils differently.
    """
    try:
        return finest([each.breakdowns for each in data_sets if each.breakdowns])
    except ValueError:
        raise UsageProblem(
            "Two data sets show different groups of pupils",
            "Give one of them all the breakdowns of the other in the catalogue.",
        ) from None


PROFILE_BITS = 31
"""All leaves of an enrolment, one beside the other, are one whole number: its profile."""
_TOGETHER = 100
"""Groups are summed together if they have no more pairs, or triples, of leaves."""


class NumberedGroup:
    """A group of topics with the numbers of its leaves, and where they stand in a profile."""

    def __init__(self, group: BreakdownGroup, first_leaf: int, shift: int) -> None:
        """Number the leaves from `first_leaf`; in a profile they stand from bit `shift`."""
        self.group = group
        self.first_leaf = first_leaf
        self.shift = shift
        self.bits = (len(group.leaves) - 1).bit_length()

    @property
    def last_leaf(self) -> int:
        """The number of the last of its leaves."""
        return self.first_leaf + len(self.group.leaves) - 1

    @property
    def mask(self) -> int:
        """The bits of a profile that belong to the group."""
        return ((1 << self.bits) - 1) << self.shift

    @property
    def place(self) -> str:
        """The place of an enrolment's leaf in the group, as SQL over the fields of its record."""
        number = _item_number(self.group.sorted_by[0])
        for topic in self.group.sorted_by[1:]:
            number = f"{len(topic.items)} * ({number}) + {_item_number(topic)}"
        return number

    def leaf(self, profile: str = "profile") -> str:
        """The number of a profile's leaf, as SQL."""
        place = f"(({profile} & {self.mask}) >> {self.shift})"
        return f"CAST({self.first_leaf} + {place} AS SMALLINT)"


def numbered(groups: Sequence[BreakdownGroup]) -> tuple[NumberedGroup, ...]:
    """Groups whose leaves are numbered one after the other.

    Raises:
        UsageProblem: they do not fit into a profile.
    """
    found: list[NumberedGroup] = []
    first = shift = 0
    for each in groups:
        found.append(NumberedGroup(each, first, shift))
        first, shift = first + len(each.leaves), shift + found[-1].bits
    if shift > PROFILE_BITS:
        raise UsageProblem(
            f"The data sets sort pupils into too many groups: {shift} bits, not {PROFILE_BITS}",
            "Leave a breakdown out of the catalogue.",
        )
    return tuple(found)


def profile(groups: Sequence[NumberedGroup]) -> str:
    """The profile of an enrolment, as SQL over the fields of its record."""
    leaves = (f"((CAST({each.place} AS INTEGER)) << {each.shift})" for each in groups)
    return f"CAST({' + '.join(leaves) or '0'} AS INTEGER)"


def summed_together(groups: Sequence[NumberedGroup]) -> tuple[NumberedGroup, ...]:
    """The groups with few leaves: they are summed in one pass, and told apart afterwards."""
    chosen, leaves = [], 1
    for each in sorted(groups, key=lambda group: len(group.group.leaves)):
        leaves *= len(each.group.leaves)
        if leaves <= _TOGETHER:
            chosen.append(each)
    return tuple(chosen)


def item_numbers(groups: Sequence[BreakdownGroup]) -> dict[str, int]:
    """Key of an item -> its number."""
    return {key: n for n, key in enumerate(key for each in groups for key in each.keys)}


def item_members(groups: Sequence[BreakdownGroup]) -> pa.Table:
    """`leaf`, `item`: which leaves add up to an item."""
    numbers = item_numbers(groups)
    pairs = [
        (each.first_leaf + leaf, numbers[key])
        for each in numbered(groups)
        for key, leaves in each.group.members.items()
        for leaf in sorted(leaves)
    ]
    return pa.table(
        {
            name: pa.array([pair[place] for pair in pairs], pa.int16())
            for place, name in enumerate(("leaf", "item"))
        }
    )


def promised_items(data_sets: Sequence[DataSet]) -> pa.Table:
    """`data_set`, `kind`, `item`, `breakdown`: the items of groups of pupils that rows have."""
    rows = list(_promised(data_sets))
    names = ("data_set", "kind", "item", "breakdown")
    types = (pa.string(), pa.string(), pa.int16(), pa.string())
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], types[place])
            for place, name in enumerate(names)
        }
    )


def _promised(data_sets: Sequence[DataSet]) -> Iterator[tuple[str, str, int, str]]:
    numbers = item_numbers(groups_of(data_sets))
    for data_set in data_sets:
        shown = {(kind, e.breakdown) for e in data_set.items for kind in data_set.kinds_of(e)}
        for key in data_set.breakdown_keys:
            for kind in data_set.periods:
                if key in numbers and (kind, key) in shown:
                    yield data_set.name, kind.value, numbers[key], key


def period_items(scope: ReleaseScope, data_sets: Sequence[DataSet]) -> pa.Table:
    """`period`, `item`, `breakdown`: every item in every period of groups of pupils.

    Also those that are not published by week: what they add up to is.
    """
    kinds = {kind for each in data_sets if each.breakdowns for kind in each.periods}
    periods = [each.key for each in counted_periods(scope, data_sets) if each.kind in kinds]
    rows = [
        (period, number, key)
        for period in periods
        for key, number in item_numbers(groups_of(data_sets)).items()
    ]
    return pa.table(
        {
            "period": pa.array([row[0] for row in rows], pa.string()),
            "item": pa.array([row[1] for row in rows], pa.int16()),
            "breakdown": pa.array([row[2] for row in rows], pa.string()),
        }
    )


def _item_number(topic: BreakdownTopic) -> str:
    cases = " ".join(f"WHEN {_fits(item)} THEN {number}" for number, item in enumerate(topic.known))
    return f"CASE {cases} ELSE {len(topic.known)} END"


def _fits(item: BreakdownItem) -> str:
    return " AND ".join(
        f"{field} IN ({', '.join(_text(each) for each in sorted(value))})"
        if isinstance(value, frozenset)
        else f"{field} = {str(value).upper()}"
        for field, value in item.values.items()
    )


def _text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"

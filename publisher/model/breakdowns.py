"""The words in which groups of pupils are declared: topics, and the items of a topic.

A *topic* sorts every enrolment into exactly one of its items, by the latest record of the pupil.
The first item that fits holds; an enrolment that fits none is "Unknown". A *group* is what topics
share that are parts of one another: its finest topic tells all the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from publisher.model.time import PeriodKind

BREAKDOWN = "breakdown"
"""The fourth column of a row's key in data sets that show groups of pupils."""
TOTAL = "Total"
"""Topic and item of the whole row; as a breakdown's key, the row of `ROW_KEY` itself."""
UNKNOWN = "Unknown"

Values = Mapping[str, frozenset[str] | bool]
"""Field of a pupil's record -> the texts it may have, or the truth value it must have."""


@dataclass(frozen=True)
class BreakdownItem:
    """A group of pupils: those whose record has all of `values`."""

    label: str
    values: Values


@dataclass(frozen=True)
class BreakdownTopic:
    """A way to sort enrolments. `name` is the column in which queries carry the item's number.

    Raises:
        ValueError: two items have the same label, or one is called "Unknown" or "Total".
    """

    name: str
    label: str
    known: tuple[BreakdownItem, ...]
    periods: tuple[PeriodKind, ...] = (
        PeriodKind.WEEK,
        PeriodKind.YEAR_TO_DATE,
        PeriodKind.TERM,
    )

    def __post_init__(self) -> None:
        if len(set(self.items)) < len(self.items) or TOTAL in self.items:
            raise ValueError(f"the items of '{self.label}' do not have names of their own")

    @property
    def items(self) -> tuple[str, ...]:
        """Every item in published order, "Unknown" last."""
        return (*(each.label for each in self.known), UNKNOWN)

    def key(self, item: str) -> str:
        """What a row of this item is called in `BREAKDOWN`."""
        return f"{self.label}: {item}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of every item."""
        return tuple(self.key(item) for item in self.items)


@dataclass(frozen=True)
class BreakdownGroup:
    """Topics that tell something about one another, by their finest topic.

    `leaves` are the items of the finest topic, or pairs of items of two topics; `members` has for
    each item's key the leaves that add up to it. `topics`: those that are published, in order.
    """

    topics: tuple[BreakdownTopic, ...]
    sorted_by: tuple[BreakdownTopic, ...]
    """The one or two topics by which a record is sorted into leaves."""
    members: Mapping[str, frozenset[int]]

    @property
    def name(self) -> str:
        """A name for the group's leaves in queries."""
        return "_and_".join(each.name for each in self.sorted_by)

    @cached_property
    def leaves(self) -> tuple[tuple[str, ...], ...]:
        """The items of `sorted_by` that each leaf stands for."""
        return tuple(product(*(each.items for each in self.sorted_by)))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of every published item, in order."""
        return tuple(key for each in self.topics for key in each.keys)

    def periods_of(self, key: str) -> tuple[PeriodKind, ...]:
        """The kinds of period that show an item; KeyError if the group has no such item."""
        return {each: topic.periods for topic in self.topics for each in topic.keys}[key]


def finest(sortings: Sequence[tuple[BreakdownGroup, ...]]) -> tuple[BreakdownGroup, ...]:
    """Of several ways to sort pupils the one whose topics tell those of all others.

    Raises:
        ValueError: none does.
    """
    every = [tuple(topic for group in each for topic in group.topics) for each in sortings]
    best = max(range(len(every)), key=lambda n: len(every[n]), default=None)
    if best is None:
        return ()
    if any(topic not in every[best] for each in every for topic in each):
        raise ValueError("pupils are sorted in ways of which none tells the others")
    return sortings[best]


def group_of(topic: BreakdownTopic) -> BreakdownGroup:
    """A topic that tells nothing about another."""
    return BreakdownGroup(
        (topic,), (topic,), {key: frozenset({n}) for n, key in enumerate(topic.keys)}
    )


def nested(
    coarse: BreakdownTopic, fine: BreakdownTopic, whole: Mapping[str, str]
) -> BreakdownGroup:
    """A topic whose items are parts of another's; `whole`: item of `fine` -> item of `coarse`."""
    members = {key: frozenset({n}) for n, key in enumerate(fine.keys)}
    for item in coarse.items:
        parts = (n for n, each in enumerate(fine.items) if whole[each] == item)
        members[coarse.key(item)] = frozenset(parts)
    return BreakdownGroup((coarse, fine), (fine,), members)


def crossed(one: BreakdownTopic, other: BreakdownTopic, name: str, label: str) -> BreakdownGroup:
    """Two topics and, called `label`, every pair of their items."""
    pairs = tuple(product(one.items, other.items))
    both = _PairTopic(name, label, tuple(BreakdownItem(", ".join(p), {}) for p in pairs))
    members = {key: frozenset({n}) for n, key in enumerate(both.keys)}
    for place, topic in enumerate((one, other)):
        for item in topic.items:
            parts = (n for n, pair in enumerate(pairs) if pair[place] == item)
            members[topic.key(item)] = frozenset(parts)
    return BreakdownGroup((one, other, both), (one, other), members)


@dataclass(frozen=True)
class _PairTopic(BreakdownTopic):
    """Pairs of items; what is unknown of either is a pair of its own."""

    @property
    def items(self) -> tuple[str, ...]:
        """Every pair in published order."""
        return tuple(each.label for each in self.known)

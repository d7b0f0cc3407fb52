"""How long tables are needed: their memory is given back when all steps that read them ran."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from publisher.aggregate.engine import JOINED, Step, StepKind

_READ = re.compile(r"(?:FROM|JOIN)\s+(\w+)")
_HAVE_ROWS = (StepKind.TABLE, *JOINED)


def read_by(steps: Iterable[Step]) -> frozenset[str]:
    """The names of the tables that steps read, and those that they give to parts of themselves."""
    return frozenset(name for step in steps for name in _READ.findall(step.sql))


def unread(steps: Sequence[Step], later: Collection[str]) -> tuple[Step, ...]:
    """The steps that made rows under none of the names of `later`, views looked through."""
    needed = _through(_views(steps), later)
    return tuple(each for each in steps if each.kind in _HAVE_ROWS and each.name not in needed)


def last_reads(steps: Sequence[Step], later: Collection[str]) -> tuple[tuple[Step, ...], ...]:
    """For each step, whose tables nobody reads any more once it has run.

    Args:
        steps: in the order they run. What they gather is for others to forget.
        later: names that are read when all have run.
    """
    made = {each.name: each for each in steps if each.kind is StepKind.TABLE}
    views = _views(steps)
    needed = _through(views, later) & made.keys()
    ends = []
    for step in reversed(steps):
        # A view is read when what it is read by runs.
        words = () if step.kind is StepKind.VIEW else read_by((step,))
        read = (_through(views, words) | {step.name}) & made.keys()
        ends.append(tuple(made[name] for name in sorted(read - needed)))
        needed |= read
    return tuple(reversed(ends))


def _views(steps: Sequence[Step]) -> Mapping[str, frozenset[str]]:
    return {each.name: read_by((each,)) for each in steps if each.kind is StepKind.VIEW}


def _through(views: Mapping[str, frozenset[str]], names: Iterable[str]) -> set[str]:
    """Names, and what the views among them read."""
    found: set[str] = set()
    left = set(names)
    while left:
        found |= left
        left = set().union(*(views[each] for each in left & views.keys())) - found
    return found

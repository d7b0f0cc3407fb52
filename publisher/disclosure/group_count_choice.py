"""Which further groups of pupils are withheld, so that small numbers of pupils do not follow.

The attack on the finished files would find them too (policy, point 7), and then the release would
be made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from publisher.disclosure.group_choice import GroupChoice, all_year
from publisher.disclosure.group_counts import Flags, Integers, LongCounts
from publisher.disclosure.problem import Problem
from publisher.disclosure.settings import Policy
from publisher.disclosure.sizes import node_numbers
from publisher.model.breakdowns import BREAKDOWN, TOTAL, BreakdownGroup
from publisher.model.definitions import AbsenteeMeasure, DataSet
from publisher.model.stages import TrueCells


def long_counts(
    true: TrueCells, problem: Problem, groups: Sequence[BreakdownGroup]
) -> Iterator[LongCounts]:
    """The numbers of enrolments of each long period that has any, of all data sets together.

    Raises:
        ValueError: who is counted by one measure is not counted by all that ask for less.
    """
    shown = [(each, measures) for each in true.data_sets if (measures := _measures(each))]
    names = _nested({measure for _, measures in shown for measure in measures})
    frames = [true.cells[each.name] for each, _ in shown]
    rows = [(node_numbers(problem.lattice, each), each) for each in frames]
    times = len(problem.lattice.times)
    for time in sorted({int(each) for node, _ in rows for each in np.unique(node % times)}):
        here = [
            (node[own] // times, each[own]) for node, each in rows for own in [node % times == time]
        ]
        yield _of_time(problem, tuple(groups), time, names, here)


def _measures(data_set: DataSet) -> list[AbsenteeMeasure]:
    if not data_set.breakdowns:
        return []
    return [each for each in data_set.measures if isinstance(each, AbsenteeMeasure)]


def _nested(measures: set[AbsenteeMeasure]) -> list[str]:
    """Their names, each counting some of those that the one before it counts."""
    found = sorted(measures, key=lambda each: (each.percent_missed, each.more_than_possible))
    least = [each.more_than_possible for each in found]
    if least != sorted(least):
        raise ValueError("numbers of absentees are not parts of one another")
    return [each.name for each in found]


def _of_time(
    problem: Problem,
    groups: tuple[BreakdownGroup, ...],
    time: int,
    names: Sequence[str],
    rows: Sequence[tuple[np.ndarray[tuple[int], np.dtype[np.intp]], pd.DataFrame]],
) -> LongCounts:
    lattice = problem.lattice
    keys = pd.Index([TOTAL, *(key for group in groups for key in group.keys)])
    shape = (*lattice.shape[:2], len(keys))
    values: Integers = np.zeros((len(names), *shape), np.int64)
    published, unknown = np.zeros(shape, bool), np.zeros(shape, bool)
    for pair, frame in rows:
        at = (*np.divmod(pair, lattice.shape[1]), keys.get_indexer(pd.Index(frame[BREAKDOWN])))
        published[at] = True
        unknown[at] = frame[list(names)].isna().any(axis=1)
        for measure, name in enumerate(names):
            values[(measure, *at)] = frame[name].fillna(0).to_numpy(dtype=np.int64)
    hidden = problem.sizes.unpublished.reshape(lattice.shape)[:, :, time]
    nothing = ~published.any(axis=-1) & ~hidden
    return LongCounts(
        lattice,
        groups,
        time,
        values,
        published,
        np.broadcast_to(nothing[..., None], shape),
        unknown,
    )


def hide_small_counts(
    counts: Sequence[LongCounts], choices: Sequence[GroupChoice], policy: Policy
) -> list[GroupChoice]:
    """Withhold groups beside what follows until nothing does, or nothing is left to withhold.

    Args:
        counts: of each long period.
        choices: of each of the groups of `counts`, in the same order.
        policy: says how many values must be left.
    """
    found, before = list(choices), None
    while found != before:
        before = found
        for each in counts:
            found = _hidden_in(each, found, policy)
    return found


def _hidden_in(counts: LongCounts, choices: list[GroupChoice], policy: Policy) -> list[GroupChoice]:
    """The same choices where nothing follows in this period."""
    withheld, own_sake = _flags(counts, choices)
    bounds = counts.bounds(withheld, policy.rounding_base)
    rows = counts.exposed(withheld, own_sake, bounds, policy)
    further = counts.beside(rows, withheld, bounds)
    if not further.any():
        return choices
    ends = np.cumsum([len(each.numbers.group.keys) for each in choices])[:-1]
    parts = np.split(further[..., 1:], ends, axis=-1)
    return [
        _with(choice, counts.time, part) if part.any() else choice
        for choice, part in zip(choices, parts, strict=True)
    ]


def _flags(counts: LongCounts, choices: Sequence[GroupChoice]) -> tuple[Flags, Flags]:
    """What is withheld at the time, and for its own sake: whole rows first, as in `counts`."""
    withheld, own_sake = [], []
    for n, choice in enumerate(choices):
        time = choice.numbers.times.index(counts.time)
        start = 0 if n == 0 else 1
        withheld.append(choice.withheld[:, :, time, start:])
        own_sake.append(choice.numbers.needs[:, :, time, start:])
    own = np.concatenate(own_sake, axis=-1)
    own[..., 0] = True
    return np.concatenate(withheld, axis=-1), own


def _with(choice: GroupChoice, time: int, further: Flags) -> GroupChoice:
    withheld = choice.withheld.copy()
    withheld[:, :, choice.numbers.times.index(time), 1:] |= further
    return replace(choice, withheld=all_year(choice.numbers, withheld))

"""The diary of every school: closed days, planned closures, and when its marks arrive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.synthetic.arrays import Bools, Floats, Ints, Small
from publisher.synthetic.batching import BatchPlan
from publisher.synthetic.calendar import SchoolCalendar
from publisher.synthetic.country import Schools
from publisher.synthetic.ledger import Ledger
from publisher.synthetic.sampling import Stream, cumulative, pick, stream

SHUT, OPEN, PLANNED, UNEXPECTED = range(4)
"""No register; a normal day; a planned closure marked #; a site closed unexpectedly."""
_WEEKDAY_WEIGHT = np.array((2.0, 0.5, 0.5, 0.5, 3.0))
_SETTLING_WEEK = 37
_FIRST_WEEK_WEIGHT = 0.1
_INSETS_PER_DAY = 0.009
_MARKED_WITH_HASH = 0.6
_UNEXPECTED_PER_DAY = 0.0004
_LATE_WEEKS, _CHRONIC_LATE_WEEKS = 0.006, 0.35
_CHRONIC = 0.03
_TWO_BATCHES_LATE = 0.3
MOST_LATE = 2
"""How many batches after its own a week can still arrive."""


@dataclass(frozen=True)
class Diary:
    """Schools x weekdays: `state` of the day, and the batch in which its marks `arrive`.

    `arrive` is the number of batches where the marks never do.
    """

    state: Small
    arrive: Small


def keep_diary(
    seed: int, schools: Schools, calendar: SchoolCalendar, batches: BatchPlan, ledger: Ledger
) -> Diary:
    """Invent the diary of every school; anchors are neither late nor closed unexpectedly."""
    rng = stream(seed, Stream.DIARY)
    state = calendar.open_days[calendar.pattern_of[schools.authority]].astype(np.int8)
    _plan_insets(rng, state, calendar, schools.anchor)
    unexpected = (rng.random(state.shape) < _UNEXPECTED_PER_DAY) & ~schools.anchor[:, None]
    state[unexpected & (state == OPEN)] = UNEXPECTED
    late = _batches_late(rng, schools.anchor, int(calendar.week_row[-1]) + 1)
    arrive = np.minimum(batches.of_day + late[:, calendar.week_row], batches.count)
    silent = ~ledger.approved & ~ledger.sends_anyway[:, None]
    arrive[silent] = batches.count
    return Diary(state, arrive.astype(np.int8))


def _plan_insets(
    rng: np.random.Generator, state: Small, calendar: SchoolCalendar, anchor: Bools
) -> None:
    """Inset days fall on Mondays and Fridays more often, and rarely in the first week."""
    shares = _inset_shares(calendar)
    expected = _INSETS_PER_DAY * calendar.day_count
    marked = rng.random(len(state)) < _MARKED_WITH_HASH
    for _ in range(int(np.ceil(expected))):
        has = np.flatnonzero(rng.random(len(state)) < expected / np.ceil(expected))
        has = has[~anchor[has]]
        day = pick(rng.random(len(has)), shares)
        is_open = state[has, day] == OPEN
        state[has[is_open], day[is_open]] = np.where(marked[has[is_open]], PLANNED, SHUT)


def _inset_shares(calendar: SchoolCalendar) -> Floats:
    weight = _WEEKDAY_WEIGHT[calendar.weekday]
    return cumulative(np.where(calendar.week == _SETTLING_WEEK, _FIRST_WEEK_WEIGHT, 1.0) * weight)


def _batches_late(rng: np.random.Generator, anchor: Bools, weeks: int) -> Ints:
    """Schools x calendar weeks: by how many batches the marks of the week are late."""
    chronic = rng.random(len(anchor)) < _CHRONIC
    chance = np.where(chronic, _CHRONIC_LATE_WEEKS, _LATE_WEEKS)
    chance[anchor] = 0.0
    late = rng.random((len(anchor), weeks)) < chance[:, None]
    more = rng.random(late.shape) < _TWO_BATCHES_LATE
    return np.asarray(late.astype(np.int64) + (late & more))

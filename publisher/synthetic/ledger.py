"""The ledger of sharing approvals: most open-ended, some that start, stop or resume."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from publisher.synthetic.arrays import NO_DATE, ONE_DAY, Bools, Dates, Ints
from publisher.synthetic.calendar import SchoolCalendar
from publisher.synthetic.country import CLOSED, Schools
from publisher.synthetic.sampling import Stream, stream

_STARTS, _STOPS, _RESUMES, _LAPSED_BEFORE = 0.02, 0.01, 0.01, 0.01
_FOUR_YEARS = 4 * 365
_SENDS_ANYWAY = 0.5
_MISSING_AND_APPROVED = 0.5
_LAPSE = 40


@dataclass(frozen=True)
class Ledger:
    """Rows of approval (`school`, first day, last day or blank), and what follows from them.

    `approved` is schools x weekdays of the feed; `sends_anyway` marks schools whose system goes
    on sending while sharing is not approved, so that intake has something to drop.
    """

    school: Ints
    approved_from: Dates
    approved_to: Dates
    approved: Bools
    sends_anyway: Bools


def keep_ledger(seed: int, schools: Schools, calendar: SchoolCalendar) -> Ledger:
    """Invent the approvals of every school; anchors are approved throughout."""
    rng = stream(seed, Stream.APPROVALS)
    before = calendar.days[0] - rng.integers(30, _FOUR_YEARS, schools.count) * ONE_DAY
    starting, stopping, resuming, lapsed = _stories(rng, schools)
    first, second = _two_days(rng, calendar, schools.count)
    start = np.where(starting, first, before)
    end = np.full(schools.count, NO_DATE)
    end[stopping | resuming] = first[stopping | resuming] - ONE_DAY
    end[schools.status == CLOSED] = schools.closed[schools.status == CLOSED]
    ever = ~schools.missing | (rng.random(schools.count) < _MISSING_AND_APPROVED)
    plain = np.flatnonzero(ever)
    earlier = np.flatnonzero(lapsed & ever)
    again = np.flatnonzero(resuming & ever)
    day = calendar.days[None, :]
    approved = ever[:, None] & (day >= start[:, None])
    approved &= np.isnat(end)[:, None] | (day <= end[:, None])
    approved[again] |= day >= second[again, None]
    return Ledger(
        school=np.concatenate([earlier, plain, again]),
        approved_from=np.concatenate(
            [before[earlier] - 2 * _LAPSE * ONE_DAY, start[plain], second[again]]
        ),
        approved_to=np.concatenate(
            [before[earlier] - _LAPSE * ONE_DAY, end[plain], np.full(len(again), NO_DATE)]
        ),
        approved=approved,
        sends_anyway=rng.random(schools.count) < _SENDS_ANYWAY,
    )


def _stories(rng: np.random.Generator, schools: Schools) -> tuple[Bools, Bools, Bools, Bools]:
    """Who starts, stops, resumes, or had lapsed before the feed: exclusive, never an anchor."""
    level = rng.random(schools.count)
    level[schools.anchor | schools.missing | (schools.status == CLOSED)] = 1.0
    edges = np.cumsum([0.0, _STARTS, _STOPS, _RESUMES, _LAPSED_BEFORE])
    starting, stopping, resuming, lapsed = (
        (level >= low) & (level < high) for low, high in pairwise(edges)
    )
    return starting, stopping, resuming, lapsed


def _two_days(
    rng: np.random.Generator, calendar: SchoolCalendar, count: int
) -> tuple[Dates, Dates]:
    """Two weekdays of the feed in order, the second later where the feed has room for it."""
    last = calendar.day_count - 1
    first = rng.integers(min(1, last), last + 1, count)
    second = np.minimum(first + rng.integers(3, 15, count), last)
    return calendar.days[first], calendar.days[np.maximum(first, second)]

"""Draws spells of absence, lateness and activities, and the sessions that they cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.synthetic.arrays import Floats, Ints, Letters, Small
from publisher.synthetic.facts import GROUPS
from publisher.synthetic.families import AFTERNOON, FAMILIES, MORNING, Reasons
from publisher.synthetic.intensity import Intensity, Starts, expected_starts
from publisher.synthetic.sampling import pick, spread_levels, whole


@dataclass(frozen=True)
class Spells:
    """One element per spell: whose, from which weekday of the feed, how long, why, which half.

    `start` may be negative: the spell was under way before the feed.
    """

    row: Ints
    start: Ints
    days: Ints
    code: Letters
    part: Small


def paint_spells(
    rng: np.random.Generator,
    marks: tuple[Letters, Letters],
    *,
    group: Ints,
    pattern: Ints,
    lean: Floats,
    intensity: Intensity,
) -> None:
    """Draw all spells of a block and write them into its morning and afternoon marks.

    Args:
        rng: the stream of the block.
        marks: mornings and afternoons, enrolments x weekdays, of code numbers; changed in place.
        group: group of schools of each enrolment.
        pattern: half-term pattern of each enrolment.
        lean: families x enrolments, how much each enrolment leans to each family.
        intensity: how many spells an average pupil starts, and when.
    """
    for number in range(len(GROUPS)):
        rows = np.flatnonzero(group == number)
        if not len(rows):
            continue
        for family in range(len(FAMILIES)):
            starts = intensity.starts[number][family]
            if starts is not None:
                expected = expected_starts(starts, lean[family, rows], pattern[rows])
                _paint(marks, _draw(rng, starts, rows, pattern[rows], expected))


def _draw(
    rng: np.random.Generator, starts: Starts, rows: Ints, pattern: Ints, expected: Floats
) -> Spells:
    """As many spells as the pupils in `rows` lead to expect, dealt to each by what they lean to.

    Dealing goes around the block in equal steps, so that a pupil who leans to 2.3 spells has two
    or three: a child who has just been ill is less likely to be ill again. It also keeps the
    noise of a small feed out of its national rates.
    """
    dealt = np.cumsum(expected)
    count = whole(rng, float(dealt[-1]))
    steps = (np.arange(count) + rng.random(count)) / max(count, 1)
    at = np.searchsorted(dealt, steps * dealt[-1], side="right")
    at = np.minimum(at, len(rows) - 1)
    why = pick(rng.random(count), starts.reasons.starts)
    start = pick(spread_levels(rng, count), starts.shares, pattern[at]) - starts.lead
    return Spells(
        row=rows[at],
        start=start,
        days=_lengths(rng, starts.reasons, why),
        code=starts.reasons.code[why],
        part=pick(rng.random(count), starts.reasons.parts, why).astype(np.int8),
    )


def _lengths(rng: np.random.Generator, known: Reasons, why: Ints) -> Ints:
    """The least length of the reason, and then a geometric number of days more."""
    staying = known.staying[why]
    more = np.zeros(len(why), dtype=np.int64)
    goes_on = staying > 0
    chance = 1.0 - rng.random(len(why))
    more[goes_on] = (np.log(chance[goes_on]) / np.log(staying[goes_on])).astype(np.int64)
    return known.least_days[why] + more


def _paint(marks: tuple[Letters, Letters], spells: Spells) -> None:
    morning, afternoon = marks
    width = morning.shape[1]
    first = np.maximum(spells.start, 0)
    days = np.minimum(spells.start + spells.days, width) - first
    kept = days > 0
    days = days[kept]
    begins = (spells.row * width + first)[kept]
    # 0, 1, 2 … inside each spell: a running count less the count at the start of the spell
    within = np.arange(days.sum()) - np.repeat(np.cumsum(days) - days, days)
    cells = np.repeat(begins, days) + within
    code = np.repeat(spells.code[kept], days)
    part = np.repeat(spells.part[kept], days)
    morning.reshape(-1)[cells[part != AFTERNOON]] = code[part != AFTERNOON]
    afternoon.reshape(-1)[cells[part != MORNING]] = code[part != MORNING]

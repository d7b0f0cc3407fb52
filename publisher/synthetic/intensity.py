"""How many spells start on each day, so that national rates of each week come out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.synthetic.arrays import Bools, Floats, Ints
from publisher.synthetic.calendar import SchoolCalendar
from publisher.synthetic.country import Schools
from publisher.synthetic.curves import week_shapes, week_totals, weekday_shape
from publisher.synthetic.facts import GROUPS, PUBLISHED
from publisher.synthetic.families import FAMILIES, LAGS, Reasons, families, reasons
from publisher.synthetic.habits import leanings
from publisher.synthetic.pupils import draw_pupils
from publisher.synthetic.sampling import Stream, stream

_SAMPLE = 30_000
_ROUNDS = 8
_NEGLIGIBLE = 0.01
_NEARLY_ALL = 0.99


@dataclass(frozen=True)
class Starts:
    """When spells of one family start in one group of schools.

    `lead` weekdays before the feed are included, so that spells are already under way on the
    first day. `total` is the expected number of spells of an average pupil per half-term
    pattern; `shares` is patterns x (lead + days), the cumulative share that starts by each day.
    """

    reasons: Reasons
    lead: int
    total: Floats
    shares: Floats
    norm: float


@dataclass(frozen=True)
class Intensity:
    """`starts[group][family]`, nothing where a family does not occur in a group."""

    starts: tuple[tuple[Starts | None, ...], ...]


def intensity(schools: Schools, calendar: SchoolCalendar, seed: int) -> Intensity:
    """The intensity of every family in every group of schools.

    A session is missed when at least one spell covers it, which saturates for pupils who are
    often absent. The levels of every week are therefore adjusted until the averages over a
    reference population of 30,000 pupils of published age are the published rates.
    """
    rows = tuple(_group_starts(group, schools, calendar, seed) for group in range(len(GROUPS)))
    return Intensity(rows)


def _group_starts(
    group: int, schools: Schools, calendar: SchoolCalendar, seed: int
) -> tuple[Starts | None, ...]:
    sample = _reference_leanings(group, schools, calendar, seed)
    norms = np.maximum(sample.mean(axis=1), _NEGLIGIBLE)
    levels = _week_levels(group, sample / norms[:, None], calendar)
    shape = weekday_shape(group)
    found: list[Starts | None] = []
    for number, family in enumerate(families()):
        known = reasons(group, number)
        if known is None:
            found.append(None)
            continue
        by_day = levels[number][calendar.week_row]
        if family.absence:
            by_day = by_day * shape[calendar.weekday]
        found.append(_starts(known, by_day, calendar.open_days, float(norms[number])))
    return tuple(found)


def _reference_leanings(
    group: int, schools: Schools, calendar: SchoolCalendar, seed: int
) -> Floats:
    """Leanings of pupils drawn from all schools of the group, of published age where it matters.

    Families x pupils.
    """
    rng = stream(seed, Stream.REFERENCE, group)
    rolls = np.cumsum(np.where(schools.group == group, schools.roll, 0))
    steps = (np.arange(_SAMPLE) + rng.random(_SAMPLE)) / _SAMPLE
    school = np.searchsorted(rolls, steps * rolls[-1], side="right")
    pupils = draw_pupils(rng, schools, school, calendar.academic_year)
    sample = leanings(rng, schools, pupils)
    counted = pupils.published_age(calendar.academic_year) | (group not in PUBLISHED)
    return np.asarray(sample[:, counted])


def _week_levels(group: int, lean: Floats, calendar: SchoolCalendar) -> Floats:
    """Families x calendar weeks: sessions that the spells of an average pupil would cover."""
    shapes = week_shapes(group, calendar)
    totals = week_totals(group, calendar)
    levels = np.zeros((len(FAMILIES), len(totals)))
    for number, family in enumerate(families()):
        known = reasons(group, number)
        levels[number] = known.rate * shapes[family.curve] if known else 0.0
    absent = np.array([family.absence for family in families()])
    wanted = levels[absent] * (totals / levels[absent].sum(axis=0))
    spells = lean[absent] * _spells_of_average(group, wanted, calendar)[:, None]
    for week in range(len(totals)):
        levels[absent, week] = _levels_that_show(lean[absent], spells, wanted[:, week])
    return levels


def _spells_of_average(group: int, wanted: Floats, calendar: SchoolCalendar) -> Floats:
    """Families of absence: about how many spells an average pupil has in the whole feed."""
    days = calendar.open_days.sum(axis=1).mean()
    known = [reasons(group, row) for row, family in enumerate(families()) if family.absence]
    length = np.array([found.survival.sum() if found else 1.0 for found in known])
    return np.asarray(wanted.mean(axis=1) * days / length)


def _levels_that_show(lean: Floats, spells: Floats, wanted: Floats) -> Floats:
    """Levels at which each family shows in `wanted` of the sessions, by repeated proportion.

    A session shows the last painted of the families that cover it, so a family's share is the
    chance that it covers the session and no later family does. Of n spells, each covers its own
    share of the sessions: together they miss a session with (1 - share ÷ n) to the power of n.

    Args:
        lean: families x pupils.
        spells: families x pupils, how many spells each pupil has in the whole feed.
        wanted: share of sessions that each family shall show.
    """
    levels = wanted.copy()
    count = np.maximum(spells, 1.0)
    for _ in range(_ROUNDS):
        covers = np.minimum(lean * levels[:, None] / count, _NEARLY_ALL)
        clear = np.exp(count * np.log1p(-covers))
        # chance that no later family covers the session: product of the rows below
        later = np.cumprod(clear[::-1], axis=0)[::-1]
        later = np.concatenate([later[1:], np.ones_like(later[:1])])
        shown = ((1 - clear) * later).mean(axis=1)
        levels *= np.divide(wanted, shown, out=np.ones_like(wanted), where=shown > 0)
    return levels


def _starts(known: Reasons, by_day: Floats, open_days: Bools, norm: float) -> Starts:
    lead = int(np.argmax(known.survival < _NEGLIGIBLE * known.survival[0])) or LAGS
    weights = np.stack([_start_weights(known, by_day, row, lead) for row in open_days])
    total = weights.sum(axis=1)
    shares = np.cumsum(weights, axis=1) / np.maximum(total, np.finfo(float).tiny)[:, None]
    shares[:, -1] = 1.0
    return Starts(known, lead, total, shares, norm)


def _start_weights(known: Reasons, by_day: Floats, is_open: Bools, lead: int) -> Floats:
    """Spells started per pupil on each weekday so that those under way cover `by_day`.

    Works forward: what earlier spells still cover is taken off, the rest starts today. Nothing
    starts on closed days. Before the feed, as many start each day as keep the first day's level.
    """
    survival = known.survival
    weights = np.zeros(lead + len(by_day))
    if not is_open.any():
        return weights
    weights[:lead] = by_day[0] / survival.sum()
    for day in np.flatnonzero(is_open).tolist():
        at = lead + day
        reach = min(at, LAGS - 1)
        carried = weights[at - reach : at] @ survival[reach:0:-1]
        weights[at] = max(by_day[day] - carried, 0.0) / survival[0]
    covered = np.convolve(weights, survival)[lead : lead + len(by_day)]
    # long spells cannot follow a sudden fall, so what they cover too much is taken off evenly
    return np.asarray(weights * (by_day[is_open].sum() / covered[is_open].sum()))


def expected_starts(starts: Starts, lean: Floats, pattern: Ints) -> Floats:
    """Expected spells of each pupil over the feed, from how much each leans to the family."""
    return np.asarray(lean * starts.total[pattern] / starts.norm)

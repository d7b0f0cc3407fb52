"""Numbers of pupils of groups: what follows from sums is found, and something hides it."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.disclosure.group_choice import GroupChoice
from publisher.disclosure.group_count_choice import hide_small_counts
from publisher.disclosure.group_counts import LongCounts
from publisher.disclosure.group_numbers import GroupNumbers
from publisher.disclosure.settings import Policy
from publisher.disclosure.structure import Lattice
from tests.properties.test_group_disclosure import GROUPS, lattice

POLICY = Policy()
BOTH = (GROUPS["alone"], GROUPS["crossed"])
YEAR = 0


def counts_of(seed: int) -> tuple[LongCounts, list[GroupChoice]]:
    """A random table of enrolments, absentees and severe absentees; a fourth is withheld."""
    rng = np.random.default_rng(seed)
    regions = tuple(int(n) for n in rng.integers(1, 4, rng.integers(1, 3)))
    country = lattice(regions, weeks=1)
    values = np.stack([_items(each) for each in _measures(rng, country)])
    everyone = values[0, :, :, :1] > 0
    published = np.repeat(everyone, values.shape[-1], axis=-1)
    counts = LongCounts(
        country, BOTH, YEAR, values, published, ~published, np.zeros_like(published)
    )
    withheld = published & (rng.random(published.shape) < 0.25)
    withheld[..., 0] &= rng.random(published.shape[:2]) < 0.3
    withheld |= withheld[..., :1] & published
    return counts, _choices(counts, withheld)


def _measures(rng: np.random.Generator, country: Lattice) -> list[np.ndarray]:
    """Areas x phases x leaves of both groups at once, each measure part of the one before."""
    leaves = (len(BOTH[0].leaves), len(BOTH[1].leaves))
    local = np.flatnonzero(country.authorities)
    enrolled = np.zeros((*country.shape[:2], *leaves), np.int64)
    sizes = rng.choice([0, 1, 3, 8, 30, 200], (len(local), 3, *leaves))
    enrolled[local, :3] = sizes * (rng.random((len(local), 3)) > 0.1)[..., None, None]
    absent = rng.binomial(enrolled, 0.3)
    found = [enrolled, absent, rng.binomial(absent, 0.2)]
    for values in found:
        values[:, 3] = values[:, :3].sum(axis=1)
        for area in reversed(range(len(country.locations))):
            for inside in country.areas_within(area):
                values[area] += values[inside]
    return found


def _items(leaves: np.ndarray) -> np.ndarray:
    of_groups = (leaves.sum(axis=-1), leaves.sum(axis=-2))
    items = [
        own[..., sorted(group.members[key])].sum(axis=-1)
        for group, own in zip(BOTH, of_groups, strict=True)
        for key in group.keys
    ]
    return np.stack([leaves.sum(axis=(-2, -1)), *items], axis=-1)


def _choices(counts: LongCounts, withheld: np.ndarray) -> list[GroupChoice]:
    found, place = [], 1
    for group in BOTH:
        own = [0, *range(place, place + len(group.keys))]
        values, shown = counts.values[0][:, :, None, own], counts.published[:, :, None, own]
        small = shown & (values < POLICY.minimum_pupils)
        nothing = np.zeros_like(shown)
        numbers = GroupNumbers(
            group, counts.lattice, (YEAR,), values, values, shown, nothing, small, nothing
        )
        found.append(GroupChoice(numbers, withheld[:, :, None, own].copy(), 1))
        place += len(group.keys)
    return found


def _withheld(choices: list[GroupChoice]) -> np.ndarray:
    first, *others = (each.withheld[:, :, 0] for each in choices)
    return np.concatenate([first, *(each[..., 1:] for each in others)], axis=-1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_every_true_number_lies_within_what_follows(seed: int) -> None:
    counts, choices = counts_of(seed)
    bounds = counts.bounds(_withheld(choices), POLICY.rounding_base)
    truth = counts.values.ravel()
    assert (bounds.low[: len(truth)] <= truth).all()
    assert (bounds.high[: len(truth)] >= truth).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
@example(0)
@example(4984327)
def test_nothing_follows_that_a_shown_group_could_hide(seed: int) -> None:
    counts, before = counts_of(seed)
    after = hide_small_counts([counts], before, POLICY)
    withheld = _withheld(after)
    assert not (_withheld(before) & ~withheld).any()
    assert (withheld[..., 0] == _withheld(before)[..., 0]).all(), "whole rows are not its choice"
    bounds = counts.bounds(withheld, POLICY.rounding_base)
    own_sake = np.zeros_like(withheld)
    exposed = counts.exposed(withheld, own_sake, bounds, POLICY)
    assert not counts.beside(exposed, withheld, bounds).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_withholding_more_never_tells_more(seed: int, other: int) -> None:
    counts, choices = counts_of(seed)
    fewer = _withheld(choices)
    more = fewer | (counts.published & (np.random.default_rng(other).random(fewer.shape) < 0.2))
    one, two = (counts.bounds(each, POLICY.rounding_base) for each in (fewer, more))
    assert (two.low <= one.low).all()
    assert (two.high >= one.high).all()


def test_what_is_left_of_all_pupils_is_found_and_the_smallest_beside_it_withheld() -> None:
    """Fifteen pupils, twelve in one group and exactly none unknown: three in the withheld one."""
    country = lattice((1,), weeks=1)
    items = {"alone0": 3, "alone1": 12, "Unknown": 0}
    values = np.zeros((1, *country.shape[:2], 4), np.int64)
    values[:, :, [1, 3]] = [15, *items.values()]
    published = values[0, ..., :1].repeat(4, axis=-1) > 0
    counts = LongCounts(
        country, BOTH[:1], YEAR, values, published, ~published, np.zeros_like(published)
    )
    withheld = np.zeros_like(published)
    withheld[:, [1, 3], 1] = True
    exact = POLICY.model_copy(update={"rounding_base": 1})
    bounds = counts.bounds(withheld, exact.rounding_base)
    exposed = counts.exposed(withheld, withheld, bounds, exact)
    assert (exposed == withheld).all()
    beside = np.argwhere(counts.beside(exposed, withheld, bounds))
    assert {item for *_, item in beside.tolist()} == {2}

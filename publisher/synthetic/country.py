"""The register of schools of an invented England: every school, its size and its intake."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.synthetic.arrays import NO_DATE, Bools, Dates, Floats, Ints
from publisher.synthetic.facts import (
    ALTERNATIVE,
    GROUPS,
    NURSERY,
    PRIMARY,
    SECONDARY,
    authorities,
    calibration,
    group_table,
)
from publisher.synthetic.names import school_names
from publisher.synthetic.sampling import Stream, cumulative, pick, stream
from publisher.synthetic.sizes import anchored, anchors, draw_sizes, thinned
from publisher.synthetic.trusts import NO_TRUST, Trusts, found_trusts, is_academy

KINDS = tuple(row["kind"] for row in calibration("school_kinds"))
TYPES = tuple(row["type_of_establishment"] for row in calibration("establishments"))
OPEN, CLOSING, CLOSED = range(3)
STATUSES = ("Open", "Open, but proposed to close", "Closed")
_ISLAND_AUTHORITY = "E06000053"
_MISSING_SHARE = 0.02
_CLOSED_SCHOOLS = 60
_CLOSING_SCHOOLS = 2
_INTAKE_CERTAINTY = 12.0
_AUTHORITY_SPREAD, _SCHOOL_SPREAD = 0.45, 0.7
_FIRST_NUMBERS = np.array((2000, 4000, 7000, 1000, 1100))
_FIRST_URN, _LAST_URN = 100_000, 160_000
_OLDEST, _NEWEST = 1880, 2020


@dataclass(frozen=True)
class Schools:
    """One element per school, authorities one after another, phases mixed inside each.

    `roll` is the number of pupils in the feed (after thinning; none in missing and closed
    schools); `anchor` marks the largest school of each authority and published phase, which
    always submits; `missing` schools never do; `number` is the four-digit establishment number;
    `trust` indexes `trusts`; `fsm` and `minority` are shares of the intake.
    """

    urn: Ints
    authority: Ints
    group: Ints
    kind: Ints
    establishment: Ints
    status: Ints
    opened: Dates
    closed: Dates
    names: tuple[str, ...]
    number: Ints
    roll: Ints
    fsm: Floats
    minority: Floats
    anchor: Bools
    missing: Bools
    trust: Ints
    trusts: Trusts

    @property
    def count(self) -> int:
        """How many schools there are, closed ones included."""
        return len(self.urn)


def invent_schools(seed: int, scale: float, academic_year: int) -> Schools:
    """Every school of every authority, its roll thinned to `scale` and at least one pupil.

    Counts and pupils per authority and phase are the published ones; sizes within them follow
    the national distribution of school sizes; nurseries and alternative provision, which have
    no published counts by authority, are spread by pupils.
    """
    rng = stream(seed, Stream.SCHOOLS)
    authority, group, shut = _places(rng)
    kind = _kinds(rng, authority, group)
    size = draw_sizes(rng, authority, group, kind)
    anchor = anchors(size, authority, group, ~shut)
    missing = _share_of(rng, ~anchor & ~shut, _MISSING_SHARE)
    roll = anchored(thinned(rng, size, authority, group, scale), anchor)
    establishment = _establishments(rng, group)
    trust, trusts = found_trusts(stream(seed, Stream.TRUSTS), authority, group, establishment)
    opened, closed = _lives(rng, shut, academic_year)
    return Schools(
        urn=_FIRST_URN + rng.permutation(_LAST_URN - _FIRST_URN)[: len(authority)],
        authority=authority,
        group=group,
        kind=kind,
        establishment=establishment,
        status=_statuses(rng, shut, anchor | missing),
        opened=opened,
        closed=closed,
        names=tuple(school_names(rng, group)),
        number=_numbers(authority, group),
        roll=np.where(missing | shut, 0, roll),
        fsm=_intake_fsm(rng, authority, group),
        minority=_intake_minority(rng, authority),
        anchor=anchor,
        missing=missing,
        trust=np.where(is_academy(establishment), trust, NO_TRUST),
        trusts=trusts,
    )


def _apportion(weights: Floats, total: int) -> Ints:
    """Whole numbers that add up to `total` and lie within one of their share of it."""
    edges = np.round(np.cumsum(weights) / weights.sum() * total)
    return np.asarray(np.diff(edges, prepend=0).astype(np.int64))


def _places(rng: np.random.Generator) -> tuple[Ints, Ints, Bools]:
    """Authority and group of every school, and whether it is one of the closed ones."""
    pupils = authorities().pupils.sum(axis=1)
    totals = group_table("school_sizes", "schools").astype(int)
    elsewhere = [_apportion(pupils, int(totals[group])) for group in (NURSERY, ALTERNATIVE)]
    counts = np.column_stack([authorities().schools, *elsewhere])
    closed = np.zeros_like(counts)
    closed[:, PRIMARY] = _apportion(pupils, _CLOSED_SCHOOLS)
    copies = np.concatenate([counts.ravel(), closed.ravel()])
    cells = np.repeat(np.tile(np.arange(counts.size), 2), copies)
    shut = np.arange(len(cells)) >= counts.sum()
    authority, group = np.divmod(cells, len(GROUPS))
    order = np.lexsort((rng.random(len(cells)), authority))
    return authority[order], group[order], shut[order]


def _kinds(rng: np.random.Generator, authority: Ints, group: Ints) -> Ints:
    rows = calibration("school_kinds")
    shares = np.zeros((len(GROUPS), len(KINDS)))
    for number, row in enumerate(rows):
        shares[GROUPS.index(row["group"]), number] = float(row["share"])
    kind = pick(rng.random(len(group)), cumulative(shares), group)
    island = authorities().codes.index(_ISLAND_AUTHORITY)
    # the one school of the islands teaches from Reception to Year 11
    kind[(authority == island) & (group == SECONDARY)] = KINDS.index("all-through")
    return kind


def _establishments(rng: np.random.Generator, group: Ints) -> Ints:
    shares = np.zeros((len(GROUPS), len(TYPES)))
    for number, row in enumerate(calibration("establishments")):
        shares[GROUPS.index(row["group"]), number] = float(row["share"])
    return pick(rng.random(len(group)), cumulative(shares), group)


def _share_of(rng: np.random.Generator, candidates: Bools, share: float) -> Bools:
    """A random selection of candidates: exactly `share` of all schools, rounded."""
    chosen = np.zeros(len(candidates), dtype=bool)
    count = round(share * len(candidates))
    chosen[rng.permutation(np.flatnonzero(candidates))[:count]] = True
    return chosen


def _statuses(rng: np.random.Generator, shut: Bools, settled: Bools) -> Ints:
    status = np.where(shut, CLOSED, OPEN)
    status[rng.permutation(np.flatnonzero(~shut & ~settled))[:_CLOSING_SCHOOLS]] = CLOSING
    return status


def _lives(rng: np.random.Generator, shut: Bools, academic_year: int) -> tuple[Dates, Dates]:
    years = rng.integers(_OLDEST, _NEWEST, len(shut))
    opened = np.array([f"{year}-09-01" for year in years], dtype="datetime64[D]")
    closed = np.full(len(shut), NO_DATE)
    closed[shut] = np.datetime64(f"{academic_year}-08-31", "D")
    return opened, closed


def _numbers(authority: Ints, group: Ints) -> Ints:
    """Establishment numbers, distinct inside an authority; the first digit tells the group."""
    cell = authority * len(GROUPS) + group
    order = np.argsort(cell, kind="stable")
    _, first, counts = np.unique(cell[order], return_index=True, return_counts=True)
    rank = np.empty(len(cell), dtype=np.int64)
    rank[order] = np.arange(len(cell)) - np.repeat(first, counts)
    return np.asarray(_FIRST_NUMBERS[group] + rank)


def _intake_fsm(rng: np.random.Generator, authority: Ints, group: Ints) -> Floats:
    mean = authorities().fsm[authority, group]
    return rng.beta(mean * _INTAKE_CERTAINTY, (1 - mean) * _INTAKE_CERTAINTY)


def _intake_minority(rng: np.random.Generator, authority: Ints) -> Floats:
    """Shares of pupils who are not White British: region, then authority, then school."""
    base = authorities().minority
    place = np.log(base / (1 - base)) + _AUTHORITY_SPREAD * rng.standard_normal(len(base))
    odds = np.exp(place[authority] + _SCHOOL_SPREAD * rng.standard_normal(len(authority)))
    return np.asarray(odds / (1 + odds))

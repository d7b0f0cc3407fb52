"""Academy trusts: a few large ones in each authority, many small, some spread over several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.synthetic.arrays import Bools, Ints
from publisher.synthetic.facts import SECONDARY, calibration
from publisher.synthetic.names import trust_names

NO_TRUST = -1
_ACADEMY = np.array([row["academy"] == "yes" for row in calibration("establishments")])
_SCHOOLS_PER_TRUST = 6
_LARGE_TRUSTS = 24
_IN_LARGE_TRUST = 0.12
_TWO_TRUST_AUTHORITIES = 0.1
_FIRST_CODE = 10_000


@dataclass(frozen=True)
class Trusts:
    """Codes (`TR10042`) and names, one of each per trust."""

    codes: tuple[str, ...]
    names: tuple[str, ...]


def is_academy(establishment: Ints) -> Bools:
    """Whether each type of establishment belongs to a trust."""
    academy: Bools = _ACADEMY[establishment]
    return academy


def found_trusts(
    rng: np.random.Generator, authority: Ints, group: Ints, establishment: Ints
) -> tuple[Ints, Trusts]:
    """Give every academy a trust; other schools get `NO_TRUST`.

    Trusts of one authority have about six schools, unevenly; one academy in eight belongs to a
    large trust that works in many authorities. In one authority in ten, two trusts hold all
    the secondary academies, which is where withholding by trust matters.
    """
    member = np.full(len(authority), NO_TRUST)
    founded = _LARGE_TRUSTS
    for place in np.unique(authority):
        academies = np.flatnonzero((authority == place) & is_academy(establishment))
        pool = founded + np.arange(2 + len(academies) // _SCHOOLS_PER_TRUST)
        member[academies] = _uneven(rng, pool, len(academies))
        large = academies[rng.random(len(academies)) < _IN_LARGE_TRUST]
        member[large] = rng.integers(0, _LARGE_TRUSTS, len(large))
        if rng.random() < _TWO_TRUST_AUTHORITIES:
            secondary = academies[group[academies] == SECONDARY]
            member[secondary] = rng.choice(pool[:2], len(secondary))
        founded += len(pool)
    return member, _named(rng, founded)


def _uneven(rng: np.random.Generator, pool: Ints, count: int) -> Ints:
    weights = 1.0 / np.arange(1, len(pool) + 1)
    return rng.choice(pool, count, p=weights / weights.sum())


def _named(rng: np.random.Generator, count: int) -> Trusts:
    codes = tuple(f"TR{_FIRST_CODE + number:05d}" for number in range(count))
    return Trusts(codes, tuple(trust_names(rng, count)))

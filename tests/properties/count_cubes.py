"""Tables of counts by area, phase and reason with every margin, and their protection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from publisher.disclosure.count_tables import CountsWithheld, CountTable

CANDIDATES = 5
FEWEST = 10
PHASES = (54.0, 43.0, 1.9, 1.0)
REASONS = (53.5, 15.3, 12.6, 7.6, 5.2, 2.9, 1.4, 0.75, 0.37, 0.2, 0.1, 0.05)
"""Shares of pupils in per cent."""
SPREAD_OF_SIZES, SPREAD_OF_PHASES = 0.65, 0.35
"""Standard deviations of logarithms."""


@dataclass(frozen=True)
class Cube:
    """Counts by area (authorities, regions, England), phase (and all), reason (and all)."""

    counts: NDArray[np.int64]
    region: NDArray[np.intp]
    """Of each authority."""

    @property
    def primary(self) -> NDArray[np.bool_]:
        return ((self.counts > 0) & (self.counts < FEWEST)).ravel()

    @property
    def numbers(self) -> NDArray[np.intp]:
        return np.arange(self.counts.size).reshape(self.counts.shape)

    def sums(self) -> list[tuple[int, NDArray[np.intp]]]:
        n, many = self.numbers, len(self.region)
        found = []
        for area in range(len(n)):
            found += [(n[area, p, -1], n[area, p, :-1]) for p in range(n.shape[1])]
            found += [(n[area, -1, r], n[area, :-1, r]) for r in range(n.shape[2])]
        for p in range(n.shape[1]):
            for r in range(n.shape[2]):
                found.append((n[-1, p, r], n[many:-1, p, r]))
                for region in range(len(n) - many - 1):
                    parts = n[:many][self.region == region, p, r]
                    found.append((n[many + region, p, r], parts))
        return found

    def matrix(self) -> sparse.csc_matrix:
        rows, columns, signs = [], [], []
        for equation, (total, parts) in enumerate(self.sums()):
            rows += [equation] * (1 + len(parts))
            columns += [total, *parts]
            signs += [1.0] + [-1.0] * len(parts)
        shape = (max(rows) + 1, self.counts.size)
        return sparse.csc_matrix((signs, (rows, columns)), shape=shape)

    def near(self, node: int) -> tuple[NDArray[np.intp], ...]:
        """The region of an area; then everything."""
        area = node // int(np.prod(self.counts.shape[1:]))
        many, areas = len(self.region), np.arange(len(self.counts))
        region = self.region[area] if area < many else area - many
        inside = np.flatnonzero(self.region == region)
        beside = np.append(inside, many + region) if area < len(areas) - 1 else areas[many:]
        return self.numbers[beside].ravel(), self.numbers.ravel()


def cube_of(table: pd.DataFrame) -> Cube:
    """A cube from a table with region, la, phase, reason, freq."""
    atoms = table.pivot_table(
        index=["region", "la"], columns=["phase", "reason"], values="freq", aggfunc="sum"
    )
    shape = (len(atoms), table["phase"].nunique(), table["reason"].nunique())
    inner = atoms.fillna(0).to_numpy().astype(np.int64).reshape(shape)
    region = pd.factorize(atoms.index.get_level_values("region"), sort=True)[0]
    inner = np.concatenate([inner, inner.sum(axis=1, keepdims=True)], axis=1)
    inner = np.concatenate([inner, inner.sum(axis=2, keepdims=True)], axis=2)
    regions = [inner[region == each].sum(axis=0) for each in range(region.max() + 1)]
    return Cube(np.concatenate([inner, regions, [inner.sum(axis=0)]]), region)


def invented(
    seed: int,
    regions: int = 9,
    authorities: int = 150,
    phases: int = 4,
    reasons: int = 12,
    mean: float = 4100,
) -> pd.DataFrame:
    """Counts of pupils: a third from 1 to 9, a quarter zero at the sizes of a country.

    `mean`: pupils of an authority. Their shares by phase and reason are those of the tables that
    the known results of other programs were measured on.
    """
    random = np.random.default_rng(seed)
    size = random.lognormal(0, SPREAD_OF_SIZES, (authorities, 1, 1))
    phase = _shares(PHASES[:phases])[:, None] * random.lognormal(
        0, SPREAD_OF_PHASES, (authorities, phases, 1)
    )
    expected = mean * size * phase * _shares(REASONS[:reasons])
    counts = random.poisson(expected * np.exp(-(SPREAD_OF_SIZES**2) / 2))
    places = np.indices(counts.shape).reshape(3, -1)
    return pd.DataFrame(
        {
            "region": [f"R{area % regions:02d}" for area in places[0]],
            "la": [f"E{area:03d}" for area in places[0]],
            "phase": [f"P{each}" for each in places[1]],
            "reason": [f"c{each:02d}" for each in places[2]],
            "freq": counts.ravel(),
        }
    )


def _shares(parts: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array(parts) / sum(parts)


def protected(cube: Cube) -> CountsWithheld:
    """Protect the primary counts; zeros are dear, for they say little and help little."""
    values = cube.counts.ravel()
    none = np.zeros(len(values))
    table = CountTable(
        values=values,
        matrix=cube.matrix(),
        cost=np.where(values == 0, 5.0, 1.0 + 0.05 * np.log1p(values)),
        free=np.zeros(len(values), np.bool_),
        slack_down=none,
        slack_up=none,
        near=cube.near,
    )
    done = CountsWithheld(table, cube.primary.copy(), CANDIDATES)
    done.complete()
    return done

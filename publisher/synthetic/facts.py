"""Reads the calibration tables: published statistics that decide what the feed looks like."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from publisher.reference.areas import local_authorities
from publisher.synthetic.arrays import Floats, Ints

PRIMARY, SECONDARY, SPECIAL, NURSERY, ALTERNATIVE = range(5)
GROUPS = ("Primary", "Secondary", "Special", "Nursery", "Alternative provision")
PUBLISHED = (PRIMARY, SECONDARY, SPECIAL)
YEAR_GROUPS = ("N1", "N2", "R", *(str(year) for year in range(1, 14)), "X")
RECEPTION = YEAR_GROUPS.index("R")
NO_YEAR_GROUP = YEAR_GROUPS.index("X")
_PERCENT = 100.0
_PER_TEN_THOUSAND = 10_000.0
_PUPILS_OF_ONE_SCHOOL = 255.0
"""In the two authorities with a single school, whose pupils are not published."""
_SCHOOL_AGE = 0.6
"""Share of looked-after children who are of school age and in state schools."""
_TYPICAL = {"fsm": 0.25, "sen_support": 0.13, "ehcp": 0.04}
_FSM_ELSEWHERE = (0.46, 0.14, 0.57)


@cache
def calibration(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `calibration/<name>.csv`, every value as text.

    Raises:
        FileNotFoundError: there is no such table.
    """
    path = files(__package__).joinpath("calibration", f"{name}.csv")
    return tuple(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def group_table(name: str, column: str) -> Floats:
    """One number per group of schools, from a table that has a column `group`."""
    by_group = {row["group"]: float(row[column]) for row in calibration(name)}
    return np.array([by_group[group] for group in GROUPS])


def year_table(name: str, column: str, missing: float) -> Floats:
    """Groups x year groups, from a table with the columns `group` and `year_group`."""
    table = np.full((len(GROUPS), len(YEAR_GROUPS)), missing)
    for row in calibration(name):
        table[GROUPS.index(row["group"]), YEAR_GROUPS.index(row["year_group"])] = float(row[column])
    return table


@dataclass(frozen=True)
class Authorities:
    """The 153 authorities in the order of their nine-character codes; shares lie in [0, 1]."""

    codes: tuple[str, ...]
    old_codes: tuple[str, ...]
    schools: Ints
    """Authorities x published phases."""
    pupils: Floats
    """Authorities x published phases, at full scale."""
    absence: Floats
    """Authorities x groups: absence in the year to date ÷ the national figure of the group."""
    fsm: Floats
    sen_support: Floats
    ehc_plan: Floats
    """Authorities x groups: shares of pupils."""
    in_need: Floats
    protection_plan: Floats
    looked_after: Floats
    """Per authority: shares of pupils."""
    minority: Floats
    """Per authority's region: share of pupils who are not White British."""


@cache
def authorities() -> Authorities:
    """The facts about each authority, gaps filled with national values."""
    places = local_authorities()
    rows = {row["new_la_code"]: row for row in calibration("authorities")}
    ordered = [rows[place.code] for place in places]
    regions = {row["region_code"]: float(row["minority_share"]) for row in calibration("regions")}
    schools = _by_phase(ordered, "schools", 0.0).astype(np.int64)
    pupils = np.where(schools > 0, _by_phase(ordered, "pupils", _PUPILS_OF_ONE_SCHOOL), 0.0)
    return Authorities(
        codes=tuple(place.code for place in places),
        old_codes=tuple(place.old_la_code for place in places),
        schools=schools,
        pupils=pupils,
        absence=_relative_absence(ordered),
        fsm=_shares(ordered, "fsm", _FSM_ELSEWHERE),
        sen_support=_shares(ordered, "sen_support", (0.015, 0.18, 0.6)),
        ehc_plan=_shares(ordered, "ehcp", (0.98, 0.02, 0.3)),
        in_need=_column(ordered, "in_need_per_10000") / _PER_TEN_THOUSAND,
        protection_plan=_column(ordered, "protection_plan_per_10000") / _PER_TEN_THOUSAND,
        looked_after=_looked_after(ordered, pupils),
        minority=np.array([regions[place.region_code] for place in places]),
    )


def _column(rows: list[dict[str, str]], name: str, missing: float = np.nan) -> Floats:
    return np.array([float(row[name]) if row[name] else missing for row in rows])


def _by_phase(rows: list[dict[str, str]], what: str, missing: float) -> Floats:
    names = [GROUPS[group].lower() for group in PUBLISHED]
    return np.stack([_column(rows, f"{name}_{what}", missing) for name in names], axis=1)


def _relative_absence(rows: list[dict[str, str]]) -> Floats:
    national = group_table("year_to_date", "absence_pct")
    relative = np.ones((len(rows), len(GROUPS)))
    known = _by_phase(rows, "absence_pct", np.nan) / national[list(PUBLISHED)]
    relative[:, list(PUBLISHED)] = np.where(np.isnan(known), 1.0, known)
    return relative


def _shares(rows: list[dict[str, str]], what: str, elsewhere: tuple[float, float, float]) -> Floats:
    """Mainstream shares come from the authority, those of the three other groups are national."""
    shares = np.empty((len(rows), len(GROUPS)))
    shares[:, PRIMARY] = _column(rows, f"{what}_primary_pct", _PERCENT * _TYPICAL[what])
    shares[:, SECONDARY] = _column(rows, f"{what}_secondary_pct", _PERCENT * _TYPICAL[what])
    shares[:, SPECIAL:] = np.array(elsewhere) * _PERCENT
    return shares / _PERCENT


def _looked_after(rows: list[dict[str, str]], pupils: Floats) -> Floats:
    children = _column(rows, "looked_after_children", 0.0)
    return np.asarray(_SCHOOL_AGE * children / pupils.sum(axis=1))

"""Two-level habits: how much each school and each pupil leans to each family of reasons."""

from __future__ import annotations

from functools import cache

import numpy as np

from publisher.synthetic.arrays import Floats, Ints
from publisher.synthetic.country import Schools
from publisher.synthetic.facts import (
    GROUPS,
    PUBLISHED,
    SPECIAL,
    authorities,
    calibration,
    group_table,
    year_table,
)
from publisher.synthetic.families import FAMILIES, families, reasons
from publisher.synthetic.pupils import MAIN_ETHNICITIES, Pupils
from publisher.synthetic.sampling import normal, spread_within


def leanings(rng: np.random.Generator, schools: Schools, pupils: Pupils) -> Floats:
    """Families x enrolments: how often each pupil has a spell of each family, in relative terms.

    Characteristics (year group, meals, support, plan, social work, care, ethnicity), the
    authority and the school multiply; the pupil's own habit is log-normal and correlated between
    families, so that a few pupils have much of all absence. Habits are spread evenly over the
    pupils of each group, so that a small block has neither too many nor too few extreme ones.
    """
    group = schools.group[pupils.school]
    need = np.log(characteristic_factor(group, pupils))
    place = np.log(_authority_factors()[schools.authority[pupils.school], group])
    by_school = _school_habits(rng, schools.group, pupils.school)
    own = _correlated(rng, group)
    found = np.empty((len(FAMILIES), pupils.count))
    for number, family in enumerate(families()):
        # the authority's rate is a rate of absence; it says nothing about lateness or visits
        level = family.gradient * need + (place if family.absence else 0.0) + by_school[number]
        level += _spreads()[number][group] * own[number]
        found[number] = np.exp(level) * family.years[pupils.year]
    return found


def characteristic_factor(group: Ints, pupils: Pupils) -> Floats:
    """Absence of pupils like these ÷ absence of the plainest pupil of the group."""
    factors = {
        name: group_table("characteristic_factors", name)
        for name in calibration("characteristic_factors")[0]
        if name != "group"
    }
    ethnicity, exponent = _ethnicity_table()
    years = year_table("year_group_factors", "factor", 1.0)
    level = np.log(years[group, pupils.year]) + np.log(ethnicity[pupils.ethnicity])
    level += pupils.fsm * np.log(factors["fsm"][group]) * exponent[pupils.ethnicity]
    level += pupils.sen_support * np.log(factors["sen_support"][group])
    level += pupils.ehc_plan * np.log(factors["ehc_plan"][group])
    level += pupils.female * np.log(factors["female"][group])
    level += pupils.in_need * np.log(factors["in_need"][group])
    level += pupils.protection_plan * np.log(factors["protection_plan"][group])
    level += pupils.looked_after * np.log(factors["looked_after"][group])
    return np.asarray(np.exp(level))


@cache
def _ethnicity_table() -> tuple[Floats, Floats]:
    rows = {row["main_code"]: row for row in calibration("ethnicity_factors")}
    ordered = [rows[code] for code in MAIN_ETHNICITIES]
    factor = np.array([float(row["factor"]) for row in ordered])
    return factor, np.array([float(row["fsm_exponent"]) for row in ordered])


@cache
def _authority_factors() -> Floats:
    """Authorities x groups: what is left of the authority's rate once its intake is allowed for."""
    facts = authorities()
    names = ("fsm", "sen_support", "ehc_plan")
    factors = {name: group_table("characteristic_factors", name) for name in names}
    intake = np.ones_like(facts.absence)
    for name, share in zip(names, (facts.fsm, facts.sen_support, facts.ehc_plan), strict=True):
        intake *= 1 + share * (factors[name] - 1)
    weights = np.ones_like(intake)
    weights[:, list(PUBLISHED)] = facts.pupils
    typical = (intake * weights).sum(axis=0) / weights.sum(axis=0)
    left = facts.absence / (intake / typical)
    left[:, SPECIAL + 1 :] = 1.0
    return np.asarray(left)


@cache
def _spreads() -> Floats:
    """Families x groups: spread of the pupils' own habits."""
    table = np.zeros((len(FAMILIES), len(GROUPS)))
    for number in range(len(FAMILIES)):
        for group in range(len(GROUPS)):
            found = reasons(group, number)
            table[number, group] = found.spread if found else 0.0
    return table


def _correlated(rng: np.random.Generator, kinds: Ints) -> Floats:
    """Families x draws: standard normals of which those of one draw share a habit."""
    habit = normal(spread_within(rng, kinds))
    mixed = np.empty((len(FAMILIES), len(kinds)))
    for number, family in enumerate(families()):
        rest = np.sqrt(1 - family.habit**2)
        mixed[number] = family.habit * habit + rest * normal(spread_within(rng, kinds))
    return mixed


def _school_habits(rng: np.random.Generator, groups: Ints, school: Ints) -> Floats:
    """Families x enrolments: logarithm of what the school adds."""
    distinct, position = np.unique(school, return_inverse=True)
    spread = np.array([family.school_spread for family in families()])[:, None]
    return np.asarray((spread * _correlated(rng, groups[distinct]))[:, position])

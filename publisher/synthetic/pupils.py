"""The pupils of a block of schools: year group, sex, ethnicity, support and care, all drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from publisher.synthetic.arrays import Bools, Dates, Floats, Ints
from publisher.synthetic.country import KINDS, Schools
from publisher.synthetic.facts import (
    ALTERNATIVE,
    GROUPS,
    NO_YEAR_GROUP,
    PRIMARY,
    RECEPTION,
    SECONDARY,
    SPECIAL,
    YEAR_GROUPS,
    authorities,
    calibration,
    year_table,
)
from publisher.synthetic.sampling import cumulative, pick

WHITE_BRITISH = "WBRI"
MAIN_ETHNICITIES = tuple(row["main_code"] for row in calibration("ethnicity_factors"))
_AGE_AT_RECEPTION = 4
PUBLISHED_AGES = (5, 15)
_STEADY_YEAR = RECEPTION + 5
_STEADY_YEAR_SECONDARY = RECEPTION + 8
_OUT_OF_COHORT = 0.004
_EPOCH = 1970
_SEPTEMBER = 8  # months are counted from 0
_FSM_HAS_SUPPORT = 1.6
_BOYS_SUPPORT = 1.25
_IN_NEED_IN_SCHOOL = 0.8
_FSM_IN_NEED = (0.65, 2.0)
_PREVIOUSLY_LOOKED_AFTER = 0.006
_MORE_CARE = {SPECIAL: 2.2, ALTERNATIVE: 2.5}


@dataclass(frozen=True)
class Pupils:
    """One element per enrolment; what is true of the pupil, whether or not the record says it.

    `year` indexes `facts.YEAR_GROUPS`, `ethnicity` indexes `MAIN_ETHNICITIES`.
    """

    school: Ints
    year: Ints
    female: Bools
    ethnicity: Ints
    fsm: Bools
    ehc_plan: Bools
    sen_support: Bools
    in_need: Bools
    protection_plan: Bools
    looked_after: Bools
    previously_looked_after: Bools
    born: Dates
    steady: Bools
    """The first pupil of a school that never fails: of published age, always on roll."""

    @property
    def count(self) -> int:
        """How many enrolments there are."""
        return len(self.school)

    def published_age(self, academic_year: int) -> Bools:
        """Aged 5 to 15 on 31 August before the academic year."""
        age = ages_on(self.born, academic_year)
        youngest, oldest = PUBLISHED_AGES
        return (age >= youngest) & (age <= oldest)


def draw_pupils(
    rng: np.random.Generator, schools: Schools, school: Ints, academic_year: int
) -> Pupils:
    """Draw one pupil for each element of `school` (positions in `schools`, in rising order).

    National distributions give year group, sex and ethnicity; authority figures give free
    school meals, support, plans and care; pupils with free school meals have support and social
    workers more often.
    """
    group, place = schools.group[school], schools.authority[school]
    steady = _first_of_anchor(schools, school)
    year = _years(rng, schools.kind[school], steady)
    female = rng.random(len(school)) < _female_shares()[group, year]
    fsm = rng.random(len(school)) < schools.fsm[school]
    plan, support = _support(rng, group, place, female, fsm)
    in_need, protection = _social_work(rng, group, place, fsm)
    care = _care_factor(group)
    facts = authorities()
    return Pupils(
        school=school,
        year=year,
        female=female,
        ethnicity=_ethnicities(rng, group, schools.minority[school]),
        fsm=fsm,
        ehc_plan=plan,
        sen_support=support,
        in_need=in_need,
        protection_plan=protection,
        looked_after=rng.random(len(school)) < facts.looked_after[place] * care,
        previously_looked_after=rng.random(len(school)) < _PREVIOUSLY_LOOKED_AFTER * care,
        born=_births(rng, year, steady, academic_year),
        steady=steady,
    )


def ages_on(born: Dates, academic_year: int) -> Ints:
    """Age in whole years on 31 August before the academic year starts."""
    birth_year = born.astype("datetime64[Y]").astype(np.int64) + _EPOCH
    after_august = born.astype("datetime64[M]").astype(np.int64) % 12 >= _SEPTEMBER
    return np.asarray(academic_year - birth_year - after_august)


def _first_of_anchor(schools: Schools, school: Ints) -> Bools:
    first = np.diff(school, prepend=-1) != 0
    return np.asarray(first & schools.anchor[school])


@cache
def _year_shares() -> Floats:
    """Kinds of school x cumulative share of each year group that the kind teaches."""
    totals = year_table("year_groups", "female", 0) + year_table("year_groups", "male", 0)
    shares = np.zeros((len(KINDS), len(YEAR_GROUPS)))
    for number, row in enumerate(calibration("school_kinds")):
        taught = slice(
            YEAR_GROUPS.index(row["first_year"]), YEAR_GROUPS.index(row["last_year"]) + 1
        )
        group = GROUPS.index(row["group"])
        national = totals[group][taught]
        # National totals mix schools that teach a year group with those that do not; inside a
        # mainstream school that teaches it, a year group is not much smaller than the next.
        least = national.max() / 2 if group in (PRIMARY, SECONDARY) else 0.0
        shares[number, taught] = np.maximum(national, least)
    return cumulative(shares)


@cache
def _female_shares() -> Floats:
    female, male = (year_table("year_groups", sex, 0.0) for sex in ("female", "male"))
    every = female + male
    return np.divide(female, every, out=np.full_like(every, 0.5), where=every > 0)


def _years(rng: np.random.Generator, kind: Ints, steady: Bools) -> Ints:
    year = pick(rng.random(len(kind)), _year_shares(), kind)
    taught = np.diff(_year_shares()[kind], prepend=0.0, axis=1)
    middle = np.where(taught[:, _STEADY_YEAR] > 0, _STEADY_YEAR, _STEADY_YEAR_SECONDARY)
    return np.where(steady, middle, year)


@cache
def _ethnicity_shares() -> Floats:
    """Groups x cumulative share of each ethnicity among pupils who are not White British."""
    shares = np.zeros((len(GROUPS), len(MAIN_ETHNICITIES)))
    for row in calibration("ethnicities"):
        if row["ethnicity_code"] != WHITE_BRITISH:
            column = MAIN_ETHNICITIES.index(row["ethnicity_code"])
            shares[GROUPS.index(row["group"]), column] = float(row["pupils"])
    return cumulative(shares)


def _ethnicities(rng: np.random.Generator, group: Ints, minority: Floats) -> Ints:
    other = pick(rng.random(len(group)), _ethnicity_shares(), group)
    british = rng.random(len(group)) >= minority
    return np.where(british, MAIN_ETHNICITIES.index(WHITE_BRITISH), other)


def _support(
    rng: np.random.Generator, group: Ints, place: Ints, female: Bools, fsm: Bools
) -> tuple[Bools, Bools]:
    """Education, health and care plan, or support without one; never both."""
    facts = authorities()
    boys = np.where(female, 2 - _BOYS_SUPPORT, _BOYS_SUPPORT)
    meals = facts.fsm[place, group]
    without = np.clip((1 - _FSM_HAS_SUPPORT * meals) / (1 - meals), 0.2, 1)
    factor = np.where(group == SPECIAL, 1.0, boys * np.where(fsm, _FSM_HAS_SUPPORT, without))
    plan = rng.random(len(group)) < facts.ehc_plan[place, group] * factor
    support = rng.random(len(group)) < facts.sen_support[place, group] * factor
    return plan, support & ~plan


def _care_factor(group: Ints) -> Floats:
    factors = np.array([_MORE_CARE.get(number, 1.0) for number in range(len(GROUPS))])
    return np.asarray(factors[group])


def _social_work(
    rng: np.random.Generator, group: Ints, place: Ints, fsm: Bools
) -> tuple[Bools, Bools]:
    """Child in need, and protection plan (whose children are all in need)."""
    facts = authorities()
    factor = np.where(fsm, _FSM_IN_NEED[1], _FSM_IN_NEED[0]) * _care_factor(group)
    in_need = rng.random(len(group)) < facts.in_need[place] * factor * _IN_NEED_IN_SCHOOL
    protected = facts.protection_plan[place] / facts.in_need[place]
    return in_need, in_need & (rng.random(len(group)) < protected)


def _births(rng: np.random.Generator, year: Ints, steady: Bools, academic_year: int) -> Dates:
    """A birthday between 1 September and 31 August that fits the year group."""
    age = year - RECEPTION + _AGE_AT_RECEPTION
    age = np.where(year == NO_YEAR_GROUP, rng.integers(5, 16, len(year)), age)
    moved = (rng.random(len(year)) < _OUT_OF_COHORT) & ~steady & (age >= PUBLISHED_AGES[0])
    cohort = academic_year - age - 1 - moved
    first = (cohort - _EPOCH).astype("datetime64[Y]").astype("datetime64[D]")
    # 2 September (1 September in leap years) and up to 363 days more: always inside the cohort
    september = np.timedelta64(244, "D")
    return np.asarray(first + september + rng.integers(0, 364, len(year)))

"""What became of every stored row of schools that share numbers of pupils.

Every function returns one step. A row is judged by its school-day first, then by itself.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.queries_counts import FIRST_YEAR_GROUP, LAST_YEAR_GROUP
from publisher.aggregate.queries_pupils import approved, day_literal, fate
from publisher.model.accounting import Fate
from publisher.model.counts import CORRECTION_DAYS
from publisher.model.time import IsoWeek
from publisher.reference.codes import UNKNOWN_CODE
from publisher.reference.years import AcademicYear


def count_account_steps(year: AcademicYear, week: IsoWeek) -> tuple[Step, ...]:
    """The steps of the account of counts, all of them answers."""
    return fates_of_counts(year, week), fates_of_on_roll(year, week)


def fates_of_counts(year: AcademicYear, week: IsoWeek) -> Step:
    """`fate`, `entries`: numbers of `Fate` and rows of counts, over every batch."""
    unknown = f"WHEN stated.code = {UNKNOWN_CODE} THEN {fate(Fate.UNKNOWN_CODE)}"
    return _fates("fates_of_counts", "counts", unknown, year, week)


def fates_of_on_roll(year: AcademicYear, week: IsoWeek) -> Step:
    """`fate`, `entries`: numbers of `Fate` and rows of pupils on roll, over every batch."""
    return _fates("fates_of_on_roll", "on_roll", "", year, week)


def _fates(name: str, table: str, further: str, year: AcademicYear, week: IsoWeek) -> Step:
    return Step(
        name,
        f"Stored rows of {table} by what became of them",
        f"""SELECT fate, COUNT(*) AS entries
FROM (
    SELECT {_judged(further, year, week)} AS fate
    FROM {table} AS stated
    LEFT JOIN schools ON schools.urn = stated.urn
    LEFT JOIN published_schools AS published ON published.urn = stated.urn
    LEFT JOIN release_days ON release_days.date = stated.date
    LEFT JOIN (
        SELECT DISTINCT days.urn, days.date
        FROM {table} AS days
        WHERE {approved("days")}
    ) AS approved ON approved.urn = stated.urn AND approved.date = stated.date
    LEFT JOIN counted_school_days AS registers
        ON registers.urn = stated.urn AND registers.date = stated.date
    LEFT JOIN counted_count_days AS counted
        ON counted.urn = stated.urn AND counted.date = stated.date
) AS judged
GROUP BY fate
ORDER BY fate""",
        StepKind.ANSWER,
    )


def _judged(further: str, year: AcademicYear, week: IsoWeek) -> str:
    """The fate of a row; of several that apply, the first holds."""
    return f"""CASE
        WHEN schools.urn IS NULL THEN {fate(Fate.NOT_IN_REGISTER)}
        WHEN stated.date < {day_literal(year.series_start)} THEN {fate(Fate.BEFORE_SERIES)}
        WHEN stated.date > {day_literal(week.friday)} THEN {fate(Fate.AFTER_WEEK)}
        WHEN release_days.date IS NULL THEN {fate(Fate.WEEKEND)}
        WHEN published.urn IS NULL THEN {fate(Fate.UNPUBLISHED_SCHOOL)}
        WHEN approved.urn IS NULL THEN {fate(Fate.OUTSIDE_APPROVAL)}
        WHEN registers.urn IS NOT NULL THEN {fate(Fate.REGISTERS)}
        WHEN counted.received IS NULL THEN {fate(Fate.NO_COUNTS)}
        WHEN stated.received <> counted.received
            AND stated.received >= stated.date + INTERVAL '{CORRECTION_DAYS + 1}' DAY
            AND stated.received > counted.received THEN {fate(Fate.LATE)}
        WHEN stated.received <> counted.received THEN {fate(Fate.REPLACED)}
        WHEN stated.year_group NOT BETWEEN {FIRST_YEAR_GROUP} AND {LAST_YEAR_GROUP}
            THEN {fate(Fate.AGE)}
        WHEN stated.year_group = {LAST_YEAR_GROUP}
            AND stated.date >= {day_literal(year.year_11_leaves)} THEN {fate(Fate.YEAR_11)}
        {further}
        ELSE {fate(Fate.COUNTED)} END"""

"""Which enrolments count, and between which days (method, section 1).

Every function returns one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from publisher.aggregate.engine import Step
from publisher.aggregate.groups import NumberedGroup, profile
from publisher.model.accounting import Fate
from publisher.model.time import IsoWeek
from publisher.reference.register_weeks import WEEKDAYS
from publisher.reference.years import AcademicYear

YOUNGEST, OLDEST = 5, 15
"""Ages on 31 August, at the start of the academic year, whose attendance is published."""
YEAR_11_AGE = 15


@dataclass(frozen=True)
class Records:
    """Tables of pupils' records and of published schools, and what their enrolments are called."""

    enrolments: str = "enrolments"
    pupils: str = "pupils"
    schools: str = "published_schools"


NOW = Records()


def enrolments(
    year: AcademicYear, groups: Sequence[NumberedGroup] = (), records: Records = NOW
) -> Step:
    """One row per enrolment of any age.

    Columns: `urn`, `pupil`, `age`; `versions`, in how many batches its record came; `fate`, of its
    marks between its dates; `first_place` and `last_place`, of the days between which it is
    enrolled, `counted_to`, of the last one that counts; `whole_weeks`, a bit for each week of which
    every day has this fate; `profile`, with its leaf of each of `groups`.

    The latest record holds for every day: a pupil does not change groups within a release.
    """
    return Step(
        records.enrolments,
        f"Latest records of the pupils of published schools, with their age on 31 August "
        f"{year.start}; those aged {YOUNGEST} to {OLDEST} count, those aged {YEAR_11_AGE} until "
        f"{year.year_11_leaves.isoformat()}, exclusive",
        f"""{_dated(year, groups, records)}
SELECT urn, pupil, age, CAST(versions AS INTEGER) AS versions,
    CAST(CASE WHEN age BETWEEN {YOUNGEST} AND {OLDEST} THEN {fate(Fate.COUNTED)}
        ELSE {fate(Fate.AGE)} END AS TINYINT) AS fate,
    first_place, last_place, CAST(counted_to AS SMALLINT) AS counted_to,
    CASE WHEN age BETWEEN {YOUNGEST} AND {OLDEST} THEN {_whole_weeks("first_place", "counted_to")}
        ELSE CAST({EVERY_WEEK} AS BIGINT) END AS whole_weeks, profile
FROM dated""",
    )


def _dated(year: AcademicYear, groups: Sequence[NumberedGroup], records: Records) -> str:
    """Numbers are made of words first: to find the latest record, whole records are sorted."""
    return f"""WITH records AS (
    SELECT pupils.urn, pupils.pupil, pupils.received,
        CAST({year.start} - pupils.cohort AS SMALLINT) AS age,
        CAST({_first_place("admission_date", year)} AS SMALLINT) AS first_place,
        CAST({_last_place("leaving_date", year)} AS SMALLINT) AS last_place,
        {profile(groups)} AS profile
    FROM {records.pupils} AS pupils
    JOIN {records.schools} AS schools ON schools.urn = pupils.urn
), latest AS (
    SELECT *, ROW_NUMBER() OVER same_record AS versions
    FROM records
    WINDOW same_record AS (PARTITION BY urn, pupil ORDER BY received)
    QUALIFY LEAD(1) OVER same_record IS NULL
), dated AS (
    SELECT latest.*, LEAST(last_place, CASE WHEN age = {YEAR_11_AGE}
        THEN {last_place_before(year.year_11_leaves, year)} ELSE {_LAST} END) AS counted_to
    FROM latest
)"""


def approved(days: str) -> str:
    """That an approval covers the school and day of a row of the table called `days`."""
    return f"""EXISTS (
    SELECT 1 FROM approvals
    WHERE approvals.urn = {days}.urn AND approvals.approved_from <= {days}.date
        AND (approvals.approved_to IS NULL OR {days}.date <= approvals.approved_to)
)"""


def day_literal(day: date) -> str:
    """A day as SQL writes it."""
    return f"DATE '{day.isoformat()}'"


def fate(each: Fate) -> str:
    """A fate as SQL writes it: its number, and its name for whoever reads the query."""
    return f"{each.number} /* {each.name} */"


def first_monday(year: AcademicYear) -> date:
    """Where weeks and places are counted from."""
    return IsoWeek.containing(year.series_start).monday


def last_place_before(day: date, year: AcademicYear) -> int:
    """The place of the last weekday before a day; negative when there is none."""
    days = (day - timedelta(days=1) - first_monday(year)).days
    return -1 if days < 0 else WEEKDAYS * (days // 7) + min(days % 7, WEEKDAYS - 1)


_LAST = 320
"""The place of a day after every academic year."""


def _first_place(day: str, year: AcademicYear) -> str:
    """Of the first weekday from a day on; the beginning, if it is not known."""
    days = f"DATE_DIFF('day', {day_literal(first_monday(year))}, {day})"
    weeks = f"{WEEKDAYS} * ({days} // 7) + LEAST({days} % 7, {WEEKDAYS})"
    return f"CASE WHEN COALESCE({days}, 0) <= 0 THEN 0 ELSE LEAST({weeks}, {_LAST}) END"


def _last_place(day: str, year: AcademicYear) -> str:
    """Of the last weekday up to a day; the end, if it is not known."""
    days = f"DATE_DIFF('day', {day_literal(first_monday(year))}, {day})"
    weeks = f"{WEEKDAYS} * ({days} // 7) + LEAST({days} % 7, {WEEKDAYS - 1})"
    return (
        f"CASE WHEN {day} IS NULL THEN {_LAST} WHEN {days} < 0 THEN -1 "
        f"ELSE LEAST({weeks}, {_LAST}) END"
    )


def _whole_weeks(first: str, last: str) -> str:
    """A bit for each week whose days all lie between two places, both included."""
    begin, end = f"({first} + {WEEKDAYS - 1}) // {WEEKDAYS}", f"({last} + 1) // {WEEKDAYS}"
    bits = f"{bits_before(end)} - {bits_before(begin)}"
    return f"CASE WHEN {end} > {begin} THEN {bits} ELSE CAST(0 AS BIGINT) END"


def bits_before(week: str) -> str:
    """Two to the power of a week; less one: a bit for each week before it."""
    return f"(CAST(1 AS BIGINT) << CAST(LEAST({week}, {MOST_WEEKS}) AS INTEGER))"


MOST_WEEKS = 62
"""Weeks of an academic year that a whole number has bits for."""
EVERY_WEEK = (1 << MOST_WEEKS) - 1

"""What differs from what an earlier release counted: enrolments, weeks of schools, rows of marks.

`kept_schools` and `kept_school_weeks` are what that release knew, `new_batches` what has come
since. Where its tables of pupils are needed they are made again from the records of then, of the
enrolments that may have changed; they are called as now, with `known_` before the name. Every
function returns one step.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.groups import NumberedGroup
from publisher.aggregate.queries_pupils import EVERY_WEEK, Records, bits_before, enrolments
from publisher.aggregate.queries_repeats import overlaps
from publisher.reference.register_weeks import WEEKDAYS
from publisher.reference.years import AcademicYear

KNOWN = "known_"
_EVERY_WEEK = f"CAST({EVERY_WEEK} AS BIGINT)"
_MARKS_OF_AN_ENROLMENT = 40
"""An enrolment's sums over the year take as much memory as so many rows of marks."""
IS_NEW = "received IN (SELECT received FROM new_batches)"


def change_steps(year: AcademicYear, groups: Sequence[NumberedGroup]) -> tuple[Step, ...]:
    """The steps that find what differs, in order; `register_steps` ran before."""
    return (
        changed_schools(),
        touched_enrolments(),
        known_records(),
        enrolments(year, groups, Records("touched_then", "known_records", "kept_schools")),
        known_enrolments(),
        known_overlaps(),
        known_school_weeks(),
        changed_enrolments(),
        changed_school_weeks(),
    )


def changed_schools() -> Step:
    """A school may come to be published, or no longer be."""
    return Step(
        "changed_schools",
        "Schools that are published now or were then, and not both",
        """SELECT urn FROM published_schools WHERE urn NOT IN (SELECT urn FROM kept_schools)
UNION ALL
SELECT urn FROM kept_schools WHERE urn NOT IN (SELECT urn FROM published_schools)""",
    )


def touched_enrolments() -> Step:
    """Of all others the latest record is the same."""
    return Step(
        "touched_enrolments",
        "Enrolments with a new record, or at schools that are published now or were then",
        f"""SELECT DISTINCT urn, pupil
FROM pupils
WHERE {IS_NEW} OR urn IN (SELECT urn FROM changed_schools)""",
    )


def known_records() -> Step:
    """Records of pupils of these enrolments alone."""
    return Step(
        "known_records",
        "Records of these enrolments that had come then",
        f"""SELECT pupils.*
FROM pupils
JOIN touched_enrolments AS touched
    ON touched.urn = pupils.urn AND touched.pupil = pupils.pupil
WHERE NOT pupils.{IS_NEW}""",
    )


def known_enrolments() -> Step:
    """Most are as they are now."""
    columns = ("urn", "pupil", "age", "versions", "fate", "first_place", "last_place")
    every = (*columns, "counted_to", "whole_weeks", "profile")
    return Step(
        f"{KNOWN}enrolments",
        "Enrolments as they were then",
        f"""SELECT {", ".join(f"now.{each}" for each in every)}
FROM enrolments AS now
WHERE NOT EXISTS (
    SELECT 1 FROM touched_enrolments AS touched
    WHERE touched.urn = now.urn AND touched.pupil = now.pupil
)
UNION ALL
SELECT {", ".join(every)}
FROM touched_then""",
        StepKind.VIEW,
    )


def known_overlaps() -> Step:
    """Only those of a pupil with a touched enrolment may differ."""
    return Step(
        f"{KNOWN}overlapping_enrolments",
        "Enrolments of pupils who had another one, and the weeks that both reached into",
        f"""SELECT urn, pupil, weeks
FROM overlapping_enrolments
WHERE pupil NOT IN (SELECT pupil FROM touched_enrolments)
UNION ALL
SELECT urn, pupil, weeks
FROM (
{overlaps(_OF_TOUCHED_PUPILS)}
) AS of_touched_pupils""",
    )


_OF_TOUCHED_PUPILS = f"""SELECT *
FROM {KNOWN}enrolments
WHERE pupil IN (SELECT pupil FROM touched_enrolments)"""


def known_school_weeks() -> Step:
    """As it was kept."""
    return Step(
        f"{KNOWN}school_weeks",
        "Weeks of schools with days that counted then",
        "SELECT *\nFROM kept_school_weeks",
        StepKind.VIEW,
    )


def changed_enrolments() -> Step:
    """Who joins or leaves differs from a day on, who comes into another group everywhere."""
    now, past = "COALESCE(now.weeks, 0)", "COALESCE(past.weeks, 0)"
    of_overlaps = f"""SELECT COALESCE(now.urn, past.urn) AS urn,
        COALESCE(now.pupil, past.pupil) AS pupil, ({now} | {past}) - ({now} & {past}) AS weeks
    FROM overlapping_enrolments AS now
    FULL JOIN {KNOWN}overlapping_enrolments AS past
        ON past.urn = now.urn AND past.pupil = now.pupil"""
    of_weeks = f"""SELECT touched.urn, touched.pupil, {_weeks_that_differ()} AS weeks
    FROM touched_enrolments AS touched
    LEFT JOIN enrolments AS now ON now.urn = touched.urn AND now.pupil = touched.pupil
    LEFT JOIN touched_then AS past ON past.urn = touched.urn AND past.pupil = touched.pupil
    LEFT JOIN kept_marks_without_record AS unrecorded
        ON unrecorded.urn = touched.urn AND unrecorded.pupil = touched.pupil"""
    return Step(
        "changed_enrolments",
        "Enrolments whose record or overlaps changed, and in which weeks that matters",
        f"""WITH of_overlaps AS (
    {of_overlaps}
), of_weeks AS (
    {of_weeks}
)
SELECT urn, pupil, BIT_OR(weeks) AS weeks
FROM (
    SELECT urn, pupil, weeks FROM of_weeks WHERE weeks <> 0
    UNION ALL
    SELECT urn, pupil, weeks FROM of_overlaps WHERE weeks <> 0
) AS changed
GROUP BY urn, pupil""",
    )


def _weeks_that_differ() -> str:
    """Those before the later of two first days, and those from the earlier of two last ones.

    A first record matters only to marks that had come before it.
    """
    same = "now.fate = past.fate AND now.profile = past.profile"
    begins = f"GREATEST(now.first_place, past.first_place) // {WEEKDAYS} + 1"
    last = "LEAST(now.counted_to, past.counted_to, now.last_place, past.last_place)"
    ends = f"GREATEST({last}, 0) // {WEEKDAYS}"
    return f"""CASE
        WHEN now.urn IS NULL OR past.urn IS NULL THEN COALESCE(unrecorded.weeks, 0)
        WHEN NOT ({same}) THEN {_EVERY_WEEK}
        ELSE (CASE WHEN now.first_place = past.first_place THEN CAST(0 AS BIGINT)
            ELSE {bits_before(begins)} - 1 END)
        | (CASE WHEN now.counted_to = past.counted_to AND now.last_place = past.last_place
            THEN CAST(0 AS BIGINT)
            ELSE {_EVERY_WEEK} - ({bits_before(ends)} - 1) END) END"""


def changed_school_weeks() -> Step:
    """All marks of such a week are counted anew, those of then and those of now."""
    columns = ("area", "lanes", "main", "present")
    differs = " OR ".join(f"now.{each} IS DISTINCT FROM past.{each}" for each in columns)
    return Step(
        "changed_school_weeks",
        "Weeks of schools all of whose marks may count differently",
        f"""SELECT COALESCE(now.urn, past.urn) AS urn, COALESCE(now.number, past.number) AS number,
    COALESCE(now.week, past.week) AS week
FROM school_weeks AS now
FULL JOIN kept_school_weeks AS past ON past.urn = now.urn AND past.number = now.number
WHERE {differs}
UNION
SELECT weeks.urn, weeks.number, weeks.week
FROM (
    SELECT urn, number, week FROM school_weeks
    UNION ALL
    SELECT urn, number, week FROM kept_school_weeks
) AS weeks
JOIN changed_weeks ON changed_weeks.number = weeks.number""",
    )


def marks_to_read() -> Step:
    """So that schools can be counted in parts of a size: `marks_of_schools` of what changed."""
    return Step(
        "marks_to_read",
        "Rows of marks of each school that may count differently, and what its enrolments weigh",
        f"""SELECT urn, CAST(SUM(marks) AS BIGINT) AS marks
FROM (
    SELECT weeks.urn, weeks.marks
    FROM batch_weeks AS weeks
    JOIN changed_school_weeks AS changed
        ON changed.urn = weeks.urn AND changed.number = weeks.number
    UNION ALL
    SELECT urn, {_MARKS_OF_AN_ENROLMENT} AS marks FROM enrolments
) AS weights
GROUP BY urn
ORDER BY urn""",
        StepKind.ANSWER,
    )

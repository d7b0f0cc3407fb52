"""The stored weeks of marks that may count differently than in an earlier release.

Read once for each part of the schools, and counted twice. Every function returns one step.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.lanes import without
from publisher.aggregate.queries_changes import IS_NEW


def part_changes() -> tuple[Step, ...]:
    """The steps that read what may count differently of a part of the schools."""
    return new_rows(), part_changed_enrolments(), earlier_rows()


def new_rows() -> Step:
    """All of them count differently than when they were not there."""
    return Step(
        "new_rows",
        "Stored weeks of marks that have come since",
        f"""SELECT {_COLUMNS}
FROM stored_weeks AS weeks
WHERE {IS_NEW}""",
    )


_COLUMNS = "weeks.urn, weeks.pupil, weeks.week, weeks.marks, weeks.received"
_LATEST_WEEKS = 13
"""Corrections seldom reach further back; of other enrolments the whole year is looked through."""


def part_changed_enrolments() -> Step:
    """Corrections are a few pupils' of a school: the others' marks count as they did.

    Of weeks of schools that changed all marks are read anyway. `is_late`: whether all of its weeks
    are among the latest ones.
    """
    weeks = without("COALESCE(schools.weeks, 0)", "changed.weeks & every.weeks")
    return Step(
        "part_changed_enrolments",
        "Enrolments of this part of which marks may count differently, and in which other weeks",
        f"""SELECT changed.urn, changed.pupil, {weeks} AS weeks,
    ({weeks}) & every.earlier = 0 AS is_late
FROM (
    SELECT urn, pupil, BIT_OR(weeks) AS weeks
    FROM (
{_FOUND}
    ) AS found
    GROUP BY urn, pupil
) AS changed
LEFT JOIN (
    SELECT schools.urn, BIT_OR(places.bit) AS weeks
    FROM changed_school_weeks AS schools
    JOIN release_weeks AS places ON places.number = schools.number
    GROUP BY schools.urn
) AS schools ON schools.urn = changed.urn
CROSS JOIN (
    SELECT BIT_OR(bit) AS weeks, GREATEST(MAX(bit) >> {_LATEST_WEEKS - 1}, 1) - 1 AS earlier
    FROM release_weeks
) AS every
WHERE {weeks} <> 0""",
    )


_FOUND = """SELECT enrolments.urn, enrolments.pupil, enrolments.weeks
FROM changed_enrolments AS enrolments
JOIN part_of_schools AS part ON enrolments.urn BETWEEN part.first AND part.last
UNION ALL
SELECT weeks.urn, weeks.pupil, places.bit AS weeks
FROM new_rows AS weeks
JOIN release_weeks AS places ON places.week = weeks.week
WHERE NOT EXISTS (
    SELECT 1 FROM changed_school_weeks AS schools
    WHERE schools.urn = weeks.urn AND schools.week = weeks.week
)"""


def earlier_rows() -> Step:
    """Read once for each part of the schools: they were counted then, and are now."""
    return Step(
        "earlier_rows",
        "Stored weeks of marks that had come then and may count differently",
        f"""SELECT {_COLUMNS}
FROM earlier_weeks AS weeks
JOIN changed_school_weeks AS schools ON schools.urn = weeks.urn AND schools.week = weeks.week
UNION ALL
{_late_rows()}
UNION ALL
{_other_rows()}""",
    )


def _late_rows() -> str:
    """Rows of enrolments that differ in some of the latest weeks: batches before are passed over.

    So the weeks are joined together with the enrolments: that tells the earliest of them.
    """
    late = "FROM part_changed_enrolments WHERE is_late"
    return f"""SELECT {_COLUMNS}
FROM (
    SELECT * FROM earlier_weeks WHERE pupil IN (SELECT pupil {late})
) AS weeks
JOIN (
    SELECT enrolments.urn, enrolments.pupil, places.week
    FROM (SELECT * {late}) AS enrolments
    JOIN release_weeks AS places ON (enrolments.weeks & places.bit) <> 0
) AS wanted
    ON wanted.urn = weeks.urn AND wanted.pupil = weeks.pupil AND wanted.week = weeks.week"""


def _other_rows() -> str:
    """Rows of the other enrolments: few, at few schools, so pupils of the rest are passed over."""
    others = "FROM part_changed_enrolments WHERE NOT is_late"
    return f"""SELECT {_COLUMNS}
FROM (
    SELECT * FROM earlier_weeks WHERE urn IN (SELECT urn {others})
) AS weeks
JOIN (SELECT * {others}) AS enrolments
    ON enrolments.urn = weeks.urn AND enrolments.pupil = weeks.pupil
JOIN release_weeks AS places
    ON places.week = weeks.week AND (enrolments.weeks & places.bit) <> 0"""


def weeks_then() -> Step:
    """Without what has come since."""
    return Step(
        "weeks",
        "Of these, what had come then",
        "SELECT *\nFROM earlier_rows",
        StepKind.VIEW,
    )


def weeks_now() -> Step:
    """All of them."""
    return Step(
        "weeks",
        "The same, as of now",
        "SELECT * FROM earlier_rows\nUNION ALL\nSELECT * FROM new_rows",
        StepKind.VIEW,
    )

"""The stored weeks of marks that may count differently than in an earlier release.

Read once for each part of the schools, and counted twice. Every function returns one step.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.lanes import without
from publisher.aggregate.queries_changes import IS_NEW


def part_changes() -> tuple[Step, ...]:
    """The steps that read what may count differently of a part of the schools."""
    return part_changed_enrolments(), changed_rows()


def part_changed_enrolments() -> Step:
    """Corrections are a few pupils' of a school: the others' marks count as they did.

    Of weeks of schools that changed all marks are read anyway.
    """
    weeks = without("COALESCE(schools.weeks, 0)", "changed.weeks")
    return Step(
        "part_changed_enrolments",
        "Enrolments of this part of which marks may count differently, and in which other weeks",
        f"""SELECT changed.urn, changed.pupil, {weeks} AS weeks
FROM (
    SELECT urn, pupil, BIT_OR(weeks) AS weeks
    FROM (
        SELECT enrolments.urn, enrolments.pupil, enrolments.weeks
        FROM changed_enrolments AS enrolments
        JOIN part_of_schools AS part ON enrolments.urn BETWEEN part.first AND part.last
        UNION ALL
        SELECT weeks.urn, weeks.pupil, places.bit AS weeks
        FROM stored_weeks AS weeks
        JOIN new_batches ON new_batches.received = weeks.received
        JOIN release_weeks AS places ON places.week = weeks.week
        WHERE NOT EXISTS (
            SELECT 1 FROM changed_school_weeks AS schools
            WHERE schools.urn = weeks.urn AND schools.week = weeks.week
        )
    ) AS found
    GROUP BY urn, pupil
) AS changed
LEFT JOIN (
    SELECT schools.urn, BIT_OR(places.bit) AS weeks
    FROM changed_school_weeks AS schools
    JOIN release_weeks AS places ON places.number = schools.number
    GROUP BY schools.urn
) AS schools ON schools.urn = changed.urn
WHERE {weeks} <> 0""",
    )


def changed_rows() -> Step:
    """Read once for each part of the schools: as of then and as of now.

    Most of the store is passed over by the column of pupils, or of weeks, alone.
    """
    columns = "weeks.urn, weeks.pupil, weeks.week, weeks.marks, weeks.received"
    return Step(
        "changed_rows",
        "Stored weeks of marks that may count differently",
        f"""SELECT {columns}
FROM stored_weeks AS weeks
JOIN changed_school_weeks AS schools ON schools.urn = weeks.urn AND schools.week = weeks.week
UNION ALL
SELECT {columns}
FROM (
    SELECT * FROM stored_weeks WHERE pupil IN (SELECT pupil FROM part_changed_enrolments)
) AS weeks
JOIN (
    SELECT enrolments.urn, enrolments.pupil, places.week
    FROM part_changed_enrolments AS enrolments
    JOIN release_weeks AS places ON (enrolments.weeks & places.bit) <> 0
) AS wanted
    ON wanted.urn = weeks.urn AND wanted.pupil = weeks.pupil AND wanted.week = weeks.week""",
    )


def weeks_then() -> Step:
    """Without what has come since."""
    return Step(
        "weeks",
        "Of these, what had come then",
        f"SELECT *\nFROM changed_rows\nWHERE NOT {IS_NEW}",
        StepKind.VIEW,
    )


def weeks_now() -> Step:
    """All of them."""
    return Step("weeks", "The same, as of now", "SELECT *\nFROM changed_rows", StepKind.VIEW)

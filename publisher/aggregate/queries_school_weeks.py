"""Weeks of schools: which batches brought them, and which of their days count.

Every function returns one step.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.packed import MOST_MARKS


def batch_weeks() -> Step:
    """What an ordinary week of a batch stands for is said by the batch's list of school-days.

    Also of schools that are not published, or no longer: it does not depend on the register.
    """
    return Step(
        "batch_weeks",
        "Weeks of schools that batches brought, and the marks of an ordinary week",
        """SELECT days.urn, week_days.number, days.received,
    CAST(SUM(week_days.present) AS BIGINT) AS present, CAST(SUM(days.marks) AS BIGINT) AS marks
FROM school_days AS days
JOIN week_days ON week_days.date = days.date
GROUP BY days.urn, week_days.number, days.received""",
    )


def school_weeks() -> Step:
    """`main`: the batch with most marks of the week; what others bring is put together with it."""
    return Step(
        "school_weeks",
        "Weeks of schools with days that count: the lanes of these days, the batch that brought "
        "most marks, and what of its ordinary week counts",
        """SELECT counted.urn, schools.area, counted.number, release_weeks.week, release_weeks.bit,
    counted.lanes, batches.received AS main, batches.present & counted.lanes AS present
FROM (
    SELECT days.urn, week_days.number, CAST(SUM(week_days.lane) AS BIGINT) AS lanes
    FROM counted_school_days AS days
    JOIN week_days ON week_days.date = days.date
    GROUP BY days.urn, week_days.number
) AS counted
JOIN release_weeks ON release_weeks.number = counted.number
JOIN published_schools AS schools ON schools.urn = counted.urn
JOIN (
    SELECT urn, number, received, present, ROW_NUMBER() OVER (
        PARTITION BY urn, number ORDER BY marks DESC, received
    ) AS place
    FROM batch_weeks
) AS batches ON batches.urn = counted.urn AND batches.number = counted.number
WHERE batches.place = 1""",
    )


def crowded_weeks() -> Step:
    """Counts of a school in a week stand beside one another in one number (`packed`)."""
    return Step(
        "crowded_weeks",
        "Weeks of a school with more marks than can be added up",
        f"""SELECT 'weeks of a school with more than {MOST_MARKS:,} pupil-days' AS problem,
    COUNT(*) AS entries
FROM (SELECT urn FROM batch_weeks GROUP BY urn, number HAVING SUM(marks) > {MOST_MARKS}) AS weeks
ORDER BY problem""",
        StepKind.ANSWER,
    )


def marks_of_schools() -> Step:
    """So that schools can be counted in parts of a size."""
    return Step(
        "marks_of_schools",
        "Rows of marks of each school that counts",
        """SELECT urn, CAST(SUM(marks) AS BIGINT) AS marks
FROM batch_weeks
GROUP BY urn
ORDER BY urn""",
        StepKind.ANSWER,
    )

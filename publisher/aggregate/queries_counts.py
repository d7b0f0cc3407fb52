"""From the store's counts to school-days: schools that share numbers of pupils by mark.

Sources: method, "Schools that share counts". A count of a morning stands as that many enrolments
with a mark in the morning and none in the afternoon, so that sessions add up like those of
registers. What needs to know who was absent both times, or all year, cannot be known.
"""

from __future__ import annotations

from datetime import timedelta

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.parameters import AUTHORITY
from publisher.aggregate.queries_pupils import approved
from publisher.model.counts import CORRECTION_DAYS
from publisher.reference.codes import NO_MARK
from publisher.reference.years import AcademicYear

FIRST_YEAR_GROUP, LAST_YEAR_GROUP = 1, 11
"""Year groups of pupils aged 5 to 15 at the start of the academic year: age - 4."""


def count_steps(year: AcademicYear) -> tuple[Step, ...]:
    """The steps that read counts, in order."""
    return counted_count_days(), marks_of_counts(year), open_count_days(year)


def damaged_counts() -> Step:
    """What must never be found in the store: it would be counted wrongly."""
    return Step(
        "damaged_counts",
        "Counts of the store that cannot be counted once and only once",
        """SELECT 'counts that its list of school-days does not explain' AS problem, ABS(
    (SELECT COUNT(*) FROM counts) - (SELECT COALESCE(SUM(counts), 0) FROM count_days)
) AS entries
UNION ALL
SELECT 'counts below zero', COUNT(*) FROM counts WHERE pupils IS NULL OR pupils < 0
ORDER BY problem""",
        StepKind.ANSWER,
    )


def counted_count_days() -> Step:
    """One statement for each school-day; registers of the school-day come before it."""
    return Step(
        "counted_count_days",
        "Days of published schools that an approval covers and of which only counts are shared: "
        f"the first statement, or the latest received up to {CORRECTION_DAYS} days after the day",
        f"""SELECT urn, date, received
FROM (
    SELECT days.urn, days.date, days.received,
        MIN(days.received) OVER (PARTITION BY days.urn, days.date) AS first_received
    FROM count_days AS days
    JOIN release_days ON release_days.date = days.date
    JOIN published_schools ON published_schools.urn = days.urn
    WHERE {approved("days")} AND NOT EXISTS (
        SELECT 1 FROM counted_school_days AS registers
        WHERE registers.urn = days.urn AND registers.date = days.date
    )
) AS stated
WHERE received = first_received OR received < date + INTERVAL '{CORRECTION_DAYS + 1}' DAY
QUALIFY ROW_NUMBER() OVER (PARTITION BY urn, date ORDER BY received DESC) = 1""",
    )


def marks_of_counts(year: AcademicYear) -> Step:
    """Counts in the shape of marks: one of the two is none."""
    return Step(
        "marks_of_counts",
        f"Pupils of years {FIRST_YEAR_GROUP} to {LAST_YEAR_GROUP} by their mark of one session; "
        f"year {LAST_YEAR_GROUP} until {year.year_11_leaves.isoformat()}, exclusive",
        f"""SELECT counts.urn, counts.date,
    CASE WHEN counts.afternoon THEN CAST({NO_MARK} AS UTINYINT) ELSE counts.code END AS am,
    CASE WHEN counts.afternoon THEN counts.code ELSE CAST({NO_MARK} AS UTINYINT) END AS pm,
    CAST(SUM(counts.pupils) AS BIGINT) AS enrolments
FROM counts
JOIN counted_count_days AS days ON days.urn = counts.urn AND days.date = counts.date
    AND days.received = counts.received
WHERE counts.pupils > 0 AND {_counted("counts", year)}
GROUP BY counts.urn, counts.date, counts.afternoon, counts.code""",
    )


def open_count_days(year: AcademicYear) -> Step:
    """Pupils of one session are different pupils; those of two sessions need not be."""
    return Step(
        "open_count_days",
        "School-days with a possible session of which only counts are shared, and the larger "
        "session: so many pupils there are at least, unless fewer are on roll",
        f"""SELECT sessions.urn, sessions.date,
    CAST(LEAST(sessions.pupils, COALESCE(roll.pupils, sessions.pupils)) AS BIGINT) AS enrolments
FROM (
    SELECT marks.urn, marks.date, GREATEST(
        SUM(CASE WHEN marks.pm = {NO_MARK} THEN marks.enrolments ELSE 0 END),
        SUM(CASE WHEN marks.am = {NO_MARK} THEN marks.enrolments ELSE 0 END)
    ) AS pupils
    FROM marks_of_counts AS marks
    JOIN code_numbers ON code_numbers.code_number = GREATEST(marks.am, marks.pm)
    WHERE code_numbers.possible > 0
    GROUP BY marks.urn, marks.date
) AS sessions
LEFT JOIN (
    SELECT on_roll.urn, on_roll.date, SUM(on_roll.pupils) AS pupils
    FROM on_roll
    JOIN counted_count_days AS days ON days.urn = on_roll.urn AND days.date = on_roll.date
        AND days.received = on_roll.received
    WHERE {_counted("on_roll", year)}
    GROUP BY on_roll.urn, on_roll.date
) AS roll ON roll.urn = sessions.urn AND roll.date = sessions.date""",
    )


def rows_with_counts() -> Step:
    """A total never knows more than its parts, so days that wider rows leave out matter too."""
    return Step(
        "rows_with_counts",
        "Rows to which a school contributes that shares counts only",
        f"""SELECT DISTINCT included.period, members.location, members.education_phase
FROM open_count_days AS days
JOIN published_schools AS schools ON schools.urn = days.urn
JOIN period_days AS included
    ON included.date = days.date AND included.reach = '{AUTHORITY}'
JOIN row_members AS members
    ON members.authority = schools.authority AND members.phase = schools.phase""",
    )


def submitting_schools() -> Step:
    """A school that changed how it shares is in both ways."""
    return Step(
        "submitting_schools",
        "Schools that submitted on any day of the release, by how they shared",
        """SELECT days.urn, counts.urn IS NOT NULL AS counts
FROM open_school_days AS days
LEFT JOIN open_count_days AS counts ON counts.urn = days.urn AND counts.date = days.date
GROUP BY days.urn, counts.urn IS NOT NULL""",
    )


def supply() -> Step:
    """Numbers of schools are public."""
    return Step(
        "supply",
        "Schools by how they share",
        """SELECT COUNT(CASE WHEN NOT counts THEN 1 END) AS registers,
    COUNT(CASE WHEN counts THEN 1 END) AS counts
FROM submitting_schools""",
        StepKind.ANSWER,
    )


def _counted(table: str, year: AcademicYear) -> str:
    before_leaving = (year.year_11_leaves - timedelta(days=1)).isoformat()
    return (
        f"{table}.year_group BETWEEN {FIRST_YEAR_GROUP} AND {LAST_YEAR_GROUP} "
        f"AND ({table}.year_group < {LAST_YEAR_GROUP} OR {table}.date <= DATE '{before_leaving}')"
    )

"""From the store's marks to school-days: who counts, on which days, with which marks.

Sources: method, sections 1 and 2. Every function returns one step; later steps name earlier ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.groups import NumberedGroup
from publisher.aggregate.queries_counts import count_steps, submitting_schools
from publisher.aggregate.queries_pupils import approved, day_literal, enrolments
from publisher.aggregate.queries_repeats import (
    overlapping_enrolments,
    repeated_pupils,
    several_enrolments,
)
from publisher.aggregate.queries_school_weeks import batch_weeks, school_weeks
from publisher.model.phases import PUBLISHED_PHASES
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE
from publisher.reference.register_weeks import HALF
from publisher.reference.years import AcademicYear


def register_steps(year: AcademicYear, groups: Sequence[NumberedGroup]) -> tuple[Step, ...]:
    """The steps that read pupils' records and lists of school-days, in order."""
    return (
        published_schools(),
        counted_school_days(),
        enrolments(year, groups),
        repeated_pupils(),
        several_enrolments(),
        overlapping_enrolments(),
        batch_weeks(),
        school_weeks(),
        *count_steps(year),
    )


def mark_steps() -> tuple[Step, ...]:
    """The steps from what was gathered to school-days, in order."""
    return area_codes(), count_school_days(), open_school_days(), submitting_schools()


def damaged_entries() -> Step:
    """What must never be found in the store: it would be counted twice or not at all."""
    phases = _listed(PUBLISHED_PHASES)
    return Step(
        "damaged_entries",
        "Entries of the store that cannot be counted once and only once",
        f"""SELECT 'a school that is registered twice' AS problem, COUNT(*) AS entries
FROM (SELECT urn FROM schools GROUP BY urn HAVING COUNT(*) > 1) AS repeated
UNION ALL
SELECT 'a school of an unknown phase', COUNT(*) FROM schools
WHERE education_phase IS NULL OR education_phase NOT IN ('', {phases})
UNION ALL
SELECT 'a school in an unknown local authority', COUNT(*) FROM schools
WHERE education_phase IN ({phases})
    AND (location IS NULL OR location NOT IN (SELECT authority FROM authorities))
UNION ALL
SELECT 'a census entry for an unknown local authority', COUNT(*) FROM census
WHERE education_phase IN ({phases})
    AND (location IS NULL OR location NOT IN (SELECT authority FROM authorities))
UNION ALL
SELECT 'a census entry that is there twice', COUNT(*) FROM (
    SELECT location FROM census WHERE education_phase IN ({phases})
    GROUP BY location, education_phase HAVING COUNT(*) > 1
) AS repeated
UNION ALL
SELECT 'marks that its list of school-days does not explain', ABS(
    (SELECT COUNT(*) FROM marks) - (SELECT COALESCE(SUM(marks), 0) FROM school_days)
)
ORDER BY problem""",
        StepKind.ANSWER,
    )


def published_schools() -> Step:
    """A holding is a trust, or a school without one; one of its schools stands for its name."""
    return Step(
        "published_schools",
        "State-funded primary, secondary and special schools and who holds them",
        """SELECT schools.urn, areas.authority, areas.phase,
    MIN(schools.urn) OVER (
        PARTITION BY TRIM(COALESCE(schools.trust_code, '')),
            CASE WHEN TRIM(COALESCE(schools.trust_code, '')) = '' THEN schools.urn ELSE 0 END
    ) AS holding,
    areas.area
FROM schools
JOIN areas ON areas.authority = schools.location AND areas.phase = schools.education_phase""",
    )


def counted_school_days() -> Step:
    """School-days that count, and how many batches brought marks for each.

    Most schools share all year: only of the others each day is looked up.
    """
    all_year = "EXISTS (SELECT 1 FROM all_year WHERE all_year.urn = published_schools.urn)"
    return Step(
        "counted_school_days",
        "Days of published schools that a sharing approval covers",
        f"""WITH all_year AS (
    SELECT DISTINCT approvals.urn
    FROM approvals
    CROSS JOIN (
        SELECT MIN(date) AS first, MAX(date) AS last FROM release_days
    ) AS ends
    WHERE approvals.approved_from <= ends.first
        AND (approvals.approved_to IS NULL OR ends.last <= approvals.approved_to)
)
{_days_of(all_year)}
UNION ALL
SELECT *
FROM (
{_days_of(f"NOT {all_year}")}
) AS days
WHERE {approved("days")}""",
    )


def _days_of(which: str) -> str:
    """School-days of some of the published schools."""
    return f"""SELECT days.urn, days.date, COUNT(*) AS arrivals
FROM school_days AS days
JOIN release_days ON release_days.date = days.date
JOIN (SELECT urn FROM published_schools WHERE {which}) AS schools ON schools.urn = days.urn
GROUP BY days.urn, days.date"""


def area_codes() -> Step:
    """The one table that all numbers of sessions are made from."""
    return Step(
        "area_codes",
        "Sessions of each area and day by their register code, of marks that count",
        f"""SELECT codes.area, week_days.date,
    CASE WHEN codes.stored = {HALF} THEN {UNKNOWN_CODE} ELSE codes.stored - 1 END AS code_number,
    codes.sessions
FROM (
    SELECT area, number, weekday, stored, CAST(SUM(sessions) AS BIGINT) AS sessions
    FROM area_day_marks
    GROUP BY area, number, weekday, stored
    HAVING SUM(sessions) <> 0
) AS codes
JOIN week_days ON week_days.number = codes.number AND week_days.weekday = codes.weekday
UNION ALL
SELECT schools.area, counts.date, counts.code_number, counts.enrolments
FROM (
    SELECT urn, date, am AS code_number, enrolments FROM marks_of_counts
    UNION ALL
    SELECT urn, date, pm AS code_number, enrolments FROM marks_of_counts
) AS counts
JOIN published_schools AS schools ON schools.urn = counts.urn""",
    )


def marks_without_meaning() -> Step:
    """Numbers that are no register code; the store never writes them."""
    known = (
        f"SELECT code_number FROM code_numbers UNION ALL SELECT {NO_MARK} "
        f"UNION ALL SELECT {UNKNOWN_CODE}"
    )
    return Step(
        "marks_without_meaning",
        "Stored marks that no register code explains",
        f"""SELECT 'marks that are no register code' AS problem, COUNT(*) AS entries
FROM (SELECT DISTINCT code_number FROM area_codes) AS codes
WHERE code_number IS NULL OR code_number NOT IN ({known})""",
        StepKind.ANSWER,
    )


def open_school_days() -> Step:
    """A school submits on a day when an enrolment has a possible session (method, section 3)."""
    return Step(
        "open_school_days",
        "Days on which a school submits: its enrolments with a possible session, and their "
        "possible sessions",
        """SELECT days.urn, days.date, schools.authority, schools.phase,
    days.enrolments, days.possible
FROM register_days AS days
JOIN published_schools AS schools ON schools.urn = days.urn
UNION ALL
SELECT days.urn, days.date, schools.authority, schools.phase, days.enrolments, days.possible
FROM count_school_days AS days
JOIN published_schools AS schools ON schools.urn = days.urn""",
    )


def count_school_days() -> Step:
    """Registers of a school-day come before counts of it."""
    return Step(
        "count_school_days",
        "School-days of which only counts are shared: pupils and possible sessions",
        """SELECT marks.urn, marks.date, MAX(counts.enrolments) AS enrolments,
    CAST(SUM(marks.enrolments * (COALESCE(morning.possible, 0) + COALESCE(afternoon.possible, 0)))
        AS BIGINT) AS possible
FROM marks_of_counts AS marks
JOIN open_count_days AS counts ON counts.urn = marks.urn AND counts.date = marks.date
LEFT JOIN code_numbers AS morning ON morning.code_number = marks.am
LEFT JOIN code_numbers AS afternoon ON afternoon.code_number = marks.pm
GROUP BY marks.urn, marks.date""",
    )


def open_authorities() -> Step:
    """An authority is open in a week when one of its schools submits on any day of it."""
    return Step(
        "open_authorities",
        "Authorities with an open school, by week",
        """SELECT release_days.iso_week, COUNT(DISTINCT days.authority) AS authorities
FROM open_school_days AS days
JOIN release_days ON release_days.date = days.date
GROUP BY release_days.iso_week
ORDER BY release_days.iso_week""",
        StepKind.ANSWER,
    )


def listed_authorities() -> Step:
    """At least as many as are open: what a list of school-days tells before marks are read."""
    return Step(
        "listed_authorities",
        "Authorities with marks or counts of a school, by week",
        """SELECT release_days.iso_week, COUNT(DISTINCT schools.authority) AS authorities
FROM (
    SELECT urn, date FROM counted_school_days
    UNION ALL
    SELECT urn, date FROM counted_count_days
) AS days
JOIN published_schools AS schools ON schools.urn = days.urn
JOIN release_days ON release_days.date = days.date
GROUP BY release_days.iso_week
ORDER BY release_days.iso_week""",
        StepKind.ANSWER,
    )


def sharing_authorities(first: date, last: date) -> Step:
    """The denominator of the share of authorities that are open."""
    return Step(
        "sharing_authorities",
        "Authorities with a published school whose approval covers any day of the release",
        f"""SELECT COUNT(DISTINCT schools.authority) AS authorities
FROM published_schools AS schools
JOIN approvals ON approvals.urn = schools.urn
WHERE approvals.approved_from <= {day_literal(last)}
    AND (approvals.approved_to IS NULL OR (
        approvals.approved_to >= {day_literal(first)}
        AND approvals.approved_to >= approvals.approved_from
    ))""",
        StepKind.ANSWER,
    )


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)

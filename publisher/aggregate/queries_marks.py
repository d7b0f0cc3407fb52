"""From the store's marks to school-days: who counts, on which days, with which marks.

Sources: method, sections 1 and 2. Every function returns one step; later steps name earlier ones.
"""

from __future__ import annotations

from datetime import date

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.queries_counts import count_steps
from publisher.aggregate.queries_pupils import (
    OLDEST,
    YEAR_11_AGE,
    YOUNGEST,
    approved,
    counted_pupils,
    day_literal,
    enrolments,
    fate,
)
from publisher.model.accounting import Fate
from publisher.model.phases import PUBLISHED_PHASES
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE
from publisher.reference.years import AcademicYear


def mark_steps(year: AcademicYear) -> tuple[Step, ...]:
    """The steps that read pupils' records and marks, in order."""
    return (
        published_schools(),
        counted_school_days(),
        enrolments(year),
        counted_pupils(year),
        corrected_marks(),
        latest_marks(),
        judged_marks(year),
        counted_marks(),
        *count_steps(year),
        school_day_marks(),
        mark_pairs(),
        open_school_days(),
    )


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
    """A holding is a trust, or a school without one; it is numbered, nobody needs its name."""
    return Step(
        "published_schools",
        "State-funded primary, secondary and special schools and who holds them",
        f"""SELECT urn, location AS authority, education_phase AS phase,
    DENSE_RANK() OVER (
        ORDER BY TRIM(COALESCE(trust_code, '')),
            CASE WHEN TRIM(COALESCE(trust_code, '')) = '' THEN urn ELSE 0 END
    ) AS holding
FROM schools
WHERE education_phase IN ({_listed(PUBLISHED_PHASES)})""",
    )


def counted_school_days() -> Step:
    """School-days that count, and how many batches brought marks for each."""
    return Step(
        "counted_school_days",
        "Days of published schools that a sharing approval covers",
        f"""SELECT days.urn, days.date, COUNT(*) AS arrivals
FROM school_days AS days
JOIN release_days ON release_days.date = days.date
JOIN published_schools ON published_schools.urn = days.urn
WHERE {approved("days")}
GROUP BY days.urn, days.date""",
    )


def corrected_marks() -> Step:
    """Only school-days that several batches brought can hold an earlier and a later mark.

    `versions` is in how many batches the mark came.
    """
    return Step(
        "corrected_marks",
        "Latest mark for each enrolment and day, where several batches brought marks",
        """SELECT marks.urn, marks.pupil, marks.date, marks.am, marks.pm,
    ROW_NUMBER() OVER same_mark AS versions
FROM marks
JOIN counted_school_days AS days ON days.urn = marks.urn AND days.date = marks.date
WHERE days.arrivals > 1
WINDOW same_mark AS (
    PARTITION BY marks.urn, marks.pupil, marks.date ORDER BY marks.received
)
QUALIFY LEAD(1) OVER same_mark IS NULL""",
    )


def latest_marks() -> Step:
    """One row per enrolment and day."""
    return Step(
        "latest_marks",
        "Latest marks of counted school-days",
        """SELECT marks.urn, marks.pupil, marks.date, marks.am, marks.pm
FROM marks
JOIN counted_school_days AS days ON days.urn = marks.urn AND days.date = marks.date
WHERE days.arrivals = 1
UNION ALL
SELECT urn, pupil, date, am, pm FROM corrected_marks""",
        StepKind.VIEW,
    )


def judged_marks(year: AcademicYear) -> Step:
    """The one pass over all marks: what is counted, and what became of the rest.

    A fate is its number: this is the largest table, and a number is short.
    """
    return Step(
        "judged_marks",
        "Latest marks of each school and day by what becomes of them and by their two marks",
        f"""SELECT latest.urn, latest.date, latest.am, latest.pm, CAST(CASE
    WHEN latest.am = {NO_MARK} AND latest.pm = {NO_MARK} THEN {fate(Fate.WITHDRAWN)}
    WHEN enrolments.urn IS NULL THEN {fate(Fate.NO_RECORD)}
    WHEN enrolments.age IS NULL OR enrolments.age NOT BETWEEN {YOUNGEST} AND {OLDEST}
        THEN {fate(Fate.AGE)}
    WHEN latest.date < enrolments.first_day THEN {fate(Fate.BEFORE_ADMISSION)}
    WHEN latest.date > enrolments.last_day THEN {fate(Fate.AFTER_LEAVING)}
    WHEN enrolments.age = {YEAR_11_AGE} AND latest.date >= {day_literal(year.year_11_leaves)}
        THEN {fate(Fate.YEAR_11)}
    ELSE {fate(Fate.COUNTED)} END AS TINYINT) AS fate, COUNT(*) AS enrolments
FROM latest_marks AS latest
LEFT JOIN enrolments ON enrolments.urn = latest.urn AND enrolments.pupil = latest.pupil
GROUP BY 1, 2, 3, 4, 5""",
    )


def counted_marks() -> Step:
    """Marks that count: one row per enrolment and day."""
    return Step(
        "counted_marks",
        "Marks of counted pupils on counted school-days; withdrawn marks are gone",
        f"""SELECT latest.urn, latest.pupil, latest.date, latest.am, latest.pm
FROM latest_marks AS latest
JOIN counted_pupils ON counted_pupils.urn = latest.urn AND counted_pupils.pupil = latest.pupil
    AND latest.date BETWEEN counted_pupils.first_day AND counted_pupils.last_day
WHERE NOT (latest.am = {NO_MARK} AND latest.pm = {NO_MARK})""",
        StepKind.VIEW,
    )


def school_day_marks() -> Step:
    """The one table that all numbers of sessions are made from."""
    return Step(
        "school_day_marks",
        "Enrolments of each school and day by their two marks, of marks that count, or by one "
        "where only counts are shared",
        f"""SELECT urn, date, am, pm, enrolments
FROM judged_marks
WHERE fate = {fate(Fate.COUNTED)}
UNION ALL
SELECT urn, date, am, pm, enrolments FROM marks_of_counts""",
        StepKind.VIEW,
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
FROM (SELECT DISTINCT am, pm FROM school_day_marks) AS pairs
WHERE am IS NULL OR pm IS NULL OR am NOT IN ({known}) OR pm NOT IN ({known})""",
        StepKind.ANSWER,
    )


def mark_pairs() -> Step:
    """What a day's two marks add to the enrolment's sessions."""
    sums = ",\n    ".join(
        f"COALESCE(morning.{each}, 0) + COALESCE(afternoon.{each}, 0) AS {each}"
        for each in ("possible", "authorised", "unauthorised")
    )
    return Step(
        "mark_pairs",
        "Possible sessions and absences of each pair of marks",
        f"""SELECT pairs.am, pairs.pm,
    {sums}
FROM (SELECT DISTINCT am, pm FROM school_day_marks) AS pairs
LEFT JOIN code_numbers AS morning ON morning.code_number = pairs.am
LEFT JOIN code_numbers AS afternoon ON afternoon.code_number = pairs.pm""",
    )


def open_school_days() -> Step:
    """A school submits on a day when an enrolment has a possible session (method, section 3)."""
    return Step(
        "open_school_days",
        "Days on which a school submits: its enrolments with a possible session, and their "
        "possible sessions",
        """SELECT days.urn, days.date, schools.authority, schools.phase,
    CAST(COALESCE(MAX(counts.enrolments), SUM(days.enrolments)) AS BIGINT) AS enrolments,
    CAST(SUM(days.enrolments * pairs.possible) AS BIGINT) AS possible
FROM school_day_marks AS days
JOIN mark_pairs AS pairs ON pairs.am = days.am AND pairs.pm = days.pm
JOIN published_schools AS schools ON schools.urn = days.urn
LEFT JOIN open_count_days AS counts ON counts.urn = days.urn AND counts.date = days.date
WHERE pairs.possible > 0
GROUP BY days.urn, days.date, schools.authority, schools.phase""",
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

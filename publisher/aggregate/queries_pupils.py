"""Which enrolments count, and between which days (method, section 1).

Every function returns one step.
"""

from __future__ import annotations

from datetime import date, timedelta

from publisher.aggregate.engine import Step
from publisher.model.accounting import Fate
from publisher.reference.years import AcademicYear

YOUNGEST, OLDEST = 5, 15
"""Ages on 31 August, at the start of the academic year, whose attendance is published."""
YEAR_11_AGE = 15
CHARACTERISTICS = (
    "sex",
    "ethnicity",
    "year_group",
    "looked_after",
    "sen_support",
    "ehc_plan",
    "free_school_meals",
    "child_in_need",
    "child_protection_plan",
)
"""Fields of a pupil's record that can say which group a pupil belongs to."""


def enrolments(year: AcademicYear) -> Step:
    """One row per enrolment of any age; `versions` is in how many batches its record came."""
    first, last = day_literal(year.series_start), day_literal(year.last_day)
    return Step(
        "enrolments",
        f"Latest records of the pupils of published schools, with their age on 31 August "
        f"{year.start}",
        f"""SELECT pupils.urn, pupils.pupil, {year.start} - pupils.cohort AS age,
    COALESCE(pupils.admission_date, {first}) AS first_day,
    COALESCE(pupils.leaving_date, {last}) AS last_day,
    {", ".join(f"pupils.{each}" for each in CHARACTERISTICS)},
    ROW_NUMBER() OVER same_record AS versions
FROM pupils
JOIN published_schools ON published_schools.urn = pupils.urn
WINDOW same_record AS (PARTITION BY pupils.urn, pupils.pupil ORDER BY pupils.received)
QUALIFY LEAD(1) OVER same_record IS NULL""",
    )


def counted_pupils(year: AcademicYear) -> Step:
    """Enrolments of published age and the days between which their marks count."""
    last, before_leaving = (
        day_literal(year.last_day),
        day_literal(year.year_11_leaves - timedelta(days=1)),
    )
    return Step(
        "counted_pupils",
        f"Enrolments aged {YOUNGEST} to {OLDEST} on 31 August {year.start}; those aged "
        f"{YEAR_11_AGE} count until {year.year_11_leaves.isoformat()}, exclusive",
        f"""SELECT urn, pupil, first_day,
    LEAST(last_day, CASE WHEN age = {YEAR_11_AGE} THEN {before_leaving} ELSE {last} END)
        AS last_day
FROM enrolments
WHERE age BETWEEN {YOUNGEST} AND {OLDEST}""",
    )


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

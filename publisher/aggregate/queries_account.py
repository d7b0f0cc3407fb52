"""What became of every stored row. Every function returns one step.

School-days are judged whole, from the list of school-days; the marks of counted school-days were
judged one by one while they were counted (`queries_marks.judged_marks`).
"""

from __future__ import annotations

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.queries_pupils import OLDEST, YOUNGEST, day_literal, fate
from publisher.model.accounting import Fate
from publisher.model.time import IsoWeek
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE
from publisher.reference.years import AcademicYear

REGISTER_CODE, UNKNOWN, BLANK = "register_code", "unknown_code", "no_mark"
_NO_CODE = f"({NO_MARK}, {UNKNOWN_CODE})"


def account_steps(year: AcademicYear, week: IsoWeek) -> tuple[Step, ...]:
    """The steps of the account of registers, all of them answers."""
    return (fates_of_marks(year, week), halves_of_marks(), fates_of_pupils(), schools_of_batches())


def fates_of_marks(year: AcademicYear, week: IsoWeek) -> Step:
    """`fate`, `entries`: numbers of `Fate` and rows of marks, over every batch."""
    return Step(
        "fates_of_marks",
        "Stored rows of marks by what became of them",
        f"""SELECT fate, CAST(SUM(entries) AS BIGINT) AS entries
FROM (
    SELECT CASE
        WHEN fate = {fate(Fate.COUNTED)} AND am IN {_NO_CODE} AND pm IN {_NO_CODE}
            THEN {fate(Fate.UNKNOWN_CODE)}
        ELSE fate END AS fate, enrolments AS entries
    FROM judged_marks
    UNION ALL
    SELECT {fate(Fate.REPLACED)} AS fate, versions - 1 AS entries FROM corrected_marks
    UNION ALL
    SELECT CASE
        WHEN schools.urn IS NULL THEN {fate(Fate.NOT_IN_REGISTER)}
        WHEN days.date < {day_literal(year.series_start)} THEN {fate(Fate.BEFORE_SERIES)}
        WHEN days.date > {day_literal(week.friday)} THEN {fate(Fate.AFTER_WEEK)}
        WHEN release_days.date IS NULL THEN {fate(Fate.WEEKEND)}
        WHEN published_schools.urn IS NULL THEN {fate(Fate.UNPUBLISHED_SCHOOL)}
        ELSE {fate(Fate.OUTSIDE_APPROVAL)} END AS fate, days.marks AS entries
    FROM school_days AS days
    LEFT JOIN counted_school_days AS counted
        ON counted.urn = days.urn AND counted.date = days.date
    LEFT JOIN schools ON schools.urn = days.urn
    LEFT JOIN published_schools ON published_schools.urn = days.urn
    LEFT JOIN release_days ON release_days.date = days.date
    WHERE counted.urn IS NULL
) AS judged
GROUP BY fate
ORDER BY fate""",
        StepKind.ANSWER,
    )


def halves_of_marks() -> Step:
    """One row of sums over the rows that are in the figures or have only unknown codes."""
    columns = ",\n    ".join(
        f"CAST(COALESCE(SUM(enrolments * ({_number(column)})), 0) AS BIGINT) AS {column}"
        for column in (REGISTER_CODE, UNKNOWN, BLANK)
    )
    return Step(
        "halves_of_marks",
        "Sessions with a register code, with an unknown code and without a mark",
        f"""SELECT {columns}
FROM judged_marks
WHERE fate = {fate(Fate.COUNTED)}
ORDER BY 1""",
        StepKind.ANSWER,
    )


def _number(column: str) -> str:
    """How many of a row's two marks are of a kind."""
    is_kind = {
        REGISTER_CODE: f"NOT IN {_NO_CODE}",
        UNKNOWN: f"= {UNKNOWN_CODE}",
        BLANK: f"= {NO_MARK}",
    }[column]
    return " + ".join(f"CASE WHEN {half} {is_kind} THEN 1 ELSE 0 END" for half in ("am", "pm"))


def fates_of_pupils() -> Step:
    """`fate`, `entries`: numbers of `Fate` and records of pupils, over every batch."""
    return Step(
        "fates_of_pupils",
        "Stored records of pupils by what became of them",
        f"""SELECT fate, CAST(SUM(entries) AS BIGINT) AS entries
FROM (
    SELECT CASE WHEN age BETWEEN {YOUNGEST} AND {OLDEST} THEN {fate(Fate.COUNTED)}
        ELSE {fate(Fate.AGE)} END AS fate, 1 AS entries
    FROM enrolments
    UNION ALL
    SELECT {fate(Fate.REPLACED)} AS fate, versions - 1 AS entries FROM enrolments
    UNION ALL
    SELECT CASE WHEN schools.urn IS NULL THEN {fate(Fate.NOT_IN_REGISTER)}
        ELSE {fate(Fate.UNPUBLISHED_SCHOOL)} END AS fate, 1 AS entries
    FROM pupils
    LEFT JOIN schools ON schools.urn = pupils.urn
    LEFT JOIN published_schools ON published_schools.urn = pupils.urn
    WHERE published_schools.urn IS NULL
) AS judged
GROUP BY fate
ORDER BY fate""",
        StepKind.ANSWER,
    )


def schools_of_batches() -> Step:
    """`received`, `schools`: so that batches of few schools can be told together."""
    return Step(
        "schools_of_batches",
        "Schools that have marks in each batch",
        """SELECT received, COUNT(DISTINCT urn) AS schools
FROM school_days
GROUP BY received
ORDER BY received""",
        StepKind.ANSWER,
    )

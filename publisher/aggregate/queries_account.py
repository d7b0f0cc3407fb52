"""What became of every stored row. Every function returns one step.

School-days are judged whole, from the list of school-days; the marks of counted school-days were
judged while they were counted (`queries_weeks`), and their kinds are told apart here.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.gathered import gathered
from publisher.aggregate.lanes import EVERY_HALF, day_lane, days_where, half_lane
from publisher.aggregate.queries_pupils import bits_before, day_literal, fate
from publisher.model.accounting import Fate
from publisher.model.time import IsoWeek
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE
from publisher.reference.register_weeks import HALF, half_of, lane_of
from publisher.reference.years import AcademicYear

REGISTER_CODE, UNKNOWN, BLANK = "register_code", "unknown_code", "no_mark"


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
    SELECT fate, days - withdrawn - only_unknown AS entries FROM fate_days
    UNION ALL
    SELECT {fate(Fate.WITHDRAWN)} AS fate, withdrawn AS entries FROM fate_days
    UNION ALL
    SELECT {fate(Fate.UNKNOWN_CODE)} AS fate, only_unknown AS entries FROM fate_days
    UNION ALL
    SELECT fate, entries FROM fate_ordinary
    UNION ALL
    SELECT fate, entries FROM replaced_marks
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
HAVING SUM(entries) > 0
ORDER BY fate""",
        StepKind.ANSWER,
    )


def fate_days() -> Step:
    """Of marks that count, a day on which neither mark is a register code has its own fate."""
    known = f"CASE WHEN fate = {fate(Fate.COUNTED)} THEN {{}} ELSE 0 END"
    columns = {
        "days": _days(lambda lane: f"{lane} <> 0"),
        "withdrawn": _days(lambda lane: f"{lane} = {_WITHDRAWN}"),
        "only_unknown": known.format(_days(_is_only_unknown)),
        REGISTER_CODE: known.format(f"{_halves('<> 0')} - {_halves(f'IN ({_BLANK}, {HALF})')}"),
        UNKNOWN: known.format(_halves(f"= {HALF}")),
        BLANK: known.format(
            f"{_halves(f'= {_BLANK}')} - 2 * {_days(lambda lane: f'{lane} = {_WITHDRAWN}')}"
        ),
    }
    sums = ",\n    ".join(
        f"CAST(SUM(weeks * ({sql})) AS BIGINT) AS {name}" for name, sql in columns.items()
    )
    return gathered(
        "fate_days",
        "Rows of marks of other weeks by what becomes of them",
        f"SELECT fate,\n    {sums}\nFROM fate_marks\nGROUP BY fate",
        keys=("fate",),
        sums=tuple(columns),
    )


def marks_without_record() -> Step:
    """The first record of such an enrolment changes what becomes of these marks, and few others.

    `weeks`: the sum of a bit for each week; an enrolment has no week twice.
    """
    no_record = fate(Fate.NO_RECORD)
    return gathered(
        "marks_without_record",
        "Enrolments of which no record has come, and the weeks of their marks",
        f"""SELECT urn, pupil, CAST(SUM(weeks) AS BIGINT) AS weeks
FROM (
    SELECT urn, pupil, {bits_before("number")} AS weeks
    FROM judged_weeks
    WHERE fate = {no_record}
    UNION ALL
    SELECT urn, pupil, weeks
    FROM enrolment_ordinary_weeks
    WHERE fate = {no_record} AND weeks <> 0
) AS found
GROUP BY urn, pupil""",
        keys=("urn", "pupil"),
        sums=("weeks",),
    )


def halves_of_marks() -> Step:
    """One row of sums over the rows that are in the figures or have only unknown codes."""
    return Step(
        "halves_of_marks",
        "Sessions with a register code, with an unknown code and without a mark",
        f"""SELECT CAST(COALESCE(SUM({REGISTER_CODE}), 0) AS BIGINT) AS {REGISTER_CODE},
    CAST(COALESCE(SUM({UNKNOWN}), 0) AS BIGINT) AS {UNKNOWN},
    CAST(COALESCE(SUM({BLANK}), 0) AS BIGINT) AS {BLANK}
FROM (
    SELECT {REGISTER_CODE}, {UNKNOWN}, {BLANK} FROM fate_days
    UNION ALL
    SELECT 2 * entries, 0, 0 FROM fate_ordinary WHERE fate = {fate(Fate.COUNTED)}
) AS halves
ORDER BY 1""",
        StepKind.ANSWER,
    )


def _days(condition: Callable[[str], str]) -> str:
    """How many days of a week have a lane of a kind."""
    return f"({days_where(lambda day: condition(day_lane('marks', day)))})"


def _halves(condition: str) -> str:
    """How many halves of a week's days have a mark of a kind."""
    halves = (f"{half_lane('marks', half)} {condition}" for half in EVERY_HALF)
    return "(" + " + ".join(f"CASE WHEN {each} THEN 1 ELSE 0 END" for each in halves) + ")"


def _is_only_unknown(lane: str) -> str:
    return f"{lane} IN ({', '.join(map(str, sorted(_ONLY_UNKNOWN)))})"


_BLANK = half_of(NO_MARK)
_WITHDRAWN = lane_of(NO_MARK, NO_MARK)
_ONLY_UNKNOWN = {
    lane_of(morning, afternoon) for morning, afternoon in product((NO_MARK, UNKNOWN_CODE), repeat=2)
} - {_WITHDRAWN}


def fates_of_pupils() -> Step:
    """`fate`, `entries`: numbers of `Fate` and records of pupils, over every batch."""
    return Step(
        "fates_of_pupils",
        "Stored records of pupils by what became of them",
        f"""SELECT fate, CAST(SUM(entries) AS BIGINT) AS entries
FROM (
    SELECT fate, 1 AS entries FROM enrolments
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

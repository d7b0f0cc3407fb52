"""From the store's weeks of marks to those that count, for one part of the schools at a time.

Nearly all rows are ordinary weeks of enrolments that were brought once, and stay a bit each
(`ordinary_weeks`). The others are judged one by one (`judged_weeks`): marks written out, weeks
that several batches brought, and weeks of which only some days count.

Sources: method, sections 1 and 2. Every function returns one step.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.lanes import (
    EVERY_DAY,
    day_in_place,
    days_with_row,
    halves_among,
    has_day,
    lanes_before,
    without,
)
from publisher.aggregate.packed import packed
from publisher.aggregate.queries_pupils import fate
from publisher.model.accounting import Fate
from publisher.reference.codes import possible_codes
from publisher.reference.register_weeks import ORDINARY, halves_of


def week_steps() -> tuple[Step, ...]:
    """The steps that read the weeks of a part of the schools, in order."""
    return (
        ordinary_weeks(),
        part_weeks(),
        further_weeks(),
        touched_weeks(),
        joined_weeks(),
        enrolment_ordinary_weeks(),
        other_weeks(),
        judged_weeks(),
    )


def part_tables() -> tuple[Step, ...]:
    """What the weeks of a part are judged by."""
    return (
        part_school_weeks("school_weeks"),
        part_enrolments("enrolments"),
        part_overlaps("overlapping_enrolments"),
    )


def known_part_tables(known: str) -> tuple[Step, ...]:
    """The same as it was known then; `known` is put before the names of the tables.

    Few enrolments have weeks to be judged by it, and `weeks` are known before.
    """
    with_weeks = """(SELECT DISTINCT urn, pupil FROM weeks) AS weeks
    ON weeks.urn = enrolments.urn AND weeks.pupil = enrolments.pupil"""
    return (
        part_school_weeks(f"{known}school_weeks"),
        part_enrolments(f"{known}enrolments", with_weeks),
        part_overlaps(f"{known}overlapping_enrolments"),
    )


def part_school_weeks(school_weeks: str) -> Step:
    """Small enough to be looked up fast.

    `sessions` and `days` are those of an ordinary week, as those of `week_kinds`.
    """
    possible = halves_among(halves_of(possible_codes()), "weeks.present")
    return Step(
        "part_school_weeks",
        "Weeks of the schools of this part",
        f"""SELECT weeks.urn, weeks.area, weeks.number, weeks.week, weeks.bit, weeks.lanes,
    weeks.main, weeks.present, {packed(possible, "0", "0")} AS sessions,
    {packed(f"({days_with_row('weeks.present')})", "1")} AS days
FROM {school_weeks} AS weeks
JOIN part_of_schools AS part ON weeks.urn BETWEEN part.first AND part.last""",
    )


_OF_PART = "part_of_schools AS part ON enrolments.urn BETWEEN part.first AND part.last"


def part_enrolments(enrolments: str, those: str = _OF_PART) -> Step:
    """Small enough to be looked up fast; `those`: what they are joined with."""
    return Step(
        "part_enrolments",
        "Enrolments at the schools of this part",
        f"""SELECT enrolments.urn, enrolments.pupil, enrolments.fate, enrolments.first_place,
    enrolments.last_place, enrolments.counted_to, enrolments.whole_weeks, enrolments.profile
FROM {enrolments} AS enrolments
JOIN {those}""",
    )


def part_overlaps(overlapping_enrolments: str) -> Step:
    """Of all schools: they are few."""
    return Step(
        "part_overlaps",
        "Enrolments and the weeks that another one of the pupil reaches into",
        f"SELECT urn, pupil, weeks\nFROM {overlapping_enrolments}",
        StepKind.VIEW,
    )


def ordinary_weeks() -> Step:
    """A bit for each week; about two in three rows of the store are counted by it.

    They are read by themselves: the others are written down, and these never are. `further` is
    null in the main batch; what other batches brought is few rows.
    """
    return Step(
        "ordinary_weeks",
        "Enrolments and the weeks in which they were present whenever their school was open",
        f"""SELECT weeks.urn, weeks.pupil, {_FURTHER} AS further, BIT_OR(schools.bit) AS weeks
FROM weeks
JOIN part_school_weeks AS schools ON schools.urn = weeks.urn AND schools.week = weeks.week
WHERE weeks.marks = {ORDINARY} AND (weeks.received <> schools.main OR schools.present <> 0)
GROUP BY weeks.urn, weeks.pupil, {_FURTHER}""",
    )


_FURTHER = "CASE WHEN weeks.received <> schools.main THEN weeks.received END"


def part_weeks() -> Step:
    """`further` is null in the main batch.

    That an ordinary week has no lanes says the same; said by itself it is passed over in reading.
    """
    return Step(
        "part_weeks",
        "Weeks of marks that are written out, with days that count",
        f"""SELECT weeks.urn, weeks.pupil, schools.number, schools.area,
    weeks.marks & schools.lanes AS marks,
    {_FURTHER} AS further
FROM weeks
JOIN part_school_weeks AS schools ON schools.urn = weeks.urn AND schools.week = weeks.week
WHERE weeks.marks <> {ORDINARY} AND (weeks.marks & schools.lanes) <> 0""",
    )


def further_weeks() -> Step:
    """Corrections, mostly: few rows of many weeks. The list of a batch says what is ordinary."""
    return Step(
        "further_weeks",
        "Weeks of enrolments from other batches than the one that brought most of the week",
        """SELECT urn, pupil, number, further AS received, marks
FROM part_weeks
WHERE further IS NOT NULL
UNION ALL
SELECT urn, pupil, number, received, marks
FROM (
    SELECT weeks.urn, weeks.pupil, schools.number, batches.received,
        batches.present & schools.lanes AS marks
    FROM ordinary_weeks AS weeks
    JOIN part_school_weeks AS schools ON schools.urn = weeks.urn
    JOIN batch_weeks AS batches ON batches.urn = weeks.urn AND batches.number = schools.number
        AND batches.received = weeks.further
    WHERE weeks.further IS NOT NULL AND (weeks.weeks & schools.bit) <> 0
) AS ordinary
WHERE marks <> 0""",
    )


def touched_weeks() -> Step:
    """Few of the main batch's rows, written out or a bit."""
    return Step(
        "touched_weeks",
        "The same weeks of these enrolments as the main batch brought them",
        """WITH touched AS (
    SELECT DISTINCT urn, pupil, number FROM further_weeks
)
SELECT weeks.urn, weeks.pupil, weeks.number, weeks.marks
FROM part_weeks AS weeks
JOIN touched
    ON touched.urn = weeks.urn AND touched.pupil = weeks.pupil AND touched.number = weeks.number
WHERE weeks.further IS NULL
UNION ALL
SELECT touched.urn, touched.pupil, touched.number, schools.present AS marks
FROM touched
JOIN part_school_weeks AS schools
    ON schools.urn = touched.urn AND schools.number = touched.number
JOIN ordinary_weeks AS weeks ON weeks.urn = touched.urn AND weeks.pupil = touched.pupil
WHERE weeks.further IS NULL AND (weeks.weeks & schools.bit) <> 0""",
    )


def joined_weeks() -> Step:
    """Of each day the latest row holds; `replaced` is how many rows it replaces."""
    marks = "\n        + ".join(
        f"COALESCE(ARG_MAX({day_in_place('marks', day)}, received) "
        f"FILTER (WHERE {has_day('marks', day)}), 0)"
        for day in EVERY_DAY
    )
    replaced = "\n        + ".join(
        f"GREATEST(COUNT(*) FILTER (WHERE {has_day('marks', day)}) - 1, 0)" for day in EVERY_DAY
    )
    return Step(
        "joined_weeks",
        "Weeks of enrolments that several batches brought, with the latest marks of each day",
        f"""WITH rows AS (
    SELECT urn, pupil, number, received, marks FROM further_weeks
    UNION ALL
    SELECT weeks.urn, weeks.pupil, weeks.number, schools.main AS received, weeks.marks
    FROM touched_weeks AS weeks
    JOIN part_school_weeks AS schools
        ON schools.urn = weeks.urn AND schools.number = weeks.number
), joined AS (
    SELECT urn, pupil, number,
        CAST({marks} AS BIGINT) AS marks,
        CAST({replaced} AS BIGINT) AS replaced
    FROM rows
    GROUP BY urn, pupil, number
)
SELECT joined.urn, joined.pupil, joined.number, schools.bit, schools.area,
    joined.marks, joined.replaced
FROM joined
JOIN part_school_weeks AS schools
    ON schools.urn = joined.urn AND schools.number = joined.number""",
    )


def enrolment_ordinary_weeks() -> Step:
    """`cut`: weeks of which only some days may count, or that must be told apart by day."""
    whole = "COALESCE(enrolments.whole_weeks & plain.weeks, ordinary.weeks)"
    return Step(
        "enrolment_ordinary_weeks",
        "Ordinary weeks that no other batch touched, and what becomes of their marks",
        f"""WITH touched AS (
    SELECT urn, pupil, BIT_OR(bit) AS weeks FROM joined_weeks GROUP BY urn, pupil
), ordinary AS (
    SELECT weeks.urn, weeks.pupil,
        {without("COALESCE(touched.weeks, 0)", "weeks.weeks")} AS weeks
    FROM ordinary_weeks AS weeks
    LEFT JOIN touched ON touched.urn = weeks.urn AND touched.pupil = weeks.pupil
    WHERE weeks.further IS NULL
)
SELECT ordinary.urn, ordinary.pupil,
    COALESCE(enrolments.fate, CAST({fate(Fate.NO_RECORD)} AS TINYINT)) AS fate,
    ordinary.weeks & {whole} AS weeks, {without(whole, "ordinary.weeks")} AS cut,
    enrolments.profile
FROM ordinary
LEFT JOIN part_enrolments AS enrolments
    ON enrolments.urn = ordinary.urn AND enrolments.pupil = ordinary.pupil
CROSS JOIN plain_weeks AS plain""",
    )


def other_weeks() -> Step:
    """All of them written out."""
    return Step(
        "other_weeks",
        "Weeks of enrolments that are not ordinary",
        """SELECT weeks.urn, weeks.pupil, weeks.number, weeks.area, weeks.marks
FROM part_weeks AS weeks
WHERE weeks.further IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM joined_weeks AS joined
        WHERE joined.urn = weeks.urn AND joined.pupil = weeks.pupil
            AND joined.number = weeks.number
    )
UNION ALL
SELECT urn, pupil, number, area, marks FROM joined_weeks
UNION ALL
SELECT cut.urn, cut.pupil, schools.number, schools.area, schools.present AS marks
FROM enrolment_ordinary_weeks AS cut
JOIN part_school_weeks AS schools ON schools.urn = cut.urn
WHERE cut.cut <> 0 AND (cut.cut & schools.bit) <> 0""",
        StepKind.VIEW,
    )


def judged_weeks() -> Step:
    """`marks` have the fate, `outside` another one: they lie before or after what counts."""
    first = lanes_before("enrolments.first_place", "weeks.number")
    last = lanes_before("enrolments.counted_to + 1", "weeks.number")
    inside = without(first, f"(weeks.marks & {last})")
    return Step(
        "judged_weeks",
        "Other weeks and what becomes of their marks",
        f"""WITH judged AS (
    SELECT weeks.urn, weeks.area, weeks.pupil, weeks.number, weeks.marks AS stored,
        COALESCE(enrolments.fate, CAST({fate(Fate.NO_RECORD)} AS TINYINT)) AS fate,
        CASE WHEN (enrolments.whole_weeks >> CAST(weeks.number AS INTEGER)) & 1 = 0 THEN {inside}
            ELSE weeks.marks END AS marks, enrolments.profile
    FROM other_weeks AS weeks
    LEFT JOIN part_enrolments AS enrolments
        ON enrolments.urn = weeks.urn AND enrolments.pupil = weeks.pupil
)
SELECT urn, area, pupil, number, fate, profile, marks, stored - marks AS outside
FROM judged""",
    )

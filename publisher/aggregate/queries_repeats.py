"""Pupils with several enrolments: where they would be counted twice. Every function returns a step.

In a week, enrolments of a pupil can only both have a session if their dates overlap, which few do;
for long periods it is enough to know in which spans an enrolment has a session at all.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step
from publisher.aggregate.gathered import gathered
from publisher.aggregate.lanes import EVERY_DAY, has_session
from publisher.aggregate.queries_pupils import bits_before, fate
from publisher.aggregate.spans import SPAN_BITS, SPANS
from publisher.model.accounting import Fate
from publisher.model.time import PeriodKind
from publisher.reference.register_weeks import WEEKDAYS

_COUNTED = fate(Fate.COUNTED)
_SHORT = ", ".join(f"'{each.value}'" for each in (PeriodKind.DAY, PeriodKind.WEEK))
IS_SHORT = f"parts.kind IN ({_SHORT})"
"""That a row of `parts` is of a day or a week."""


def repeated_pupils() -> Step:
    """Of all others there are as many pupils as enrolments.

    Nearly all have one: sorting them takes half as long as counting those of each.
    """
    return Step(
        "repeated_pupils",
        "Pupils with several enrolments of published age",
        f"""SELECT pupil
FROM (
    SELECT pupil, ROW_NUMBER() OVER (PARTITION BY pupil ORDER BY urn) AS place
    FROM enrolments
    WHERE fate = {_COUNTED}
) AS places
WHERE place = 2""",
    )


def several_enrolments() -> Step:
    """So few that all who ask about them read them often."""
    return Step(
        "several_enrolments",
        "Enrolments of pupils with several",
        """SELECT enrolments.*
FROM enrolments
JOIN repeated_pupils ON repeated_pupils.pupil = enrolments.pupil""",
    )


def enrolments_of_a_pupil() -> Step:
    """So many enrolments stand for at least one pupil."""
    return Step(
        "enrolments_of_a_pupil",
        "Most enrolments that one pupil has",
        f"""SELECT COALESCE(MAX(enrolments), 1) AS most
FROM (
    SELECT COUNT(*) AS enrolments
    FROM several_enrolments
    WHERE fate = {_COUNTED}
    GROUP BY pupil
) AS pupils""",
    )


def overlapping_enrolments() -> Step:
    """Who changes schools has two enrolments, and at most a week of both."""
    return Step(
        "overlapping_enrolments",
        "Enrolments of pupils who have another one, and the weeks that both reach into",
        overlaps("SELECT * FROM several_enrolments"),
    )


def overlaps(enrolments: str) -> str:
    """`urn`, `pupil`, `weeks`: a bit for each week that another enrolment reaches into as well.

    `enrolments`: a SELECT of all the enrolments of some pupils.
    """
    first = "GREATEST(one.first_week, other.first_week)"
    last = "LEAST(one.last_week, other.last_week)"
    return f"""WITH reaches AS (
    SELECT urn, pupil, first_place // {WEEKDAYS} AS first_week,
        counted_to // {WEEKDAYS} AS last_week
    FROM (
{enrolments}
    ) AS enrolments
    WHERE fate = {_COUNTED} AND first_place <= counted_to
)
SELECT one.urn, one.pupil, BIT_OR({bits_before(f"{last} + 1")} - {bits_before(first)}) AS weeks
FROM reaches AS one
JOIN reaches AS other ON other.pupil = one.pupil AND other.urn <> one.urn
WHERE {first} <= {last}
GROUP BY one.urn, one.pupil"""


def repeated_days() -> Step:
    """`days` has a bit for each weekday with a session."""
    return gathered(
        "repeated_days",
        "Days with a possible session of enrolments in weeks that the pupil's others reach into",
        f"""SELECT weeks.urn, weeks.pupil, weeks.number,
    CAST({_day_bits("weeks.marks")} AS SMALLINT) AS days, 1 AS weeks
FROM judged_weeks AS weeks
JOIN part_overlaps AS others
    ON others.urn = weeks.urn AND others.pupil = weeks.pupil
WHERE weeks.fate = {_COUNTED} AND (others.weeks >> CAST(weeks.number AS INTEGER)) & 1 = 1
UNION ALL
SELECT weeks.urn, weeks.pupil, schools.number,
    CAST({_day_bits("schools.present")} AS SMALLINT) AS days, 1 AS weeks
FROM enrolment_ordinary_weeks AS weeks
JOIN part_overlaps AS others
    ON others.urn = weeks.urn AND others.pupil = weeks.pupil
JOIN part_school_weeks AS schools ON schools.urn = weeks.urn
WHERE weeks.fate = {_COUNTED} AND (weeks.weeks & others.weeks & schools.bit) <> 0""",
        keys=("urn", "pupil", "number", "days"),
        sums=("weeks",),
    )


def _day_bits(marks: str) -> str:
    """A bit for each weekday with a possible session."""
    return " + ".join(
        f"CASE WHEN {has_session(marks, day)} THEN {1 << day} ELSE 0 END" for day in EVERY_DAY
    )


def repeated_spans() -> Step:
    """`spans` has a bit for each span with a session; made from whole sums of enrolments."""
    bits = " + ".join(
        f"CASE WHEN (sums.possible >> {SPAN_BITS * span}) & {(1 << SPAN_BITS) - 1} > 0 "
        f"THEN {1 << span} ELSE 0 END"
        for span in range(SPANS)
    )
    return gathered(
        "repeated_spans",
        "Spans with a possible session of enrolments of pupils who have several",
        f"""SELECT sums.urn, sums.pupil, CAST({bits} AS SMALLINT) AS spans, 1 AS enrolments
FROM enrolment_spans AS sums
JOIN repeated_pupils ON repeated_pupils.pupil = sums.pupil""",
        keys=("urn", "pupil", "spans"),
        sums=("enrolments",),
    )


def row_repeats() -> Step:
    """A pupil with two enrolments is one pupil."""
    return Step(
        "row_repeats",
        "Enrolments in these rows beyond the first of a pupil",
        f"""SELECT position, COUNT(*) - COUNT(DISTINCT pupil) AS repeats
FROM (
    SELECT DISTINCT parts.position, days.urn, days.pupil
    FROM unproven_parts AS parts
    JOIN period_days AS included
        ON included.period = parts.period AND included.reach = parts.reach
    JOIN week_days ON week_days.date = included.date
    JOIN published_schools AS schools
        ON schools.authority = parts.authority AND schools.phase = parts.phase
    JOIN repeated_days AS days ON days.urn = schools.urn AND days.number = week_days.number
    WHERE {IS_SHORT} AND {ON_DAY}
    UNION ALL
    SELECT DISTINCT parts.position, spans.urn, spans.pupil
    FROM unproven_parts AS parts
    JOIN period_spans AS included
        ON included.period = parts.period AND included.reach = parts.reach
    JOIN published_schools AS schools
        ON schools.authority = parts.authority AND schools.phase = parts.phase
    JOIN repeated_spans AS spans ON spans.urn = schools.urn
    WHERE NOT {IS_SHORT} AND {IN_SPAN}
) AS enrolments
GROUP BY position""",
    )


ON_DAY = "(days.days >> CAST(week_days.weekday AS INTEGER)) & 1 = 1"
"""That an enrolment of `repeated_days AS days` has a possible session on a day of `week_days`."""
IN_SPAN = "(spans.spans >> CAST(included.span AS INTEGER)) & 1 = 1"
"""That one of `repeated_spans AS spans` has a possible session in a span of `included`."""

"""What is kept of a part of the schools: sums, so that parts can be counted one after the other.

Every function returns one step. Tables whose rows are gathered are added up by who reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.gathered import gathered
from publisher.aggregate.groups import NumberedGroup
from publisher.aggregate.lanes import (
    EVERY_DAY,
    day_in_place,
    day_lane,
    half_lane,
    halves_among,
    halves_of_day,
    has_day,
    lanes_before,
    without,
)
from publisher.aggregate.packed import unpacked
from publisher.aggregate.queries_account import fate_days, marks_without_record
from publisher.aggregate.queries_enrolments import (
    ALL_PUPILS,
    EARLY,
    LATE,
    ORDINARY_COUNTS,
    enrolment_weeks,
    ordinary_possible,
    week_kinds,
)
from publisher.aggregate.queries_leaves import leaf_steps
from publisher.aggregate.queries_ordinary import (
    fate_ordinary,
    ordinary_counts,
    ordinary_enrolments,
    ordinary_profiles,
)
from publisher.aggregate.queries_pupils import fate
from publisher.aggregate.queries_repeats import repeated_days
from publisher.model.accounting import Fate
from publisher.reference.codes import possible_codes
from publisher.reference.register_weeks import halves_of, ordinary_lane, shifted

_COUNTED = fate(Fate.COUNTED)


def fate_marks() -> Step:
    """Few kinds of week stand for all: their days are looked at once, at the end."""
    before = f"(outside & {lanes_before('first_place', 'number')})"
    in_time = without(before, "outside")
    year_11 = f"({in_time} & {lanes_before('last_place + 1', 'number')})"
    late = without(year_11, in_time)
    return Step(
        "fate_marks",
        "Kinds of other weeks by what becomes of their marks",
        f"""WITH cut AS (
    SELECT weeks.number, weeks.outside, enrolments.first_place, enrolments.last_place
    FROM judged_weeks AS weeks
    JOIN part_enrolments AS enrolments
        ON enrolments.urn = weeks.urn AND enrolments.pupil = weeks.pupil
    WHERE weeks.outside <> 0
), pieces AS (
    SELECT {fate(Fate.BEFORE_ADMISSION)} AS fate, {before} AS marks FROM cut
    UNION ALL SELECT {fate(Fate.AFTER_LEAVING)}, {late} FROM cut
    UNION ALL SELECT {fate(Fate.YEAR_11)}, {year_11} FROM cut
)
SELECT fate, marks, COUNT(*) AS weeks
FROM judged_weeks
WHERE marks <> 0
GROUP BY fate, marks
UNION ALL
SELECT CAST(fate AS TINYINT) AS fate, marks, COUNT(*) AS weeks
FROM pieces
WHERE marks <> 0
GROUP BY fate, marks""",
    )


def replaced_marks() -> Step:
    """Rows of other batches that a later one brought again."""
    return gathered(
        "replaced_marks",
        "Rows of marks that later batches replace",
        f"SELECT {fate(Fate.REPLACED)} AS fate, CAST(COALESCE(SUM(replaced), 0) AS BIGINT) "
        "AS entries\nFROM joined_weeks",
        keys=("fate",),
        sums=("entries",),
    )


def present_days() -> Step:
    """Most days of other weeks are days like any other: they are counted, not sorted."""
    columns = ",\n    ".join(
        f"COUNT(CASE WHEN {day_in_place('marks', day)} = {shifted(ordinary_lane(), day)} "
        f"THEN 1 END) AS present{day}"
        for day in EVERY_DAY
    )
    return Step(
        "present_days",
        "Enrolments that were present all day in other weeks, by authority and phase and weekday",
        f"""SELECT area, number,
    {columns}
FROM judged_weeks
WHERE fate = {_COUNTED}
GROUP BY area, number""",
    )


def area_day_lanes() -> Step:
    """Days of other weeks, one by one, and of ordinary weeks by school; keys may be several.

    Lanes are told apart where they stand in the week, and moved when there are few.
    """
    others = [
        f"SELECT area, number, {day} AS weekday, {day_lane('marks', day)} AS lane, enrolments\n"
        f"FROM (\n    SELECT area, number, {day_in_place('marks', day)} AS marks, "
        f"COUNT(*) AS enrolments\n    FROM judged_weeks\n    WHERE fate = {_COUNTED} "
        f"AND {has_day('marks', day)} "
        f"AND {day_in_place('marks', day)} <> {shifted(ordinary_lane(), day)}\n"
        f"    GROUP BY area, number, {day_in_place('marks', day)}\n) AS days"
        for day in EVERY_DAY
    ]
    present = [
        f"SELECT area, number, {day}, {ordinary_lane()}, present{day}\n"
        f"FROM present_days WHERE present{day} > 0"
        for day in EVERY_DAY
    ]
    ordinary = [
        f"SELECT schools.area, schools.number, {day}, {day_lane('schools.present', day)}, "
        f"counts.enrolments\n{ORDINARY_COUNTS}\n"
        f"WHERE counts.leaf = {ALL_PUPILS} AND {has_day('schools.present', day)}"
        for day in EVERY_DAY
    ]
    return Step(
        "area_day_lanes",
        "Enrolments by their two marks of a day, by authority and phase",
        "\nUNION ALL\n".join((*others, *present, *ordinary)),
    )


def area_day_marks() -> Step:
    """A lane is looked into once for all enrolments that have it."""
    halves = "\nUNION ALL\n".join(
        f"SELECT area, number, weekday, {half_lane('lane', half)} AS stored, enrolments\n"
        "FROM area_day_lanes"
        for half in halves_of_day(0)
    )
    return gathered(
        "area_day_marks",
        "Sessions by their mark as it is stored, by authority and phase and day",
        f"""SELECT area, number, weekday, CAST(stored AS SMALLINT) AS stored,
    CAST(SUM(enrolments) AS BIGINT) AS sessions
FROM (
{halves}
) AS halves
GROUP BY area, number, weekday, stored""",
        keys=("area", "number", "weekday", "stored"),
        sums=("sessions",),
        several=True,
    )


def school_week_days() -> Step:
    """`possible` and `enrolments` of each weekday, side by side."""
    possible = halves_of(possible_codes())
    packs = ("possible_early", "possible_late", "open_early", "open_late")
    sums = ", ".join(f"CAST(SUM({each}) AS BIGINT) AS {each}" for each in packs)
    day_sums = ",\n    ".join(
        f"{unpacked(f'possible_{half}', place)} AS possible{day}, "
        f"{unpacked(f'open_{half}', place)} AS enrolments{day}"
        for half, days in (("early", EARLY), ("late", LATE))
        for place, day in enumerate(days)
    )
    ordinary = ", ".join(
        f"counts.enrolments * {halves_among(possible, 'schools.present', halves_of_day(day))}, "
        f"CASE WHEN {has_day('schools.present', day)} THEN counts.enrolments ELSE 0 END"
        for day in EVERY_DAY
    )
    return Step(
        "school_week_days",
        "Possible sessions and enrolments that have one, by school and weekday",
        f"""SELECT urn, number,
    {day_sums}
FROM (
    SELECT weeks.urn, weeks.number, {sums}
    FROM judged_weeks AS weeks
    JOIN week_kinds AS kinds ON kinds.marks = weeks.marks
    WHERE weeks.fate = {_COUNTED}
    GROUP BY weeks.urn, weeks.number
) AS sums
UNION ALL
SELECT counts.urn, counts.number, {ordinary}
{ORDINARY_COUNTS}
WHERE counts.leaf = {ALL_PUPILS}""",
    )


def register_days() -> Step:
    """A school submits on a day when an enrolment has a possible session (method, section 3)."""
    parts = "\nUNION ALL\n".join(
        f"SELECT urn, number, {day} AS weekday, possible{day} AS possible, "
        f"enrolments{day} AS enrolments\nFROM school_week_days WHERE enrolments{day} > 0"
        for day in EVERY_DAY
    )
    return gathered(
        "register_days",
        "Possible sessions and enrolments that have one, by school and day",
        f"""SELECT days.urn, week_days.date, CAST(SUM(days.enrolments) AS BIGINT) AS enrolments,
    CAST(SUM(days.possible) AS BIGINT) AS possible
FROM (
{parts}
) AS days
JOIN week_days ON week_days.number = days.number AND week_days.weekday = days.weekday
GROUP BY days.urn, week_days.date""",
        keys=("urn", "date"),
        sums=("enrolments", "possible"),
        kind=StepKind.FILED,
    )


def part_steps(
    weeks: int, groups: Sequence[NumberedGroup], common: int = 0, *, again: bool = False
) -> tuple[Step, ...]:
    """The steps that sum the weeks of a part of the schools, in order.

    Args:
        weeks: how many the release has, from the first of the series.
        groups: the groups of pupils that are shown.
        common: the week from which on most of what is summed lies.
        again: whether what changed is summed.
    """
    return (
        ordinary_profiles(weeks, groups, common),
        ordinary_counts(weeks, groups, common),
        ordinary_enrolments(weeks),
        fate_marks(),
        fate_days(),
        marks_without_record(),
        replaced_marks(),
        fate_ordinary(),
        present_days(),
        area_day_lanes(),
        area_day_marks(),
        week_kinds(),
        school_week_days(),
        register_days(),
        repeated_days(),
        enrolment_weeks(),
        *leaf_steps(groups, again=again),
        ordinary_possible(),
    )

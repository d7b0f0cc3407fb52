"""What is kept of a part of the schools: sums, so that parts can be counted one after the other.

Every function returns one step. Tables whose rows are gathered are added up by who reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step
from publisher.aggregate.gathered import gathered
from publisher.aggregate.groups import NumberedGroup
from publisher.aggregate.lanes import (
    EVERY_DAY,
    day_lane,
    days_with_row,
    half_lane,
    halves_among,
    halves_of_day,
    has_day,
    lanes_before,
    without,
)
from publisher.aggregate.queries_account import fate_days
from publisher.aggregate.queries_enrolments import (
    ALL_PUPILS,
    ORDINARY_COUNTS,
    enrolment_weeks,
    ordinary_possible,
    week_kinds,
)
from publisher.aggregate.queries_leaves import leaf_steps
from publisher.aggregate.queries_pupils import fate
from publisher.aggregate.queries_repeats import repeated_days
from publisher.model.accounting import Fate
from publisher.reference.codes import possible_codes
from publisher.reference.register_weeks import halves_of

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
    SELECT fate, marks FROM judged_weeks
    UNION ALL SELECT {fate(Fate.BEFORE_ADMISSION)}, {before} FROM cut
    UNION ALL SELECT {fate(Fate.AFTER_LEAVING)}, {late} FROM cut
    UNION ALL SELECT {fate(Fate.YEAR_11)}, {year_11} FROM cut
)
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


def ordinary_counts(weeks: int, groups: Sequence[NumberedGroup], common: int = 0) -> Step:
    """One column for each week: no row is made for a week of an enrolment.

    `leaf`: of the groups, `ALL_PUPILS`, or of who is not counted, the fate below zero. Most
    enrolments have ordinary weeks from the week `common` on only: the others cost more, so they
    are summed by themselves.
    """
    everyone = f"CASE WHEN fate = {_COUNTED} THEN {ALL_PUPILS} ELSE -1 - fate END"
    leaves = [(everyone, ""), *((each.column, f"fate = {_COUNTED} AND ") for each in groups)]
    earlier = f"(weeks & {(1 << common) - 1})"
    selections = [(f"{earlier} = 0 AND weeks <> 0", common)]
    if common:
        selections.append((f"{earlier} <> 0", 0))
    parts = [
        f"SELECT urn, CAST({leaf} AS SMALLINT) AS leaf, {_sums_of_weeks(first, weeks)}\n"
        f"FROM enrolment_ordinary_weeks WHERE {condition}{which} GROUP BY urn, {leaf}"
        for leaf, condition in leaves
        for which, first in selections
    ]
    return Step(
        "ordinary_counts",
        "Enrolments with an ordinary week, by school and group of pupils, a column for each week",
        "\nUNION ALL\n".join(parts),
    )


def _sums_of_weeks(first: int, weeks: int) -> str:
    return ", ".join(
        f"CAST({f'SUM((weeks >> {n}) & 1)' if n >= first else '0'} AS INTEGER) AS w{n}"
        for n in range(weeks)
    )


def ordinary_enrolments(weeks: int) -> Step:
    """The columns as rows."""
    return Step(
        "ordinary_enrolments",
        "Enrolments with an ordinary week, by school, group of pupils and week",
        "\nUNION ALL\n".join(
            f"SELECT urn, leaf, CAST({n} AS SMALLINT) AS number, w{n} AS enrolments "
            f"FROM ordinary_counts WHERE w{n} > 0"
            for n in range(weeks)
        ),
    )


def fate_ordinary() -> Step:
    """Ordinary weeks have register codes only."""
    days = days_with_row("schools.present")
    return gathered(
        "fate_ordinary",
        "Rows of marks of ordinary weeks by what becomes of them",
        f"""SELECT
    CASE WHEN counts.leaf = {ALL_PUPILS} THEN {_COUNTED} ELSE -1 - counts.leaf END AS fate,
    CAST(SUM(counts.enrolments * ({days})) AS BIGINT) AS entries
{ORDINARY_COUNTS}
WHERE counts.leaf < 0
GROUP BY counts.leaf""",
        keys=("fate",),
        sums=("entries",),
    )


def area_day_lanes() -> Step:
    """Days of other weeks, one by one, and of ordinary weeks by school."""
    others = "\nUNION ALL\n".join(
        f"SELECT area, number, {day} AS weekday, {day_lane('marks', day)} AS lane, "
        f"1 AS enrolments\nFROM judged_weeks WHERE fate = {_COUNTED} AND {has_day('marks', day)}"
        for day in EVERY_DAY
    )
    ordinary = "\nUNION ALL\n".join(
        f"SELECT schools.area, schools.number, {day}, {day_lane('schools.present', day)}, "
        f"counts.enrolments\n{ORDINARY_COUNTS}\n"
        f"WHERE counts.leaf = {ALL_PUPILS} AND {has_day('schools.present', day)}"
        for day in EVERY_DAY
    )
    return Step(
        "area_day_lanes",
        "Enrolments by their two marks of a day, by authority and phase",
        f"""SELECT area, number, weekday, lane, CAST(SUM(enrolments) AS BIGINT) AS enrolments
FROM (
{others}
UNION ALL
{ordinary}
) AS days
GROUP BY area, number, weekday, lane""",
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
    sessions = {day: halves_among(possible, "marks", halves_of_day(day)) for day in EVERY_DAY}
    day_sums = ",\n    ".join(
        f"CAST(SUM({each}) AS BIGINT) AS possible{day}, "
        f"CAST(SUM(CASE WHEN {each} > 0 THEN 1 ELSE 0 END) AS BIGINT) AS enrolments{day}"
        for day, each in sessions.items()
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
FROM judged_weeks
WHERE fate = {_COUNTED}
GROUP BY urn, number
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
        ordinary_counts(weeks, groups, common),
        ordinary_enrolments(weeks),
        fate_marks(),
        fate_days(),
        replaced_marks(),
        fate_ordinary(),
        area_day_lanes(),
        area_day_marks(),
        school_week_days(),
        register_days(),
        repeated_days(),
        week_kinds(),
        enrolment_weeks(groups),
        *leaf_steps(groups, again=again),
        ordinary_possible(),
    )

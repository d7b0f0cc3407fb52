"""From enrolments to groups of pupils: the counts of each row's breakdowns.

Sources: method, sections 3, 5 and 9. An enrolment has one leaf in each group of topics; leaves
are summed by school first, and by area and item only then. Every function returns one step.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step
from publisher.aggregate.queries_enrolments import ALL_PUPILS
from publisher.aggregate.queries_leaves import SUMMED
from publisher.aggregate.queries_rows import ABSENTEES, absentee_key, sums_of
from publisher.model.definitions import AbsenteeMeasure


def group_steps(absentees: Sequence[AbsenteeMeasure]) -> tuple[Step, ...]:
    """The steps from enrolments to the counts of each row and item, in order."""
    of_absentees = (leaf_absentees(absentees), item_absentees(absentees))
    return (
        authority_items(),
        row_item_slices(),
        row_items(),
        *(of_absentees if absentees else ()),
    )


def authority_items() -> Step:
    """An item is the sum of its leaves."""
    return Step(
        "authority_items",
        "Sessions, days and enrolments of groups of pupils, by authority, phase and group of days",
        f"""SELECT leaves.area, leaves.slice, members.item,
    {sums_of("leaves", SUMMED)}
FROM area_leaves AS leaves
JOIN item_members AS members ON members.leaf = leaves.leaf
GROUP BY leaves.area, leaves.slice, members.item
HAVING SUM(leaves.enrolments) <> 0""",
    )


def row_item_slices() -> Step:
    """Areas and phases first, periods then: most periods share their groups of days.

    The rows of a place with one area are those of the area: nothing needs adding up for them.
    """
    joined = """FROM authority_items AS items
JOIN row_members AS members ON members.area = items.area"""
    key = "members.place, members.reach, items.slice, items.item"
    return Step(
        "row_item_slices",
        "Sessions, days and enrolments of groups of pupils, by area, phase and group of days",
        f"""WITH several AS (
    SELECT place FROM row_members GROUP BY place HAVING COUNT(*) > 1
)
SELECT {key},
    {sums_of("items", SUMMED)}
{joined}
WHERE members.place IN (SELECT place FROM several)
GROUP BY {key}
UNION ALL
SELECT {key}, {_of("items", SUMMED)}
{joined}
WHERE members.place NOT IN (SELECT place FROM several)""",
    )


def row_items() -> Step:
    """`most_enrolments`: so many enrolments at least, for so many have a session in one slice.

    Most periods are weeks, of one slice: nothing needs adding up for them.
    """
    summed = [each for each in SUMMED if each != "enrolments"]
    joined = """FROM row_item_slices AS items
    JOIN period_slices AS included
        ON included.slice = items.slice AND included.reach = items.reach"""
    key = "included.member, items.place, items.item"
    return Step(
        "row_items",
        "Sessions and days of groups of pupils, and their most enrolments, by row",
        f"""WITH several AS (
    SELECT member FROM period_slices GROUP BY member HAVING COUNT(*) > 1
)
SELECT rows.position, items.*
FROM (
    SELECT {key},
        {sums_of("items", summed)},
        MAX(items.enrolments) AS most_enrolments
    {joined}
    WHERE included.member IN (SELECT member FROM several)
    GROUP BY {key}
    UNION ALL
    SELECT {key}, {_of("items", summed)},
        items.enrolments AS most_enrolments
    {joined}
    WHERE included.member NOT IN (SELECT member FROM several)
) AS items
JOIN open_rows AS rows ON rows.member = items.member AND rows.place = items.place""",
    )


def _of(table: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{table}.{each}" for each in columns)


def leaf_absentees(measures: Sequence[AbsenteeMeasure]) -> Step:
    """What an enrolment missed is a share of its own possible sessions, whatever its group."""
    return Step(
        "leaf_absentees",
        "Enrolments of groups of pupils by how much they missed, by authority, phase and period",
        f"""SELECT {absentee_key()}, counts.leaf,
    {sums_of("counts", [each.name for each in measures])}
{ABSENTEES}
WHERE counts.leaf <> {ALL_PUPILS}
GROUP BY {absentee_key()}, counts.leaf""",
    )


def item_absentees(measures: Sequence[AbsenteeMeasure]) -> Step:
    """An item is the sum of its leaves, a row that of its authorities and phases."""
    return Step(
        "item_absentees",
        "Enrolments of groups of pupils by how much they missed, by row",
        f"""SELECT rows.position, counts.*
FROM (
    SELECT counts.period, members.place, items.item,
        {sums_of("counts", [each.name for each in measures])}
    FROM leaf_absentees AS counts
    JOIN item_members AS items ON items.leaf = counts.leaf
    JOIN row_members AS members
        ON members.authority = counts.authority AND members.phase = counts.phase
        AND members.reach = counts.reach
    GROUP BY counts.period, members.place, items.item
) AS counts
JOIN open_rows AS rows ON rows.period = counts.period AND rows.place = counts.place""",
    )

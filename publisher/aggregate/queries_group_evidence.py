"""Who stands behind a group of pupils in a row: schools, holdings and pupils.

The words are those of `model.stages`; `enrolments` is the largest number of enrolments with a
possible session in a group of days. Every function returns one step.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.groups import NumberedGroup, numbered
from publisher.aggregate.queries_evidence import PUPILS_COUNTED_BELOW
from publisher.model.breakdowns import BreakdownGroup

GROUP_EVIDENCE = "group_evidence"
_PROVEN = (
    "GREATEST(counts.most_enrolments, "
    "(items.most_enrolments + pupils_of.most - 1) // pupils_of.most)"
)


def group_evidence_steps(groups: Sequence[BreakdownGroup]) -> tuple[Step, ...]:
    """The steps from groups of pupils to their evidence, in order."""
    return (
        school_item_periods(),
        item_holdings(),
        item_contributors(),
        unproven_items(),
        unproven_leaves(),
        unproven_enrolments(numbered(groups)),
        item_pupils(),
    )


def school_item_periods() -> Step:
    """The largest number of one leaf and group of days is a lower bound, and cheap."""
    return Step(
        "school_item_periods",
        "Possible sessions and most enrolments of each school's groups of pupils, by period",
        """SELECT included.period, included.reach, leaves.urn, members.item,
    CAST(SUM(leaves.possible) AS BIGINT) AS possible, MAX(leaves.enrolments) AS most_enrolments
FROM school_leaves AS leaves
JOIN period_slices AS included ON included.slice = leaves.slice
JOIN item_members AS members ON members.leaf = leaves.leaf
JOIN period_items
    ON period_items.period = included.period AND period_items.item = members.item
GROUP BY included.period, included.reach, leaves.urn, members.item""",
    )


def item_holdings() -> Step:
    """A trust may hold schools in several authorities and phases."""
    return Step(
        "item_holdings",
        "Schools and possible sessions of each holding in a group of pupils, by row",
        """SELECT parts.position, periods.item, schools.holding,
    COUNT(*) AS schools, CAST(SUM(periods.possible) AS BIGINT) AS possible,
    MAX(periods.most_enrolments) AS most_enrolments
FROM school_item_periods AS periods
JOIN published_schools AS schools ON schools.urn = periods.urn
JOIN open_parts AS parts ON parts.period = periods.period AND parts.reach = periods.reach
    AND parts.authority = schools.authority AND parts.phase = schools.phase
GROUP BY parts.position, periods.item, schools.holding""",
    )


def item_contributors() -> Step:
    """Of two equally large holdings either is the largest; the other is as large."""
    return Step(
        "item_contributors",
        "Schools and holdings of each group of pupils, by row",
        """SELECT position, item, CAST(SUM(schools) AS BIGINT) AS schools, COUNT(*) AS holdings,
    CAST(SUM(possible) AS BIGINT) AS possible, MAX(most_enrolments) AS most_enrolments,
    MAX(CASE WHEN place = 1 THEN possible ELSE 0 END) AS largest_holding,
    MAX(CASE WHEN place = 2 THEN possible ELSE 0 END) AS second_holding
FROM (
    SELECT position, item, schools, possible, most_enrolments, ROW_NUMBER() OVER (
        PARTITION BY position, item ORDER BY possible DESC, holding
    ) AS place
    FROM item_holdings
) AS ranked
GROUP BY position, item""",
    )


def unproven_items() -> Step:
    """Groups of pupils in a row that no bound shows to be large."""
    return Step(
        "unproven_items",
        f"Groups of pupils in a row that may have fewer than {PUPILS_COUNTED_BELOW} pupils",
        f"""SELECT counts.position, counts.item
FROM item_contributors AS counts
JOIN open_rows AS rows ON rows.position = counts.position
{_ITEM_JOIN}
CROSS JOIN enrolments_of_a_pupil AS pupils_of
WHERE {_PROVEN} < {PUPILS_COUNTED_BELOW}""",
    )


def unproven_leaves() -> Step:
    """Which enrolments need looking at."""
    return Step(
        "unproven_leaves",
        "Groups of pupils of schools and groups of days that these are made of",
        """SELECT DISTINCT unproven.position, unproven.item, leaves.urn, leaves.slice, leaves.leaf
FROM unproven_items AS unproven
JOIN open_parts AS parts ON parts.position = unproven.position
JOIN published_schools AS schools
    ON schools.authority = parts.authority AND schools.phase = parts.phase
JOIN period_slices AS included
    ON included.period = parts.period AND included.reach = parts.reach
JOIN item_members AS members ON members.item = unproven.item
JOIN school_leaves AS leaves ON leaves.urn = schools.urn AND leaves.slice = included.slice
    AND leaves.leaf = members.leaf""",
    )


def unproven_enrolments(groups: Sequence[NumberedGroup]) -> Step:
    """Reads the enrolments once more, of the few schools and groups of days in question."""
    parts = "\nUNION ALL\n".join(
        f"""SELECT weeks.urn, weeks.slice, weeks.pupil, needed.leaf
FROM (SELECT DISTINCT urn, slice, leaf FROM unproven_leaves) AS needed
JOIN enrolment_weeks AS weeks ON weeks.urn = needed.urn AND weeks.slice = needed.slice
JOIN enrolment_groups ON enrolment_groups.urn = weeks.urn
    AND enrolment_groups.pupil = weeks.pupil AND enrolment_groups.{each.column} = needed.leaf"""
        for each in groups
    )
    return Step("unproven_enrolments", "Pupils of these groups of pupils", parts)


def item_pupils() -> Step:
    """A pupil with two enrolments is one pupil."""
    return Step(
        "item_pupils",
        "Distinct pupils of these groups of pupils, by row",
        """SELECT needed.position, needed.item, COUNT(DISTINCT pupils.pupil) AS pupils
FROM unproven_leaves AS needed
JOIN unproven_enrolments AS pupils ON pupils.urn = needed.urn AND pupils.slice = needed.slice
    AND pupils.leaf = needed.leaf
GROUP BY needed.position, needed.item""",
    )


def group_evidence() -> Step:
    """A group that nobody belongs to has a row too: who has none must not be told by its absence.

    Of schools that share counts only nothing is known here; their rows show no groups of pupils.
    """
    counted = ("possible", "schools", "holdings", "largest_holding", "second_holding")
    names = {"possible": "possible_sessions"}
    columns = ",\n    ".join(
        f"COALESCE(counts.{each}, 0) AS {names.get(each, each)}" for each in counted
    )
    return Step(
        GROUP_EVIDENCE,
        "Schools, holdings and pupils behind each group of pupils of each row",
        f"""SELECT rows.location, rows.education_phase, rows.period, period_items.breakdown,
    {columns},
    COALESCE(GREATEST(COALESCE(pupils.pupils, 0), {_PROVEN}), 0) AS pupils,
    COALESCE(items.most_enrolments, 0) AS enrolments
FROM open_rows AS rows
JOIN period_items ON period_items.period = rows.period
LEFT JOIN item_contributors AS counts
    ON counts.position = rows.position AND counts.item = period_items.item
LEFT {_ITEM_JOIN}
LEFT JOIN item_pupils AS pupils
    ON pupils.position = rows.position AND pupils.item = period_items.item
CROSS JOIN enrolments_of_a_pupil AS pupils_of
ORDER BY rows.position, period_items.item""",
        StepKind.ANSWER,
    )


_ITEM_JOIN = (
    "JOIN row_items AS items ON items.period = rows.period AND items.location = rows.location "
    "AND items.education_phase = rows.education_phase AND items.item = counts.item"
)

"""Who stands behind a group of pupils in a row: schools, holdings and pupils.

The words are those of `model.stages`; `enrolments` is the largest number of enrolments with a
possible session in a group of days. Every function returns one step.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.groups import NumberedGroup, numbered
from publisher.aggregate.queries_evidence import PUPILS_COUNTED_BELOW
from publisher.aggregate.queries_group_holdings import (
    FURTHER_HOLDINGS,
    HOLDINGS_COUNTED_BELOW,
    bounded_items,
    few_holdings,
    holding_peaks,
    item_contributors,
    item_holdings,
    wanted_leaves,
    wanted_slices,
    wanted_spans,
)
from publisher.aggregate.queries_item_support import (
    changed_items_only,
    every_item,
    item_support,
    support_of_items,
)
from publisher.aggregate.queries_repeats import IN_SPAN, ON_DAY
from publisher.model.breakdowns import BreakdownGroup
from publisher.model.time import PeriodKind

GROUP_EVIDENCE = "group_evidence"
_PROVEN = "(items.most_enrolments + pupils_of.most - 1) // pupils_of.most"


def group_evidence_steps(
    groups: Sequence[BreakdownGroup], *, again: bool = False
) -> tuple[Step, ...]:
    """The steps from groups of pupils to evidence; `again`: from that of an earlier release."""
    return (
        holding_peaks(),
        bounded_items(),
        few_holdings(),
        *(changed_items_only() if again else every_item()),
        wanted_slices(),
        wanted_spans(),
        wanted_leaves(),
        item_holdings(),
        item_contributors(),
        item_support(again=again),
        support_of_items(),
        unproven_items(),
        unproven_leaves(),
        item_enrolments(),
        repeated_leaves(numbered(groups)),
        repeated_enrolments(),
        item_repeats(),
        item_pupils(),
    )


def unproven_items() -> Step:
    """Groups of pupils in a row that no bound shows to be large."""
    return Step(
        "unproven_items",
        f"Groups of pupils in a row that may have fewer than {PUPILS_COUNTED_BELOW} pupils",
        f"""SELECT items.position, items.item
FROM bounded_items AS items
CROSS JOIN enrolments_of_a_pupil AS pupils_of
WHERE {_PROVEN} < {PUPILS_COUNTED_BELOW}""",
    )


def unproven_leaves() -> Step:
    """What these groups of pupils are made of."""
    return Step(
        "unproven_leaves",
        "Authorities, phases and leaves of these groups of pupils, and their periods",
        """SELECT unproven.position, unproven.item, rows.kind, parts.period, parts.reach,
    areas.area, members.leaf
FROM unproven_items AS unproven
JOIN open_rows AS rows ON rows.position = unproven.position
JOIN open_parts AS parts ON parts.position = unproven.position
JOIN areas ON areas.authority = parts.authority AND areas.phase = parts.phase
JOIN item_members AS members ON members.item = unproven.item""",
    )


def item_enrolments() -> Step:
    """A week is one group of days, and so are the parts of a long period for this."""
    return Step(
        "item_enrolments",
        "Enrolments with a possible session of these groups of pupils",
        """SELECT position, item, CAST(SUM(enrolments) AS BIGINT) AS enrolments
FROM (
    SELECT parts.position, parts.item, leaves.enrolments
    FROM unproven_leaves AS parts
    JOIN period_slices AS included
        ON included.period = parts.period AND included.reach = parts.reach
    JOIN area_leaves AS leaves ON leaves.area = parts.area AND leaves.slice = included.slice
        AND leaves.leaf = parts.leaf
    WHERE parts.kind = 'week'
    UNION ALL
    SELECT parts.position, parts.item, counts.enrolments
    FROM unproven_leaves AS parts
    JOIN long_periods AS periods
        ON periods.period = parts.period AND periods.reach = parts.reach
    JOIN long_counts AS counts ON counts.area = parts.area AND counts.long = periods.long
        AND counts.leaf = parts.leaf
    WHERE parts.kind <> 'week'
) AS counted
GROUP BY position, item""",
    )


def repeated_leaves(groups: Sequence[NumberedGroup]) -> Step:
    """Most groups of pupils are large; only of the others anyone needs telling apart."""
    parts = "\nUNION ALL\n".join(
        f"""SELECT wanted.area, wanted.leaf, enrolments.urn, enrolments.pupil
FROM several_enrolments AS enrolments
JOIN published_schools AS schools ON schools.urn = enrolments.urn
JOIN wanted ON wanted.area = schools.area AND wanted.leaf = {each.leaf("enrolments.profile")}"""
        for each in groups
    )
    return Step(
        "repeated_leaves",
        "Enrolments of pupils with several in leaves that these groups of pupils are made of",
        f"""WITH wanted AS (SELECT DISTINCT area, leaf FROM unproven_leaves)
{parts}""",
    )


def repeated_enrolments() -> Step:
    """A row for each period and leaf."""
    return Step(
        "repeated_enrolments",
        "The same by the periods in which they have a possible session",
        f"""SELECT DISTINCT included.period, included.reach, repeated.area, repeated.leaf,
    repeated.urn, repeated.pupil
FROM repeated_leaves AS repeated
JOIN repeated_days AS days ON days.urn = repeated.urn AND days.pupil = repeated.pupil
JOIN week_days ON week_days.number = days.number
JOIN period_days AS included ON included.date = week_days.date
WHERE {ON_DAY} AND included.kind = '{PeriodKind.WEEK}'
UNION ALL
SELECT DISTINCT included.period, included.reach, repeated.area, repeated.leaf,
    repeated.urn, repeated.pupil
FROM repeated_leaves AS repeated
JOIN repeated_spans AS spans ON spans.urn = repeated.urn AND spans.pupil = repeated.pupil
JOIN period_spans AS included ON {IN_SPAN}""",
    )


def item_repeats() -> Step:
    """A pupil with two enrolments is one pupil."""
    return Step(
        "item_repeats",
        "Enrolments in these groups of pupils beyond the first of a pupil",
        """SELECT position, item, COUNT(*) - COUNT(DISTINCT pupil) AS repeats
FROM (
    SELECT parts.position, parts.item, repeated.urn, repeated.pupil
    FROM unproven_leaves AS parts
    JOIN repeated_enrolments AS repeated ON repeated.period = parts.period
        AND repeated.reach = parts.reach AND repeated.area = parts.area
        AND repeated.leaf = parts.leaf
) AS enrolments
GROUP BY position, item""",
    )


def item_pupils() -> Step:
    """Exact: of pupils who are enrolled once there are as many as enrolments."""
    return Step(
        "item_pupils",
        "Distinct pupils of these groups of pupils, by row",
        """SELECT counted.position, counted.item,
    counted.enrolments - COALESCE(repeated.repeats, 0) AS pupils
FROM item_enrolments AS counted
LEFT JOIN item_repeats AS repeated
    ON repeated.position = counted.position AND repeated.item = counted.item""",
    )


def group_evidence() -> Step:
    """A group that nobody belongs to has a row too: who has none must not be told by its absence.

    Of schools that share counts only nothing is known here; their rows show no groups of pupils.
    """
    bounds = {
        "schools": _HOLDINGS,
        "holdings": _HOLDINGS,
        "largest_holding": "items.largest_holding",
        "second_holding": "items.second_holding",
    }
    columns = ",\n    ".join(
        f"COALESCE(counts.{name}, {bound}, 0) AS {name}" for name, bound in bounds.items()
    )
    return Step(
        GROUP_EVIDENCE,
        "Schools, holdings and pupils behind each group of pupils of each row; where there are "
        f"{HOLDINGS_COUNTED_BELOW} holdings or more, and all but two have as much as the largest: "
        "that there are at least so many, and none larger than this",
        f"""SELECT rows.location, rows.education_phase, rows.period, period_items.breakdown,
    COALESCE(items.possible, 0) AS possible_sessions,
    {columns},
    COALESCE(GREATEST(COALESCE(pupils.pupils, 0), {_PROVEN}), 0) AS pupils,
    COALESCE(items.most_enrolments, 0) AS enrolments
FROM open_rows AS rows
JOIN period_items ON period_items.period = rows.period
LEFT JOIN bounded_items AS items
    ON items.position = rows.position AND items.item = period_items.item
LEFT JOIN item_support AS counts
    ON counts.position = rows.position AND counts.item = period_items.item
LEFT JOIN item_pupils AS pupils
    ON pupils.position = rows.position AND pupils.item = period_items.item
CROSS JOIN enrolments_of_a_pupil AS pupils_of
ORDER BY rows.position, period_items.item""",
        StepKind.ANSWER,
    )


_HOLDINGS = f"CASE WHEN items.possible > items.several_holding THEN {FURTHER_HOLDINGS} END"

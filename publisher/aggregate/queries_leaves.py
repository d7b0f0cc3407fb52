"""Sums of groups of pupils: by school and by area, from those of the enrolments of a part.

Every function returns one step. Where rows of a table may be several for the same keys, its readers
add them up, and pass over what adds up to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.gathered import KEPT, gathered
from publisher.aggregate.groups import NumberedGroup, summed_together
from publisher.aggregate.packed import unpacked
from publisher.aggregate.queries_enrolments import ALL_PUPILS, ORDINARY_COUNTS

SUMMED = ("possible", "authorised", "unauthorised", "enrolment_days", "enrolments")
_EVERY = ", ".join(f"CAST(SUM({each}) AS BIGINT) AS {each}" for each in SUMMED)


def leaf_steps(groups: Sequence[NumberedGroup], *, again: bool) -> tuple[Step, ...]:
    """The steps from weeks of enrolments to the leaves of a part of the schools, in order.

    `again`: also what changed in areas; where all is counted, areas are summed once, at the end.
    """
    of_areas = (changed_area_leaves(),) if again else ()
    return part_profiles(groups), part_leaves(groups), school_leaves(), *of_areas, school_spans()


_SUMS = "CAST(SUM(sessions) AS BIGINT) AS sessions, CAST(SUM(days) AS BIGINT) AS days"


def part_profiles(groups: Sequence[NumberedGroup]) -> Step:
    """Leaves that are told apart afterwards: so each row is looked at once for several groups."""
    profile = f"profile & {sum(each.mask for each in summed_together(groups))}"
    return Step(
        "part_profiles",
        "Sessions, days and enrolments of each school of this part in its other weeks, by groups "
        "of pupils with few leaves",
        f"SELECT urn, slice, {profile} AS profile, {_SUMS}\n"
        f"FROM enrolment_weeks\nGROUP BY urn, slice, {profile}",
    )


def part_leaves(groups: Sequence[NumberedGroup]) -> Step:
    """Numbers of enrolments are of single slices; over several a pupil may come and go.

    Each group is added up by itself: a table of all would not fit where memory is fast.
    """
    together = summed_together(groups)
    everyone = f"CAST({ALL_PUPILS} AS SMALLINT)"
    parts = [_leaves(everyone, "part_profiles", ALL_PUPILS, ALL_PUPILS)]
    for each in groups:
        others = "part_profiles" if each in together else "enrolment_weeks"
        parts.append(_leaves(each.leaf(), others, each.first_leaf, each.last_leaf))
    return Step(
        "part_leaves",
        "Sessions, days and enrolments of each school of this part and its groups of pupils, by "
        "group of days",
        "\nUNION ALL\n".join(parts),
    )


def _leaves(leaf: str, others: str, first: int, last: int) -> str:
    """Sums of the leaves from `first` to `last`: of ordinary weeks, and of `others` by `leaf`."""
    sums = [unpacked("sessions", n) for n in range(3)] + [unpacked("days", n) for n in range(2)]
    columns = ", ".join(
        f"CAST({sql} AS INTEGER) AS {name}" for sql, name in zip(sums, SUMMED, strict=True)
    )
    return f"""SELECT urn, slice, leaf, {columns}
FROM (
    SELECT urn, slice, leaf, {_SUMS}
    FROM (
        SELECT urn, slice, {leaf} AS leaf, sessions, days FROM {others}
        UNION ALL
        SELECT counts.urn, slices.slice, counts.leaf,
            counts.enrolments * schools.sessions AS sessions,
            counts.enrolments * schools.days AS days
        {ORDINARY_COUNTS}
        JOIN week_slices AS slices ON slices.number = counts.number
        WHERE counts.leaf BETWEEN {first} AND {last}
    ) AS rows
    GROUP BY urn, slice, leaf
) AS sums"""


def school_leaves() -> Step:
    """By far the largest of the sums: what is known of a school changes little by little."""
    return gathered(
        "school_leaves",
        "Sessions, days and enrolments of each school and its groups of pupils, by group of days",
        f"SELECT urn, slice, leaf, {', '.join(SUMMED)}\nFROM part_leaves",
        keys=("urn", "slice", "leaf"),
        sums=SUMMED,
        several=True,
        kind=StepKind.FILED,
    )


def area_leaves() -> Step:
    """Small enough to be looked up fast."""
    return Step(
        "area_leaves",
        _OF_AREAS,
        f"""SELECT schools.area, leaves.slice, leaves.leaf, {_EVERY}
FROM school_leaves AS leaves
JOIN published_schools AS schools ON schools.urn = leaves.urn
GROUP BY schools.area, leaves.slice, leaves.leaf""",
    )


def changed_area_leaves() -> Step:
    """A school may have come from another area: what it counted then is taken from that one."""
    return gathered(
        "area_leaves",
        _OF_AREAS,
        f"""SELECT schools.area, leaves.slice, leaves.leaf, {_EVERY}
FROM part_leaves AS leaves
JOIN (SELECT DISTINCT urn, area FROM part_school_weeks) AS schools ON schools.urn = leaves.urn
GROUP BY schools.area, leaves.slice, leaves.leaf""",
        keys=("area", "slice", "leaf"),
        sums=SUMMED,
        several=True,
    )


_OF_AREAS = "Sessions, days and enrolments of the leaves of pupils, by area and group of days"


def school_spans() -> Step:
    """Long periods are made of few spans, and of many groups of days."""
    return gathered(
        "school_spans",
        "Possible sessions of each school's leaves of pupils, by span",
        f"""SELECT leaves.urn, leaves.leaf, spans.span,
    CAST(SUM(leaves.possible) AS BIGINT) AS possible
FROM part_leaves AS leaves
JOIN slice_spans AS spans ON spans.slice = leaves.slice
WHERE leaves.leaf <> {ALL_PUPILS}
GROUP BY leaves.urn, leaves.leaf, spans.span""",
        keys=("urn", "leaf", "span"),
        sums=("possible",),
        several=True,
        kind=StepKind.FILED,
    )


def leaf_peaks() -> Step:
    """Where every school was counted now, in one part: there is one row for each week."""
    return Step(
        "leaf_peaks",
        _PEAKS,
        f"""SELECT urn, leaf, MAX(possible) AS possible
FROM school_leaves
WHERE leaf <> {ALL_PUPILS}
GROUP BY urn, leaf""",
    )


def revised_leaves() -> Step:
    """Few of all; of groups of days that are new, nothing was known then."""
    return Step(
        "revised_leaves",
        "Leaves of schools whose possible sessions in a group of days changed: then and now",
        f"""SELECT urn, slice, leaf, CAST(SUM(past) AS BIGINT) AS past,
    CAST(SUM(possible) AS BIGINT) AS possible
FROM (
    SELECT urn, slice, leaf, possible AS past, possible
    FROM {KEPT}school_leaves AS leaves
    WHERE EXISTS (
        SELECT 1 FROM changed_school_leaves AS changed
        WHERE changed.urn = leaves.urn AND changed.slice = leaves.slice
            AND changed.leaf = leaves.leaf AND changed.possible <> 0
    )
    UNION ALL
    SELECT urn, slice, leaf, 0 AS past, possible FROM changed_school_leaves WHERE possible <> 0
) AS leaves
WHERE leaf <> {ALL_PUPILS}
GROUP BY urn, slice, leaf""",
    )


def lost_peaks() -> Step:
    """Only of these all groups of days must be looked at to find the highest."""
    return Step(
        "lost_peaks",
        "Leaves of schools that had their peak in a group of days in which they have less now",
        f"""SELECT DISTINCT peaks.urn, peaks.leaf
FROM {KEPT}leaf_peaks AS peaks
JOIN revised_leaves AS revised ON revised.urn = peaks.urn AND revised.leaf = peaks.leaf
WHERE revised.past = peaks.possible AND revised.possible < revised.past""",
    )


def leaf_peaks_again() -> Step:
    """The same from what was kept and what changed."""
    lost = """EXISTS (
    SELECT 1 FROM lost_peaks AS lost WHERE lost.urn = leaves.urn AND lost.leaf = leaves.leaf
)"""
    return Step(
        "leaf_peaks",
        _PEAKS,
        f"""SELECT urn, leaf, CAST(MAX(possible) AS BIGINT) AS possible
FROM (
    SELECT urn, leaf, possible FROM {KEPT}leaf_peaks AS leaves WHERE NOT {lost}
    UNION ALL
    SELECT urn, leaf, possible FROM revised_leaves
    UNION ALL
    SELECT urn, leaf, CAST(SUM(possible) AS BIGINT) AS possible
    FROM school_leaves AS leaves
    WHERE {lost}
    GROUP BY urn, slice, leaf
) AS peaks
GROUP BY urn, leaf
HAVING MAX(possible) > 0""",
    )


_PEAKS = "Most possible sessions of a school's leaf of pupils in a group of days"

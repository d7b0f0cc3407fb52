"""Who stands behind a row: schools, holdings and pupils (words in `model.stages`).

Evidence goes to disclosure control and is dropped at the boundary.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step
from publisher.aggregate.queries_enrolments import ALL_PUPILS
from publisher.aggregate.queries_repeats import enrolments_of_a_pupil, row_repeats
from publisher.aggregate.queries_row_holdings import (
    area_holdings,
    holding_areas,
    holding_rows,
    of_part,
    row_holdings,
    trusts,
)
from publisher.aggregate.queries_support import (
    changed_rows_only,
    every_row,
    fresh_members,
    row_support,
    support_of_rows,
)

_SUPPLIED = (
    "supplied.period = rows.period AND supplied.location = rows.location "
    "AND supplied.education_phase = rows.education_phase"
)
PUPILS_COUNTED_BELOW = 20
"""Below this number pupils are counted exactly; above, a proof that there are as many suffices."""


def evidence_steps(*, again: bool = False) -> tuple[Step, ...]:
    """The steps from school-days to evidence; `again`: from that of an earlier release."""
    return (
        open_parts(),
        *(changed_rows_only() if again else every_row()),
        fresh_members(),
        school_slices(),
        school_periods(),
        row_contributors(),
        trusts(),
        holding_areas(),
        area_holdings(),
        holding_rows(),
        row_holdings(),
        row_support(again=again),
        support_of_rows(),
        enrolments_of_a_pupil(),
        unproven_rows(),
        unproven_parts(),
        row_enrolments(),
        row_repeats(),
        row_pupils(),
    )


def open_parts() -> Step:
    """From here on a row is its position: many rows are joined, and a number is short."""
    return Step(
        "open_parts",
        "Rows that exist and the authorities and phases that they are made of",
        """SELECT rows.position, rows.period, rows.reach, rows.member, rows.kind,
    members.authority, members.phase, members.area
FROM open_rows AS rows
JOIN row_members AS members ON members.location = rows.location
    AND members.education_phase = rows.education_phase""",
    )


def school_slices() -> Step:
    """Periods but single days are made of groups of days."""
    return Step(
        "school_slices",
        "Possible sessions and largest day of each school, by group of days",
        """SELECT included.slice, days.urn, CAST(SUM(days.possible) AS BIGINT) AS possible,
    MAX(days.enrolments) AS most_enrolments
FROM open_school_days AS days
JOIN slice_days AS included ON included.date = days.date
GROUP BY included.slice, days.urn""",
    )


def school_periods() -> Step:
    """One row per school and period: all evidence of schools is a sum over it."""
    return Step(
        "school_periods",
        "Possible sessions and largest day of each school, by period",
        """SELECT included.member, schools.area, schools.holding,
    CAST(SUM(days.possible) AS BIGINT) AS possible, MAX(days.most_enrolments) AS most_enrolments
FROM school_slices AS days
JOIN published_schools AS schools ON schools.urn = days.urn
JOIN period_slices AS included ON included.slice = days.slice
JOIN fresh_members AS fresh ON fresh.member = included.member AND fresh.area = schools.area
GROUP BY included.member, schools.area, schools.holding, days.urn
UNION ALL
SELECT included.member, schools.area, schools.holding, days.possible,
    days.enrolments AS most_enrolments
FROM open_school_days AS days
JOIN published_schools AS schools ON schools.urn = days.urn
JOIN period_days AS included ON included.date = days.date
JOIN fresh_members AS fresh ON fresh.member = included.member AND fresh.area = schools.area
WHERE included.kind = 'day'""",
    )


def row_contributors() -> Step:
    """Distinct schools with a possible session."""
    return Step(
        "row_contributors",
        "Schools of each row, its possible sessions and the largest day of one of its schools",
        f"""SELECT parts.position,
    CAST(SUM(counts.schools) AS BIGINT) AS schools,
    CAST(SUM(counts.possible) AS BIGINT) AS possible,
    MAX(counts.most_enrolments) AS most_enrolments
FROM (
    SELECT member, area, COUNT(*) AS schools, SUM(possible) AS possible,
        MAX(most_enrolments) AS most_enrolments
    FROM school_periods
    GROUP BY member, area
) AS counts
JOIN fresh_parts AS parts ON {of_part("counts")}
GROUP BY parts.position""",
    )


def unproven_rows() -> Step:
    """Rows whose number of pupils neither bound of `_proven` shows to be large."""
    return Step(
        "unproven_rows",
        f"Rows that may have fewer than {PUPILS_COUNTED_BELOW} pupils",
        f"""SELECT position
FROM (
    SELECT rows.position, {_proven()} AS proven
    FROM open_rows AS rows
    JOIN row_support AS counts ON counts.position = rows.position
    LEFT JOIN rows_with_counts AS supplied ON {_SUPPLIED}
    CROSS JOIN enrolments_of_a_pupil
) AS bounded
WHERE proven < {PUPILS_COUNTED_BELOW}""",
    )


def unproven_parts() -> Step:
    """What these rows are made of."""
    return Step(
        "unproven_parts",
        "Authorities and phases of these rows, and their periods",
        """SELECT parts.position, parts.period, parts.reach, rows.kind, parts.authority, parts.phase
FROM unproven_rows AS unproven
JOIN open_rows AS rows ON rows.position = unproven.position
JOIN open_parts AS parts ON parts.position = unproven.position""",
    )


def row_enrolments() -> Step:
    """Schools that share counts only have none: nothing tells one of their pupils from another."""
    return Step(
        "row_enrolments",
        "Enrolments with a possible session in these rows",
        f"""SELECT position, CAST(SUM(enrolments) AS BIGINT) AS enrolments
FROM (
    SELECT parts.position, days.enrolments
    FROM unproven_parts AS parts
    JOIN period_days AS included
        ON included.period = parts.period AND included.reach = parts.reach
    JOIN published_schools AS schools
        ON schools.authority = parts.authority AND schools.phase = parts.phase
    JOIN register_days AS days ON days.urn = schools.urn AND days.date = included.date
    WHERE parts.kind = 'day'
    UNION ALL
    SELECT parts.position, leaves.enrolments
    FROM unproven_parts AS parts
    JOIN period_slices AS included
        ON included.period = parts.period AND included.reach = parts.reach
    JOIN published_schools AS schools
        ON schools.authority = parts.authority AND schools.phase = parts.phase
    JOIN school_leaves AS leaves ON leaves.urn = schools.urn AND leaves.slice = included.slice
    WHERE parts.kind = 'week' AND leaves.leaf = {ALL_PUPILS}
    UNION ALL
    SELECT parts.position, counts.enrolments
    FROM unproven_parts AS parts
    JOIN long_periods AS periods
        ON periods.period = parts.period AND periods.reach = parts.reach
    JOIN areas ON areas.authority = parts.authority AND areas.phase = parts.phase
    JOIN long_counts AS counts ON counts.area = areas.area AND counts.long = periods.long
    WHERE counts.leaf = {ALL_PUPILS}
) AS counted
GROUP BY position""",
    )


def row_pupils() -> Step:
    """Exact: of pupils who are enrolled once there are as many as enrolments."""
    return Step(
        "row_pupils",
        "Distinct pupils of these rows",
        """SELECT counted.position, counted.enrolments - COALESCE(repeated.repeats, 0) AS pupils
FROM row_enrolments AS counted
LEFT JOIN row_repeats AS repeated ON repeated.position = counted.position""",
    )


def evidence_select(shown: Sequence[tuple[str, str]]) -> str:
    """The evidence of the existing rows whose (kind of period, level) is in `shown`."""
    return f"""SELECT rows.location, rows.education_phase, rows.period,
    counts.possible AS possible_sessions, counts.schools, counts.holdings,
    counts.largest_holding, counts.second_holding,
    GREATEST(COALESCE(pupils.pupils, 0), {_proven()}) AS pupils,
    rows.most_enrolments AS enrolments
FROM open_rows AS rows
JOIN row_support AS counts ON counts.position = rows.position
LEFT JOIN row_pupils AS pupils ON pupils.position = rows.position
LEFT JOIN rows_with_counts AS supplied ON {_SUPPLIED}
CROSS JOIN enrolments_of_a_pupil
WHERE {is_shown(shown)}
ORDER BY rows.position"""


def is_shown(shown: Sequence[tuple[str, str]]) -> str:
    """The condition that a row's kind of period and level are among `shown`."""
    pairs = " OR ".join(
        f"(rows.kind = '{kind}' AND rows.level = '{level}')" for kind, level in sorted(shown)
    )
    return f"({pairs})"


def _proven() -> str:
    """A lower bound of a row's distinct pupils.

    A school has each of its pupils once a day; and a day's enrolments, of which a pupil has at
    most so many, need so many pupils. How many enrolments a pupil has is known where all schools
    share registers.
    """
    return (
        "GREATEST(counts.most_enrolments, CASE WHEN supplied.period IS NULL THEN "
        "(rows.most_enrolments + enrolments_of_a_pupil.most - 1) // enrolments_of_a_pupil.most "
        "ELSE 0 END)"
    )

"""The work of the comparison as SQL, for DuckDB and for Spark: from sums of enrolments to results.

A school's leaves are summed in one pass over enrolments. Items, places and holdings are made of
them afterwards, and distinct pupils of enrolments: only pupils with several in a place are told
apart from one another. No distinct count goes over marks.
"""

from __future__ import annotations

from collections.abc import Sequence

from plain_groups import EVERYONE, LEAVES
from plain_work import ABSENT, SUMS, YEAR_TO_DATE


def sessions() -> str:
    """Output A."""
    return """SELECT held.place, codes.date, codes.code,
    CAST(SUM(codes.pupils) AS BIGINT) AS sessions
FROM (
    SELECT urn, date, am AS code, pupils FROM school_codes WHERE am <> 0
    UNION ALL
    SELECT urn, date, pm AS code, pupils FROM school_codes WHERE pm <> 0
) AS codes
JOIN held ON held.urn = codes.urn
GROUP BY held.place, codes.date, codes.code"""


def enrolment_years() -> str:
    """The sums of each enrolment in the year to date, under the name of a week of its own."""
    return f"""SELECT number, DATE '{YEAR_TO_DATE}' AS week, possible,
    CASE WHEN possible > 10 THEN 1 ELSE 0 END AS enrolments,
    CASE WHEN possible > 10 AND 10 * missed >= possible THEN 1 ELSE 0 END AS persistent,
    CASE WHEN possible > 10 AND 2 * missed >= possible THEN 1 ELSE 0 END AS severe
FROM (
    SELECT number, CAST(SUM(possible) AS INTEGER) AS possible,
        CAST(SUM(missed) AS INTEGER) AS missed
    FROM missed_weeks
    GROUP BY number
) AS years"""


def missed_weeks() -> str:
    """What is kept of the weeks of an enrolment for the year to date."""
    return """SELECT number, possible, CAST(authorised + unauthorised AS SMALLINT) AS missed
FROM enrolment_weeks"""


def leaves(enrolments: str, sums: Sequence[str], by: str) -> str:
    """Sums by leaf, week and `by` (urn or place) of a table of enrolments; `pupils`: how many."""
    columns = ", ".join(f"CAST(SUM(sums.{each}) AS BIGINT) AS {each}" for each in sums)
    sets = ", ".join(f"({by}, week, {each})" for each in LEAVES)
    leaf = f"CAST(COALESCE({', '.join(LEAVES)}, {EVERYONE}) AS SMALLINT) AS leaf"
    return f"""SELECT {by}, week, {leaf},
    {columns}, COUNT(*) AS pupils
FROM (
    SELECT sums.*, enrolments.{by}, {", ".join(f"enrolments.{each}" for each in LEAVES)}
    FROM {enrolments} AS sums
    JOIN enrolments ON enrolments.number = sums.number
) AS sums
GROUP BY GROUPING SETS (({by}, week), {sets})"""


def groups(leaves: str, by: str) -> str:
    """Output C, from a table of leaves by school or by place."""
    return _items(leaves, by, ["week"], SUMS)


def absentees(leaves: str, by: str) -> str:
    """Output B, from a table of leaves of the year to date."""
    return f"{_items(leaves, by, [], ABSENT)}\nHAVING SUM(leaves.enrolments) > 0"


def _items(leaves: str, by: str, further: Sequence[str], sums: Sequence[str]) -> str:
    place = "held.place" if by == "urn" else "leaves.place"
    held = "\nJOIN held ON held.urn = leaves.urn" if by == "urn" else ""
    columns = ", ".join(f"CAST(SUM(leaves.{each}) AS BIGINT) AS {each}" for each in sums)
    key = ", ".join([place, *(f"leaves.{each}" for each in further), "members.item"])
    return f"""SELECT {key}, {columns}
FROM {leaves} AS leaves
JOIN members ON members.leaf = leaves.leaf{held}
GROUP BY {key}"""


def evidence_of_days() -> str:
    """Output D."""
    schools = """SELECT codes.urn, codes.date, SUM(codes.pupils * pairs.possible) AS possible,
        SUM(codes.pupils) AS enrolments
    FROM school_codes AS codes
    JOIN pairs ON pairs.am = codes.am AND pairs.pm = codes.pm
    GROUP BY codes.urn, codes.date"""
    repeated = """SELECT enrolments.place, marks.date,
        COUNT(*) - COUNT(DISTINCT enrolments.pupil) AS pupils
    FROM week_marks AS marks
    JOIN pairs ON pairs.am = marks.am AND pairs.pm = marks.pm
    JOIN (SELECT * FROM enrolments WHERE several) AS enrolments
        ON enrolments.number = marks.number
    GROUP BY enrolments.place, marks.date"""
    return _held(["date"], schools, repeated, ", placed.enrolments")


def evidence(leaves: str, enrolments: str) -> str:
    """Output E, from a table of leaves by school and that of the enrolments that it sums."""
    schools = f"""SELECT leaves.urn, leaves.week, members.item, SUM(leaves.possible) AS possible,
        SUM(leaves.pupils) AS enrolments
    FROM {leaves} AS leaves
    JOIN members ON members.leaf = leaves.leaf
    GROUP BY leaves.urn, leaves.week, members.item"""
    every = "\n        UNION ALL ".join(
        f"SELECT place, week, pupil, {leaf} AS leaf FROM several" for leaf in (EVERYONE, *LEAVES)
    )
    repeated = f"""SELECT leaves.place, leaves.week, members.item,
        COUNT(*) - COUNT(DISTINCT leaves.pupil) AS pupils
    FROM (
        {every}
    ) AS leaves
    JOIN members ON members.leaf = leaves.leaf
    GROUP BY leaves.place, leaves.week, members.item"""
    return f"""WITH several AS (
    SELECT enrolments.*, sums.week
    FROM {enrolments} AS sums
    JOIN (SELECT * FROM enrolments WHERE several) AS enrolments
        ON enrolments.number = sums.number
)
{_held(["week", "item"], schools, repeated)}"""


def _held(by: Sequence[str], schools: str, repeated: str, further: str = "") -> str:
    """Who stands behind each place: of schools and of the enrolments of pupils with several."""
    key = ", ".join(["place", *by])
    same = " AND ".join(f"repeated.{each} = placed.{each}" for each in ("place", *by))
    return f"""SELECT {", ".join(f"placed.{each}" for each in ("place", *by))},
    placed.possible, placed.schools, placed.holdings, placed.largest_holding,
    placed.second_holding, placed.enrolments - COALESCE(repeated.pupils, 0) AS pupils{further}
FROM (
    SELECT {key}, CAST(SUM(possible) AS BIGINT) AS possible,
        CAST(SUM(enrolments) AS BIGINT) AS enrolments,
        CAST(SUM(schools) AS BIGINT) AS schools, COUNT(*) AS holdings,
        CAST(MAX(possible) AS BIGINT) AS largest_holding,
        CAST(MAX(CASE WHEN size = 2 THEN possible ELSE 0 END) AS BIGINT) AS second_holding
    FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY possible DESC) AS size
        FROM (
            SELECT held.place, held.holding, {", ".join(f"schools.{each}" for each in by)},
                SUM(schools.possible) AS possible, SUM(schools.enrolments) AS enrolments,
                COUNT(*) AS schools
            FROM ({schools}) AS schools
            JOIN held ON held.urn = schools.urn
            GROUP BY held.place, held.holding, {", ".join(f"schools.{each}" for each in by)}
        ) AS holdings
    ) AS sized
    GROUP BY {key}
) AS placed
LEFT JOIN ({repeated}) AS repeated ON {same}"""

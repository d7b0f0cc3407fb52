"""The work of the comparison as SQL, for DuckDB and for Spark: from sums of enrolments to results.

A school's leaves are summed in one pass over enrolments. Items, areas and holdings are made of
them afterwards, then the places that areas are parts of; and distinct pupils of enrolments: only
pupils with several at a time are told apart from one another. No distinct count goes over marks.
"""

from __future__ import annotations

from collections.abc import Sequence

from plain_groups import EVERYONE, LEAVES
from plain_periods import ABSENT
from plain_places import everyone
from plain_work import SUMS

EVERY_PLACE, NARROW, WIDE = "parts", "narrow_parts", "wide_parts"
"""Tables of what places are made of."""
SECOND_LARGEST = "MAX(largest, 2)[2]"
"""In DuckDB's words: Spark has others."""
HELD = ("possible", "enrolments", "schools")
"""What is summed by holding."""


def some_parts(name: str) -> str:
    """One of the last two tables."""
    return f"SELECT area, place FROM parts WHERE wide = {int(name == WIDE)}"


def sessions() -> str:
    """Output A by day."""
    return """SELECT parts.place, areas.date, areas.code,
    CAST(SUM(areas.pupils) AS BIGINT) AS sessions
FROM (
    SELECT held.area, codes.date, codes.code, SUM(codes.pupils) AS pupils
    FROM (
        SELECT urn, date, am AS code, pupils FROM school_codes WHERE am <> 0
        UNION ALL
        SELECT urn, date, pm AS code, pupils FROM school_codes WHERE pm <> 0
    ) AS codes
    JOIN held ON held.urn = codes.urn
    GROUP BY held.area, codes.date, codes.code
) AS areas
JOIN parts ON parts.area = areas.area
GROUP BY parts.place, areas.date, areas.code"""


def schools_of_days() -> str:
    """Output F by day."""
    return """SELECT parts.place, areas.date, CAST(SUM(areas.schools) AS BIGINT) AS submitting
FROM (
    SELECT held.area, days.date, COUNT(*) AS schools
    FROM school_days AS days
    JOIN held ON held.urn = days.urn
    GROUP BY held.area, days.date
) AS areas
JOIN parts ON parts.area = areas.area
GROUP BY parts.place, areas.date"""


def census() -> str:
    """Output G."""
    return "SELECT place, CAST(SUM(schools) AS BIGINT) AS schools FROM census GROUP BY place"


def open_weeks() -> str:
    """The weeks in which a place has a possible session."""
    return f"SELECT place, week FROM groups WHERE item = {everyone()}"


def leaves(enrolments: str, sums: Sequence[str]) -> str:
    """Sums by school, leaf and week of a table of enrolments; `pupils`: how many."""
    columns = ", ".join(f"CAST(SUM(sums.{each}) AS BIGINT) AS {each}" for each in sums)
    sets = ", ".join(f"(urn, week, {each})" for each in LEAVES)
    leaf = f"CAST(COALESCE({', '.join(LEAVES)}, {EVERYONE}) AS SMALLINT) AS leaf"
    return f"""SELECT urn, week, {leaf},
    {columns}, COUNT(*) AS pupils
FROM (
    SELECT sums.*, enrolments.urn, {", ".join(f"enrolments.{each}" for each in LEAVES)}
    FROM {enrolments} AS sums
    JOIN enrolments ON enrolments.number = sums.number
) AS sums
GROUP BY GROUPING SETS ((urn, week), {sets})"""


def groups(leaves: str) -> str:
    """Output C by week, from a table of leaves."""
    return _items(leaves, ["week"], SUMS, EVERY_PLACE)


def absentees(leaves: str, parts: str) -> str:
    """Output B, from a table of leaves of a long period."""
    return f"{_items(leaves, ['week'], ABSENT, parts)}\nHAVING SUM(areas.enrolments) > 0"


def _items(leaves: str, further: Sequence[str], sums: Sequence[str], parts: str) -> str:
    key = ", ".join(["parts.place", *(f"areas.{each}" for each in further), "members.item"])
    of_area = ", ".join(["held.area", *(f"leaves.{each}" for each in further), "leaves.leaf"])
    return f"""SELECT {key},
    {", ".join(f"CAST(SUM(areas.{each}) AS BIGINT) AS {each}" for each in sums)}
FROM (
    SELECT {of_area}, {", ".join(f"SUM(leaves.{each}) AS {each}" for each in sums)}
    FROM {leaves} AS leaves
    JOIN held ON held.urn = leaves.urn
    GROUP BY {of_area}
) AS areas
JOIN members ON members.leaf = areas.leaf
JOIN {parts} AS parts ON parts.area = areas.area
GROUP BY {key}"""


def evidence_of_days() -> str:
    """Output D."""
    several = """SELECT enrolments.area, enrolments.pupil, marks.date
    FROM week_marks AS marks
    JOIN pairs ON pairs.am = marks.am AND pairs.pm = marks.pm
    JOIN (SELECT * FROM enrolments WHERE several) AS enrolments
        ON enrolments.number = marks.number"""
    return _held(["date"], "SELECT * FROM school_days", several, EVERY_PLACE, ", placed.enrolments")


def evidence(leaves: str, enrolments: str, parts: str = EVERY_PLACE) -> str:
    """Output E, from a table of leaves by school and that of the enrolments that it sums."""
    schools = f"""SELECT leaves.urn, leaves.week, members.item, SUM(leaves.possible) AS possible,
        SUM(leaves.pupils) AS enrolments
    FROM {leaves} AS leaves
    JOIN members ON members.leaf = leaves.leaf
    GROUP BY leaves.urn, leaves.week, members.item"""
    every = "\n        UNION ALL ".join(
        f"SELECT area, week, pupil, {leaf} AS leaf FROM several" for leaf in (EVERYONE, *LEAVES)
    )
    several = f"""SELECT leaves.area, leaves.pupil, leaves.week, members.item
    FROM (
        {every}
    ) AS leaves
    JOIN members ON members.leaf = leaves.leaf"""
    return f"""WITH several AS (
    SELECT *
    FROM (
        SELECT enrolments.*, sums.week,
            COUNT(*) OVER (PARTITION BY enrolments.pupil, sums.week) AS together
        FROM {enrolments} AS sums
        JOIN (SELECT * FROM enrolments WHERE several) AS enrolments
            ON enrolments.number = sums.number
    ) AS counted
    WHERE together > 1
)
{_held(["week", "item"], schools, several, parts)}"""


def _held(by: Sequence[str], schools: str, several: str, parts: str, further: str = "") -> str:
    """Who stands behind each place: of schools, and of the enrolments of pupils with several."""
    key, of_pupils, placed = (_columns(by, table) for table in ("", "several.", "placed."))
    same = " AND ".join(f"repeated.{each} = placed.{each}" for each in ("place", *by))
    added = ", ".join(f"CAST(SUM({each}) AS BIGINT) AS {each}" for each in (*HELD, "holdings"))
    return f"""SELECT placed.place, {placed},
    placed.possible, placed.schools, placed.holdings, placed.largest_holding,
    placed.second_holding, placed.enrolments - COALESCE(repeated.pupils, 0) AS pupils{further}
FROM (
    SELECT place, {key}, {added}, CAST(MAX(largest) AS BIGINT) AS largest_holding,
        CAST(GREATEST(MAX(smaller), COALESCE({SECOND_LARGEST}, 0)) AS BIGINT) AS second_holding
    FROM ({_holdings(by, schools, parts)}) AS holdings
    GROUP BY place, {key}
) AS placed
LEFT JOIN (
    SELECT parts.place, {of_pupils}, COUNT(*) - COUNT(DISTINCT several.pupil) AS pupils
    FROM ({several}) AS several
    JOIN {parts} AS parts ON parts.area = several.area
    GROUP BY parts.place, {of_pupils}
) AS repeated ON {same}"""


def _holdings(by: Sequence[str], schools: str, parts: str) -> str:
    """Sums of holdings, and the largest, by place.

    Only of holdings with schools in several areas need be known who they are: the others are added
    up by area, and of each area the two largest are kept.
    """
    of_schools, of_areas = (_columns(by, table) for table in ("schools.", "areas."))
    sums = ", ".join(f"SUM(areas.{each}) AS {each}" for each in HELD)
    added = _columns((*HELD, "holdings", "largest", "smaller"), "areas.")
    second = SECOND_LARGEST.replace("largest", "areas.possible")
    return f"""WITH areas AS (
        SELECT held.area, held.holding, held.alone, {of_schools},
            SUM(schools.possible) AS possible, SUM(schools.enrolments) AS enrolments,
            COUNT(*) AS schools
        FROM ({schools}) AS schools
        JOIN held ON held.urn = schools.urn
        GROUP BY held.area, held.holding, held.alone, {of_schools}
    )
    SELECT parts.place, {of_areas}, {added}
    FROM (
        SELECT areas.area, {of_areas}, {sums}, COUNT(*) AS holdings,
            MAX(areas.possible) AS largest, COALESCE({second}, 0) AS smaller
        FROM (SELECT * FROM areas WHERE alone = 1) AS areas
        GROUP BY areas.area, {of_areas}
    ) AS areas
    JOIN {parts} AS parts ON parts.area = areas.area
    UNION ALL
    SELECT parts.place, {of_areas}, {sums}, 1 AS holdings, SUM(areas.possible) AS largest,
        0 AS smaller
    FROM (SELECT * FROM areas WHERE alone = 0) AS areas
    JOIN {parts} AS parts ON parts.area = areas.area
    GROUP BY parts.place, areas.holding, {of_areas}"""


def _columns(names: Sequence[str], table: str) -> str:
    return ", ".join(f"{table}{each}" for each in names)

"""The holdings behind a row: how many, and the sessions of the two largest.

Every function returns one step.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step, StepKind


def of_part(table: str) -> str:
    """That a row of a table is of one of the `parts` of a row that is published."""
    return f"parts.member = {table}.member AND parts.area = {table}.area"


def trusts() -> Step:
    """Most holdings are one school, or lie in one area: nothing needs adding up for them."""
    return Step(
        "trusts",
        "Holdings of several schools, and in how many areas they lie",
        """SELECT holding, COUNT(DISTINCT area) AS areas
FROM published_schools
GROUP BY holding
HAVING COUNT(*) > 1""",
    )


def holding_areas() -> Step:
    """`areas`: in how many the holding lies; a school without a trust lies in one."""
    return Step(
        "holding_areas",
        "Possible sessions of each holding, by period and area",
        """SELECT periods.member, periods.area, periods.holding, trusts.areas,
    CAST(SUM(periods.possible) AS BIGINT) AS possible
FROM school_periods AS periods
JOIN trusts ON trusts.holding = periods.holding
GROUP BY periods.member, periods.area, periods.holding, trusts.areas
UNION ALL
SELECT periods.member, periods.area, periods.holding, 1 AS areas, periods.possible
FROM school_periods AS periods
WHERE NOT EXISTS (SELECT 1 FROM trusts WHERE trusts.holding = periods.holding)""",
        StepKind.VIEW,
    )


def area_holdings() -> Step:
    """Nearly all holdings lie in one area; of these a row needs to know no more.

    Of two equally large holdings either is the largest; the other is as large, so no tie.
    """
    return Step(
        "area_holdings",
        "Holdings that lie in one area, and the possible sessions of the two largest, by period "
        "and area",
        """WITH holdings AS (
    SELECT member, area, holding, possible FROM holding_areas WHERE areas = 1
), largest AS (
    SELECT member, area, COUNT(*) AS holdings, MAX(possible) AS possible,
        ARG_MAX(holding, possible) AS holding
    FROM holdings
    GROUP BY member, area
)
SELECT largest.member, largest.area, largest.holdings, largest.possible AS largest,
    COALESCE(MAX(CASE WHEN others.holding <> largest.holding THEN others.possible END), 0)
        AS second
FROM largest
JOIN holdings AS others ON others.member = largest.member AND others.area = largest.area
GROUP BY largest.member, largest.area, largest.holdings, largest.possible""",
    )


def holding_rows() -> Step:
    """A trust may hold schools in several authorities and phases: it is added up by row."""
    return Step(
        "holding_rows",
        "Holdings of the parts of each row and the possible sessions of the two largest; and each "
        "holding that lies in several areas",
        f"""SELECT parts.position, holdings.holdings, holdings.largest, holdings.second
FROM area_holdings AS holdings
JOIN fresh_parts AS parts ON {of_part("holdings")}
UNION ALL
SELECT parts.position, 1 AS holdings, CAST(SUM(holdings.possible) AS BIGINT) AS largest,
    0 AS second
FROM holding_areas AS holdings
JOIN fresh_parts AS parts ON {of_part("holdings")}
WHERE holdings.areas > 1
GROUP BY parts.position, holdings.holding""",
    )


def row_holdings() -> Step:
    """Where several are as large as the largest, so is the second."""
    return Step(
        "row_holdings",
        "Holdings of each row and the possible sessions of the two largest",
        """WITH whole AS (
    SELECT position, CAST(SUM(holdings) AS BIGINT) AS holdings, MAX(largest) AS largest,
        MAX(second) AS second
    FROM holding_rows
    GROUP BY position
)
SELECT whole.position, whole.holdings, whole.largest AS largest_holding,
    CASE WHEN COUNT(CASE WHEN parts.largest = whole.largest THEN 1 END) > 1 THEN whole.largest
        ELSE GREATEST(whole.second,
            COALESCE(MAX(CASE WHEN parts.largest < whole.largest THEN parts.largest END), 0))
        END AS second_holding
FROM whole
JOIN holding_rows AS parts ON parts.position = whole.position
GROUP BY whole.position, whole.holdings, whole.largest, whole.second""",
    )

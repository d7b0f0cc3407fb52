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


def holding_rows() -> Step:
    """A trust may hold schools in several authorities and phases."""
    return Step(
        "holding_rows",
        "Possible sessions of each holding, by row",
        f"""SELECT parts.position, holdings.holding, holdings.possible
FROM holding_areas AS holdings
JOIN fresh_parts AS parts ON {of_part("holdings")}
WHERE holdings.areas = 1
UNION ALL
SELECT parts.position, holdings.holding, CAST(SUM(holdings.possible) AS BIGINT) AS possible
FROM holding_areas AS holdings
JOIN fresh_parts AS parts ON {of_part("holdings")}
WHERE holdings.areas > 1
GROUP BY parts.position, holdings.holding""",
    )


def row_holdings() -> Step:
    """Of two equally large holdings either is the largest; the other is as large, so no tie."""
    return Step(
        "row_holdings",
        "Holdings of each row and the possible sessions of the two largest",
        """WITH largest AS (
    SELECT position, COUNT(*) AS holdings, MAX(possible) AS possible,
        ARG_MAX(holding, possible) AS holding
    FROM holding_rows
    GROUP BY position
)
SELECT largest.position, largest.holdings, largest.possible AS largest_holding,
    COALESCE(MAX(CASE WHEN others.holding <> largest.holding THEN others.possible END), 0)
        AS second_holding
FROM largest
JOIN holding_rows AS others ON others.position = largest.position
GROUP BY largest.position, largest.holdings, largest.possible""",
    )

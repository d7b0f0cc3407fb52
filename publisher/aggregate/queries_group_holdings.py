"""The schools and holdings behind a group of pupils: bounds for most, counts where few.

Every function returns one step.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step

HOLDINGS_COUNTED_BELOW = 5
"""Below this number holdings are counted exactly; above, a proof that there are as many suffices.

It also shows that all but the two largest together have as much as the largest, so that no share
of it that dominance may ask for (at most all) is missing.
"""
_OTHERS = HOLDINGS_COUNTED_BELOW - 1
_PEAKS = {
    "largest": "rank = 1",
    "second": "rank = 2",
    "last": f"rank = {_OTHERS}",
    "several": "TRUE",
}
"""Bounds of holdings, and which of the largest they are the sum of."""
FURTHER_HOLDINGS = (
    f"{_OTHERS} + (items.possible - items.several_holding + items.last_holding - 1) "
    "// items.last_holding"
)
"""Least number of holdings of a row of `bounded_items`: none of the others exceeds the last."""


def holding_peaks() -> Step:
    """No holding has more sessions of an item in any week, and periods are sums of weeks.

    Only what lies in several areas is added up: of the others of an area the largest suffice.
    """
    sums = ",\n    ".join(
        f"CAST(SUM(CASE WHEN {which} THEN possible ELSE 0 END) AS BIGINT) AS {name}"
        for name, which in _PEAKS.items()
    )
    return Step(
        "holding_peaks",
        "Most possible sessions in a group of pupils and week of the largest holding, of the "
        f"second, of number {_OTHERS}, and of these {_OTHERS} together, by area and phase",
        f"""WITH of_holdings AS ({_OF_HOLDINGS}
), of_areas AS ({_OF_AREAS}
), of_places AS (
    SELECT members.place, held.item, held.possible
    FROM of_areas AS held
    JOIN row_members AS members ON members.area = held.area
    WHERE held.rank <= {_OTHERS}
    UNION ALL
    SELECT members.place, held.item, CAST(SUM(held.possible) AS BIGINT) AS possible
    FROM of_holdings AS held
    JOIN trusts ON trusts.holding = held.holding
    JOIN row_members AS members ON members.area = held.area
    WHERE trusts.areas > 1
    GROUP BY members.place, held.item, held.holding
), ranked AS (
    SELECT place, item, possible,
        ROW_NUMBER() OVER (PARTITION BY place, item ORDER BY possible DESC) AS rank
    FROM of_places
)
SELECT place, item,
    {sums}
FROM ranked
WHERE rank <= {_OTHERS}
GROUP BY place, item""",
    )


_OF_HOLDINGS = """
    SELECT schools.area, schools.holding, members.item,
        CAST(SUM(peaks.possible) AS BIGINT) AS possible
    FROM leaf_peaks AS peaks
    JOIN item_members AS members ON members.leaf = peaks.leaf
    JOIN published_schools AS schools ON schools.urn = peaks.urn
    GROUP BY schools.area, schools.holding, members.item"""
_OF_AREAS = """
    SELECT area, item, possible,
        ROW_NUMBER() OVER (PARTITION BY area, item ORDER BY possible DESC) AS rank
    FROM of_holdings AS held
    WHERE NOT EXISTS (
        SELECT 1 FROM trusts WHERE trusts.holding = held.holding AND trusts.areas > 1
    )"""
"""Of holdings in one area alone: `rank` 1 is the largest."""


def bounded_items() -> Step:
    """Upper bounds of the largest holdings are a lower one of the number of holdings."""
    columns = ",\n    ".join(f"peaks.{name} * lengths.slices AS {name}_holding" for name in _PEAKS)
    return Step(
        "bounded_items",
        "Possible sessions of each group of pupils, and what no holding of it, and no "
        f"{_OTHERS} together, exceed, by row",
        f"""SELECT items.position, items.item, items.possible, items.most_enrolments,
    {columns}
FROM row_items AS items
JOIN (
    SELECT member, COUNT(*) AS slices FROM period_slices GROUP BY member
) AS lengths ON lengths.member = items.member
JOIN holding_peaks AS peaks ON peaks.place = items.place AND peaks.item = items.item""",
    )


def few_holdings() -> Step:
    """Only of these schools and holdings need counting."""
    return Step(
        "few_holdings",
        f"Groups of pupils in a row that may have fewer than {HOLDINGS_COUNTED_BELOW} holdings, "
        "or one larger than all but the two largest together",
        """SELECT position, item
FROM bounded_items
WHERE possible <= several_holding OR possible < 2 * largest_holding + second_holding""",
    )


def wanted_slices() -> Step:
    """Made first: nobody could guess how few there are, and so in which order to join."""
    return _wanted("slice", "period_slices", "weeks", "parts.kind = 'week'")


def wanted_spans() -> Step:
    """The same of long periods."""
    return _wanted("span", "period_spans", "long periods", "parts.kind <> 'week'")


def _wanted(unit: str, periods: str, words: str, kind: str) -> Step:
    return Step(
        f"wanted_{unit}s",
        f"Areas and leaves of pupils that these groups of pupils are made of in {words}",
        f"""SELECT few.position, few.item, parts.area, included.{unit}, members.leaf
FROM fresh_items AS few
JOIN open_parts AS parts ON parts.position = few.position
JOIN {periods} AS included
    ON included.period = parts.period AND included.reach = parts.reach
JOIN item_members AS members ON members.item = few.item
WHERE {kind}""",
    )


def wanted_leaves() -> Step:
    """Made by itself: joined at once, rows of schools would be looked up among those of rows."""
    return Step(
        "wanted_leaves",
        "Possible sessions of the schools of these areas and leaves, by group of days",
        """SELECT schools.area, schools.holding, leaves.urn, leaves.slice, leaves.leaf,
    leaves.possible
FROM school_leaves AS leaves
JOIN published_schools AS schools ON schools.urn = leaves.urn
WHERE EXISTS (
    SELECT 1 FROM wanted_slices AS wanted
    WHERE wanted.area = schools.area AND wanted.slice = leaves.slice
        AND wanted.leaf = leaves.leaf
)""",
    )


def item_holdings() -> Step:
    """A trust may hold schools in several authorities and phases."""
    return Step(
        "item_holdings",
        "Schools and possible sessions of each holding in these groups of pupils, by row",
        """WITH of_schools AS (
    SELECT wanted.position, wanted.item, leaves.holding, leaves.urn, leaves.possible
    FROM wanted_leaves AS leaves
    JOIN wanted_slices AS wanted ON wanted.area = leaves.area AND wanted.slice = leaves.slice
        AND wanted.leaf = leaves.leaf
    UNION ALL
    SELECT wanted.position, wanted.item, schools.holding, spans.urn, spans.possible
    FROM school_spans AS spans
    JOIN published_schools AS schools ON schools.urn = spans.urn
    JOIN wanted_spans AS wanted ON wanted.area = schools.area AND wanted.span = spans.span
        AND wanted.leaf = spans.leaf
), schools AS (
    SELECT position, item, holding, urn, CAST(SUM(possible) AS BIGINT) AS possible
    FROM of_schools
    GROUP BY position, item, holding, urn
    HAVING SUM(possible) <> 0
)
SELECT schools.position, schools.item, schools.holding, 1 AS schools, schools.possible
FROM schools
WHERE NOT EXISTS (SELECT 1 FROM trusts WHERE trusts.holding = schools.holding)
UNION ALL
SELECT schools.position, schools.item, schools.holding, COUNT(*) AS schools,
    CAST(SUM(schools.possible) AS BIGINT) AS possible
FROM schools
JOIN trusts ON trusts.holding = schools.holding
GROUP BY schools.position, schools.item, schools.holding""",
    )


def item_contributors() -> Step:
    """Of two equally large holdings either is the largest; the other is as large."""
    return Step(
        "item_contributors",
        "Schools and holdings of each of these groups of pupils, by row",
        """WITH largest AS (
    SELECT position, item, CAST(SUM(schools) AS BIGINT) AS schools, COUNT(*) AS holdings,
        MAX(possible) AS possible, ARG_MAX(holding, possible) AS holding
    FROM item_holdings
    GROUP BY position, item
), next_largest AS (
    SELECT others.position, others.item, MAX(others.possible) AS possible
    FROM item_holdings AS others
    JOIN largest ON largest.position = others.position AND largest.item = others.item
    WHERE others.holding <> largest.holding
    GROUP BY others.position, others.item
)
SELECT largest.position, largest.item, largest.schools, largest.holdings,
    largest.possible AS largest_holding, COALESCE(next_largest.possible, 0) AS second_holding
FROM largest
LEFT JOIN next_largest
    ON next_largest.position = largest.position AND next_largest.item = largest.item""",
    )

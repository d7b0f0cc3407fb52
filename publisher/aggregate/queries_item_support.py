"""Whose holdings are counted of the groups of pupils that may have few: as `queries_support`.

Every function returns one step.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.queries_support import HOLDINGS, OF_ROW, ROW, not_in, of_kept


def every_item() -> tuple[Step, ...]:
    """The step that says whose holdings are counted where nothing was kept."""
    return (
        Step(
            "fresh_items",
            "Groups of pupils in a row whose holdings are counted",
            "SELECT position, item\nFROM few_holdings",
            StepKind.VIEW,
        ),
    )


def changed_items_only() -> tuple[Step, ...]:
    """The steps that find the groups of pupils whose holdings may differ, in order."""
    return changed_items(), changed_row_items(), kept_items(), fresh_items()


def changed_items() -> Step:
    """One pupil of a group who joins or leaves changes nobody else's group, an absence none."""
    return Step(
        "changed_items",
        "Groups of pupils of areas with other possible sessions in a group of days than then",
        """SELECT DISTINCT schools.area, changed.slice, members.item
FROM changed_school_leaves AS changed
JOIN schools_of_both AS schools ON schools.urn = changed.urn
JOIN item_members AS members ON members.leaf = changed.leaf
WHERE changed.possible <> 0""",
    )


def changed_row_items() -> Step:
    """Of all other rows everything is counted."""
    return Step(
        "changed_row_items",
        "The same by row",
        f"""SELECT DISTINCT rows.position, changed.item
FROM changed_items AS changed
JOIN period_slices AS included ON included.slice = changed.slice
JOIN open_parts AS rows ON rows.period = included.period AND rows.reach = included.reach
    AND rows.area = changed.area
WHERE {not_in("other_rows")}""",
    )


def kept_items() -> Step:
    """Others may have come to be few since."""
    return Step(
        "kept_items",
        "Groups of pupils in a row with the holdings that they had then, and have now",
        f"""SELECT rows.position, kept.item, {of_kept(HOLDINGS)}
FROM kept_support_of_items AS kept
JOIN {OF_ROW}
JOIN few_holdings AS few ON few.position = rows.position AND few.item = kept.item
WHERE {not_in("other_rows")} AND NOT EXISTS (
    SELECT 1 FROM changed_row_items AS changed
    WHERE changed.position = rows.position AND changed.item = kept.item
)""",
    )


def fresh_items() -> Step:
    """All but those."""
    return Step(
        "fresh_items",
        "Groups of pupils in a row whose holdings are counted",
        """SELECT few.position, few.item
FROM few_holdings AS few
WHERE NOT EXISTS (
    SELECT 1 FROM kept_items AS kept
    WHERE kept.position = few.position AND kept.item = few.item
)""",
    )


def item_support(*, again: bool) -> Step:
    """Of all of them, whether they were counted now or kept."""
    columns = ", ".join(("position", "item", *HOLDINGS))
    tables = ("item_contributors", *(("kept_items",) if again else ()))
    return Step(
        "item_support",
        "Schools and holdings of each group of pupils in a row that may have few",
        "\nUNION ALL\n".join(f"SELECT {columns}\nFROM {each}" for each in tables),
    )


def support_of_items() -> Step:
    """Under the names that rows have in every release."""
    return Step(
        "support_of_items",
        "The same, for later releases",
        f"""SELECT {", ".join(f"rows.{each}" for each in ROW)}, support.item,
    {", ".join(f"support.{each}" for each in HOLDINGS)}
FROM item_support AS support
JOIN open_rows AS rows ON rows.position = support.position""",
        StepKind.VIEW,
    )

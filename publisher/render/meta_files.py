"""The metadata file that goes with each CSV file (analysts' guide, "Metadata file")."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from publisher.errors import CheckFailed
from publisher.model.definitions import Filter
from publisher.model.progress import Progress
from publisher.model.stages import ProtectedTable
from publisher.render.columns import used_items
from publisher.render.csv_files import line
from publisher.render.edition import DATA_FOLDER, Edition

META_COLUMNS = (
    "col_name",
    "col_type",
    "label",
    "indicator_grouping",
    "indicator_unit",
    "indicator_dp",
    "filter_hint",
    "filter_grouping_column",
    "filter_default",
)
"""`filter_grouping_column` is required and stays empty: the platform refuses a default beside
a group."""
_A_CHOICE = 2
"""A filter with fewer items is no choice and the screener refuses it."""


def write_meta_files(edition: Edition, public: Path, progress: Progress) -> None:
    """Write `data/<data_set>.meta.csv` for every data set.

    Raises:
        CheckFailed: a filter's default is not one of its items.
    """
    with progress.stage("Writing metadata files", len(edition.tables)) as advance:
        for table in edition.tables:
            text = line(META_COLUMNS) + "".join(line(row) for row in meta_rows(table))
            path = public / DATA_FOLDER / f"{table.data_set.name}.meta.csv"
            path.write_bytes(text.encode())
            advance(1)


def meta_rows(table: ProtectedTable) -> Iterator[tuple[str, ...]]:
    """One row per filter that has a choice, then one per indicator, in published order.

    A filter with one item in the data has no row (screener, `filter_not_singular`); its column
    stays in the data and says the same in every row.

    Raises:
        CheckFailed: a filter's default is not one of its items.
    """
    for each in table.data_set.filters:
        items = used_items(table, each.column)
        if len(items) >= _A_CHOICE:
            default = _default(table, each, items)
            yield (each.column, "Filter", each.label, "", "", "", each.hint, "", default)
    for indicator in table.data_set.indicators:
        yield (
            indicator.column,
            "Indicator",
            indicator.label,
            indicator.grouping,
            indicator.unit.value,
            str(indicator.decimal_places),
            "",
            "",
            "",
        )


def _default(table: ProtectedTable, each: Filter, items: tuple[str, ...]) -> str:
    """The declared default; blank where this release has no row with it."""
    if each.default not in each.items:
        raise CheckFailed(
            f"{table.data_set.name}: '{each.default}' is not an item of {each.column}",
            "The default of a filter is one of its items.",
        )
    return each.default if each.default in items else ""

"""Finished files of an invented country, written by hand for the screener's tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from publisher.model.stages import ProtectedTable
from tests.unit.checks.world import protected, world

SYMBOLS = {"withheld": "c", "not available": "x", "not applicable": "z", "empty": ""}
META_COLUMNS = [
    "col_name",
    "col_type",
    "label",
    "indicator_grouping",
    "indicator_unit",
    "indicator_dp",
    "filter_hint",
    "filter_grouping_column",
    "filter_default",
]


@dataclass
class Files:
    """The text of both files of a data set, and what they are called."""

    name: str
    data: pd.DataFrame
    meta: pd.DataFrame
    data_name: str = ""
    meta_name: str = ""

    def write(self, folder: Path) -> None:
        """Write both files into `folder`."""
        data_path = folder / (self.data_name or f"{self.name}.csv")
        meta_path = folder / (self.meta_name or f"{self.name}.meta.csv")
        self.data.to_csv(data_path, index=False, lineterminator="\n")
        self.meta.to_csv(meta_path, index=False, lineterminator="\n")


@cache
def _clean(name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = protected(world(authorities=3, weeks=1, seed=3), withheld=0.05).table(name)
    data = data_text(table)
    return data, meta_text(table, data)


def clean(name: str) -> Files:
    """Files with nothing wrong; yours to spoil."""
    data, meta = _clean(name)
    return Files(name, data.copy(), meta.copy())


def data_text(table: ProtectedTable) -> pd.DataFrame:
    """The data file's cells as text."""
    columns = {}
    indicators = table.data_set.indicator_columns
    for column in table.rows.columns:
        if column.removesuffix("_status") in indicators and column not in indicators:
            continue
        cells = table.rows[column].astype(object)
        if column in indicators:
            decimals = 2 if column.endswith("_percent") else 0
            numbers = [v if isinstance(v, str) else f"{v:.{decimals}f}" for v in cells]
            status = table.rows[f"{column}_status"].astype(object)
            cells = [SYMBOLS.get(s, n) for s, n in zip(status, numbers, strict=True)]
        columns[column] = cells
    return pd.DataFrame(columns, dtype=object)


def meta_text(table: ProtectedTable, data: pd.DataFrame) -> pd.DataFrame:
    """The meta file's cells as text."""
    rows = []
    for each in table.data_set.filters:
        items = set(data[each.column])
        if len(items) > 1:
            default = each.default if each.default in items else ""
            rows.append((each.column, "Filter", each.label, "", "", "", each.hint, "", default))
    for each in table.data_set.indicators:
        decimals = str(each.decimal_places)
        about = (each.column, "Indicator", each.label, each.grouping, each.unit.value, decimals)
        rows += [(*about, "", "", "")]
    return pd.DataFrame(rows, columns=META_COLUMNS, dtype=object)

"""From rows of a protected table to a table that people read: rows by place, columns by item."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from publisher.errors import ConfigProblem
from publisher.model.definitions import DataSet, Indicator
from publisher.model.stages import ProtectedTable
from publisher.model.status import CellStatus
from publisher.render.columns import Figures, figures
from publisher.render.edition import Edition
from publisher.render.rounding import rounded
from publisher.render.symbols import SYMBOLS, shown_symbol

Cell = float | int | str
Key = tuple[str, ...]

NO_ROW = SYMBOLS[CellStatus.NOT_APPLICABLE].bracketed
"""Where a table has a place for a row that does not exist: no such school was open."""


@dataclass(frozen=True)
class Column:
    """A column of a table: the figures of one indicator for some filter items."""

    header: str
    indicator: str
    items: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """Which rows of a data set a table shows, and how.

    `where` keeps rows by the items of key columns; `keys` are the key columns that name the
    table's rows; `order` ranks rows, given their keys.
    """

    where: Mapping[str, Sequence[str]]
    keys: Sequence[str]
    columns: Sequence[Column]
    order: Callable[[Key], tuple[int | str, ...]]


def tabulate(edition: Edition, table: ProtectedTable, layout: Layout) -> dict[Key, list[Cell]]:
    """For each row of the table its cells, one per column of `layout`, in its order.

    Raises:
        ConfigProblem: the layout asks for an item that the data set does not have.
    """
    across = tuple(layout.columns[0].items)
    rows = _rows(table, layout)
    named = table.rows.iloc[rows]
    keys = list(zip(*(named[column].astype(str) for column in layout.keys), strict=True))
    items = _item_keys(named, across)
    found = {place: n for n, place in enumerate(zip(keys, items, strict=True))}
    shown = {
        name: cells(edition, table, indicator(table.data_set, name), rows)
        for name in {column.indicator for column in layout.columns}
    }
    made: dict[Key, list[Cell]] = {}
    for key in sorted(set(keys), key=layout.order):
        places = [
            found.get((key, tuple(column.items[each] for each in across)))
            for column in layout.columns
        ]
        made[key] = [
            NO_ROW if n is None else shown[column.indicator][n]
            for n, column in zip(places, layout.columns, strict=True)
        ]
    return made


def cells(
    edition: Edition, table: ProtectedTable, column: Indicator, rows: npt.NDArray[np.int64]
) -> list[Cell]:
    """Figures as they stand in a spreadsheet: the CSV's numbers, or symbols in brackets."""
    found = figures(table, column, rows)
    numbers = _numbers(found, edition.decimals(column))
    symbols = [shown_symbol(status) for status in found.statuses]
    return [
        number if symbols[code] is None else str(symbols[code])
        for number, code in zip(numbers, found.status_codes, strict=True)
    ]


def indicator(data_set: DataSet, name: str) -> Indicator:
    """The indicator called `name`.

    Raises:
        ConfigProblem: the data set has no such column.
    """
    known = {each.column: each for each in data_set.indicators}
    if name not in known:
        raise _unknown(name, "an indicator", data_set, list(known))
    return known[name]


def check_item(data_set: DataSet, column: str, item: str) -> None:
    """See that the data set declares an item.

    Raises:
        ConfigProblem: it does not; the message names the nearest.
    """
    known = {each.column: each.items for each in data_set.filters}
    if column not in known:
        raise _unknown(column, "a filter", data_set, list(known))
    if item not in known[column]:
        raise _unknown(item, f"an item of {column}", data_set, list(known[column]))


def _unknown(word: str, what: str, data_set: DataSet, known: Sequence[str]) -> ConfigProblem:
    near = difflib.get_close_matches(word, known, n=1)
    advice = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(known)}."
    return ConfigProblem(f"'{word}' is not {what} of {data_set.name}", advice)


def _numbers(found: Figures, decimals: int) -> list[Cell]:
    if isinstance(found.values, pd.Series):
        return [str(value) for value in found.values]
    values = rounded(np.where(found.shown, found.values, 0.0), decimals)
    return [float(value) if decimals else int(value) for value in values]


def _rows(table: ProtectedTable, layout: Layout) -> npt.NDArray[np.int64]:
    keep = np.ones(len(table.rows), dtype=bool)
    for column, items in _wanted(layout).items():
        if column in table.data_set.filter_columns:
            for item in items:
                check_item(table.data_set, column, item)
        keep &= table.rows[column].isin(list(items)).to_numpy()
    return np.flatnonzero(keep).astype(np.int64)


def _wanted(layout: Layout) -> dict[str, Sequence[str]]:
    across: dict[str, list[str]] = {}
    for column in layout.columns:
        for name, item in column.items.items():
            across.setdefault(name, []).append(item)
    return {**layout.where, **across}


def _item_keys(rows: pd.DataFrame, across: Sequence[str]) -> list[Key]:
    if not across:
        return [()] * len(rows)
    return list(zip(*(rows[column].astype(str) for column in across), strict=True))

"""Turns a finished data file back into figures and statuses, for the arithmetic checks."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from publisher.checks.cube import POLICY_COLUMN, STATUSES, Cube, Floats, build_cube
from publisher.checks.screening.text_table import TextColumn, TextTable
from publisher.model.definitions import DataSet, IndicatorUnit
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.stages import STATUS_SUFFIX
from publisher.model.status import CellStatus

Categories = Any
"""A pandas categorical; its type stubs cannot say of what."""

NUMBER = re.compile(r"(0|[1-9]\d*)(\.\d+)?")
"""A number as the platform wants it: no sign, no thousands comma, no exponent, no blanks."""

SYMBOLS = {
    "c": CellStatus.WITHHELD,
    "x": CellStatus.NOT_AVAILABLE,
    "z": CellStatus.NOT_APPLICABLE,
    "low": CellStatus.ROUNDS_TO_ZERO,
    "": CellStatus.EMPTY,
}
"""The only symbols that are published (method, section 10), and the blank."""


def reread(data: TextTable, data_set: DataSet) -> Cube:
    """The figures of `data`, laid out by the columns of the definition.

    A cell that is neither a number nor a symbol has an unknown status and no value; other checks
    report it.

    Raises:
        MissingColumn: a column of the definition is not in the file.
    """
    dimensions = ("time_period", "time_identifier", *GEOGRAPHY_COLUMNS, *data_set.filter_columns)
    columns: dict[str, object] = {name: _categorical(data.column(name)) for name in dimensions}
    for each in data_set.indicators:
        cells = data.column(each.column)
        is_text = each.unit is IndicatorUnit.TEXT
        columns[each.column] = _categorical(cells) if is_text else _numbers(cells)
        columns[f"{each.column}{STATUS_SUFFIX}"] = _statuses(cells, is_text=is_text)
    columns[POLICY_COLUMN] = np.zeros(data.rows, dtype=bool)
    return build_cube(pd.DataFrame(columns))


def _categorical(column: TextColumn) -> Categories:
    return pd.Categorical.from_codes(column.codes, pd.Index(column.items, dtype=object))


def _numbers(column: TextColumn) -> Floats:
    values = [float(item) if NUMBER.fullmatch(item) else np.nan for item in column.items]
    return np.array([*values, np.nan])[column.codes]


def _statuses(column: TextColumn, *, is_text: bool) -> Categories:
    names = [_status(item, is_text=is_text) for item in column.items]
    places = [STATUSES.index(name) if name else -1 for name in names]
    codes = np.array([*places, -1], dtype=np.int64)[column.codes]
    names_of_all = pd.Index([each.value for each in STATUSES], dtype=object)
    return pd.Categorical.from_codes(codes, names_of_all)


def _status(item: str, *, is_text: bool) -> CellStatus | None:
    if item in SYMBOLS:
        return SYMBOLS[item]
    return CellStatus.SHOWN if is_text or NUMBER.fullmatch(item) else None

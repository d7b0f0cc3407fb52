"""The columns of a protected table, checked once and handed to writers chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from publisher.errors import CheckFailed
from publisher.model.definitions import DataSet, Indicator, IndicatorUnit
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.stages import STATUS_SUFFIX, ProtectedTable
from publisher.model.status import CellStatus
from publisher.render.symbols import read_status

TIME_COLUMNS = ("time_period", "time_identifier")
ROWS_AT_A_TIME = 2**17
"""Rows held as text at once: keeps memory flat whatever the length of the year."""

Codes = npt.NDArray[np.integer]
Rows = slice | npt.NDArray[np.int64]
"""Which rows of a table, by position."""


@dataclass(frozen=True)
class Figures:
    """Some rows of one indicator: values, and which status each has.

    `values` has NaN (or "") where no number is shown. `status_codes` index `statuses`.
    """

    indicator: Indicator
    values: npt.NDArray[np.float64] | pd.Series[str]
    statuses: tuple[CellStatus, ...]
    status_codes: Codes

    @property
    def shown(self) -> npt.NDArray[np.bool_]:
        """Which rows show their value."""
        is_shown = np.array([status is CellStatus.SHOWN for status in self.statuses], dtype=bool)
        return is_shown[self.status_codes]


def key_columns(data_set: DataSet) -> tuple[str, ...]:
    """The columns that say what a row is about, in published order."""
    return (*TIME_COLUMNS, *GEOGRAPHY_COLUMNS, *data_set.filter_columns)


def published_columns(data_set: DataSet) -> tuple[str, ...]:
    """The header of the CSV file: time, geography, filters, indicators."""
    return (*key_columns(data_set), *data_set.indicator_columns)


def check_columns(table: ProtectedTable) -> None:
    """See that the table has the columns its data set declares, and that keys are complete.

    Raises:
        CheckFailed: a column is missing, unexpected, of another kind, or has blank keys.
    """
    expected = set(key_columns(table.data_set))
    for column in table.data_set.indicator_columns:
        expected |= {column, column + STATUS_SUFFIX}
    found = set(table.rows.columns)
    if found != expected:
        odd = ", ".join(sorted(map(str, found ^ expected)))
        raise CheckFailed(
            f"{table.data_set.name} does not have the columns it declares: {odd}",
            "Each column must be declared, and each declared column present.",
        )
    for column in key_columns(table.data_set):
        _categories(table, column)


def chunks(table: ProtectedTable) -> Iterator[slice]:
    """Slices that cover the table's rows in order."""
    for start in range(0, len(table.rows), ROWS_AT_A_TIME):
        yield slice(start, min(start + ROWS_AT_A_TIME, len(table.rows)))


def categories(table: ProtectedTable, column: str) -> tuple[str, ...]:
    """The words that the codes of a key column stand for."""
    return tuple(str(word) for word in _categories(table, column).categories)


def codes(table: ProtectedTable, column: str, rows: Rows) -> Codes:
    """Which of `categories` each of some rows has."""
    found: Codes = _categories(table, column).codes[rows]
    return found


def used_items(table: ProtectedTable, column: str) -> tuple[str, ...]:
    """The items of a key column that some row has, in the order of its categories."""
    values = _categories(table, column)
    used = np.bincount(values.codes, minlength=len(values.categories)) > 0
    return tuple(str(word) for word, found in zip(values.categories, used, strict=True) if found)


def figures(table: ProtectedTable, indicator: Indicator, rows: Rows) -> Figures:
    """Some rows of an indicator.

    Raises:
        CheckFailed: a status is unknown or missing, a shown figure has no value, or a figure
            that must not be shown has one.
    """
    status = table.rows[indicator.column + STATUS_SUFFIX].iloc[rows].astype("category").cat
    status_codes = status.codes.to_numpy()
    statuses = tuple(read_status(word) for word in status.categories)
    values = table.rows[indicator.column].iloc[rows]
    if bool((status_codes < 0).any()):
        raise _broken(table, indicator, "has a figure without a status")
    made = Figures(indicator, _values(indicator, values), statuses, status_codes)
    present = _present(made)
    if bool((made.shown & ~present).any()):
        raise _broken(table, indicator, "has no value where one is to be shown")
    if bool((~made.shown & present).any()):
        raise _broken(table, indicator, "has a value where none may be shown")
    return made


def _values(
    indicator: Indicator, values: pd.Series[str] | pd.Series[float]
) -> npt.NDArray[np.float64] | pd.Series[str]:
    if indicator.unit is IndicatorUnit.TEXT:
        return values.astype("str").where(values.notna(), "").reset_index(drop=True)
    return np.asarray(values.to_numpy(na_value=np.nan), dtype=np.float64)


def _present(made: Figures) -> npt.NDArray[np.bool_]:
    if isinstance(made.values, pd.Series):
        return (made.values != "").to_numpy(dtype=bool)
    return ~np.isnan(made.values)


def _categories(table: ProtectedTable, column: str) -> pd.Categorical:
    values = table.rows[column].array
    if not isinstance(values, pd.Categorical) or bool((values.codes < 0).any()):
        raise CheckFailed(
            f"{table.data_set.name}: column {column} is not made of categories, or has gaps",
            "Every row says what it is about; a blank is a category of its own.",
        )
    return values


def _broken(table: ProtectedTable, indicator: Indicator, what: str) -> CheckFailed:
    return CheckFailed(
        f"{table.data_set.name}: column {indicator.column} {what}",
        "Look at the stage that protects figures; nothing was published.",
    )

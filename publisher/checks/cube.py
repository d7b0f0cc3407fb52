"""A published table as a matrix: rows of the grid by items, one matrix per indicator.

Checks that compare figures with one another (parts with totals, rates with counts) are column
operations on these matrices; 1.5 million cells are some 32,000 rows by 46 items.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.model.definitions import ATTENDANCE_DATE
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.stages import STATUS_SUFFIX
from publisher.model.status import CellStatus
from publisher.model.time import WEEKDAYS

PERIOD_COLUMNS = ("time_period", "time_identifier", "time_frame")
ROW_COLUMNS = (*PERIOD_COLUMNS, *GEOGRAPHY_COLUMNS, "education_phase")
POLICY_COLUMN = "withheld_by_policy"
"""True where disclosure control said that the line shows nothing about pupils."""

STATUSES = tuple(CellStatus)
ABSENT = -1
"""The status code of a cell that has no line in the table."""
UNKNOWN = -2
"""The status code of a status that is not in the list."""

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]
Matrix = TypeVar("Matrix", Floats, Codes)


@dataclass(frozen=True, repr=False)
class Cube:
    """One data set, rearranged.

    `rows` has the `ROW_COLUMNS` as text and `location` (the code of the place), one line per row of
    the grid. `items` has the other filters, one line per item. `lines` counts the table's lines of
    each (row, item); `withheld` says where disclosure control withholds them. `numbers`, `statuses`
    and `texts` have one matrix per indicator; texts are codes into `text_items`, -1 where blank.
    """

    rows: pd.DataFrame
    items: pd.DataFrame
    lines: Codes
    withheld: Mask
    numbers: dict[str, Floats]
    statuses: dict[str, Codes]
    texts: dict[str, Codes]
    text_items: dict[str, tuple[str, ...]]
    _groups: dict[tuple[str, ...], Codes] = field(default_factory=dict, init=False, repr=False)

    def __repr__(self) -> str:
        return f"Cube({len(self.rows)} rows, {len(self.items)} items)"

    def has_status(self, indicator: str, *statuses: CellStatus) -> Mask:
        """Where the indicator has one of `statuses`."""
        wanted = [STATUSES.index(each) for each in statuses]
        return np.asarray(np.isin(self.statuses[indicator], wanted))

    def known(self, indicator: str) -> Mask:
        """Where the reader knows the figure: shown, or shown as rounding to zero."""
        return self.has_status(indicator, CellStatus.SHOWN, CellStatus.ROUNDS_TO_ZERO)

    def figures(self, indicator: str) -> Floats:
        """The known figures; those that round to zero are 0, the others NaN."""
        rounds_to_zero = self.has_status(indicator, CellStatus.ROUNDS_TO_ZERO)
        return np.where(rounds_to_zero, 0.0, self.numbers[indicator])

    def item(self, **filters: str) -> int:
        """The position of the only item with these filter values.

        Raises:
            LookupError: no item, or more than one, has them.
        """
        columns = [self.items[column].tolist() for column in filters]
        wanted = tuple(filters.values())
        lines = zip(*columns, strict=True) if columns else [()] * len(self.items)
        places = [place for place, line in enumerate(lines) if line == wanted]
        if len(places) != 1:
            raise LookupError(f"{len(places)} items match")
        return places[0]

    def groups(self, columns: Sequence[str]) -> Codes:
        """The number of each row's group: rows of one period that agree in `columns`."""
        key = (*PERIOD_COLUMNS, *columns)
        if key not in self._groups:
            numbers = self.rows.groupby(list(key), sort=False).ngroup()
            self._groups[key] = np.asarray(numbers, dtype=np.int64)
        return self._groups[key]

    def rows_where(self, **wanted: Iterable[str]) -> Mask:
        """Rows whose columns have one of the wanted values each."""
        match = np.ones(len(self.rows), dtype=bool)
        for column, values in wanted.items():
            match &= self.rows[column].isin(list(values)).to_numpy()
        return match


def build_cube(frame: pd.DataFrame) -> Cube:
    """Rearrange `frame`, laid out as `ProtectedTable.rows` says (plus `POLICY_COLUMN`).

    Raises:
        KeyError: a column of the grid is missing.
    """
    frame = with_time_frame(frame)
    indicators = [name for name in frame.columns if f"{name}{STATUS_SUFFIX}" in frame.columns]
    figures = {*indicators, *(f"{name}{STATUS_SUFFIX}" for name in indicators), POLICY_COLUMN}
    of_rows = {*figures, *ROW_COLUMNS, ATTENDANCE_DATE}
    others = [name for name in frame.columns if name not in of_rows]
    row_of, first_of_row = line_groups(frame, ROW_COLUMNS)
    item_of, first_of_item = line_groups(frame, others)
    shape = (len(first_of_row), len(first_of_item))
    flat = row_of * shape[1] + item_of
    numeric = [name for name in indicators if pd.api.types.is_numeric_dtype(frame[name].dtype)]
    texts = {name: _coded(frame[name]) for name in indicators if name not in numeric}
    return Cube(
        rows=_rows(frame, first_of_row),
        items=_text(frame.iloc[first_of_item][others]),
        lines=np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape),
        withheld=_withheld(frame, flat, shape),
        numbers={
            name: _placed(flat, shape, frame[name].to_numpy(dtype=np.float64), np.nan)
            for name in numeric
        },
        statuses={
            name: _placed(flat, shape, _status_codes(frame[f"{name}{STATUS_SUFFIX}"]), ABSENT)
            for name in indicators
        },
        texts={name: _placed(flat, shape, codes, -1) for name, (codes, _) in texts.items()},
        text_items={name: items for name, (_, items) in texts.items()},
    )


def with_time_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a `time_frame`: where it has a date instead, the weekday of that."""
    if "time_frame" in frame or ATTENDANCE_DATE not in frame:
        return frame
    days = frame[ATTENDANCE_DATE].astype(object)
    weekday_of = {each: _weekday(str(each)) for each in days.unique()}
    return frame.assign(time_frame=days.map(weekday_of).astype("category"))


def _weekday(day: str) -> str:
    try:
        return (*WEEKDAYS, "Saturday", "Sunday")[date.fromisoformat(day).weekday()]
    except ValueError:
        return day


def _rows(frame: pd.DataFrame, first_of_row: Codes) -> pd.DataFrame:
    rows = _text(frame.iloc[first_of_row][list(ROW_COLUMNS)])
    codes = rows["new_la_code"].where(rows["new_la_code"] != "", rows["region_code"])
    rows["location"] = codes.where(codes != "", rows["country_code"])
    return rows


def _withheld(frame: pd.DataFrame, flat: Codes, shape: tuple[int, int]) -> Mask:
    policy = frame[POLICY_COLUMN].to_numpy(dtype=bool)
    return np.asarray(np.bincount(flat[policy], minlength=shape[0] * shape[1]) > 0).reshape(shape)


def _text(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines as plain text, blanks as ''."""
    return lines.astype(object).where(lines.notna(), "").reset_index(drop=True)


def line_groups(frame: pd.DataFrame, columns: Iterable[str]) -> tuple[Codes, Codes]:
    """Group the lines that agree in `columns`.

    Returns:
        For each line the number of its group, in order of appearance; each group's first line.
    """
    group = np.zeros(len(frame), dtype=np.int64)
    for column in columns:
        codes, items = _coded(frame[column])
        # Numbering afresh after each column keeps the product of their sizes within 64 bits.
        group = _renumbered(group * (len(items) + 1) + codes + 1)
    first = np.zeros(group.max(initial=-1) + 1, dtype=np.int64)
    first[group[::-1]] = np.arange(len(frame) - 1, -1, -1)
    return group, first


def _renumbered(key: Codes) -> Codes:
    codes, _ = pd.factorize(key)
    return np.asarray(codes, dtype=np.int64)


def _coded(column: pd.Series[Any]) -> tuple[Codes, tuple[str, ...]]:
    """Codes into the column's distinct texts, -1 where blank."""
    as_category = column.astype("category")
    codes = np.asarray(as_category.cat.codes, dtype=np.int64)
    items = tuple(str(each) for each in as_category.cat.categories)
    if "" in items:
        codes = np.where(codes == items.index(""), -1, codes)
    return codes, items


def _status_codes(column: pd.Series[Any]) -> Codes:
    codes, items = _coded(column)
    known = {each.value: place for place, each in enumerate(STATUSES)}
    lookup = np.array([*(known.get(item, UNKNOWN) for item in items), UNKNOWN], dtype=np.int64)
    return np.asarray(lookup[codes])


def _placed(flat: Codes, shape: tuple[int, int], values: Matrix, blank: float) -> Matrix:
    """The values in a matrix of (row, item), `blank` where there is no line."""
    matrix = np.full(shape[0] * shape[1], blank, dtype=values.dtype)
    matrix[flat] = values
    return matrix.reshape(shape)

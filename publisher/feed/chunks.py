"""Pieces of a table: columns as distinct values and the place of each row among them.

Values are understood once per distinct value by the plain functions of `values`; rows follow by
taking. That is fast, and every type that a file can hold goes through the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

BLANK = -(2**31)
MALFORMED = BLANK + 1
_EPOCH = date(1970, 1, 1).toordinal()

Int32 = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class Encoded:
    """A column: `values[codes[i]]` is the value of row i; the last of `values` is None."""

    values: list[object]
    codes: Int32

    def flags(self, test: Callable[[object], bool]) -> Flags:
        """Whether each row's value passes a test."""
        return np.array([test(value) for value in self.values], np.bool_)[self.codes]

    def numbers(self, convert: Callable[[object], int | None]) -> Int32:
        """Whole numbers, with `BLANK` and `MALFORMED` in the place of what is none."""
        return np.array([_number(convert, value) for value in self.values], np.int32)[self.codes]

    def days(self, convert: Callable[[object], date | None]) -> Int32:
        """Days since 1 January 1970, with `BLANK` and `MALFORMED`."""
        return self.numbers(lambda value: _days(convert(value)))


@dataclass(frozen=True, repr=False)
class Chunk:
    """Some consecutive rows of one file; `first_row` counts the file's rows from 1."""

    file: str
    first_row: int
    rows: int
    columns: Mapping[str, Encoded]
    bytes_read: int = 0
    """How many bytes of the file this piece stands for; for progress only."""


def encoded(column: pa.Array) -> Encoded:
    """A column as distinct values and codes.

    Raises:
        ValueError, OverflowError: a value is not what its type says.
    """
    dictionary = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    values = [*dictionary.dictionary.to_pylist(), None]
    codes = dictionary.indices.cast(pa.int32()).fill_null(len(values) - 1)
    return Encoded(values, codes.to_numpy(zero_copy_only=False))


def _number(convert: Callable[[object], int | None], value: object) -> int:
    try:
        number = convert(value)
    except ValueError:
        return MALFORMED
    return BLANK if number is None else number


def _days(day: date | None) -> int | None:
    return None if day is None else day.toordinal() - _EPOCH


def day_number(day: date) -> int:
    """Days since 1 January 1970."""
    return day.toordinal() - _EPOCH

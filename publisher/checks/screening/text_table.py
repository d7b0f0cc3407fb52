"""A CSV file as text, column by column: distinct texts, and which row has which.

A million rows have a handful of distinct texts in most columns, so checks look at these.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

_BLOCK = 1 << 24
"""Bytes read at a time; larger than any line."""


class UnreadableFile(Exception):
    """The file is not there, not UTF-8, or not a table; says which, without its contents."""


class MissingColumn(Exception):
    """A check needs a column that the file does not have."""


@dataclass(frozen=True, repr=False)
class TextColumn:
    """`items` are the distinct texts; `codes` has the place of each row's text among them."""

    items: tuple[str, ...]
    codes: Codes

    def rows_where(self, wanted: Callable[[str], bool]) -> Mask:
        """Which rows have a text that `wanted` says yes to; asked once per distinct text."""
        answers = np.array([wanted(item) for item in self.items], dtype=bool)
        if not len(answers):
            return np.zeros(len(self.codes), dtype=bool)
        return answers[self.codes]

    @property
    def filled(self) -> Mask:
        """Which rows are not blank."""
        return self.rows_where(bool)

    @property
    def used(self) -> tuple[str, ...]:
        """The distinct texts, without the blank."""
        return tuple(item for item in self.items if item)

    def texts(self) -> list[str]:
        """Every row's text; for short files."""
        return [self.items[code] for code in self.codes]


@dataclass(frozen=True, repr=False)
class TextTable:
    """The columns of a file, in its order."""

    columns: dict[str, TextColumn]
    rows: int

    @property
    def names(self) -> tuple[str, ...]:
        """The header."""
        return tuple(self.columns)

    def column(self, name: str) -> TextColumn:
        """The column called `name`.

        Raises:
            MissingColumn: there is none.
        """
        if name not in self.columns:
            raise MissingColumn(name)
        return self.columns[name]

    def get(self, name: str) -> TextColumn:
        """The column called `name`; one without any text if there is none."""
        if name in self.columns:
            return self.columns[name]
        return TextColumn(("",), np.zeros(self.rows, dtype=np.int64))

    def groups(self, names: Iterable[str]) -> Codes:
        """The number of each row's group: rows that agree in all of these columns."""
        group = np.zeros(self.rows, dtype=np.int64)
        for name in names:
            column = self.column(name)
            pairs = group * len(column.items) + column.codes
            _, group = np.unique(pairs, return_inverse=True)
        return group

    def lines(self) -> list[dict[str, str]]:
        """Every row as a mapping; for short files."""
        texts = [column.texts() for column in self.columns.values()]
        return [dict(zip(self.columns, line, strict=True)) for line in zip(*texts, strict=True)]


def read_text_table(path: Path) -> TextTable:
    """Read a CSV file, every cell as text and nothing as null.

    Raises:
        UnreadableFile: it is missing, not a CSV file, not UTF-8, has lines of different length
            or has two columns of one name.
    """
    if not path.is_file() or path.suffix != ".csv":
        raise UnreadableFile("it is missing or not a .csv file")
    header = _header(path)
    if len(set(header)) != len(header):
        raise UnreadableFile("two of its columns have the same name")
    try:
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(block_size=_BLOCK),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.dictionary(pa.int32(), pa.string()) for name in header},
                strings_can_be_null=False,
                check_utf8=True,
            ),
        )
    except pa.ArrowInvalid:
        # The library's message quotes the line.
        raise UnreadableFile("it is not UTF-8, or its lines differ in length") from None
    if tuple(table.column_names) != header:
        raise UnreadableFile("its header cannot be read")
    return _as_text(table.unify_dictionaries())


def _header(path: Path) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(next(csv.reader(file), ()))
    except UnicodeDecodeError:
        raise UnreadableFile("it is not UTF-8") from None


def _as_text(table: pa.Table) -> TextTable:
    return TextTable(
        {name: _as_column(table.column(name)) for name in table.column_names}, table.num_rows
    )


def _as_column(chunked: pa.ChunkedArray) -> TextColumn:
    if not chunked.num_chunks:
        return TextColumn((), np.zeros(0, dtype=np.int64))
    codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in chunked.chunks]
    items = tuple(chunked.chunk(0).dictionary.to_pylist())
    return TextColumn(items, np.concatenate(codes).astype(np.int64))

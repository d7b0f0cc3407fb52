"""Finished data files as columns of words: CSV and Parquet, each different text kept once."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from publisher.attack.values import Sayings, sayings
from publisher.errors import UsageProblem

_MOST_COUNTED = 1 << 22
"""Combinations of words up to which each has a place of its own; of more they are sorted."""
_STATUS = "_status"
_SYMBOL_OF_STATUS = {
    "withheld": "c",
    "not available": "x",
    "not applicable": "z",
    "rounds to zero": "low",
    "empty": "",
}


@dataclass(frozen=True, repr=False)
class Column:
    """Many cells: `words` are the different texts, `codes` says which of them each cell holds."""

    words: tuple[str, ...]
    codes: NDArray[np.int32]

    @property
    def sayings(self) -> Sayings:
        """What each cell says as a figure."""
        return sayings(self.words, self.codes)

    @property
    def present(self) -> tuple[str, ...]:
        """The texts that some cell holds."""
        held = np.bincount(self.codes, minlength=len(self.words)) > 0
        return tuple(word for word, some in zip(self.words, held.tolist(), strict=True) if some)

    def mapped(self, found: Sequence[int]) -> NDArray[np.int64]:
        """For each cell the number that `found` gives for its word, in the order of `words`."""
        return np.asarray(found, np.int64)[self.codes]


@dataclass(frozen=True, repr=False)
class Table:
    """One data file; every column has the same number of cells."""

    source: str
    columns: dict[str, Column]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(next(iter(self.columns.values())).codes) if self.columns else 0

    def column(self, name: str) -> Column:
        """A column; one of blanks where there is none."""
        blank = Column(("",), np.zeros(self.rows, np.int32))
        return self.columns.get(name, blank)


def read_csv(source: str, data: Path | bytes) -> Table:
    """Read a CSV file, every value as text.

    Raises:
        UsageProblem: it is not CSV in UTF-8 with a header.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else str(data)
    try:
        with pa_csv.open_csv(stream) as opened:
            names = opened.schema.names
        words = pa.dictionary(pa.int32(), pa.string())
        convert = pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, words), strings_can_be_null=False
        )
        again = io.BytesIO(data) if isinstance(data, bytes) else str(data)
        table = pa_csv.read_csv(again, convert_options=convert)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise UsageProblem(
            f"{source} cannot be read as CSV",
            "It must be UTF-8 with one header row and the same number of fields in every row.",
        ) from None
    if len(set(names)) != len(names):
        raise UsageProblem(f"{source} has two columns of the same name")
    trimmed = [name.removeprefix("\ufeff").strip() for name in table.column_names]
    return Table(source, _columns(table.rename_columns(trimmed)))


def read_parquet(source: str, path: Path) -> Table:
    """Read a Parquet file; `<column>_status` columns become symbols in their columns.

    Raises:
        UsageProblem: it is not Parquet.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError):
        raise UsageProblem(f"{source} cannot be read as Parquet") from None
    columns = _columns(table)
    for name in list(columns):
        if name.endswith(_STATUS) and name.removesuffix(_STATUS) in columns:
            figure = name.removesuffix(_STATUS)
            columns[figure] = _with_symbols(columns[figure], columns.pop(name))
    return Table(source, columns)


def _columns(table: pa.Table) -> dict[str, Column]:
    return {name: _column(table.column(name)) for name in table.column_names}


def _column(values: pa.ChunkedArray) -> Column:
    if not pa.types.is_dictionary(values.type):
        values = pc.dictionary_encode(values)
    whole = values.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # what Arrow gives back for a column without rows
        return Column((), np.zeros(0, np.int32))
    words = [_text(each) for each in whole.dictionary.to_pylist()]
    # Without blanks the numbers stay where they are: a copy of each column takes seconds.
    indices = pc.fill_null(whole.indices, len(words)) if whole.null_count else whole.indices
    codes = indices.to_numpy(zero_copy_only=False)
    return Column((*words, ""), codes.astype(np.int32, copy=False))


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _with_symbols(figure: Column, status: Column) -> Column:
    """Where the status says so, its symbol stands in place of the number."""
    symbols = tuple(_SYMBOL_OF_STATUS.values())
    names = list(_SYMBOL_OF_STATUS)
    place = [names.index(each) if each in names else -1 for each in status.words]
    chosen = status.mapped(place)
    codes = np.where(chosen >= 0, len(figure.words) + chosen, figure.codes)
    return Column((*figure.words, *symbols), codes.astype(np.int32, copy=False))


def joined(columns: Iterable[Column], by: str = "|") -> Column:
    """Several columns as one: the words of each row put together."""
    parts = list(columns)
    codes = np.zeros(len(parts[0].codes), np.int64)
    for each in parts:
        codes = codes * len(each.words) + each.codes
    kept, places = _numbered(codes, prod(len(each.words) for each in parts))
    words: list[str] = []
    for code in kept.tolist():
        rest, texts = code, []
        for each in reversed(parts):
            rest, place = divmod(rest, len(each.words))
            texts.append(each.words[place])
        words.append(by.join(reversed(texts)))
    return Column(tuple(words), places)


def _numbered(codes: NDArray[np.int64], end: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The different codes, all below `end`, in order, and the number of each one among them."""
    if end > _MOST_COUNTED:
        kept, places = np.unique(codes, return_inverse=True)
        return kept, places.astype(np.int32)
    held = np.zeros(end, dtype=bool)
    held[codes] = True
    number = np.cumsum(held, dtype=np.int32) - 1
    return np.flatnonzero(held), number[codes]

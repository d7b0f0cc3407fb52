"""CSV as the platform wants it: UTF-8, no mark, LF, quotes only where needed (contract, section 3).

Words are quoted once per category, not once per row, and rows are joined by Arrow; so a million
rows take seconds and memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from publisher.model.progress import Progress
from publisher.model.stages import ProtectedTable
from publisher.render.columns import (
    Figures,
    categories,
    check_columns,
    chunks,
    codes,
    figures,
    key_columns,
    published_columns,
)
from publisher.render.edition import DATA_FOLDER, Edition
from publisher.render.rounding import in_units
from publisher.render.symbols import csv_symbol


def write_csv_files(edition: Edition, public: Path, progress: Progress) -> None:
    """Write `data/<data_set>.csv` for every data set.

    Raises:
        CheckFailed: a table is not as its data set declares it (see `columns`).
    """
    rows = sum(len(table.rows) for table in edition.tables)
    with progress.stage("Writing CSV files", rows) as advance:
        for table in edition.tables:
            check_columns(table)
            path = public / DATA_FOLDER / f"{table.data_set.name}.csv"
            with path.open("wb") as file:
                file.write(line(published_columns(table.data_set)).encode())
                for part in chunks(table):
                    _write_rows(edition, table, part, file)
                    advance(part.stop - part.start)


def quoted(cell: str) -> str:
    """The cell as it stands in a CSV line; in quotes only if it must be (RFC 4180)."""
    if any(character in cell for character in ',"\n\r'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def line(cells: Sequence[str]) -> str:
    """One line of a CSV file."""
    return ",".join(quoted(cell) for cell in cells) + "\n"


def _write_rows(edition: Edition, table: ProtectedTable, part: slice, file: BinaryIO) -> None:
    keys = [_key_text(table, column, part) for column in key_columns(table.data_set)]
    shown = [
        _figure_text(figures(table, indicator, part), edition.decimals(indicator))
        for indicator in table.data_set.indicators
    ]
    *others, last = [*keys, *shown]
    ended = pc.binary_join_element_wise(last, "\n", "")
    lines = pc.binary_join_element_wise(*others, ended, ",")
    _write_text(lines, file)


def _write_text(lines: pa.Array, file: BinaryIO) -> None:
    """Arrow keeps texts end to end, which is how a file wants them."""
    starts = np.frombuffer(lines.buffers()[1], dtype=np.int32, count=len(lines) + 1)
    file.write(memoryview(lines.buffers()[2])[starts[0] : starts[-1]])


def _key_text(table: ProtectedTable, column: str, part: slice) -> pa.Array:
    words = pa.array([quoted(word) for word in categories(table, column)], pa.string())
    return words.take(pa.array(codes(table, column, part)))


def _figure_text(found: Figures, decimals: int) -> pa.Array:
    symbols = pa.array([csv_symbol(status) for status in found.statuses], pa.string())
    instead = symbols.take(pa.array(found.status_codes))
    return pc.coalesce(instead, _value_text(found, decimals))


def _value_text(found: Figures, decimals: int) -> pa.Array:
    if isinstance(found.values, pd.Series):
        words, which = np.unique(found.values.to_numpy(dtype=object), return_inverse=True)
        return pa.array([quoted(word) for word in words], pa.string()).take(pa.array(which))
    return number_text(np.where(found.shown, found.values, 0.0), decimals)


def number_text(values: npt.NDArray[np.float64], decimals: int) -> pa.Array:
    """Numbers as text with so many decimals, no thousands commas, half away from zero."""
    units = in_units(values, decimals)
    whole, part = np.divmod(np.abs(units), 10**decimals)
    text = pa.array(whole).cast(pa.string())
    if decimals:
        endings = pa.array([f"{n:0{decimals}d}" for n in range(10**decimals)], pa.string())
        text = pc.binary_join_element_wise(text, endings.take(pa.array(part)), ".")
    if not bool((units < 0).any()):
        return text
    sign = pc.if_else(pa.array(units < 0), "-", "")
    return pc.binary_join_element_wise(sign, text, "")

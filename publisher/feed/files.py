"""Opens CSV and Parquet files piece by piece, and says where one cannot be understood.

What a library says about a broken file can repeat its content; only the words of this module and
of `csv_faults` reach the reader.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from publisher.errors import BatchRefused
from publisher.feed.chunks import Chunk, encoded
from publisher.feed.columns import COLUMNS, columns_read
from publisher.feed.csv_faults import csv_fault
from publisher.feed.layout import shown

_CSV_BLOCK_BYTES = 1 << 24
_BROKEN = (pa.ArrowException, OSError, ValueError, OverflowError)


def chunks(files: Sequence[Path], table: str, rows_at_a_time: int) -> Iterator[Chunk]:
    """The rows of a table in the order of its files.

    Raises:
        BatchRefused: a file is empty, broken, or does not have exactly the table's columns.
    """
    for path in files:
        if path.stat().st_size == 0:
            raise BatchRefused(f"{shown(path)} is empty (0 bytes)", "Deliver the file again.")
        if path.suffix == ".csv":
            yield from _csv_chunks(path, table)
        else:
            yield from _parquet_chunks(path, table, rows_at_a_time)


def _csv_chunks(path: Path, table: str) -> Iterator[Chunk]:
    header = _csv_header(path)
    _check_columns(path, table, header)
    if _only_header(path):
        return
    wanted = columns_read(table)
    row, seen = 1, 0
    try:
        with pa.OSFile(str(path)) as source:
            for batch in _csv_batches(source, header):
                position = source.tell()
                yield _chunk(path, row, batch, wanted, position - seen)
                row, seen = row + batch.num_rows, position
    except _BROKEN:
        raise csv_fault(path, header) from None


def _csv_batches(source: pa.NativeFile, header: list[str]) -> Iterator[pa.RecordBatch]:
    """All columns, as text: what is not needed must still be well-formed."""
    yield from pa.csv.open_csv(
        source,
        read_options=pa.csv.ReadOptions(
            column_names=header, skip_rows=1, block_size=_CSV_BLOCK_BYTES
        ),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
        ),
    )


def _only_header(path: Path) -> bool:
    with path.open("rb") as file:
        file.readline()
        return not any(line.strip() for line in file)


def _csv_header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [name.strip() for name in next(csv.reader([file.readline()]), [])]
    except (UnicodeDecodeError, csv.Error, OSError):
        raise csv_fault(path, []) from None


def _parquet_chunks(path: Path, table: str, rows_at_a_time: int) -> Iterator[Chunk]:
    wanted = columns_read(table)
    row = 1
    try:
        schema = pa.parquet.read_schema(path)
        _check_columns(path, table, schema.names)
        _check_types(path, schema, wanted)
        with pa.parquet.ParquetFile(path, read_dictionary=list(wanted)) as file:
            share = path.stat().st_size / max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(rows_at_a_time, columns=list(wanted)):
                yield _chunk(path, row, batch, wanted, int(share * batch.num_rows))
                row += batch.num_rows
    except _BROKEN:
        raise BatchRefused(
            f"{shown(path)} is not a whole Parquet file", "It may be cut short; deliver it again."
        ) from None


def _chunk(path: Path, row: int, batch: pa.RecordBatch, wanted: Sequence[str], size: int) -> Chunk:
    columns = {name: encoded(batch.column(name)) for name in wanted}
    return Chunk(shown(path), row, batch.num_rows, columns, size)


def _check_columns(path: Path, table: str, found: Sequence[str]) -> None:
    """Exactly the table's columns, in any order. A file without a header shows no content here."""
    expected = COLUMNS[table]
    advice = f"{table} has the columns {', '.join(expected)}, and no others."
    missing = [name for name in expected if name not in found]
    where = f"{shown(path)}, line 1" if path.suffix == ".csv" else shown(path)
    if missing:
        raise BatchRefused(f"{where}: no column {', '.join(missing)}", advice)
    for place, name in enumerate(found, start=1):
        if name not in expected:
            raise BatchRefused(f"{where}, column {place}: '{name}' does not belong here", advice)
        if name in found[: place - 1]:
            raise BatchRefused(f"{where}, column {place}: '{name}' is there twice", advice)


def _check_types(path: Path, schema: pa.Schema, wanted: Sequence[str]) -> None:
    for name in wanted:
        if not _readable(schema.field(name).type):
            raise BatchRefused(
                f"{shown(path)}, column '{name}' has the type {schema.field(name).type}",
                "Deliver text, numbers, booleans or dates.",
            )


def _readable(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _readable(kind.value_type)
    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_date,
        pa.types.is_timestamp,
        pa.types.is_null,
    )
    return any(test(kind) for test in tests)

"""Writes the store's Parquet files, as `publisher.model.tables.Snapshot` promises them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from publisher.errors import StoreProblem
from publisher.model.erasure import KeptOut
from publisher.model.intake import MARKS_SCHEMA, PUPILS_SCHEMA, PreparedBatch, Registers
from publisher.store.register_weeks import WEEKS_FILE, register_weeks
from publisher.store.rows import WEEKS

RECEIVED = pa.field("received", pa.timestamp("us"))
MARKS_FILE = MARKS_SCHEMA.append(RECEIVED)
PUPILS_FILE = PUPILS_SCHEMA.append(RECEIVED)
SCHOOL_DAYS_FILE = pa.schema(
    [("urn", pa.int32()), ("date", pa.date32()), RECEIVED, ("marks", pa.int32())]
)

_REGISTERS = ("schools", "approvals", "census")
_ROWS_IN_GROUP = 1 << 19
_WEEKS_IN_GROUP = 1 << 17  # releases read them by ranges of schools


class TableWriter:
    """Writes the files of one folder and remembers how many rows each has."""

    def __init__(self, folder: Path, compression_level: int) -> None:
        """Write into `folder`."""
        self.folder = folder
        self._level = compression_level
        self.rows: dict[str, int] = {}

    def write(
        self,
        name: str,
        schema: pa.Schema,
        pieces: Iterable[pa.Table],
        rows_in_group: int = _ROWS_IN_GROUP,
    ) -> None:
        """Write a table piece by piece; a file without rows still has its columns."""
        self.rows[name] = 0
        with pa.parquet.ParquetWriter(
            self.folder / name,
            schema,
            compression="zstd",
            compression_level=self._level,
            store_schema=False,
        ) as writer:
            for piece in pieces:
                writer.write_table(piece.cast(schema), row_group_size=rows_in_group)
                self.rows[name] += len(piece)


def write_batch(writer: TableWriter, batch: PreparedBatch, kept_out: KeptOut) -> None:
    """Write marks, by day and by week, school-days and pupils of a batch.

    Raises:
        StoreProblem: the rows are not in the promised order, not unique, or of someone who is kept
            out.
    """
    school_days = _SchoolDays()
    writer.write(
        "marks.parquet",
        MARKS_FILE,
        (
            _with_received(piece, batch.received)
            for piece in school_days.watching(_let_in(_in_order(batch.marks), kept_out))
        ),
    )
    writer.write("school_days.parquet", SCHOOL_DAYS_FILE, [school_days.table(batch.received)])
    write_weeks(writer)
    pupils = _with_received(batch.pupils, batch.received)
    check_unique(batch.pupils, ("urn", "pupil"))
    writer.write("pupils.parquet", PUPILS_FILE, _let_in([pupils], kept_out))


def write_weeks(writer: TableWriter) -> None:
    """Write the marks of the writer's folder once more, by week.

    Raises:
        OSError: the marks or the list of their school-days cannot be read.
    """
    marks, school_days = (writer.folder / f"{name}.parquet" for name in ("marks", "school_days"))
    weeks = register_weeks(marks, school_days)
    writer.write(f"{WEEKS}.parquet", WEEKS_FILE, weeks, _WEEKS_IN_GROUP)


def write_registers(writer: TableWriter, registers: Registers) -> None:
    """Write the three registers."""
    for name in _REGISTERS:
        table = getattr(registers, name)
        writer.write(f"{name}.parquet", table.schema, [table])


def content_of(registers: Registers) -> str:
    """SHA-256 of what the registers say, whatever files they came in."""
    return content_sha256({name: getattr(registers, name) for name in _REGISTERS})


def content_sha256(registers: Mapping[str, pa.Table]) -> str:
    """SHA-256 of what tables of registers say, by name."""
    digest = hashlib.sha256()
    for name in _REGISTERS:
        table = registers[name]
        digest.update(f"{name} {len(table)}\n".encode())
        for row in table.to_pylist():
            digest.update(("\x1f".join(map(str, row.values())) + "\n").encode())
    return digest.hexdigest()


def without_schools(registers: Registers, urns: frozenset[int]) -> Registers:
    """The registers without the schools that are kept out."""
    if not urns:
        return registers
    gone = pa.array(sorted(urns), pa.int32())
    schools, approvals = (
        table.filter(pa.compute.invert(pa.compute.is_in(table["urn"], gone)))
        for table in (registers.schools, registers.approvals)
    )
    return replace(registers, schools=schools, approvals=approvals)


def _let_in(pieces: Iterable[pa.Table], kept_out: KeptOut) -> Iterator[pa.Table]:
    """Refuse rows of someone who was erased; an adapter must have left them out already."""
    for piece in pieces:
        for column, numbers in (("urn", kept_out.schools), ("pupil", kept_out.pupils)):
            refuse_erased(piece, column, numbers)
        yield piece


def refuse_erased(table: pa.Table, column: str, numbers: frozenset[int]) -> None:
    """Refuse rows whose `column` is one of `numbers`.

    Raises:
        StoreProblem: there are some.
    """
    known = pa.array(sorted(numbers), table.schema.field(column).type)
    if pa.compute.any(pa.compute.is_in(table[column], known)).as_py():
        raise StoreProblem(
            "A prepared batch has rows of someone who was erased from the store",
            "This is a fault of the program; nothing of the batch was stored.",
        )


class _SchoolDays:
    """Counts marks by school and day while they stream by."""

    def __init__(self) -> None:
        self._counts: list[pa.Table] = []

    def watching(self, pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
        for piece in pieces:
            counted = piece.group_by(["urn", "date"]).aggregate([([], "count_all")])
            self._counts.append(counted)
            yield piece

    def table(self, received: datetime) -> pa.Table:
        if not self._counts:
            return SCHOOL_DAYS_FILE.empty_table()
        summed = (
            pa.concat_tables(self._counts)
            .group_by(["urn", "date"])
            .aggregate([("count_all", "sum")])
            .sort_by([("urn", "ascending"), ("date", "ascending")])
            .rename_columns({"count_all_sum": "marks"})
        )
        dated = _with_received(summed, received)
        return dated.select(SCHOOL_DAYS_FILE.names).cast(SCHOOL_DAYS_FILE)


def _with_received(table: pa.Table, received: datetime) -> pa.Table:
    moments = pa.repeat(pa.scalar(received, RECEIVED.type), len(table))
    return table.append_column(RECEIVED, moments)


def _in_order(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The pieces of a stream, as tables, each checked and beginning after the one before."""
    before: pa.Table | None = None
    for batch in reader:
        piece = pa.Table.from_batches([batch])
        joined = piece if before is None else pa.concat_tables([before, piece])
        check_unique(joined, ("urn", "pupil", "date"))
        before = piece.slice(len(piece) - 1) if len(piece) else before
        yield piece


def check_unique(table: pa.Table, key: tuple[str, ...]) -> None:
    """Refuse rows that are not strictly ascending in `key`; snapshots rely on it.

    Raises:
        StoreProblem: they are not.
    """
    ascending = np.zeros(max(len(table) - 1, 0), np.bool_)
    for name in reversed(key):
        column = table.column(name).cast(pa.int64() if name != "date" else pa.int32()).to_numpy()
        ascending = (column[1:] > column[:-1]) | ((column[1:] == column[:-1]) & ascending)
    if not ascending.all():
        raise StoreProblem(
            "A prepared batch is not in order or has a key twice", "This is a fault of the program."
        )

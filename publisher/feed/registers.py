"""The registers of a feed: schools, sharing approvals, census.

A file that cannot be read stops the ingest; a row that cannot be understood is left out and
reported, for one wrong school must not keep all others from being counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa

from publisher.errors import BatchRefused, FeedProblem
from publisher.feed import values
from publisher.feed.chunks import Chunk
from publisher.feed.columns import columns_read
from publisher.feed.files import chunks
from publisher.feed.layout import table_files
from publisher.model.intake import (
    APPROVALS_SCHEMA,
    CENSUS_SCHEMA,
    SCHOOLS_SCHEMA,
    Registers,
    RowRefusal,
)
from publisher.model.phases import PUBLISHED_PHASES
from publisher.reference.establishments import UnknownWording, published_phase

Row = dict[str, object]
PlacedRow = tuple[str, Row]
"""Where a row is, in words, and the row."""
Key = tuple[object, ...]
_ROWS_AT_A_TIME = 100_000


_UNKNOWN_AUTHORITY = (
    "is not a known authority: give the three-digit code of an authority in England, such as 201"
)


class _Unfit(Exception):
    """A row that is left out: which column, and what is wrong with it in words."""

    def __init__(self, column: str, words: str) -> None:
        super().__init__(words)
        self.column = column
        self.words = words


def read_registers(feed: Path) -> tuple[Registers, tuple[RowRefusal, ...]]:
    """The registers of a feed folder and the rows that were left out.

    Raises:
        FeedProblem: a table is missing or unreadable, or no school could be understood.
    """
    return understood_registers(lambda table: _rows(feed, table))


def understood_registers(
    rows: Callable[[str], Iterable[PlacedRow]],
) -> tuple[Registers, tuple[RowRefusal, ...]]:
    """The registers whose rows are `rows(table)`, and the rows that were left out.

    A row has the columns of its table (contract, section 1) that are read.

    Raises:
        FeedProblem: no school could be understood.
    """
    refusals: list[RowRefusal] = []
    schools = _understood(rows, "schools", _school, lambda row: (row["urn"],), refusals)
    if not schools:
        raise FeedProblem(
            "Not one row of schools can be understood", "Compare the table with the contract."
        )
    known = {row["urn"] for row in schools}
    approvals = _understood(rows, "approvals", lambda row: _approval(row, known), None, refusals)
    census = _understood(rows, "census", _census, _census_key, refusals)
    return (
        Registers(
            _table(schools, SCHOOLS_SCHEMA),
            _table(approvals, APPROVALS_SCHEMA),
            _table(census, CENSUS_SCHEMA),
        ),
        tuple(refusals),
    )


def _understood(
    rows: Callable[[str], Iterable[PlacedRow]],
    table: str,
    understand: Callable[[Row], Row],
    key: Callable[[Row], Key] | None,
    refusals: list[RowRefusal],
) -> list[Row]:
    """The rows that can be understood; with a `key`, only the first of each."""
    kept: list[Row] = []
    seen: set[Key] = set()
    for place, row in rows(table):
        try:
            record = understand(row)
            if key is not None:
                _remember(key(record), seen, columns_read(table)[0])
        except _Unfit as unfit:
            refusals.append(RowRefusal(table, place, unfit.column, unfit.words))
        else:
            kept.append(record)
    return kept


def _remember(key: Key, seen: set[Key], column: str) -> None:
    if key in seen:
        raise _Unfit(column, "is there twice; the first row is kept")
    seen.add(key)


def _rows(feed: Path, table: str) -> Iterator[PlacedRow]:
    try:
        files = table_files(feed, table)
        if not files:
            raise FeedProblem(
                f"The feed has no {table}", f"Deliver {table}.csv or {table}.parquet."
            )
        for chunk in chunks(files, table, _ROWS_AT_A_TIME):
            yield from _rows_of(chunk)
    except BatchRefused as refused:
        raise FeedProblem(refused.found, refused.advice) from None


def _rows_of(chunk: Chunk) -> Iterator[PlacedRow]:
    columns = {
        name: [column.values[code] for code in column.codes]
        for name, column in chunk.columns.items()
    }
    for index in range(chunk.rows):
        place = f"{chunk.file}, row {chunk.first_row + index}"
        yield place, {name: column[index] for name, column in columns.items()}


def _school(row: Row) -> Row:
    kind = values.text(row["type_of_establishment"])
    try:
        phase = published_phase(kind, values.text(row["phase_of_education"]))
    except UnknownWording as unknown:
        column = "type_of_establishment" if unknown.args[0] == kind else "phase_of_education"
        raise _Unfit(column, "is not a word of the register of schools") from None
    return {
        "urn": _required(row, "urn", values.urn, "is not a school number"),
        "location": _required(row, "la_code", values.authority, _UNKNOWN_AUTHORITY),
        "education_phase": phase,
        "trust_code": values.text(row["trust_code"]),
        "open_date": _optional_day(row, "open_date"),
        "close_date": _optional_day(row, "close_date"),
    }


def _approval(row: Row, known: set[object]) -> Row:
    urn = _required(row, "urn", values.urn, "is not a school number")
    if urn not in known:
        raise _Unfit("urn", "is not a school of the register")
    first = _required(row, "approved_from", values.day, "is not a date")
    last = _optional_day(row, "approved_to")
    if last is not None and isinstance(first, date) and last < first:
        raise _Unfit("approved_to", "is before approved_from")
    return {"urn": urn, "approved_from": first, "approved_to": last}


def _census(row: Row) -> Row:
    phase = values.text(row["education_phase"])
    if phase not in PUBLISHED_PHASES:
        raise _Unfit("education_phase", f"is none of {', '.join(PUBLISHED_PHASES)}")
    return {
        "location": _required(row, "la_code", values.authority, _UNKNOWN_AUTHORITY),
        "education_phase": phase,
        "schools": _required(row, "schools", values.count, "is not a whole number"),
        "pupils": _required(row, "pupils", values.count, "is not a whole number"),
    }


def _census_key(row: Row) -> Key:
    return (row["location"], row["education_phase"])


def _required(row: Row, column: str, convert: Callable[[object], object], words: str) -> object:
    try:
        value = convert(row[column])
    except ValueError:
        raise _Unfit(column, words) from None
    if value is None:
        raise _Unfit(column, "is blank")
    return value


def _optional_day(row: Row, column: str) -> date | None:
    try:
        return values.day(row[column])
    except ValueError:
        raise _Unfit(column, "is not a date") from None


def _table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    """The rows in one order whatever order they came in, so that equal registers are equal."""
    ordered = sorted(rows, key=lambda row: [str(row[name] or "") for name in schema.names])
    return pa.Table.from_pylist(ordered, schema=schema)

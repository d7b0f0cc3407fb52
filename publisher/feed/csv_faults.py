"""Finds the line and column at which a CSV file stops being one; slow, run only after a failure."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from publisher.errors import BatchRefused
from publisher.feed.layout import shown

_ADVICE = "Deliver CSV in UTF-8, with a header row and as many fields in every row."


def csv_fault(path: Path, header: Sequence[str]) -> BatchRefused:
    """What is wrong with a file that could not be read, without repeating its content."""
    try:
        found = _not_utf8(path) or _ragged(path, header) or " cannot be read as CSV"
    except OSError as error:
        found = f" cannot be read: {error.strerror}"
    return BatchRefused(f"{shown(path)}{found}", _ADVICE)


def _not_utf8(path: Path) -> str | None:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                column = _fields(line[: error.start])
                return f", line {number}, column {column}: not UTF-8 text"
    return None


def _fields(before: bytes) -> int:
    """How many fields a line has begun before a place in it."""
    return max(len(next(csv.reader([before.decode("utf-8")]), [])), 1)


def _ragged(path: Path, header: Sequence[str]) -> str | None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        try:
            return _first_ragged(rows, len(header))
        except csv.Error:
            return f", line {rows.line_num}: a quotation mark is out of place or never closed"


def _first_ragged(rows: Iterator[list[str]], width: int) -> str | None:
    line = 1
    for row in rows:
        if row and width and len(row) != width:
            return f", line {line}: {len(row)} fields where the header has {width}"
        line = rows.line_num + 1  # type: ignore[attr-defined]
    return None

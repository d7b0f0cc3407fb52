"""Reads a table of a feed row by row, whatever it is written in; dates as ISO text."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

Row = dict[str, object]
_ROWS_AT_A_TIME = 50_000


def rows_of(folder: Path, table: str) -> Iterator[Row]:
    """The rows of a table; blank values are None, register numbers are text."""
    for path in _files(folder, table):
        for row in _csv_rows(path) if path.suffix == ".csv" else _parquet_rows(path):
            yield {name: _plain(value) for name, value in row.items()}


def _files(folder: Path, table: str) -> list[Path]:
    if (folder / table).is_dir():
        return sorted((folder / table).iterdir())
    return [path for end in (".csv", ".parquet") if (path := folder / f"{table}{end}").exists()]


def _csv_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield dict(row)


def _parquet_rows(path: Path) -> Iterator[Row]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_ROWS_AT_A_TIME):
            yield from batch.to_pylist()


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None or value == "" else str(value)

"""Reads every column of Parquet files and does nothing with them: nobody counts in less time.

Usage: python benchmarks/floor.py FOLDER [--batches N] [--as-of MOMENT]

FOLDER is what `plain_copy` writes (with `--batches`) or a store (with `--as-of`). Of a store the
files are read that a release reads. Prints the rows and bytes as JSON.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from publisher.model.tables import Snapshot
from publisher.store.settings import StoreSettings
from publisher.store.store import Store

ONLY_COUNTED = "marks"
"""Field of a snapshot of whose files a release asks only how many rows they have."""


def files_of_store(store: Path, as_of: datetime) -> list[Path]:
    """Every file whose columns a release as of a moment reads."""
    snapshot = Store(store, StoreSettings()).snapshot(as_of)
    found: list[Path] = []
    for field in fields(Snapshot):
        if field.name == ONLY_COUNTED:
            continue
        value = getattr(snapshot, field.name)
        several = value if isinstance(value, tuple) else (value,)
        found += [each for each in several if isinstance(each, Path) and each.is_file()]
    return found


def files_of_plain(plain: Path, batches: int) -> list[Path]:
    """The files of the first batches."""
    folders = sorted(path for path in (plain / "batches").iterdir() if path.name[0] != ".")
    tables = ("marks.parquet", "pupils.parquet")
    return [folder / table for folder in folders[:batches] for table in tables]


def read(files: list[Path], threads: int) -> int:
    """Decode every row group, each thread one after the other; the rows."""
    groups = [
        (path, group) for path in files for group in range(pq.ParquetFile(path).num_row_groups)
    ]
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(_decoded, groups))


def _decoded(place: tuple[Path, int]) -> int:
    path, group = place
    return len(pq.ParquetFile(path).read_row_group(group, use_threads=False))


def main() -> None:
    """Read, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--batches", type=int)
    parser.add_argument("--as-of", type=datetime.fromisoformat)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    if asked.as_of is not None:
        files = files_of_store(asked.folder, asked.as_of)
    else:
        files = files_of_plain(asked.folder, asked.batches)
    rows = read(files, asked.threads)
    print(json.dumps({"rows": rows, "bytes": sum(path.stat().st_size for path in files)}))


if __name__ == "__main__":
    main()

"""Writes a feed folder: built beside its destination, in place at the end or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from publisher.errors import CouldNotRun, UsageProblem
from publisher.synthetic.batching import BatchPlan
from publisher.synthetic.tables import MARKS, PUPILS

_COMPRESSION = "zstd"


def check_destination(out: Path) -> None:
    """Refuse to write over anything that is not a feed.

    Raises:
        UsageProblem: `out` is a file or a folder of something else.
    """
    if not out.exists() or _is_feed(out):
        return
    if not out.is_dir():
        raise UsageProblem(f"{out} is a file", "Choose a folder for the feed.")
    if any(out.iterdir()):
        raise UsageProblem(
            f"{out} holds something that is not a feed",
            "Choose an empty or new folder; only an earlier feed is replaced.",
        )


def _is_feed(folder: Path) -> bool:
    return (folder / "schools.parquet").is_file() and (folder / "batches").is_dir()


@contextmanager
def folder_in_place(out: Path) -> Iterator[Path]:
    """A new folder beside `out` that takes its place when the block ends without an error.

    Raises:
        CouldNotRun: nothing can be written there, or the disk is full.
    """
    room = _room_beside(out)
    try:
        fresh = room / "new"
        fresh.mkdir()
        yield fresh
        _put_in_place(fresh, out, room / "old")
    except OSError as problem:
        raise CouldNotRun(
            f"The feed cannot be written beside {out}: {problem.strerror or 'the disk failed'}",
            "Make room, or choose a folder on a bigger disk.",
        ) from problem
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _room_beside(out: Path) -> Path:
    """A folder on the same disk, so that moving is renaming."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as problem:
        raise CouldNotRun(
            f"Nothing can be written beside {out}: {problem.strerror}",
            "Choose a folder that you may write to.",
        ) from problem


def _put_in_place(fresh: Path, out: Path, aside: Path) -> None:
    if out.exists():
        out.rename(aside)
    try:
        fresh.rename(out)
    except OSError:
        if aside.exists():
            aside.rename(out)
        raise


def write_table(table: pa.Table, path: Path) -> None:
    """Write one small table as one Parquet file."""
    pq.write_table(table, path, compression=_COMPRESSION)


class PartWriters:
    """The files of one part of a feed: pupils and marks of every batch, open at once.

    Every block adds a row group to each, so memory does not grow with the part.
    """

    def __init__(self, folder: Path, batches: BatchPlan, part: int) -> None:
        self._files = ExitStack()
        self._pupils: list[pq.ParquetWriter] = []
        self._marks: list[pq.ParquetWriter] = []
        for name in batches.names:
            batch = folder / "batches" / name
            self._pupils.append(self._open(batch / "pupils", part, PUPILS))
            self._marks.append(self._open(batch / "marks", part, MARKS))

    def _open(self, table: Path, part: int, schema: pa.Schema) -> pq.ParquetWriter:
        table.mkdir(parents=True, exist_ok=True)
        path = table / f"part-{part:04d}.parquet"
        return self._files.enter_context(pq.ParquetWriter(path, schema, compression=_COMPRESSION))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.__exit__(kind, problem, trace)

    def add_pupils(self, batch: int, table: pa.Table) -> None:
        """Add records to a batch."""
        if table.num_rows:
            self._pupils[batch].write_table(table)

    def add_marks(self, batch: int, table: pa.Table) -> None:
        """Add marks to a batch."""
        self._marks[batch].write_table(table)

"""Where things are in a feed folder, and what identifies a batch."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from publisher.errors import BatchRefused, FeedProblem
from publisher.feed.columns import BATCH_TABLES, PILOT_TABLES, ROOT_TABLES

FORMATS = (".csv", ".parquet")
BATCHES = "batches"
_RECEIVED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{4}")
_READ_BYTES = 1 << 20


def received_at(name: str) -> datetime:
    """When the batch in the folder `name` was received.

    Raises:
        BatchRefused: the name is not a timestamp.
    """
    # the pattern too, because strptime takes 2025-1-7T930 for a moment
    written = name if _RECEIVED.fullmatch(name) else ""
    try:
        return datetime.strptime(written, "%Y-%m-%dT%H%M")  # noqa: DTZ007  (local by contract)
    except ValueError:
        raise BatchRefused(
            f"batches/{name} is not named after a moment",
            "Name the folder of a batch after when it was received, as 2025-11-07T1830.",
        ) from None


def batch_folders(feed: Path) -> tuple[Path, ...]:
    """Everything in `batches/`, in order of name.

    Raises:
        FeedProblem: the feed is not a folder or has no batches.
    """
    advice = "A feed is a folder with schools, approvals, census and batches/<received>/."
    if not feed.is_dir():
        raise FeedProblem(f"There is no feed folder {feed.name}", advice)
    found = tuple(sorted(_visible(feed / BATCHES))) if (feed / BATCHES).is_dir() else ()
    if not found:
        raise FeedProblem(f"The feed {feed.name} has no batches", advice)
    return found


def not_read(feed: Path) -> tuple[str, ...]:
    """Names in the root of the feed that belong to no table; reported, never read."""
    known = {BATCHES, *(f"{table}{end}" for table in ROOT_TABLES for end in ("", *FORMATS))}
    return tuple(sorted(path.name for path in _visible(feed) if path.name not in known))


def table_files(folder: Path, table: str) -> tuple[Path, ...]:
    """The files of a table, in order of name; none if the folder does not have the table.

    Raises:
        BatchRefused: the table is there twice, is an empty folder, or has other files in it.
    """
    forms = [folder / f"{table}{end}" for end in ("", *FORMATS)]
    found = [path for path in forms if path.exists()]
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise BatchRefused(f"{folder.name} has {names}", "Keep one of them.")
    if not found:
        return ()
    return _parts(found[0]) if found[0].is_dir() else _known_format(found[0])


def check_contents(folder: Path, tables: Sequence[str] = BATCH_TABLES) -> None:
    """Refuse a batch folder with anything beside its tables.

    Raises:
        BatchRefused: it is no folder, or has unknown things in it.
    """
    if not folder.is_dir():
        raise BatchRefused(f"batches/{folder.name} is not a folder", "A batch is a folder.")
    known = {f"{table}{end}" for table in tables for end in ("", *FORMATS)}
    extra = sorted(path.name for path in _visible(folder) if path.name not in known)
    if extra:
        raise BatchRefused(
            f"batches/{folder.name} holds something that is neither {' nor '.join(tables)}",
            f"Take out: {', '.join(extra[:5])}.",
        )


def shown(path: Path) -> str:
    """How a file is called in words: `marks.csv`, or `marks/part-0.csv` in a folder of files."""
    tables = (*ROOT_TABLES, *BATCH_TABLES, *PILOT_TABLES)
    return f"{path.parent.name}/{path.name}" if path.parent.name in tables else path.name


def sha256_of(files: Sequence[Path]) -> str:
    """SHA-256 over the bytes of files, one after the other.

    Raises:
        BatchRefused: a file cannot be read.
    """
    digest = hashlib.sha256()
    for path in files:
        try:
            with path.open("rb") as file:
                while block := file.read(_READ_BYTES):
                    digest.update(block)
        except OSError as error:
            raise BatchRefused(f"{shown(path)} cannot be read: {error.strerror}") from None
    return digest.hexdigest()


def _parts(folder: Path) -> tuple[Path, ...]:
    files = tuple(sorted(_visible(folder)))
    if not files:
        raise BatchRefused(f"The folder {folder.name} has no files", "Fill it or take it away.")
    return tuple(part for path in files for part in _known_format(path))


def _known_format(path: Path) -> tuple[Path, ...]:
    if path.suffix not in FORMATS or not path.is_file():
        raise BatchRefused(
            f"{shown(path)} is neither a CSV nor a Parquet file",
            "Name files .csv or .parquet by their format.",
        )
    return (path,)


def _visible(folder: Path) -> list[Path]:
    """What is in a folder, without the hidden and marker files that other programs leave."""
    return [path for path in folder.iterdir() if not path.name.startswith((".", "_"))]

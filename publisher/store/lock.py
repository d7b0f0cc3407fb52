"""One writer at a time; the operating system frees the lock of a writer that dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import StoreProblem
from publisher.store.folders import written_or_explained

_PAUSE_SECONDS = 0.1
_LONGEST_NUMBER = 20


@contextmanager
def only_writer(path: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the lock file `path` while the block runs.

    Raises:
        StoreProblem: another process holds it for longer than `wait_seconds`.
        CouldNotRun: the lock file cannot be written.
    """
    with written_or_explained():
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait(handle, wait_seconds)
        with written_or_explained():
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
        # An ingest that changes nothing leaves the store's bytes as they were.
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _wait(handle: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not _locked(handle):
        if time.monotonic() >= deadline:
            holder = os.pread(handle, _LONGEST_NUMBER, 0).decode() or "unknown"
            raise StoreProblem(
                f"Another ingest (process {holder}) is writing to this store",
                "Wait until it has finished, then run the same command again.",
            )
        time.sleep(_PAUSE_SECONDS)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

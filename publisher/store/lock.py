"""One writer at a time, and no reader while files go; the system frees locks of the dead."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
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
        _wait(lambda: _locked(handle, fcntl.LOCK_EX), wait_seconds, lambda: _writing(handle))
        with written_or_explained():
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
        # An ingest that changes nothing leaves the store's bytes as they were.
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


@contextmanager
def one_of_many(path: Path, wait_seconds: float) -> Iterator[None]:
    """Keep the files of a store from going while the block reads them; many may do so at once.

    A store that has no lock file yet has nothing that could go.

    Raises:
        StoreProblem: the store is being rewritten for longer than `wait_seconds`.
    """
    if not path.exists():
        yield
        return
    with _held(path, fcntl.LOCK_SH, wait_seconds, "The store is being rewritten"):
        yield


@contextmanager
def no_reader(path: Path, wait_seconds: float) -> Iterator[None]:
    """Run the block while nothing reads the store.

    Raises:
        StoreProblem: something reads it for longer than `wait_seconds`.
    """
    with _held(path, fcntl.LOCK_EX, wait_seconds, "A release is being made from this store"):
        yield


@contextmanager
def _held(path: Path, kind: int, wait_seconds: float, found: str) -> Iterator[None]:
    handle = os.open(path, os.O_RDONLY)
    try:
        _wait(lambda: _locked(handle, kind), wait_seconds, lambda: found)
        yield
    finally:
        os.close(handle)


def _wait(locked: Callable[[], bool], seconds: float, found: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not locked():
        if time.monotonic() >= deadline:
            raise StoreProblem(
                found(), "Wait until it has finished, then run the same command again."
            )
        time.sleep(_PAUSE_SECONDS)


def _writing(handle: int) -> str:
    holder = os.pread(handle, _LONGEST_NUMBER, 0).decode() or "unknown"
    return f"Another ingest (process {holder}) is writing to this store"


def _locked(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

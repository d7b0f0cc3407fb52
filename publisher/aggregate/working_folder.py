"""A folder for working files that goes with the process that made it, even one that is killed.

The folder is locked while it is in use; the system frees locks of the dead. So the next run can
tell what a killed one left behind, whatever number its process had.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "counting-"
_ATTEMPTS = 5


@contextmanager
def working_folder(parent: Path | None) -> Iterator[Path]:
    """A new folder in `parent`, or in the system's temporary folder; removed at the end.

    What earlier processes of the same user left there is removed first.

    Raises:
        OSError: a folder cannot be made there.
    """
    inside = Path(tempfile.gettempdir()) if parent is None else parent
    _remove_left_behind(inside)
    folder, lock = _made(inside)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _made(parent: Path) -> tuple[Path, int]:
    """A new folder and its lock; another one where somebody cleaned up before it was locked."""
    for _ in range(_ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = _locked(folder)
        if lock is not None:
            return folder, lock
    raise OSError("a folder for working files disappears as soon as it is made")


def _remove_left_behind(parent: Path) -> None:
    """Remove folders that nobody has locked; those of other users are not ours to remove."""
    for folder in parent.glob(f"{PREFIX}*"):
        lock = _locked(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """A lock on a folder of this user, or None where it is in use, not ours, or gone."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_uid == os.getuid() and folder.is_dir():
            return handle
    except OSError:
        pass
    os.close(handle)
    return None

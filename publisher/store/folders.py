"""Folders that appear whole or not at all, and the checksums of what is in them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import CouldNotRun

_UNFINISHED = ".unfinished-"
_READ_BYTES = 1 << 20


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """Give a folder to fill, which becomes `folder` when the block ends well.

    Everything is on the disk before the name appears; a crash leaves at most a hidden folder
    that `clean` removes.

    Raises:
        CouldNotRun: the disk is full or cannot be written; nothing is left.
    """
    unfinished = folder.with_name(_UNFINISHED + folder.name)
    with written_or_explained():
        try:
            unfinished.mkdir(parents=True)
            yield unfinished
            for path in sorted(unfinished.rglob("*")):
                _to_disk(path)
            _to_disk(unfinished)
            unfinished.rename(folder)
            _to_disk(folder.parent)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise


@contextmanager
def written_or_explained() -> Iterator[None]:
    """Turn what the operating system refuses into words.

    Raises:
        CouldNotRun: something could not be written.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        found = "The disk is full" if full else f"The store cannot be written: {error.strerror}"
        raise CouldNotRun(
            f"{found}; nothing was half-stored",
            "Make room or mend the permissions, then run the same command again.",
        ) from None


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that it is there whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    unfinished = path.with_name(_UNFINISHED + path.name)
    unfinished.write_text(text, encoding="utf-8")
    _to_disk(unfinished)
    unfinished.rename(path)
    _to_disk(path.parent)


def clean(parent: Path) -> None:
    """Remove what a crash left behind; only under the lock."""
    for path in parent.glob(f"{_UNFINISHED}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def finished(parent: Path) -> tuple[Path, ...]:
    """The whole folders in `parent`, in order of name."""
    if not parent.is_dir():
        return ()
    return tuple(sorted(path for path in parent.iterdir() if not path.name.startswith(".")))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

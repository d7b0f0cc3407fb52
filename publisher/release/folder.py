"""A release folder appears complete or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import CouldNotRun

_BUILDING = ".building-"
_REPLACED = ".replaced-"


@contextmanager
def release_folder(output: Path, slug: str) -> Iterator[Path]:
    """Yield an empty folder to build in; when the block ends well it becomes `output/slug`.

    When the block raises, what was built is removed and an earlier `output/slug` stays as it was.

    Raises:
        CouldNotRun: the folder cannot be made or the disk is full.
    """
    building = output / f"{_BUILDING}{slug}"
    try:
        _recover(output, slug)
        building.mkdir(parents=True)
        yield building
        _sync(building)
        _swap(building, output, slug)
    except OSError as error:
        raise CouldNotRun(
            f"The release could not be written to {output}: {error.strerror or error}",
            "Nothing was released. Make room or check the folder's permissions, then run it again.",
        ) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _recover(output: Path, slug: str) -> None:
    """Clear what a killed run left: half-built folders, and an old release that was set aside."""
    shutil.rmtree(output / f"{_BUILDING}{slug}", ignore_errors=True)
    set_aside, final = output / f"{_REPLACED}{slug}", output / slug
    if set_aside.exists() and not final.exists():
        set_aside.rename(final)
    shutil.rmtree(set_aside, ignore_errors=True)


def _swap(building: Path, output: Path, slug: str) -> None:
    final, set_aside = output / slug, output / f"{_REPLACED}{slug}"
    if final.exists():
        final.rename(set_aside)
    building.rename(final)
    _sync_one(output)
    shutil.rmtree(set_aside, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Have the operating system write everything down before the folder gets its name."""
    for root, _folders, files in os.walk(folder):
        for name in files:
            _sync_one(Path(root) / name)
        _sync_one(Path(root))


def _sync_one(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Rewrites a store as a whole: everyone sees the old store, then the new one, nothing between."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import StoreProblem
from publisher.store.contents import GENERATION, STORE_MANIFEST, Contents
from publisher.store.folders import appearing, write_whole, written_or_explained
from publisher.store.lock import no_reader
from publisher.store.manifests import StoreManifest, manifest_text, read_manifest

READERS = "readers"


@contextmanager
def next_generation(store: Path, wait_seconds: float) -> Iterator[Path]:
    """Give a folder to fill, which becomes the store's content when the block ends well.

    The old content is gone from the disk afterwards. Killed before the change of store.json, the
    store is the old one; killed after it, the new one, and the next writer removes the rest.

    Raises:
        StoreProblem: a release is being made from the store.
        CouldNotRun: the disk is full or cannot be written; the store is as it was.
    """
    manifest = store / STORE_MANIFEST
    known = read_manifest(manifest, StoreManifest)
    number = known.generation + 1
    folder = store / f"{GENERATION}{number:06d}"
    with appearing(folder) as unfinished:
        yield unfinished
    try:
        with no_reader(store / READERS, wait_seconds), written_or_explained():
            changed = known.model_copy(update={"generation": number})
            write_whole(manifest, manifest_text(changed))
            Contents(store).remove_leftovers()
    except StoreProblem:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def linked(source: Path, target: Path) -> None:
    """Have a file, or a folder of files, in a second place without copying it."""
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(source.iterdir()):
            linked(path, target / path.name)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # not every file system has links
        shutil.copy2(source, target)

"""What a store folder holds, read from its manifests.

A store that was rewritten (compacted, or something erased from it) has its folders inside
`generation-<number>/`; store.json says which number counts, so that a rewrite takes effect at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from publisher.errors import StoreProblem
from publisher.model.erasure import KeptOut
from publisher.store.folders import finished
from publisher.store.manifests import (
    BatchManifest,
    CountsManifest,
    KeptOutManifest,
    MergedManifest,
    Receipt,
    RegistersManifest,
    StoredFile,
    StoreManifest,
    folders_with,
    read_manifest,
)

BATCHES = "batches"
MERGED = "merged"
COUNTS = "counts"
REGISTERS = "registers"
RECEIPTS = "receipts"
SUMS = "sums"
"""What counting leaves for later releases: it goes with the rows that it was made from."""
KEPT_OUT = "kept_out.json"
STORE_MANIFEST = "store.json"
GENERATION = "generation-"

Version = tuple[Path, RegistersManifest]


@dataclass(frozen=True)
class Layer:
    """A folder of Parquet files with the rows of one or more batches; `batches` by name."""

    folder: Path
    files: tuple[StoredFile, ...]
    batches: Mapping[str, BatchManifest]

    def path(self, table: str) -> Path:
        """The file of a table."""
        return self.folder / f"{table}.parquet"

    def known(self, moment: datetime) -> bool:
        """Whether any batch of it was known at `moment`."""
        return any(each.known_from <= moment for each in self.batches.values())


class Contents:
    """A store folder as it is now; read once, when asked."""

    def __init__(self, store: Path) -> None:
        """Look at the store in the folder `store`, which need not exist."""
        self._store = store

    @property
    def store(self) -> Path:
        """The store's own folder; everything lies in it."""
        return self._store

    @cached_property
    def root(self) -> Path:
        """The folder that counts: the store's own, or that of its latest generation.

        Raises:
            StoreProblem: it is gone.
        """
        path = self._store / STORE_MANIFEST
        number = read_manifest(path, StoreManifest).generation if path.exists() else 0
        root = self._store / f"{GENERATION}{number:06d}" if number else self._store
        if number and not root.is_dir():
            raise StoreProblem(
                f"The store is damaged: {root.name} is missing", "Restore the store from a copy."
            )
        return root

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Folders of rows: first what was merged, then single batches in order of name.

        Raises:
            StoreProblem: a manifest is damaged, or a batch is in two folders.
        """
        merged = tuple(
            Layer(path, found.files, found.batches)
            for path, found in folders_with(self.root / MERGED, MergedManifest)
        )
        single = tuple(
            Layer(path, found.files, {path.name: found})
            for path, found in folders_with(self.root / BATCHES, BatchManifest)
        )
        names = [name for each in (*merged, *single) for name in each.batches]
        if len(names) != len(set(names)):
            raise StoreProblem(
                "The store is damaged: a batch is in it twice", "Restore the store from a copy."
            )
        return (*merged, *single)

    @cached_property
    def batches(self) -> dict[str, BatchManifest]:
        """Every batch by name, in order of name."""
        found = {name: batch for layer in self.layers for name, batch in layer.batches.items()}
        return dict(sorted(found.items()))

    @cached_property
    def counts(self) -> tuple[tuple[Path, CountsManifest], ...]:
        """The batches of counts, in order of name.

        Raises:
            StoreProblem: a manifest is damaged.
        """
        return folders_with(self.root / COUNTS, CountsManifest)

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """The versions of the registers, oldest first."""
        return folders_with(self.root / REGISTERS, RegistersManifest)

    @cached_property
    def receipts(self) -> tuple[Receipt, ...]:
        """What was erased, oldest first."""
        return tuple(read_manifest(path, Receipt) for path in finished(self.root / RECEIPTS))

    @cached_property
    def kept_out(self) -> KeptOut:
        """Whom no ingest stores again."""
        path = self.root / KEPT_OUT
        if not path.exists():
            return KeptOut()
        found = read_manifest(path, KeptOutManifest)
        return KeptOut(frozenset(found.schools), frozenset(found.pupils))

    @cached_property
    def history_from(self) -> datetime | None:
        """First moment that can still be asked for, if earlier ones were given up."""
        merged = folders_with(self.root / MERGED, MergedManifest)
        return max((each.history_from for _, each in merged if each.history_from), default=None)

    def check_history(self, moment: datetime) -> None:
        """Refuse a moment whose history was given up.

        Raises:
            StoreProblem: it was.
        """
        if self.history_from is not None and moment < self.history_from:
            raise StoreProblem(
                f"What was known before {self.history_from:%Y-%m-%dT%H:%M:%S} has been given up: "
                "the retention period does not cover it",
                "Ask for then or later, or look into a copy of the store from before.",
            )

    @property
    def latest(self) -> datetime | None:
        """The moment from which everything is known; None if there is no batch."""
        return self.last_moment if self.batches or self.counts else None

    @property
    def last_moment(self) -> datetime | None:
        """The latest moment that anything is known from; None if there is nothing."""
        known = [each.known_from for each in self.batches.values()]
        known += [each.known_from for _, each in (*self.counts, *self.versions)]
        known += [each.known_from for each in self.receipts]
        return max(known, default=None)

    @property
    def leftovers(self) -> tuple[Path, ...]:
        """Folders of generations that do not count: a rewrite was killed before its end."""
        found = [path for path in self._store.glob(f"{GENERATION}*") if path != self.root]
        if self.root != self._store:
            found += [self._store / name for name in (BATCHES, COUNTS, REGISTERS, SUMS)]
        return tuple(path for path in sorted(found) if path.exists())

    def remove_leftovers(self) -> None:
        """Remove them; only under the lock, while nothing reads."""
        for path in self.leftovers:
            shutil.rmtree(path)

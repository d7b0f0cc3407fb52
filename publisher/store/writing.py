"""Adds batches and registers to a store, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from publisher.errors import BatchRefused, StoreProblem
from publisher.model.counts import PreparedCounts
from publisher.model.intake import PreparedBatch, Registers
from publisher.store.counts import (
    COUNTS,
    CountsManifest,
    late_corrections,
    stored_counts,
    write_counts,
)
from publisher.store.folders import appearing, write_whole, written_or_explained
from publisher.store.held_back import marks_held_back
from publisher.store.manifests import (
    MANIFEST,
    BatchManifest,
    FolderManifest,
    RegistersManifest,
    StoredFile,
    StoreManifest,
    described,
    folders_with,
    manifest_text,
    read_manifest,
)
from publisher.store.settings import StoreSettings
from publisher.store.tables import TableWriter, content_of, write_batch, write_registers

BATCHES = "batches"
REGISTERS = "registers"
STORE_MANIFEST = "store.json"

_MOMENT_LATER = timedelta(seconds=1)


class Writer:
    """The one who writes to a store; made by `Store.writing`."""

    def __init__(self, folder: Path, settings: StoreSettings) -> None:
        """Write to the store in `folder`, whose lock is held."""
        self._folder = folder
        self._settings = settings
        self._added: list[datetime] = []

    def has(self, name: str, sha256: str) -> bool:
        """Whether the batch is stored already.

        Raises:
            BatchRefused: a batch of this name is stored that has other content.
        """
        return self._has(self._folder / BATCHES / name, BatchManifest, sha256)

    def has_counts(self, name: str, sha256: str) -> bool:
        """Whether the batch of counts is stored already.

        Raises:
            BatchRefused: a batch of counts of this name is stored that has other content.
        """
        return self._has(self._folder / COUNTS / name, CountsManifest, sha256)

    def _has(self, folder: Path, kind: type[FolderManifest], sha256: str) -> bool:
        name = folder.name
        if not folder.exists():
            return False
        if read_manifest(folder / MANIFEST, kind).sha256 == sha256:
            return True
        raise BatchRefused(
            f"batches/{name} has other content than the batch of this name in the store",
            "What is stored never changes. Deliver corrections as a batch with a later name.",
        )

    def add_batch(self, batch: PreparedBatch) -> int:
        """Store a batch; the number of its marks whose pupil has no record at the school yet.

        Raises:
            BatchRefused: a batch of this name is stored that has other content.
            StoreProblem: its pseudonyms were made with another key than the store's.
            CouldNotRun: the disk is full or cannot be written; nothing of the batch is stored.
        """
        if self.has(batch.name, batch.sha256):
            return 0
        self._claim(batch.key_fingerprint)
        known_from = self._known_from(batch.received)

        def manifest(files: tuple[StoredFile, ...]) -> BatchManifest:
            return BatchManifest(
                known_from=known_from,
                sha256=batch.sha256,
                files=files,
                received=batch.received,
                marks=dict(batch.account.marks.buckets),
                pupils=dict(batch.account.pupils.buckets),
            )

        folder = self._folder / BATCHES / batch.name
        self._add(folder, lambda writer: write_batch(writer, batch), manifest)
        self._added.append(known_from)
        return marks_held_back(folder, [path for path, _ in self._batches()])

    def add_counts(self, batch: PreparedCounts) -> int:
        """Store a batch of counts; the number of its rows that came too late to be used.

        Raises:
            BatchRefused: another batch of counts of this name is stored.
            CouldNotRun: the disk is full or cannot be written; nothing of the batch is stored.
        """
        if self.has_counts(batch.name, batch.sha256):
            return 0
        known_from = self._known_from(batch.received)

        def manifest(files: tuple[StoredFile, ...]) -> CountsManifest:
            return CountsManifest(
                known_from=known_from,
                sha256=batch.sha256,
                files=files,
                received=batch.received,
                counts=dict(batch.account.counts.buckets),
                on_roll=dict(batch.account.on_roll.buckets),
            )

        folder = self._folder / COUNTS / batch.name
        self._add(folder, lambda writer: write_counts(writer, batch), manifest)
        self._added.append(known_from)
        return late_corrections(folder, [path for path, _ in stored_counts(self._folder)])

    def add_registers(self, registers: Registers) -> bool:
        """Store the registers if they differ from the newest version; whether they did.

        They are known from the latest batch that this writer added. Without one, they are known
        from a moment after everything stored, for a release made before must stay what it was.

        Raises:
            StoreProblem: the store has no batch that they could belong to.
            CouldNotRun: the disk is full or cannot be written; nothing of them is stored.
        """
        sha256 = content_of(registers)
        versions = self._versions()
        if versions and versions[-1][1].sha256 == sha256:
            return False
        known_from = self._registers_known_from()

        def manifest(files: tuple[StoredFile, ...]) -> RegistersManifest:
            return RegistersManifest(known_from=known_from, sha256=sha256, files=files)

        folder = self._folder / REGISTERS / f"{len(versions) + 1:06d}"
        self._add(folder, lambda writer: write_registers(writer, registers), manifest)
        return True

    def _add(
        self,
        folder: Path,
        write: Callable[[TableWriter], None],
        manifest: Callable[[tuple[StoredFile, ...]], FolderManifest],
    ) -> None:
        with appearing(folder) as unfinished:
            writer = TableWriter(unfinished, self._settings.compression_level)
            write(writer)
            files = tuple(described(unfinished / name, rows) for name, rows in writer.rows.items())
            (unfinished / MANIFEST).write_text(manifest_text(manifest(files)), encoding="utf-8")

    def _claim(self, fingerprint: str) -> None:
        """Bind the store to the key of its first batch; another key would split every pupil."""
        path = self._folder / STORE_MANIFEST
        known = read_manifest(path, StoreManifest)
        if known.key_fingerprint is None:
            bound = known.model_copy(update={"key_fingerprint": fingerprint})
            write_store_manifest(path, bound)
        elif known.key_fingerprint != fingerprint:
            raise StoreProblem(
                "The store was written with another pseudonym key",
                "Use the key that the store was begun with, or make a new store.",
            )

    def _known_from(self, received: datetime) -> datetime:
        """A late batch is known after everything stored, whenever it says it was received."""
        latest = self._latest()
        return received if latest is None or received > latest else latest + _MOMENT_LATER

    def _registers_known_from(self) -> datetime:
        if self._added:
            return max(self._added)
        latest = self._latest()
        if latest is None:
            raise StoreProblem(
                "No batch is stored, so the registers are not either",
                "Look at why the batches were refused.",
            )
        return latest + _MOMENT_LATER if self._versions() else latest

    def _latest(self) -> datetime | None:
        stored = (*self._batches(), *stored_counts(self._folder), *self._versions())
        return max((manifest.known_from for _, manifest in stored), default=None)

    def _batches(self) -> tuple[tuple[Path, BatchManifest], ...]:
        return folders_with(self._folder / BATCHES, BatchManifest)

    def _versions(self) -> tuple[tuple[Path, RegistersManifest], ...]:
        return folders_with(self._folder / REGISTERS, RegistersManifest)


def write_store_manifest(path: Path, manifest: StoreManifest) -> None:
    """Write what the store as a whole is.

    Raises:
        CouldNotRun: the disk is full or cannot be written.
    """
    with written_or_explained():
        write_whole(path, manifest_text(manifest))

"""Adds batches and registers to a store, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from publisher.errors import BatchRefused, StoreProblem
from publisher.model.counts import PreparedCounts
from publisher.model.erasure import Identified, KeptOut
from publisher.model.intake import PreparedBatch, Registers
from publisher.store.compaction import Compacted, Compacting
from publisher.store.contents import BATCHES, COUNTS, REGISTERS, STORE_MANIFEST, Contents
from publisher.store.counts import late_corrections, write_counts
from publisher.store.erasing import Erasing, lift
from publisher.store.folders import appearing, write_whole, written_or_explained
from publisher.store.held_back import marks_held_back
from publisher.store.manifests import (
    MANIFEST,
    BatchManifest,
    CountsManifest,
    FolderManifest,
    Receipt,
    RegistersManifest,
    StoredFile,
    StoreManifest,
    described,
    manifest_text,
    read_manifest,
)
from publisher.store.settings import StoreSettings
from publisher.store.tables import (
    TableWriter,
    content_of,
    without_schools,
    write_batch,
    write_registers,
)

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
        return _has(self._contents.batches.get(name), name, sha256)

    def has_counts(self, name: str, sha256: str) -> bool:
        """Whether the batch of counts is stored already.

        Raises:
            BatchRefused: a batch of counts of this name is stored that has other content.
        """
        known = {path.name: each for path, each in self._contents.counts}
        return _has(known.get(name), name, sha256)

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

        contents = self._contents
        folder, kept_out = contents.root / BATCHES / batch.name, contents.kept_out
        self._add(folder, lambda writer: write_batch(writer, batch, kept_out), manifest)
        self._added.append(known_from)
        return marks_held_back(folder, [layer.folder for layer in self._contents.layers])

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

        contents = self._contents
        folder, kept_out = contents.root / COUNTS / batch.name, contents.kept_out
        self._add(folder, lambda writer: write_counts(writer, batch, kept_out), manifest)
        self._added.append(known_from)
        return late_corrections(folder, [path for path, _ in self._contents.counts])

    def add_registers(self, registers: Registers) -> bool:
        """Store the registers if they differ from the newest version; whether they did.

        They are known from the latest batch that this writer added. Without one, they are known
        from a moment after everything stored, for a release made before must stay what it was.

        Raises:
            StoreProblem: the store has no batch that they could belong to.
            CouldNotRun: the disk is full or cannot be written; nothing of them is stored.
        """
        contents = self._contents
        registers = without_schools(registers, contents.kept_out.schools)
        sha256 = content_of(registers)
        versions = contents.versions
        if versions and versions[-1][1].sha256 == sha256:
            return False
        known_from = self._registers_known_from()

        def manifest(files: tuple[StoredFile, ...]) -> RegistersManifest:
            return RegistersManifest(known_from=known_from, sha256=sha256, files=files)

        folder = contents.root / REGISTERS / f"{len(versions) + 1:06d}"
        self._add(folder, lambda writer: write_registers(writer, registers), manifest)
        return True

    def kept_out(self) -> KeptOut:
        """Schools and pupils that were erased and whose rows `add_batch` refuses."""
        return self._contents.kept_out

    def erase(self, who: Identified) -> Receipt:
        """Erase a school or a pupil from every batch and keep it out from now on.

        Raises:
            StoreProblem: the store is empty, was written with another key, or is being read.
            CouldNotRun: the disk is full or cannot be written; the store is as it was.
        """
        return Erasing(self._folder, self._settings, who).run()

    def lift(self, who: Identified) -> bool:
        """Let an erased school or pupil in again; whether it was kept out.

        Raises:
            StoreProblem: the store was written with another key.
            CouldNotRun: the disk is full or cannot be written.
        """
        return lift(self._folder, who)

    def compact(self) -> Compacted:
        """Merge all batches into one folder; give up what the retention period does not cover.

        Raises:
            StoreProblem: the store is being read, is damaged, or holds a table that is not known.
            CouldNotRun: the disk is full or cannot be written; the store is as it was.
        """
        return Compacting(self._folder, self._settings).run()

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
        latest = self._contents.last_moment
        return received if latest is None or received > latest else latest + _MOMENT_LATER

    def _registers_known_from(self) -> datetime:
        if self._added:
            return max(self._added)
        contents = self._contents
        latest = contents.last_moment
        if latest is None:
            raise StoreProblem(
                "No batch is stored, so the registers are not either",
                "Look at why the batches were refused.",
            )
        return latest + _MOMENT_LATER if contents.versions else latest

    @property
    def _contents(self) -> Contents:
        return Contents(self._folder)


def _has(known: BatchManifest | CountsManifest | None, name: str, sha256: str) -> bool:
    if known is None or known.sha256 == sha256:
        return known is not None
    raise BatchRefused(
        f"batches/{name} has other content than the batch of this name in the store",
        "What is stored never changes. Deliver corrections as a batch with a later name.",
    )


def write_store_manifest(path: Path, manifest: StoreManifest) -> None:
    """Write what the store as a whole is.

    Raises:
        CouldNotRun: the disk is full or cannot be written.
    """
    with written_or_explained():
        write_whole(path, manifest_text(manifest))

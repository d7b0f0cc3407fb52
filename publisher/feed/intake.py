"""A feed of the format `tables`: its registers, and its batches one by one.

Another format becomes other classes with the same two faces (`publisher.feed.faces`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher.errors import BatchRefused
from publisher.feed.admission import Admitting
from publisher.feed.chunks import Chunk
from publisher.feed.columns import BATCH_TABLES
from publisher.feed.files import chunks
from publisher.feed.layout import (
    batch_folders,
    check_contents,
    not_read,
    received_at,
    sha256_of,
    table_files,
)
from publisher.feed.preparation import BatchIdentity, prepare_batch
from publisher.feed.pseudonym import PseudonymKey
from publisher.feed.registers import read_registers
from publisher.feed.settings import FeedSettings
from publisher.model.erasure import KeptOut
from publisher.model.intake import BatchOutcome, PreparedBatch, Registers, RowRefusal
from publisher.model.progress import Progress
from publisher.reference.sharing import SharingRule


@dataclass(frozen=True, repr=False)
class ArrivedBatch:
    """A batch that lies in the feed, unread; `sha256` is over the bytes of its files."""

    name: str
    received: datetime
    sha256: str
    files: dict[str, tuple[Path, ...]]
    feed: Feed

    def prepare(
        self, key: PseudonymKey, progress: Progress, kept_out: KeptOut | None = None
    ) -> PreparedBatch:
        """Read, validate and pseudonymise the batch; leave out whom `kept_out` names.

        Raises:
            BatchRefused: a file of it is broken or has the wrong columns.
        """
        return prepare_batch(
            BatchIdentity(self.name, self.received, self.sha256),
            self._chunks("pupils", progress),
            self._chunks("marks", progress),
            self.feed.admission(self.received, kept_out or KeptOut()),
            key,
            self.feed.settings,
        )

    def _chunks(self, table: str, progress: Progress) -> Iterator[Chunk]:
        files = self.files[table]
        size = sum(path.stat().st_size for path in files)
        with progress.stage(f"Reading {table} of {self.name}", size) as advance:
            for chunk in chunks(files, table, self.feed.settings.rows_at_a_time):
                yield chunk
                advance(chunk.bytes_read)


@dataclass(frozen=True, repr=False)
class Feed(Admitting):
    """A feed folder whose registers have been read."""

    registers: Registers
    refusals: tuple[RowRefusal, ...]
    not_read: tuple[str, ...]
    folders: tuple[Path, ...]
    """One per batch, oldest first."""
    settings: FeedSettings
    sharing: SharingRule

    def arrived(self, folder: Path) -> ArrivedBatch:
        """The batch in one of `folders`.

        Raises:
            BatchRefused: the folder is not a batch: wrong name, foreign files, no tables.
        """
        received = received_at(folder.name)
        check_contents(folder)
        files = {table: table_files(folder, table) for table in BATCH_TABLES}
        every = [path for table in BATCH_TABLES for path in files[table]]
        if not every:
            raise BatchRefused(
                f"batches/{folder.name} has neither pupils nor marks", "Deliver the batch again."
            )
        return ArrivedBatch(folder.name, received, sha256_of(every), files, self)

    def finished(self, outcomes: Sequence[BatchOutcome]) -> None:
        """A folder remembers nothing."""


def open_feed(folder: Path, settings: FeedSettings, sharing: SharingRule | None = None) -> Feed:
    """Read the registers of a feed and see which batches it has.

    `sharing` says what an approval means; without it, approvals always bind.

    Raises:
        FeedProblem: there is no such folder, no batch, or a register that cannot be read.
    """
    folders = batch_folders(folder)
    registers, refusals = read_registers(folder)
    rule = sharing or SharingRule()
    return Feed(registers, refusals, not_read(folder), folders, settings, rule)

"""A feed of the format `pilot`: registers as in `tables`, batches of counts and pupils on roll."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher.errors import BatchRefused
from publisher.feed.chunks import Chunk
from publisher.feed.columns import PILOT_TABLES
from publisher.feed.files import chunks
from publisher.feed.intake import Feed, open_feed
from publisher.feed.layout import check_contents, received_at, sha256_of, table_files
from publisher.feed.pilot.counts import prepare_counts
from publisher.feed.pilot.on_roll import prepare_roll
from publisher.feed.settings import FeedSettings
from publisher.model.counts import PreparedCounts
from publisher.model.erasure import KeptOut
from publisher.model.intake import BatchOutcome, CountsAccount, Registers, RowRefusal
from publisher.model.progress import Progress
from publisher.reference.sharing import SharingRule


@dataclass(frozen=True, repr=False)
class ArrivedCounts:
    """A batch that lies in the feed, unread; `sha256` is over the bytes of its files."""

    name: str
    received: datetime
    sha256: str
    files: dict[str, tuple[Path, ...]]
    feed: PilotFeed

    def prepare(self, progress: Progress, kept_out: KeptOut | None = None) -> PreparedCounts:
        """Read and validate the batch; leave out the schools that `kept_out` names.

        Raises:
            BatchRefused: a file of it is broken or has the wrong columns.
        """
        admission = self.feed.registry.admission(self.received, kept_out or KeptOut())
        percent = self.feed.registry.settings.unknown_code_percent
        counts = prepare_counts(self._chunks("counts", progress), admission, percent)
        roll = prepare_roll(self._chunks("on_roll", progress), admission)
        account = CountsAccount(
            counts=counts.account,
            on_roll=roll.account,
            unknown_codes=counts.unknown_codes,
            unknown_code_texts=counts.unknown_texts,
            codes_out_of_date=counts.codes_out_of_date,
            schools_refused=counts.schools_refused,
            sessions_above_roll=roll.sessions_below(counts.rows),
        )
        return PreparedCounts(
            name=self.name,
            received=self.received,
            sha256=self.sha256,
            counts=counts.table(admission.urns),
            on_roll=roll.table(admission.urns),
            account=account,
        )

    def _chunks(self, table: str, progress: Progress) -> Iterator[Chunk]:
        files = self.files[table]
        size = sum(path.stat().st_size for path in files)
        rows_at_a_time = self.feed.registry.settings.rows_at_a_time
        with progress.stage(f"Reading {table} of {self.name}", size) as advance:
            for chunk in chunks(files, table, rows_at_a_time):
                yield chunk
                advance(chunk.bytes_read)


@dataclass(frozen=True, repr=False)
class PilotFeed:
    """A feed folder of counts whose registers have been read."""

    registry: Feed
    """Registers and the places of batches, which are as in the format `tables`."""

    @property
    def registers(self) -> Registers:
        """Schools, approvals and census."""
        return self.registry.registers

    @property
    def refusals(self) -> tuple[RowRefusal, ...]:
        """Rows of the registers that were left out."""
        return self.registry.refusals

    @property
    def not_read(self) -> tuple[str, ...]:
        """Names in the feed that belong to no table."""
        return self.registry.not_read

    @property
    def folders(self) -> tuple[Path, ...]:
        """One per batch, oldest first."""
        return self.registry.folders

    def arrived(self, folder: Path) -> ArrivedCounts:
        """The batch in one of `folders`.

        Raises:
            BatchRefused: the folder is not a batch of counts: wrong name, foreign files, no counts.
        """
        received = received_at(folder.name)
        check_contents(folder, PILOT_TABLES)
        files = {table: table_files(folder, table) for table in PILOT_TABLES}
        if not files["counts"]:
            raise BatchRefused(
                f"batches/{folder.name} has no counts", "Deliver counts.csv or counts.parquet."
            )
        every = [path for table in PILOT_TABLES for path in files[table]]
        return ArrivedCounts(folder.name, received, sha256_of(every), files, self)

    def finished(self, outcomes: Sequence[BatchOutcome]) -> None:
        """A folder remembers nothing."""


def open_pilot_feed(
    folder: Path, settings: FeedSettings, sharing: SharingRule | None = None
) -> PilotFeed:
    """Read the registers of a feed of counts and see which batches it has.

    `sharing` says what an approval means; without it, approvals always bind.

    Raises:
        FeedProblem: there is no such folder, no batch, or a register that cannot be read.
    """
    return PilotFeed(open_feed(folder, settings, sharing))

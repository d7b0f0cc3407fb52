"""From a feed to the store: the adapter of the feed's shape, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from os import environ
from pathlib import Path

from publisher.config import Config
from publisher.errors import BatchRefused
from publisher.feed.faces import Feed
from publisher.feed.intake import open_feed
from publisher.feed.pilot.intake import PilotFeed, open_pilot_feed
from publisher.feed.pseudonym import PseudonymKey, load_key
from publisher.feed.wonde.sources import open_wonde
from publisher.model.erasure import KeptOut
from publisher.model.intake import BatchFate, BatchOutcome, IngestReport
from publisher.model.progress import Progress
from publisher.store.store import Store
from publisher.store.writing import Writer

TakeIn = Callable[[Path, Writer, Progress], BatchOutcome]
"""Takes the batch in a folder into the store. Raises BatchRefused."""


def ingest(
    config: Config, source: str | Path, feed_format: str, progress: Progress
) -> IngestReport:
    """Take every batch of a feed into the store, oldest first; whole batches or nothing of them.

    `source` is a folder, or where the format has one the address of a supplier.

    Raises:
        UsageProblem: there is no pseudonym key (numbers of pupils need none).
        FeedProblem: the source is not a feed, or a register cannot be read.
        BatchRefused: a pull from a supplier is broken; nothing of it is stored.
        StoreProblem, CouldNotRun: the store cannot be written.
    """
    store = Store(config.store, config.intake)
    take, feed = _adapter(config, str(source), feed_format, store.kept_out(), progress)
    with store.writing() as writer:
        outcomes = tuple(_taken(take, folder, writer, progress) for folder in feed.folders)
        # Registers belong to batches: when every batch was refused there is nothing to describe.
        changed = bool(store.received_batches()) and writer.add_registers(feed.registers)
        feed.finished(outcomes)
    return IngestReport(outcomes, changed, feed.refusals, feed.not_read)


def _adapter(
    config: Config, source: str, feed_format: str, kept_out: KeptOut, progress: Progress
) -> tuple[TakeIn, Feed | PilotFeed]:
    """The feed, and what takes one of its batches into the store."""
    sharing = config.method.sharing
    if feed_format == "pilot":
        pilot = open_pilot_feed(Path(source), config.feed, sharing)
        return partial(_take_in_counts, pilot), pilot
    key = load_key(environ, config.key_file)
    feed: Feed
    if feed_format == "wonde":
        feed = open_wonde(source, config.feed, sharing, config.store, kept_out, progress)
    else:
        feed = open_feed(Path(source), config.feed, sharing)
    return partial(_take_in, feed, key), feed


def _taken(take: TakeIn, folder: Path, writer: Writer, progress: Progress) -> BatchOutcome:
    try:
        return take(folder, writer, progress)
    except BatchRefused as refused:
        return BatchOutcome(folder.name, BatchFate.REFUSED, refused.found, refused.advice)


def _take_in(
    feed: Feed, key: PseudonymKey, folder: Path, writer: Writer, progress: Progress
) -> BatchOutcome:
    arrived = feed.arrived(folder)
    if writer.has(arrived.name, arrived.sha256):
        return BatchOutcome(folder.name, BatchFate.ALREADY_STORED)
    prepared = arrived.prepare(key, progress, writer.kept_out())
    held_back = writer.add_batch(prepared)
    return BatchOutcome(
        folder.name, BatchFate.STORED, account=prepared.account, held_back=held_back
    )


def _take_in_counts(
    feed: PilotFeed, folder: Path, writer: Writer, progress: Progress
) -> BatchOutcome:
    arrived = feed.arrived(folder)
    if writer.has_counts(arrived.name, arrived.sha256):
        return BatchOutcome(folder.name, BatchFate.ALREADY_STORED)
    prepared = arrived.prepare(progress, writer.kept_out())
    late = writer.add_counts(prepared)
    return BatchOutcome(
        folder.name, BatchFate.STORED, counts=prepared.account, late_corrections=late
    )

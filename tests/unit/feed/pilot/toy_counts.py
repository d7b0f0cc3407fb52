"""A tiny invented feed of counts, easy to break in one place; and the glue of a pipeline."""

from __future__ import annotations

from pathlib import Path

from publisher.errors import BatchRefused
from publisher.feed.pilot.intake import PilotFeed, open_pilot_feed
from publisher.feed.settings import FeedSettings
from publisher.model.counts import PreparedCounts
from publisher.model.intake import BatchFate, BatchOutcome, IngestReport
from publisher.model.progress import Silent
from publisher.store.store import Store
from publisher.store.writing import Writer
from tests.unit.feed.toy_feed import Row, Rows, write_csv, write_roots

BATCH = "2025-11-07T1830"
COUNT = {
    "urn": "100001",
    "date": "2025-11-03",
    "session": "AM",
    "code": "/",
    "year_group": "5",
    "pupils": "28",
}
ROLL = {"urn": "100001", "date": "2025-11-03", "year_group": "5", "pupils": "30"}


def number(**changes: object) -> Row:
    return {**COUNT, **changes}


def roll(**changes: object) -> Row:
    return {**ROLL, **changes}


def write_counts(
    feed: Path, counts: Rows | None = None, on_roll: Rows | None = None, name: str = BATCH
) -> Path:
    if not (feed / "schools.csv").exists():
        write_roots(feed)
    folder = feed / "batches" / name
    write_csv(folder / "counts.csv", [number()] if counts is None else counts)
    write_csv(folder / "on_roll.csv", [roll()] if on_roll is None else on_roll)
    return folder


def prepared(feed: Path, settings: FeedSettings | None = None, name: str = BATCH) -> PreparedCounts:
    opened = open_pilot_feed(feed, settings or FeedSettings())
    return opened.arrived(feed / "batches" / name).prepare(Silent())


def ingest_counts(feed: Path, store: Store) -> IngestReport:
    opened = open_pilot_feed(feed, FeedSettings())
    with store.writing() as writer:
        outcomes = tuple(_one(opened, each, writer) for each in opened.folders)
        changed = bool(store.received_batches()) and writer.add_registers(opened.registers)
    return IngestReport(outcomes, changed, opened.refusals, opened.not_read)


def _one(feed: PilotFeed, folder: Path, writer: Writer) -> BatchOutcome:
    try:
        arrived = feed.arrived(folder)
        if writer.has_counts(arrived.name, arrived.sha256):
            return BatchOutcome(folder.name, BatchFate.ALREADY_STORED)
        batch = arrived.prepare(Silent(), writer.kept_out())
        late = writer.add_counts(batch)
    except BatchRefused as refused:
        return BatchOutcome(folder.name, BatchFate.REFUSED, refused.found, refused.advice)
    return BatchOutcome(folder.name, BatchFate.STORED, counts=batch.account, late_corrections=late)

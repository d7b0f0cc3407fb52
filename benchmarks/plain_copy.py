"""Writes a feed as one row per pupil and day, the way most people keep registers.

What other tools count in the comparison. The rows are those that the program's own intake lets
in, so that everybody starts from the same records, whatever the store makes of them:

    PLAIN/schools.parquet, approvals.parquet, census.parquet
    PLAIN/batches/<received>/marks.parquet    urn, pupil, date, am, pm, received
    PLAIN/batches/<received>/pupils.parquet   a pupil's record as a batch brought it, received
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from datetime import datetime
from os import environ
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from publisher.feed.intake import Feed, open_feed
from publisher.feed.pseudonym import load_key
from publisher.feed.settings import FeedSettings
from publisher.model.intake import MARKS_SCHEMA, PUPILS_SCHEMA
from publisher.model.progress import Silent

RECEIVED = pa.field("received", pa.timestamp("us"))
ROWS_IN_GROUP = 1 << 19


def write_plain(feed_folder: Path, folder: Path) -> None:
    """Write every batch that is not there yet; a batch appears whole or not at all."""
    feed = open_feed(feed_folder, FeedSettings())
    (folder / "batches").mkdir(parents=True, exist_ok=True)
    pq.write_table(feed.registers.schools, folder / "schools.parquet")
    pq.write_table(feed.registers.approvals, folder / "approvals.parquet")
    pq.write_table(feed.registers.census, folder / "census.parquet")
    for batch in feed.folders:
        target = folder / "batches" / batch.name
        if not target.exists():
            _write_batch(feed, batch, target)


def _write_batch(feed: Feed, batch: Path, target: Path) -> None:
    prepared = feed.arrived(batch).prepare(load_key(environ, Path()), Silent())
    unfinished = target.with_name(f".{target.name}")
    unfinished.mkdir(exist_ok=True)
    marks = (pa.Table.from_batches([piece]) for piece in prepared.marks)
    _write(unfinished / "marks.parquet", MARKS_SCHEMA, marks, prepared.received)
    _write(unfinished / "pupils.parquet", PUPILS_SCHEMA, [prepared.pupils], prepared.received)
    unfinished.rename(target)


def _write(path: Path, schema: pa.Schema, pieces: Iterable[pa.Table], received: datetime) -> None:
    moment = pa.scalar(received, RECEIVED.type)
    with pq.ParquetWriter(path, schema.append(RECEIVED), compression="zstd") as writer:
        for piece in pieces:
            dated = piece.cast(schema).append_column(RECEIVED, pa.repeat(moment, len(piece)))
            writer.write_table(dated, row_group_size=ROWS_IN_GROUP)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("plain", type=Path)
    asked = parser.parse_args()
    write_plain(asked.feed, asked.plain)

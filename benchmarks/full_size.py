"""A whole year of the whole country: generated, and taken into a store fortnight by fortnight."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from measuring import Measured, run

TITLE = "A year at full size"
FIRST_DAY, LAST_DAY = "2025-09-08", "2026-07-21"
FORTNIGHTS = 23
GIGABYTE = 10**9


def measure(folder: Path, scale: float, fortnights: int) -> tuple[list[str], list[Measured]]:
    """Generate the year at `scale`, then ingest its first `fortnights`, each by itself."""
    feed, store = folder / "feed", folder / "store"
    generated, facts = run(
        "generate a year",
        "generate",
        *("--out", str(feed), "--scale", str(scale), "--batches", str(FORTNIGHTS)),
        *("--from", FIRST_DAY, "--to", LAST_DAY),
    )
    rows = f"{facts['marks']:,} marks of {facts['pupils']:,} enrolments"
    print(generated)
    ingested = [
        _ingest(feed, batch, folder / "fortnight", store)
        for batch in sorted((feed / "batches").iterdir())[:fortnights]
    ]
    about = [
        f"feed: an invented year, {FIRST_DAY} to {LAST_DAY}, scale {scale:g}, in {FORTNIGHTS} "
        f"batches of a fortnight: {_size(feed) / GIGABYTE:.2f} GB",
        f"store after {len(ingested)} of the {FORTNIGHTS} batches: "
        f"{_size(store) / GIGABYTE:.2f} GB",
    ]
    return about, [replace(generated, rows=rows), *_summary(ingested)]


def _ingest(feed: Path, batch: Path, scratch: Path, store: Path) -> tuple[int, Measured]:
    """Take in one batch, as a feed that holds nothing else; the marks stored and the measures."""
    (scratch / "batches").mkdir(parents=True)
    for table in feed.glob("*.parquet"):
        (scratch / table.name).symlink_to(table.resolve())
    (scratch / "batches" / batch.name).symlink_to(batch.resolve())
    measured, report = run(f"ingest {batch.name}", "ingest", str(scratch), "--store", str(store))
    shutil.rmtree(scratch)
    arrived = int(report["batches"][0]["account"]["marks"]["arrived"])
    print(f"{arrived:,}", measured)
    return arrived, measured


def _summary(ingested: list[tuple[int, Measured]]) -> list[Measured]:
    """The largest fortnight, the one that needed most memory, and all together."""
    arrived, largest = max(ingested, key=lambda each: each[0])
    every = [measured for _, measured in ingested]
    together = Measured(
        f"ingest {len(every)} fortnights, one by one",
        f"{sum(rows for rows, _ in ingested):,} marks",
        sum(each.seconds for each in every),
        sum(each.processor_seconds for each in every),
        max(each.peak_mebibytes for each in every),
    )
    biggest = replace(largest, name="ingest the largest fortnight", rows=f"{arrived:,} marks")
    slowest = max(ingested, key=lambda each: each[1].seconds)
    slow = replace(slowest[1], name="ingest the slowest fortnight", rows=f"{slowest[0]:,} marks")
    return [biggest, slow, together]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

"""Measures generate, ingest and release as whole processes and writes docs/performance.md.

Usage: python benchmarks/bench.py [--scale 0.05] [--keep FOLDER]
       python benchmarks/bench.py --full [--scale 1] [--fortnights 23] [--keep FOLDER]

`--full` generates a year and ingests it fortnight by fortnight. At scale 1 it needs about an hour
and 10 GB of disk beside the temporary folder.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path

import full_size
from measuring import Measured, run
from page import write_section

TITLE = "An autumn of a small feed"


def measure(folder: Path, scale: float) -> tuple[list[str], list[Measured]]:
    """Generate, ingest and release one autumn at `scale`."""
    feed, store, output = (str(folder / name) for name in ("feed", "store", "output"))
    generated, facts = run("generate", "generate", "--out", feed, "--scale", str(scale))
    ingested, _ = run("ingest", "ingest", feed, "--store", store)
    released, made = run("release", "release", "--store", store, "--output", output)
    again, _ = run("release, again", "release", "--store", store, "--output", output)
    marks = f"{facts['marks']:,} marks"
    published = f"{made['rows']:,} published rows"
    rows = (marks, marks, published, published)
    about = [f"feed: an invented autumn, 8 September to 7 November 2025, scale {scale}"]
    return about, [
        Measured(each.name, what, each.seconds, each.processor_seconds, each.peak_mebibytes)
        for each, what in zip((generated, ingested, released, again), rows, strict=True)
    ]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="a year, at scale 1 unless told")
    parser.add_argument("--scale", type=float)
    parser.add_argument("--fortnights", type=int, default=full_size.FORTNIGHTS)
    parser.add_argument("--keep", type=Path, help="folder to leave feed, store and output in")
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if asked.full:
            about, measured = full_size.measure(folder, asked.scale or 1.0, asked.fortnights)
        else:
            about, measured = measure(folder, asked.scale or 0.05)
    print(write_section(full_size.TITLE if asked.full else TITLE, about, measured))


if __name__ == "__main__":
    main()

"""Measures the program, and the program beside other tools; writes docs/performance.md.

Usage: python benchmarks/bench.py                  an autumn at scale 0.05: a few minutes
       python benchmarks/bench.py --full           a year at scale 1: hours, 15 GB of disk
       python benchmarks/bench.py --full --feed FOLDER --store FOLDER [--plain FOLDER]

With --feed and --store only the comparison is run, over a feed and the store that took it in;
neither is written to. --plain: the feed as one row per pupil and day (`plain_copy.py`); batches
that are not there yet are made. Where batches of a store hold marks.parquet and pupils.parquet with
the columns that `plain_copy.py` writes, links to them will do.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from pathlib import Path

import comparison
import full_size
import side_by_side
from measuring import KEY, Limits, Measured, run, run_process
from page import commands_table, write_section

TITLE = "An autumn of a small feed"
SIDE_BY_SIDE = "Side by side, a small feed"
SIDE_BY_SIDE_AT_FULL_SIZE = "Side by side, a year at full size"
MEBIBYTES = 1024
DAYS, DAYS_OF_A_YEAR = (10, 40), (10, 40, 90, 190)
SECONDS, SECONDS_AT_FULL_SIZE = 300, 1800


def measure(folder: Path, scale: float) -> None:
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
    measured = [
        Measured(each.name, what, each.seconds, each.processor_seconds, each.peak_mebibytes)
        for each, what in zip((generated, ingested, released, again), rows, strict=True)
    ]
    print(write_section(TITLE, about, [commands_table(measured)]))


def main() -> None:
    """Measure, print, write."""
    asked = _asked()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if asked.store is None:
            _measure_program(asked, folder)
        _compare(asked, folder)


def _measure_program(asked: argparse.Namespace, folder: Path) -> None:
    """Make the feed and the store that the comparison then uses."""
    if asked.full:
        about, measured = full_size.measure(folder, asked.scale or 1.0, asked.fortnights)
        print(write_section(full_size.TITLE, about, [commands_table(measured)]))
    else:
        measure(folder, asked.scale or 0.05)


def _compare(asked: argparse.Namespace, folder: Path) -> None:
    feed, plain = asked.feed or folder / "feed", asked.plain or folder / "plain"
    copying = [sys.executable, str(side_by_side.HERE / "plain_copy.py"), str(feed), str(plain)]
    copied = run_process("plain copy", copying, environment=KEY)
    if copied.stopped:
        sys.exit(f"The feed could not be copied: {copied.stopped}\n{copied.errors}")
    print(copied.measured, flush=True)
    data = comparison.Data(asked.store or folder / "store", plain, folder / "side_by_side")
    seconds = asked.seconds or (SECONDS_AT_FULL_SIZE if asked.full else SECONDS)
    wanted = comparison.Asked(
        title=SIDE_BY_SIDE_AT_FULL_SIZE if asked.full else SIDE_BY_SIDE,
        days=tuple(asked.days or (DAYS_OF_A_YEAR if asked.full else DAYS)),
        tools=tuple(asked.tools),
        limits=Limits(seconds, asked.gigabytes * MEBIBYTES),
        memory=asked.memory,
        our_memory=asked.our_memory,
        also_without=not asked.with_evidence_only,
        rounds=asked.rounds,
    )
    print(side_by_side.measure(data, wanted))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="a year, at scale 1 unless told")
    parser.add_argument("--scale", type=float)
    parser.add_argument("--fortnights", type=int, default=full_size.FORTNIGHTS)
    parser.add_argument("--keep", type=Path, help="folder to leave feed, store and results in")
    parser.add_argument("--feed", type=Path, help="compare over this feed")
    parser.add_argument("--store", type=Path, help="and the store that took it in")
    parser.add_argument("--plain", type=Path, help="its plain copy, made if need be")
    parser.add_argument("--days", type=int, nargs="+", help="compare over so many school days")
    tools = list(comparison.TOOLS)
    parser.add_argument("--tools", nargs="*", choices=tools, default=tools)
    parser.add_argument("--seconds", type=float, help="stop a tool after so long")
    parser.add_argument("--gigabytes", type=float, default=16, help="or at so much memory")
    parser.add_argument("--memory", default="8GB", help="memory that DuckDB and Spark may use")
    parser.add_argument("--with-evidence-only", action="store_true", help="the same work only")
    parser.add_argument("--our-memory", default="4GB", help="engine.memory_limit of the program")
    parser.add_argument("--rounds", type=int, default=1, help="runs of the most days")
    asked = parser.parse_args()
    if (asked.feed is None) != (asked.store is None):
        parser.error("--feed and --store belong together")
    return asked


if __name__ == "__main__":
    main()

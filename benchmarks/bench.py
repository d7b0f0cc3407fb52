"""Measures generate, ingest and release as whole processes and writes docs/performance.md.

Usage: python benchmarks/bench.py [--scale 0.05] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sys.executable).with_name("publisher")
REPORT = PROJECT / "docs" / "performance.md"
MEBIBYTE = 1024


@dataclass(frozen=True)
class Measured:
    """One command, run once as a process of its own."""

    name: str
    rows: str
    seconds: float
    processor_seconds: float
    peak_mebibytes: int


def run(name: str, *arguments: str) -> tuple[Measured, dict[str, Any]]:
    """Run one command; its peak memory is that of the largest single process."""
    environment = {**os.environ, "PUBLISHER_KEY": "benchmark-key-not-a-secret"}
    started = time.monotonic()
    process = subprocess.Popen(
        [str(PROGRAM), *arguments, "--json", "--config", str(PROJECT / "config.yaml")],
        stdout=subprocess.PIPE,
        env=environment,
    )
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status:
        sys.exit(f"{name} ended with status {os.waitstatus_to_exitcode(status)}")
    peak = usage.ru_maxrss // MEBIBYTE
    measured = Measured(name, "", seconds, usage.ru_utime + usage.ru_stime, peak)
    return measured, json.loads(output)


def measure(folder: Path, scale: float) -> list[Measured]:
    """Generate, ingest and release one autumn at `scale`."""
    feed, store, output = (str(folder / name) for name in ("feed", "store", "output"))
    generated, facts = run("generate", "generate", "--out", feed, "--scale", str(scale))
    ingested, _ = run("ingest", "ingest", feed, "--store", store)
    released, made = run("release", "release", "--store", store, "--output", output)
    again, _ = run("release, again", "release", "--store", store, "--output", output)
    marks = f"{facts['marks']:,} marks"
    published = f"{made['rows']:,} published rows"
    rows = (marks, marks, published, published)
    return [
        Measured(each.name, what, each.seconds, each.processor_seconds, each.peak_mebibytes)
        for each, what in zip((generated, ingested, released, again), rows, strict=True)
    ]


def commit() -> str:
    """The commit measured, and whether the tree differs from it."""
    ask = ["git", "-C", str(PROJECT)]
    head = subprocess.run([*ask, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    dirty = subprocess.run([*ask, "status", "--porcelain"], capture_output=True, text=True)
    changes = [line for line in dirty.stdout.splitlines() if "performance.md" not in line]
    return head.stdout.strip() + (" with uncommitted changes" if changes else "")


def machine() -> str:
    """Processor count, memory and interpreter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def report(scale: float, measured: list[Measured]) -> str:
    """The page that is written."""
    lines = [
        "# Performance",
        "",
        "Written by `make bench`: each command run once, as a whole process from start to exit,",
        "with the program's own start-up in it. Peak memory is the resident set of the process.",
        "",
        f"- machine: {machine()}",
        f"- commit: {commit()}",
        f"- feed: an invented autumn, 8 September to 7 November 2025, scale {scale}",
        "",
        "| command | rows | seconds | processor seconds | peak memory (MiB) |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {each.name} | {each.rows} | {each.seconds:.1f} | {each.processor_seconds:.1f} "
        f"| {each.peak_mebibytes:,} |"
        for each in measured
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--keep", type=Path, help="folder to leave feed, store and output in")
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        text = report(asked.scale, measure(folder, asked.scale))
    REPORT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

"""The program beside other tools: the same data, the same work, one process each, one run.

The work is that of `plain_work`, evidence included, for all places. The program does it over its
own store, the others over one row per pupil and day; it accounts for every row that arrived as
well. Results are compared figure by figure: if two tools differ, nothing is written. The work
without evidence has rows of its own.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from comparison import (
    ALSO_WITHOUT,
    BEFORE,
    FLOOR_PLAIN,
    FLOOR_STORE,
    INCREMENT,
    OURS,
    TOOLS,
    WITHOUT,
    Asked,
    Data,
    Found,
    Release,
    Size,
    sizes,
)
from comparison_page import about, tables
from measuring import FAILED, Limits, run_process
from page import write_section
from plain_work import OUTPUTS, WITHOUT_EVIDENCE
from results import Different, compare, compare_with_ours, figures

HERE = Path(__file__).resolve().parent
TWO_THREADS = {"POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2"}


def measure(data: Data, asked: Asked) -> str:
    """Run everything, compare the results, write the section of the page; give its text."""
    every = [Found(size) for size in sizes(data.plain, asked.days)]
    for place, found in enumerate(every):
        for _ in range(asked.rounds if found is every[-1] else 1):
            measure_size(data, asked, found, every[:place])
    return write_section(asked.title, about(asked, every), list(tables(every)))


def measure_size(data: Data, asked: Asked, found: Found, smaller: Sequence[Found]) -> None:
    """Run everything once over one size, into `found`, and compare the results."""
    results = data.folder / "results"
    shutil.rmtree(results, ignore_errors=True)
    for name, command in _commands(data, asked, found.size, results):
        if name in found.ended and found.ended[name].stopped:
            continue
        if reason := not_tried(name, found.size, smaller, asked.limits):
            found.not_tried[name] = reason
            continue
        out, scratch = results / name, data.folder / "scratch"
        for folder in (out, scratch):
            folder.mkdir(parents=True, exist_ok=True)
        ended = run_process(name, [sys.executable, *command], asked.limits, TWO_THREADS)
        shutil.rmtree(scratch)
        if ended.stopped.startswith(FAILED) and name.removesuffix(WITHOUT) not in TOOLS:
            sys.exit(f"{name}: {ended.stopped}\n{ended.errors}")
        found.add(name, ended)
        print(found.size.days, "days:", ended.measured, ended.stopped, ended.stood, flush=True)
    found.compared = _compare(results, found)


def _commands(
    data: Data, asked: Asked, size: Size, results: Path
) -> Iterator[tuple[str, list[str]]]:
    """What to run, in order: the program and the floor under it first."""
    scratch = ["--scratch", str(data.folder / "scratch")]
    further = [*scratch, "--memory", asked.our_memory]

    def ours(name: str, release: Release, *more: str) -> tuple[str, list[str]]:
        places = [str(HERE / "counting.py"), str(data.store), str(results / name)]
        return name, [*places, *release.arguments, *further, *more]

    yield ours(OURS, size.release)
    if size.before is not None:
        kept = ["--kept", str(results / "kept")]
        yield ours(BEFORE, size.before, *kept)
        yield ours(INCREMENT, size.release, *kept)
    floor = str(HERE / "floor.py")
    yield FLOOR_STORE, [floor, str(data.store), *size.release.arguments[:2]]
    yield FLOOR_PLAIN, [floor, str(data.plain), "--batches", str(size.batches)]
    which = ["--batches", str(size.batches), "--week", str(size.release.week)]
    for tool in asked.tools:
        for name, flags in _works(tool, asked):
            command = [str(HERE / TOOLS[tool]), str(data.plain), str(results / name), *scratch]
            yield name, [*command, *which, "--memory", asked.memory, *flags]


def _works(tool: str, asked: Asked) -> Iterator[tuple[str, list[str]]]:
    """The rows of a tool, and with which flags it is run for them."""
    yield tool, []
    if tool in ALSO_WITHOUT and asked.also_without:
        yield tool + WITHOUT, ["--without-evidence"]


def not_tried(name: str, size: Size, smaller: Sequence[Found], limits: Limits) -> str:
    """Why a tool need not be tried: fewer days were too many, or took so long."""
    for found in reversed(smaller):
        if name in found.not_tried:
            return found.not_tried[name]
        ended = found.ended.get(name)
        if ended is None:
            continue
        if ended.stopped:
            return f"not tried: at {found.size.days} days it {ended.stopped}"
        longer = ended.measured.seconds * size.rows / found.size.rows
        if longer > limits.seconds:
            return (
                f"not tried: {found.size.days} days took {ended.measured.seconds:.0f} seconds, "
                f"and {limits.seconds:.0f} are allowed"
            )
    return ""


def _compare(results: Path, found: Found) -> int:
    """Refuse tools that differ; how many figures of the program were counted by another."""
    finished = [name for name in TOOLS if found.seconds(name) is not None]
    shorter = [name + WITHOUT for name in TOOLS if found.seconds(name + WITHOUT) is not None]
    ours = [name for name in (OURS, INCREMENT) if found.seconds(name) is not None]
    counts = []
    try:
        for names, outputs in ((finished, tuple(OUTPUTS)), (shorter, WITHOUT_EVIDENCE)):
            for one, other in pairwise(names):
                compare(results / one, results / other, outputs)
            counts += [
                compare_with_ours(results / name, results / names[0], outputs)
                for name in ours
                if names
            ]
    except Different as different:
        sys.exit(f"{found.size.days} days: {different}; nothing is written")
    if finished:
        print(f"{found.size.days} days: {figures(results / finished[0]):,} figures the same")
    return max(counts, default=0)

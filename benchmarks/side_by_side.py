"""The program beside other tools: the same data, the same work, one process each, one run.

The work is that of `plain_work`, evidence included, for all places. The program counts terms and
numbers of schools as well; it does so over its own store, the others over one row per pupil and
day. Results are compared figure by figure: if two tools differ, nothing is written. The work
without evidence has rows of its own.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from measuring import FAILED, Ended, Limits, run_process
from page import TAKEN, table, taken, write_section
from plain_work import OUTPUTS, WITHOUT_EVIDENCE
from results import Different, compare, compare_with_ours, figures

from publisher.feed.layout import received_at
from publisher.model.time import IsoWeek

HERE = Path(__file__).resolve().parent
OURS = "ours, everything"
BEFORE, INCREMENT = "ours, as of the batch before", "ours, what the last batch changed"
FLOOR_PLAIN, FLOOR_STORE = "floor: read the rows", "floor: read the store"
TOOLS = {
    "DuckDB": "plain_duckdb.py",
    "Polars, streaming": "plain_polars.py",
    "pandas, by day": "plain_pandas.py",
    "PySpark, local": "plain_spark.py",
}
TWO_THREADS = {"POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2"}
WITHOUT = ", without evidence"
"""After the name of a tool: it did the work without the evidence."""
BEST_OF = ("DuckDB", "Polars, streaming")
ALSO_WITHOUT = BEST_OF
"""The tools that are run without evidence too."""


@dataclass(frozen=True)
class Data:
    """The same marks twice, in the store and as plain rows, and where to work."""

    store: Path
    plain: Path
    folder: Path


@dataclass(frozen=True)
class Release:
    """The latest whole week that was known when a batch had come."""

    as_of: datetime
    week: IsoWeek

    @property
    def arguments(self) -> list[str]:
        """As `counting.py` takes them."""
        return ["--as-of", self.as_of.isoformat(), "--week", str(self.week)]


@dataclass(frozen=True)
class Size:
    """The first batches of the data; `days` are school days, `rows` marks of pupils and days."""

    batches: int
    days: int
    rows: int
    release: Release
    before: Release | None
    """The release when the last batch had not come yet."""


@dataclass(frozen=True)
class Asked:
    """Which sizes and tools, when to stop one, and the title of the section."""

    title: str
    days: tuple[int, ...]
    tools: tuple[str, ...]
    limits: Limits
    memory: str
    """What DuckDB and Spark may use; Polars and pandas know no limit."""
    our_memory: str
    also_without: bool = True
    """Whether tools are also run without the evidence."""


@dataclass
class Found:
    """What came of one size."""

    size: Size
    ended: dict[str, Ended] = field(default_factory=dict)
    not_tried: dict[str, str] = field(default_factory=dict)
    compared: int = 0
    """Figures of the program that the tools counted too, and counted the same."""

    def seconds(self, name: str) -> float | None:
        """What a tool took, if it finished."""
        ended = self.ended.get(name)
        return ended.measured.seconds if ended and not ended.stopped else None


def measure(data: Data, asked: Asked) -> str:
    """Run everything, compare the results, write the section of the page; give its text."""
    every: list[Found] = []
    for size in sizes(data.plain, asked.days):
        found = Found(size)
        every.append(found)
        measure_size(data, asked, found, every[:-1])
    return write_section(asked.title, _about(asked, every), list(tables(every)))


def sizes(plain: Path, days: Sequence[int]) -> Iterator[Size]:
    """For each number of days the fewest batches that hold so many; all, if none do."""
    batches = sorted(path for path in (plain / "batches").iterdir() if path.name[0] != ".")
    known: set[date] = set()
    rows, wanted, before = 0, sorted(days), None
    for number, batch in enumerate(batches, start=1):
        marks = batch / "marks.parquet"
        known |= _days(marks)
        rows += pq.ParquetFile(marks).metadata.num_rows
        release = _release(known, received_at(batch.name))
        if wanted and (len(known) >= wanted[0] or number == len(batches)):
            wanted = [each for each in wanted if each > len(known)]
            yield Size(number, len(known), rows, release, before)
        before = release


def _release(days: set[date], received: datetime) -> Release:
    weeks = {IsoWeek.containing(day) for day in days}
    return Release(received, max(each for each in weeks if each.friday <= received.date()))


def _days(marks: Path) -> set[date]:
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT DISTINCT date FROM '{marks}'").fetchall()
        return {row[0] for row in rows}


def measure_size(data: Data, asked: Asked, found: Found, smaller: Sequence[Found]) -> None:
    """Run everything over one size, into `found`, and compare the results."""
    results = data.folder / "results"
    shutil.rmtree(results, ignore_errors=True)
    for name, command in _commands(data, asked, found.size, results):
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
        found.ended[name] = ended
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


_WITHOUT = ("without evidence: the same without the distinct schools, holdings and pupils",)


def _about(asked: Asked, every: Sequence[Found]) -> list[str]:
    tools = ", ".join(asked.tools)
    stored, rows = (_bytes_read(every[-1], name) for name in (FLOOR_STORE, FLOOR_PLAIN))
    return [
        "ours: the counting stage of a release, over the store; all data sets, all areas, and the "
        f"evidence for disclosure control; memory_limit {asked.our_memory}",
        f"others ({tools}): the same rules over one row per pupil and day, for authorities, "
        "regions and England, by phase and all schools: sessions by code and day; persistent and "
        "severe absence, and absence by week, of all pupils and of every group of pupils; and the "
        "evidence for disclosure control: distinct schools, holdings and pupils and the two "
        "largest holdings, of all pupils by day, and of all pupils and of every group by week and "
        "for the year to date. Terms and numbers of schools are counted by ours alone; ours counts "
        "pupils, and holdings of groups, only as far as disclosure control asks, the others all. "
        f"DuckDB and Spark with {asked.memory}, each with 2 threads",
        *(_WITHOUT if asked.also_without else ()),
        f"at {every[-1].size.days} days the store has {stored:,.0f} MB to read, one row per pupil "
        f"and day {rows:,.0f} MB",
        "every tool that finished gave the same figures: "
        + "; ".join(f"{each.compared:,} of ours at {each.size.days} days" for each in every),
        f"stopped after {asked.limits.seconds:.0f} seconds or at "
        f"{asked.limits.mebibytes / 1024:.0f} GiB; the floor is reading every column with pyarrow "
        "in 2 threads and doing nothing",
    ]


def _bytes_read(found: Found, floor: str) -> float:
    """Megabytes that the floor read; none if it did not finish."""
    ended = found.ended.get(floor)
    return 0.0 if ended is None or ended.stopped else json.loads(ended.output)["bytes"] / 10**6


def tables(every: Sequence[Found]) -> Iterator[str]:
    """The paragraphs of the page, the largest size first."""
    for found in reversed(every):
        size = found.size
        batches = _many(size.batches, "batch")
        yield f"{size.days} school days, {size.rows:,} pupil-days in {batches}:"
        yield _size_table(found)
        yield from _ratios(found)
    if len(every) > 1:
        yield "Ours as the year goes on:"
        yield _growth(every)


def _size_table(found: Found) -> str:
    ours = found.seconds(OURS)
    rows = []
    for name, ended in found.ended.items():
        if name == BEFORE:
            continue
        times = f"{ended.measured.seconds / ours:.2f}" if ours and not ended.stopped else ""
        why = f"{name}: {ended.stopped} ({ended.stood})" if ended.stopped else name
        rows.append([why, *taken(ended.measured), times])
    rows += [[f"{name}: {reason}", "", "", "", ""] for name, reason in found.not_tried.items()]
    return table(["what", *TAKEN, "times ours"], rows)


def _ratios(found: Found) -> Iterator[str]:
    """What the release was asked to be, in ratios of this one run."""
    said = [*_times_ours(found, "", "evidence included"), *_times_ours(found, WITHOUT, WITHOUT[2:])]
    ours = found.seconds(OURS)
    floors = {
        "reading the bytes of the store": found.seconds(FLOOR_STORE),
        "reading the bytes of the rows": found.seconds(FLOOR_PLAIN),
    }
    said += [
        f"ours takes {ours / floor:.1f} times as long as {what}"
        for what, floor in floors.items()
        if ours and floor
    ]
    if said:
        yield f"In this run {'; '.join(said)}."


def _times_ours(found: Found, suffix: str, words: str) -> Iterator[str]:
    """How long the better of two tools takes for one work, by how long ours does for everything."""
    others = {name: found.seconds(name + suffix) for name in BEST_OF}
    finished = {name: each for name, each in others.items() if each is not None}
    if not finished:
        return
    best, every = min(finished.values()), " and ".join(finished)
    who = f"the better of {every}" if len(finished) > 1 else every
    whole = {"": found.seconds(OURS), " for what the last batch changed": found.seconds(INCREMENT)}
    times = [
        f"{best / ours:.2f} times as long as ours{what}" for what, ours in whole.items() if ours
    ]
    if times:
        yield f"{who} takes, {words}, {' and '.join(times)}"


def _many(number: int, one: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {one}es"


def _growth(every: Sequence[Found]) -> str:
    rows = [
        [
            f"{found.size.days}",
            f"{found.size.rows:,}",
            *taken(found.ended[OURS].measured),
            f"{found.ended[OURS].measured.seconds / found.size.rows * 10**6:.2f}",
        ]
        for found in every
        if found.seconds(OURS) is not None
    ]
    return table(["days", "pupil-days", *TAKEN, "seconds per million"], rows)

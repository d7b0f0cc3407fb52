"""What is compared: the tools, so many days of the same data, and what came of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from statistics import fmean

import duckdb
import pyarrow.parquet as pq
from measuring import Ended, Limits, Measured

from publisher.feed.layout import received_at
from publisher.model.time import IsoWeek

OURS = "ours, everything"
BEFORE, INCREMENT = "ours, as of the batch before", "ours, what the last batch changed"
FLOOR_PLAIN, FLOOR_STORE = "floor: read the rows", "floor: read the store"
TOOLS = {
    "DuckDB": "plain_duckdb.py",
    "Polars, streaming": "plain_polars.py",
    "pandas, by day": "plain_pandas.py",
    "PySpark, local": "plain_spark.py",
}
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
    rounds: int = 1
    """How often all are run, one after the other, over the most days; the mean of each counts.

    A machine is slower in some minutes than in others: of single runs one tool meets the good
    minutes and another the bad ones.
    """


@dataclass
class Found:
    """What came of one size."""

    size: Size
    ended: dict[str, Ended] = field(default_factory=dict)
    not_tried: dict[str, str] = field(default_factory=dict)
    compared: int = 0
    """Figures of the program that the tools counted too, and counted the same."""
    every: dict[str, list[Measured]] = field(default_factory=dict)
    """Each run."""

    def add(self, name: str, ended: Ended) -> None:
        """One more run: the mean of all counts, and the most memory that any took."""
        runs = self.every.setdefault(name, [])
        runs.append(ended.measured)
        self.ended[name] = ended if ended.stopped else replace(ended, measured=_mean(runs))

    def seconds(self, name: str) -> float | None:
        """What a tool took, if it finished."""
        ended = self.ended.get(name)
        return ended.measured.seconds if ended and not ended.stopped else None


def _mean(runs: Sequence[Measured]) -> Measured:
    """The mean time of runs of the same, and the most memory."""
    return replace(
        runs[0],
        seconds=fmean(each.seconds for each in runs),
        processor_seconds=fmean(each.processor_seconds for each in runs),
        peak_mebibytes=max(each.peak_mebibytes for each in runs),
    )


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

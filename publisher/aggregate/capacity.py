"""Whether a count fits into the memory and the scratch disk that it is given, before it starts.

Only what cannot fit is refused: numbers are taken where they are certain (lists of school-days,
the largest batch of pupils' records), and constants are the least that was measured, over a store
of small schools. What is larger than thought still stops by itself, with the same exit code.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from publisher.aggregate.embedded import BYTES_OF_A_MARK
from publisher.aggregate.settings import EngineSettings, memory_in_bytes
from publisher.errors import CouldNotRun
from publisher.model.intake import STORED
from publisher.model.tables import Snapshot

BYTES_OF_AN_ENROLMENT = 70
"""Each enrolment stays in memory while marks are read: keys, dates, a number for each group."""
BYTES_OF_A_SCHOOL_WEEK = 1250
"""What is made of the groups of pupils of a school and week, in a part and for the evidence: 540 MB
in all over 294 thousand school-weeks of four pupils each; larger schools have more groups."""
GROUPED_BYTES_OF_A_SCHOOL_WEEK = 680
"""Of these, what is grouped at once for a part of the schools and cannot wait on the disk: 294
thousand school-weeks did not fit into 190 MB, and did into 200 MB."""
FILED_BYTES_OF_A_SCHOOL_WEEK = 100
"""Sums of a school and week by group of pupils are written to working files, and the answers: 33 MB
of the same."""
SHARE_ON_DISK = 0.65
"""Of what does not fit into memory: 193 of 290 MB were in working files at a limit of 250 MB."""
_MEGABYTE = 10**6


@dataclass(frozen=True)
class Size:
    """How much there is to count: rows of marks, weeks of schools, enrolments (at least)."""

    marks: int
    school_weeks: int
    enrolments: int


@dataclass(frozen=True)
class Need:
    """Bytes that a count needs at least: in memory, and on the scratch disk."""

    memory: int
    disk: int


def refuse_what_cannot_fit(
    snapshot: Snapshot, first: date, last: date, settings: EngineSettings, scratch: Path | None
) -> None:
    """Stop before the engine starts; Spark has parts, memory and disks of its own.

    Args:
        snapshot: what would be counted, of the days from `first` to `last`.
        first: the first day of the release.
        last: its last day.
        settings: the engine's.
        scratch: the folder for working files; None: the system's temporary folder.

    Raises:
        CouldNotRun: the memory limit is too low, or the scratch folder's disk has too little room;
            or a file of the store cannot be read.
    """
    if settings.name == "spark":
        return
    limit = memory_in_bytes(settings.memory_limit)
    need = need_of(size_of(snapshot, first, last), limit)
    if need.memory > limit:
        raise CouldNotRun(
            f"Counting needs {_megabytes(need.memory)} of memory or more; engine.memory_limit is "
            f"{settings.memory_limit}",
            "Give the engine more memory_limit.",
        )
    folder = scratch or Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free if folder.is_dir() else need.disk
    if need.disk > free:
        raise CouldNotRun(
            f"With a memory_limit of {settings.memory_limit}, counting needs "
            f"{_megabytes(need.disk)} or more of disk for working files; {_megabytes(free)} are "
            "free",
            "Give the engine more memory_limit, or free space in the scratch folder (TMPDIR).",
        )


def need_of(size: Size, memory_limit: int) -> Need:
    """What counting so much needs within a memory limit in bytes.

    Schools are counted in parts with so many marks as the limit holds, so marks alone never need
    more than it.
    """
    marks = min(size.marks, memory_limit // BYTES_OF_A_MARK)
    # as many school-weeks as the part has of the marks
    together = size.school_weeks * marks // max(size.marks, 1)
    working = (
        size.enrolments * BYTES_OF_AN_ENROLMENT
        + size.school_weeks * BYTES_OF_A_SCHOOL_WEEK
        + marks * BYTES_OF_A_MARK
    )
    return Need(
        memory=together * GROUPED_BYTES_OF_A_SCHOOL_WEEK,
        disk=size.school_weeks * FILED_BYTES_OF_A_SCHOOL_WEEK
        + int(max(working - memory_limit, 0) * SHARE_ON_DISK),
    )


def size_of(snapshot: Snapshot, first: date, last: date) -> Size:
    """How much a snapshot has to count between two days, both included.

    Every batch has an enrolment once, so the largest one has no more than there are.

    Raises:
        CouldNotRun: a list of school-days cannot be read.
    """
    marks, found = 0, []
    # One list after the other: all together they take long to read into new memory.
    for path in snapshot.school_days:
        days = _school_days(path, first, last)
        marks += pc.sum(days["marks"], min_count=0).as_py()
        found.append(_school_weeks(days))
    if not marks:
        return Size(0, 0, 0)
    return Size(
        marks=marks,
        school_weeks=len(pd.unique(np.concatenate(found))),
        enrolments=max((each.pupils.get(STORED, 0) for each in snapshot.arrivals), default=0),
    )


def _school_weeks(days: pa.Table) -> NDArray[np.int64]:
    """A number for each, mostly once; weeks count from the Monday before 1 January 1970."""
    weeks = (days["date"].cast(pa.int32()).to_numpy() + _DAYS_AFTER_A_MONDAY) // _DAYS_IN_WEEK
    numbers: NDArray[np.int64] = days["urn"].to_numpy().astype(np.int64) * _MOST_WEEKS + weeks
    # Days of a school stand together: few are left to look through.
    return numbers[np.flatnonzero(np.diff(numbers, prepend=-1))]


_DAYS_IN_WEEK = 7
_DAYS_AFTER_A_MONDAY = 3
"""1 January 1970, from which dates are numbered, was a Thursday."""
_MOST_WEEKS = 2**20
"""More than dates have."""


def _school_days(path: Path, first: date, last: date) -> pa.Table:
    columns = ["urn", "date", "marks"]
    try:
        days = pq.ParquetFile(path).read(columns).select(columns)
    except (OSError, pa.ArrowInvalid, KeyError):
        raise CouldNotRun(
            "Counting stopped at the store's table 'school_days'",
            "Check that the store's files are complete.",
        ) from None
    between = pc.and_(
        pc.greater_equal(days["date"], pa.scalar(first, pa.date32())),
        pc.less_equal(days["date"], pa.scalar(last, pa.date32())),
    )
    return days.filter(between)


def _megabytes(number: int) -> str:
    return f"{-(-number // _MEGABYTE):,} MB"

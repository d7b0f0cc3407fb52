"""Marks in order, the last one per pupil and day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from publisher.feed.chunks import Flags, Int32
from publisher.feed.codes import CodesKept
from publisher.feed.mark_rows import NO_ROWS, Rows
from publisher.feed.partitions import Partitions
from publisher.model.intake import MARKS_SCHEMA
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE

_ROWS_HANDED_ON = 1 << 20


@dataclass(frozen=True, repr=False)
class SortedMarks:
    """Marks sorted by and unique in school, pupil and day, and what was left out to get there."""

    partitions: Partitions
    urns: Int32
    replaced: int
    """Rows that a later row for the same school, pupil and day replaced."""
    refused: int
    """Rows of `schools_refused`."""
    schools_refused: tuple[int, ...]
    """URNs of schools with too many unknown codes."""
    withdrawals: int
    codes: CodesKept

    def reader(self) -> pa.RecordBatchReader:
        """The rows in pieces of `MARKS_SCHEMA`; can be read once."""
        return pa.RecordBatchReader.from_batches(MARKS_SCHEMA, self._pieces())

    def _pieces(self) -> Iterator[pa.RecordBatch]:
        """Pieces of one size whatever the partitions, so that equal marks make equal files."""
        kept = NO_ROWS
        for partition in range(self.partitions.count):
            kept = np.concatenate([kept, self.partitions.take(partition)])
            while len(kept) >= _ROWS_HANDED_ON:
                yield self._piece(kept[:_ROWS_HANDED_ON])
                kept = kept[_ROWS_HANDED_ON:]
        if len(kept):
            yield self._piece(kept)

    def _piece(self, rows: Rows) -> pa.RecordBatch:
        columns = [
            pa.array(self.urns[rows["school"]]),
            pa.array(np.ascontiguousarray(rows["pupil"])),
            pa.array(np.ascontiguousarray(rows["day"])).cast(pa.date32()),
            pa.array(np.ascontiguousarray(rows["am"])),
            pa.array(np.ascontiguousarray(rows["pm"])),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=MARKS_SCHEMA)


def sort_marks(partitions: Partitions, urns: Int32, unknown_code_percent: int) -> SortedMarks:
    """Sort each partition in its place and leave out what is replaced or refused.

    Args:
        partitions: rows in the order of arrival; changed.
        urns: URN of each place of a school.
        unknown_code_percent: a school with a greater share of unknown codes is refused.

    Raises:
        CouldNotRun: the disk is full.
    """
    replaced, refused, withdrawals = 0, 0, 0
    schools_refused: list[int] = []
    codes = CodesKept(0, {})
    for partition in range(partitions.count):
        arrived = partitions.take(partition)
        latest = _last_of_each(arrived)
        above = _schools_above(latest, unknown_code_percent)
        rows = latest[~np.isin(latest["school"], above)] if len(above) else latest
        partitions.put(partition, rows)
        replaced += len(arrived) - len(latest)
        refused += len(latest) - len(rows)
        schools_refused += urns[above].tolist()
        withdrawals += int(np.count_nonzero((rows["am"] == NO_MARK) & (rows["pm"] == NO_MARK)))
        codes += CodesKept.among(rows["am"], rows["pm"], rows["day"])
    return SortedMarks(
        partitions, urns, replaced, refused, tuple(schools_refused), withdrawals, codes
    )


def _last_of_each(arrived: Rows) -> Rows:
    """The last row per school, pupil and day, in their order."""
    ordered = arrived[np.lexsort((arrived["day"], arrived["pupil"], arrived["school"]))]
    last = np.ones(len(ordered), np.bool_)
    same: Flags = ordered["day"][1:] == ordered["day"][:-1]
    same &= ordered["pupil"][1:] == ordered["pupil"][:-1]
    same &= ordered["school"][1:] == ordered["school"][:-1]
    last[:-1] = ~same
    return ordered[last]


def _schools_above(rows: Rows, unknown_code_percent: int) -> npt.NDArray[np.intp]:
    """Places of schools with a greater share of unknown codes among their marks."""
    if not len(rows):
        return np.zeros(0, np.intp)
    first = int(rows["school"][0])
    school = rows["school"] - first
    schools = int(school[-1]) + 1
    given, unknown = np.zeros(schools, np.int64), np.zeros(schools, np.int64)
    for half in (rows["am"], rows["pm"]):
        given += np.bincount(school[half != NO_MARK], minlength=schools)
        unknown += np.bincount(school[half == UNKNOWN_CODE], minlength=schools)
    return np.flatnonzero(100 * unknown > unknown_code_percent * given) + first

"""Marks in order, the last one per pupil and day.

Rows are kept as whole numbers only (about twenty bytes each), so that a fortnight of the whole
country can be sorted in memory: school, pupil and day are packed into one number. With at most
2^16 schools, 2^24 pupils and 2^22 days that stays below 2^63.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from publisher.feed.chunks import Flags, Int32
from publisher.feed.upns import Pseudonyms
from publisher.model.intake import MARKS_SCHEMA
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE

_ROWS_HANDED_ON = 1 << 20

Numbers = npt.NDArray[np.uint8]
"""Numbers of register codes."""


@dataclass(frozen=True, repr=False)
class MarkRows:
    """Rows in the order of arrival; schools and pupils are places, days count from 1970."""

    school: Int32
    pupil: Int32
    day: Int32
    am: Numbers
    pm: Numbers


@dataclass(frozen=True, repr=False)
class SortedMarks:
    """Marks sorted by and unique in `key`, which packs school, pupil and day.

    `pseudonyms` ascend, so that the order of places is the order of pseudonyms.
    """

    key: npt.NDArray[np.int64]
    am: Numbers
    pm: Numbers
    urns: Int32
    pseudonyms: Pseudonyms
    first_day: int
    days: int

    @property
    def school(self) -> Int32:
        """Each row's school, as a place in `urns`."""
        return (self.key // (self.days * max(len(self.pseudonyms), 1))).astype(np.int32)

    @property
    def day(self) -> Int32:
        """Each row's day, counted from 1 January 1970."""
        return (self.key % self.days + self.first_day).astype(np.int32)

    def where(self, keep: Flags) -> SortedMarks:
        """Only the rows that are to be kept."""
        return replace(self, key=self.key[keep], am=self.am[keep], pm=self.pm[keep])

    def schools_above(self, unknown_code_percent: int) -> Flags:
        """Which schools have a greater share of unknown codes among their marks."""
        school = self.school
        given = np.zeros(len(self.urns), np.int64)
        unknown = np.zeros(len(self.urns), np.int64)
        for half in (self.am, self.pm):
            given += np.bincount(school[half != NO_MARK], minlength=len(given))
            unknown += np.bincount(school[half == UNKNOWN_CODE], minlength=len(given))
        above: Flags = 100 * unknown > unknown_code_percent * given
        return above

    def reader(self) -> pa.RecordBatchReader:
        """The rows in pieces of `MARKS_SCHEMA`; can be read once."""
        return pa.RecordBatchReader.from_batches(MARKS_SCHEMA, self._pieces())

    def _pieces(self) -> Iterator[pa.RecordBatch]:
        for start in range(0, len(self.key), _ROWS_HANDED_ON):
            rows = slice(start, start + _ROWS_HANDED_ON)
            rest, day = np.divmod(self.key[rows], self.days)
            school, pupil = np.divmod(rest, len(self.pseudonyms))
            columns = [
                pa.array(self.urns[school]),
                pa.array(self.pseudonyms[pupil]),
                pa.array((day + self.first_day).astype(np.int32)).cast(pa.date32()),
                pa.array(self.am[rows]),
                pa.array(self.pm[rows]),
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=MARKS_SCHEMA)


def sort_marks(
    pieces: list[MarkRows], urns: Int32, pseudonyms: Pseudonyms
) -> tuple[SortedMarks, int]:
    """All rows in order, the last one of each key, and how many a later row replaced.

    `pseudonyms[row.pupil]` is a row's pseudonym; several places may have the same one. The pieces
    are used up, which bounds memory.
    """
    ascending, place = np.unique(pseudonyms, return_inverse=True)
    first_day = min((int(each.day.min()) for each in pieces if len(each.day)), default=0)
    last_day = max((int(each.day.max()) for each in pieces if len(each.day)), default=0)
    days = last_day - first_day + 1
    am = np.concatenate([_NO_MARKS, *(each.am for each in pieces)])
    pm = np.concatenate([_NO_MARKS, *(each.pm for each in pieces)])
    key = np.empty(len(am), np.int64)
    start = 0
    while pieces:
        rows = pieces.pop(0)
        school_pupil = rows.school.astype(np.int64) * len(ascending) + place[rows.pupil]
        key[start : start + len(rows.day)] = school_pupil * days + (rows.day - first_day)
        start += len(rows.day)
    order = np.argsort(key, kind="stable")
    last = _last_of_each(key[order])
    order = order[last]
    marks = SortedMarks(key[order], am[order], pm[order], urns, ascending, first_day, days)
    return marks, len(am) - len(order)


def _last_of_each(ordered: npt.NDArray[np.int64]) -> Flags:
    last = np.ones(len(ordered), np.bool_)
    last[:-1] = ordered[1:] != ordered[:-1]
    return last


_NO_MARKS = np.zeros(0, np.uint8)

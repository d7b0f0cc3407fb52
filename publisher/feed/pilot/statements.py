"""Rows of numbers of pupils in order: the last one of each key, and only of whole school-days.

A batch's rows of a school and day replace all earlier ones, so a school-day of which one row
cannot be understood is left out whole: what remains of it would replace a full count by less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from publisher.feed.admission import UNKNOWN_SCHOOL, Admission
from publisher.feed.chunks import BLANK, MALFORMED, Chunk, Flags, Int32
from publisher.feed.pilot import values
from publisher.feed.tally import Verdicts
from publisher.feed.values import day

Int64 = npt.NDArray[np.int64]

OUTSIDE_APPROVAL = "outside the school's sharing approval"
AFTER_RECEIPT = "dated after the batch was received"
BAD_NUMBER = f"number of pupils missing, not whole or above {values.MOST_PUPILS:,}"
BAD_YEAR_GROUP = "year group missing or not understood"
BAD_SESSION = "session neither AM nor PM"
NO_CODE = "no register code"
UNKNOWN_SCHOOL_WORDS = "school not in the register"
BAD_DATE = "date missing or malformed"
BAD_SCHOOL = "school number missing or malformed"
ERASED = "of someone erased on request"
REPLACED = "replaced by a later row of the same batch"
INCOMPLETE = "school-day of which another row cannot be understood"
SCHOOL_REFUSED = "school with too many unknown codes"

SPOILING = (BAD_NUMBER, NO_CODE, BAD_YEAR_GROUP, BAD_SESSION)
"""What makes a row useless although its school and day are known."""

_DAYS = 1 << 22


@dataclass(frozen=True, repr=False)
class Statements:
    """Rows; schools are places in the register, days count from 1970, places of codes are free.

    A table without sessions or codes has zeros there.
    """

    school: Int32
    day: Int32
    afternoon: Int32
    code: Int32
    year_group: Int32
    pupils: Int32

    def __len__(self) -> int:
        return len(self.school)

    @property
    def school_day(self) -> Int64:
        """School and day as one number."""
        return self.school.astype(np.int64) * _DAYS + self.day

    def where(self, chosen: npt.NDArray[np.bool_ | np.intp]) -> Statements:
        """Some of the rows, in the order asked for."""
        return Statements(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def last_of_each(self) -> Statements:
        """Sorted by school, day, session, code and year group; of equals the last to arrive."""
        keys = (self.year_group, self.code, self.afternoon, self.school_day)
        order = np.lexsort(keys)
        if not len(order):
            return self
        same = np.ones(len(order) - 1, np.bool_)
        for key in keys:
            ordered = key[order]
            same &= ordered[1:] == ordered[:-1]
        return self.where(order[np.append(~same, True)])

    def summed(self) -> Statements:
        """Rows that agree in everything but the number of pupils, as one; must be in order."""
        if not len(self):
            return self
        keys = (self.school_day, self.afternoon, self.code, self.year_group)
        new = np.append(True, np.any([key[1:] != key[:-1] for key in keys], axis=0))
        starts = np.flatnonzero(new)
        first = self.where(starts)
        totals = np.add.reduceat(self.pupils.astype(np.int64), starts).astype(np.int32)
        return replace(first, pupils=totals)


def gathered(pieces: list[Statements]) -> Statements:
    """All rows of the pieces in the order of arrival."""
    empty = np.zeros(0, np.int32)
    return Statements(
        *(
            np.concatenate([empty, *(getattr(piece, each.name) for piece in pieces)])
            for each in fields(Statements)
        )
    )


def read_numbers(piece: Chunk, admission: Admission) -> dict[str, Int32]:
    """What every row has: school, day, year group and pupils, or what is wrong with them."""
    return {
        "school": admission.schools(piece.columns["urn"]),
        "day": piece.columns["date"].days(day),
        "year_group": piece.columns["year_group"].numbers(values.year_group),
        "pupils": piece.columns["pupils"].numbers(values.pupils),
    }


def unusable(column: Int32) -> Flags:
    """Where a value is blank or malformed."""
    return np.asarray((column == BLANK) | (column == MALFORMED))


def judged(
    numbers: Mapping[str, Int32],
    more: Mapping[str, Flags],
    admission: Admission,
    buckets: tuple[str, ...],
) -> Verdicts:
    """Each row's place in `buckets`; `more` are further buckets that spoil a school-day."""
    school, days = numbers["school"], numbers["day"]
    applies = {
        OUTSIDE_APPROVAL: ~admission.approvals.cover(np.maximum(school, 0), days),
        AFTER_RECEIPT: days > admission.last_day,
        BAD_NUMBER: unusable(numbers["pupils"]),
        BAD_YEAR_GROUP: unusable(numbers["year_group"]),
        **more,
        UNKNOWN_SCHOOL_WORDS: school == UNKNOWN_SCHOOL,
        BAD_DATE: unusable(days),
        BAD_SCHOOL: unusable(school),
        ERASED: admission.of_erased_school(school),
    }
    verdicts = np.zeros(len(school), np.uint8)  # of several reasons, the last one counts
    for bucket, flags in applies.items():
        verdicts[flags] = buckets.index(bucket)
    return verdicts


def spoiled(numbers: Mapping[str, Int32], verdicts: Verdicts, buckets: tuple[str, ...]) -> Int64:
    """The school-days of which a row cannot be understood, as `Statements.school_day`."""
    places = [buckets.index(each) for each in SPOILING if each in buckets]
    rows = np.isin(verdicts, places)
    return numbers["school"][rows].astype(np.int64) * _DAYS + numbers["day"][rows]

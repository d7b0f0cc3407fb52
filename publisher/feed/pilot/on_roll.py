"""The numbers of pupils on roll of a batch: every row judged, what is let in put in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from publisher.feed.admission import Admission
from publisher.feed.chunks import Chunk, Int32
from publisher.feed.pilot import statements as of
from publisher.feed.pilot.statements import Int64, Statements
from publisher.feed.tally import Tally
from publisher.model.counts import ON_ROLL_SCHEMA
from publisher.model.intake import STORED, RowAccount

BUCKETS = (
    STORED,
    of.OUTSIDE_APPROVAL,
    of.AFTER_RECEIPT,
    of.BAD_NUMBER,
    of.BAD_YEAR_GROUP,
    of.UNKNOWN_SCHOOL_WORDS,
    of.BAD_DATE,
    of.BAD_SCHOOL,
    of.ERASED,
    of.REPLACED,
)
"""What can become of a row of pupils on roll."""

_YEAR_GROUPS = 256
"""More than there are stored numbers of year groups."""


@dataclass(frozen=True, repr=False)
class PreparedRoll:
    """The pupils on roll of a batch in order, and their account."""

    rows: Statements
    account: RowAccount

    def table(self, urns: Int32) -> pa.Table:
        """The rows as `ON_ROLL_SCHEMA`; `urns` are those of the register."""
        columns = [
            pa.array(urns[self.rows.school]),
            pa.array(self.rows.day, pa.int32()).cast(pa.date32()),
            pa.array(self.rows.year_group.astype(np.int8)),
            pa.array(self.rows.pupils, pa.int32()),
        ]
        return pa.Table.from_arrays(columns, schema=ON_ROLL_SCHEMA)

    def sessions_below(self, counts: Statements) -> int:
        """Sessions of a school, day and year group in which `counts` has more pupils than this."""
        sessions, place = np.unique(2 * _class(counts) + counts.afternoon, return_inverse=True)
        marks = np.bincount(place, weights=counts.pupils, minlength=len(sessions))
        known = _class(self.rows)
        at = np.minimum(np.searchsorted(known, sessions // 2), max(len(known) - 1, 0))
        if not len(known):
            return 0
        stated = known[at] == sessions // 2
        return int(np.count_nonzero(stated & (marks > self.rows.pupils[at])))


def _class(rows: Statements) -> Int64:
    """School, day and year group as one number, in the order of the rows."""
    return rows.school_day * _YEAR_GROUPS + (rows.year_group + _YEAR_GROUPS // 2)


def prepare_roll(pieces: Iterable[Chunk], admission: Admission) -> PreparedRoll:
    """Judge and sort the numbers of pupils on roll of a batch.

    Raises:
        BatchRefused: a file cannot be read.
    """
    tally = Tally(BUCKETS)
    arrived = of.gathered([_admitted(piece, admission, tally) for piece in pieces])
    rows = arrived.last_of_each()
    tally.move(of.REPLACED, len(arrived) - len(rows))
    return PreparedRoll(rows, tally.account())


def _admitted(piece: Chunk, admission: Admission, tally: Tally) -> Statements:
    numbers = of.read_numbers(piece, admission)
    verdicts = of.judged(numbers, {}, admission, BUCKETS)
    tally.add(piece, verdicts)
    none = np.zeros(piece.rows, np.int32)
    return Statements(**numbers, afternoon=none, code=none).where(verdicts == 0)

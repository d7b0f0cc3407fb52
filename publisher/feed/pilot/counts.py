"""The counts of a batch: every row judged, what is let in put in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from publisher.feed.admission import Admission
from publisher.feed.chunks import Chunk, Encoded, Flags, Int32, day_number
from publisher.feed.codes import unknown_texts
from publisher.feed.pilot import statements as of
from publisher.feed.pilot import values
from publisher.feed.pilot.statements import Int64, Statements
from publisher.feed.tally import Tally
from publisher.feed.values import mark, text
from publisher.model.counts import COUNTS_SCHEMA
from publisher.model.intake import STORED, RowAccount
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE, register_codes

BUCKETS = (
    STORED,
    of.OUTSIDE_APPROVAL,
    of.AFTER_RECEIPT,
    of.BAD_NUMBER,
    of.NO_CODE,
    of.BAD_YEAR_GROUP,
    of.BAD_SESSION,
    of.UNKNOWN_SCHOOL_WORDS,
    of.BAD_DATE,
    of.BAD_SCHOOL,
    of.ERASED,
    of.REPLACED,
    of.INCOMPLETE,
    of.SCHOOL_REFUSED,
)
"""What can become of a row of counts."""


@dataclass(frozen=True, repr=False)
class PreparedRows:
    """The counts of a batch in order, their account, and what was odd about them."""

    rows: Statements
    account: RowAccount
    unknown_codes: int
    unknown_texts: tuple[str, ...]
    codes_out_of_date: Mapping[str, int]
    schools_refused: tuple[int, ...]

    def table(self, urns: Int32) -> pa.Table:
        """The rows as `COUNTS_SCHEMA`; `urns` are those of the register."""
        columns = [
            pa.array(urns[self.rows.school]),
            pa.array(self.rows.day, pa.int32()).cast(pa.date32()),
            pa.array(self.rows.afternoon.astype(np.bool_)),
            pa.array(self.rows.code.astype(np.uint8)),
            pa.array(self.rows.year_group.astype(np.int8)),
            pa.array(self.rows.pupils, pa.int32()),
        ]
        return pa.Table.from_arrays(columns, schema=COUNTS_SCHEMA)


@dataclass(repr=False)
class _Reading:
    """What is remembered while the pieces of a table go by."""

    admission: Admission
    tally: Tally = field(default_factory=lambda: Tally(BUCKETS))
    spoiled: list[Int64] = field(default_factory=lambda: [np.zeros(0, np.int64)])
    texts: set[str] = field(default_factory=set)
    unknown: dict[str, int] = field(default_factory=dict)
    """Unknown code as written -> its place, so that two of them are not one key."""

    def admitted(self, piece: Chunk) -> Statements:
        """The rows of a piece that are let in."""
        numbers = {
            **of.read_numbers(piece, self.admission),
            "afternoon": piece.columns["session"].numbers(values.session),
            "code": self._places(piece.columns["code"]),
        }
        more = {
            of.NO_CODE: np.asarray(numbers["code"] == NO_MARK),
            of.BAD_SESSION: of.unusable(numbers["afternoon"]),
        }
        verdicts = of.judged(numbers, more, self.admission, BUCKETS)
        self.tally.add(piece, verdicts)
        self.spoiled.append(of.spoiled(numbers, verdicts, BUCKETS))
        keep = verdicts == 0
        self.texts |= unknown_texts(piece.columns["code"], keep)
        return Statements(**numbers).where(keep)

    def _places(self, column: Encoded) -> Int32:
        def place(value: object) -> int:
            number = mark(value)
            if number != UNKNOWN_CODE:
                return number
            return self.unknown.setdefault(text(value), UNKNOWN_CODE + len(self.unknown))

        return np.array([place(value) for value in column.values], np.int32)[column.codes]

    def without_spoiled(self, rows: Statements) -> Statements:
        """Only the school-days of which every row was understood."""
        keep = ~np.isin(rows.school_day, np.concatenate(self.spoiled))
        self.tally.move(of.INCOMPLETE, int(np.count_nonzero(~keep)))
        return rows.where(keep)


def prepare_counts(
    pieces: Iterable[Chunk], admission: Admission, unknown_code_percent: int
) -> PreparedRows:
    """Judge and sort the counts of a batch.

    Raises:
        BatchRefused: a file cannot be read.
    """
    reading = _Reading(admission)
    arrived = of.gathered([reading.admitted(piece) for piece in pieces])
    rows = arrived.last_of_each()
    reading.tally.move(of.REPLACED, len(arrived) - len(rows))
    rows = reading.without_spoiled(rows)
    rows = replace(rows, code=np.minimum(rows.code, UNKNOWN_CODE))
    refused = _schools_above(rows, len(admission.urns), unknown_code_percent)
    keep = ~refused[rows.school]
    reading.tally.move(of.SCHOOL_REFUSED, int(np.count_nonzero(~keep)))
    rows = rows.where(keep).summed()
    return PreparedRows(
        rows=rows,
        account=reading.tally.account(),
        unknown_codes=int(rows.pupils[rows.code == UNKNOWN_CODE].sum()),
        unknown_texts=tuple(sorted(reading.texts)),
        codes_out_of_date=_out_of_date(rows),
        schools_refused=tuple(int(urn) for urn in admission.urns[refused]),
    )


def _schools_above(rows: Statements, schools: int, percent: int) -> Flags:
    """Which schools have a greater share of unknown codes among their pupils' sessions."""
    given, unknown = (
        np.bincount(rows.school[chosen], weights=rows.pupils[chosen], minlength=schools)
        for chosen in (np.ones(len(rows), np.bool_), rows.code == UNKNOWN_CODE)
    )
    return np.asarray(100 * unknown > percent * given)


def _out_of_date(rows: Statements) -> dict[str, int]:
    """Register code -> pupils' sessions on days when schools were not to use it."""
    found = {}
    for code in register_codes():
        mine = rows.where(np.flatnonzero(rows.code == code.number))
        odd = mine.day < day_number(code.valid_from)
        if code.valid_to is not None:
            odd |= mine.day > day_number(code.valid_to)
        if pupils := int(mine.pupils[odd].sum()):
            found[code.code] = pupils
    return found

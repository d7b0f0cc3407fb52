"""The marks of a batch: every row judged, what is let in pseudonymised and sorted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from publisher.feed.admission import UNKNOWN_SCHOOL, Admission
from publisher.feed.chunks import BLANK, MALFORMED, Chunk, Encoded, Flags, Int32
from publisher.feed.codes import CodesKept, unknown_texts
from publisher.feed.sorted_marks import MarkRows, Numbers, sort_marks
from publisher.feed.tally import Tally, Verdicts
from publisher.feed.upns import NO_PUPIL, PupilNumbers
from publisher.feed.values import day, mark
from publisher.model.intake import STORED, RowAccount
from publisher.reference.codes import NO_MARK


class MarkBucket(StrEnum):
    """What can become of a row of marks."""

    STORED = STORED
    OUTSIDE_APPROVAL = "outside the school's sharing approval"
    AFTER_RECEIPT = "dated after the batch was received"
    UNKNOWN_SCHOOL = "school not in the register"
    BAD_DATE = "date missing or malformed"
    BAD_SCHOOL = "school number missing or malformed"
    NO_PUPIL = "no pupil number"
    ERASED = "of someone erased on request"
    REPLACED = "replaced by a later row of the same batch"
    SCHOOL_REFUSED = "school with too many unknown codes"


_PLACE = {bucket: place for place, bucket in enumerate(MarkBucket)}


@dataclass(frozen=True, repr=False)
class PreparedMarks:
    """The marks of a batch, their account, and what was odd about them."""

    reader: pa.RecordBatchReader
    account: RowAccount
    withdrawals: int
    codes: CodesKept
    unknown_texts: tuple[str, ...]
    schools_refused: tuple[int, ...]


def prepare_marks(
    pieces: Iterable[Chunk],
    admission: Admission,
    numbers: PupilNumbers,
    unknown_code_percent: int,
) -> PreparedMarks:
    """Judge, pseudonymise and sort the marks of a batch.

    Raises:
        BatchRefused: a file cannot be read.
    """
    tally = Tally(list(MarkBucket))
    texts: set[str] = set()
    rows = [_admitted(piece, admission, numbers, tally, texts) for piece in pieces]
    marks, replaced = sort_marks(rows, admission.urns, numbers.pseudonyms)
    tally.move(MarkBucket.REPLACED, replaced)
    refused = marks.schools_above(unknown_code_percent)
    if refused.any():
        keep = ~refused[marks.school]
        tally.move(MarkBucket.SCHOOL_REFUSED, int(np.count_nonzero(~keep)))
        marks = marks.where(keep)
    return PreparedMarks(
        reader=marks.reader(),
        account=tally.account(),
        withdrawals=int(np.count_nonzero((marks.am == NO_MARK) & (marks.pm == NO_MARK))),
        codes=CodesKept.among(marks.am, marks.pm, marks.day),
        unknown_texts=tuple(sorted(texts)),
        schools_refused=tuple(int(urn) for urn in admission.urns[refused]),
    )


def _admitted(
    piece: Chunk, admission: Admission, numbers: PupilNumbers, tally: Tally, texts: set[str]
) -> MarkRows:
    school = admission.schools(piece.columns["urn"])
    days = piece.columns["date"].days(day)
    pupil = numbers.places(piece.columns["upn"])
    verdicts = _verdicts(school, days, pupil, admission)
    verdicts[admission.erased(school, pupil, numbers)] = _PLACE[MarkBucket.ERASED]
    tally.add(piece, verdicts)
    keep = verdicts == _PLACE[MarkBucket.STORED]
    am, pm = piece.columns["am"], piece.columns["pm"]
    texts |= unknown_texts(am, keep) | unknown_texts(pm, keep)
    return MarkRows(school[keep], pupil[keep], days[keep], _numbers(am, keep), _numbers(pm, keep))


def _numbers(column: Encoded, keep: Flags) -> Numbers:
    return column.numbers(mark)[keep].astype(np.uint8)


def _verdicts(school: Int32, days: Int32, pupil: Int32, admission: Admission) -> Verdicts:
    """Each row's bucket; of several reasons, the last one counts."""
    verdicts = np.zeros(len(school), np.uint8)
    for bucket, applies in (
        (MarkBucket.OUTSIDE_APPROVAL, ~admission.approvals.cover(school, days)),
        (MarkBucket.AFTER_RECEIPT, days > admission.last_day),
        (MarkBucket.UNKNOWN_SCHOOL, school == UNKNOWN_SCHOOL),
        (MarkBucket.BAD_DATE, (days == BLANK) | (days == MALFORMED)),
        (MarkBucket.BAD_SCHOOL, (school == BLANK) | (school == MALFORMED)),
        (MarkBucket.NO_PUPIL, pupil == NO_PUPIL),
    ):
        verdicts[applies] = _PLACE[bucket]
    return verdicts

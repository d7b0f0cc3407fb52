"""The marks of a batch: every row judged, what is let in pseudonymised and sorted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from publisher.feed.admission import UNKNOWN_SCHOOL, Admission
from publisher.feed.chunks import BLANK, MALFORMED, Chunk, Encoded, Flags, Int32
from publisher.feed.codes import CodesKept, Numbers, unknown_texts
from publisher.feed.mark_rows import ROW, Rows
from publisher.feed.partitions import Partitions
from publisher.feed.settings import ROWS_IN_MEMORY
from publisher.feed.sorted_marks import sort_marks
from publisher.feed.tally import Tally, Verdicts
from publisher.feed.upns import PupilNumbers
from publisher.feed.values import day, mark
from publisher.model.intake import STORED, RowAccount


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
    rows_in_memory: int = ROWS_IN_MEMORY,
) -> PreparedMarks:
    """Judge, pseudonymise and sort the marks of a batch.

    Raises:
        BatchRefused: a file cannot be read.
        CouldNotRun: there are more than `rows_in_memory` rows and the disk is full.
    """
    tally = Tally(list(MarkBucket))
    texts: set[str] = set()
    partitions = Partitions(len(admission.urns), rows_in_memory)
    for piece in pieces:
        partitions.add(_admitted(piece, admission, numbers, tally, texts))
    marks = sort_marks(partitions, admission.urns, unknown_code_percent)
    tally.move(MarkBucket.REPLACED, marks.replaced)
    tally.move(MarkBucket.SCHOOL_REFUSED, marks.refused)
    return PreparedMarks(
        reader=marks.reader(),
        account=tally.account(),
        withdrawals=marks.withdrawals,
        codes=marks.codes,
        unknown_texts=tuple(sorted(texts)),
        schools_refused=marks.schools_refused,
    )


def _admitted(
    piece: Chunk, admission: Admission, numbers: PupilNumbers, tally: Tally, texts: set[str]
) -> Rows:
    school = admission.schools(piece.columns["urn"])
    days = piece.columns["date"].days(day)
    pupil, named = numbers.pseudonyms(piece.columns["upn"])
    verdicts = _verdicts(school, days, named, admission)
    verdicts[admission.erased(school, pupil, named)] = _PLACE[MarkBucket.ERASED]
    tally.add(piece, verdicts)
    keep = verdicts == _PLACE[MarkBucket.STORED]
    am, pm = piece.columns["am"], piece.columns["pm"]
    texts |= unknown_texts(am, keep) | unknown_texts(pm, keep)
    rows = np.empty(int(np.count_nonzero(keep)), ROW)
    rows["pupil"], rows["school"], rows["day"] = pupil[keep], school[keep], days[keep]
    rows["am"], rows["pm"] = _numbers(am, keep), _numbers(pm, keep)
    return rows


def _numbers(column: Encoded, keep: Flags) -> Numbers:
    return column.numbers(mark)[keep].astype(np.uint8)


def _verdicts(school: Int32, days: Int32, named: Flags, admission: Admission) -> Verdicts:
    """Each row's bucket; of several reasons, the last one counts."""
    verdicts = np.zeros(len(school), np.uint8)
    for bucket, applies in (
        (MarkBucket.OUTSIDE_APPROVAL, ~admission.approvals.cover(school, days)),
        (MarkBucket.AFTER_RECEIPT, days > admission.last_day),
        (MarkBucket.UNKNOWN_SCHOOL, school == UNKNOWN_SCHOOL),
        (MarkBucket.BAD_DATE, (days == BLANK) | (days == MALFORMED)),
        (MarkBucket.BAD_SCHOOL, (school == BLANK) | (school == MALFORMED)),
        (MarkBucket.NO_PUPIL, ~named),
    ):
        verdicts[applies] = _PLACE[bucket]
    return verdicts

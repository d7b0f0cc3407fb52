"""From the rows of a batch, whatever file they came in, to the batch that the store takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from publisher.feed.admission import Admission
from publisher.feed.chunks import Chunk
from publisher.feed.marks import PreparedMarks, prepare_marks
from publisher.feed.pseudonym import PseudonymKey
from publisher.feed.pupils import PreparedPupils, prepare_pupils
from publisher.feed.settings import FeedSettings
from publisher.feed.upns import PupilNumbers
from publisher.model.intake import BatchAccount, PreparedBatch, RowAccount


@dataclass(frozen=True, repr=False)
class BatchIdentity:
    """Which batch it is; `sha256` is over what arrived, before anything was understood."""

    name: str
    received: datetime
    sha256: str


def prepare_batch(
    batch: BatchIdentity,
    pupils: Iterable[Chunk],
    marks: Iterable[Chunk],
    admission: Admission,
    key: PseudonymKey,
    settings: FeedSettings,
    *,
    sessions: RowAccount | None = None,
) -> PreparedBatch:
    """Judge and pseudonymise the rows of a batch; chunks have the columns that are read.

    `sessions` is the account of half days, from a feed that sends them one by one.

    Raises:
        BatchRefused: a file of it is broken or has the wrong columns.
    """
    numbers = PupilNumbers(key)
    records = prepare_pupils(pupils, admission, numbers)
    judged = prepare_marks(
        marks, admission, numbers, settings.unknown_code_percent, settings.marks_in_memory
    )
    return PreparedBatch(
        name=batch.name,
        received=batch.received,
        sha256=batch.sha256,
        key_fingerprint=key.fingerprint,
        marks=judged.reader,
        pupils=records.table,
        account=_account(records, judged, sessions),
    )


def _account(
    pupils: PreparedPupils, marks: PreparedMarks, sessions: RowAccount | None
) -> BatchAccount:
    return BatchAccount(
        marks=marks.account,
        pupils=pupils.account,
        withdrawals=marks.withdrawals,
        unknown_codes=marks.codes.unknown,
        unknown_code_texts=marks.unknown_texts,
        codes_out_of_date=marks.codes.out_of_date,
        schools_refused=marks.schools_refused,
        shared_numbers=pupils.shared_numbers,
        unreadable_values=pupils.unreadable_values,
        sessions=sessions,
    )

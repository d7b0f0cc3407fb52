"""What became of every row that arrived: buckets, and accounts that must sum.

The unit is the row as it arrived: a row of marks is a pupil's day in one batch, a row of pupils
one record in one batch. A row is in exactly one bucket. A row of marks counts when at least one
of its two marks is a register code; what its other half was is told by the account of sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from publisher.model.intake import ERASED, GIVEN_UP, STORED


class Bucket(StrEnum):
    """Where a row can end, in the order in which accounts list them."""

    TAKEN_IN = "taken in"
    """Stored; what becomes of the row is for each release to say."""
    COUNTED = "counted"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    OUTSIDE_APPROVAL = "outside approval"
    OUTSIDE_DATES = "outside dates"
    YEAR_11 = "Year 11 in summer"
    OUTSIDE_SCOPE = "outside scope"
    ORPHAN = "orphan"
    UNKNOWN_CODE = "unknown code"
    ERASED = "erased"
    GIVEN_UP = "given up"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class Fate(Enum):
    """What a release makes of a stored row. Of several that apply, the first listed holds.

    `number`: its place in this list, from 1; what queries know it by.
    """

    NOT_IN_REGISTER = Bucket.OUTSIDE_SCOPE, "school no longer in the register of schools"
    BEFORE_SERIES = Bucket.OUTSIDE_DATES, "before the first day of the academic year's series"
    AFTER_WEEK = Bucket.OUTSIDE_DATES, "after the week of the release"
    WEEKEND = Bucket.OUTSIDE_DATES, "on a Saturday or Sunday"
    UNPUBLISHED_SCHOOL = Bucket.OUTSIDE_SCOPE, "school of a phase that is not published"
    OUTSIDE_APPROVAL = Bucket.OUTSIDE_APPROVAL, "outside the school's approval as known now"
    REPLACED = Bucket.REPLACED, "a later batch brought it again"
    REGISTERS = Bucket.REPLACED, "the school shares registers of that day, which say more"
    LATE = Bucket.OUTSIDE_DATES, "a correction that came too long after the day"
    NO_COUNTS = Bucket.ORPHAN, "pupils on roll on a day without counts"
    WITHDRAWN = Bucket.WITHDRAWN, "both marks blank: the day's marks are withdrawn"
    NO_RECORD = Bucket.ORPHAN, "pupil without a record at the school"
    AGE = Bucket.OUTSIDE_SCOPE, "pupil not of a published age"
    BEFORE_ADMISSION = Bucket.OUTSIDE_DATES, "before the pupil's admission date"
    AFTER_LEAVING = Bucket.OUTSIDE_DATES, "after the pupil's leaving date"
    YEAR_11 = Bucket.YEAR_11, "pupil of Year 11 after the May half-term"
    UNKNOWN_CODE = Bucket.UNKNOWN_CODE, "no mark of the day is a register code"
    COUNTED = Bucket.COUNTED, "in the figures"

    def __init__(self, bucket: Bucket, words: str) -> None:
        self.bucket = bucket
        self.words = words
        self.number = len(type(self).__members__) + 1


# An intake writes these words down with each batch; they are stored for good.
_BUCKETS_AT_THE_DOOR = {
    STORED: Bucket.TAKEN_IN,
    "outside the school's sharing approval": Bucket.OUTSIDE_APPROVAL,
    "dated after the batch was received": Bucket.OUTSIDE_DATES,
    "replaced by a later row of the same batch": Bucket.DUPLICATE,
    "replaced by a later session of the same half day": Bucket.DUPLICATE,
    ERASED: Bucket.ERASED,
    GIVEN_UP: Bucket.GIVEN_UP,
    "of someone erased on request": Bucket.ERASED,
}


def bucket_at_the_door(words: str) -> Bucket:
    """The bucket of what an intake said of a row; every other reason to leave it out refuses it."""
    return _BUCKETS_AT_THE_DOOR.get(words, Bucket.REFUSED)


@dataclass(frozen=True)
class Line:
    """Rows of one bucket for one reason."""

    bucket: Bucket
    words: str
    rows: int


@dataclass(frozen=True)
class TableAccount:
    """Where the rows of one table went, from all over the country.

    Raises:
        ValueError: a line is negative, or the lines do not sum to `arrived`.
    """

    arrived: int
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if sum(line.rows for line in self.lines) != self.arrived:
            raise ValueError("the account of a table does not sum to the rows that arrived")
        if any(line.rows < 0 for line in self.lines):
            raise ValueError("an account has a line with less than no rows")

    def rows(self, bucket: Bucket) -> int:
        """The rows in a bucket."""
        return sum(line.rows for line in self.lines if line.bucket is bucket)

    @property
    def buckets(self) -> dict[Bucket, int]:
        """The buckets that have rows, in the order of `Bucket`."""
        counts = {bucket: self.rows(bucket) for bucket in Bucket}
        return {bucket: rows for bucket, rows in counts.items() if rows}


def account_at_the_door(buckets: Mapping[str, int]) -> TableAccount:
    """The account of a table of a batch from its intake's words -> rows."""
    lines = [Line(bucket_at_the_door(words), words, rows) for words, rows in buckets.items()]
    return TableAccount(sum(line.rows for line in lines), ordered(lines))


def ordered(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Lines with rows, in the order of their buckets and, within a bucket, as they were given."""
    places = {bucket: place for place, bucket in enumerate(Bucket)}
    return tuple(
        sorted((each for each in lines if each.rows), key=lambda each: places[each.bucket])
    )


def summed(lines: Iterable[Line]) -> list[Line]:
    """Lines of the same bucket and reason as one, in the order in which they are first met."""
    counts: dict[tuple[Bucket, str], int] = {}
    for line in lines:
        counts[line.bucket, line.words] = counts.get((line.bucket, line.words), 0) + line.rows
    return [Line(*reason, rows) for reason, rows in counts.items()]


@dataclass(frozen=True)
class BatchArrivals:
    """What the intake of a stored batch wrote down: its words -> rows, of marks and of pupils."""

    name: str
    received: datetime
    marks: Mapping[str, int]
    pupils: Mapping[str, int]


@dataclass(frozen=True)
class CountArrivals:
    """The same of a batch of a school that shares numbers of pupils."""

    counts: Mapping[str, int]
    on_roll: Mapping[str, int]


@dataclass(frozen=True)
class BatchRows:
    """What arrived in one batch, or in several that are told together.

    `schools`: at least so many schools have marks in it.
    """

    names: tuple[str, ...]
    schools: int
    marks: TableAccount
    pupils: TableAccount


@dataclass(frozen=True)
class SessionAccount:
    """The two halves of each row of marks that is in the figures or has only unknown codes."""

    register_code: int
    """Counted: possible sessions, and management and legacy codes."""
    unknown_code: int
    """Left out of every figure."""
    no_mark: int
    """No session."""


@dataclass(frozen=True, repr=False)
class TrueAccount:
    """The account of a run as it was counted; does not leave the house as it is."""

    marks: TableAccount
    pupils: TableAccount
    sessions: SessionAccount
    batches: tuple[BatchRows, ...]
    """In the order in which they were received."""
    counts: TableAccount | None = None
    on_roll: TableAccount | None = None
    """Rows of schools that share numbers of pupils; None where there are none."""


@dataclass(frozen=True, repr=False)
class RunAccount:
    """The account of a run for reviewers, about the whole country; not for publication.

    `batches` with marks of few schools are told together. `sessions` is None, and what was taken
    in is not broken down, when that could give a withheld figure back.
    """

    marks: TableAccount
    pupils: TableAccount
    sessions: SessionAccount | None
    batches: tuple[BatchRows, ...]
    counts: TableAccount | None = None
    on_roll: TableAccount | None = None

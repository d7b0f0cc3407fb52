"""What the feed hands to the store, and what an ingest reports.

The store keeps what is here and knows no format; an adapter of `feed` makes it. Nothing here has
a name, a date of birth or a UPN: pupils are pseudonyms, rows are counts and places in files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import pyarrow as pa

MARKS_SCHEMA = pa.schema(
    [
        ("urn", pa.int32()),
        ("pupil", pa.int64()),
        ("date", pa.date32()),
        ("am", pa.uint8()),
        ("pm", pa.uint8()),
    ]
)
BOOLEAN_CHARACTERISTICS = (
    "looked_after",
    "previously_looked_after",
    "sen_support",
    "ehc_plan",
    "free_school_meals",
    "child_in_need",
    "child_protection_plan",
)
PUPILS_SCHEMA = pa.schema(
    [
        ("urn", pa.int32()),
        ("pupil", pa.int64()),
        ("cohort", pa.int16()),
        ("sex", pa.string()),
        ("ethnicity", pa.string()),
        ("year_group", pa.string()),
        *((name, pa.bool_()) for name in BOOLEAN_CHARACTERISTICS),
        ("admission_date", pa.date32()),
        ("leaving_date", pa.date32()),
    ]
)
SCHOOLS_SCHEMA = pa.schema(
    [
        ("urn", pa.int32()),
        ("location", pa.string()),
        ("education_phase", pa.string()),
        ("trust_code", pa.string()),
        ("open_date", pa.date32()),
        ("close_date", pa.date32()),
    ]
)
APPROVALS_SCHEMA = pa.schema(
    [("urn", pa.int32()), ("approved_from", pa.date32()), ("approved_to", pa.date32())]
)
CENSUS_SCHEMA = pa.schema(
    [
        ("location", pa.string()),
        ("education_phase", pa.string()),
        ("schools", pa.int32()),
        ("pupils", pa.int32()),
    ]
)

STORED = "stored"
ERASED = "stored and then erased on request"
GIVEN_UP = "given up after the retention period"
"""Buckets of an account: rows that are in the store, and rows that were and are gone."""


@dataclass(frozen=True)
class RowAccount:
    """Where the rows of one table of one batch went; every row is in exactly one bucket.

    `buckets` maps the words of a bucket to its number of rows; `places` says where the first few
    refused rows of a bucket are.

    Raises:
        ValueError: the buckets do not sum to `arrived`.
    """

    arrived: int
    buckets: Mapping[str, int]
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if sum(self.buckets.values()) != self.arrived:
            raise ValueError("the account of a table does not sum to the rows that arrived")

    @property
    def stored(self) -> int:
        """Rows that are in the store afterwards."""
        return self.buckets.get(STORED, 0)


@dataclass(frozen=True)
class BatchAccount:
    """What became of the rows of a batch, and what was odd about the rows that were kept."""

    marks: RowAccount
    pupils: RowAccount
    withdrawals: int = 0
    """Stored marks rows with both marks blank."""
    unknown_codes: int = 0
    """Stored marks that no register code explains."""
    unknown_code_texts: tuple[str, ...] = ()
    """What they looked like, if one or two characters long; longer text is never repeated."""
    codes_out_of_date: Mapping[str, int] = field(default_factory=dict)
    """Register code -> stored marks on days when schools were not to use it."""
    schools_refused: tuple[int, ...] = ()
    """URNs of schools above the share of unknown codes."""
    shared_numbers: int = 0
    """Pupil numbers of a school that records with different dates of birth share."""
    unreadable_values: Mapping[str, int] = field(default_factory=dict)
    """Pupil column -> values not understood and kept as unknown."""
    sessions: RowAccount | None = None
    """What became of single sessions, where a feed sends half days; rows of marks are days."""

    @property
    def tables(self) -> dict[str, RowAccount]:
        """The accounts by the name of what they count."""
        known = {"marks": self.marks, "pupils": self.pupils, "sessions": self.sessions}
        return {table: account for table, account in known.items() if account is not None}


@dataclass(frozen=True)
class CountsAccount:
    """What became of the rows of a batch, and what was odd about the rows that were kept.

    Unknown codes and codes out of their time are counted in pupils' sessions, not in rows.
    """

    counts: RowAccount
    on_roll: RowAccount
    unknown_codes: int = 0
    unknown_code_texts: tuple[str, ...] = ()
    """What they looked like, if one or two characters long; longer text is never repeated."""
    codes_out_of_date: Mapping[str, int] = field(default_factory=dict)
    schools_refused: tuple[int, ...] = ()
    """URNs of schools above the share of unknown codes."""
    sessions_above_roll: int = 0
    """Sessions of a school and year group with more marks than pupils on roll."""


@dataclass(frozen=True, repr=False)
class PreparedBatch:
    """A validated, pseudonymised batch, ready to be stored.

    `marks` streams `MARKS_SCHEMA`, sorted by and unique in (urn, pupil, date); it can be read
    once. `pupils` has `PUPILS_SCHEMA`, sorted by and unique in (urn, pupil). `sha256` is over the
    bytes of the source files. `key_fingerprint` tells pseudonym keys apart, and nothing more.
    """

    name: str
    received: datetime
    sha256: str
    key_fingerprint: str
    marks: pa.RecordBatchReader
    pupils: pa.Table
    account: BatchAccount

    def __repr__(self) -> str:
        return f"PreparedBatch({self.name})"


@dataclass(frozen=True, repr=False)
class Registers:
    """The registers of a feed: `SCHOOLS_SCHEMA`, `APPROVALS_SCHEMA`, `CENSUS_SCHEMA`, sorted."""

    schools: pa.Table
    approvals: pa.Table
    census: pa.Table

    def __repr__(self) -> str:
        return f"Registers({len(self.schools)} schools)"


@dataclass(frozen=True)
class RowRefusal:
    """A row of a register that was left out: `place` is file and row, `words` what is wrong."""

    table: str
    place: str
    column: str
    words: str


class BatchFate(StrEnum):
    """What an ingest did with a batch."""

    STORED = "stored"
    ALREADY_STORED = "already stored"
    REFUSED = "refused"


@dataclass(frozen=True)
class BatchOutcome:
    """One batch of the feed; `reason` and `advice` when refused, `account` when stored."""

    name: str
    fate: BatchFate
    reason: str = ""
    advice: str = ""
    account: BatchAccount | None = None
    held_back: int = 0
    """Stored marks rows whose pupil has no record at the school yet; not counted until it has."""
    counts: CountsAccount | None = None
    """In place of `account`, when stored, for a batch of numbers of pupils."""
    late_corrections: int = 0
    """Stored rows of counts that are never used: they came too late to replace earlier ones."""


@dataclass(frozen=True)
class IngestReport:
    """What one ingest did; `refusals` are rows of the registers, `not_read` names in the feed."""

    batches: tuple[BatchOutcome, ...]
    registers_changed: bool
    refusals: tuple[RowRefusal, ...] = ()
    not_read: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[BatchOutcome, ...]:
        """The batches of which nothing was stored."""
        return tuple(each for each in self.batches if each.fate is BatchFate.REFUSED)

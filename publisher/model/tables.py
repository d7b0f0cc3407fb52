"""The store's tables: what a snapshot promises to whoever reads it.

Every file is Parquet. `received` is when the batch that brought the row arrived; the row with the
latest `received` for the same key is the one that counts. No two batches have the same `received`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher.model.accounting import BatchArrivals, CountArrivals


@dataclass(frozen=True)
class SchoolRange:
    """Schools with URNs from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def condition(self) -> str:
        """As SQL."""
        return f"urn BETWEEN {self.first} AND {self.last}"


@dataclass(frozen=True)
class Snapshot:
    """What was known at `as_of`: paths of Parquet files.

    Rows whose `received` is in `not_yet` are of batches that came later and share a file with
    earlier ones: whoever reads marks, school_days or pupils leaves them out.

    marks: urn INT32, pupil INT64, date DATE, am UTINYINT, pm UTINYINT, received TIMESTAMP;
        key (urn, pupil, date), unique within a batch; am and pm are `RegisterCode.number`,
        0 no mark, 255 unknown code; a row with both 0 withdraws the mark.
    school_days: urn INT32, date DATE, received TIMESTAMP, marks INT32; which school-days a batch
        brought marks for, and how many rows of `marks`.
    weeks: urn INT32, pupil INT64, week DATE (a Monday), marks INT64, received TIMESTAMP: the marks
        of Monday to Friday once more, as `publisher.reference.register_weeks` packs them; key
        (urn, pupil, week), unique within a batch.
    pupils: urn INT32, pupil INT64, cohort SMALLINT, sex, ethnicity (main code), year_group
        VARCHAR, looked_after, previously_looked_after, sen_support, ehc_plan, free_school_meals,
        child_in_need, child_protection_plan BOOLEAN, admission_date, leaving_date DATE,
        received TIMESTAMP; key (urn, pupil), unique within a batch. `cohort` is the year on whose
        31 August the pupil was 0 years old: age on 31 August of year Y is Y - cohort.
    counts: urn INT32, date DATE, afternoon BOOLEAN, code UTINYINT (as in marks), year_group
        TINYINT (`model.counts.YEAR_GROUPS`), pupils INT32, received TIMESTAMP: numbers of pupils
        of schools that share no marks; all rows of a school and day with one `received` are one
        statement, which replaces earlier ones.
    count_days: urn INT32, date DATE, counts INT32, received TIMESTAMP; which school-days a batch
        brought counts for, and how many rows of `counts`.
    on_roll: urn INT32, date DATE, year_group TINYINT, pupils INT32, received TIMESTAMP.
    schools: urn INT32, location VARCHAR (nine-character code of the authority), education_phase
        VARCHAR ('' when not published), trust_code VARCHAR, open_date, close_date DATE.
    approvals: urn INT32, approved_from DATE, approved_to DATE (null: still); both days included.
    census: location VARCHAR, education_phase VARCHAR, schools INTEGER, pupils INTEGER.
    """

    as_of: datetime
    marks: tuple[Path, ...]
    school_days: tuple[Path, ...]
    weeks: tuple[Path, ...]
    pupils: tuple[Path, ...]
    schools: Path
    approvals: Path
    census: Path
    inputs: tuple[tuple[str, str], ...] = ()
    """(name, SHA-256) of each batch, register version and erasure, for the manifest."""
    stored: tuple[tuple[str, str], ...] = ()
    """(folder and name, recorded SHA-256) of each file of marks and what goes with them."""
    batches: int = 0
    """How many batches were known."""
    not_yet: tuple[datetime, ...] = ()
    arrivals: tuple[BatchArrivals, ...] = ()
    """What the intake of each batch wrote down; stored rows must be those of the files."""
    counts: tuple[Path, ...] = ()
    count_days: tuple[Path, ...] = ()
    on_roll: tuple[Path, ...] = ()
    count_arrivals: tuple[CountArrivals, ...] = ()
    """As `arrivals`, of batches of counts."""
    root: Path | None = None
    """The folder that all these files lie in, if they lie in one."""
    sums: Path | None = None
    """Where counting may leave sums for later releases; it goes when rows are erased."""

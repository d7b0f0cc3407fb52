"""What one stage hands to the next. The privacy boundary is the step from true to protected.

Only `aggregate` makes `TrueCells`, only `disclosure` makes `ProtectedCells`, only `checks` makes
`CheckedCells`; tests hold the house to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import pandas as pd

from publisher.model.accounting import RunAccount, TrueAccount
from publisher.model.breakdowns import BREAKDOWN
from publisher.model.definitions import DataSet
from publisher.model.geography import Location
from publisher.model.reasons import BECAUSE
from publisher.model.time import IsoWeek, Period

ROW_KEY = ("location", "education_phase", "period")
"""A row: nine-character code of the area, education phase, key of the period."""

STATUS_SUFFIX = "_status"
"""`session_count_status` says what `session_count` is."""

EVIDENCE_COLUMNS = (
    "possible_sessions",
    "schools",
    "holdings",
    "largest_holding",
    "second_holding",
    "pupils",
    "enrolments",
)
"""Who stands behind a row, over the days of its period that its level includes.

possible_sessions: true possible sessions. schools: distinct schools with a possible session.
holdings: distinct holdings among them (a trust, or a school without one). largest_holding,
second_holding: possible sessions of the two largest holdings. pupils: distinct pupils with a
possible session where that number is below 20, else any lower bound of it that is at least 20;
where a school shares counts only, a lower bound in either case. enrolments: largest daily number
of enrolments with a possible session, a lower bound for such schools; what withholding costs.
"""


@dataclass(frozen=True)
class ReleaseScope:
    """Which release, of what, as known when."""

    week: IsoWeek
    as_of: datetime
    academic_year: str
    """Six digits: 202526."""
    periods: tuple[Period, ...]
    locations: tuple[Location, ...]
    days_left_out: tuple[date, ...] = ()
    """School days that national and regional rows leave out, few authorities being open."""
    strike_days: tuple[date, ...] = ()
    """Days that have no daily rows."""

    def period(self, key: str) -> Period:
        """The period with this key; KeyError if there is none."""
        return {each.key: each for each in self.periods}[key]


@dataclass(frozen=True)
class Supply:
    """How the schools that submitted on any day of the release shared: public numbers of schools.

    A school that changed from counts to registers during the year is in both.
    """

    registers: int = 0
    """Schools that shared pupils' marks."""
    counts: int = 0
    """Schools that shared numbers of pupils by mark."""


@dataclass(frozen=True, repr=False)
class TrueCells:
    """True counts. Never printed, logged or written; dropped at the boundary.

    `cells[data_set]` has the `ROW_KEY` columns and one int64 column per measure, one row per row
    of the grid that exists; null where a measure cannot be known: schools that the census does not
    list, enrolments that were absent where a school shares counts only. `evidence` has the
    `ROW_KEY` and `EVIDENCE_COLUMNS` columns and a row for every row in any data set that counts
    pupils or sessions. `census_pupils` has `location`, `education_phase`, `pupils`: public
    denominators. `weighted_totals`: "All schools" rates are weighted to them.

    Data sets that show groups of pupils have a column `BREAKDOWN` in their cells: a row for all
    pupils (`TOTAL`) and one for each group, whether or not it has pupils; its counts are null where
    a school behind the row shares counts only. `group_evidence` has the `ROW_KEY`, `BREAKDOWN` and
    `EVIDENCE_COLUMNS` columns, a row for every group of pupils in every period for which groups
    are counted, published or not.
    """

    scope: ReleaseScope
    data_sets: tuple[DataSet, ...]
    cells: Mapping[str, pd.DataFrame]
    evidence: pd.DataFrame
    census_pupils: pd.DataFrame
    weighted_totals: bool = False
    group_evidence: pd.DataFrame | None = None
    account: TrueAccount | None = None
    """What became of every row that arrived."""
    supply: Supply = Supply()

    def __repr__(self) -> str:
        counted = {name: len(frame) for name, frame in self.cells.items()}
        return f"TrueCells({self.scope.week}, rows {counted})"


@dataclass(frozen=True, repr=False)
class ProtectedTable:
    """One data set as the public may see it, one row per published row, in published order.

    Columns: `time_period`, `time_identifier`, the geography columns, the data set's filter
    columns (all categoricals), then for each indicator its value (float64 with NaN, or text for
    dates) and `<indicator>_status`, a categorical of `CellStatus` values.
    """

    data_set: DataSet
    rows: pd.DataFrame

    def __repr__(self) -> str:
        return f"ProtectedTable({self.data_set.name}, {len(self.rows)} rows)"


@dataclass(frozen=True)
class WithheldCount:
    """How many rows of a level are in a data set, and how many of them are withheld."""

    data_set: str
    geographic_level: str
    rows: int
    withheld: int


@dataclass(frozen=True)
class DisclosureSummary:
    """What disclosure control did, in words and numbers that anyone may read."""

    profile: str
    rounding_base: int
    rules: tuple[str, ...]
    """Each rule's own words, in the order they were applied."""
    withheld: tuple[WithheldCount, ...]
    rounds: int
    """Rounds of complementary withholding until nothing more was recoverable."""
    groups_not_shown: tuple[str, ...] = ()
    """Topics of which no group of pupils could be shown anywhere in this release."""


@dataclass(frozen=True, repr=False)
class ProtectedCells:
    """Figures that may leave the house once checked.

    `withheld` has the `ROW_KEY` columns: rows of which all pupils are withheld. `withheld_groups`
    has the `BREAKDOWN` column as well: groups of pupils that are.
    """

    scope: ReleaseScope
    tables: tuple[ProtectedTable, ...]
    summary: DisclosureSummary
    withheld: pd.DataFrame
    account: RunAccount | None = None
    """For reviewers only; None where nothing was counted from a store."""
    withheld_groups: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=[*ROW_KEY, BREAKDOWN], dtype="str")
    )
    reasons: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=[*ROW_KEY, BECAUSE], dtype="str")
    )
    """For reviewers only: every row, and why it is withheld."""

    @property
    def counted(self) -> tuple[ProtectedTable, ...]:
        """The tables that wide files repeat: all others."""
        return tuple(each for each in self.tables if not each.data_set.wide)

    def table(self, name: str) -> ProtectedTable:
        """The table of the data set called `name`; KeyError if the release has none."""
        return {each.data_set.name: each for each in self.tables}[name]

    def __repr__(self) -> str:
        return f"ProtectedCells({self.scope.week}, {list(self.tables)})"


class Severity(StrEnum):
    """What a failed check does to the run."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Outcome(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could not run"


@dataclass(frozen=True)
class CheckResult:
    """One check of one data set; carries numbers of rows, never values."""

    name: str
    data_set: str
    severity: Severity
    outcome: Outcome
    words: str
    rows_checked: int = 0
    rows_failing: int = 0

    @property
    def blocks(self) -> bool:
        """Whether the release must stop here."""
        return self.severity is Severity.CRITICAL and self.outcome is not Outcome.PASSED


@dataclass(frozen=True, repr=False)
class CheckedCells:
    """Protected cells that passed their checks: the only thing that can be rendered."""

    protected: ProtectedCells
    results: tuple[CheckResult, ...] = field(default=())

    def __repr__(self) -> str:
        return f"CheckedCells({self.protected!r}, {len(self.results)} checks)"

"""One check of the screener: a name, a severity, a rule in words and a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from publisher.checks.cube import Cube
from publisher.checks.screening.reread import reread
from publisher.checks.screening.text_table import Mask, MissingColumn, TextColumn, TextTable
from publisher.checks.settings import CheckSettings
from publisher.model.definitions import DataSet
from publisher.model.stages import CheckResult, Outcome, Severity


@dataclass(frozen=True, repr=False)
class Screening:
    """What a check sees: the definition, and both files as found on disk."""

    data_set: DataSet
    data_path: Path
    meta_path: Path
    data: TextTable
    meta: TextTable
    settings: CheckSettings

    @cached_property
    def meta_rows(self) -> list[dict[str, str]]:
        """The rows of the meta file."""
        return self.meta.lines()

    def meta_of(self, col_type: str) -> list[dict[str, str]]:
        """The meta rows of this type."""
        self.meta.column("col_type")
        return [row for row in self.meta_rows if row["col_type"] == col_type]

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters that the meta file lists and the data file has."""
        return self._in_data(row.get("col_name", "") for row in self.meta_of("Filter"))

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators that the meta file lists and the data file has."""
        return self._in_data(row.get("col_name", "") for row in self.meta_of("Indicator"))

    @property
    def groups(self) -> tuple[str, ...]:
        """The columns that group filters, as listed and as the data file has them."""
        return self._in_data(self.group_names)

    @property
    def group_names(self) -> tuple[str, ...]:
        """The columns that group filters, as listed."""
        found = (row.get("filter_grouping_column", "") for row in self.meta_of("Filter"))
        return tuple(dict.fromkeys(name for name in found if name))

    def _in_data(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name in names if name in self.data.columns))

    @cached_property
    def cube(self) -> Cube:
        """The data file's figures as matrices.

        Raises:
            MissingColumn: the file lacks a column of the definition.
        """
        return reread(self.data, self.data_set)


@dataclass(frozen=True)
class Finding:
    """How many things a check looked at and how many break its rule.

    `where` names columns, never cells. `severity` overrides the check's own.
    """

    checked: int
    failing: int
    where: tuple[str, ...] = ()
    severity: Severity | None = None


@dataclass(frozen=True)
class Check:
    """One check; `rule` is what must hold, `things` are what it counts, `advice` how to mend it."""

    name: str
    severity: Severity
    rule: str
    things: str
    run: Callable[[Screening], Finding]
    advice: str = ""

    def result(self, screening: Screening) -> CheckResult:
        """Run the check; whatever stops it becomes "could not run", without details of cells."""
        try:
            finding = self.run(screening)
        except MissingColumn as missing:
            return self._not_run(screening, f"the column '{missing}' is missing")
        except Exception as problem:  # noqa: BLE001  (any failure must block, none may end the run)
            return self._not_run(screening, f"the files stopped it ({type(problem).__name__})")
        outcome = Outcome.FAILED if finding.failing else Outcome.PASSED
        return CheckResult(
            name=self.name,
            data_set=screening.data_set.name,
            severity=finding.severity or self.severity,
            outcome=outcome,
            words=self._words(finding),
            rows_checked=finding.checked,
            rows_failing=finding.failing,
        )

    def _words(self, finding: Finding) -> str:
        if not finding.checked:
            return f"{self.rule}: there are no {self.things} to check."
        if not finding.failing:
            return f"{self.rule}: {finding.checked:,} {self.things} checked, all so."
        where = f" ({_shortened(finding.where)})" if finding.where else ""
        counts = f"{finding.failing:,} of {finding.checked:,} {self.things} checked{where}"
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.rule}: not so in {counts}{advice}."

    def _not_run(self, screening: Screening, why: str) -> CheckResult:
        return CheckResult(
            name=self.name,
            data_set=screening.data_set.name,
            severity=self.severity,
            outcome=Outcome.COULD_NOT_RUN,
            words=f"{self.rule}: this could not be checked, as {why}.",
        )


def fail(
    name: str, rule: str, things: str, run: Callable[[Screening], Finding], advice: str = ""
) -> Check:
    """A check whose failure the platform refuses."""
    return Check(name, Severity.CRITICAL, rule, things, run, advice)


def warn(
    name: str, rule: str, things: str, run: Callable[[Screening], Finding], advice: str = ""
) -> Check:
    """A check whose failure the platform warns of."""
    return Check(name, Severity.WARNING, rule, things, run, advice)


def of_names(names: Iterable[str], wrong: Callable[[str], bool]) -> Finding:
    """Judge names of columns or files."""
    every = list(names)
    failing = tuple(name for name in every if wrong(name))
    return Finding(len(every), len(failing), failing)


def of_rows(failing: Mask, where: Iterable[str] = ()) -> Finding:
    """Judge rows of the data file."""
    count = int(np.count_nonzero(failing))
    return Finding(len(failing), count, tuple(where) if count else ())


def of_cells(columns: dict[str, TextColumn], wrong: Callable[[str], bool]) -> Finding:
    """Judge the cells of some columns; a row fails if any of its cells does."""
    if not columns:
        return Finding(0, 0)
    masks = {name: column.rows_where(wrong) for name, column in columns.items()}
    failing = np.logical_or.reduce(list(masks.values()))
    return of_rows(failing, (name for name, mask in masks.items() if mask.any()))


def of_items(columns: dict[str, TextColumn], wrong: Callable[[str, str], bool]) -> Finding:
    """Judge the distinct texts of some columns: `wrong(column, text)`."""
    pairs = [(name, item) for name, column in columns.items() for item in column.used]
    failing = [name for name, item in pairs if wrong(name, item)]
    return Finding(len(pairs), len(failing), tuple(dict.fromkeys(failing)))


def of_meta(rows: Iterable[dict[str, str]], wrong: Callable[[dict[str, str]], bool]) -> Finding:
    """Judge rows of the meta file."""
    every = list(rows)
    failing = [row.get("col_name", "") for row in every if wrong(row)]
    return Finding(len(every), len(failing), tuple(name for name in failing if name))


def _shortened(places: tuple[str, ...]) -> str:
    """The first few: a reviewer needs to know where, not a page of names."""
    named = ", ".join(places[:_PLACES_NAMED])
    more = len(places) - _PLACES_NAMED
    return f"{named} and {more} more" if more > 0 else named


_PLACES_NAMED = 6

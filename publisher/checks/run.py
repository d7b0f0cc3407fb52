"""Checks protected cells; the only place that says that they are checked."""

from __future__ import annotations

import importlib
import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from publisher.checks.cube import PERIOD_COLUMNS, POLICY_COLUMN, ROW_COLUMNS, line_groups
from publisher.checks.implied import implied_entries
from publisher.checks.screener import screen_data_set, unexpected_files
from publisher.checks.settings import CheckSettings
from publisher.checks.suite_files import Suite, read_suites
from publisher.errors import CheckFailed
from publisher.model.definitions import DataSet, Level
from publisher.model.progress import Progress
from publisher.model.stages import (
    CheckedCells,
    CheckResult,
    Outcome,
    ProtectedCells,
    ProtectedTable,
    ReleaseScope,
    Severity,
)
from publisher.reference.years import TotalsRegime, academic_years

PARAMETERS = ("rounding_base", "percent_decimals", "location_codes", "levels_with_totals")
"""What a file of expectations can refer to as {"$PARAMETER": …}."""


def check_cells(
    protected: ProtectedCells,
    expectations: Path,
    settings: CheckSettings,
    progress: Progress,
    *,
    data_sets: Sequence[DataSet] = (),
) -> CheckedCells:
    """Check every table against its file in `expectations` and against its own definition.

    `data_sets` are further data sets that are defined and not in this release (such as one that
    starts later in the year); their files may be there too.

    Raises:
        CheckFailed: a critical check failed or could not run (a warning too, where set so);
            the message lists them, in numbers of rows.
        ConfigProblem: a file of expectations is missing, unknown or not valid.
        CouldNotRun: the library left an expectation out.
    """
    names = {each.data_set.name for each in protected.tables}
    suites = read_suites(expectations, names | {each.name for each in data_sets}, PARAMETERS)
    with progress.stage("Checking outputs", len(protected.tables) + 1) as advance:
        validation = _validation()
        for suite in suites.values():
            validation.checked_types(suite)
        advance(1)
        results: list[CheckResult] = []
        for table in protected.tables:
            results += _check(validation, protected, table, suites[table.data_set.name], settings)
            advance(1)
    _stop_if_blocked(results, settings)
    return CheckedCells(protected, tuple(results))


def check_files(
    data_folder: Path, data_sets: Sequence[DataSet], settings: CheckSettings, progress: Progress
) -> tuple[CheckResult, ...]:
    """Screen the finished files of `data_sets` (see `screener`) and stop if they may not leave.

    Raises:
        CheckFailed: a critical check failed or could not run (a warning too, where set so).
    """
    with progress.stage("Screening files", len(data_sets)) as advance:
        results: list[CheckResult] = []
        for data_set in data_sets:
            results += screen_data_set(data_folder, data_set, settings)
            advance(1)
        results += unexpected_files(data_folder, data_sets)
    _stop_if_blocked(results, settings)
    return tuple(results)


def with_files_checked(
    checked: CheckedCells, data_folder: Path, settings: CheckSettings, progress: Progress
) -> CheckedCells:
    """The same cells, with what screening their finished files found.

    Raises:
        CheckFailed: a critical check of a file failed or could not run.
    """
    data_sets = [table.data_set for table in checked.protected.tables]
    found = check_files(data_folder, data_sets, settings, progress)
    return CheckedCells(checked.protected, (*checked.results, *found))


def _validation() -> ModuleType:
    """The library, imported only now: it takes seconds, and asks to report use unless told."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    return importlib.import_module("publisher.checks.validation")


def _check(
    validation: ModuleType,
    protected: ProtectedCells,
    table: ProtectedTable,
    suite: Suite,
    settings: CheckSettings,
) -> Iterable[CheckResult]:
    weighted = _weighted(protected.scope)
    entries = (*implied_entries(table.data_set, weighted=weighted), *suite.entries)
    found: tuple[CheckResult, ...] = validation.validate(
        table.data_set.name,
        _with_policy(protected, table),
        entries,
        _parameters(protected, settings, weighted=weighted),
    )
    return found


def _parameters(
    protected: ProtectedCells, settings: CheckSettings, *, weighted: bool
) -> dict[str, object]:
    above = [Level.NATIONAL.value, Level.REGIONAL.value]
    values = (
        protected.summary.rounding_base,
        settings.percent_decimals,
        [place.code for place in protected.scope.locations],
        above if weighted else [each.value for each in Level],
    )
    return dict(zip(PARAMETERS, values, strict=True))


def _weighted(scope: ReleaseScope) -> bool:
    """Whether "All schools" rates are weighted to the census; KeyError if the year is unknown."""
    regimes = {year.code: year.totals for year in academic_years()}
    return regimes[scope.academic_year] is TotalsRegime.WEIGHTED


def _with_policy(protected: ProtectedCells, table: ProtectedTable) -> pd.DataFrame:
    """The table's rows, with `POLICY_COLUMN`: whether disclosure control withholds the row."""
    missing = [name for name in ROW_COLUMNS if name not in table.rows.columns]
    if missing:
        raise CheckFailed(
            f"The table of '{table.data_set.name}' lacks {', '.join(missing)}",
            "Every table has the time, geography and shared filter columns.",
        )
    rows = table.rows.copy(deep=False)
    group, first = line_groups(rows, ROW_COLUMNS)
    withheld = _withheld_keys(protected)
    lines = rows.iloc[first][list(ROW_COLUMNS)].astype(object).to_dict("records")
    hidden = [_key(line) in withheld for line in lines]
    rows[POLICY_COLUMN] = np.asarray(hidden, dtype=np.bool_)[group]
    return rows


def _withheld_keys(protected: ProtectedCells) -> set[tuple[str, ...]]:
    periods = {each.key: each for each in protected.scope.periods}
    found: set[tuple[str, ...]] = set()
    for row in protected.withheld.itertuples(index=False):
        period = periods[str(row.period)]
        when = (period.time_period, period.time_identifier, period.time_frame)
        found.add((*when, str(row.education_phase), str(row.location)))
    return found


def _key(line: Mapping[Hashable, object]) -> tuple[str, ...]:
    codes = (line["new_la_code"], line["region_code"], line["country_code"])
    location = next((code for code in codes if isinstance(code, str) and code), "")
    return (*(str(line[name]) for name in (*PERIOD_COLUMNS, "education_phase")), location)


def _stop_if_blocked(results: Sequence[CheckResult], settings: CheckSettings) -> None:
    blocking = [each for each in results if each.blocks or _warns(each, settings)]
    if not blocking:
        return
    not_run = sum(each.outcome is Outcome.COULD_NOT_RUN for each in blocking)
    raise CheckFailed(
        f"{len(blocking) - not_run} of {len(results)} checks of the outputs failed and "
        f"{not_run} could not run",
        "\n".join(f"- {each.data_set}: {each.words}" for each in blocking),
    )


def _warns(result: CheckResult, settings: CheckSettings) -> bool:
    stopping = settings.warnings_block and result.severity is Severity.WARNING
    return stopping and result.outcome is not Outcome.PASSED

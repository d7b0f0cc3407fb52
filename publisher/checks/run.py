"""Checks protected cells; the only place that says that they are checked."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pandas as pd

from publisher.checks.cube import (
    PERIOD_COLUMNS,
    POLICY_COLUMN,
    ROW_COLUMNS,
    line_groups,
    with_time_frame,
)
from publisher.checks.implied import implied_entries
from publisher.checks.screener import screen_data_set, unexpected_files
from publisher.checks.settings import CheckSettings
from publisher.checks.suite_files import Suite, read_suites
from publisher.checks.wide_rules import days_fit_weeks, figures_repeated
from publisher.errors import CheckFailed
from publisher.model.breakdowns import BREAKDOWN
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
    return (*found, *_as_in_other_tables(protected, table))


def _as_in_other_tables(protected: ProtectedCells, table: ProtectedTable) -> Iterable[CheckResult]:
    if table.data_set.wide:
        yield figures_repeated(table, {each.data_set.name: each for each in protected.tables})
        yield days_fit_weeks(table)


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
    every = with_time_frame(table.rows)
    missing = [name for name in ROW_COLUMNS if name not in every.columns]
    if missing:
        raise CheckFailed(
            f"The table of '{table.data_set.name}' lacks {', '.join(missing)}",
            "Every table has the time, geography and shared filter columns.",
        )
    rows = every.copy(deep=False)
    told_apart = (*ROW_COLUMNS, *table.data_set.group_columns)
    group, first = line_groups(rows, told_apart)
    lines = rows.iloc[first][list(told_apart)].astype(object)
    hidden = _among(lines, protected, protected.withheld)
    if table.data_set.breakdowns:
        lines[BREAKDOWN] = _groups_of_pupils(lines, table.data_set)
        hidden |= _among(lines, protected, protected.withheld_groups)
    rows[POLICY_COLUMN] = hidden[group]
    return rows


def _among(
    lines: pd.DataFrame, protected: ProtectedCells, withheld: pd.DataFrame
) -> npt.NDArray[np.bool_]:
    """Which lines are of a withheld row, or of a withheld group of pupils where it names those."""
    group = [name for name in (BREAKDOWN,) if name in withheld]
    codes = lines["new_la_code"].where(lines["new_la_code"] != "", lines["region_code"])
    location = codes.where(codes != "", lines["country_code"])
    own = [*(lines[name] for name in (*PERIOD_COLUMNS, "education_phase")), location]
    keys = pd.MultiIndex.from_arrays([*own, *(lines[name] for name in group)])
    periods = {each.key: each for each in protected.scope.periods}
    when = [periods[str(key)] for key in withheld["period"]]
    found = pd.MultiIndex.from_arrays(
        [
            *([getattr(each, name) for each in when] for name in PERIOD_COLUMNS),
            *(withheld[name].astype(object) for name in ("education_phase", "location", *group)),
        ]
    )
    return np.asarray(keys.isin(found), dtype=np.bool_)


def _groups_of_pupils(lines: pd.DataFrame, data_set: DataSet) -> list[str]:
    columns = list(data_set.group_columns)
    names = {tuple(item.filters[c] for c in columns): item.breakdown for item in data_set.items}
    return [names.get(each, "") for each in zip(*(lines[c] for c in columns), strict=True)]


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

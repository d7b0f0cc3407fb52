"""Screens finished files as the platform would, and further than it does.

Every check runs, whatever failed before it, so that one run shows everything to mend; a check
that lacks what it needs says "could not run", which stops a release like a failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from publisher.checks.screening import (
    filters,
    general,
    geography,
    house_cells,
    house_figures,
    house_files,
    house_rows,
    meta,
    naming,
    periods,
    standards,
)
from publisher.checks.screening.check import Check, Screening
from publisher.checks.screening.text_table import UnreadableFile, read_text_table
from publisher.checks.settings import CheckSettings
from publisher.model.definitions import DataSet
from publisher.model.stages import CheckResult, Outcome, Severity

SCREENER_CHECKS: tuple[Check, ...] = (
    *naming.CHECKS,
    *meta.CHECKS,
    *periods.CHECKS_BEFORE,
    *filters.CHECKS_BEFORE,
    *geography.CHECKS_BEFORE,
    *periods.CHECKS,
    *filters.CHECKS,
    *geography.CHECKS,
    *general.CHECKS,
    *standards.CHECKS,
    *standards.CHECKS_FOR_API,
)
"""The platform's own checks, in its order."""

HOUSE_CHECKS: tuple[Check, ...] = (
    *house_files.CHECKS_OF_NAMES,
    *house_files.CHECKS,
    *house_cells.CHECKS,
    *house_rows.CHECKS,
    *house_figures.CHECKS,
)
"""What the platform does not look at."""

ALL_CHECKS = (*SCREENER_CHECKS, *HOUSE_CHECKS)
API_CHECKS = frozenset(each.name for each in standards.CHECKS_FOR_API)


def screen_files(
    data_folder: Path, data_sets: Sequence[DataSet], settings: CheckSettings
) -> tuple[CheckResult, ...]:
    """Read `<data_set>.csv` and `<data_set>.meta.csv` back and apply every check.

    A file that cannot be read gives one failed `file_read`; a CSV file in the folder that belongs
    to none of `data_sets` gives a failed `file_expected`. Nothing is raised for what is found.
    """
    results = [
        result
        for data_set in data_sets
        for result in screen_data_set(data_folder, data_set, settings)
    ]
    return (*results, *unexpected_files(data_folder, data_sets))


def screen_data_set(
    data_folder: Path, data_set: DataSet, settings: CheckSettings
) -> tuple[CheckResult, ...]:
    """Apply every check to the two files of one data set."""
    data_path, meta_path = _files_of(data_folder, data_set)
    return tuple(_screen(data_set, data_path, meta_path, settings))


def unexpected_files(data_folder: Path, data_sets: Sequence[DataSet]) -> tuple[CheckResult, ...]:
    """A failure for each CSV file that belongs to none of `data_sets`."""
    claimed = {path for data_set in data_sets for path in _files_of(data_folder, data_set)}
    return tuple(_unexpected(path for path in _csv_files(data_folder) if path not in claimed))


def _csv_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.[cC][sS][vV]"))


def _files_of(folder: Path, data_set: DataSet) -> tuple[Path, Path]:
    found = _csv_files(folder)
    return (
        _file_of(found, folder, f"{data_set.name}.csv"),
        _file_of(found, folder, f"{data_set.name}.meta.csv"),
    )


def _file_of(found: Iterable[Path], folder: Path, name: str) -> Path:
    """The file called `name`, or one whose name differs only in case and punctuation.

    A file that is nearly named right is screened, so that the checks of names can say what is
    wrong with it.
    """
    near = [path for path in found if _plain(path.name) == _plain(name)]
    exact = folder / name
    return exact if exact in near or not near else near[0]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _screen(
    data_set: DataSet, data_path: Path, meta_path: Path, settings: CheckSettings
) -> Iterator[CheckResult]:
    tables = {}
    for path in (data_path, meta_path):
        try:
            tables[path] = read_text_table(path)
        except UnreadableFile as problem:
            yield _failed("file_read", data_set.name, f"'{path.name}' cannot be read: {problem}.")
    if len(tables) < 2:  # noqa: PLR2004  (the data file and its meta file)
        return
    screening = Screening(
        data_set, data_path, meta_path, tables[data_path], tables[meta_path], settings
    )
    yield _read(screening)
    for check in ALL_CHECKS:
        yield check.result(screening)


def _read(screening: Screening) -> CheckResult:
    rows = screening.data.rows
    if not rows:
        words = f"'{screening.data_path.name}' has no rows."
        return _failed("file_read", screening.data_set.name, words)
    return CheckResult(
        name="file_read",
        data_set=screening.data_set.name,
        severity=Severity.CRITICAL,
        outcome=Outcome.PASSED,
        words=f"The data file and its meta file can be read: {rows:,} rows.",
        rows_checked=rows,
    )


def _unexpected(paths: Iterable[Path]) -> Iterator[CheckResult]:
    for path in paths:
        words = f"'{path.name}' belongs to no data set; everything in the folder is published."
        yield _failed("file_expected", path.name, words)


def _failed(name: str, data_set: str, words: str) -> CheckResult:
    return CheckResult(name, data_set, Severity.CRITICAL, Outcome.FAILED, words, 1, 1)

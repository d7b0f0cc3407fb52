"""Wide files that are right pass every check; a figure that is another than published is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.catalogue import EVERY_FILE, WIDE_FILES
from publisher.checks.run import check_cells
from publisher.checks.screener import screen_files
from publisher.checks.settings import CheckSettings
from publisher.disclosure.wide import with_wide_files
from publisher.errors import CheckFailed
from publisher.model.progress import Silent
from publisher.model.stages import CheckedCells, Outcome, ProtectedCells, Severity
from publisher.model.status import CellStatus
from publisher.render.csv_files import write_csv_files
from publisher.render.edition import DATA_FOLDER, Edition
from publisher.render.meta_files import write_meta_files
from publisher.render.settings import PublicationSettings
from tests.unit.checks.world import protected, world


@pytest.fixture(scope="module")
def cells() -> ProtectedCells:
    """Wide files with what they repeat."""
    return with_wide_files(protected(world(authorities=4)), WIDE_FILES)


def check(cells: ProtectedCells) -> None:
    check_cells(cells, Path("expectations"), CheckSettings(), Silent(), data_sets=EVERY_FILE)


def changed(cells: ProtectedCells, name: str, line: int, **figures: object) -> ProtectedCells:
    table = cells.table(name)
    rows = table.rows.copy()
    for column, value in figures.items():
        rows.loc[line, column] = value
    tables = [replace(table, rows=rows) if each is table else each for each in cells.tables]
    return replace(cells, tables=tuple(tables))


def line_of(cells: ProtectedCells, name: str, status: CellStatus) -> int:
    statuses = cells.table(name).rows["possible_sessions_status"]
    return int((statuses == status).to_numpy().argmax())


def test_right_wide_files_pass(cells: ProtectedCells) -> None:
    check(cells)


@pytest.mark.parametrize("name", ["daily", "weekly", "year_to_date"])
def test_another_figure_is_found(name: str, cells: ProtectedCells) -> None:
    line = line_of(cells, name, CellStatus.SHOWN)
    with pytest.raises(CheckFailed, match=f"{name}: Every figure is that of its own data set"):
        check(changed(cells, name, line, overall_absence=70.0))


def test_a_withheld_figure_that_is_shown_is_found(cells: ProtectedCells) -> None:
    line = line_of(cells, "weekly", CellStatus.WITHHELD)
    shown = {"possible_sessions": 120.0, "possible_sessions_status": CellStatus.SHOWN.value}
    with pytest.raises(CheckFailed, match="weekly: Every figure is that of its own data set"):
        check(changed(cells, "weekly", line, **shown))


def test_a_day_of_another_week_is_found(cells: ProtectedCells) -> None:
    later = cells.table("daily").data_set.filters[1].items[-1]
    with pytest.raises(CheckFailed, match="daily: Every day lies in its week"):
        check(changed(cells, "daily", 0, attendance_date=later))


def screened(cells: ProtectedCells, folder: Path) -> list[str]:
    edition = Edition(CheckedCells(cells), PublicationSettings())
    (folder / DATA_FOLDER).mkdir(parents=True)
    write_csv_files(edition, folder, Silent())
    write_meta_files(edition, folder, Silent())
    data_sets = [each.data_set for each in cells.tables]
    results = screen_files(folder / DATA_FOLDER, data_sets, CheckSettings())
    failed = [each for each in results if each.outcome is not Outcome.PASSED]
    return sorted({each.name for each in failed if each.severity is Severity.CRITICAL})


def test_finished_wide_files_pass_the_screener(cells: ProtectedCells, tmp_path: Path) -> None:
    assert screened(cells, tmp_path) == []


def test_a_rate_that_is_not_that_of_the_counts_beside_it_is_found_in_the_file(
    cells: ProtectedCells, tmp_path: Path
) -> None:
    line = line_of(cells, "weekly", CellStatus.SHOWN)
    wrong = changed(cells, "weekly", line, overall_absence_percent=99.99)
    assert "ind_percent_of_counts" in screened(wrong, tmp_path)

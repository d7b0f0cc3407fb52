"""Groups of pupils, counted and protected from marks: right cells pass, spoilt ones are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE, EVERY_FILE
from publisher.checks.run import check_cells
from publisher.checks.screener import screen_files
from publisher.checks.settings import CheckSettings
from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.errors import CheckFailed
from publisher.model.progress import Silent
from publisher.model.stages import CheckedCells, Outcome, ProtectedCells, Severity
from publisher.model.time import IsoWeek
from publisher.render.csv_files import write_csv_files
from publisher.render.edition import DATA_FOLDER, Edition
from publisher.render.meta_files import write_meta_files
from publisher.render.settings import PublicationSettings
from tests.properties.snapshot_of import snapshot_of
from tests.spec.given_expected import feed_of

NAME = "absence_by_characteristic"
AREAS = ("E06000001", "E06000005", "E09000007", "E09000002")


def given() -> str:
    """Four authorities with four schools in two phases, twenty girls and twenty boys in each."""
    lines = []
    for area in AREAS:
        for n, phase in enumerate(("Primary", "Primary", "Primary", "Primary", *["Secondary"] * 4)):
            school = f"{area}{n}"
            lines.append(f"school {school} {area} {phase}")
            names = [f"P{school[-5:]}{k:02}" for k in range(40)]
            sex = ("Female", "Male")
            lines += [
                f"pupil {name} {school} sex={sex[k % 2]} year_group={6 + n // 4} ehc_plan=yes"
                for k, name in enumerate(names)
            ]
            lines.append(f"marks {','.join(names)} 2025-09-15..2025-09-19 I /")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> ProtectedCells:
    folder = tmp_path_factory.mktemp("groups")
    true = count(
        snapshot_of(feed_of(given()), folder, datetime.fromisoformat("2026-09-01")),
        IsoWeek(2025, 38),
        CATALOGUE,
        EngineSettings(memory_limit="500MB", threads=1),
        MethodSettings(),
        Silent(),
    )
    return protect(true, Policy(), Ledger.empty(), bytes(range(32)), Silent())


def check(cells: ProtectedCells) -> None:
    check_cells(cells, Path("expectations"), CheckSettings(), Silent(), data_sets=EVERY_FILE)


def spoilt(
    cells: ProtectedCells, column: str, line: int, value: float, status: str, name: str = NAME
) -> ProtectedCells:
    table = cells.table(name)
    rows = table.rows.copy()
    rows.loc[line, column], rows.loc[line, f"{column}_status"] = value, status
    tables = [replace(table, rows=rows) if each is table else each for each in cells.tables]
    return replace(cells, tables=tuple(tables))


def line_of(cells: ProtectedCells, status: str, **wanted: str) -> int:
    rows = cells.table(NAME).rows
    match = rows["session_count_status"] == status
    for column, word in wanted.items():
        match &= rows[column] == word
    return int(np.flatnonzero(match)[0])


def test_groups_are_shown_and_pass_every_check(cells: ProtectedCells) -> None:
    check(cells)
    boys = line_of(cells, "shown", breakdown="Male", time_frame="Week")
    assert cells.table(NAME).rows.loc[boys, "session_percent"] == 50.0
    assert line_of(cells, "withheld", breakdown="Unknown") >= 0


def test_a_total_that_is_not_that_of_its_groups_is_found(cells: ProtectedCells) -> None:
    line = line_of(cells, "shown", breakdown="Male", geographic_level="National")
    wrong = cells.table(NAME).rows.loc[line, "session_count"] + 5000
    with pytest.raises(CheckFailed, match="groups of pupils of each topic add up"):
        check(spoilt(cells, "session_count", line, wrong, "shown"))


def test_a_group_that_is_not_the_sum_of_finer_groups_is_found(cells: ProtectedCells) -> None:
    rows = cells.table("transition").rows
    shown = (rows["sen_provision"] != "Total") & (rows["enrolments_count_status"] == "shown")
    assert shown.any()
    line = int(np.flatnonzero(shown)[0])
    wrong = spoilt(cells, "enrolments_count", line, 70000, "shown", "transition")
    with pytest.raises(CheckFailed, match="transition: The groups of pupils of each topic add up"):
        check(wrong)


def test_a_withheld_group_that_is_shown_is_found(cells: ProtectedCells) -> None:
    line = line_of(cells, "withheld", breakdown="Unknown", breakdown_topic="Sex")
    with pytest.raises(CheckFailed, match="withholds show no figure"):
        check(spoilt(cells, "session_count", line, 0.0, "shown"))


def test_a_withheld_group_that_is_not_remembered_is_found(cells: ProtectedCells) -> None:
    forgotten = replace(cells, withheld_groups=cells.withheld_groups.iloc[1:])
    with pytest.raises(CheckFailed, match="no other row is withheld"):
        check(forgotten)


def test_a_group_that_is_missing_is_found(cells: ProtectedCells) -> None:
    table = cells.table(NAME)
    rows = table.rows[table.rows["breakdown"] != "Unknown"]
    tables = [replace(table, rows=rows) if each is table else each for each in cells.tables]
    with pytest.raises(CheckFailed, match="line for each item"):
        check(replace(cells, tables=tuple(tables)))


def screened(cells: ProtectedCells, folder: Path) -> list[str]:
    """The checks of the finished files that do not pass, but for those of the platform's words."""
    edition = Edition(CheckedCells(cells), PublicationSettings())
    (folder / DATA_FOLDER).mkdir(parents=True)
    write_csv_files(edition, folder, Silent())
    write_meta_files(edition, folder, Silent())
    data_sets = [each.data_set for each in cells.tables]
    results = screen_files(folder / DATA_FOLDER, data_sets, CheckSettings())
    failed = [each for each in results if each.outcome is not Outcome.PASSED]
    return sorted({each.name for each in failed if each.severity is Severity.CRITICAL})


def test_finished_files_pass_the_screener(cells: ProtectedCells, tmp_path: Path) -> None:
    assert screened(cells, tmp_path) == []


def test_a_total_of_groups_that_is_wrong_in_the_files_is_found(
    cells: ProtectedCells, tmp_path: Path
) -> None:
    line = line_of(cells, "shown", breakdown="Male", geographic_level="National")
    wrong = cells.table(NAME).rows.loc[line, "session_count"] + 5000
    assert "total_of_groups" in screened(
        spoilt(cells, "session_count", line, wrong, "shown"), tmp_path
    )

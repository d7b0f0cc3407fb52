"""CSV files: read back with another reader, cell by cell."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import CheckFailed
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.progress import Silent
from publisher.model.stages import CheckedCells, ProtectedTable
from publisher.model.status import CellStatus
from publisher.render import columns
from publisher.render.csv_files import line, write_csv_files
from publisher.render.edition import Edition
from publisher.render.settings import PublicationSettings
from tests.unit.render.data_cells import checked_cells, some_places

BY_STATUS = {"withheld": "c", "not available": "x", "not applicable": "z", "rounds to zero": "low"}


@pytest.fixture(scope="module")
def cells() -> CheckedCells:
    return checked_cells(weeks=1, places=some_places()[:8], withheld_share=0.2)


def written(cells: CheckedCells, folder: Path) -> dict[str, bytes]:
    (folder / "data").mkdir(exist_ok=True)
    write_csv_files(Edition(cells, PublicationSettings()), folder, Silent())
    return {path.stem: path.read_bytes() for path in (folder / "data").iterdir()}


def changed(
    cells: CheckedCells, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> CheckedCells:
    tables = tuple(
        ProtectedTable(each.data_set, change(each.rows.copy()))
        if each.data_set.name == name
        else each
        for each in cells.protected.tables
    )
    return CheckedCells(replace(cells.protected, tables=tables))


def expected_cell(value: object, status: str, *, percent: bool) -> str:
    if status == "shown" and isinstance(value, str):
        return value
    if status == "shown":
        return f"{value:.2f}" if percent else f"{value:.0f}"
    return BY_STATUS.get(status, "")


def test_every_cell_is_the_figure_or_its_symbol(cells: CheckedCells, tmp_path: Path) -> None:
    files = written(cells, tmp_path)
    for table in cells.protected.tables:
        read = list(csv.DictReader(io.StringIO(files[table.data_set.name].decode())))
        rows = table.rows
        assert len(read) == len(rows)
        for each in table.data_set.indicators:
            expected = [
                expected_cell(value, status, percent=each.unit.value == "%")
                for value, status in zip(
                    rows[each.column], rows[f"{each.column}_status"].astype(str), strict=True
                )
            ]
            assert [row[each.column] for row in read] == expected
        for column in columns.key_columns(table.data_set):
            assert [row[column] for row in read] == rows[column].astype(str).tolist()


def test_the_small_release_has_every_kind_of_cell(cells: CheckedCells, tmp_path: Path) -> None:
    text = written(cells, tmp_path)
    assert b",c,c," in text["attendance_reasons"]
    assert b",x," in text["attendance_reasons"]
    assert b",z\n" in text["persistent_absence"]


def test_header_is_time_geography_filters_indicators(cells: CheckedCells, tmp_path: Path) -> None:
    first = written(cells, tmp_path)["attendance_reasons"].split(b"\n")[0].decode()
    assert first.split(",") == [
        "time_period",
        "time_identifier",
        *GEOGRAPHY_COLUMNS,
        "education_phase",
        "attendance_status",
        "attendance_type",
        "attendance_reason",
        "time_frame",
        "session_count",
        "session_percent",
        "reference_date",
    ]


def test_bytes_are_utf8_without_mark_and_lines_end_in_lf(
    cells: CheckedCells, tmp_path: Path
) -> None:
    for content in written(cells, tmp_path).values():
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        assert content.endswith(b"\n")
        assert not content.endswith(b"\n\n")


@pytest.mark.parametrize("rows", [1, 7, 59])
def test_the_length_of_chunks_does_not_show(
    cells: CheckedCells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    small = cells
    for table in cells.protected.tables:
        small = changed(small, table.data_set.name, lambda frame: frame.head(60))
    whole = written(small, tmp_path)
    monkeypatch.setattr(columns, "ROWS_AT_A_TIME", rows)
    assert written(small, tmp_path) == whole


def test_words_with_commas_quotes_and_breaks_survive(cells: CheckedCells, tmp_path: Path) -> None:
    odd = 'Herefordshire, "County" of\nHéreford'

    def rename(frame: pd.DataFrame) -> pd.DataFrame:
        names = frame["la_name"].cat.categories
        frame["la_name"] = frame["la_name"].cat.rename_categories({names[-1]: odd})
        return frame

    content = written(changed(cells, "schools_submitting", rename), tmp_path)
    read = list(csv.DictReader(io.StringIO(content["schools_submitting"].decode(), newline="")))
    assert odd in {row["la_name"] for row in read}
    assert content["schools_submitting"].count(b'"') == 6 * sum(
        row["la_name"] == odd for row in read
    )


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=2))
def test_any_words_are_read_back_as_they_were(words: list[str]) -> None:
    assert next(csv.reader(io.StringIO(line(words), newline=""), strict=True)) == words


@given(st.lists(st.text("abc äé()/-'", min_size=1), min_size=2))
def test_plain_words_are_not_quoted(words: list[str]) -> None:
    assert line(words) == ",".join(words) + "\n"


def first_row(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        values = frame[column].astype(object)
        values.iloc[0] = value
        kind = frame[column].dtype
        keep = isinstance(value, float) or not isinstance(kind, pd.CategoricalDtype)
        frame[column] = values.astype(kind if keep else "category")
        return frame

    return change


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("session_count", np.nan, "no value where one is to be shown"),
        ("session_count", np.inf, "too large"),
        ("session_count_status", CellStatus.WITHHELD.value, "where none may be shown"),
        ("session_count_status", CellStatus.ROUNDS_TO_ZERO.value, "where none may be shown"),
        ("session_count_status", "suppressed", "not a status"),
        ("session_count_status", np.nan, "without a status"),
        ("reference_date", "", "no value where one is to be shown"),
        ("reference_date_status", CellStatus.EMPTY.value, "where none may be shown"),
        ("education_phase", np.nan, "has gaps"),
    ],
)
def test_figures_and_statuses_that_disagree_stop_the_run(
    cells: CheckedCells, tmp_path: Path, column: str, value: object, words: str
) -> None:
    broken = changed(cells, "attendance_reasons", first_row(column, value))
    with pytest.raises(CheckFailed, match=words):
        written(broken, tmp_path)


def test_errors_tell_no_figure(cells: CheckedCells, tmp_path: Path) -> None:
    telling = changed(cells, "attendance_reasons", first_row("session_count", 987654))
    hidden = changed(
        telling,
        "attendance_reasons",
        first_row("session_count_status", CellStatus.WITHHELD.value),
    )
    with pytest.raises(CheckFailed) as caught:
        written(hidden, tmp_path)
    assert "987654" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.assign(pupils=1),
        lambda frame: frame.drop(columns="session_percent_status"),
        lambda frame: frame.assign(la_name=frame["la_name"].astype(str)),
    ],
)
def test_columns_that_are_not_declared_stop_the_run(
    cells: CheckedCells, tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    with pytest.raises(CheckFailed):
        written(changed(cells, "attendance_reasons", change), tmp_path)


def test_a_withheld_figure_is_nowhere_in_the_file(tmp_path: Path) -> None:
    cells = checked_cells(weeks=1, places=some_places()[:8], withheld_share=1.0)
    read = csv.DictReader(io.StringIO(written(cells, tmp_path)["attendance_reasons"].decode()))
    local = [row for row in read if row["geographic_level"] == "Local authority"]
    assert local
    assert {row["session_count"] for row in local} == {"c"}
    assert {row["session_percent"] for row in local} == {"c", "x"}


def test_an_edition_shows_its_name_and_no_figures(cells: CheckedCells) -> None:
    shown = repr(Edition(cells, PublicationSettings()))
    assert shown == "Edition(pupil-attendance-in-schools_2025-week-45)"

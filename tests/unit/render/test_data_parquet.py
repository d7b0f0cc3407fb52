"""Parquet files: the CSV's figures, typed, each with its status."""

import csv
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publisher.model.progress import Silent
from publisher.model.stages import CheckedCells
from publisher.render import columns
from publisher.render.csv_files import write_csv_files
from publisher.render.edition import Edition
from publisher.render.parquet_files import write_parquet_files
from publisher.render.settings import PublicationSettings
from publisher.render.symbols import csv_symbol
from tests.unit.render.data_cells import checked_cells, some_places


@pytest.fixture(scope="module")
def cells() -> CheckedCells:
    return checked_cells(weeks=1, places=some_places()[:8], withheld_share=0.2)


@pytest.fixture(scope="module")
def public(cells: CheckedCells, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("public")
    (folder / "data").mkdir()
    edition = Edition(cells, PublicationSettings())
    for write in (write_csv_files, write_parquet_files):
        write(edition, folder, Silent())
    return folder


def test_parquet_says_what_the_csv_says(cells: CheckedCells, public: Path) -> None:
    for table in cells.protected.tables:
        name = table.data_set.name
        read = pq.read_table(public / "data" / f"{name}.parquet").to_pydict()
        rows = list(csv.DictReader(io.StringIO((public / "data" / f"{name}.csv").read_text())))
        for column in columns.key_columns(table.data_set):
            assert read[column] == [row[column] for row in rows]
        for each in table.data_set.indicators:
            decimals = 2 if each.unit.value == "%" else 0
            shown = [
                value if value is None or not isinstance(value, float) else f"{value:.{decimals}f}"
                for value in read[each.column]
            ]
            assert [
                str(value) if value is not None else csv_symbol(status)
                for value, status in zip(shown, read[f"{each.column}_status"], strict=True)
            ] == [row[each.column] for row in rows]


def test_figures_have_types_and_words_are_dictionaries(public: Path) -> None:
    schema = pq.read_table(public / "data" / "attendance_reasons.parquet").schema
    assert schema.field("session_count").type == pa.int64()
    assert schema.field("session_percent").type == pa.float64()
    assert schema.field("reference_date").type == pa.date32()
    for name in ("time_period", "la_name", "attendance_reason", "session_count_status"):
        assert pa.types.is_dictionary(schema.field(name).type)


def test_a_hidden_figure_is_null(public: Path) -> None:
    read = pq.read_table(public / "data" / "attendance_reasons.parquet").to_pydict()
    for name in ("session_count", "session_percent", "reference_date"):
        assert {
            (value is None) == (status != "shown")
            for value, status in zip(read[name], read[f"{name}_status"], strict=True)
        } == {True}


def test_the_file_says_what_it_is(public: Path) -> None:
    about = pq.read_schema(public / "data" / "attendance_reasons.parquet").metadata
    assert about[b"title"] == b"Reasons for absence and attendance"
    assert about[b"release"] == b"Week 45 2025"
    assert about[b"licence"] == b"Open Government Licence v3.0"
    assert b"withheld: withheld to protect confidentiality" in about[b"status_meanings"]


def test_row_groups_of_any_length_hold_the_same_table(
    cells: CheckedCells, public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "ROWS_AT_A_TIME", 1000)
    (tmp_path / "data").mkdir()
    write_parquet_files(Edition(cells, PublicationSettings()), tmp_path, Silent())
    for path in (tmp_path / "data").iterdir():
        assert pq.read_table(path).equals(pq.read_table(public / "data" / path.name))

"""Metadata files and data packages: what they promise of the CSV files."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.catalogue import CATALOGUE
from publisher.errors import CheckFailed
from publisher.model.progress import Silent
from publisher.model.stages import CheckedCells, ProtectedTable
from publisher.render.csv_files import write_csv_files
from publisher.render.data_package import write_data_package
from publisher.render.edition import Edition
from publisher.render.meta_files import META_COLUMNS, meta_rows, write_meta_files
from publisher.render.settings import PublicationSettings
from tests.unit.render.data_cells import checked_cells, some_places


@pytest.fixture(scope="module")
def cells() -> CheckedCells:
    return checked_cells(weeks=1, places=some_places()[:8])


@pytest.fixture(scope="module")
def public(cells: CheckedCells, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("public")
    (folder / "data").mkdir()
    edition = Edition(cells, PublicationSettings())
    for write in (write_csv_files, write_meta_files, write_data_package):
        write(edition, folder, Silent())
    return folder


def test_meta_has_a_row_per_filter_with_a_choice_and_indicator(
    cells: CheckedCells, public: Path
) -> None:
    for data_set in CATALOGUE:
        text = (public / "data" / f"{data_set.name}.meta.csv").read_bytes().decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        assert text.startswith(",".join(META_COLUMNS) + "\n")
        lines = list(csv.DictReader((public / "data" / f"{data_set.name}.csv").open()))
        choices = [
            each for each in data_set.filters if len({line[each.column] for line in lines}) > 1
        ]
        assert [row["col_name"] for row in rows] == [
            *(each.column for each in choices),
            *data_set.indicator_columns,
        ]
        assert {row["filter_grouping_column"] for row in rows} == {""}
        for row, each in zip(rows, choices, strict=False):
            assert row["col_type"] == "Filter"
            assert (row["label"], row["filter_hint"]) == (each.label, each.hint)
            assert row["filter_default"] == each.default
            assert row["indicator_dp"] == row["indicator_unit"] == row["indicator_grouping"] == ""
        for row, one in zip(rows[len(choices) :], data_set.indicators, strict=True):
            assert row["col_type"] == "Indicator"
            assert row["indicator_unit"] == one.unit.value
            assert row["indicator_dp"] == str(one.decimal_places)
            assert row["filter_hint"] == row["filter_default"] == ""


def test_a_filter_without_a_choice_has_no_row_and_keeps_its_column(cells: CheckedCells) -> None:
    table = cells.protected.table("persistent_absence")
    frame = table.rows[table.rows["time_frame"] == "Year to date"]
    rows = list(meta_rows(ProtectedTable(table.data_set, frame)))
    assert "time_frame" in frame
    assert "time_frame" not in {row[0] for row in rows}
    assert "education_phase" in {row[0] for row in rows}


def test_a_default_that_no_row_has_is_left_blank(cells: CheckedCells) -> None:
    table = cells.protected.table("attendance_reasons")
    frame = table.rows[table.rows["time_frame"] != "Week"]
    defaults = {row[0]: row[-1] for row in meta_rows(ProtectedTable(table.data_set, frame))}
    assert defaults["time_frame"] == ""
    assert defaults["education_phase"] == "All schools"


def test_a_default_that_is_no_item_stops_the_run(cells: CheckedCells) -> None:
    table = cells.protected.table("attendance_reasons")
    first, *others = table.data_set.filters
    wrong = replace(table.data_set, filters=(replace(first, default="All school"), *others))
    with pytest.raises(CheckFailed, match="All school"):
        list(meta_rows(ProtectedTable(wrong, table.rows)))


def test_the_data_package_describes_the_files_beside_it(public: Path) -> None:
    package = json.loads((public / "datapackage.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in package["resources"]] == [each.name for each in CATALOGUE]
    assert package["licenses"][0]["name"] == "OGL-UK-3.0"
    for resource in package["resources"]:
        content = (public / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
        header = content.split(b"\n", 1)[0].decode().split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header


def test_every_cell_is_of_the_type_that_the_data_package_says(public: Path) -> None:
    package = json.loads((public / "datapackage.json").read_text(encoding="utf-8"))
    patterns = {"integer": r"-?\d+", "number": r"-?\d+\.\d\d", "date": r"\d{4}-\d\d-\d\d"}
    import re

    for resource in package["resources"]:
        schema = resource["schema"]
        missing = {each["value"] for each in schema["missingValues"]}
        rows = list(csv.DictReader(io.StringIO((public / resource["path"]).read_text())))
        keys = [tuple(row[name] for name in schema["uniqueKeys"][0]) for row in rows]
        assert len(set(keys)) == len(rows)
        for field in schema["fields"]:
            found = {row[field["name"]] for row in rows}
            assert found <= set(field.get("categories", found))
            if field["type"] != "string":
                odd = {
                    cell
                    for cell in found - missing
                    if not re.fullmatch(patterns[field["type"]], cell)
                }
                assert not odd, (field["name"], sorted(odd)[:3])


def test_the_data_package_has_sorted_keys_and_ends_in_a_newline(public: Path) -> None:
    text = (public / "datapackage.json").read_text(encoding="utf-8")
    again = json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    assert text == again

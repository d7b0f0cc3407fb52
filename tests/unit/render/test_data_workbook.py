"""The workbook: read back with another library, against the CSV files and the checklist."""

import csv
import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from publisher.catalogue import CATALOGUE
from publisher.errors import ConfigProblem, CouldNotRun
from publisher.model.progress import Silent
from publisher.model.stages import CheckedCells, ProtectedTable
from publisher.model.time import IsoWeek
from publisher.render import open_document
from publisher.render.csv_files import write_csv_files
from publisher.render.edition import Edition
from publisher.render.headline_layouts import reason_words
from publisher.render.headline_tables import week_words
from publisher.render.open_document import write_open_document
from publisher.render.settings import PublicationSettings
from publisher.render.workbook import write_workbook
from tests.unit.render.data_cells import checked_cells, some_places

STEM = "pupil-attendance-in-schools_2025-week-45"
PHASES = ("Primary", "Secondary", "Special", "All schools")


@pytest.fixture(scope="module")
def cells() -> CheckedCells:
    return checked_cells(weeks=2, places=some_places(), withheld_share=0.1)


def folder_for(base: Path) -> Path:
    for name in ("data", "tables"):
        (base / name).mkdir(parents=True, exist_ok=True)
    return base


@pytest.fixture(scope="module")
def public(cells: CheckedCells, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = folder_for(tmp_path_factory.mktemp("public"))
    edition = Edition(cells, PublicationSettings())
    write_csv_files(edition, folder, Silent())
    write_workbook(edition, folder, Silent())
    return folder


@pytest.fixture(scope="module")
def book(public: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(public / "tables" / f"{STEM}.xlsx")


@pytest.fixture(scope="module")
def data(public: Path) -> dict[str, list[dict[str, str]]]:
    return {
        path.stem: list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        for path in (public / "data").iterdir()
    }


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    """The marked-up table of a sheet, as its header names it."""
    (table,) = sheet.tables.values()
    header, *rows = [[cell.value for cell in row] for row in sheet[table.ref]]
    return [dict(zip(header, row, strict=True)) for row in rows]


def as_in_csv(value: object) -> str:
    """A cell of the workbook as it stands in the CSV file."""
    if isinstance(value, str):
        return value.strip("[]")
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def same(cell: object, in_csv: str) -> bool:
    return as_in_csv(cell) == in_csv or (
        isinstance(cell, int | float) and float(cell) == float(in_csv)
    )


def above_authorities(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row["geographic_level"] != "Local authority"]


def only(rows: list[dict[str, str]], **wanted: str) -> dict[str, str]:
    found = [row for row in rows if all(row[name] == item for name, item in wanted.items())]
    assert len(found) == 1, wanted
    return found[0]


def test_england_table_is_that_of_the_csv(
    book: openpyxl.Workbook, data: dict[str, list[dict[str, str]]]
) -> None:
    rows, source_rows = rows_of(book["Table_1"]), above_authorities(data["attendance_reasons"])
    assert [(row["Education phase"], row["Time frame"]) for row in rows] == [
        (phase, frame) for frame in ("Week 45 2025", "Year to date") for phase in PHASES
    ]
    for row in rows:
        for reason in PublicationSettings().table_reasons:
            source = only(
                source_rows,
                time_period="2025",
                time_identifier="Week 45",
                geographic_level="National",
                education_phase=row["Education phase"],
                time_frame=row["Time frame"].replace(" 45 2025", ""),
                attendance_reason=reason,
            )
            assert same(row[f"{reason_words(reason)} (%)"], source["session_percent"])


def test_authority_tables_are_those_of_the_csv(
    book: openpyxl.Workbook, data: dict[str, list[dict[str, str]]]
) -> None:
    for sheet, frame in (("Table_3", "Week"), ("Table_4", "Year to date")):
        rows = rows_of(book[sheet])
        source = [
            row
            for row in data["attendance_reasons"]
            if row["geographic_level"] == "Local authority"
            and row["time_identifier"] == "Week 45"
            and row["time_frame"] == frame
        ]
        assert [row["Local authority"] for row in rows] == sorted(
            {row["la_name"] for row in source}
        )
        index = {
            (row["new_la_code"], row["attendance_reason"], row["education_phase"]): row
            for row in source
        }
        symbols = set()
        for row in rows:
            for rate in ("Overall attendance", "Overall absence"):
                for phase in PHASES:
                    cell = row[f"{rate}: {phase} (%)"]
                    key = (row["Local authority code"], rate, phase)
                    if key not in index:
                        assert cell == "[z]"
                    else:
                        assert same(cell, index[key]["session_percent"])
                    symbols.add(cell if isinstance(cell, str) else "number")
        assert symbols >= {"[c]", "number"}


def test_other_tables_are_those_of_the_csv(
    book: openpyxl.Workbook, data: dict[str, list[dict[str, str]]]
) -> None:
    source_rows = above_authorities(data["attendance_reasons"])
    for row in rows_of(book["Table_2"]):
        level = "National" if row["Area"] == "England" else "Regional"
        place = {} if level == "National" else {"region_code": row["Area code"]}
        source = only(
            source_rows,
            geographic_level=level,
            time_identifier="Week 45",
            education_phase=row["Education phase"],
            time_frame=row["Time frame"].replace(" 45 2025", ""),
            attendance_reason="Illness (i)",
            **place,
        )
        assert same(row["Illness, code I (%)"], source["session_percent"])
    weekly = rows_of(book["Table_5"])
    assert [row["Week"] for row in weekly] == ["Week 44 2025"] * 4 + ["Week 45 2025"] * 4
    assert weekly[4]["Week starting"] == "3 November 2025"
    for row in weekly:
        source = only(
            source_rows,
            geographic_level="National",
            time_identifier=row["Week"].removesuffix(" 2025"),
            education_phase=row["Education phase"],
            time_frame="Week",
            attendance_reason="Overall absence",
        )
        assert same(row["Overall absence (%)"], source["session_percent"])


def test_schools_and_persistent_absence_are_those_of_the_csv(
    book: openpyxl.Workbook, data: dict[str, list[dict[str, str]]]
) -> None:
    for row in rows_of(book["Table_6"]):
        level = "National" if row["Area"] == "England" else "Regional"
        source = only(
            data["schools_submitting"],
            geographic_level=level,
            region_code="" if level == "National" else row["Area code"],
            time_identifier="Week 45",
            education_phase=row["Education phase"],
            time_frame="Week",
        )
        assert same(row["Number of schools submitting"], source["school_submitted_count"])
        assert same(row["Number of schools"], source["school_all_count"])
    for row in rows_of(book["Table_7"]):
        level = "National" if row["Area"] == "England" else "Regional"
        for item in ("Persistent absence", "Severe absence", "Total pupils"):
            source = only(
                data["persistent_absence"],
                geographic_level=level,
                region_code="" if level == "National" else row["Area code"],
                education_phase=row["Education phase"],
                time_frame=row["Time frame"],
                absence_type=item,
            )
            name = "All pupil enrolments" if item == "Total pupils" else item
            assert same(row[f"{name} (number)"], source["enrolments_count"])
            if item != "Total pupils":
                assert same(row[f"{name} (%)"], source["enrolments_percent"])


def without(cells: CheckedCells, drop: Callable[[pd.DataFrame], pd.Series]) -> openpyxl.Workbook:
    tables = tuple(
        ProtectedTable(each.data_set, each.rows[~drop(each.rows)])
        for each in cells.protected.tables
    )
    changed = CheckedCells(replace(cells.protected, tables=tables))
    with tempfile.TemporaryDirectory() as folder:
        public = folder_for(Path(folder))
        write_workbook(Edition(changed, PublicationSettings()), public, Silent())
        return openpyxl.load_workbook(public / "tables" / f"{STEM}.xlsx")


def test_a_week_that_england_has_no_rows_for_is_left_out(cells: CheckedCells) -> None:
    book = without(
        cells,
        lambda rows: (
            (rows["geographic_level"] == "National")
            & (rows["time_identifier"] == "Week 45")
            & (rows["time_frame"] != "Year to date")
        ),
    )
    assert {row["Time frame"] for row in rows_of(book["Table_1"])} == {"Year to date"}
    assert {row["Week"] for row in rows_of(book["Table_5"])} == {"Week 44 2025"}


def test_a_table_without_rows_is_left_out_and_others_keep_their_names(
    cells: CheckedCells,
) -> None:
    book = without(cells, lambda rows: rows["geographic_level"] == "Local authority")
    assert book.sheetnames[3:] == ["Table_1", "Table_2", "Table_5", "Table_6", "Table_7"]


def test_authorities_without_a_total_have_no_column_for_it(cells: CheckedCells) -> None:
    book = without(
        cells,
        lambda rows: (
            (rows["geographic_level"] == "Local authority")
            & (rows["education_phase"] == "All schools")
        ),
    )
    header = list(rows_of(book["Table_3"])[0])
    assert not [name for name in header if "All schools" in name]
    assert [name for name in header if "Special" in name]


def test_sheets_are_cover_contents_notes_tables(book: openpyxl.Workbook) -> None:
    tables = [f"Table_{n}" for n in range(1, 8)]
    assert book.sheetnames == ["Cover", "Contents", "Notes", *tables]
    assert [row["Sheet"] for row in rows_of(book["Contents"])] == tables
    for row, name in zip(rows_of(book["Contents"]), tables, strict=True):
        assert book[name]["A1"].value.startswith(row["Table"])


def test_without_persistent_absence_its_table_is_left_out(tmp_path: Path) -> None:
    some = [each for each in CATALOGUE if each.name != "persistent_absence"]
    cells = checked_cells(weeks=1, places=some_places()[:6], data_sets=some)
    write_workbook(Edition(cells, PublicationSettings()), folder_for(tmp_path), Silent())
    book = openpyxl.load_workbook(tmp_path / "tables" / f"{STEM}.xlsx")
    assert book.sheetnames[-1] == "Table_6"
    assert len(rows_of(book["Notes"])) == 5


def test_checklist_of_the_analysis_function(book: openpyxl.Workbook) -> None:
    assert book.active is book["Cover"]
    for sheet in book.worksheets:
        assert sheet.sheet_state == "visible"
        assert sheet.freeze_panes is None
        assert not sheet.merged_cells.ranges
        assert not sheet.auto_filter.ref
        assert not sheet.sheet_view.showGridLines
        assert sheet.sheet_view.selection[0].activeCell in (None, "A1")
        assert not any(each.hidden for each in sheet.column_dimensions.values())
        assert not any(each.hidden for each in sheet.row_dimensions.values())
        assert not sheet._images
        assert len(sheet.tables) == (0 if sheet.title == "Cover" else 1)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    assert cell.font.name == "Arial", (sheet.title, cell.coordinate)
                    assert cell.font.sz >= 12
                    assert cell.fill.fill_type is None
                    assert cell.data_type != "f"


def test_tables_are_whole_and_nothing_stands_below_them(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets[1:]:
        (table,) = sheet.tables.values()
        first, last = table.ref.split(":")
        assert first.startswith("A")
        assert sheet[last].row == sheet.max_row
        cells = sheet[table.ref]
        assert all(cell.value not in (None, "") for row in cells for cell in row)
        header = [cell.value for cell in cells[0]]
        assert len(set(header)) == len(header)
        assert table.autoFilter is None


def test_numbers_are_numbers_on_the_right_with_a_format(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets[3:]:
        (table,) = sheet.tables.values()
        header, *rows = sheet[table.ref]
        for row in rows:
            for title, cell in zip(header, row, strict=True):
                figure = title.value.endswith(("(%)", "(number)")) or title.value.startswith("Num")
                if not figure:
                    assert isinstance(cell.value, str)
                    continue
                assert cell.alignment.horizontal == "right"
                percent = title.value.endswith("(%)")
                assert cell.number_format == ("#,##0.0" if percent else "#,##0")
                assert isinstance(cell.value, int | float) or re.fullmatch(r"\[[cxz]\]", cell.value)


def test_each_symbol_in_a_sheet_is_explained_above_its_table(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets[3:]:
        (table,) = sheet.tables.values()
        first = sheet[table.ref.split(":")[0]].row
        above = [sheet.cell(row, 1).value for row in range(1, first)]
        used = {
            cell.value
            for row in sheet[table.ref]
            for cell in row
            if isinstance(cell.value, str) and cell.value.startswith("[")
        }
        explained = {line.split(" = ")[0] for line in above if " = " in str(line)}
        assert explained == used


def test_notes_that_titles_name_exist(book: openpyxl.Workbook) -> None:
    numbers = {row["Note number"] for row in rows_of(book["Notes"])}
    named = {
        int(number)
        for sheet in book.worksheets[3:]
        for number in re.findall(r"\[note (\d+)\]", sheet["A1"].value)
    }
    assert named == numbers


def test_properties_say_what_it_is_and_in_which_language(book: openpyxl.Workbook) -> None:
    about = book.properties
    assert about.title == "Pupil attendance in schools: Week 45 2025"
    assert about.language == "en-GB"
    assert about.creator == "School Attendance Statistics"
    assert about.created.isoformat() == about.modified.isoformat() == "2025-11-20T09:30:00"


def test_rows_of_wrapped_words_are_tall_enough(book: openpyxl.Workbook) -> None:
    for name in ("Cover", "Notes"):
        sheet = book[name]
        column = "A" if name == "Cover" else "B"
        width = sheet.column_dimensions[column].width
        for row in range(1, sheet.max_row + 1):
            words = str(sheet[f"{column}{row}"].value or "")
            assert sheet.row_dimensions[row].height or len(words) < width
            if len(words) > width:
                assert sheet.row_dimensions[row].height >= 2 * 15


def test_words_like_formulas_stay_words(tmp_path: Path) -> None:
    cells = checked_cells(weeks=1, places=some_places()[:6])
    odd = PublicationSettings(notes=("=1+1", "https://example.org is no link"))
    write_workbook(Edition(cells, odd), folder_for(tmp_path), Silent())
    book = openpyxl.load_workbook(tmp_path / "tables" / f"{STEM}.xlsx")
    note = book["Notes"]["B4"]
    assert (note.value, note.data_type) == ("=1+1", "s")
    assert book["Notes"]["B5"].hyperlink is None


def test_the_same_release_gives_the_same_bytes(
    cells: CheckedCells, public: Path, tmp_path: Path
) -> None:
    write_workbook(Edition(cells, PublicationSettings()), folder_for(tmp_path), Silent())
    name = f"tables/{STEM}.xlsx"
    assert (tmp_path / name).read_bytes() == (public / name).read_bytes()
    with zipfile.ZipFile(public / name) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_reason_that_does_not_exist_stops_the_run(cells: CheckedCells, tmp_path: Path) -> None:
    odd = PublicationSettings(table_reasons=("Overall absense",))
    with pytest.raises(ConfigProblem, match="Did you mean 'Overall absence'"):
        write_workbook(Edition(cells, odd), folder_for(tmp_path), Silent())


@pytest.mark.parametrize(
    ("week", "words"),
    [
        (IsoWeek(2025, 45), "week 45 2025 (3 to 7 November 2025)"),
        (IsoWeek(2025, 40), "week 40 2025 (29 September to 3 October 2025)"),
        (IsoWeek(2026, 1), "week 1 2026 (29 December 2025 to 2 January 2026)"),
    ],
)
def test_weeks_in_words(week: IsoWeek, words: str) -> None:
    assert week_words(week) == words


needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed"
)


@needs_office
def test_libreoffice_opens_it_and_sees_the_same_cells(
    public: Path, book: openpyxl.Workbook, tmp_path: Path
) -> None:
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,4",
            "--outdir",
            str(tmp_path),
            str(public / "tables" / f"{STEM}.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (made,) = tmp_path.glob("*.csv")
    with made.open(encoding="utf-8", newline="") as file:
        seen = [row for row in csv.reader(file) if any(row)]
    (table,) = book["Table_1"].tables.values()
    expected = [[as_text(cell.value) for cell in row] for row in book["Table_1"][table.ref]]
    assert [[number(cell) for cell in row] for row in seen[-len(expected) :]] == [
        [number(cell) for cell in row] for row in expected
    ]


def as_text(value: object) -> str:
    return str(value)


def number(cell: str) -> object:
    return float(cell) if re.fullmatch(r"-?[\d.]+", cell) else cell


@needs_office
def test_open_document_has_the_same_bytes_each_time(
    cells: CheckedCells, public: Path, tmp_path: Path
) -> None:
    edition, made = Edition(cells, PublicationSettings()), []
    for name in ("one", "two"):
        folder = folder_for(tmp_path / name)
        shutil.copy(public / "tables" / f"{STEM}.xlsx", folder / "tables")
        write_open_document(edition, folder, Silent())
        made.append((folder / "tables" / f"{STEM}.ods").read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("content.xml").count(b"<table:table ") == 10
        assert b"Thumbnails" not in archive.read("META-INF/manifest.xml")
        assert not [name for name in archive.namelist() if name.startswith("Thumbnails")]


def test_open_document_is_written_only_where_wanted_and_possible(
    cells: CheckedCells, public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_for(tmp_path)
    unwanted = PublicationSettings(open_document=False)
    write_open_document(Edition(cells, unwanted), folder, Silent())
    monkeypatch.setattr(open_document.shutil, "which", lambda _name: None)
    write_open_document(Edition(cells, PublicationSettings()), folder, Silent())
    assert list((folder / "tables").iterdir()) == []


def test_a_libreoffice_that_fails_stops_the_run(
    cells: CheckedCells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_document.shutil, "which", lambda _name: "/bin/false")
    with pytest.raises(CouldNotRun, match="LibreOffice did not make"):
        write_open_document(Edition(cells, PublicationSettings()), folder_for(tmp_path), Silent())

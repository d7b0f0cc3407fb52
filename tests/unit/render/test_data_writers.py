"""All writers together: the archive, the checksums, and the same bytes each time."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from publisher.catalogue import CATALOGUE
from publisher.errors import CheckFailed, CouldNotRun
from publisher.model.progress import Silent
from publisher.model.stages import CheckedCells
from publisher.render.settings import PublicationSettings
from publisher.render.writers import WRITERS, write_checksums, write_data
from tests.unit.render.data_cells import checked_cells, some_places

STEM = "pupil-attendance-in-schools_2025-week-45"
SETTINGS = PublicationSettings(open_document=False)


@pytest.fixture(scope="module")
def cells() -> CheckedCells:
    return checked_cells(weeks=1, places=some_places()[:10], withheld_share=0.2)


@pytest.fixture
def public(cells: CheckedCells, tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    write_data(cells, folder, SETTINGS, Silent())
    write_checksums(folder)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_files_are_those_of_the_contract(public: Path) -> None:
    names = [each.name for each in CATALOGUE]
    assert sorted(files_of(public)) == sorted(
        [
            "SHA256SUMS",
            *(f"data/{name}.{kind}" for name in names for kind in ("csv", "meta.csv", "parquet")),
            "datapackage.json",
            f"tables/{STEM}.xlsx",
            f"{STEM}.zip",
        ]
    )


def test_the_same_release_gives_the_same_bytes(public: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    same = checked_cells(weeks=1, places=some_places()[:10], withheld_share=0.2)
    write_data(same, again, SETTINGS, Silent())
    write_checksums(again)
    assert files_of(again) == files_of(public)


def test_other_figures_give_other_bytes(public: Path, tmp_path: Path) -> None:
    other = checked_cells(weeks=1, places=some_places()[:10], seed=8)
    write_data(other, tmp_path / "other", SETTINGS, Silent())
    found, before = files_of(tmp_path / "other"), files_of(public)
    for name in ("data/attendance_reasons.csv", f"{STEM}.zip", "datapackage.json"):
        assert found[name] != before[name]


def test_the_archive_is_laid_out_as_the_platforms_own(public: Path) -> None:
    with zipfile.ZipFile(public / f"{STEM}.zip") as archive:
        assert archive.namelist() == [
            *sorted(f"data/{each.name}.csv" for each in CATALOGUE),
            "supporting-files/definitions-and-protection.txt",
            f"supporting-files/{STEM}.xlsx",
            "data-guidance/data-guidance.txt",
        ]
        assert archive.testzip() is None
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {each.create_system for each in archive.infolist()} == {3}
        for path in (public / "data").glob("*.csv"):
            if not path.name.endswith(".meta.csv"):
                assert archive.read(f"data/{path.name}") == path.read_bytes()


def test_the_data_guidance_has_the_platforms_layout(public: Path) -> None:
    with zipfile.ZipFile(public / f"{STEM}.zip") as archive:
        text = archive.read("data-guidance/data-guidance.txt").decode()
    lines = text.split("\n")
    assert lines[:3] == ["Pupil attendance in schools", "Week 45 2025", ""]
    start = lines.index("Data files")
    assert lines[start - 1 : start + 12] == [
        "",
        "Data files",
        "",
        "Reasons for absence and attendance",
        "",
        "Filename: attendance_reasons.csv",
        "Geographic levels: National; Regional; Local authority",
        "Time period: 2025 Week 45",
        (
            "Content summary: Sessions attended and missed by reason, for each school day, week "
            "and the year to date, for England, its regions and local authorities"
        ),
        "",
        "Variable names and descriptions for this file are provided below:",
        "",
        "Variable name      |  Variable description",
    ]
    assert "attendance_reason  |  Attendance reason" in lines
    assert "c = withheld to protect confidentiality" in lines
    assert "nearest 10, so 0 means zero or rounds to zero" in text
    second = lines.index("Persistent and severe absence")
    assert lines[second - 3 : second] == [lines[second - 3], "", ""]
    assert lines[second - 3].startswith("1. Percentages")


def test_the_archive_tells_how_figures_are_protected(public: Path, cells: CheckedCells) -> None:
    with zipfile.ZipFile(public / f"{STEM}.zip") as archive:
        text = archive.read("supporting-files/definitions-and-protection.txt").decode()
    for rule in cells.protected.summary.rules:
        assert rule in text
    for table in cells.protected.tables:
        for measure in table.data_set.measures:
            assert f"{measure.label}: {measure.words}" in text


def test_checksums_are_what_sha256sum_reads(public: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=public,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.count(": OK") == len(files_of(public)) - 1
    names = [line[66:] for line in (public / "SHA256SUMS").read_text().splitlines()]
    assert names == sorted(names)


def test_checksums_notice_one_changed_byte(public: Path) -> None:
    path = public / "datapackage.json"
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    done = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=public, capture_output=True, check=False
    )
    assert done.returncode != 0


def test_checksums_refuse_links_and_odd_names(public: Path) -> None:
    (public / "link.csv").symlink_to("datapackage.json")
    with pytest.raises(CheckFailed, match="link"):
        write_checksums(public)
    (public / "link.csv").unlink()
    (public / "odd\nname.csv").write_text("")
    with pytest.raises(CheckFailed, match="oddly named"):
        write_checksums(public)


def test_a_folder_that_cannot_be_written_is_said_in_words(
    cells: CheckedCells, tmp_path: Path
) -> None:
    blocked = tmp_path / "public"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(CouldNotRun, match="could not be written") as caught:
        write_data(cells, blocked, SETTINGS, Silent())
    assert str(tmp_path) not in str(caught.value)


def test_a_full_disk_is_said_in_words(
    cells: CheckedCells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("publisher.render.csv_files._write_text", full)
    with pytest.raises(CouldNotRun, match=r"CSV files.*No space left on device"):
        write_data(cells, tmp_path / "public", SETTINGS, Silent())


def test_the_archive_comes_after_what_it_holds() -> None:
    order = list(WRITERS)
    assert order.index("archive") > order.index("CSV")
    assert order.index("archive") > order.index("workbook")
    assert order.index("archive") > order.index("OpenDocument")
    assert order.index("data package") > order.index("CSV")


@pytest.mark.parametrize(
    "wrong",
    [
        {"summary": "x" * 161},
        {"summary": "two\nlines"},
        {"title": "x" * 61},
        {"title": ""},
        {"percent_decimals_csv": 0, "percent_decimals_shown": 1},
        {"slug": "Pupil attendance"},
        {"release_type": "National Statistics"},
        {"titel": "Pupil attendance"},
        {"notes": ()},
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        PublicationSettings.model_validate(wrong)


def test_publication_is_on_the_thursday_thirteen_days_after_the_friday() -> None:
    checked = checked_cells(weeks=1, places=some_places()[:1])
    week = checked.protected.scope.week
    at = SETTINGS.published_at(week)
    assert at.isoformat() == "2025-11-20T09:30:00"
    assert at.strftime("%A") == "Thursday"
    assert SETTINGS.next_release_on(week).isoformat() == "2025-12-04"

"""The first releases of a calendar year: terms, persistent absence, pupils who changed school."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from publisher import ingestion, pipeline
from publisher.config import Config
from publisher.model.progress import Silent
from tests.properties import published_groups as groups
from tests.properties.feed_folder import write_feed
from tests.properties.reference_count import (
    Approval,
    CensusEntry,
    Counted,
    Feed,
    Mark,
    PupilRecord,
    School,
    reference_count,
)

pytestmark = pytest.mark.xdist_group("january")

RECEIVED = datetime.fromisoformat("2026-01-16 18:30")
AREAS = ("E06000001", "E06000002", "E09000007", "E09000002")
WEEKS = (date(2025, 12, 8), date(2025, 12, 15), date(2026, 1, 5), date(2026, 1, 12))
PUPILS = 16


def feed() -> Feed:
    """Four authorities, five primary and five secondary schools in each; illness by turns."""
    schools = [
        School(100001 + 100 * a + 10 * p + n, area, phase)
        for a, area in enumerate(AREAS)
        for p, phase in enumerate(("Primary", "Secondary"))
        for n in range(5)
    ]
    pupils = [_pupil(school, n) for school in schools for n in range(PUPILS)]
    days = [monday + timedelta(days=n) for monday in WEEKS for n in range(5)]
    marks = [
        Mark(RECEIVED, each.urn, each.pupil, day, *_codes(n, day))
        for n, each in enumerate(pupils)
        for day in days
    ]
    return Feed(
        schools=tuple(schools),
        approvals=tuple(Approval(each.urn, date(2023, 1, 1)) for each in schools),
        census=tuple(
            CensusEntry(area, phase, 6, 100) for area in AREAS for phase in ("Primary", "Secondary")
        ),
        pupils=tuple(pupils),
        marks=tuple(marks),
    )


def _pupil(school: School, n: int) -> PupilRecord:
    year = 6 if school.phase == "Primary" else 7 + n % 2
    return PupilRecord(
        RECEIVED,
        school.urn,
        f"{school.urn}-{n}",
        date(2025 - year - 5, 3, 1),
        sex=("Female", "Male")[n // 2 % 2],
        year_group=str(year),
        ehc_plan=n % 8 == 0,
        sen_support=n % 4 == 1,
        free_school_meals=n % 3 == 0,
    )


def _codes(n: int, day: date) -> tuple[str, str]:
    turn = (n * 5 + day.toordinal()) % (2 + n % 17)
    return ("I", "U") if turn == 0 else ("/", "\\")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("january")
    key = folder / "key"
    key.write_text("a key for tests, not a secret", encoding="utf-8")
    key.chmod(0o600)
    made = Config.model_validate(
        {"store": folder / "store", "output": folder / "output", "key_file": key}
    )
    publication = made.publication.model_copy(update={"open_document": False})
    made = made.model_copy(update={"publication": publication})
    ingestion.ingest(made, write_feed(feed(), folder / "feed"), "tables", Silent())
    return made


@pytest.fixture(scope="module")
def data(config: Config) -> Path:
    """The data folder of the second release of January, the first having been made."""
    pipeline.release(config, "2026-W02", None, Silent())
    return pipeline.release(config, "2026-W03", None, Silent()).folder / "public" / "data"


@pytest.fixture(scope="module")
def expected() -> Counted:
    return reference_count(replace(feed()), date(2026, 1, 16))


def test_persistent_absence_is_of_the_year_and_of_the_ended_term(data: Path) -> None:
    for name in ("persistent_absence", "persistent_absence_by_characteristic"):
        rows = groups.read(data / f"{name}.csv")
        assert {row["time_frame"] for row in rows} == {"Year to date", "Autumn term"}
        assert {(row["time_period"], row["time_identifier"]) for row in rows} == {
            ("2026", "Week 3")
        }


def test_groups_of_pupils_are_the_true_counts_rounded(data: Path, expected: Counted) -> None:
    path = data / "persistent_absence_by_characteristic.csv"
    assert groups.check_persistent_absence_by_characteristic(path, expected) > 100
    path = data / "absence_by_characteristic.csv"
    assert groups.check_absence_by_characteristic(path, expected) > 100


def test_moving_to_secondary_school_is_the_true_counts_rounded(
    data: Path, expected: Counted
) -> None:
    # In so small a country the attack may have all of it withheld; what is shown must be right.
    assert groups.check_transition(data / "transition.csv", expected) >= 0


def test_who_moves_is_in_larger_groups_only_where_few_are_alike(data: Path) -> None:
    """Nobody's provision is unknown, so it is withheld like any group that nobody belongs to."""
    rows = groups.read(data / "transition.csv")
    unknown = {row["enrolments_count"] for row in rows if row["sen_provision"] == "Unknown"}
    assert unknown == {"c"}


@pytest.mark.parametrize("name", ["daily", "weekly", "year_to_date", "autumn_term"])
def test_wide_files_repeat_the_other_data_sets(name: str, data: Path) -> None:
    assert groups.check_wide(data, name) > 10


def test_a_term_that_has_not_ended_has_no_file(data: Path) -> None:
    assert not (data / "spring_term.csv").exists()
    assert not (data / "summer_term.csv").exists()


def test_what_the_first_release_withheld_of_the_term_stays_withheld(
    config: Config, data: Path
) -> None:
    before = config.output / "2026-week-02" / "public" / "data"
    for name in ("persistent_absence", "persistent_absence_by_characteristic"):
        first, second = (_withheld(each / f"{name}.csv") for each in (before, data))
        assert first <= second


def _withheld(path: Path) -> set[tuple[str, ...]]:
    """The lines of the autumn term that show nothing, without the week of the release."""
    return {
        tuple(word for column, word in row.items() if not column.startswith(("time_", "enrol")))
        for row in groups.read(path)
        if row["enrolments_count"] == "c" and row["time_frame"] == "Autumn term"
    }

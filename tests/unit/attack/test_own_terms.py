"""A term in a file of its own and the same term beside weeks are one period to the attack."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from publisher.attack.attack import attack
from publisher.attack.own_terms import terms_beside_weeks
from publisher.attack.report import Verdict
from publisher.attack.tables import Column
from publisher.model.progress import Silent

PLACE = ["National", "E92000001", "England", "Primary"]
GEOGRAPHY = ["geographic_level", "country_code", "country_name", "education_phase"]
TIME = ["time_period", "time_identifier"]
COUNTS = {"Persistent absence": 120, "Severe absence": 30, "Total pupils": 900}
WIDE = ["persistent_absence_enrolments", "severe_absence_enrolments", "total_enrolments"]


def write(folder: Path, shown: list[object]) -> Path:
    """The tidy file withholds the autumn term; the term's own file shows what `shown` says."""
    data = folder / "public" / "data"
    data.mkdir(parents=True)
    with (data / "persistent_absence.csv").open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow([*TIME, *GEOGRAPHY, "absence_type", "time_frame", "enrolments_count"])
        for kind, count in COUNTS.items():
            for frame, figure in (("Year to date", count), ("Autumn term", "c")):
                lines.writerow(["2026", "Week 3", *PLACE, kind, frame, figure])
    with (data / "autumn_term.csv").open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow([*TIME, *GEOGRAPHY, "time_frame", *WIDE])
        lines.writerow(["202526", "Autumn term", *PLACE, "Autumn term", *shown])
    manifest = {"disclosure": {"rounding_base": 10}, "settings": {"method": {"strike_days": []}}}
    (folder / "release.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def unsafe(folder: Path) -> list[str]:
    report, _ = attack(folder, [], None, Silent())
    return [each.cell for each in report.findings if each.verdict is Verdict.UNSAFE]


def test_what_the_file_of_a_term_shows_of_a_withheld_row_is_found(tmp_path: Path) -> None:
    found = unsafe(write(tmp_path, ["120", "c", "c"]))
    assert found
    assert all("Autumn term" in each for each in found)


def test_nothing_is_found_where_both_withhold(tmp_path: Path) -> None:
    assert unsafe(write(tmp_path, ["c", "c", "c"])) == []


def column(*words: str) -> Column:
    return Column(words, np.arange(len(words), dtype=np.int32))


def test_a_term_is_called_as_where_it_stands_beside_one_week() -> None:
    beside = column("2026|Week 3|Autumn term", "2026|Week 3|Year to date")
    found = terms_beside_weeks({"tidy": beside, "own": column("202526|Autumn term|Autumn term")})
    assert found["own"].words == ("2026|Week 3|Autumn term",)
    assert found["tidy"].words == beside.words


def test_a_term_of_another_year_or_beside_several_weeks_keeps_its_name() -> None:
    last_year = column("202425|Autumn term|Autumn term")
    beside = column("2026|Week 3|Autumn term")
    assert terms_beside_weeks({"a": last_year, "b": beside})["a"].words == last_year.words
    own = column("202526|Autumn term|Autumn term")
    several = column("2026|Week 3|Autumn term", "2026|Week 5|Autumn term")
    assert terms_beside_weeks({"a": own, "b": several})["a"].words == own.words
    assert terms_beside_weeks({"a": own})["a"].words == own.words

"""A whole release, from feed folder to published CSV, against the plain-Python count.

Every published count is the true count rounded, every rate follows from published counts, every
row of the grid is there and no other, and every withheld row has a reason in the policy.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from publisher import ingestion, pipeline
from publisher.config import Config
from publisher.errors import UsageProblem
from publisher.model.progress import Silent
from publisher.model.time import IsoWeek
from publisher.reference.facts import read_facts
from tests.properties import published_groups, published_rates
from tests.properties.feed_folder import write_feed
from tests.properties.reference_count import Counted, Feed, reference_count
from tests.properties.tiny_systems import System, tiny_system

BASE = 10
PLAIN_TOTALS_FROM = date(2025, 9, 1)
PERCENT_OF = {"session_count": "session_percent", "enrolments_count": "enrolments_percent"}


def config_in(folder: Path, system: System) -> Config:
    key = folder / "key"
    key.write_text("a key for tests, not a secret", encoding="utf-8")
    key.chmod(0o600)
    return Config.model_validate(
        {
            "store": folder / "store",
            "output": folder / "output",
            "key_file": key,
            "feed": {"unknown_code_percent": 100},
            "method": {
                "minimum_open_authorities_percent": system.minimum_open_percent,
                "strike_days": sorted(system.strike_days),
            },
            "engine": {"memory_limit": "500MB", "threads": 1},
            "publication": {"open_document": False},
        }
    )


def whole_numbers(feed: Feed) -> Feed:
    """A census row is only read when it is complete."""
    entries = (each for each in feed.census if each.schools is not None and each.pupils is not None)
    return replace(feed, census=tuple(each for each in entries if each.phase))


def nearest(value: int) -> int:
    """Half away from zero; counts are never negative."""
    return (value + BASE // 2) // BASE * BASE


def rate(numerator: int, denominator: int) -> str:
    exact = Decimal(100 * numerator) / Decimal(denominator)
    return str(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def row_name(row: dict[str, str]) -> tuple[str, str, tuple[str, str, str]]:
    location = row["new_la_code"] or row["region_code"] or row["country_code"]
    frame = (row["time_period"], row["time_identifier"], row["time_frame"])
    return location, row["education_phase"], frame


def has_reason_of_its_own(evidence: dict[str, int]) -> bool:
    """Points 1 and 2 of the policy."""
    others = evidence["possible_sessions"] - evidence["largest_holding"]
    others -= evidence["second_holding"]
    return (
        evidence["schools"] < 3
        or evidence["holdings"] < 2
        or 10 * others < evidence["largest_holding"]
        or evidence["pupils"] < 10
    )


def check_withheld(rows: dict, expected: Counted, names: set) -> None:
    """Primary rows are all withheld; others only where something primary could be worked out."""
    withheld = {name for name in names if rows[name]}
    own = {name for name in names if has_reason_of_its_own(expected.evidence[name])}
    assert own <= withheld
    if not own:
        assert withheld == set()


def check_reasons(path: Path, expected: Counted, weighted: bool) -> None:
    rows, marked = defaultdict(dict), defaultdict(set)
    columns = _wide_columns()
    for row in read(path):
        item = columns[row["attendance_status"], row["attendance_type"], row["attendance_reason"]]
        assert item not in rows[row_name(row)]
        rows[row_name(row)][item] = row
    assert set(rows) == {name for name in expected.rows if not name[2][2].endswith("term")}
    for name, items in rows.items():
        assert len(items) == 46
        for item, row in items.items():
            marked[name].add(row["session_count"] == "c")
            _check_reason(name, item, row, items, expected, weighted)
        assert len(marked[name]) == 1, "a row is withheld whole or not at all"
    check_withheld({name: marked[name] == {True} for name in rows}, expected, set(rows))


def _check_reason(name, item, row, items, expected, weighted) -> None:
    listed = _percent_published()[item]
    if row["session_count"] == "c":
        assert row["session_percent"] == ("c" if listed else "x")
        return
    true = expected.sessions[name][item]
    assert int(row["session_count"]) == nearest(true), (name, item)
    possible = int(items["possible_sessions"]["session_count"])
    if not listed:
        assert row["session_percent"] == "x"
    elif weighted and name[1] == "All schools":
        assert row["session_percent"] in ("c", "x") or 0 <= float(row["session_percent"]) <= 100
    elif possible == 0:
        assert row["session_percent"] == "x"
    else:
        assert row["session_percent"] == rate(int(row["session_count"]), possible), (name, item)


def check_schools(path: Path, expected: Counted) -> None:
    rows = {row_name(row): row for row in read(path)}
    assert set(rows) == {name for name in expected.rows if not name[2][2].endswith("term")}
    for name, row in rows.items():
        assert int(row["school_submitted_count"]) == expected.submitting[name]
        everyone = expected.in_census.get(name[:2])
        assert row["school_all_count"] == ("x" if everyone is None else str(everyone))


def check_absentees(path: Path, expected: Counted) -> None:
    labels = {
        "Persistent absence": "persistently_absent",
        "Severe absence": "severely_absent",
        "Total pupils": "total_enrolments",
    }
    rows = defaultdict(dict)
    for row in read(path):
        rows[row_name(row)][row["absence_type"]] = row
    assert set(rows) == long_rows(expected)
    for name, items in rows.items():
        assert set(items) == set(labels)
        for label, row in items.items():
            if row["enrolments_count"] == "c":
                continue
            assert int(row["enrolments_count"]) == nearest(expected.absentees[name][labels[label]])


def long_rows(expected: Counted) -> set:
    return {name for name in expected.rows if name[2][2].endswith(("term", "to date"))}


def _facts() -> list[dict[str, str]]:
    return list(read_facts("attendance_reasons"))


def _wide_columns() -> dict[tuple[str, str, str], str]:
    keys = ("attendance_status", "attendance_type", "attendance_reason")
    return {tuple(row[key] for key in keys): row["wide_column"] for row in _facts()}


def _percent_published() -> dict[str, bool]:
    return {row["wide_column"]: row["percent_published"] == "yes" for row in _facts()}


def agree(system: System, folder: Path) -> None:
    """Publish the system and compare."""
    feed = whole_numbers(system.feed)
    config = config_in(folder, system)
    report = ingestion.ingest(config, write_feed(feed, folder / "feed"), "tables", Silent())
    assert report.refused == ()
    expected = reference_count(
        feed,
        system.week.friday,
        minimum_open_percent=system.minimum_open_percent,
        strike_days=system.strike_days,
    )
    week = (str(system.week.year), system.week.identifier, "Week")
    if not any(row[2] == week for row in expected.rows):
        with pytest.raises(UsageProblem):
            pipeline.release(config, str(system.week), None, Silent())
        return
    made = pipeline.release(config, str(system.week), None, Silent())
    check_files(made.folder / "public" / "data", expected, system.week)


def check_files(data: Path, expected: Counted, week: IsoWeek) -> int:
    """Compare every data file of a release; how many percentages are numbers."""
    weighted = week.friday < PLAIN_TOTALS_FROM
    check_reasons(data / "attendance_reasons.csv", expected, weighted)
    check_schools(data / "schools_submitting.csv", expected)
    spring = week.week < 35
    assert (data / "persistent_absence.csv").exists() == (spring and week.week >= 2)
    published_groups.check_absence_by_characteristic(
        data / "absence_by_characteristic.csv", expected
    )
    if spring:
        check_absentees(data / "persistent_absence.csv", expected)
        published_groups.check_persistent_absence_by_characteristic(
            data / "persistent_absence_by_characteristic.csv", expected
        )
        if (data / "transition.csv").exists():
            published_groups.check_transition(data / "transition.csv", expected)
    check_wide_files(data, expected)
    return published_rates.check_rates(data, expected, weighted=weighted)


def check_wide_files(data: Path, expected: Counted) -> None:
    """As many rows as there are places, phases and periods, and only of what has come to pass."""
    frames = {name[2][2] for name in expected.rows}
    ended = {frame.lower().replace(" ", "_") for frame in frames if frame.endswith("term")}
    absentees = (data / "persistent_absence.csv").exists()
    for name, wanted in (
        ("daily", ("day",)),
        ("weekly", ("Week",)),
        ("year_to_date", ("Year to date",)),
        *((term, (f"{term.split('_')[0].title()} term",)) for term in ended if absentees),
    ):
        rows = [each for each in expected.rows if each[2][2].endswith(wanted)]
        if rows:  # every day may be a strike day
            assert published_groups.check_wide(data, name) == len(rows), name
        assert (data / f"{name}.csv").exists() == bool(rows)
    written = {each.name for each in data.glob("*_term.csv")}
    assert written == ({f"{term}.csv" for term in ended} if absentees else set())


@pytest.mark.parametrize("seed", [0, 3, 7, 10])
def test_a_release_publishes_the_true_counts_rounded(seed: int) -> None:
    with TemporaryDirectory() as folder:
        agree(tiny_system(seed), Path(folder))


@pytest.mark.full
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_many_releases_publish_the_true_counts_rounded(seed: int) -> None:
    with TemporaryDirectory() as folder:
        agree(tiny_system(seed), Path(folder))

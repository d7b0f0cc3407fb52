"""Published files of groups of pupils and wide files, against the plain-Python count."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from publisher.reference.facts import read_facts
from tests.properties.reference_count import Counted

BASE = 10
ABSENTEES = {
    "Persistent absence": "persistently_absent",
    "Severe absence": "severely_absent",
    "Total pupils": "total_enrolments",
}
KINDS = {
    "Overall absence": "overall_absence",
    "Authorised": "authorised_absence",
    "Unauthorised": "unauthorised_absence",
}
PROVISIONS = (
    "Education, health and care plan",
    "SEN support / SEN without an EHC plan",
    "No SEN provision",
    "Unknown",
)
SYMBOLS = {"c", "x"}

Row = dict[str, str]
Name = tuple[str, str, tuple[str, str, str]]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def row_name(row: Row) -> Name:
    location = row["new_la_code"] or row["region_code"] or row["country_code"]
    frame = (row["time_period"], row["time_identifier"], row["time_frame"])
    return location, row["education_phase"], frame


def nearest(value: int) -> str:
    """Half away from zero; counts are never negative."""
    return str((value + BASE // 2) // BASE * BASE)


def _true(expected: Counted, name: Name, group: str, measure: str) -> int:
    """Of all pupils where `group` is "Total"; 0 for a group that nobody belongs to."""
    if group != "Total":
        return expected.groups.get((name, group), {}).get(measure, 0)
    if measure == "enrolments":
        return expected.enrolments[name]
    if measure in ABSENTEES.values():
        return expected.absentees[name][measure]
    return expected.sessions[name].get(measure, 0)


def _few(expected: Counted, name: Name, group: str) -> bool:
    """Points 1 and 2 of the policy, for the group by itself."""
    evidence = (
        expected.evidence[name]
        if group == "Total"
        else expected.group_evidence.get((name, group), defaultdict(int))
    )
    others = evidence["possible_sessions"] - evidence["largest_holding"]
    return (
        evidence["schools"] < 3
        or evidence["holdings"] < 2
        or 10 * (others - evidence["second_holding"]) < evidence["largest_holding"]
        or evidence["pupils"] < 10
    )


def _check(
    row: Row, expected: Counted, group: str, counts: dict[str, str], frames: tuple[str, ...]
) -> bool:
    """One line; says whether it is shown."""
    name = row_name(row)
    assert name in expected.rows
    assert name[2][2].endswith(frames)
    for column, measure in counts.items():
        shown = row[column]
        if shown == "c":
            continue
        assert not _few(expected, name, group), (name, group, "is shown")
        assert shown == nearest(_true(expected, name, group, measure)), (name, group, measure)
    return not SYMBOLS & {row[column] for column in counts}


def _group(row: Row) -> str:
    topic, item = row["breakdown_topic"], row["breakdown"]
    return "Total" if topic == "Total" else f"{topic}: {item}"


def _lines(rows: list[Row], columns: tuple[str, ...]) -> Iterator[tuple[Row, tuple[str, ...]]]:
    seen = set()
    for row in rows:
        what = tuple(row[column] for column in columns)
        assert (row_name(row), what) not in seen
        seen.add((row_name(row), what))
        yield row, what


def check_absence_by_characteristic(path: Path, expected: Counted) -> int:
    """How many lines are shown."""
    columns = ("breakdown_topic", "breakdown", "attendance_type")
    return sum(
        _check(
            row,
            expected,
            _group(row),
            {"session_count": KINDS[row["attendance_type"]], "enrolments_count": "enrolments"},
            ("Week", "to date"),
        )
        for row, _ in _lines(read(path), columns)
    )


def check_persistent_absence_by_characteristic(path: Path, expected: Counted) -> int:
    """How many lines are shown."""
    columns = ("breakdown_topic", "breakdown", "absence_type")
    return sum(
        _check(
            row,
            expected,
            _group(row),
            {"enrolments_count": ABSENTEES[row["absence_type"]]},
            ("term", "to date"),
        )
        for row, _ in _lines(read(path), columns)
    )


def check_transition(path: Path, expected: Counted) -> int:
    """How many lines are shown; every wide area has each year group by each provision."""
    wanted = {
        (year, provision, kind)
        for year in ("Year 6", "Year 7", "Year 8")
        for provision in ("Total", *PROVISIONS)
        for kind in ABSENTEES
    }
    found, shown = defaultdict(set), 0
    for row, what in _lines(read(path), ("year_group", "sen_provision", "absence_type")):
        year, provision, kind = what
        group = f"National curriculum year group: {year}"
        if provision != "Total":
            group = f"Year group with SEN provision: {year}, {provision}"
        counts = {"enrolments_count": ABSENTEES[kind]}
        shown += _check(row, expected, group, counts, ("to date",))
        found[row_name(row)].add(what)
    assert set(found) == {
        name
        for name in expected.rows
        if name[0].startswith(("E92", "E12")) and name[1] == "All schools"
        if name[2][2] == "Year to date"
    }
    assert all(each == wanted for each in found.values())
    return shown


def check_wide(folder: Path, name: str) -> int:
    """How many lines a wide file has; each figure is that of its own data set, as text."""
    rows = read(folder / f"{name}.csv")
    tidy = {
        "attendance_reasons": _by_name(folder, "attendance_reasons", "attendance_reason"),
        "schools_submitting": _by_name(folder, "schools_submitting"),
        "persistent_absence": _by_name(folder, "persistent_absence", "absence_type"),
    }
    names = set()
    for row in rows:
        key = row_name({"time_frame": _weekday(tidy, row), **row})
        if name.endswith("_term"):
            assert key[2][:2] == (_year_of(tidy), f"{name.split('_', maxsplit=1)[0].title()} term")
            key = (*key[:2], _as_beside_weeks(tidy, key[2]))
        names.add(key)
        for column, (data_set, item, indicator) in _origins().items():
            if column in row:
                assert row[column] == tidy[data_set][key, item][indicator], (key, column)
    assert len(names) == len(rows)
    return len(rows)


def _as_beside_weeks(tidy: dict[str, dict[tuple[Name, str], Row]], frame: tuple) -> tuple:
    """What the term is called in the tidy file: there it carries the latest week."""
    frames = {name[2] for name, _ in tidy["persistent_absence"] if name[2][2] == frame[2]}
    assert len(frames) == 1
    return frames.pop()


def _year_of(tidy: dict[str, dict[tuple[Name, str], Row]]) -> str:
    """Six digits of the academic year of the latest week of the release."""
    weeks = {name[2][:2] for name, _ in tidy["persistent_absence"]}
    ((year, week),) = weeks
    start = int(year) - (int(week.split()[1]) < 35)
    return f"{start}{(start + 1) % 100:02d}"


def _by_name(folder: Path, name: str, column: str = "") -> dict[tuple[Name, str], Row]:
    path = folder / f"{name}.csv"
    rows = read(path) if path.exists() else []
    return {(row_name(row), row.get(column, "")): row for row in rows}


def _weekday(tidy: dict[str, dict[tuple[Name, str], Row]], row: Row) -> str:
    """The time frame of the row of schools whose reference date is that of a daily row."""
    if "attendance_date" not in row:
        return row["time_frame"]
    frames = {
        each["time_frame"]
        for each in tidy["schools_submitting"].values()
        if each["reference_date"] == row["attendance_date"] and each["time_frame"] != "Week"
    }
    assert len(frames) == 1
    return frames.pop()


def _origins() -> dict[str, tuple[str, str, str]]:
    """Column of a wide file -> data set, item, indicator."""
    found = {
        each: ("schools_submitting", "", each)
        for each in ("school_submitted_count", "school_all_count")
    }
    for row in read_facts("attendance_reasons"):
        reason = ("attendance_reasons", row["attendance_reason"])
        found[row["wide_column"]] = (*reason, "session_count")
        if row["percent_published"] == "yes":
            found[f"{row['wide_column']}_percent"] = (*reason, "session_percent")
    for item, column in (
        ("Persistent absence", "persistent_absence"),
        ("Severe absence", "severe_absence"),
    ):
        found[f"{column}_enrolments"] = ("persistent_absence", item, "enrolments_count")
        found[f"{column}_percent"] = ("persistent_absence", item, "enrolments_percent")
    found["total_enrolments"] = ("persistent_absence", "Total pupils", "enrolments_count")
    return found

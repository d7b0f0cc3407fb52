"""Lays true cells beside the plain-Python count."""

from __future__ import annotations

from typing import Any

import pandas as pd

from publisher.model.stages import TrueCells
from tests.properties.reference_count import ALL, Counted, RowName


def differences(true: TrueCells, counted: Counted) -> list[str]:
    """Where the two disagree, in words; empty when they agree on every row."""
    found = []
    frames = {each.key: each.time_frame for each in true.scope.periods}
    long = {row for row in counted.rows if row[2][2].endswith(("term", "to date"))}
    terms = {row for row in counted.rows if row[2][2].endswith("term")}
    expected: dict[str, dict[RowName, dict[str, Any]]] = {
        "attendance_reasons": {row: counted.sessions[row] for row in counted.rows - terms},
        "persistent_absence": {row: counted.absentees[row] for row in long},
        "schools_submitting": {
            row: {
                "schools_submitted": counted.submitting[row],
                "schools_all": counted.in_census.get(row[:2]),
            }
            for row in counted.rows - terms
        },
    }
    found += _differences_of_groups(true, counted)
    for name, rows in expected.items():
        found += _differences(name, _rows(true, true.cells[name]), rows)
    found += _differences_of_evidence(_rows(true, true.evidence), counted)
    if set(true.scope.days_left_out) != counted.days_left_out:
        found.append("days left out differ")
    found += _differences_of_census(true, counted)
    assert frames
    return found


def _rows(true: TrueCells, frame: pd.DataFrame) -> dict[RowName, dict[str, Any]]:
    rows = {}
    for record in frame.to_dict("records"):
        period = true.scope.period(record.pop("period"))
        name = (period.time_period, period.time_identifier, period.time_frame)
        key = (record.pop("location"), record.pop("education_phase"), name)
        assert key not in rows, f"two rows for {key}"
        rows[key] = {k: None if pd.isna(value) else int(value) for k, value in record.items()}
    return rows


def _differences(name: str, rows: dict, expected: dict) -> list[str]:
    found = [f"{name}: {row} should not exist" for row in rows.keys() - expected.keys()]
    found += [f"{name}: {row} is missing" for row in expected.keys() - rows.keys()]
    for row in rows.keys() & expected.keys():
        for column, value in rows[row].items():
            wanted = expected[row].get(column, 0)
            if value != wanted:
                found.append(f"{name}: {row} {column} is {value}, not {wanted}")
        strays = {column for column, value in expected[row].items() if value} - rows[row].keys()
        found += [f"{name}: {row} has no column {column}" for column in strays]
    return found


def _differences_of_evidence(rows: dict, counted: Counted) -> list[str]:
    """Pupils are exact below 20; above, any bound from 20 up to the truth will do."""
    expected = {row: dict(evidence) for row, evidence in counted.evidence.items()}
    for row in rows.keys() & expected.keys():
        if 20 <= rows[row]["pupils"] <= expected[row]["pupils"]:
            expected[row]["pupils"] = rows[row]["pupils"]
    return _differences("evidence", rows, expected)


_ABSENCES = ("overall_absence", "authorised_absence", "unauthorised_absence", "possible_sessions")
_ABSENTEES = ("persistently_absent", "severely_absent", "total_enrolments")


def _differences_of_groups(true: TrueCells, counted: Counted) -> list[str]:
    """Every group has a row; those that the reference has not met have nobody."""
    frames = {
        "absence_by_characteristic": ("Week", "to date"),
        "persistent_absence_by_characteristic": ("term", "to date"),
    }
    columns = {
        "absence_by_characteristic": (*_ABSENCES, "enrolments"),
        "persistent_absence_by_characteristic": _ABSENTEES,
    }
    found = []
    for name, endings in frames.items():
        kept = {row for row in counted.rows if row[2][2].endswith(endings)}
        expected = {
            (row, group): {column: counts[column] for column in columns[name]}
            for (row, group), counts in counted.groups.items()
            if row in kept and not (group.startswith("Ethnicity minor") and "date" not in row[2][2])
            if not group.startswith("Year group with SEN")
        }
        for row in kept:
            of_all: dict[str, int | None] = {
                each: counted.sessions[row].get(each, 0) for each in _ABSENCES
            }
            of_all |= {"enrolments": counted.enrolments[row], **counted.absentees[row]}
            if row in counted.groups_unknown:
                of_all["enrolments"] = None
            expected[row, "Total"] = {column: of_all[column] for column in columns[name]}
        expected = {
            key: values
            for key, values in expected.items()
            if key[1] == "Total" or key[0] not in counted.groups_unknown
        }
        rows = _group_rows(true, true.cells[name])
        assert {row for row, _ in rows} == kept
        empty = {key: values for key, values in rows.items() if key not in expected}
        for key, values in empty.items():
            nothing = None if key[0] in counted.groups_unknown else 0
            if set(values.values()) != {nothing}:
                found.append(f"{name}: {key} should be empty")
        found += _differences(name, {k: rows.get(k, {}) for k in expected}, expected)
    found += _differences_of_transition(true, counted)
    evidence = _group_rows(true, true.group_evidence)
    for key, truth in counted.group_evidence.items():
        if key[0] in counted.groups_unknown:
            continue
        wanted = dict(truth)
        if 20 <= evidence[key]["pupils"] <= wanted["pupils"]:
            wanted["pupils"] = evidence[key]["pupils"]
        wanted |= _bounds(evidence[key], wanted)
        # The largest number over a group of days, not on a day.
        assert evidence[key]["enrolments"] >= wanted["enrolments"]
        wanted["enrolments"] = evidence[key]["enrolments"]
        found += _differences("group evidence", {key: evidence[key]}, {key: wanted})
    others = (
        values
        for key, values in evidence.items()
        if key not in counted.group_evidence and key[0] not in counted.groups_unknown
    )
    found += ["evidence of nobody" for values in others if any(values.values())]
    return found


def _bounds(given: dict[str, Any], truth: dict[str, int]) -> dict[str, Any]:
    """Holdings are exact below 5; above, any proof that there are as many will do."""
    names = ("schools", "holdings", "largest_holding", "second_holding")
    others = truth["possible_sessions"] - given["largest_holding"] - given["second_holding"]
    proven = (
        5 <= given["holdings"] <= truth["holdings"]
        and given["holdings"] <= given["schools"] <= truth["schools"]
        and others >= given["largest_holding"]
        and all(given[each] >= truth[each] for each in names[2:])
    )
    return {each: given[each] for each in names} if proven else {}


def _differences_of_transition(true: TrueCells, counted: Counted) -> list[str]:
    """England and its regions, all schools, year to date: three year groups by provision."""
    kept = {
        row
        for row in counted.rows
        if row[0].startswith(("E92", "E12")) and row[1] == ALL and row[2][2] == "Year to date"
    }
    provisions = (
        "Education, health and care plan",
        "SEN support / SEN without an EHC plan",
        "No SEN provision",
        "Unknown",
    )
    groups = [
        group
        for year in ("Year 6", "Year 7", "Year 8")
        for group in (
            f"National curriculum year group: {year}",
            *(f"Year group with SEN provision: {year}, {each}" for each in provisions),
        )
    ]
    nobody = dict.fromkeys(_ABSENTEES, 0)
    expected = {
        (row, group): {
            column: None
            if row in counted.groups_unknown
            else counted.groups.get((row, group), nobody)[column]
            for column in _ABSENTEES
        }
        for row in kept
        for group in groups
    }
    if not expected:
        return ["transition: should not exist"] if "transition" in true.cells else []
    return _differences("transition", _group_rows(true, true.cells["transition"]), expected)


def _group_rows(true: TrueCells, frame: pd.DataFrame) -> dict[Any, dict[str, Any]]:
    found: dict[Any, dict[str, Any]] = {}
    for breakdown, of_group in frame.groupby("breakdown", observed=True):
        rows = _rows(true, of_group.drop(columns="breakdown"))
        found |= {(row, str(breakdown)): values for row, values in rows.items()}
    return found


def _differences_of_census(true: TrueCells, counted: Counted) -> list[str]:
    frame = true.census_pupils
    pupils = {
        (place, phase): int(number)
        for place, phase, number in frame[["location", "education_phase", "pupils"]].to_numpy()
    }
    return [] if pupils == counted.census_pupils else ["census pupils differ"]

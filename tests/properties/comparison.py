"""Lays true cells beside the plain-Python count."""

from __future__ import annotations

from typing import Any

import pandas as pd

from publisher.model.stages import TrueCells
from tests.properties.reference_count import Counted, RowName


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


def _differences_of_census(true: TrueCells, counted: Counted) -> list[str]:
    frame = true.census_pupils
    pupils = {
        (place, phase): int(number)
        for place, phase, number in frame[["location", "education_phase", "pupils"]].to_numpy()
    }
    return [] if pupils == counted.census_pupils else ["census pupils differ"]

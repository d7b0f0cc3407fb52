"""Files of expectations are read strictly, and problems say where they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.catalogue import EVERY_FILE
from publisher.checks.run import PARAMETERS
from publisher.checks.suite_files import read_suites
from publisher.checks.validation import checked_types
from publisher.errors import ConfigProblem
from publisher.model.definitions import DataSet
from publisher.model.time import PeriodKind
from publisher.reference.areas import locations
from tests.unit.checks.world import DATA_SETS

GOOD = {
    "name": "attendance",
    "meta": {"about": "For tests"},
    "expectations": [
        {
            "type": "expect_counts_to_be_rounded",
            "kwargs": {"column": "session_count", "base": {"$PARAMETER": "rounding_base"}},
            "severity": "critical",
            "notes": "Counts are rounded so that nobody can be recognised",
        }
    ],
}


def problem(folder: Path, text: str, name: str = "attendance") -> ConfigProblem:
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigProblem) as caught:
        read(folder, name)
    return caught.value


def read(folder: Path, name: str) -> None:
    for suite in read_suites(folder, [name], PARAMETERS).values():
        checked_types(suite)


def changed(**entry: object) -> str:
    return json.dumps(
        {**GOOD, "expectations": [GOOD["expectations"][0] | entry]},
        indent=2,  # type: ignore[index]
    )


def test_our_own_files_are_right() -> None:
    suites = read_suites(Path("expectations"), list(DATA_SETS), PARAMETERS)
    assert set(suites) == set(DATA_SETS)
    for suite in suites.values():
        checked_types(suite)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "attendance.json").write_text(json.dumps(GOOD))
    (suite,) = read_suites(tmp_path, ["attendance"], PARAMETERS).values()
    checked_types(suite)
    assert [each.type for each in suite.entries] == ["expect_counts_to_be_rounded"]


def test_an_unknown_type_is_refused_with_its_place_and_a_suggestion(tmp_path: Path) -> None:
    found = problem(tmp_path, changed(type="expect_counts_to_be_roundd"))
    assert f"{tmp_path.name}/attendance.json:8:7" in found.found
    assert "expect_counts_to_be_rounded" in found.advice


def test_an_unknown_argument_is_refused(tmp_path: Path) -> None:
    found = problem(tmp_path, changed(kwargs={"column": "session_count", "base": 10, "colum": 1}))
    assert "attendance.json:9:7" in found.found
    assert "colum" in found.found


def test_a_missing_argument_is_refused(tmp_path: Path) -> None:
    assert "base" in problem(tmp_path, changed(kwargs={"column": "session_count"})).found


@pytest.mark.parametrize("name", ["mostly", "result_format", "catch_exceptions", "meta", "windows"])
def test_arguments_that_loosen_an_expectation_are_refused(tmp_path: Path, name: str) -> None:
    kwargs = {"column": "session_count", "base": 10, name: 0.5}
    assert f"'{name}' is not allowed" in problem(tmp_path, changed(kwargs=kwargs)).found


def test_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    kwargs = {"column": "session_count", "base": {"$PARAMETER": "base"}}
    found = problem(tmp_path, changed(kwargs=kwargs))
    assert "no parameter called 'base'" in found.found
    assert "rounding_base" in found.advice


def test_an_unknown_key_is_refused_with_its_line(tmp_path: Path) -> None:
    found = problem(tmp_path, changed(seriousness="critical"))
    assert "expectations.0.seriousness" in found.found
    assert "attendance.json:17:7" in found.found


def test_an_unknown_severity_is_refused(tmp_path: Path) -> None:
    assert "severity" in problem(tmp_path, changed(severity="none")).found


def test_notes_are_compulsory(tmp_path: Path) -> None:
    assert "notes" in problem(tmp_path, changed(notes="rounded")).found


def test_a_file_without_expectations_is_refused(tmp_path: Path) -> None:
    assert "expectations" in problem(tmp_path, json.dumps({**GOOD, "expectations": []})).found


def test_text_that_is_not_json_is_refused_with_its_place(tmp_path: Path) -> None:
    found = problem(tmp_path, '{"name": "attendance",\n "meta": {},\n "expectations": [,]}')
    assert "attendance.json:3:19" in found.found


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = json.dumps(GOOD).replace(
        '"severity": "critical"', '"severity": "critical", "severity": "info"'
    )
    assert "'severity' stands twice" in problem(tmp_path, text).found


def test_a_name_that_differs_from_the_files_is_refused(tmp_path: Path) -> None:
    assert "differs from the file's" in problem(tmp_path, json.dumps(GOOD), "other").found


def test_a_data_set_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem, match="'attendance' has no expectations"):
        read_suites(tmp_path, ["attendance"], PARAMETERS)


def test_a_file_without_a_data_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "attendance.json").write_text(json.dumps(GOOD))
    with pytest.raises(ConfigProblem, match="no data set called 'attendance'"):
        read_suites(tmp_path, [], PARAMETERS)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem, match="no folder of expectations"):
        read_suites(tmp_path / "nowhere", ["attendance"], PARAMETERS)


_OF_A_YEAR = {
    PeriodKind.DAY: 200,
    PeriodKind.WEEK: 39,
    PeriodKind.YEAR_TO_DATE: 1,
    PeriodKind.TERM: 3,
}


@pytest.mark.parametrize("data_set", EVERY_FILE, ids=lambda each: each.name)
def test_the_greatest_number_of_rows_has_room_for_a_whole_year(data_set: DataSet) -> None:
    places = sum(place.level in data_set.levels for place in locations())
    terms = 1 if data_set.wide else _OF_A_YEAR[PeriodKind.TERM]  # a wide file is of one term
    many = {**_OF_A_YEAR, PeriodKind.TERM: terms}
    items = sum(many[kind] for each in data_set.items for kind in data_set.kinds_of(each))
    suite = json.loads(Path(f"expectations/{data_set.name}.json").read_text(encoding="utf-8"))
    allowed = [
        each["kwargs"]["max_value"]
        for each in suite["expectations"]
        if each["type"] == "expect_table_row_count_to_be_between"
    ]
    assert all(places * len(data_set.phases) * items <= most for most in allowed)

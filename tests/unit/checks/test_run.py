"""Protected cells that are right pass; each expectation finds what it exists to find."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from publisher.checks.run import check_cells
from publisher.checks.settings import CheckSettings
from publisher.errors import CheckFailed, ConfigProblem
from publisher.model.progress import Silent
from publisher.model.stages import (
    CheckedCells,
    CheckResult,
    Outcome,
    ProtectedCells,
    ProtectedTable,
)
from tests.unit.checks.world import DATA_SETS, OF_ALL_PUPILS, protected, world

EXPECTATIONS = Path("expectations")
SCHOOLS, REASONS, ABSENTEES = "schools_submitting", "attendance_reasons", "persistent_absence"
Mask = Callable[[pd.DataFrame], pd.Series]
Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def cells() -> ProtectedCells:
    return protected(world(authorities=2, weeks=1, seed=5), withheld=0.1)


def spoiled(cells: ProtectedCells, data_set: str, change: Change) -> ProtectedCells:
    """Only the table of `data_set`, changed."""
    table = cells.table(data_set)
    rows = change(table.rows.copy())
    return replace(cells, tables=(ProtectedTable(table.data_set, rows),))


def check(cells: ProtectedCells, expectations: Path = EXPECTATIONS) -> CheckedCells:
    every = tuple(DATA_SETS.values())
    return check_cells(cells, expectations, CheckSettings(), Silent(), data_sets=every)


def messages(cells: ProtectedCells) -> str:
    with pytest.raises(CheckFailed) as caught:
        check(cells)
    return str(caught.value)


def where(**wanted: str) -> Mask:
    def mask(rows: pd.DataFrame) -> pd.Series:
        match = pd.Series(data=True, index=rows.index)
        for column, value in wanted.items():
            match &= rows[column].astype(object) == value
        return match

    return mask


def first(rows: pd.DataFrame, mask: Mask, column: str) -> int:
    """The first shown row that fits."""
    shown = rows[f"{column}_status"].astype(object) == "shown"
    return int(rows.index[mask(rows) & shown][0])


def put(column: str, value: object, **wanted: str) -> Change:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[first(rows, where(**wanted), column), column] = value
        return rows

    return change


def add(column: str, amount: float, **wanted: str) -> Change:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[first(rows, where(**wanted), column), column] += amount
        return rows

    return change


def status(column: str, value: str, *, blank: bool = True, **wanted: str) -> Change:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        row = first(rows, where(**wanted), column)
        known = rows[f"{column}_status"].cat.categories
        if value not in known:
            rows[f"{column}_status"] = rows[f"{column}_status"].cat.add_categories([value])
        rows.loc[row, f"{column}_status"] = value
        if blank:
            rows.loc[row, column] = np.nan
        return rows

    return change


def label(column: str, value: str, **wanted: str) -> Change:
    """Another text in one cell of a dimension."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        texts = rows[column].astype(object)
        texts[rows.index[where(**wanted)(rows)][0]] = value
        rows[column] = texts.astype("category")
        return rows

    return change


def drop(mask: Mask) -> Change:
    return lambda rows: rows[~mask(rows)].reset_index(drop=True)


ENGLAND_ALL = {"geographic_level": "National", "education_phase": "All schools"}
ILLNESS = {"attendance_reason": "Illness (i)"}
PLANTED: list[tuple[str, str, str, Change]] = [
    (
        "columns",
        REASONS,
        "The columns are those of the definition",
        lambda rows: rows.assign(comment=1.0),
    ),
    (
        "items",
        REASONS,
        "The filter 'Attendance status' has only the items",
        label("attendance_status", "Elsewhere"),
    ),
    (
        "duplicate",
        SCHOOLS,
        "No two lines have the same",
        lambda rows: pd.concat([rows, rows.iloc[[0]]], ignore_index=True),
    ),
    (
        "missing item",
        REASONS,
        "has a line for each item of the definition",
        lambda rows: rows.drop(index=7).reset_index(drop=True),
    ),
    (
        "item missing everywhere",
        REASONS,
        "has a line for each item of the definition",
        drop(where(attendance_reason="Interview (j)")),
    ),
    (
        "blank filter",
        SCHOOLS,
        "No period, place or filter cell is blank",
        label("education_phase", np.nan),
    ),
    (
        "wrong region",
        SCHOOLS,
        "lies in its own region",
        label("region_name", "London", geographic_level="Local authority"),
    ),
    (
        "no total",
        SCHOOLS,
        "also has one for all schools",
        drop(
            where(
                education_phase="All schools",
                geographic_level="Local authority",
                time_frame="Monday",
            )
        ),
    ),
    (
        "no region",
        SCHOOLS,
        "all that its authorities call for",
        drop(
            lambda rows: (
                where(geographic_level="Regional", time_frame="Monday")(rows)
                & (
                    rows.region_name
                    == rows.region_name[where(geographic_level="Regional")(rows)].iloc[0]
                )
            )
        ),
    ),
    (
        "no week",
        SCHOOLS,
        "A place with a daily row has a row for that week",
        drop(where(time_frame="Week")),
    ),
    (
        "unknown status",
        REASONS,
        "Every status of 'Number of sessions' is one of the list",
        status("session_count", "hidden"),
    ),
    (
        "value beside c",
        REASONS,
        "'Number of sessions' has a value where it is shown",
        status("session_count", "withheld", blank=False),
    ),
    (
        "shown without value",
        REASONS,
        "'Number of sessions' has a value where it is shown",
        put("session_count", np.nan),
    ),
    (
        "percent that should be x",
        REASONS,
        "as its definition says",
        lambda rows: rows.assign(
            session_percent=rows.session_percent.where(
                ~where(attendance_reason="Present am")(rows), 1
            ),
            session_percent_status=rows.session_percent_status.where(
                ~where(attendance_reason="Present am")(rows), "shown"
            ),
        ),
    ),
    (
        "withheld school number",
        SCHOOLS,
        "'Number of schools' is shown, withheld, not available",
        status("school_all_count", "withheld"),
    ),
    ("not rounded", REASONS, "whole multiple of the base", add("session_count", 1, **ILLNESS)),
    ("half", REASONS, "whole multiple of the base", add("session_count", 0.5, **ILLNESS)),
    (
        "negative",
        REASONS,
        "A count of sessions is never below zero",
        put("session_count", -10.0, **ILLNESS),
    ),
    (
        "percent",
        REASONS,
        "can be worked out from the two published counts",
        add("session_percent", 0.01, **ILLNESS),
    ),
    (
        "percent of nothing",
        ABSENTEES,
        "can be worked out from the two published counts",
        status("enrolments_percent", "not available", absence_type="Severe absence"),
    ),
    (
        "percent above 100",
        ABSENTEES,
        "lies between 0 and 100",
        put("enrolments_percent", 100.01, absence_type="Severe absence"),
    ),
    (
        "one count withheld",
        REASONS,
        "withheld for a whole row or not at all",
        status("session_count", "withheld", **ILLNESS),
    ),
    (
        "phases",
        REASONS,
        "All schools are the sum of primary",
        add("session_count", 1000, **ENGLAND_ALL, attendance_reason="Present am"),
    ),
    (
        "regions",
        REASONS,
        "England is the sum of its regions",
        add("session_count", 1000, **ENGLAND_ALL, attendance_reason="Present am"),
    ),
    (
        "authorities",
        REASONS,
        "A region is the sum of its authorities on a day",
        add(
            "session_count",
            1000,
            geographic_level="Regional",
            education_phase="Primary",
            time_frame="Week",
            attendance_reason="Present am",
        ),
    ),
    (
        "authorised above absence",
        REASONS,
        "Authorised absence is never more than absence",
        put("session_count", 1e7, attendance_reason="All authorised"),
    ),
    (
        "date",
        REASONS,
        "The reference date is the day of a daily row",
        put("reference_date", "2025-09-09", time_frame="Monday"),
    ),
    (
        "date of a week",
        SCHOOLS,
        "The reference date is the day of a daily row",
        put("reference_date", "2025-09-12", time_frame="Week"),
    ),
    ("week 53", SCHOOLS, "the platform has no week 53", label("time_identifier", "Week 53")),
    (
        "no year to date",
        REASONS,
        "a whole week and for the year to date",
        drop(where(time_frame="Year to date")),
    ),
    (
        "severe above persistent",
        ABSENTEES,
        "Severely absent enrolments are persistently absent too",
        put("enrolments_count", 1e7, absence_type="Severe absence"),
    ),
    (
        "persistent above all",
        ABSENTEES,
        "never more than all enrolments",
        put("enrolments_count", 1e7, absence_type="Persistent absence"),
    ),
    (
        "severe rate",
        ABSENTEES,
        "The rate of severe absence is never above",
        put("enrolments_percent", 99.0, absence_type="Severe absence"),
    ),
    (
        "phases of enrolments",
        ABSENTEES,
        "All schools are the sum of primary",
        add("enrolments_count", -9000, **ENGLAND_ALL, absence_type="Total pupils"),
    ),
    (
        "no frame",
        ABSENTEES,
        "terms have rows once they have ended",
        lambda rows: rows.assign(time_frame=pd.Categorical(["Autumn term"] * len(rows))),
    ),
    ("empty", SCHOOLS, "this could not be checked", lambda rows: rows.iloc[:0]),
    (
        "schools of a day",
        SCHOOLS,
        "On a day, all schools submitting are the sum of the phases",
        add("school_submitted_count", 1, **ENGLAND_ALL, time_frame="Monday"),
    ),
    (
        "schools of a week",
        SCHOOLS,
        "Over a week or the year to date, all schools submitting",
        add("school_submitted_count", 9, **ENGLAND_ALL, time_frame="Week"),
    ),
    (
        "schools of the census",
        SCHOOLS,
        "All schools of the census are at least",
        add("school_all_count", -1, **ENGLAND_ALL, time_frame="Week"),
    ),
    (
        "schools in England",
        SCHOOLS,
        "the schools submitting in England are those of its regions",
        add("school_submitted_count", 1, **ENGLAND_ALL, time_frame="Monday"),
    ),
    (
        "schools in a region",
        SCHOOLS,
        "the schools submitting in a region are those",
        add(
            "school_submitted_count",
            1,
            geographic_level="Regional",
            education_phase="Primary",
            time_frame="Monday",
        ),
    ),
    (
        "census in England",
        SCHOOLS,
        "England has at least the schools of the regions",
        add("school_all_count", -1, geographic_level="National", education_phase="Primary"),
    ),
    (
        "census in a region",
        SCHOOLS,
        "A region has at least the schools of the authorities",
        add("school_all_count", -1, geographic_level="Regional", education_phase="Primary"),
    ),
    (
        "half a school",
        SCHOOLS,
        "A number of schools submitting is a whole number",
        add("school_submitted_count", 0.5),
    ),
    (
        "half a census school",
        SCHOOLS,
        "A number of schools is a whole number",
        add("school_all_count", 0.5),
    ),
    (
        "negative schools",
        SCHOOLS,
        "A row exists only where at least one school submits",
        put("school_submitted_count", -1.0),
    ),
    (
        "negative enrolments",
        ABSENTEES,
        "A count of enrolments is never below zero",
        put("enrolments_count", -10.0),
    ),
]


def test_right_cells_pass_every_check(cells: ProtectedCells) -> None:
    checked = check(cells)
    assert checked.protected is cells
    assert {each.data_set for each in checked.results} == {each.name for each in OF_ALL_PUPILS}
    assert [each.words for each in checked.results if each.outcome is not Outcome.PASSED] == []
    assert all(each.rows_checked > 0 for each in checked.results)


@pytest.mark.parametrize(
    ("data_set", "words", "change"), [each[1:] for each in PLANTED], ids=[p[0] for p in PLANTED]
)
def test_a_planted_failure_stops_the_release_in_its_own_words(
    cells: ProtectedCells, data_set: str, words: str, change: Change
) -> None:
    found = messages(spoiled(cells, data_set, change))
    lines = [line for line in found.splitlines() if words in line]
    assert lines, found
    assert "not so in" in lines[0] or "could not be checked" in lines[0]


def test_each_sum_of_reasons_is_checked(cells: ProtectedCells) -> None:
    entries = json.loads((EXPECTATIONS / f"{REASONS}.json").read_text())["expectations"]
    sums = [each for each in entries if each["type"] == "expect_items_to_add_up"]
    assert len(sums) == 9

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        # each total is spoiled in a row of its own: one phase, one day each
        for number, each in enumerate(sums):
            phase = ("Primary", "Secondary")[number // 5]
            day = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")[number % 5]
            chosen = {"geographic_level": "Regional", "education_phase": phase, "time_frame": day}
            spoil = add(
                "session_count", 1_000_000, **chosen, attendance_reason=each["kwargs"]["total"]
            )
            rows = spoil(rows)
        return rows

    found = messages(spoiled(cells, REASONS, change))
    for each in sums:
        assert f"{each['notes']}: not so in " in found


def test_a_figure_in_a_row_that_is_to_be_withheld_stops_the_release(cells: ProtectedCells) -> None:
    keys = set(cells.withheld.itertuples(index=False, name=None))
    shown = next(
        key
        for period in cells.scope.periods
        if (key := ("E92000001", "All schools", period.key)) not in keys
    )
    row = pd.DataFrame([shown], columns=list(cells.withheld.columns))
    also = replace(cells, withheld=pd.concat([cells.withheld, row], ignore_index=True))
    assert "Rows that disclosure control withholds" in messages(also)


def test_a_row_withheld_without_being_remembered_stops_the_release(cells: ProtectedCells) -> None:
    assert len(cells.withheld) > 0
    forgotten = replace(cells, withheld=cells.withheld.iloc[1:])
    assert "Rows that disclosure control withholds" in messages(forgotten)


def test_a_warning_lets_the_release_pass_unless_set(cells: ProtectedCells) -> None:
    def many(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(school_submitted_count=rows["school_all_count"] * 2)

    changed = spoiled(cells, SCHOOLS, many)
    results = check(changed).results
    warned = [each for each in results if each.outcome is Outcome.FAILED]
    assert [each.severity.value for each in warned] == ["warning"]
    strict = CheckSettings(warnings_block=True)
    with pytest.raises(CheckFailed, match="1 of"):
        check_cells(changed, EXPECTATIONS, strict, Silent(), data_sets=tuple(DATA_SETS.values()))


def test_an_area_without_rows_is_a_warning(cells: ProtectedCells) -> None:
    everywhere = protected(world(authorities=6, weeks=1)).scope.locations
    scope = replace(cells.scope, locations=everywhere)
    warned = [
        each
        for each in check(replace(cells, scope=scope)).results
        if each.outcome is not Outcome.PASSED
    ]
    assert {each.name for each in warned} == {"expect_locations_to_be_complete"}


def test_a_release_without_rows_for_england_is_a_warning(cells: ProtectedCells) -> None:
    changed = spoiled(
        cells, SCHOOLS, drop(lambda rows: ~where(geographic_level="Local authority")(rows))
    )
    failed = [each for each in check(changed).results if each.outcome is Outcome.FAILED]
    assert {each.severity.value for each in failed} == {"warning"}
    assert any("England, regions and local authorities all have rows" in e.words for e in failed)


def _weighted(rows: pd.DataFrame) -> pd.DataFrame:
    """Rates for all schools as some weighted mean of those of the phases."""
    phases = rows["education_phase"].astype(object) != "All schools"
    keys = [
        rows[name].astype(object)
        for name in ("geographic_level", "region_code", "new_la_code", "absence_type")
    ]
    mean = rows["enrolments_percent"].where(phases).groupby(keys).transform("mean").round(2)
    return rows.assign(enrolments_percent=rows["enrolments_percent"].where(phases, mean))


def test_weighted_totals_are_judged_by_their_own_rule() -> None:
    cells = protected(world(authorities=2, weeks=1, seed=5), withheld=0, academic_year="202425")
    weighted = spoiled(cells, ABSENTEES, _weighted)
    far = put("enrolments_percent", 99.0, **ENGLAND_ALL, absence_type="Persistent absence")
    near = add("enrolments_percent", 0.01, education_phase="Primary", absence_type="Severe absence")
    check(weighted)
    assert "between the lowest and highest" in messages(spoiled(weighted, ABSENTEES, far))
    assert "worked out from the two" in messages(spoiled(weighted, ABSENTEES, near))


def test_messages_never_carry_a_value(
    cells: ProtectedCells, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = 7313713
    change = put("session_count", float(canary), **ILLNESS)
    found = messages(spoiled(cells, REASONS, change))
    printed = capfd.readouterr()
    for text in (found, caplog.text, printed.out, printed.err):
        assert str(canary) not in text.replace(",", "")


def test_a_table_without_a_geography_column_stops_the_release(
    cells: ProtectedCells,
) -> None:
    found = messages(spoiled(cells, SCHOOLS, lambda rows: rows.drop(columns=["la_name"])))
    assert "lacks la_name" in found


def test_an_indicator_that_is_missing_could_not_be_checked(cells: ProtectedCells) -> None:
    without = spoiled(cells, SCHOOLS, lambda rows: rows.drop(columns=["school_all_count"]))
    found = messages(without)
    assert "and 0 could not run" not in found
    assert "could not be checked" in found
    assert "Traceback" not in found


def test_unused_files_are_errors_unless_their_data_set_is_defined(cells: ProtectedCells) -> None:
    only = replace(cells, tables=(cells.table(SCHOOLS),))
    with pytest.raises(ConfigProblem, match="there is no data set called"):
        check_cells(only, EXPECTATIONS, CheckSettings(), Silent())


def test_nothing_is_asked_of_the_network(
    cells: ProtectedCells, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    check(replace(cells, tables=(cells.table(ABSENTEES),)))


def test_the_library_is_imported_only_when_checks_run() -> None:
    program = "import sys, publisher.checks.run; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_order_of_rows_does_not_matter(cells: ProtectedCells) -> None:
    def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.sample(frac=1, random_state=1).reset_index(drop=True)

    in_order = check(spoiled(cells, REASONS, lambda rows: rows)).results
    assert check(spoiled(cells, REASONS, shuffled)).results == in_order


def test_results_are_plain(cells: ProtectedCells) -> None:
    results = check(replace(cells, tables=(cells.table(ABSENTEES),))).results
    assert all(type(each) is CheckResult for each in results)
    assert len({(each.name, each.words) for each in results}) == len(results)

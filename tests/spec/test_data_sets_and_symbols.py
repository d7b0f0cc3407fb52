"""What each data set of a release shows, and what stands in place of a number, as tables."""

from __future__ import annotations

import numpy as np
import pytest

from publisher.catalogue import EVERY_FILE
from publisher.model.status import CellStatus
from publisher.reference.areas import locations
from publisher.reference.facts import read_facts
from publisher.render.csv_files import number_text
from publisher.render.rounding import in_words
from publisher.render.symbols import csv_symbol, shown_symbol


@pytest.fixture(autouse=True)
def each_engine() -> None:
    """Nothing is counted here."""


# file | time frames | filters beside education_phase and time_frame | indicators
DATA_SETS = """
attendance_reasons | day, week, year to date | attendance_status, attendance_type, attendance_reason | session_count, session_percent, reference_date
persistent_absence | year to date, term | absence_type | enrolments_count, enrolments_percent
schools_submitting | day, week, year to date | | school_submitted_count, school_all_count, reference_date
absence_by_characteristic | week, year to date | breakdown_topic, breakdown, attendance_type | session_count, session_percent, enrolments_count
persistent_absence_by_characteristic | year to date, term | breakdown_topic, breakdown, absence_type | enrolments_count, enrolments_percent
transition | year to date | year_group, sen_provision, absence_type | enrolments_count, enrolments_percent
"""  # noqa: E501
TIDY = [[part.strip() for part in line.split("|")] for line in DATA_SETS.strip().splitlines()]
SHARED = ("education_phase", "time_frame")
# file | time frame | filters beside education_phase | percentages
WIDE = """
daily        | day          | attendance_date | sessions
weekly       | week         | time_frame      | sessions
year_to_date | year to date | time_frame      | sessions, enrolments
autumn_term  | term         | time_frame      | enrolments
spring_term  | term         | time_frame      | enrolments
summer_term  | term         | time_frame      | enrolments
"""
FILES = {each.name: each for each in EVERY_FILE}


@pytest.mark.parametrize("line", TIDY, ids=[each[0] for each in TIDY])
def test_what_a_data_set_shows(line: list[str]) -> None:
    name, periods, filters, indicators = line
    data_set = FILES[name]
    assert ", ".join(each.value for each in data_set.periods) == periods
    assert set(SHARED) <= set(data_set.filter_columns)
    others = [each for each in data_set.filter_columns if each not in SHARED]
    assert ", ".join(others) == filters
    assert ", ".join(data_set.indicator_columns) == indicators


@pytest.mark.parametrize("line", WIDE.strip().splitlines())
def test_wide_files_have_a_column_for_each_measure(line: str) -> None:
    """Rates of sessions for the items that have one, of enrolments for both kinds of absence."""
    name, period, beside, percentages = (each.strip() for each in line.split("|"))
    data_set = FILES[name]
    assert [each.value for each in data_set.periods] == [period]
    assert data_set.filter_columns == ("education_phase", beside)
    expected = {
        "sessions": {
            f"{row['wide_column']}_percent"
            for row in read_facts("attendance_reasons")
            if row["percent_published"] == "yes"
        },
        "enrolments": {"persistent_absence_percent", "severe_absence_percent"},
    }
    wanted = {each for part in percentages.split(", ") for each in expected[part]}
    assert {each for each in data_set.indicator_columns if each.endswith("_percent")} == wanted


def test_every_file_is_in_one_of_these_tables() -> None:
    wide = [line.partition("|")[0].strip() for line in WIDE.strip().splitlines()]
    assert sorted(FILES) == sorted([each[0] for each in TIDY] + wide)


def test_levels_are_national_regional_and_local_authority_but_for_the_move_to_secondary() -> None:
    wide = ["National", "Regional"]
    for name, data_set in FILES.items():
        expected = wide if name == "transition" else [*wide, "Local authority"]
        assert [each.value for each in data_set.levels] == expected


# level | places | rows with four phases each
FULL_WEEK = """
National        |   1 |   4
Regional        |   9 |  36
Local authority | 153 | 612
"""


def test_a_week_promises_a_row_for_each_place_and_phase() -> None:
    """Five rows of authorities do not come to pass: no open school of that phase, 607 are left."""
    levels = [each.level.value for each in locations()]
    for line in FULL_WEEK.strip().splitlines():
        level, places, rows = (each.strip() for each in line.split("|"))
        assert levels.count(level) == int(places)
        assert 4 * levels.count(level) == int(rows)


# status | in CSV files | where people read
SYMBOLS = """
withheld       | c   | [c]
not available  | x   | [x]
not applicable | z   | [z]
rounds to zero | low | [low]
"""


def test_what_stands_in_place_of_a_number() -> None:
    lines = [
        tuple(part.strip() for part in line.split("|")) for line in SYMBOLS.strip().splitlines()
    ]
    for status, bare, bracketed in lines:
        assert (csv_symbol(status), shown_symbol(status)) == (bare, bracketed)
    others = set(CellStatus) - {CellStatus(status) for status, *_ in lines}
    assert others == {CellStatus.SHOWN, CellStatus.EMPTY}
    assert (csv_symbol(CellStatus.SHOWN), csv_symbol(CellStatus.EMPTY)) == (None, "")


# percentage of two decimals -> in CSV files, where people read
DECIMALS = """
 4.75    4.75   4.8
 4.85    4.85   4.9
 4.84    4.84   4.8
 0.05    0.05   0.1
99.95   99.95 100.0
 0.04    0.04   0.0
 2.50    2.50   2.5
"""


def test_displayed_decimals_are_rounded_half_away_from_zero() -> None:
    for line in DECIMALS.strip().splitlines():
        value, in_file, shown = line.split()
        assert number_text(np.array([float(value)]), 2).to_pylist() == [in_file]
        assert in_words(float(value), 1) == shown

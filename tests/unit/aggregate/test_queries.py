from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

from publisher.aggregate import queries
from publisher.aggregate.engine import DIALECT, Step, StepKind
from publisher.aggregate.lifetimes import read_by, unread
from publisher.aggregate.queries_answers import EVIDENCE, answers
from publisher.aggregate.queries_rows import authority_days
from publisher.catalogue import CATALOGUE
from publisher.catalogue.data_sets import (
    ATTENDANCE_REASONS,
    PERSISTENT_ABSENCE_SET,
    SCHOOLS_SUBMITTING,
)
from publisher.errors import UsageProblem
from publisher.model.definitions import AbsenteeMeasure, CountedUnit, DataSet, SessionMeasure
from publisher.model.time import IsoWeek, PeriodKind

WEEK = IsoWeek(2025, 45)
STEPS = queries.steps(WEEK, CATALOGUE)
GIVEN = {
    *("marks", "school_days", "weeks", "pupils", "schools", "approvals", "census"),
    *("counts", "count_days", "on_roll"),
    *("release_days", "code_numbers", "authorities", "areas", "row_members", "promised_rows"),
    *("period_days", "part_of_schools", "week_days", "release_weeks", "plain_weeks"),
    *(
        "week_slices",
        "slice_days",
        "period_slices",
        "slice_spans",
        "span_weeks",
        "long_periods",
        "period_spans",
    ),
    *("item_members", "promised_items", "period_items"),
}


KNOWN_TO_BOTH = {"BIT_COUNT"}
"""Functions that the transpiler does not know and that both engines have under this name."""


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_is_one_select_that_other_engines_understand(step: Step) -> None:
    parsed = sqlglot.parse(step.sql, read=DIALECT)
    assert len(parsed) == 1
    assert isinstance(parsed[0], exp.Query)
    spark = parsed[0].sql(dialect="spark", unsupported_level=ErrorLevel.RAISE)
    assert isinstance(sqlglot.parse_one(spark, read="spark"), exp.Query)
    unknown = {each.name.upper() for each in parsed[0].find_all(exp.Anonymous)}
    assert unknown <= KNOWN_TO_BOTH, "a function only one engine knows"


def test_steps_read_only_what_the_store_gives_or_an_earlier_step_made() -> None:
    known = set(GIVEN)
    for step in STEPS:
        parsed = sqlglot.parse_one(step.sql, read=DIALECT)
        own = {cte.alias for cte in parsed.find_all(exp.CTE)}
        read = {table.name for table in parsed.find_all(exp.Table)} - own
        assert read <= known, step.name
        if step.kind is not StepKind.ANSWER:
            known.add(step.name)


def test_answers_that_reach_the_program_are_sorted() -> None:
    answers = [step for step in STEPS if step.kind is StepKind.ANSWER]
    unsorted = {step.name for step in answers if "ORDER BY" not in step.sql}
    assert unsorted == {"marks_without_meaning", "sharing_authorities", "supply"}  # one row each


def test_what_answers_read_is_not_forgotten() -> None:
    forgotten = {each.name for each in unread(STEPS, read_by(answers(CATALOGUE)))}
    assert {"enrolments", "row_item_slices", "holding_rows", "new_school_leaves"} <= forgotten
    needed = [*answers(CATALOGUE)]
    for step in needed:
        parsed = sqlglot.parse_one(step.sql, read=DIALECT)
        read = {table.name for table in parsed.find_all(exp.Table)}
        assert not read & forgotten, step.name
        needed += [each for each in STEPS if each.kind is StepKind.VIEW and each.name in read]


def test_names_are_unique_and_every_step_has_words() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS)
    assert all(step.words and step.words in step.text for step in STEPS)


def test_kept_sums_depend_on_the_queries_and_the_numbers_of_areas_and_not_on_the_week() -> None:
    text = queries.text_of_sums(WEEK, CATALOGUE)
    assert text == queries.text_of_sums(WEEK.following(), CATALOGUE)
    assert text != queries.text_of_sums(WEEK, [ATTENDANCE_REASONS])
    assert text != queries.text_of_sums(IsoWeek(2024, 45), CATALOGUE)
    assert "'area': 0, 'authority': 'E06000001'" in text


def test_only_the_definitions_decide_which_sessions_are_summed() -> None:
    late = SessionMeasure("late", "Late", frozenset({"L", "U"}), "Late")
    sql = authority_days([late]).sql
    assert "code_number IN (3, 24)" in sql
    assert 'AS "late"' in sql


def test_steps_that_no_data_set_needs_are_left_out() -> None:
    names = {step.name for step in queries.steps(WEEK, [SCHOOLS_SUBMITTING])}
    assert not names & {"row_sessions", "row_absentees", "enrolment_slices", "row_pupils"}
    assert EVIDENCE not in names


def _with_measure(data_set: DataSet, measure: Any) -> DataSet:
    return replace(data_set, measures=(*data_set.measures, measure))


@dataclass(frozen=True)
class _Novelty:
    name: str = "novelty"
    unit: CountedUnit = CountedUnit.SESSIONS


@pytest.mark.parametrize(
    ("data_set", "words"),
    [
        (_with_measure(ATTENDANCE_REASONS, _Novelty()), "no kind of measure"),
        (
            _with_measure(
                ATTENDANCE_REASONS, SessionMeasure("wrong", "", frozenset({"L", "L9"}), "")
            ),
            "unknown one",
        ),
        (
            _with_measure(ATTENDANCE_REASONS, SessionMeasure("none", "", frozenset(), "")),
            "no register code",
        ),
        (
            _with_measure(
                ATTENDANCE_REASONS, SessionMeasure('x" , 1 AS "y', "", frozenset("L"), "")
            ),
            "snake_case",
        ),
        (replace(PERSISTENT_ABSENCE_SET, periods=(PeriodKind.WEEK,)), "no meaning for a day"),
    ],
)
def test_what_cannot_be_counted_stops_the_run(data_set: DataSet, words: str) -> None:
    with pytest.raises(UsageProblem, match=words) as caught:
        queries.steps(WEEK, [data_set])
    assert data_set.name in str(caught.value)


def test_one_name_means_one_thing() -> None:
    other = AbsenteeMeasure("severely_absent", "", percent_missed=60, words="")
    twin = replace(PERSISTENT_ABSENCE_SET, name="twin", measures=(other,))
    with pytest.raises(UsageProblem, match="defined twice"):
        queries.steps(WEEK, [PERSISTENT_ABSENCE_SET, twin])
    assert queries.steps(WEEK, [PERSISTENT_ABSENCE_SET, replace(PERSISTENT_ABSENCE_SET, name="b")])

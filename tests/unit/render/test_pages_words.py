from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from publisher.errors import CheckFailed
from publisher.model.definitions import IndicatorUnit
from publisher.model.status import CellStatus
from publisher.render.content_figures import Figure
from publisher.render.content_sentences import change, compared, extremes, rates_by, unavailable
from publisher.render.content_words import (
    clock_words,
    date_words,
    direction,
    list_words,
    percent_words,
    plural,
    points_words,
    region_words,
    size_words,
    without_code,
)


def percent(value: float | None, status: CellStatus = CellStatus.SHOWN) -> Figure:
    return Figure(value, status, IndicatorUnit.PERCENT, 1)


WITHHELD = percent(None, CellStatus.WITHHELD)
figures = some.one_of(
    some.floats(0, 100).map(percent),
    some.sampled_from([each for each in CellStatus if each is not CellStatus.SHOWN]).map(
        lambda status: percent(None, status)
    ),
    some.none(),
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (percent_words(4.85, 1), "4.9%"),
        (percent_words(0.04, 1), "0.0%"),
        (points_words(-1.04, 1), "1.0 percentage points"),
        (points_words(1, 0), "1 percentage point"),
        (date_words(date(2025, 11, 7)), "7 November 2025"),
        (clock_words(time(9, 30)), "9.30am"),
        (clock_words(time(12, 5)), "12.05pm"),
        (clock_words(time(0, 0)), "12.00am"),
        (list_words([]), ""),
        (list_words(["a"]), "a"),
        (list_words(["a", "b", "c"]), "a, b and c"),
        (plural(1, "school"), "1 school"),
        (plural(2000, "school"), "2,000 schools"),
        (size_words(999), "999\u00a0bytes"),
        (size_words(1400), "1.4\u00a0KB"),
        (size_words(250_000_000), "250\u00a0MB"),
        (size_words(3_000_000_000), "3.0\u00a0GB"),
        (region_words("South West"), "the South West"),
        (region_words("Yorkshire and The Humber"), "Yorkshire and The Humber"),
        (without_code("Illness (i)"), "Illness"),
        (without_code("Overall absence"), "Overall absence"),
    ],
)
def test_words(said: str, expected: str):
    assert said == expected


def test_change_says_which_way_and_from_what():
    assert change(percent(6.8), percent(7.8), "week 43") == (
        "Down 1.0 percentage points from 7.8% in week 43."
    )
    assert change(percent(6.8), percent(6.52), "week 43").startswith("Up 0.3 percentage points")
    assert change(percent(6.84), percent(6.81), "week 43") == "Unchanged from week 43."
    assert change(percent(6.8), WITHHELD, "week 43") == "No figure to compare with for week 43."
    assert change(WITHHELD, percent(6.8), "week 43") == "Withheld to protect confidentiality."


def test_a_difference_and_its_direction_agree():
    assert compared(percent(6.8), percent(6.84), "in week 43") == "the same as in week 43"
    assert compared(percent(6.8), percent(7.2), "in week 43") == (
        "0.4 percentage points lower than in week 43"
    )


def test_extremes_are_said_only_when_every_figure_is_shown_and_they_differ():
    assert extremes({"A": percent(7.5), "B": percent(5.91), "C": percent(5.93)}, 1) == (
        "highest in A (7.5%) and lowest in B and C (5.9%)"
    )
    assert extremes({"A": percent(7.5), "B": WITHHELD}, 1) == ""
    assert extremes({"A": percent(7.5), "B": None}, 1) == ""
    assert extremes({"A": percent(7.51), "B": percent(7.52)}, 1) == ""
    assert extremes({}, 1) == ""


def test_withheld_figures_are_named_as_such_among_shown_ones():
    words = rates_by([("primary schools", percent(4.8)), ("special schools", WITHHELD)])
    assert words == "4.8% in primary schools and withheld in special schools"
    assert rates_by([("primary schools", WITHHELD), ("special schools", None)]) == ""


def test_nothing_can_be_said_about_the_size_of_a_figure_that_is_not_shown():
    with pytest.raises(CheckFailed):
        _ = Figure(4.0, CellStatus.WITHHELD, IndicatorUnit.PERCENT, 1).number


@given(some.floats(-100, 100), some.integers(0, 2))
def test_direction_is_the_sign_of_what_is_shown(difference: float, decimals: int):
    shown = float(points_words(difference, decimals).split()[0])
    assert abs(direction(difference, decimals)) == (shown > 0)


@given(figures, figures)
def test_every_sentence_is_whole_whatever_is_withheld(now: Figure | None, before: Figure | None):
    said = change(now, before, "week 43")
    assert said == "" or (said[0].isupper() and said.endswith("."))
    assert "nan" not in said
    assert "None" not in said
    if now is not None and not now.shown:
        assert not any(letter.isdigit() for letter in said)
    if now is None or not now.shown:
        assert unavailable("absence", now).endswith(".")

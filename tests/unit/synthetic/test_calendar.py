from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from publisher.synthetic.batching import plan_batches
from publisher.synthetic.calendar import easter, half_term_monday, school_calendar
from publisher.synthetic.facts import authorities


@pytest.fixture(scope="module")
def autumn():
    return school_calendar(date(2025, 9, 8), date(2025, 11, 7))


@pytest.fixture(scope="module")
def year():
    return school_calendar(date(2025, 9, 1), date(2026, 8, 31))


@pytest.mark.parametrize(
    ("when", "sunday"),
    [
        (2023, date(2023, 4, 9)),
        (2024, date(2024, 3, 31)),
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter(when, sunday):
    assert easter(when) == sunday


@pytest.mark.parametrize(
    ("academic_year", "monday"),
    [(2022, 24), (2023, 23), (2024, 28), (2025, 27), (2026, 26)],
)
def test_the_usual_autumn_half_term(academic_year, monday):
    assert half_term_monday(academic_year) == date(academic_year, 10, monday)


@pytest.mark.parametrize(
    ("code", "weeks"),
    [
        ("E06000001", {37, 38, 39, 40, 41, 42, 43, 45}),  # Hartlepool
        ("E06000018", {37, 38, 39, 40, 41, 42, 45}),  # Nottingham: two weeks
        ("E06000016", {37, 38, 39, 40, 41, 42, 44, 45}),  # Leicester: a week earlier
        ("E06000053", {37, 38, 39, 40, 41, 42, 43}),  # Isles of Scilly: two weeks, later
    ],
)
def test_half_terms_differ_by_authority(autumn, code, weeks):
    pattern = autumn.pattern_of[authorities().codes.index(code)]
    assert set(autumn.week[autumn.open_days[pattern]].tolist()) == weeks


@pytest.mark.parametrize(
    "closed",
    [
        date(2025, 12, 25),
        date(2026, 1, 1),
        date(2026, 2, 18),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 4),
        date(2026, 5, 27),
        date(2026, 8, 20),
    ],
)
def test_nobody_is_open_in_holidays(year, closed):
    assert not year.open_days[:, year.days == np.datetime64(closed)].any()


def test_a_school_year_has_about_190_days(year):
    usual = year.open_days[year.pattern_of[0]]
    assert 185 <= usual.sum() <= 195


def test_weeks_are_kept_whole_while_there_are_enough_of_them(autumn):
    plan = plan_batches(autumn, 9)
    assert plan.names[0] == "2025-09-12T1830"
    assert plan.names[-1] == "2025-11-07T1830"
    assert (np.bincount(plan.of_day) == 5).all()


@pytest.mark.parametrize("count", [1, 2, 8, 9, 10, 44, 45])
def test_every_batch_has_days_and_none_is_received_before_its_last(autumn, count):
    plan = plan_batches(autumn, count)
    assert set(plan.of_day.tolist()) == set(range(count))
    assert sorted(set(plan.names)) == list(plan.names)
    assert (autumn.days <= plan.last_days[plan.of_day]).all()

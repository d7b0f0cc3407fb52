"""Rates and persistent absence by plain queries, against what England published."""

from __future__ import annotations

import pytest
from calibration import PERSISTENT, PERSISTENT_TARGETS, WEEKLY_TARGETS

from publisher.synthetic.facts import calibration


def weekly_differences(feed) -> dict[str, float]:
    """Phase -> largest difference from a published weekly rate, in percentage points."""
    published = {
        (int(row["calendar_year"]), int(row["iso_week"]), row["education_phase"]): float(
            row["absence_pct"]
        )
        for row in calibration("weekly_rates")
    }
    found = feed.rows(
        "select year(date), weekofyear(date), phase, 100.0 * sum(missed) / sum(possible)"
        " from counted group by all"
    )
    worst: dict[str, float] = {}
    compared = 0
    for year, week, phase, rate in found:
        if (year, week, phase) in published:
            compared += 1
            gap = abs(rate - published[year, week, phase])
            worst[phase] = max(worst.get(phase, 0.0), gap)
    assert compared == 24  # eight weeks, three phases
    return worst


def persistent_absence(feed) -> dict[str, float]:
    rows = feed.rows(
        "with enrolment as (select urn, upn, phase, sum(possible) as possible,"
        " sum(missed) as missed from counted group by all having sum(possible) > 10)"
        " select coalesce(phase, 'All schools'), 100.0 * avg((10 * missed >= possible)::int)"
        " from enrolment group by rollup (phase)"
    )
    return dict(rows)


def test_weekly_rates_are_near_the_published_ones(small_feed):
    worst = weekly_differences(small_feed)
    assert worst.keys() == WEEKLY_TARGETS.keys()
    for phase, target in WEEKLY_TARGETS.items():  # 1,600 special pupils: noise of half a point
        assert worst[phase] < target, phase


def test_persistent_absence_is_near_the_published_one(small_feed):
    found = persistent_absence(small_feed)
    for phase, target in PERSISTENT_TARGETS.items():
        assert found[phase] == pytest.approx(PERSISTENT[phase], abs=target), phase


def test_every_authority_and_phase_submits_in_a_full_week(small_feed):
    submitting = dict(
        small_feed.rows(
            "select weekofyear(date), count(distinct (la_code, phase)) from counted"
            " where possible > 0 group by 1"
        )
    )
    # with "All schools" of each authority: 454 + 153 = 607
    assert [submitting[week] for week in (37, 38, 39, 40, 41, 42)] == [454] * 6
    assert submitting[45] == 453  # Isles of Scilly still on holiday


def test_every_authority_and_phase_submits_on_every_day_of_a_full_week(tiny_feed):
    days = tiny_feed.rows(
        "select date, count(distinct (la_code, phase)) from counted where possible > 0"
        " and weekofyear(date) between 37 and 42 group by 1 order by 1"
    )
    assert [count for _, count in days] == [454] * 30


def test_absence_rises_with_need(small_feed):
    def rate(condition):
        return small_feed.one(
            "select 100.0 * sum(missed) / sum(possible) from counted join pupils"
            f" using (urn, upn) where {condition}"
        )

    true = "in ('true', 'Y', '1', 'T')"
    false = "in ('false', 'N', '0', 'F')"
    assert 1.6 < rate(f"free_school_meals {true}") / rate(f"free_school_meals {false}") < 2.2
    none = rate(f"sen_support {false} and ehc_plan {false}")
    assert rate(f"sen_support {true}") > 1.4 * none
    assert rate(f"ehc_plan {true}") > rate(f"sen_support {true}")
    assert rate(f"child_in_need {true}") > 1.8 * rate(f"child_in_need {false}")


def test_absence_has_the_weekday_pattern(small_feed):
    by_day = dict(
        small_feed.rows(
            "select dayofweek(date), 100.0 * sum(missed) / sum(possible) from counted"
            " where phase = 'Primary' group by 1"
        )
    )
    assert max(by_day, key=by_day.get) == 5
    assert by_day[1] > by_day[3]


def test_reasons_have_about_their_published_shares(small_feed):
    session = (
        "with session as (select phase, am as mark from counted"
        " union all select phase, pm from counted)"
    )
    possible = dict(small_feed.rows("select phase, sum(possible) from counted group by 1"))
    shares = {
        (phase, mark): 100.0 * count / possible[phase]
        for phase, mark, count in small_feed.rows(
            f"{session} select phase, mark, count(*) from session group by all"
        )
    }
    # year to date; the autumn weeks of the feed are about an eighth lower
    assert shares["Primary", "I"] == pytest.approx(2.79 * 0.87, rel=0.12)
    assert shares["Secondary", "I"] == pytest.approx(3.63 * 0.87, rel=0.12)
    assert shares["Secondary", "O"] == pytest.approx(2.61 * 0.85, rel=0.2)
    assert shares["Primary", "G"] == pytest.approx(0.53 * 0.9, rel=0.25)
    assert shares["Secondary", "L"] == pytest.approx(2.79, rel=0.35)
    assert shares["Primary", "V"] == pytest.approx(0.73, rel=0.2)
    assert shares["Secondary", "D"] == pytest.approx(0.39, rel=0.3)
    late_morning = small_feed.one("select avg((am = 'L')::int) / avg((pm = 'L')::int) from counted")
    assert late_morning > 2


@pytest.mark.full
def test_at_one_twentieth_the_country_is_within_its_promised_distance(full_feed):
    assert max(weekly_differences(full_feed).values()) < 0.5
    for phase, found in persistent_absence(full_feed).items():
        assert found == pytest.approx(PERSISTENT[phase], abs=2), phase

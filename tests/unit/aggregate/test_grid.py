from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from publisher.aggregate.grid import release_scope, school_days
from publisher.aggregate.settings import MethodSettings
from publisher.errors import UsageProblem
from publisher.model.stages import ReleaseScope
from publisher.model.time import IsoWeek, PeriodKind
from publisher.reference import years
from publisher.reference.years import AcademicYear, TotalsRegime

AS_OF = datetime.fromisoformat("2026-01-01")
PLAIN = MethodSettings()


def _scope(year: int, week: int, method: MethodSettings = PLAIN) -> ReleaseScope:
    return release_scope(IsoWeek(year, week), AS_OF, method)


def _frames(scope: ReleaseScope) -> list[tuple[str, str, str]]:
    return [(each.time_period, each.time_identifier, each.time_frame) for each in scope.periods]


def test_a_release_has_each_week_and_one_year_to_date_on_the_latest() -> None:
    frames = _frames(_scope(2025, 38))
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Week"]
    expected = [("2025", "Week 37", frame) for frame in days]
    expected += [("2025", "Week 38", frame) for frame in [*days, "Year to date"]]
    assert frames == expected


@pytest.mark.parametrize("week", [(2025, 37), (2025, 52), (2026, 1), (2026, 30), (2025, 25)])
def test_keys_are_unique_and_sort_in_published_order(week: tuple[int, int]) -> None:
    scope = _scope(*week)
    keys = [each.key for each in scope.periods]
    assert keys == sorted(set(keys))
    weeks = [each.days[0] for each in scope.periods if each.kind is PeriodKind.WEEK]
    assert weeks == sorted(weeks)


def test_days_and_reference_dates_are_those_of_the_week() -> None:
    scope = _scope(2025, 38)
    tuesday, week, to_date = scope.periods[7], scope.periods[11], scope.periods[12]
    assert (tuesday.days, tuesday.reference_date) == ((date(2025, 9, 16),), date(2025, 9, 16))
    assert (week.first_day, week.last_day) == (date(2025, 9, 15), date(2025, 9, 19))
    assert week.reference_date == date(2025, 9, 15)
    assert (to_date.first_day, to_date.last_day) == (date(2025, 9, 8), date(2025, 9, 19))
    assert len(to_date.days) == 10
    assert to_date.reference_date is None


def test_a_week_over_new_year_belongs_to_the_year_of_its_iso_week() -> None:
    week = _scope(2026, 1).periods[-3]
    assert (week.time_frame, week.time_period, week.time_identifier) == ("Week", "2026", "Week 1")
    assert week.first_day == date(2025, 12, 29)


@pytest.mark.parametrize(
    ("week", "terms"),
    [
        ((2025, 52), []),
        ((2026, 1), ["Autumn term"]),
        ((2026, 14), ["Autumn term"]),
        ((2026, 15), ["Autumn term", "Spring term"]),  # the summer term starts on Monday
        ((2026, 28), ["Autumn term", "Spring term"]),
        ((2026, 29), ["Autumn term", "Spring term", "Summer term"]),  # schools break up
    ],
)
def test_a_term_is_there_once_its_last_school_day_has_passed(
    week: tuple[int, int], terms: list[str]
) -> None:
    found = [each for each in _scope(*week).periods if each.kind is PeriodKind.TERM]
    assert [each.time_frame for each in found] == terms
    assert {each.time_identifier for each in found} <= {IsoWeek(*week).identifier}


def test_terms_share_no_day() -> None:
    terms = [each for each in _scope(2026, 30).periods if each.kind is PeriodKind.TERM]
    days = [day for each in terms for day in each.days]
    assert len(days) == len(set(days))
    assert max(terms[0].days) == date(2025, 12, 31)
    assert min(terms[1].days) == date(2026, 1, 1)


def test_every_place_is_promised() -> None:
    assert len(_scope(2025, 38).locations) == 1 + 9 + 153


def test_strike_days_outside_the_release_are_not_its_business() -> None:
    strikes = (date(2025, 9, 17), date(2025, 9, 10), date(2025, 9, 13), date(2023, 2, 1))
    scope = _scope(2025, 38, MethodSettings(strike_days=strikes))
    assert scope.strike_days == (date(2025, 9, 10), date(2025, 9, 17))


def test_a_week_before_the_series_names_the_first_week() -> None:
    with pytest.raises(UsageProblem, match="before the series") as caught:
        _scope(2025, 36)
    assert "2025-W37" in caught.value.advice


def test_a_year_without_dates_is_refused() -> None:
    with pytest.raises(UsageProblem, match="not known"):
        _scope(2031, 40)


@pytest.fixture
def year_with_week_53(monkeypatch: pytest.MonkeyPatch) -> None:
    """2026 has an ISO week 53: 28 December 2026 to 1 January 2027."""
    year = AcademicYear(
        start=2026,
        series_start=date(2026, 9, 7),
        spring_term_start=date(2027, 1, 1),
        summer_term_start=date(2027, 4, 12),
        year_11_leaves=date(2027, 6, 7),
        schools_break_up=date(2027, 7, 23),
        totals=TotalsRegime.PLAIN,
    )
    monkeypatch.setattr(years, "academic_years", lambda: (year,))


@pytest.mark.usefixtures("year_with_week_53")
def test_week_53_is_refused_with_the_way_out() -> None:
    with pytest.raises(UsageProblem, match="no identifier") as caught:
        _scope(2027, 2)
    assert "merge with week 52" in caught.value.advice
    assert _scope(2026, 52).periods


@pytest.mark.usefixtures("year_with_week_53")
def test_a_merged_week_53_counts_in_the_year_to_date_only() -> None:
    scope = _scope(2027, 2, MethodSettings(week_53="merge with week 52"))
    assert "Week 53" not in {each.time_identifier for each in scope.periods}
    monday = date(2026, 12, 28)
    holding = [each.time_frame for each in scope.periods if monday in each.days]
    assert holding == ["Year to date", "Autumn term"]
    assert monday + timedelta(days=4) in school_days(scope)


@pytest.mark.usefixtures("year_with_week_53")
@pytest.mark.parametrize("choice", ["refuse", "merge with week 52"])
def test_a_release_of_week_53_itself_is_always_refused(choice: str) -> None:
    with pytest.raises(UsageProblem, match="2026-W53") as caught:
        _scope(2026, 53, MethodSettings(week_53=choice))
    assert "2027-W01" in caught.value.advice

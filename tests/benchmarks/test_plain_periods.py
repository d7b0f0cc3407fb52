"""Terms and the year to date of the comparison: their days, and the weeks that have two parts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from plain_periods import OF_YEAR, STANDS_FOR, begun_terms, days_of, divided_weeks, long_periods
from plain_work import Asked

from publisher.model.time import TERMS, IsoWeek
from publisher.reference.years import academic_year_of

NEW_YEAR = date(2026, 1, 1)
MONDAY_BEFORE = date(2025, 12, 29)


def _asked(week: str) -> Asked:
    folder = Path()
    return Asked(folder, folder, (), IsoWeek.parse(week), folder, "2GB", 2, evidence=True)


def _longs(week: str) -> list[date]:
    asked = _asked(week)
    return [each.week for each in long_periods(asked, begun_terms(asked, ()))]


def test_the_week_of_new_year_is_divided_between_two_terms():
    days = days_of(academic_year_of(NEW_YEAR), date(2026, 5, 1)).set_index("date")
    parts = days.loc[days["week"] == MONDAY_BEFORE, "part"]
    assert parts.tolist() == [MONDAY_BEFORE] * 3 + [NEW_YEAR] * 2
    assert divided_weeks(days.reset_index()) == (MONDAY_BEFORE,)
    assert (days.drop(parts.index)["week"] == days.drop(parts.index)["part"]).all()


@pytest.mark.parametrize(
    ("week", "terms"),
    [("2025-W51", 0), ("2026-W01", 1), ("2026-W15", 2), ("2026-W28", 2), ("2026-W29", 3)],
)
def test_a_term_is_counted_once_it_has_ended(week: str, terms: int):
    assert _longs(week) == [OF_YEAR, *(STANDS_FOR[each] for each in TERMS[:terms])]


def test_a_term_begins_on_its_first_day_and_leaves_out_its_own_part_of_a_week():
    autumn, spring = begun_terms(_asked("2026-W10"), [pd.Timestamp(MONDAY_BEFORE)])
    assert (autumn.last, spring.first) == (MONDAY_BEFORE, NEW_YEAR)
    assert (autumn.left_out, spring.left_out) == ((MONDAY_BEFORE,), (NEW_YEAR,))
    assert autumn.first == date(2025, 9, 8)

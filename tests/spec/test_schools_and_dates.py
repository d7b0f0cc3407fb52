"""Which schools are published as which phase, and the rules that are dated, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from publisher.aggregate.grid import release_scope
from publisher.aggregate.settings import MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import UsageProblem
from publisher.model.time import TERMS, IsoWeek
from publisher.pipeline import queries
from publisher.reference import years
from publisher.reference.establishments import published_phase
from publisher.reference.years import academic_year_of
from publisher.render.settings import PublicationSettings


@pytest.fixture(autouse=True)
def each_engine() -> None:
    """Nothing is counted here."""


AS_OF = datetime.fromisoformat("2031-01-01")

# type of establishment                      phase of education        published as
SCHOOLS = """
Community school                           | Primary                 | Primary
Community school                           | Middle deemed primary   | Primary
Academy converter                          | Middle deemed secondary | Secondary
Academy converter                          | Secondary               | Secondary
Free schools                               | All-through             | Secondary
Community special school                   | Not applicable          | Special
Academy special converter                  | Special                 | Special
Non-maintained special school              | Not applicable          | Special
Local authority nursery school             | Nursery                 |
Community school                           | Nursery                 |
Pupil referral unit                        | Not applicable          |
Academy alternative provision converter    | Not applicable          |
Free schools alternative provision         | Secondary               |
Free schools 16 to 19                      | 16 plus                 |
"""


@pytest.mark.parametrize("line", SCHOOLS.strip().splitlines())
def test_the_register_of_schools_says_the_phase(line: str) -> None:
    """Nurseries, pupil referral units and alternative provision are collected, not published."""
    kind, phase, published = (each.strip() for each in line.split("|"))
    assert published_phase(kind, phase) == published


# of the academic year: first day of the series; first day without Year 11; totals
YEARS = """
2022/23 | 2022-09-12 | 2023-06-05 | weighted
2023/24 | 2023-09-11 | 2024-06-03 | weighted
2024/25 | 2024-09-09 | 2025-06-02 | weighted
2025/26 | 2025-09-08 | 2026-06-01 | plain
"""


@pytest.mark.parametrize("line", YEARS.strip().splitlines())
def test_rules_that_are_dated_by_academic_year(line: str) -> None:
    """Everything is a Monday; the week before the series cannot be released."""
    title, first, leaves, totals = (each.strip() for each in line.split("|"))
    start = date.fromisoformat(first)
    year = academic_year_of(start)
    assert (year.title, year.series_start, year.totals) == (title, start, totals)
    assert year.year_11_leaves == date.fromisoformat(leaves)
    week = IsoWeek.containing(start)
    assert week.monday == start
    assert release_scope(week, AS_OF, MethodSettings()).periods[0].first_day == start
    before = IsoWeek(week.year, week.week - 1)
    with pytest.raises(UsageProblem, match="before the series"):
        release_scope(before, AS_OF, MethodSettings())


# release      published           terms that it carries             persistent absence
RELEASES = """
2025-W38  | 2025-10-02 09:30 |                                       | no
2025-W45  | 2025-11-20 09:30 |                                       | no
2025-W51  | 2026-01-01 09:30 |                                       | no
2026-W01  | 2026-01-15 09:30 | Autumn term                           | no
2026-W02  | 2026-01-22 09:30 | Autumn term                           | yes
2026-W14  | 2026-04-16 09:30 | Autumn term                           | yes
2026-W15  | 2026-04-23 09:30 | Autumn term, Spring term              | yes
2026-W28  | 2026-07-23 09:30 | Autumn term, Spring term              | yes
2026-W29  | 2026-07-30 09:30 | Autumn term, Spring term, Summer term | yes
"""


@pytest.mark.parametrize("line", RELEASES.strip().splitlines())
def test_when_a_release_comes_and_what_it_carries(line: str) -> None:
    """A Thursday at 09:30, data to the Friday thirteen days before. Terms once they have ended.

    Persistent and severe absence from the release that contains week 2 of the calendar year on,
    for the year to date and for terms, and never for a day or a week.
    """
    release, published, ended, persistent = (each.strip() for each in line.split("|"))
    week = IsoWeek.parse(release)
    moment = PublicationSettings().published_at(week)
    assert moment == datetime.fromisoformat(published)
    assert (moment.strftime("%A"), (moment.date() - week.friday).days) == ("Thursday", 13)
    frames = [each.time_frame for each in release_scope(week, AS_OF, MethodSettings()).periods]
    assert ", ".join(frame for frame in frames if frame in TERMS) == ended
    of_releases = [each for each in CATALOGUE if each.first_calendar_week]
    assert {each.first_calendar_week for each in of_releases} == {2}
    assert {kind.value for each in of_releases for kind in each.periods} == {"year to date", "term"}
    asked = "\n".join(step.sql for step in queries(release))
    assert ("persistently_absent" in asked) is (persistent == "yes")


# of the release of week 3 of 2026: day, its time period, identifier, frame and reference date
LABELS = """
2025-09-08 | 2025 | Week 37 | Monday       | 2025-09-08
2025-09-12 | 2025 | Week 37 | Friday       | 2025-09-12
2025-09-12 | 2025 | Week 37 | Week         | 2025-09-08
2025-12-29 | 2026 | Week 1  | Monday       | 2025-12-29
2026-01-02 | 2026 | Week 1  | Week         | 2025-12-29
2026-01-16 | 2026 | Week 3  | Week         | 2026-01-12
2025-09-12 | 2026 | Week 3  | Year to date |
2026-01-16 | 2026 | Week 3  | Year to date |
"""


@pytest.mark.parametrize("line", LABELS.strip().splitlines())
def test_what_periods_are_called(line: str) -> None:
    """The year is that of the ISO week: 29 December 2025 lies in week 1 of 2026.

    There is one block of the year to date, on the latest week, without a reference date.
    """
    day, *expected = (each.strip() for each in line.split("|"))
    scope = release_scope(IsoWeek(2026, 3), AS_OF, MethodSettings())
    found = [
        [
            each.time_period,
            each.time_identifier,
            each.time_frame,
            "" if each.reference_date is None else each.reference_date.isoformat(),
        ]
        for each in scope.periods
        if date.fromisoformat(day) in each.days and each.time_frame == expected[2]
    ]
    assert found == [expected]


def test_a_week_53_is_refused_or_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    """28 December 2026 lies in week 53: refused, or counted in longer periods only."""
    in_2026 = academic_year_of(date(2026, 12, 28))
    late = replace(in_2026, spring_term_start=date(2027, 1, 4))
    monkeypatch.setattr(years, "academic_years", lambda: (late,))
    with pytest.raises(UsageProblem, match="no identifier"):
        release_scope(IsoWeek(2027, 2), AS_OF, MethodSettings())
    merged = MethodSettings(week_53="merge with week 52")
    scope = release_scope(IsoWeek(2027, 2), AS_OF, merged)
    held_by = [each.time_frame for each in scope.periods if date(2026, 12, 28) in each.days]
    assert held_by == ["Year to date", "Autumn term"]
    with pytest.raises(UsageProblem, match="2026-W53"):
        release_scope(IsoWeek(2026, 53), AS_OF, merged)

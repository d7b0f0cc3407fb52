"""The periods of the comparison that are longer than a week: ended terms, and the year to date.

Sums of enrolments are kept by part of a week: a week in which a term begins has two. A part is
known by its first day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from publisher.model.time import TERMS, YEAR_TO_DATE

if TYPE_CHECKING:
    from plain_work import Asked

    from publisher.reference.years import AcademicYear

STANDS_FOR = {
    frame: date(2000, 1, place) for place, frame in enumerate((YEAR_TO_DATE, *TERMS), start=1)
}
"""Long period -> what stands for a week in its rows."""
OF_YEAR = STANDS_FOR[YEAR_TO_DATE]
ABSENT = ["enrolments", "persistent", "severe"]


@dataclass(frozen=True)
class Term:
    """A term that has begun; `left_out`: the parts of it that regions and England leave out."""

    number: int
    parts: tuple[date, ...]
    left_out: tuple[date, ...]

    @property
    def first(self) -> date:
        """Its first part."""
        return self.parts[0]

    @property
    def last(self) -> date:
        """Its last part."""
        return self.parts[-1]


@dataclass(frozen=True)
class Long:
    """A term that has ended, or all terms that have begun: the year to date."""

    week: date
    """What stands for a week in its rows."""
    terms: tuple[Term, ...]

    @property
    def divided(self) -> bool:
        """Whether regions and England count fewer parts than authorities."""
        return any(each.left_out for each in self.terms)

    def column(self, reach: str, name: str) -> str:
        """What a sum is called beside those of other long periods; `reach`: of which weeks."""
        return f"{reach}{name}_{self.week.day}"

    def columns(self, reach: str) -> dict[str, str]:
        """What is summed by school and leaf: its name -> its name beside others."""
        return {each: self.column(reach, each) for each in ("possible", "pupils", *ABSENT)}


def days_of(year: AcademicYear, last: date) -> pd.DataFrame:
    """`date`, `week` (its Monday), `part`: the days of the year to date."""
    first = year.series_start
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    days = [day for day in every if day.isoweekday() <= 5]
    weeks = [day - timedelta(days=day.weekday()) for day in days]
    begun = [max(first for first, _ in year.terms.values() if first <= day) for day in days]
    parts = [max(both) for both in zip(weeks, begun, strict=True)]
    return pd.DataFrame({"date": days, "week": weeks, "part": parts})


def divided_weeks(days: pd.DataFrame) -> tuple[date, ...]:
    """The weeks in which a term begins, but not on their first day."""
    parts = days.groupby("week")["part"].nunique()
    return tuple(parts.index[parts > 1])


def begun_terms(asked: Asked, left_out: Collection[pd.Timestamp]) -> list[Term]:
    """The terms that have begun; `left_out`: the weeks that regions and England leave out."""
    days = asked.days()
    without = days["week"].isin([each.date() for each in left_out])
    found = []
    for number, (first, last) in enumerate(asked.year.terms.values()):
        inside = (days["date"] >= first) & (days["date"] <= last)
        if inside.any():
            parts, left = (days.loc[which, "part"] for which in (inside, inside & without))
            found.append(Term(number, tuple(parts.unique()), tuple(left.unique())))
    return found


def long_periods(asked: Asked, begun: Collection[Term]) -> list[Long]:
    """The long periods of a release, of the terms that have begun."""
    ended = [asked.year.has_ended(TERMS[each.number], asked.week.friday) for each in begun]
    return [
        Long(OF_YEAR, tuple(begun)),
        *(
            Long(STANDS_FOR[TERMS[each.number]], (each,))
            for each, over in zip(begun, ended, strict=True)
            if over
        ),
    ]

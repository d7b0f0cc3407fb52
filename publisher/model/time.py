"""Weeks, time frames and the periods that a release covers (method, section 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from publisher.errors import UsageProblem

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
WEEK = "Week"
YEAR_TO_DATE = "Year to date"
TERMS = ("Autumn term", "Spring term", "Summer term")


class PeriodKind(StrEnum):
    """How long a period is; decides which statistics it can carry."""

    DAY = "day"
    WEEK = "week"
    YEAR_TO_DATE = "year to date"
    TERM = "term"


@dataclass(frozen=True, order=True)
class IsoWeek:
    """An ISO 8601 week, Monday to Sunday; `year` is the year of the week, not of its days."""

    year: int
    week: int

    @classmethod
    def containing(cls, day: date) -> IsoWeek:
        """The week that `day` lies in."""
        year, week, _ = day.isocalendar()
        return cls(year, week)

    @classmethod
    def parse(cls, text: str) -> IsoWeek:
        """Read `2025-W45` (or `2025-week-45`).

        Raises:
            UsageProblem: the text is not a week, or the year has no such week.
        """
        match = re.fullmatch(r"(\d{4})-(?:W|w|week-)(\d{1,2})", text.strip())
        if match is None:
            raise UsageProblem(f"'{text}' is not a week", "Write a week as 2025-W45.")
        parsed = cls(int(match[1]), int(match[2]))
        try:
            parsed.monday  # noqa: B018  (computing it is the test)
        except ValueError:
            raise UsageProblem(
                f"{match[1]} has no ISO week {match[2]}", "Write a week as 2025-W45."
            ) from None
        return parsed

    @property
    def monday(self) -> date:
        """The first day of the week."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def friday(self) -> date:
        """The last school day of the week."""
        return self.monday + timedelta(days=4)

    @property
    def school_days(self) -> tuple[date, ...]:
        """Monday to Friday."""
        return tuple(self.monday + timedelta(days=n) for n in range(5))

    @property
    def slug(self) -> str:
        """The name of the release folder: `2025-week-45`."""
        return f"{self.year}-week-{self.week:02d}"

    @property
    def identifier(self) -> str:
        """The platform's time identifier: `Week 45`."""
        return f"Week {self.week}"

    def following(self) -> IsoWeek:
        """The week after this one."""
        return IsoWeek.containing(self.monday + timedelta(days=7))

    def __str__(self) -> str:
        return f"{self.year}-W{self.week:02d}"


@dataclass(frozen=True)
class Period:
    """One period of the grid of promised rows.

    `key` is unique in a release and sorts in published order. `days` are the school days that the
    period sums; a day that national and regional rows leave out is still in `days` (see
    `aggregate`). `parent` is the key of the period that this one is a part of, if any.
    """

    key: str
    kind: PeriodKind
    time_period: str
    time_identifier: str
    time_frame: str
    days: tuple[date, ...]
    reference_date: date | None

    @property
    def first_day(self) -> date:
        """The first school day that the period covers."""
        return self.days[0]

    @property
    def last_day(self) -> date:
        """The last school day that the period covers."""
        return self.days[-1]

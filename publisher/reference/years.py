"""Academic years and the rules that are dated by them (method, sections 1 to 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from publisher.errors import UsageProblem
from publisher.model.time import TERMS, IsoWeek
from publisher.reference.facts import read_facts

SEPTEMBER = 9
FRIDAY = 5


class TotalsRegime(StrEnum):
    """How "All schools" is made from the phases (method, section 4)."""

    PLAIN = "plain"
    """The sum over phases, at every level."""
    WEIGHTED = "weighted"
    """Rates weighted to the census, nationally and regionally; no local authority total."""


@dataclass(frozen=True)
class AcademicYear:
    """1 September `start` to 31 August `start + 1`."""

    start: int
    series_start: date
    spring_term_start: date
    summer_term_start: date
    year_11_leaves: date
    schools_break_up: date
    """The Friday by which most authorities have broken up: the summer term is over."""
    totals: TotalsRegime

    @property
    def code(self) -> str:
        """Six digits, as the platform wants: 202526."""
        return f"{self.start}{(self.start + 1) % 100:02d}"

    @property
    def title(self) -> str:
        """As people write it: 2025/26."""
        return f"{self.start}/{(self.start + 1) % 100:02d}"

    @property
    def last_day(self) -> date:
        """31 August."""
        return date(self.start + 1, 8, 31)

    def has_ended(self, term: str, day: date) -> bool:
        """Whether `term` is over once `day` is; the days after a term's end have no school."""
        _, last = self.terms[term]
        last = min(last, self.schools_break_up)
        while last.isoweekday() > FRIDAY:
            last -= timedelta(days=1)
        return last <= day

    @property
    def terms(self) -> dict[str, tuple[date, date]]:
        """Term -> first and last day."""
        starts = (self.series_start, self.spring_term_start, self.summer_term_start)
        one = timedelta(days=1)
        ends = (self.spring_term_start - one, self.summer_term_start - one, self.last_day)
        return dict(zip(TERMS, zip(starts, ends, strict=True), strict=True))


def academic_year_named(time_period: str, time_identifier: str) -> str:
    """Six digits of the academic year that a row's time lies in: a week, or a term of a year.

    Raises:
        UsageProblem: the week is none, or its academic year is not known.
    """
    if time_identifier in TERMS:
        return time_period
    week = IsoWeek.parse(f"{time_period}-W{time_identifier.removeprefix('Week ')}")
    return academic_year_of(week.friday).code


@cache
def academic_years() -> tuple[AcademicYear, ...]:
    """The academic years whose dates are known, oldest first."""
    return tuple(
        AcademicYear(
            start=int(row["academic_year"]),
            series_start=date.fromisoformat(row["series_start"]),
            spring_term_start=date.fromisoformat(row["spring_term_start"]),
            summer_term_start=date.fromisoformat(row["summer_term_start"]),
            year_11_leaves=date.fromisoformat(row["year_11_leaves"]),
            schools_break_up=date.fromisoformat(row["schools_break_up"]),
            totals=TotalsRegime(row["totals"]),
        )
        for row in read_facts("academic_years")
    )


def academic_year_of(day: date) -> AcademicYear:
    """The academic year that `day` lies in (1 September to 31 August).

    Raises:
        UsageProblem: its dates are not in the packaged table.
    """
    start = day.year if day.month >= SEPTEMBER else day.year - 1
    for year in academic_years():
        if year.start == start:
            return year
    known = ", ".join(year.title for year in academic_years())
    raise UsageProblem(
        f"{day.isoformat()} lies in an academic year whose dates are not known",
        f"Known years: {known}. Add a row to publisher/reference/academic_years.csv.",
    )

"""Which periods and places a release promises (method, sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from publisher.aggregate.settings import REFUSE, MethodSettings
from publisher.errors import UsageProblem
from publisher.model.stages import ReleaseScope
from publisher.model.time import TERMS, WEEK, WEEKDAYS, YEAR_TO_DATE, IsoWeek, Period, PeriodKind
from publisher.reference.areas import locations
from publisher.reference.years import AcademicYear, academic_year_of

_FRAMES = (*WEEKDAYS, WEEK, YEAR_TO_DATE, *TERMS)
_WEEK_WITHOUT_IDENTIFIER = 53


def release_scope(week: IsoWeek, as_of: datetime, method: MethodSettings) -> ReleaseScope:
    """The periods and places of the release of `week`, before any data is read.

    Periods, sorted by key: for every ISO week from the start of the series its five weekdays and
    the week; on the latest week the year to date and the terms that have ended.

    Raises:
        UsageProblem: the week lies before the series starts, in an academic year that is not
            known, or the range contains an ISO week 53 and the method refuses that.
    """
    year = year_of(week)
    weeks = _published_weeks(week, year, method)
    days = weekdays(year.series_start, week.friday)
    return ReleaseScope(
        week=week,
        as_of=as_of,
        academic_year=year.code,
        periods=tuple(_periods(week, weeks, year, days)),
        locations=locations(),
        strike_days=tuple(sorted(set(method.strike_days) & set(days))),
    )


def year_of(week: IsoWeek) -> AcademicYear:
    """The academic year that the week's release belongs to.

    Raises:
        UsageProblem: the year is not known, or its series starts after the week.
    """
    year = academic_year_of(week.friday)
    if week.friday < year.series_start:
        first = IsoWeek.containing(year.series_start)
        raise UsageProblem(
            f"Week {week} lies before the series of {year.title} starts",
            f"The first week of the series is {first}.",
        )
    return year


def leaving_out(scope: ReleaseScope, days: tuple[date, ...]) -> ReleaseScope:
    """The same release, with the days that national and regional rows leave out."""
    return replace(scope, days_left_out=tuple(sorted(days)))


def school_days(scope: ReleaseScope) -> tuple[date, ...]:
    """Every school day of the release: those of its year to date."""
    return next(each.days for each in scope.periods if each.kind is PeriodKind.YEAR_TO_DATE)


def weekdays(first: date, last: date) -> tuple[date, ...]:
    """Monday to Friday, from `first` to `last` inclusive."""
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in span if day.isoweekday() <= len(WEEKDAYS))


def _published_weeks(
    week: IsoWeek, year: AcademicYear, method: MethodSettings
) -> tuple[IsoWeek, ...]:
    weeks = tuple(_weeks(IsoWeek.containing(year.series_start), week))
    without = [each for each in weeks if each.week == _WEEK_WITHOUT_IDENTIFIER]
    if week in without:
        raise UsageProblem(
            f"Week {week} cannot be released: the platform has no identifier for a week 53",
            f"Release {week.following()}, which holds its days in the year to date.",
        )
    if without and method.week_53 == REFUSE:
        raise UsageProblem(
            f"The release of {week} would contain {without[0]}, for which the platform has no "
            "identifier",
            "Set week_53 to 'merge with week 52': its days then count in the year to date and it "
            "has no rows of its own.",
        )
    return tuple(each for each in weeks if each not in without)


def _weeks(first: IsoWeek, last: IsoWeek) -> Iterator[IsoWeek]:
    while first <= last:
        yield first
        first = first.following()


def _periods(
    week: IsoWeek, weeks: tuple[IsoWeek, ...], year: AcademicYear, days: tuple[date, ...]
) -> Iterator[Period]:
    for each in weeks:
        for frame, day in zip(WEEKDAYS, each.school_days, strict=True):
            yield _period(each, PeriodKind.DAY, frame, (day,), day)
        yield _period(each, PeriodKind.WEEK, WEEK, each.school_days, each.monday)
    yield _period(week, PeriodKind.YEAR_TO_DATE, YEAR_TO_DATE, days, None)
    for term, (first, last) in year.terms.items():
        if year.has_ended(term, week.friday):
            yield _period(week, PeriodKind.TERM, term, weekdays(first, last), None)


def _period(
    week: IsoWeek, kind: PeriodKind, frame: str, days: tuple[date, ...], reference: date | None
) -> Period:
    place = _FRAMES.index(frame) + 1
    return Period(
        key=f"{week}-{place:02d}",
        kind=kind,
        time_period=str(week.year),
        time_identifier=week.identifier,
        time_frame=frame,
        days=days,
        reference_date=reference,
    )

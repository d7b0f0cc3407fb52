"""Which periods are sums of which: days, weeks and the year to date (method, section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from publisher.attack.places import AUTHORITY, NATIONAL, OTHER, REGIONAL, Periods
from publisher.errors import UsageProblem
from publisher.model.time import WEEK, WEEKDAYS, YEAR_TO_DATE, IsoWeek
from publisher.reference.years import academic_year_of

_REST = "days without rows"
_LEVELS = (NATIONAL, REGIONAL, AUTHORITY, OTHER)


@dataclass(frozen=True, order=True)
class Moment:
    """One period as its columns say it."""

    time_period: str
    time_identifier: str
    time_frame: str

    @classmethod
    def of(cls, key: str) -> Moment:
        """Read `2025|Week 45|Monday`."""
        return cls(*[*key.split("|"), "", ""][:3])

    @property
    def key(self) -> str:
        """As it stands in the list of periods."""
        return f"{self.time_period}|{self.time_identifier}|{self.time_frame}"

    @property
    def week(self) -> IsoWeek | None:
        """The week that its identifier names, if it does."""
        try:
            number = self.time_identifier.removeprefix("Week ")
            return IsoWeek.parse(f"{self.time_period}-W{number}")
        except UsageProblem:
            return None

    def with_frame(self, frame: str) -> Moment:
        """The same week, another frame."""
        return Moment(self.time_period, self.time_identifier, frame)

    @property
    def words(self) -> str:
        """In words for people."""
        whole = f"{self.time_identifier} {self.time_period}".strip()
        if self.time_frame == YEAR_TO_DATE:
            return f"year to date of {whole}"
        return whole if self.time_frame in {"", WEEK} else f"{self.time_frame} of {whole}"


def periods_of(
    published: Mapping[int, Iterable[str]], strike_days: tuple[date, ...] | None, *, own: bool
) -> tuple[Periods, tuple[str, ...]]:
    """Put periods under one another; also what was assumed, or not, in words.

    Args:
        published: by level of area, the keys of the periods that have rows.
        strike_days: days known to have no daily rows, None if that is not known.
        own: the files hold the whole series from its start.
    """
    seen = {level: frozenset(published.get(level, ())) for level in _LEVELS}
    everywhere = frozenset().union(*seen.values())
    builder = _Builder(seen, everywhere, strike_days, own=own)
    parts = {level: builder.parts(level) for level in _LEVELS}
    items = everywhere.union(*(each for found in parts.values() for each in found.values()))
    includes = {level: builder.includes(level) | builder.rests(parts[level]) for level in _LEVELS}
    known = {level: seen[level] | builder.rests(parts[level]).keys() for level in _LEVELS}
    periods = Periods(tuple(sorted(items)), known, parts, includes)
    return periods, tuple(builder.notes())


@dataclass(frozen=True)
class _Builder:
    seen: Mapping[int, frozenset[str]]
    everywhere: frozenset[str]
    strike_days: tuple[date, ...] | None
    own: bool

    def parts(self, level: int) -> dict[str, list[str]]:
        moments = [Moment.of(each) for each in sorted(self.seen[level])]
        found = {}
        for each in moments:
            if each.time_frame == WEEK:
                found[each.key] = self._days(each, level)
            if each.time_frame == YEAR_TO_DATE and self._from_the_start(each):
                found[each.key] = self._weeks(each, level)
        return {key: parts for key, parts in found.items() if parts}

    def _days(self, week: Moment, level: int) -> list[str]:
        days = [week.with_frame(day) for day in WEEKDAYS]
        kept = [each.key for each in days if each.key in self.seen[level]]
        missing = [each for each in days if each.key not in self.seen[level]]
        if kept and any(self._may_have_sessions(each) for each in missing):
            kept.append(week.with_frame(_REST).key)
        return kept

    def _may_have_sessions(self, day: Moment) -> bool:
        """A day without rows at any level was no school day, unless strikes are not told."""
        if day.key in self.everywhere or self.strike_days is None or not self.own:
            return True
        week = day.week
        if week is None:
            return True
        return week.school_days[WEEKDAYS.index(day.time_frame)] in self.strike_days

    def _weeks(self, whole: Moment, level: int) -> list[str]:
        weeks = {Moment.of(each).with_frame(WEEK) for each in self.seen[level]}
        return [
            key
            for each in sorted(weeks)
            if self._within(each, whole)
            for key in ([each.key] if each.key in self.seen[level] else self._days(each, level))
        ]

    @staticmethod
    def _within(week: Moment, whole: Moment) -> bool:
        one, last = week.week, whole.week
        if one is None or last is None or one > last:
            return False
        try:
            return academic_year_of(one.friday) == academic_year_of(last.friday)
        except UsageProblem:
            return False

    def _from_the_start(self, whole: Moment) -> bool:
        """Whether the files hold every week of the year to date; ours always do."""
        if whole.week is None:
            return False
        if self.own:
            return True
        try:
            start = IsoWeek.containing(academic_year_of(whole.week.friday).series_start)
        except UsageProblem:
            return False
        weeks = {Moment.of(each).week for each in self.everywhere}
        return start in weeks

    def includes(self, level: int) -> dict[str, frozenset[str]]:
        """For the year to date and terms, the weeks with rows at this level."""
        weeks = frozenset(
            each.with_frame(WEEK).key
            for each in map(Moment.of, self.seen[level])
            if each.time_frame in {WEEK, *WEEKDAYS}
        )
        short = {WEEK, *WEEKDAYS}
        return {
            each: weeks if Moment.of(each).time_frame not in short else frozenset()
            for each in self.seen[level]
        }

    def rests(self, parts: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
        """Days without rows of a week, by the days with rows: levels that lack the same agree."""
        return {
            each: frozenset(found)
            for found in parts.values()
            for each in found
            if Moment.of(each).time_frame == _REST
        }

    def notes(self) -> Iterable[str]:
        authorities, regions = self.includes(AUTHORITY), self.includes(REGIONAL)
        for each in sorted(authorities.keys() & regions.keys()):
            left_out = len(authorities[each] - regions[each])
            if left_out:
                yield (
                    f"{Moment.of(each).words}: regions leave out {left_out} weeks that their "
                    "authorities count, so no sum of authorities is assumed for it."
                )
        for each in sorted(self.everywhere):
            moment = Moment.of(each)
            if moment.time_frame == YEAR_TO_DATE and not self._from_the_start(moment):
                yield (
                    f"{moment.words}: the files do not hold its weeks from the first one on, so "
                    "no sum of weeks is assumed for it."
                )

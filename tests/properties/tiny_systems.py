"""Invents tiny school systems with every complication that counting must survive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from publisher.model.time import IsoWeek
from publisher.reference.areas import local_authorities
from tests.properties.reference_count import (
    Approval,
    CensusEntry,
    Feed,
    Mark,
    PupilRecord,
    School,
)

# Two authorities of one region, one of another, and one that is a region's only one here.
AUTHORITIES = ("E06000001", "E06000002", "E08000025", "E09000033")
PHASES = ("Primary", "Secondary", "Special", "")
TRUSTS = (None, "", "  ", "T1", "T2", "100001")
WEEKS = (
    IsoWeek(2025, 38),  # the second week of the series
    IsoWeek(2025, 45),  # after half-term
    IsoWeek(2026, 3),  # the autumn term has ended, and so has a calendar year
    IsoWeek(2026, 23),  # Year 11 leaves on the Monday; two terms have ended
    IsoWeek(2026, 29),  # all terms have ended
    IsoWeek(2024, 39),  # weighted totals
    IsoWeek(2025, 2),  # weighted totals, and a term
)
BATCHES = (
    datetime.fromisoformat("2030-01-01 18:30"),
    datetime.fromisoformat("2030-01-08 07:05"),
    datetime.fromisoformat("2030-02-01 00:00"),
)
# Two codes of each category, retired ones, management codes, unknown ones and blanks.
CODES = ("/", "\\", "/", "\\", "L", "B", "J", "I", "M", "H", "N", "U", "O", "G", "C1")
CODES += ("D", "X", "Y", "#", "Z", "F", "?", "q", "", "")
OFTEN_ABSENT = ("I", "/", "/", "/", "/", "/", "/", "/", "/", "/")


@dataclass(frozen=True)
class System:
    """What one property test counts."""

    feed: Feed
    week: IsoWeek
    minimum_open_percent: int
    strike_days: frozenset[date]


def tiny_system(seed: int) -> System:
    """The system of this seed: the same each time."""
    random = Random(seed)
    week = random.choice(WEEKS)
    calendar = _calendar(random, week)
    schools = tuple(_schools(random))
    enrolled = tuple(_enrolments(random, schools, week))
    marks = tuple(_marks(random, enrolled, calendar, [each.urn for each in schools]))
    feed = Feed(
        schools=schools,
        approvals=tuple(_approvals(random, schools, week)),
        census=tuple(_census(random)),
        pupils=tuple(_records(random, enrolled, week)),
        marks=marks,
    )
    strikes = frozenset(random.sample(calendar, k=random.choice((0, 0, 1, 3))))
    return System(feed, week, random.choice((0, 50, 50, 67, 100)), strikes)


def _calendar(random: Random, week: IsoWeek) -> list[date]:
    """Some school days of a few weeks, a weekend day, a day too early and one too late."""
    days = list(week.school_days)
    for _ in range(random.randint(0, 3)):
        earlier = IsoWeek.containing(week.monday - timedelta(days=7 * random.randint(1, 12)))
        days += earlier.school_days
    extra = (week.friday + timedelta(days=1), week.friday + timedelta(days=3))
    early = date(week.year - (week.week < 35), 9, 2)
    days = sorted(set(days))
    kept = random.sample(sorted({*days, *extra, early}), k=random.randint(5, len(days)))
    return sorted({*kept, random.choice(week.school_days)})


def _schools(random: Random) -> Iterator[School]:
    urn = 100000
    for authority in random.sample(AUTHORITIES, k=random.randint(1, len(AUTHORITIES))):
        for phase in random.sample(PHASES, k=random.randint(1, len(PHASES))):
            for _ in range(random.randint(1, 3)):
                urn += 1
                yield School(urn, authority, phase, random.choice(TRUSTS))


@dataclass(frozen=True)
class _Enrolment:
    urn: int
    pupil: str
    date_of_birth: date


def _enrolments(random: Random, schools: tuple[School, ...], week: IsoWeek) -> Iterator[_Enrolment]:
    """Mostly handfuls, sometimes a school of more than twenty; some pupils at two schools."""
    number, known = 0, []
    year = week.year - (week.week < 35)
    large = random.choice(schools).urn if random.random() < 0.4 else None
    for school in schools:
        here: set[str] = set()
        for _ in range(random.randint(19, 24) if school.urn == large else random.randint(0, 5)):
            if known and random.random() < 0.15:
                pupil, born = random.choice(known)
            else:
                number += 1
                # 31 August and 1 September are where ages change.
                age = random.choice((3, 4, 5, 5, 8, 11, 14, 15, 15, 15, 16))
                month, day = random.choice(((8, 31), (9, 1), (1, 15), (12, 31)))
                pupil, born = f"P{number:03}", date(year - age - (month > 8), month, day)
                known.append((pupil, born))
            if pupil not in here:
                here.add(pupil)
                yield _Enrolment(school.urn, pupil, born)


def _records(
    random: Random, enrolled: tuple[_Enrolment, ...], week: IsoWeek
) -> Iterator[PupilRecord]:
    for each in enrolled:
        if random.random() < 0.05:
            continue
        for received in random.sample(BATCHES, k=random.choice((1, 1, 1, 2, 3))):
            yield PupilRecord(
                received,
                each.urn,
                each.pupil,
                each.date_of_birth,
                _sometimes(random, week.monday - timedelta(days=random.randint(-3, 80))),
                _sometimes(random, week.monday + timedelta(days=random.randint(-30, 8))),
                **_characteristics(random),
            )


FLAGS = (
    "looked_after",
    "sen_support",
    "ehc_plan",
    "free_school_meals",
    "child_in_need",
    "child_protection_plan",
)


def _characteristics(random: Random) -> dict[str, Any]:
    """A few groups with several pupils, many with one, and every way of not knowing."""
    return {
        "sex": random.choice(("Male", "Female", "Female", "Unknown")),
        "ethnicity": random.choice(("WBRI", "WBRI", "WIRI", "AIND", "REFU", "", "ZZZZ")),
        "year_group": random.choice(("R", "1", "6", "6", "7", "11", "12", "X", "15", "")),
        **{name: random.choice((True, False, False, None)) for name in FLAGS},
    }


def _sometimes(random: Random, day: date) -> date | None:
    return day if random.random() < 0.2 else None


def _marks(
    random: Random, enrolled: tuple[_Enrolment, ...], calendar: list[date], urns: list[int]
) -> Iterator[Mark]:
    closed = {(urn, day) for urn in urns for day in calendar if random.random() < 0.15}
    for each in enrolled:
        codes = random.choice((CODES, OFTEN_ABSENT, ("/", "\\")))
        for day in calendar:
            if random.random() < 0.1:
                continue
            here = ("#", "Y", "D", "") if (each.urn, day) in closed else codes
            for received in random.sample(BATCHES, k=random.choice((1, 1, 1, 1, 2, 3))):
                withdrawn = random.random() < 0.05
                am, pm = ("", "") if withdrawn else (random.choice(here), random.choice(here))
                yield Mark(received, each.urn, each.pupil, day, am, pm)


def _approvals(random: Random, schools: tuple[School, ...], week: IsoWeek) -> Iterator[Approval]:
    long_ago = date(week.year - 2, 1, 1)
    for school in schools:
        kind = random.randrange(8)
        if kind == 0:
            continue
        if kind == 1:  # a gap, and one day that two rows cover
            gap = week.monday - timedelta(days=random.randint(-3, 40))
            yield Approval(school.urn, long_ago, gap)
            yield Approval(school.urn, gap, gap)
            yield Approval(school.urn, gap + timedelta(days=random.randint(1, 9)), None)
        elif kind == 2:  # ended before, or covers nothing at all
            yield Approval(school.urn, week.friday, week.monday)
            yield Approval(school.urn, long_ago, week.monday - timedelta(days=20))
        else:
            yield Approval(school.urn, long_ago, None)
            if kind == 3:
                yield Approval(school.urn, week.monday, week.friday)


def _census(random: Random) -> Iterator[CensusEntry]:
    for authority in AUTHORITIES:
        for phase in PHASES:
            if random.random() < 0.8:
                schools = random.choice((None, 0, 1, 7))
                yield CensusEntry(authority, phase, schools, random.choice((None, 0, 90, 1234)))


def ample_system(seed: int) -> System:
    """A system of this seed in which most rows have enough schools and pupils to be shown."""
    random = Random(seed)
    week = random.choice(WEEKS)
    first = IsoWeek.containing(week.monday - timedelta(days=7))
    calendar = [*first.school_days, *week.school_days]
    schools = tuple(_ample_schools(random))
    year = week.year - (week.week < 35)
    enrolled = tuple(
        _Enrolment(school.urn, f"{school.urn}-{n}", date(year - random.randint(6, 14), 3, 1))
        for school in schools
        for n in range(random.randint(8, 12))
    )
    feed = Feed(
        schools=schools,
        approvals=tuple(Approval(each.urn, date(2020, 1, 1)) for each in schools),
        census=tuple(_census(random)),
        pupils=tuple(
            PupilRecord(BATCHES[0], e.urn, e.pupil, e.date_of_birth, **_characteristics(random))
            for e in enrolled
        ),
        marks=tuple(_ample_marks(random, enrolled, calendar)),
    )
    return System(feed, week, random.choice((0, 50)), frozenset())


def _ample_schools(random: Random) -> Iterator[School]:
    urn = 200000
    for authority in AUTHORITIES[: random.randint(2, 4)]:
        for phase in PHASES[:3]:
            for _ in range(random.choice((4, 4, 4, 1))):
                urn += 1
                yield School(urn, authority, phase)


def _ample_marks(
    random: Random, enrolled: tuple[_Enrolment, ...], calendar: list[date]
) -> Iterator[Mark]:
    for each in enrolled:
        codes = random.choice((CODES[:15], OFTEN_ABSENT, ("/", "\\")))
        for day in calendar:
            for received in random.sample(BATCHES, k=random.choice((1, 1, 1, 2))):
                am, pm = random.choice(codes), random.choice(codes)
                yield Mark(received, each.urn, each.pupil, day, am, pm)


def patchwork_system(first: int, number: int, week: IsoWeek) -> System:
    """So many tiny systems of this week side by side, each in authorities of its own.

    Of the systems from the seed `first` on. What is counted of an authority's schools is as if
    it were alone; strike days and the share of open authorities are those of the first system.
    """
    found = []
    while len(found) < number:
        system = tiny_system(first)
        found += [system] if system.week == week else []
        first += 1
    places = [each.code for each in local_authorities()]
    moved = [_moved(each.feed, n, places) for n, each in enumerate(found)]
    parts = {
        name: tuple(row for feed in moved for row in getattr(feed, name))
        for name in ("schools", "approvals", "census", "pupils", "marks")
    }
    return replace(found[0], feed=Feed(**parts))


def _moved(feed: Feed, number: int, places: list[str]) -> Feed:
    """The same feed with other authorities, schools and pupils."""
    start = number * len(AUTHORITIES)
    move = dict(zip(AUTHORITIES, places[start : start + len(AUTHORITIES)], strict=True))
    urns, name = 1000 * number, f"{number:02}"
    return Feed(
        schools=tuple(
            replace(e, urn=e.urn + urns, location=move[e.location], trust=_own(e.trust, name))
            for e in feed.schools
        ),
        approvals=tuple(replace(e, urn=e.urn + urns) for e in feed.approvals),
        census=tuple(replace(e, location=move[e.location]) for e in feed.census),
        pupils=tuple(replace(e, urn=e.urn + urns, pupil=name + e.pupil) for e in feed.pupils),
        marks=tuple(replace(e, urn=e.urn + urns, pupil=name + e.pupil) for e in feed.marks),
    )


def _own(trust: str | None, name: str) -> str | None:
    return name + trust if trust is not None and trust.strip() else trust

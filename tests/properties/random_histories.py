"""Invents fortnights of a tiny country: corrections, late schools, withdrawals, new registers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from publisher.model.time import IsoWeek
from tests.properties.reference_count import Approval, Feed, Mark, PupilRecord
from tests.properties.tiny_systems import CODES, OFTEN_ABSENT, tiny_system

FIRST = IsoWeek(2025, 38)
Enrolled = tuple[int, str]
"""School and pupil."""


@dataclass(frozen=True)
class Fortnight:
    """What is known when a release is made: `feed` holds all that had arrived."""

    week: IsoWeek
    feed: Feed


def random_fortnights(seed: int, number: int) -> Iterator[Fortnight]:
    """The history of this seed: the same each time."""
    random, base, week = Random(seed), tiny_system(seed).feed, FIRST
    urns = [each.urn for each in base.schools]
    habits = {
        (each.urn, each.pupil): random.choice((CODES, OFTEN_ABSENT, ("/", "\\")))
        for each in base.marks
    }
    approved = {urn: Approval(urn, date(2023, 1, 1)) for urn in urns}
    marks, pupils, late = list[Mark](), list[PupilRecord](), list[Mark]()
    for turn in range(number):
        received = datetime.combine(week.friday + timedelta(days=3), time(18, 30))
        fresh = list(_marks(random, habits, week, received))
        slow = random.choice(urns) if random.random() < 0.5 else None
        marks += [
            *(replace(each, received=received) for each in late),
            *(each for each in fresh if each.urn != slow),
            *_corrected(random, marks, received),
        ]
        late = [each for each in fresh if each.urn == slow]
        pupils += _registers(random, base.pupils, received, turn)
        _withdraw_or_return(random, approved, week)
        feed = replace(
            base, approvals=tuple(approved.values()), pupils=tuple(pupils), marks=tuple(marks)
        )
        yield Fortnight(week, feed)
        week = week.following().following()


def _marks(
    random: Random, habits: dict[Enrolled, tuple[str, ...]], week: IsoWeek, received: datetime
) -> Iterator[Mark]:
    """Two weeks, in which a school is closed on some days."""
    before = IsoWeek.containing(week.monday - timedelta(days=7))
    days = (*before.school_days, *week.school_days)
    closed = {(urn, day) for urn, _ in habits for day in days if random.random() < 0.01}
    for (urn, pupil), codes in habits.items():
        for day in days:
            am, pm = random.choices(("#", "Y") if (urn, day) in closed else codes, k=2)
            yield Mark(received, urn, pupil, day, am, pm)


def _corrected(random: Random, marks: list[Mark], received: datetime) -> Iterator[Mark]:
    """A few days of any age; some marks are taken back."""
    for each in random.sample(marks, k=len(marks) // 50):
        am = "" if random.random() < 0.1 else random.choice(CODES)
        yield replace(each, received=received, am=am)


def _registers(
    random: Random, records: tuple[PupilRecord, ...], received: datetime, turn: int
) -> Iterator[PupilRecord]:
    """Everybody at first; then a few changed pupils and leavers."""
    for each in records:
        if not turn:
            yield replace(each, received=received, admission_date=None, leaving_date=None)
        elif random.random() < 0.05:
            leaving = received.date() if random.random() < 0.3 else None
            free = random.choice((True, False))
            yield replace(
                each,
                received=received,
                admission_date=None,
                leaving_date=leaving,
                free_school_meals=free,
            )


def _withdraw_or_return(random: Random, approved: dict[int, Approval], week: IsoWeek) -> None:
    urn = random.choice(list(approved))
    chance = random.random()
    if chance < 0.3:
        end = week.friday - timedelta(days=random.randint(0, 20))
        approved[urn] = replace(approved[urn], approved_to=end)
    elif chance < 0.6:
        approved[urn] = replace(approved[urn], approved_to=None)

"""The registers of a block of schools: a morning and an afternoon mark per pupil and day."""

from __future__ import annotations

import numpy as np

from publisher.synthetic import codes
from publisher.synthetic.arrays import Bools, Dates, Ints, Letters, Small
from publisher.synthetic.calendar import SchoolCalendar
from publisher.synthetic.codes import RETIRED_CODES, UNKNOWN_CODES
from publisher.synthetic.diary import PLANNED, SHUT, UNEXPECTED, Diary
from publisher.synthetic.enrolments import ALL_WEEK, Enrolments
from publisher.synthetic.facts import NO_YEAR_GROUP, RECEPTION, YEAR_GROUPS
from publisher.synthetic.sampling import whole

_ODD_CODES = np.array([codes.code(text) for text in (*RETIRED_CODES, *UNKNOWN_CODES)])
_ODD_PER_DAY = 1 / 50_000
_HALF_BLANK_PER_DAY = 1 / 20_000
_HALF_DAY_NURSERY = 0.5
_SETTLING_IN = 0.12
_SETTLING_DAYS = 10
_FREE_AFTERNOONS = 0.4
_SIXTH_FORM = YEAR_GROUPS.index("12")
_TWO_AFTERNOONS = 0b01010
_ANNOUNCED = 0.5
_DAYS_ANNOUNCED = 5

Marks = tuple[Letters, Letters]


def all_present(count: int, days: int) -> Marks:
    """Mornings and afternoons, enrolments x weekdays, in which everybody is present."""
    shape = (count, days)
    return (
        np.full(shape, codes.PRESENT_AM, dtype=np.uint8),
        np.full(shape, codes.PRESENT_PM, dtype=np.uint8),
    )


def mark_structure(
    rng: np.random.Generator,
    marks: Marks,
    enrolments: Enrolments,
    diary: Diary,
    calendar: SchoolCalendar,
) -> None:
    """Write into the marks what does not depend on habits (changed in place).

    In this order, later ones winning: sessions not required (X), days at the other school (D),
    closures (#, Y4, no mark), days before admission (Z or no mark) and after leaving (no mark).
    """
    _mark_not_required(rng, marks, enrolments, calendar)
    away = np.flatnonzero(enrolments.dual)
    _write(marks, away, _on_weekdays(enrolments.away[away], calendar), codes.DUAL)
    _mark_closures(marks, diary.state[enrolments.pupils.school])
    _mark_off_roll(rng, marks, enrolments, calendar.days)


def mark_oddities(rng: np.random.Generator, marks: Marks, steady: Bools) -> None:
    """A trickle of retired and unknown codes, and of days with one session blank."""
    morning, afternoon = marks
    for half in marks:
        rows, days = _random_marked(rng, marks, _ODD_PER_DAY / 2)
        half[rows, days] = rng.choice(_ODD_CODES, len(rows))
    rows, days = _random_marked(rng, marks, _HALF_BLANK_PER_DAY)
    kept = ~steady[rows] & (morning[rows, days] != codes.BLANK)
    afternoon[rows[kept], days[kept]] = codes.BLANK


def _random_marked(rng: np.random.Generator, marks: Marks, rate: float) -> tuple[Ints, Ints]:
    morning, afternoon = marks
    count = whole(rng, rate * morning.size)
    rows = rng.integers(0, morning.shape[0], count)
    days = rng.integers(0, morning.shape[1], count)
    marked = (morning[rows, days] != codes.BLANK) & (afternoon[rows, days] != codes.BLANK)
    return rows[marked], days[marked]


def _mark_not_required(
    rng: np.random.Generator, marks: Marks, enrolments: Enrolments, calendar: SchoolCalendar
) -> None:
    """Below compulsory age and in the sixth form, some afternoons are not required."""
    year = enrolments.pupils.year
    level = rng.random(len(year))
    nursery = np.flatnonzero((year < RECEPTION) & (level < _HALF_DAY_NURSERY))
    sixth = np.flatnonzero(
        (year >= _SIXTH_FORM) & (year != NO_YEAR_GROUP) & (level < _FREE_AFTERNOONS)
    )
    settling = np.flatnonzero((year == RECEPTION) & (level < _SETTLING_IN))
    afternoon = marks[1]
    afternoon[nursery] = codes.NOT_REQUIRED
    free = _on_weekdays(np.full(len(sixth), _TWO_AFTERNOONS), calendar)
    _write((afternoon,), sixth, free, codes.NOT_REQUIRED)
    first_week = np.datetime64(f"{calendar.academic_year}-09-01", "D")
    early = calendar.days < first_week + _SETTLING_DAYS
    afternoon[np.ix_(settling, np.flatnonzero(early))] = codes.NOT_REQUIRED


def _mark_closures(marks: Marks, state: Small) -> None:
    for half in marks:
        half[state == PLANNED] = codes.PLANNED_CLOSURE
        half[state == UNEXPECTED] = codes.SITE_CLOSED
        half[state == SHUT] = codes.BLANK


def _mark_off_roll(
    rng: np.random.Generator, marks: Marks, enrolments: Enrolments, days: Dates
) -> None:
    late = np.flatnonzero(enrolments.admitted > days[0])
    before = days[None, :] < enrolments.admitted[late, None]
    position = np.searchsorted(days, enrolments.admitted[late])[:, None]
    announced = np.arange(len(days))[None, :] >= position - _DAYS_ANNOUNCED
    announced = announced & (rng.random(len(late)) < _ANNOUNCED)[:, None]
    has_mark = marks[0][late] != codes.BLANK
    _write(marks, late, before, codes.BLANK)
    _write(marks, late, before & announced & has_mark, codes.PROSPECTIVE)
    gone = np.flatnonzero(~np.isnat(enrolments.left))
    _write(marks, gone, days[None, :] > enrolments.left[gone, None], codes.BLANK)


def _on_weekdays(bits: Ints, calendar: SchoolCalendar) -> Bools:
    """Rows x weekdays of the feed, from one bit per day of the week."""
    return ((bits & ALL_WEEK)[:, None] >> calendar.weekday[None, :] & 1).astype(bool)


def _write(halves: tuple[Letters, ...], rows: Ints, where: Bools, mark: int) -> None:
    chosen, days = np.nonzero(where)
    for half in halves:
        half[rows[chosen], days] = mark

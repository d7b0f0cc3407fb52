"""From the records of a pull to pieces of the tables `pupils` and `marks`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

import numpy as np

from publisher.feed.chunks import Chunk, Encoded
from publisher.feed.columns import columns_read
from publisher.feed.wonde.half_days import Day, HalfDays, Halves, Student
from publisher.feed.wonde.pages import Placed, Record
from publisher.feed.wonde.schools import School
from publisher.feed.wonde.students import student_row
from publisher.reference.years import SEPTEMBER

_ENOUGH_ROWS = 2_000
"""Small schools share a piece; a fortnight of a usual school is one of its own."""
_FRIDAY = 5

Schools = Mapping[str, School]
Upns = Callable[[Student], object]
"""The pupil number of a student; None if nobody knows it."""


def student_chunks(records: Iterable[tuple[str, Placed]], schools: Schools) -> Iterator[Chunk]:
    """Pieces of `pupils`, a page at a time; `records` are (school id, (place, record))."""
    for file, group in groupby(records, key=lambda each: _file(each[1][0])):
        rows = [student_row(record, schools.get(school)) for school, (_, record) in group]
        yield table_chunk("pupils", file, rows)


def mark_chunks(
    days: HalfDays, earlier: Halves, schools: Schools, upns: Upns, received: datetime
) -> Iterator[Chunk]:
    """Pieces of `marks`, school by school: days in pairs, then days of deleted students."""

    def upn(student: Student) -> object:
        return upns(student) or days.students_deleted.get(student)

    paired = ((each, am, pm) for each, am, pm in days.paired(earlier))
    rows: list[Record] = []
    labels: list[str] = []
    for school, group in groupby((*paired, *_withdrawn(days, received)), lambda row: row[0][0]):
        known = schools.get(school)
        urn = None if known is None else known.urn
        labels.append("an unknown school" if known is None else known.label)
        rows += ({"urn": urn, **_row(*row, upn)} for row in group)
        if len(rows) >= _ENOUGH_ROWS:
            yield _marks(labels, rows)
            rows, labels = [], []
    if rows:
        yield _marks(labels, rows)


def _marks(labels: Sequence[str], rows: Sequence[Record]) -> Chunk:
    between = labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
    return table_chunk("marks", f"attendance of {between}", rows)


def table_chunk(table: str, file: str, rows: Sequence[Record]) -> Chunk:
    """Rows as a piece of a table, its columns encoded."""
    columns = {name: _encoded([row[name] for row in rows]) for name in columns_read(table)}
    return Chunk(file, 1, len(rows), columns)


def _row(which: Day, am: object, pm: object, upns: Upns) -> Record:
    school, student, day = which
    return {"upn": upns((school, student)), "date": day, "am": am, "pm": pm}


def _withdrawn(days: HalfDays, received: datetime) -> Iterator[tuple[Day, None, None]]:
    """Every weekday of the school year so far of each student who was deleted.

    A deletion does not say on which days there were marks. What the same pull still brings of
    the student stays.
    """
    spoken = days.days
    for school, student in sorted(days.students_deleted):
        for day in _weekdays_until(received.date()):
            if (school, student, day) not in spoken:
                yield (school, student, day), None, None


def _weekdays_until(last: date) -> Iterator[date]:
    day = date(last.year - (last.month < SEPTEMBER), SEPTEMBER, 1)
    while day <= last:
        if day.isoweekday() <= _FRIDAY:
            yield day
        day += timedelta(days=1)


def _encoded(values: Sequence[object]) -> Encoded:
    """Values of different types are different, though True equals 1 and hashes the same."""
    places: dict[tuple[type, object], int] = {}
    codes = [places.setdefault((type(value), value), len(places)) for value in values]
    return Encoded([*(value for _, value in places), None], np.array(codes, np.int32))


def _file(place: str) -> str:
    return place.rsplit(", record ", 1)[0]

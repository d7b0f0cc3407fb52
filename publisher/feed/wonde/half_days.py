"""Pairs sessions into days: a supplier sends mornings and afternoons apart, the store keeps days.

A half is known by school, student, day and session. Within a pull the last record of a half
counts, and a session that is there beats a deletion of the same half. A half that the pull says
nothing about is looked up in what was pulled earlier; a half that nobody knows has no mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from publisher.feed.wonde.codes import CodeLists
from publisher.feed.wonde.pages import Record
from publisher.feed.wonde.values import day, identifier, scalar
from publisher.model.intake import STORED, RowAccount

SESSIONS = ("AM", "PM")
STUDENT, SESSION = "student", "attendance"
"""Types of a deletion."""

SENT_TWICE = "replaced by a later session of the same half day"
THIRD = "neither morning nor afternoon"

Day = tuple[str, str, object]
"""School id, student id, date (or what was found in its place)."""
Half = tuple[Day, int]
"""A day, and the place of its session in `SESSIONS`."""
Halves = Mapping[Half, object]
"""What each half says: the text of its code, or None for no mark."""
Student = tuple[str, str]
"""School id, student id."""


@dataclass(repr=False)
class HalfDays:
    """Sessions and deletions of one pull, or of several in order."""

    codes: CodeLists
    wanted: Callable[[Day], bool] = lambda _day: True
    """Which days to keep; the others are passed over without being counted."""
    halves: dict[Half, object] = field(default_factory=dict)
    deleted: dict[Half, None] = field(default_factory=dict)
    students_deleted: dict[Student, object] = field(default_factory=dict)
    """With the pupil number, where the deletion names it."""
    arrived: int = 0
    third: int = 0

    def add_session(self, school: str, record: Record) -> None:
        """Take in a session."""
        which = _half(school, record)
        if which is None:
            self.arrived, self.third = self.arrived + 1, self.third + 1
        elif self.wanted(which[0]):
            self.arrived += 1
            self.deleted.pop(which, None)
            self.halves.pop(which, None)
            self.halves[which] = self.codes.text(school, record.get("attendance_code"))

    def add_deletion(self, school: str, record: Record) -> None:
        """Take in a deletion; other things than students and sessions are not ours."""
        kind = str(record.get("type") or "").strip().lower()
        if kind == STUDENT:
            self.students_deleted[school, identifier(record)] = scalar(record.get("upn"))
        which = _half(school, record) if kind == SESSION else None
        if which is not None and self.wanted(which[0]):
            self.deleted[which] = None

    @property
    def account(self) -> RowAccount:
        """What became of the sessions."""
        paired = len(self.halves)
        return RowAccount(
            self.arrived,
            {
                STORED: paired,
                SENT_TWICE: self.arrived - paired - self.third,
                THIRD: self.third,
            },
        )

    @property
    def days(self) -> dict[Day, None]:
        """The days that are spoken of, school by school."""
        spoken = dict.fromkeys(which for which, _ in (*self.halves, *self.deleted))
        return dict.fromkeys(sorted(spoken, key=lambda each: each[0]))

    def missing(self) -> set[Half]:
        """The halves of those days that nothing is said about."""
        return {
            (each, half)
            for each in self.days
            for half in (0, 1)
            if (each, half) not in self.halves and (each, half) not in self.deleted
        }

    def followed_by(self, later: HalfDays) -> None:
        """Let a later pull replace, withdraw and add."""
        for which in later.deleted:
            self.halves.pop(which, None)
        gone = later.students_deleted
        for which in [each for each in self.halves if each[0][:2] in gone]:
            del self.halves[which]
        self.halves.update(later.halves)

    def paired(self, earlier: Halves) -> Iterator[tuple[Day, object, object]]:
        """Each day with its morning and afternoon; `earlier` knows the missing halves."""
        for each in self.days:
            am, pm = (self._half_or(earlier, (each, half)) for half in (0, 1))
            yield each, am, pm

    def _half_or(self, earlier: Halves, which: Half) -> object:
        if which in self.halves:
            return self.halves[which]
        return None if which in self.deleted else earlier.get(which)


def touched_day(school: str, record: Record) -> Day | None:
    """The day that a session, or the deletion of one, is about."""
    which = _half(school, record)
    return None if which is None else which[0]


def _half(school: str, record: Record) -> Half | None:
    session = str(record.get("session") or "").strip().upper()
    if session not in SESSIONS:
        return None
    which = (school, identifier(record.get("student")), day(record.get("date")))
    return which, SESSIONS.index(session)

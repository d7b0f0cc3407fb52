"""What a pull of a folder refers to in earlier pulls; in memory only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from publisher.errors import BatchRefused
from publisher.feed.wonde.codes import CodeLists
from publisher.feed.wonde.folder import Pull
from publisher.feed.wonde.half_days import HalfDays, Halves, Student
from publisher.feed.wonde.pages import Record
from publisher.feed.wonde.students import upn_of
from publisher.feed.wonde.values import identifier


@dataclass(frozen=True, repr=False)
class Remembered:
    """Of one pull: its code records and the pupil numbers of its students."""

    pull: Pull
    codes: tuple[Record, ...]
    upns: dict[Student, object]


@dataclass(repr=False)
class Memory:
    """What has been read of each pull; every pull is read for this once."""

    _pulls: dict[str, Remembered | None] = field(default_factory=dict)

    def of(self, pull: Pull) -> Remembered:
        """What a pull says.

        Raises:
            BatchRefused: a page of it is broken or missing.
        """
        known = self._pulls.get(pull.name)
        if known is None:
            self._pulls[pull.name] = None
            known = self._pulls[pull.name] = _read(pull)
        return known

    def readable(self, pulls: Iterable[Pull]) -> tuple[Remembered, ...]:
        """Those of `pulls` that are whole, in the same order; refused ones count for nothing."""
        found = []
        for pull in pulls:
            if pull.name not in self._pulls:
                try:
                    self.of(pull)
                except BatchRefused:
                    continue
            found.append(self._pulls[pull.name])
        return tuple(each for each in found if each is not None)


def code_lists(pulls: Iterable[Remembered]) -> CodeLists:
    """The lists of codes as the last of `pulls` knows them."""
    lists = CodeLists()
    for each in pulls:
        lists.learn(each.codes)
    return lists


def half_days(pull: Pull, codes: CodeLists, wanted: HalfDays | None = None) -> HalfDays:
    """The sessions and deletions of a pull; with `wanted`, only of days that it leaves open.

    Raises:
        BatchRefused: a page is broken or missing.
    """
    days = HalfDays(codes)
    if wanted is not None:
        days.wanted = {which for which, _ in wanted.missing()}.__contains__
    for _, record in pull.records("attendance"):
        days.add_session(school_id(record), record)
    for _, record in pull.records("deletions"):
        days.add_deletion(school_id(record), record)
    return days


def earlier_halves(days: HalfDays, before: Sequence[Remembered], codes: CodeLists) -> Halves:
    """What earlier pulls said about the halves that `days` leaves open."""
    known = HalfDays(codes)
    if days.missing():
        for each in before:
            known.followed_by(half_days(each.pull, codes, days))
    return known.halves


def school_id(record: Record) -> str:
    """The school that a record of a folder names."""
    return identifier(record.get("school"))


def embedded_upn(session: Record) -> object:
    """The pupil number that a session carries with its student, if it does."""
    student = session.get("student")
    inner = student.get("data", student) if isinstance(student, dict) else None
    return upn_of(inner) if isinstance(inner, dict) else None


def _read(pull: Pull) -> Remembered:
    upns: dict[Student, object] = {}
    for _, session in pull.records("attendance"):
        upn = embedded_upn(session)
        if upn is not None:
            upns[school_id(session), identifier(session.get("student"))] = upn
    for _, record in pull.records("students"):
        upns[school_id(record), identifier(record)] = upn_of(record)
    for _ in pull.records("deletions"):
        pass  # a pull with a broken page of any kind is refused
    return Remembered(pull, tuple(record for _, record in pull.records("codes")), upns)

"""One pull from a supplier over HTTP: every school asked for what has changed, in memory.

A day that has changed in one half is asked for whole: the store keeps days, and the half that did
not change must survive. A school that refuses in the middle is left out whole.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from urllib.parse import quote

from publisher.errors import BatchRefused
from publisher.feed.chunks import Chunk
from publisher.feed.wonde.client import NoAccess
from publisher.feed.wonde.codes import CodeLists
from publisher.feed.wonde.half_days import Day, HalfDays, Student, touched_day
from publisher.feed.wonde.listing import Supplier
from publisher.feed.wonde.lookup import embedded_upn
from publisher.feed.wonde.pages import Placed, Record
from publisher.feed.wonde.rows import mark_chunks, student_chunks
from publisher.feed.wonde.schools import School
from publisher.feed.wonde.students import upn_of
from publisher.feed.wonde.values import identifier
from publisher.model.intake import RowAccount

_STUDENT_PARTS = "education_details,extended_details"


@dataclass(frozen=True, repr=False)
class SchoolPull:
    """What one school brought, as pieces of `pupils` and `marks`."""

    pupils: tuple[Chunk, ...]
    marks: tuple[Chunk, ...]
    sessions: RowAccount
    digest: bytes

    @property
    def is_empty(self) -> bool:
        """Whether nothing had changed."""
        return not self.pupils and not self.marks


class NotTaken(StrEnum):
    """Why nothing of a school was taken."""

    WITHDRAWN = "is shared by the supplier no more: nothing of it was taken; its approval ends"
    WITHOUT_SCOPE = "is shared without one of the lists that are needed: nothing of it was taken"


def pull_school(
    supplier: Supplier, school: School, since: datetime | None, received: datetime
) -> SchoolPull | NotTaken:
    """What has changed at a school since `since` (None: everything), or why it was left out.

    Raises:
        BatchRefused: a page is broken or missing.
        CouldNotRun: the supplier does not answer.
    """
    try:
        return _Pulling(supplier, school, since).finish(received)
    except NoAccess as ended:
        if not supplier.school_is_shared(school.id):
            return NotTaken.WITHDRAWN
        if ended.page == 1:
            return NotTaken.WITHOUT_SCOPE
        raise BatchRefused(
            f"{school.label}: page {ended.page} of one of its lists is missing",
            "Nothing of this pull was stored. Run the same command again later.",
        ) from None


def summed(accounts: Iterable[RowAccount]) -> RowAccount:
    """Several accounts of sessions as one."""
    buckets: Counter[str] = Counter()
    for each in accounts:
        buckets.update(each.buckets)
    return RowAccount(sum(buckets.values()), dict(buckets))


@dataclass(repr=False)
class _Pulling:
    supplier: Supplier
    school: School
    since: datetime | None
    upns: dict[Student, object] = field(default_factory=dict)
    read: list[Record] = field(default_factory=list)
    """Every record that counts, for telling whether the same pull is stored already."""

    def finish(self, received: datetime) -> SchoolPull:
        students = self._records("students", include=_STUDENT_PARTS, **self._changed())
        self._learn(students)
        days = self._days()
        self._look_up_unknown(days)
        schools = {self.school.id: self.school}
        pupils = student_chunks(((self.school.id, each) for each in students), schools)
        marks = mark_chunks(days, {}, schools, self.upns.get, received)
        return SchoolPull(tuple(pupils), tuple(marks), days.account, self._digest())

    def _days(self) -> HalfDays:
        """The days of which anything has changed, whole."""
        sessions = self._records("attendance/session", include="student", **self._changed())
        deletions = self._records("deletions", **self._changed())
        touched = self._touched([record for _, record in (*sessions, *deletions)])
        if self.since is not None and touched:
            sessions = [each for run in _runs(touched) for each in self._whole_days(run)]
        days = HalfDays(self._codes() if touched else CodeLists(), touched.__contains__)
        for _, record in sessions:
            days.add_session(self.school.id, record)
            self._learn_embedded(record)
        for _, record in deletions:
            days.add_deletion(self.school.id, record)
        return days

    def _touched(self, records: list[Record]) -> set[Day]:
        found = (touched_day(self.school.id, record) for record in records)
        return {each for each in found if each is not None}

    def _whole_days(self, run: tuple[date, date]) -> list[Placed]:
        first, last = run
        return self._records(
            "attendance/session",
            include="student",
            attendance_date_after=first.isoformat(),
            attendance_date_before=last.isoformat(),
        )

    def _codes(self) -> CodeLists:
        lists = CodeLists()
        records = self._records("attendance-codes")
        lists.learn((record for _, record in records), self.school.id)
        return lists

    def _look_up_unknown(self, days: HalfDays) -> None:
        """Ask for all students when a session is of one that has not changed."""
        students = {(school, student) for school, student, _ in days.days}
        if self.since is not None and students - self.upns.keys():
            known = dict(self.upns)
            self._learn(self._listed("students", include=_STUDENT_PARTS))
            self.upns.update(known)

    def _learn(self, students: Iterable[Placed]) -> None:
        for _, record in students:
            self.upns[self.school.id, identifier(record)] = upn_of(record)

    def _learn_embedded(self, session: Record) -> None:
        upn = embedded_upn(session)
        if upn is not None:
            self.upns.setdefault((self.school.id, identifier(session.get("student"))), upn)

    def _changed(self) -> dict[str, str]:
        if self.since is None:
            return {}
        return {"updated_after": f"{self.since:%Y-%m-%d %H:%M:%S}"}

    def _records(self, kind: str, **query: str) -> list[Placed]:
        found = list(self._listed(kind, **query))
        self.read += [record for _, record in found]
        return found

    def _listed(self, kind: str, **query: str) -> Iterator[Placed]:
        path = f"schools/{quote(self.school.id, safe='')}/{kind}"
        return self.supplier.listed(path, f"{kind} of {self.school.label}", **query)

    def _digest(self) -> bytes:
        text = json.dumps([self.school.id, self.read], sort_keys=True)
        return sha256(text.encode()).digest()


def _runs(days: Iterable[Day]) -> list[tuple[date, date]]:
    """The dates of `days` as first and last of runs without a gap."""
    runs: list[tuple[date, date]] = []
    for day in sorted({each for _, _, each in days if isinstance(each, date)}):
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs

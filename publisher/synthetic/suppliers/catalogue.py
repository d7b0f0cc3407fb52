"""What a supplier on this machine knows at a moment: its pulls, put together again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]
_LONDON = ZoneInfo("Europe/London")
_OF_A_SCHOOL = {
    "students": "students",
    "attendance/session": "attendance",
    "deletions": "deletions",
    "attendance-codes": "codes",
}


@dataclass
class _Kind:
    """Records of one kind by school and by their own id, with the moment of the last change."""

    schools: dict[str, dict[str, tuple[datetime, Record]]] = field(default_factory=dict)

    def put(self, moment: datetime, record: Record) -> None:
        records = self.schools.setdefault(_id(record.get("school", "")), {})
        records.pop(record["id"], None)
        records[record["id"]] = (moment, record)

    def of(self, school: str) -> Iterable[tuple[datetime, Record]]:
        return self.schools.get(school, {}).values()

    def without(self, school: str, ids: Iterable[str]) -> None:
        for each in ids:
            self.schools.get(school, {}).pop(each, None)


class Catalogue:
    """The pulls of a folder; reads on as the moment advances."""

    def __init__(self, folder: Path) -> None:
        """See which pulls there are."""
        self._pulls = sorted(path for path in folder.iterdir() if path.is_dir())
        self.moments = [datetime.strptime(path.name, "%Y-%m-%dT%H%M") for path in self._pulls]  # noqa: DTZ007  (local)
        self._read = 0
        self._lists: dict[str, list[Record]] = {"schools": [], "census": []}
        self._schools: set[str] = set()
        self._kinds = {kind: _Kind() for kind in _OF_A_SCHOOL.values()}

    def listed(
        self, parts: list[str], query: Mapping[str, str], clock: datetime
    ) -> list[Record] | None:
        """The records of a list, or None if there is no such list."""
        self._read_until(clock)
        if parts[:1] != ["v1.0"]:
            return None
        match parts[1:]:
            case ["schools" | "census" as register]:
                return self._lists[register]
            case ["schools", school] if self._has(school):
                return []
            case ["schools", school, *rest] if self._has(school):
                kind = _OF_A_SCHOOL.get("/".join(rest), "")
                return self._of_school(kind, school, query) if kind else None
            case _:
                return None

    def _of_school(self, kind: str, school: str, query: Mapping[str, str]) -> list[Record]:
        if kind == "codes" and not self._kinds[kind].of(school):
            school = ""  # the list that is common to all
        after = query.get("updated_after")
        since = datetime.fromisoformat(after).replace(tzinfo=UTC) if after else None
        first = query.get("attendance_date_after", "")
        last = query.get("attendance_date_before", "9999")
        return [
            record
            for moment, record in self._kinds[kind].of(school)
            if (since is None or moment.replace(tzinfo=_LONDON) > since)
            and (kind != "attendance" or first <= _day(record["date"]) <= last)
        ]

    def _has(self, school: str) -> bool:
        return school in self._schools

    def _read_until(self, clock: datetime) -> None:
        while self._read < len(self._pulls) and self.moments[self._read] <= clock:
            self._take_in(self._pulls[self._read], self.moments[self._read])
            self._read += 1

    def _take_in(self, pull: Path, moment: datetime) -> None:
        for kind in self._lists:
            if (pull / kind).is_dir():
                self._lists[kind] = list(_records(pull / kind))
        self._schools = {each["id"] for each in self._lists["schools"]}
        for kind, known in self._kinds.items():
            for record in _records(pull / kind):
                known.put(moment, record)
                if kind == "deletions":
                    self._delete(record)

    def _delete(self, record: Record) -> None:
        school, deleted = _id(record["school"]), record["id"]
        if record["type"] == "attendance":
            self._kinds["attendance"].without(school, [deleted])
            return
        sessions = self._kinds["attendance"].of(school)
        theirs = [each["id"] for _, each in sessions if _id(each["student"]) == deleted]
        self._kinds["attendance"].without(school, theirs)
        self._kinds["students"].without(school, [deleted])


def _records(folder: Path) -> Iterator[Record]:
    if folder.is_dir():
        for page in sorted(folder.iterdir()):
            yield from json.loads(page.read_text(encoding="utf-8"))["data"]


def _id(reference: Any) -> str:  # noqa: ANN401  (as JSON has it)
    return str(reference.get("data", reference)["id"] if isinstance(reference, dict) else reference)


def _day(value: Any) -> str:  # noqa: ANN401  (as JSON has it)
    return str(value["date"] if isinstance(value, dict) else value)[:10]

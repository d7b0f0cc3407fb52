"""Accounts for every row of a feed folder with dictionaries and loops, from the method alone.

Reads the CSV files as they lie there and says of each row in which bucket it ends, in words of
its own. `Known` is what a feed folder said when it was ingested: several folders, one store.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path

from publisher.reference.facts import read_facts

Row = dict[str, str]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """Registers: URN -> whether its phase is published; URN -> spans of approval."""

    schools: dict[str, bool]
    approvals: dict[str, list[tuple[date, date]]]

    def covers(self, urn: str, day: date) -> bool:
        return any(first <= day <= last for first, last in self.approvals.get(urn, ()))


@dataclass
class Accounted:
    """Bucket -> rows; `sessions` over rows that are counted or have only unknown codes."""

    marks: Counter[str] = field(default_factory=Counter)
    pupils: Counter[str] = field(default_factory=Counter)
    sessions: Counter[str] = field(default_factory=Counter)
    of_batch: dict[str, Counter[str]] = field(default_factory=dict)


def reference_account(folders: list[Path], friday: date, unknown_percent: int) -> Accounted:
    """The account of the release of the week that ends on `friday`."""
    accounted = Accounted()
    stored_marks: dict[Key, list[tuple[datetime, Row]]] = defaultdict(list)
    stored_pupils: dict[Key, list[tuple[datetime, Row]]] = defaultdict(list)
    for folder in folders:
        known = known_of(folder)
        for batch in sorted((folder / "batches").iterdir()):
            received = datetime.fromisoformat(f"{batch.name[:13]}:{batch.name[13:]}")
            door: Counter[str] = Counter()
            for key, row in _marks_let_in(batch, known, received, unknown_percent, door).items():
                stored_marks[key].append((received, row))
            accounted.of_batch[batch.name] = Counter(door)
            accounted.marks += door - Counter({"taken in": door["taken in"]})
            for key, row in _pupils_let_in(batch, known, received, accounted.pupils).items():
                stored_pupils[key].append((received, row))
    now = known_of(folders[-1])
    _judge_pupils(stored_pupils, now, friday, accounted)
    _judge_marks(stored_marks, stored_pupils, now, friday, accounted)
    return accounted


def known_of(folder: Path) -> Known:
    """The registers of a feed folder."""
    approvals = defaultdict(list)
    for row in _read(folder / "approvals.csv"):
        span = (_day(row["approved_from"]), _day(row["approved_to"]) or date.max)
        approvals[row["urn"]].append(span)
    schools = {
        row["urn"]: row["type_of_establishment"] != "Pupil referral unit"
        for row in _read(folder / "schools.csv")
    }
    return Known(schools, approvals)


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# --- at the door --------------------------------------------------------------------------------


def _marks_let_in(
    batch: Path, known: Known, received: datetime, percent: int, door: Counter[str]
) -> dict[Key, Row]:
    kept: dict[Key, Row] = {}
    for row in _read(batch / "marks.csv"):
        day, key = _day(row["date"]), (row["urn"], row["upn"], row["date"])
        if not row["upn"].strip() or row["urn"] not in known.schools or day is None:
            door["refused"] += 1
        elif day > received.date():
            door["outside dates"] += 1
        elif not known.covers(row["urn"], day):
            door["outside approval"] += 1
        else:
            door["duplicate"] += key in kept
            kept[key] = row
    for urn in {key[0] for key in kept}:
        marks = [r[half] for k, r in kept.items() if k[0] == urn for half in ("am", "pm")]
        unknown = sum(_kind(mark) == "unknown_code" for mark in marks)
        if 100 * unknown > percent * sum(mark != "" for mark in marks):
            here = [key for key in kept if key[0] == urn]
            door["refused"] += len(here)
            for key in here:
                del kept[key]
    door["taken in"] += len(kept)
    return kept


def _pupils_let_in(
    batch: Path, known: Known, received: datetime, buckets: Counter[str]
) -> dict[Key, Row]:
    kept: dict[Key, Row] = {}
    for row in _read(batch / "pupils.csv"):
        born, key = _day(row["date_of_birth"]), (row["urn"], row["upn"])
        good = row["upn"].strip() and row["urn"] in known.schools and born is not None
        if not good or born > received.date():
            buckets["refused"] += 1
        else:
            buckets["duplicate"] += key in kept
            kept[key] = row
    return kept


def _kind(mark: str) -> str:
    if mark == "":
        return "no_mark"
    return "register_code" if mark in _codes() else "unknown_code"


@cache
def _codes() -> set[str]:
    return {each["code"] for each in read_facts("register_codes")}


# --- in the release -----------------------------------------------------------------------------


def _start(friday: date) -> int:
    return friday.year if friday.month >= 9 else friday.year - 1


def _year(friday: date) -> Row:
    return next(
        y for y in read_facts("academic_years") if y["academic_year"] == str(_start(friday))
    )


def _age(row: Row, friday: date) -> int:
    born = date.fromisoformat(row["date_of_birth"])
    return _start(friday) - born.year - ((born.month, born.day) > (8, 31))


def _judge_pupils(stored: dict, now: Known, friday: date, accounted: Accounted) -> None:
    for (urn, _), records in stored.items():
        published = now.schools.get(urn, False)
        last = max(received for received, _ in records)
        for received, row in records:
            if not published:
                bucket = "outside scope"
            elif received != last:
                bucket = "replaced"
            else:
                bucket = "counted" if 5 <= _age(row, friday) <= 15 else "outside scope"
            accounted.pupils[bucket] += 1


def _judge_marks(
    stored: dict, pupils: dict, now: Known, friday: date, accounted: Accounted
) -> None:
    for key, rows in stored.items():
        last = max(received for received, _ in rows)
        for received, row in rows:
            bucket = _bucket(key, row, received == last, pupils, now, friday)
            accounted.marks[bucket] += 1
            if bucket in ("counted", "unknown code"):
                accounted.sessions.update(_kind(row[half]) for half in ("am", "pm"))


def _bucket(key: Key, row: Row, latest: bool, pupils: dict, now: Known, friday: date) -> str:
    """The first bucket whose condition holds."""
    urn, upn, text = key
    day = date.fromisoformat(text)
    first = date.fromisoformat(_year(friday)["series_start"])
    conditions = (
        ("outside scope", urn not in now.schools),
        ("outside dates", day < first or day > friday or day.weekday() >= 5),
        ("outside scope", not now.schools.get(urn)),
        ("outside approval", not now.covers(urn, day)),
        ("replaced", not latest),
        ("withdrawn", row["am"] == "" and row["pm"] == ""),
        ("orphan", (urn, upn) not in pupils),
    )
    bucket = next((bucket for bucket, holds in conditions if holds), None)
    return bucket or _bucket_of_pupil(day, row, pupils[urn, upn], friday)


def _bucket_of_pupil(day: date, row: Row, records: list, friday: date) -> str:
    _, pupil = max(records, key=lambda each: each[0])
    age = _age(pupil, friday)
    admitted, left = _day(pupil["admission_date"]), _day(pupil["leaving_date"])
    leaves = date.fromisoformat(_year(friday)["year_11_leaves"])
    conditions = (
        ("outside scope", not 5 <= age <= 15),
        ("outside dates", day < (admitted or day) or day > (left or day)),
        ("Year 11 in summer", age == 15 and day >= leaves),
        ("unknown code", "register_code" not in {_kind(row["am"]), _kind(row["pm"])}),
    )
    return next((bucket for bucket, holds in conditions if holds), "counted")

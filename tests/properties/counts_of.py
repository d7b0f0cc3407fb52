"""What schools would have shared had they taken part in the pilot: counts made from marks.

Plain loops over plain records. A batch states the whole of each school-day that it touches, as
the school knew it by then.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from publisher.model.accounting import CountArrivals
from publisher.model.counts import COUNT_DAYS_SCHEMA, COUNTS_SCHEMA, ON_ROLL_SCHEMA, RECEIVED
from publisher.model.intake import STORED
from publisher.model.tables import Snapshot
from publisher.reference.codes import UNKNOWN_CODE, register_codes
from tests.properties.feed_folder import write_feed
from tests.properties.reference_count import Feed, Mark, PupilRecord

DAYS_TO_CORRECT = 8
SchoolDay = tuple[int, date]
Statement = Counter[tuple[str, str, int]]
"""(session, code, year group) -> pupils."""


@dataclass(frozen=True)
class Stated:
    """What a batch says about a school-day."""

    received: datetime
    urn: int
    date: date
    counts: Mapping[tuple[str, str, int], int]
    on_roll: Mapping[int, int]


def stated(feed: Feed, schools: Iterable[int]) -> list[Stated]:
    """Every statement that `schools` would have made, in order of receipt."""
    records = {}
    for each in sorted(feed.pupils, key=lambda each: each.received):
        records[each.urn, each.pupil] = each
    marks = defaultdict(list)
    for each in feed.marks:
        if each.urn in schools:
            marks[each.urn, each.date].append(each)
    found = []
    for (urn, day), here in marks.items():
        roll = Counter(
            year_group(each, day)
            for (at, _), each in records.items()
            if at == urn and _there(each, day)
        )
        for received in sorted({each.received for each in here}):
            latest = {}
            for each in sorted(here, key=lambda each: each.received):
                if each.received <= received:
                    latest[each.pupil] = each
            found.append(Stated(received, urn, day, _count(latest.values(), records), roll))
    return sorted(found, key=lambda each: (each.received, each.urn, each.date))


def _count(marks: Iterable[Mark], records: Mapping[tuple[int, str], PupilRecord]) -> Statement:
    counts: Statement = Counter()
    for mark in marks:
        record = records.get((mark.urn, mark.pupil))
        if record is None or not _there(record, mark.date):
            continue
        for session, code in (("AM", mark.am), ("PM", mark.pm)):
            if code:
                counts[session, code, year_group(record, mark.date)] += 1
    return counts


def _there(record: PupilRecord, day: date) -> bool:
    return not (record.admission_date and day < record.admission_date) and not (
        record.leaving_date and day > record.leaving_date
    )


def year_group(record: PupilRecord, day: date) -> int:
    """The year group of the pupil's age at the start of the academic year; -2 to 14."""
    start = day.year - (day.month < 9)
    born = record.date_of_birth
    age = start - born.year - ((born.month, born.day) > (8, 31))
    return min(max(age - 4, -2), 14)


def accepted(feed: Feed, schools: Iterable[int]) -> Feed:
    """The marks that count when corrections of `schools` count for eight days only."""
    first: dict[SchoolDay, datetime] = {}
    for each in feed.marks:
        key = (each.urn, each.date)
        first[key] = min(first.get(key, each.received), each.received)

    def counts(mark: Mark) -> bool:
        in_time = mark.received.date() <= mark.date + timedelta(days=DAYS_TO_CORRECT)
        return mark.urn not in schools or in_time or mark.received == first[mark.urn, mark.date]

    return replace(feed, marks=tuple(each for each in feed.marks if counts(each)))


def with_counts(snapshot: Snapshot, statements: list[Stated], folder: Path) -> Snapshot:
    """The snapshot with counts beside its marks; one file of each kind for each batch."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, list[Path]] = {"counts": [], "count_days": [], "on_roll": []}
    arrivals = []
    for number, received in enumerate(sorted({each.received for each in statements})):
        here = [each for each in statements if each.received == received]
        tables = {
            "counts": (COUNTS_SCHEMA, [row for each in here for row in _rows(each)]),
            "count_days": (
                COUNT_DAYS_SCHEMA,
                [(each.urn, each.date, len(_rows(each))) for each in here],
            ),
            "on_roll": (
                ON_ROLL_SCHEMA,
                [(e.urn, e.date, year, n) for e in here for year, n in e.on_roll.items()],
            ),
        }
        stored = ({STORED: len(tables[name][1])} for name in ("counts", "on_roll"))
        arrivals.append(CountArrivals(*stored))
        for name, (schema, rows) in tables.items():
            path = folder / f"{name}-{number}.parquet"
            paths[name].append(_write(path, schema, rows, received))
    files = {name: tuple(each) for name, each in paths.items()}
    return replace(snapshot, **files, count_arrivals=tuple(arrivals))


def _rows(statement: Stated) -> list[tuple[object, ...]]:
    numbers = {each.code: each.number for each in register_codes()}
    summed: Counter[tuple[bool, int, int]] = Counter()
    for (session, code, year), pupils in statement.counts.items():
        summed[session == "PM", numbers.get(code, UNKNOWN_CODE), year] += pupils
    rows = [(statement.urn, statement.date, *key, n) for key, n in summed.items()]
    return rows or [(statement.urn, statement.date, False, 1, 1, 0)]


def _write(path: Path, schema: pa.Schema, rows: list, received: datetime) -> Path:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, each.type) for column, each in zip(columns, schema, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=schema)
    moments = pa.array([received] * len(rows), RECEIVED.type)
    pq.write_table(table.append_column(RECEIVED, moments), path)
    return path


def write_pilot_feed(feed: Feed, schools: Iterable[int], folder: Path) -> Path:
    """A feed folder in the format `pilot` (CSV): all registers, and the counts of `schools`."""
    write_feed(replace(feed, marks=(), pupils=()), folder)
    statements = stated(feed, schools)
    for received in sorted({each.received for each in statements}):
        here = [each for each in statements if each.received == received]
        batch = folder / "batches" / f"{received:%Y-%m-%dT%H%M}"
        batch.mkdir(parents=True)
        with (batch / "counts.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("urn", "date", "session", "code", "year_group", "pupils"))
            for each in here:
                rows = [(s, c, _named(y), n) for (s, c, y), n in each.counts.items()]
                for row in rows or [("AM", "/", "1", 0)]:
                    writer.writerow((each.urn, each.date, *row))
        with (batch / "on_roll.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("urn", "date", "year_group", "pupils"))
            for each in here:
                for year, pupils in each.on_roll.items():
                    writer.writerow((each.urn, each.date, _named(year), pupils))
    return folder


def _named(year: int) -> str:
    return {-2: "N1", -1: "N2", 0: "R"}.get(year, str(year))

"""Writes plain records as the store's Parquet tables (`publisher.model.tables.Snapshot`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from publisher.model.accounting import BatchArrivals
from publisher.model.intake import STORED
from publisher.model.tables import Snapshot
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE, register_codes
from publisher.store.register_weeks import WEEKS_FILE, register_weeks
from tests.properties.reference_count import Feed, Mark, PupilRecord

_FLAGS = (
    "looked_after",
    "previously_looked_after",
    "sen_support",
    "ehc_plan",
    "free_school_meals",
    "child_in_need",
    "child_protection_plan",
)
_MARKS = pa.schema(
    [
        ("urn", pa.int32()),
        ("pupil", pa.int64()),
        ("date", pa.date32()),
        ("am", pa.uint8()),
        ("pm", pa.uint8()),
        ("received", pa.timestamp("us")),
    ]
)
_SCHOOL_DAYS = pa.schema(
    [
        ("urn", pa.int32()),
        ("date", pa.date32()),
        ("received", pa.timestamp("us")),
        ("marks", pa.int32()),
    ]
)
_PUPILS = pa.schema(
    [
        ("urn", pa.int32()),
        ("pupil", pa.int64()),
        ("cohort", pa.int16()),
        *((name, pa.string()) for name in ("sex", "ethnicity", "year_group")),
        *((name, pa.bool_()) for name in _FLAGS),
        ("admission_date", pa.date32()),
        ("leaving_date", pa.date32()),
        ("received", pa.timestamp("us")),
    ]
)
_SCHOOLS = pa.schema(
    [
        ("urn", pa.int32()),
        ("location", pa.string()),
        ("education_phase", pa.string()),
        ("trust_code", pa.string()),
        ("open_date", pa.date32()),
        ("close_date", pa.date32()),
    ]
)
_APPROVALS = pa.schema(
    [("urn", pa.int32()), ("approved_from", pa.date32()), ("approved_to", pa.date32())]
)
_CENSUS = pa.schema(
    [
        ("location", pa.string()),
        ("education_phase", pa.string()),
        ("schools", pa.int32()),
        ("pupils", pa.int32()),
    ]
)
Shuffle = Callable[[list[Any]], None]


def snapshot_of(
    feed: Feed, folder: Path, as_of: datetime, shuffle: Shuffle = lambda _rows: None
) -> Snapshot:
    """The store's tables with one file of marks, school-days and pupils for each batch."""
    folder.mkdir(parents=True, exist_ok=True)
    batches = sorted({each.received for each in (*feed.marks, *feed.pupils)})
    paths: dict[str, list[Path]] = {
        name: [] for name in ("marks", "school_days", "weeks", "pupils")
    }
    for number, received in enumerate(batches):
        marks = [each for each in feed.marks if each.received == received]
        pupils = [each for each in feed.pupils if each.received == received]
        rows = {
            "marks": (_MARKS, _mark_rows(marks)),
            "school_days": (_SCHOOL_DAYS, _school_day_rows(marks, received)),
            "pupils": (_PUPILS, _pupil_rows(pupils)),
        }
        for table, (schema, content) in rows.items():
            path = folder / f"{table}-{number}.parquet"
            paths[table].append(_write(path, schema, content, shuffle))
        in_order = sorted(_mark_rows(marks))
        marks_in_order = _write(folder / "in-order.parquet", _MARKS, in_order, lambda _rows: None)
        weeks = register_weeks(marks_in_order, paths["school_days"][-1])
        rows_of_weeks = [tuple(row.values()) for piece in weeks for row in piece.to_pylist()]
        marks_in_order.unlink()
        path = folder / f"weeks-{number}.parquet"
        paths["weeks"].append(_write(path, WEEKS_FILE, rows_of_weeks, shuffle))
    shuffle(paths["marks"])
    return Snapshot(
        as_of=as_of,
        marks=tuple(paths["marks"]),
        school_days=tuple(paths["school_days"]),
        weeks=tuple(paths["weeks"]),
        pupils=tuple(paths["pupils"]),
        schools=_write(
            folder / "schools.parquet",
            _SCHOOLS,
            [
                (each.urn, each.location, each.phase, each.trust, None, None)
                for each in feed.schools
            ],
            shuffle,
        ),
        approvals=_write(
            folder / "approvals.parquet",
            _APPROVALS,
            [(each.urn, each.approved_from, each.approved_to) for each in feed.approvals],
            shuffle,
        ),
        census=_write(
            folder / "census.parquet",
            _CENSUS,
            [(each.location, each.phase, each.schools, each.pupils) for each in feed.census],
            shuffle,
        ),
        arrivals=tuple(_arrivals(feed, received) for received in batches),
    )


def _arrivals(feed: Feed, received: datetime) -> BatchArrivals:
    """Everything was stored: these snapshots begin behind the door."""
    stored = [
        {STORED: sum(each.received == received for each in rows)}
        for rows in (feed.marks, feed.pupils)
    ]
    return BatchArrivals(received.isoformat(), received, *stored)


def pseudonym(pupil: str) -> int:
    """Some number that stands for a pupil; may be negative, as real ones may."""
    return int.from_bytes(pupil.encode().rjust(8, b"\x81")[-8:], "big", signed=True)


def _number(code: str) -> int:
    numbers = {each.code: each.number for each in register_codes()}
    return NO_MARK if code == "" else numbers.get(code, UNKNOWN_CODE)


def _mark_rows(marks: Sequence[Mark]) -> list[tuple[Any, ...]]:
    return [
        (
            each.urn,
            pseudonym(each.pupil),
            each.date,
            _number(each.am),
            _number(each.pm),
            each.received,
        )
        for each in marks
    ]


def _school_day_rows(marks: Sequence[Mark], received: datetime) -> list[tuple[Any, ...]]:
    days = Counter((each.urn, each.date) for each in marks)
    return [(urn, day, received, number) for (urn, day), number in days.items()]


def _pupil_rows(pupils: Sequence[PupilRecord]) -> list[tuple[Any, ...]]:
    return [
        (
            each.urn,
            pseudonym(each.pupil),
            each.date_of_birth.year
            + ((each.date_of_birth.month, each.date_of_birth.day) > (8, 31)),
            each.sex,
            each.ethnicity,
            each.year_group,
            *(getattr(each, name, None) for name in _FLAGS),
            each.admission_date,
            each.leaving_date,
            each.received,
        )
        for each in pupils
    ]


def _write(path: Path, schema: pa.Schema, rows: list[tuple[Any, ...]], shuffle: Shuffle) -> Path:
    rows = list(rows)
    shuffle(rows)
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, each.type) for column, each in zip(columns, schema, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path)
    return path

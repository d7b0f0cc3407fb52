"""From a feed of tables to the Wonde-style pulls that say the same.

Variety is by school and pupil, not by chance: both date shapes, six words for gender, sections
without scope, codes of a school's own, comments that nobody may keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from publisher.model.progress import Progress
from publisher.synthetic.suppliers.wonde_pages import PageWriter
from publisher.synthetic.suppliers.wonde_records import (
    census_record,
    common_code_records,
    deletion,
    own_code_records,
    school_record,
    session,
    student_record,
)
from publisher.synthetic.suppliers.wonde_tables import Row, rows_of

_RECEIVED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{4}")
_SESSIONS = (("AM", "am"), ("PM", "pm"))

Ids = dict[tuple[object, object], str]
"""(URN, UPN) -> id of the student, in order of appearance."""


def is_wonde_folder(folder: Path) -> bool:
    """Whether a folder holds pulls and nothing else."""
    found = list(folder.iterdir()) if folder.is_dir() else []
    return bool(found) and all(
        _RECEIVED.fullmatch(path.name) and (path / "attendance").is_dir() for path in found
    )


def write_wonde(tables: Path, out: Path, progress: Progress) -> None:
    """Write the feed `tables` (CSV or Parquet) as one folder of pages per batch into `out`."""
    batches = sorted((tables / "batches").iterdir())
    ids: Ids = {}
    known: set[str] = set()
    with progress.stage("Writing pulls", len(batches)) as advance:
        for batch in batches:
            if batch is batches[0]:
                _write_registers(tables, out / batch.name)
            _write_students(batch, out / batch.name, ids, known)
            _write_attendance(batch, out / batch.name, ids, known)
            advance(1)


def _write_registers(tables: Path, pull: Path) -> None:
    approvals: dict[object, list[Row]] = {}
    for row in rows_of(tables, "approvals"):
        approvals.setdefault(row["urn"], []).append(row)
    with PageWriter(pull / "schools") as schools, PageWriter(pull / "codes") as codes:
        for row in rows_of(tables, "schools"):
            schools.add(school_record(row, approvals.get(row["urn"], [])))
            for record in own_code_records(row["urn"]):
                codes.add(record)
        for record in common_code_records():
            codes.add(record)
    with PageWriter(pull / "census") as census:
        for row in rows_of(tables, "census"):
            census.add(census_record(row))


def _write_students(batch: Path, pull: Path, ids: Ids, known: set[str]) -> None:
    with PageWriter(pull / "students") as students:
        for row in rows_of(batch, "pupils"):
            student = _id(ids, row)
            known.add(student)
            students.add(student_record(student, row))


def _write_attendance(batch: Path, pull: Path, ids: Ids, known: set[str]) -> None:
    with PageWriter(pull / "attendance") as sessions, PageWriter(pull / "deletions") as deletions:
        for row in rows_of(batch, "marks"):
            student = _id(ids, row)
            upn = None if student in known else row["upn"]
            for name, half in _halves(row):
                if half:
                    sessions.add(session(student, upn, row, name, half))
                else:
                    deletions.add(deletion(student, upn, row, name))


def _halves(row: Row) -> Iterator[tuple[str, object]]:
    for name, column in _SESSIONS:
        yield name, row[column]


def _id(ids: Ids, row: Row) -> str:
    return ids.setdefault((row["urn"], row["upn"]), f"S{len(ids) + 1:09d}")

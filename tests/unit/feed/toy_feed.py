"""A tiny invented feed, easy to break in one place; and the glue that a pipeline would have."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from publisher.errors import BatchRefused
from publisher.feed.columns import COLUMNS
from publisher.feed.intake import Feed, open_feed
from publisher.feed.pseudonym import PseudonymKey
from publisher.feed.settings import FeedSettings
from publisher.model.intake import BatchFate, BatchOutcome, IngestReport
from publisher.model.progress import Progress, Silent
from publisher.store.store import Store
from publisher.store.writing import Writer

KEY = PseudonymKey("a key for tests and nothing else")
BATCH = "2025-11-07T1830"

SCHOOL = {
    "urn": "100001",
    "la_code": "202",
    "name": "Invented Primary",
    "type_of_establishment": "Community school",
    "establishment_status": "Open",
    "phase_of_education": "Primary",
    "open_date": "",
    "close_date": "",
    "trust_code": "",
    "trust_name": "",
}
PUPIL = {
    "forename": "Zebedee",
    "surname": "Quixotequill",
    "date_of_birth": "2015-03-17",
    "upn": "Z801200001001",
    "sex": "M",
    "ethnicity": "WBRI",
    "looked_after": "false",
    "previously_looked_after": "N",
    "sen_support": "1",
    "ehc_plan": "",
    "free_school_meals": "T",
    "year_group": "5",
    "urn": "100001",
    "la_code": "202",
    "admission_date": "2020-09-01",
    "expected_leaving_date": "2026-07-31",
    "leaving_date": "",
    "child_in_need": "0",
    "child_protection_plan": "F",
}
MARK = {"urn": "100001", "upn": "Z801200001001", "date": "2025-11-03", "am": "/", "pm": "\\"}

Row = dict[str, object]
Rows = list[Row]


def school(**changes: object) -> Row:
    return {**SCHOOL, **changes}


def pupil(**changes: object) -> Row:
    return {**PUPIL, **changes}


def mark(**changes: object) -> Row:
    return {**MARK, **changes}


def write_csv(path: Path, rows: Rows, columns: list[str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = columns or list(rows[0] if rows else COLUMNS[path.stem])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(rows[0])
    table = pa.table({name: [row[name] for row in rows] for name in names})
    pa.parquet.write_table(table, path)
    return path


def write_roots(
    feed: Path,
    schools: Rows | None = None,
    approvals: Rows | None = None,
    census: Rows | None = None,
) -> Path:
    write_csv(
        feed / "schools.csv",
        schools or [school(), school(urn="100002", la_code="203"), school(urn="100003")],
    )
    every = [
        {"urn": urn, "approved_from": "2025-09-01", "approved_to": ""}
        for urn in ("100001", "100002", "100003")
    ]
    write_csv(feed / "approvals.csv", every if approvals is None else approvals)
    counts = [{"la_code": "202", "education_phase": "Primary", "schools": "2", "pupils": "600"}]
    write_csv(feed / "census.csv", census or counts)
    return feed


def write_feed(feed: Path, marks: Rows | None = None, pupils: Rows | None = None) -> Path:
    write_roots(feed)
    write_batch(feed, BATCH, marks, pupils)
    return feed


def write_batch(
    feed: Path, name: str = BATCH, marks: Rows | None = None, pupils: Rows | None = None
) -> Path:
    folder = feed / "batches" / name
    write_csv(folder / "marks.csv", [mark()] if marks is None else marks)
    write_csv(folder / "pupils.csv", [pupil()] if pupils is None else pupils)
    return folder


def ingest(
    folder: Path,
    store: Store,
    key: PseudonymKey = KEY,
    settings: FeedSettings | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    feed = open_feed(folder, settings or FeedSettings())
    with store.writing() as writer:
        outcomes = tuple(
            _one(feed, each, writer, key, progress or Silent()) for each in feed.folders
        )
        changed = bool(store.received_batches()) and writer.add_registers(feed.registers)
    return IngestReport(outcomes, changed, feed.refusals, feed.not_read)


def _one(
    feed: Feed, folder: Path, writer: Writer, key: PseudonymKey, progress: Progress
) -> BatchOutcome:
    try:
        arrived = feed.arrived(folder)
        if writer.has(arrived.name, arrived.sha256):
            return BatchOutcome(folder.name, BatchFate.ALREADY_STORED)
        batch = arrived.prepare(key, progress, writer.kept_out())
        held_back = writer.add_batch(batch)
    except BatchRefused as refused:
        return BatchOutcome(folder.name, BatchFate.REFUSED, refused.found, refused.advice)
    return BatchOutcome(folder.name, BatchFate.STORED, account=batch.account, held_back=held_back)

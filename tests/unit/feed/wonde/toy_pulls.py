"""A tiny supplier, easy to change in one place: two schools, three students, one pull a week."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from publisher.errors import BatchRefused
from publisher.feed.faces import Feed
from publisher.feed.settings import FeedSettings
from publisher.feed.wonde.intake import open_folder
from publisher.model.intake import BatchFate, BatchOutcome, IngestReport
from publisher.model.progress import Silent
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE, register_codes
from publisher.store.store import Store
from tests.unit.feed.toy_feed import KEY

FIRST, SECOND, THIRD = "2025-11-07T1830", "2025-11-14T1830", "2025-11-21T1830"
UPNS = {"S1": "Z801200001001", "S2": "Z801200001002", "S3": "Z801200001003"}
CODES = {
    **{each.number: each.code for each in register_codes()},
    NO_MARK: "",
    UNKNOWN_CODE: "unknown",
}

Record = dict[str, object]


def school(number: int = 1, **changes: object) -> Record:
    return {
        "id": f"A{number}",
        "urn": 100000 + number,
        "la_code": "202",
        "name": "Invented Primary",
        "type_of_establishment": "Community school",
        "establishment_status": "Open",
        "phase_of_education": "Primary",
        "open_date": None,
        "close_date": None,
        "trust_code": None,
        "trust_name": None,
        "approvals": {"data": [{"approved_from": "2025-09-01", "approved_to": None}]},
        **changes,
    }


def student(name: str = "S1", **changes: object) -> Record:
    return {
        "id": name,
        "school": "A1",
        "forename": "Zebedee",
        "surname": "Quixotequill",
        "gender": "MALE",
        "date_of_birth": {
            "date": "2015-03-17 00:00:00.000000",
            "timezone_type": 3,
            "timezone": "Europe/London",
        },
        "education_details": {
            "data": {
                "upn": UPNS.get(name, f"Z{name}"),
                "admission_date": "2020-09-01",
                "leaving_date": None,
                "current_nc_year": "5",
            }
        },
        "extended_details": {
            "data": {
                "ethnicity_code": "WBRI",
                "free_school_meals": True,
                "sen_status": "K",
                "in_lea_care": False,
            }
        },
        **changes,
    }


def session(
    code: object = "/", which: str = "AM", day: object = "2025-11-03", **changes: object
) -> Record:
    name = changes.get("student", "S1")
    return {
        "id": f"{name}-{day}-{which}",
        "school": "A1",
        "student": "S1",
        "date": day,
        "session": which,
        "attendance_code": code,
        "comment": None,
        **changes,
    }


def whole_day(
    am: object = "/", pm: object = "\\", day: object = "2025-11-03", **changes: object
) -> list[Record]:
    return [session(am, "AM", day, **changes), session(pm, "PM", day, **changes)]


def deletion(which: str = "AM", day: object = "2025-11-03", **changes: object) -> Record:
    return {**session(None, which, day), "type": "attendance", **changes}


CENSUS = [{"la_code": "202", "education_phase": "Primary", "schools": 2, "pupils": 600}]


def write_page(folder: Path, number: int, records: list[Record], *, more: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pagination = {"current_page": number, "more": more, "next": "on" if more else None}
    path = folder / f"{number:04d}.json"
    path.write_text(json.dumps({"data": records, "meta": {"pagination": pagination}}))
    return path


def write_pull(source: Path, name: str = FIRST, **kinds: list[Record]) -> Path:
    """A pull with the given kinds; the first one has everything that it does not name."""
    usual = {
        "schools": [school(1), school(2, la_code="203")],
        "census": CENSUS,
        "students": [student("S1"), student("S2")],
        "attendance": whole_day(),
    }
    for kind, records in {**(usual if name == FIRST else {}), **kinds}.items():
        write_page(source / name / kind, 1, records)
    return source / name


def ingest(feed: Feed, store: Store) -> IngestReport:
    """As the pipeline does it."""
    with store.writing() as writer:
        outcomes = []
        for folder in feed.folders:
            try:
                arrived = feed.arrived(folder)
                if writer.has(arrived.name, arrived.sha256):
                    outcomes.append(BatchOutcome(folder.name, BatchFate.ALREADY_STORED))
                    continue
                batch = arrived.prepare(KEY, Silent(), writer.kept_out())
                held_back = writer.add_batch(batch)
            except BatchRefused as refused:
                outcomes.append(
                    BatchOutcome(folder.name, BatchFate.REFUSED, refused.found, refused.advice)
                )
            else:
                outcomes.append(
                    BatchOutcome(
                        folder.name, BatchFate.STORED, account=batch.account, held_back=held_back
                    )
                )
        changed = bool(store.received_batches()) and writer.add_registers(feed.registers)
        feed.finished(outcomes)
    return IngestReport(tuple(outcomes), changed, feed.refusals, feed.not_read)


def ingest_folder(source: Path, store: Store, settings: FeedSettings | None = None) -> IngestReport:
    return ingest(open_folder(source, settings or FeedSettings(unknown_code_percent=100)), store)


Key = tuple[int, str, str]
"""URN, student ("S1"), day."""


def marks(store: Store) -> dict[Key, tuple[str, str]]:
    """What is known now: the latest mark of each pupil and day, withdrawn ones left out."""
    names = dict(zip(KEY.pupils(list(UPNS.values())).tolist(), UPNS, strict=True))
    known: dict[Key, tuple[str, str]] = {}
    for path in sorted(store.snapshot().marks):
        for row in pq.read_table(path).to_pylist():
            name = names.get(row["pupil"], "somebody")
            key = (row["urn"], name, row["date"].isoformat())
            known[key] = (CODES[row["am"]], CODES[row["pm"]])
    return {key: halves for key, halves in known.items() if any(halves)}


def pupils(store: Store) -> dict[str, Record]:
    """The latest record of each pupil."""
    names = dict(zip(KEY.pupils(list(UPNS.values())).tolist(), UPNS, strict=True))
    return {
        names.get(row["pupil"], "somebody"): row
        for path in sorted(store.snapshot().pupils)
        for row in pq.read_table(path).to_pylist()
    }

"""Writes plain records as a feed folder in the contract's `tables` format (CSV)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from publisher.reference.areas import local_authorities
from tests.properties.reference_count import Feed, PupilRecord

PUPIL_COLUMNS = (
    "forename", "surname", "date_of_birth", "upn", "sex", "ethnicity", "looked_after",
    "previously_looked_after", "sen_support", "ehc_plan", "free_school_meals", "year_group",
    "urn", "la_code", "admission_date", "expected_leaving_date", "leaving_date",
    "child_in_need", "child_protection_plan",
)  # fmt: skip
SCHOOL_COLUMNS = (
    "urn", "la_code", "name", "type_of_establishment", "establishment_status",
    "phase_of_education", "open_date", "close_date", "trust_code", "trust_name",
)  # fmt: skip
_WORDING = {
    "Primary": ("Community school", "Primary"),
    "Secondary": ("Academy converter", "Secondary"),
    "Special": ("Community special school", "Not applicable"),
    "": ("Pupil referral unit", "Not applicable"),
}
FORENAME, SURNAME = "Canaryforename", "Canarysurname"


def upn_of(pupil: str) -> str:
    """A UPN that a search of the output would find."""
    return f"A{int.from_bytes(pupil.encode(), 'big') % 10**12:012d}"


def write_feed(feed: Feed, folder: Path) -> Path:
    """The whole feed, one batch folder for each moment of receipt."""
    codes = {each.code: each.old_la_code for each in local_authorities()}
    _write(folder / "schools.csv", SCHOOL_COLUMNS, (_school(each, codes) for each in feed.schools))
    _write(
        folder / "approvals.csv",
        ("urn", "approved_from", "approved_to"),
        ((each.urn, each.approved_from, each.approved_to or "") for each in feed.approvals),
    )
    _write(
        folder / "census.csv",
        ("la_code", "education_phase", "schools", "pupils"),
        (
            (codes[each.location], each.phase, _text(each.schools), _text(each.pupils))
            for each in feed.census
            if each.phase
        ),
    )
    places = {each.urn: codes[each.location] for each in feed.schools}
    for received in sorted({each.received for each in (*feed.marks, *feed.pupils)}):
        batch = folder / "batches" / f"{received:%Y-%m-%dT%H%M}"
        _write(
            batch / "pupils.csv",
            PUPIL_COLUMNS,
            (_pupil(each, places) for each in feed.pupils if each.received == received),
        )
        _write(
            batch / "marks.csv",
            ("urn", "upn", "date", "am", "pm"),
            (
                (each.urn, upn_of(each.pupil), each.date, each.am, each.pm)
                for each in feed.marks
                if each.received == received
            ),
        )
    return folder


def _school(school: object, codes: dict[str, str]) -> tuple[object, ...]:
    wording, phase = _WORDING[school.phase]
    name, trust = f"School {school.urn}", (school.trust or "").strip()
    return (
        school.urn, codes[school.location], name, wording, "Open", phase, "2001-09-01", "",
        trust, trust and f"Trust {trust}",
    )  # fmt: skip


def _pupil(record: PupilRecord, places: dict[int, str]) -> tuple[object, ...]:
    return (
        FORENAME, SURNAME, record.date_of_birth, upn_of(record.pupil),
        "" if record.sex == "Unknown" else record.sex, record.ethnicity,
        _flag(record.looked_after), "N", _flag(record.sen_support), _flag(record.ehc_plan),
        _flag(record.free_school_meals), record.year_group, record.urn, places[record.urn],
        record.admission_date or "", "", record.leaving_date or "",
        _flag(record.child_in_need), _flag(record.child_protection_plan),
    )  # fmt: skip


def _flag(value: bool | None) -> str:
    return {True: "Y", False: "N"}.get(value, "")


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)

"""The schools that a supplier lists, with their approvals, and the census beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from publisher.feed import values
from publisher.feed.registers import PlacedRow
from publisher.feed.wonde.pages import Placed, Record
from publisher.feed.wonde.values import day, identifier, scalar

_COPIED = ("urn", "la_code", "type_of_establishment", "phase_of_education", "trust_code")
_CENSUS = ("la_code", "education_phase", "schools", "pupils")

Approval = tuple[object, object]
"""First and last day (None: still), as dates or as what was found in their place."""


@dataclass(frozen=True)
class School:
    """A school under the supplier's own `id`; `columns` are those of the register."""

    id: str
    place: str
    columns: Mapping[str, object]
    approvals: tuple[Approval, ...]

    @property
    def urn(self) -> object:
        """As the supplier writes it."""
        return self.columns["urn"]

    @property
    def number(self) -> int | None:
        """The URN as a number; None if it is none."""
        try:
            return values.urn(self.urn)
        except ValueError:
            return None

    @property
    def la_code(self) -> object:
        """As the supplier writes it."""
        return self.columns["la_code"]

    @property
    def label(self) -> str:
        """The school in words."""
        return f"school {self.urn}" if str(self.urn).isdecimal() else "a school without a URN"

    def closed(self, on: date) -> School:
        """The school when its sharing ended: no approval covers `on` or a later day."""
        last = on - timedelta(days=1)
        kept = [
            (first, last if end is None or (isinstance(end, date) and end > last) else end)
            for first, end in self.approvals
            if not isinstance(first, date) or first <= last
        ]
        return replace(self, approvals=tuple(kept))


def school_of(placed: Placed) -> School:
    """A school from its record."""
    place, record = placed
    columns = {
        **{name: scalar(record.get(name)) for name in _COPIED},
        **{name: day(record.get(name)) for name in ("open_date", "close_date")},
    }
    return School(identifier(record), place, columns, tuple(_approvals(record)))


def record_of(school: School) -> Record:
    """The record of which `school_of` makes the school again; can be written as JSON."""
    columns = {name: _written(value) for name, value in school.columns.items()}
    approvals = [
        {"approved_from": _written(first), "approved_to": _written(last)}
        for first, last in school.approvals
    ]
    return {"id": school.id, **columns, "approvals": approvals}


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _approvals(record: Record) -> Iterator[Approval]:
    listed = record.get("approvals")
    entries = listed.get("data") if isinstance(listed, dict) else listed
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield day(entry.get("approved_from")), day(entry.get("approved_to"))


def register_rows(
    schools: Iterable[School], census: Iterable[Placed]
) -> dict[str, list[PlacedRow]]:
    """The rows of the three registers."""
    known = list(schools)
    return {
        "schools": [(each.place, dict(each.columns)) for each in known],
        "approvals": [
            (each.place, {"urn": each.urn, "approved_from": first, "approved_to": last})
            for each in known
            for first, last in each.approvals
        ],
        "census": [
            (place, {name: scalar(record.get(name)) for name in _CENSUS})
            for place, record in census
        ],
    }

"""Attendance codes: each school has its own list, and may have codes of its own making."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from publisher.feed.wonde.pages import Record
from publisher.feed.wonde.values import identifier, scalar, section
from publisher.reference.codes import register_codes

_CATEGORIES = {
    "PRESENT": "present",
    "APPROVED_EDUCATIONAL_ACTIVITY": "approved educational activity",
    "AUTHORISED_ABSENCE": "authorised absence",
    "UNAUTHORISED_ABSENCE": "unauthorised absence",
    "ATTENDANCE_NOT_REQUIRED": "not a possible session",
}
_NOT_OURS = "?"
"""Begins the text of a code that must not be taken for the register code that it looks like."""


class CodeLists:
    """What each school's codes mean; a list without a school serves those without their own."""

    def __init__(self) -> None:
        """Start with no list."""
        self._codes: dict[tuple[str, str], str] = {}

    def learn(self, records: Iterable[Record], school: str | None = None) -> None:
        """Take in code records; `school` is the id of theirs if they do not name it."""
        for record in records:
            owner = school if school is not None else identifier(record.get("school"))
            self._codes[owner, identifier(record)] = register_text(record)

    def text(self, school: str, code: object) -> object:
        """What stands in the register for a session's code; None for no mark.

        A code that no list explains and that is not a register code itself stays as it is and
        is counted as unknown later.
        """
        inner = section({"code": code}, "code") if isinstance(code, dict) else None
        written = identifier(code) if inner is None or "id" in inner else ""
        for owner in (school, ""):
            if (owner, written) in self._codes:
                return self._codes[owner, written]
        if inner:
            return register_text(inner)
        return written or None


def register_text(record: Record) -> str:
    """The register code of a code record: by the school's own map, else by its letters.

    The type must not contradict the letters: a school that uses M for "Minibus late" says so by
    the type, and is not counted as medical absence.
    """
    mapped = str(scalar(record.get("register_code")) or "").strip()
    if mapped:
        return mapped if mapped in _register() else _NOT_OURS + mapped
    code = str(scalar(record.get("code")) or "").strip()
    expected = _CATEGORIES.get(str(record.get("type") or "").strip().upper())
    contradicted = expected is not None and _register().get(code, expected) != expected
    return _NOT_OURS + code if contradicted or not code else code


@cache
def _register() -> dict[str, str]:
    return {each.code: each.category for each in register_codes()}

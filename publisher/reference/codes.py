"""Register codes and their categories (School Attendance (Pupil Registration) Regulations 2024)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from publisher.reference.facts import read_facts


@dataclass(frozen=True)
class RegisterCode:
    """One code of the register.

    `number` is its place in the packaged table, used where marks are stored compactly; 0 is
    "no mark", so numbering starts at 1. `valid_to` is None while a code is in use.
    """

    number: int
    code: str
    meaning: str
    category: str
    is_possible: bool
    valid_from: date
    valid_to: date | None
    wide_column: str

    def valid_on(self, day: date) -> bool:
        """Whether schools were to use the code on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@cache
def register_codes() -> tuple[RegisterCode, ...]:
    """All codes in the order of the packaged table; append only, for stored marks refer to it."""
    return tuple(
        RegisterCode(
            number=number,
            code=row["code"],
            meaning=row["meaning"],
            category=row["category"],
            is_possible=row["counts_as_possible"] == "yes",
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            wide_column=row["wide_column"],
        )
        for number, row in enumerate(read_facts("register_codes"), start=1)
    )


def codes_in(*categories: str) -> frozenset[str]:
    """The codes of the named categories.

    Raises:
        KeyError: a category is unknown.
    """
    known = {each.category for each in register_codes()}
    for category in categories:
        if category not in known:
            raise KeyError(category)
    return frozenset(each.code for each in register_codes() if each.category in categories)


def possible_codes() -> frozenset[str]:
    """The codes that are possible sessions."""
    return frozenset(each.code for each in register_codes() if each.is_possible)


NO_MARK = 0
UNKNOWN_CODE = 255
"""Stored in place of a mark that no register code explains; counted and reported, never guessed."""

"""How single values of a feed are understood, whatever type they arrive in.

Every function takes a value of a CSV (text) or Parquet file (text, number, boolean, date), gives
None for blank, and raises ValueError for what it does not understand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cache
from typing import TypeVar

from publisher.reference.areas import local_authorities
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE, register_codes
from publisher.reference.ethnicity import ethnicities

Kind = TypeVar("Kind")
Convert = Callable[[object], object]

UNKNOWN_ETHNICITY = ""
UNKNOWN_SEX = "Unknown"

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
_NUMBER = re.compile(r"[0-9]{1,9}")
_YES_NO = {
    **dict.fromkeys(("true", "1", "y", "t"), True),
    **dict.fromkeys(("false", "0", "n", "f"), False),
}
_SEXES = {"m": "Male", "male": "Male", "f": "Female", "female": "Female"}


def text(value: object) -> str:
    """The value as stripped text; blank for nothing; whole numbers without a decimal point."""
    if value is None or value != value:  # noqa: PLR0124  (not a number is not itself)
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def day(value: object) -> date | None:
    """A date: ISO text, a date, or a timestamp at midnight."""
    if isinstance(value, datetime):
        if value.time() != time.min:
            raise ValueError("a time of day")
        return value.date()
    if isinstance(value, date):
        return value
    written = text(value)
    if not written:
        return None
    match = _DAY.fullmatch(written)
    if match is None:
        raise ValueError("not a date")
    return date.fromisoformat(match[1])


def count(value: object) -> int | None:
    """A whole number of at most nine digits."""
    written = text(value)
    if not written:
        return None
    if _NUMBER.fullmatch(written) is None:
        raise ValueError("not a whole number")
    return int(written)


def urn(value: object) -> int | None:
    """A school's unique reference number."""
    number = count(value)
    if number == 0:
        raise ValueError("not a school number")
    return number


def yes_no(value: object) -> bool | None:
    """true/false, 1/0, Y/N, T/F in any case."""
    written = text(value).lower()
    return _among(_YES_NO, written)


def sex(value: object) -> str:
    """Male, Female or Unknown; never fails."""
    return _SEXES.get(text(value).lower(), UNKNOWN_SEX)


def ethnicity(value: object) -> str | None:
    """The main code of a main or extended code."""
    written = text(value)
    found = _among(ethnicities(), written)
    return found.main_code if found else None


def authority(value: object) -> str | None:
    """The nine-character code of the authority with this three-digit code."""
    return _among(_authorities(), text(value))


def mark(value: object) -> int:
    """The number of a register code, `NO_MARK` for blank, `UNKNOWN_CODE` for anything else."""
    written = text(value)
    return _marks().get(written, UNKNOWN_CODE) if written else NO_MARK


def cohort(born: date) -> int:
    """The year on whose 31 August a pupil born on this day was 0 years old."""
    return born.year + ((born.month, born.day) > (8, 31))


def age(born: date, on: date) -> int:
    """Completed years of age; negative for the unborn."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _among(known: Mapping[str, Kind], written: str) -> Kind | None:
    if written and written not in known:
        raise ValueError("not understood")
    return known.get(written)


@cache
def _authorities() -> dict[str, str]:
    return {each.old_la_code: each.code for each in local_authorities()}


@cache
def _marks() -> dict[str, int]:
    return {each.code: each.number for each in register_codes()}

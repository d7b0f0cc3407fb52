"""Numbers, dates and lists as people write them in British statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

import numpy as np

from publisher.render.rounding import in_units, in_words

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
NO_BREAK = "\u00a0"
_SIZES = (("GB", 10**9), ("MB", 10**6), ("KB", 10**3), ("bytes", 1))
_ONE_DIGIT = 10


def percent_words(value: float, decimals: int) -> str:
    """`4.8%`."""
    return f"{in_words(value, decimals)}%"


def points_words(difference: float, decimals: int) -> str:
    """The size of a difference between two percentages: `0.3 percentage points`, unsigned."""
    shown = in_words(abs(difference), decimals)
    return f"{shown} percentage point{'' if shown == '1' else 's'}"


def direction(difference: float, decimals: int) -> int:
    """1, 0 or -1: which way a difference points once it is rounded as it is shown."""
    return int(np.sign(in_units(np.array([difference]), decimals)[0]))


def date_words(day: date) -> str:
    """`7 November 2025`, in English wherever the program runs."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def clock_words(at: time) -> str:
    """`9.30am`."""
    afternoon, hour = divmod(at.hour, 12)
    return f"{hour or 12}.{at.minute:02d}{'pm' if afternoon else 'am'}"


def list_words(words: Sequence[str], conjunction: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words or ("",)
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def plural(count: int, one: str, many: str = "") -> str:
    """`1 school`, `2 schools`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def size_words(size: int) -> str:
    """A file size as the platform writes it: `12 KB`, `3.4 MB`."""
    unit, scale = next((each for each in _SIZES if size >= each[1]), _SIZES[-1])
    whole = size >= _ONE_DIGIT * scale or scale == 1
    return f"{in_words(size / scale, 0 if whole else 1)}{NO_BREAK}{unit}"


def capitalised(sentence: str) -> str:
    """First letter upper case, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


def region_words(region: str) -> str:
    """A region in a sentence: `the South West`, `London`."""
    compass = ("North ", "South ", "East ", "West ")
    return f"the {region}" if region.startswith(compass) else region


def without_code(reason: str) -> str:
    """A published reason without its register code: `Illness (i)` -> `Illness`."""
    head, bracket, tail = reason.rpartition(" (")
    return head if bracket and tail.endswith(")") else reason

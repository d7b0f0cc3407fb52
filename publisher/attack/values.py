"""What a published cell says about the number behind it: text to an interval of whole numbers.

Symbols are those of Explore education statistics and of the Government Statistical Service, with
and without square brackets. A symbol that is not known is reported, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Kind(IntEnum):
    """What a cell holds."""

    BLANK = 0
    NUMBER = 1
    WITHHELD = 2
    LOW = 3
    """More than zero, and rounds to zero."""
    NOT_AVAILABLE = 4
    BELOW = 5
    """Withheld, and known to be below a number: `<5`."""
    NEGATIVE = 6
    UNKNOWN = 7


_SYMBOLS = {
    "": Kind.BLANK,
    "c": Kind.WITHHELD,
    "*": Kind.WITHHELD,
    "..": Kind.WITHHELD,
    "s": Kind.WITHHELD,
    "suppressed": Kind.WITHHELD,
    "withheld": Kind.WITHHELD,
    "low": Kind.LOW,
    "~": Kind.LOW,
    "k": Kind.LOW,
    "x": Kind.NOT_AVAILABLE,
    "z": Kind.NOT_AVAILABLE,
    "u": Kind.NOT_AVAILABLE,
    ":": Kind.NOT_AVAILABLE,
    "no data": Kind.NOT_AVAILABLE,
}
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.(\d+))?")
_BELOW = re.compile(r"<\s*(=?)\s*(\d+)")


@dataclass(frozen=True)
class Said:
    """What one text says; `value` is the number, or the bound of `<5`."""

    kind: Kind
    value: float = np.nan
    decimals: int = 0


@dataclass(frozen=True, repr=False)
class Sayings:
    """What each of many cells says, as parallel arrays."""

    kind: NDArray[np.int8]
    value: Floats
    decimals: NDArray[np.int8]

    def is_a(self, *kinds: Kind) -> NDArray[np.bool_]:
        """Which cells are of one of `kinds`."""
        return np.isin(self.kind, [int(each) for each in kinds])


@lru_cache(maxsize=1 << 20)
def said(text: str) -> Said:
    """Read one cell: `1,234`, `5.40%`, `[c]`, `<5`, …; the same texts come again and again."""
    bare = text.strip().removesuffix("%").strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1].strip()
    if bare.lower() in _SYMBOLS:
        return Said(_SYMBOLS[bare.lower()])
    below = _BELOW.fullmatch(bare)
    if below:
        return Said(Kind.BELOW, float(below[2]) + (1 if below[1] else 0))
    match = _NUMBER.fullmatch(bare)
    if match is None:
        return Said(Kind.UNKNOWN)
    value = float(bare.replace(",", ""))
    if value < 0:
        return Said(Kind.NEGATIVE, value)
    return Said(Kind.NUMBER, value, len(match[4] or ""))


def sayings(words: Sequence[str], codes: NDArray[np.integer]) -> Sayings:
    """Read many cells: `words` are the different texts, `codes` which of them each cell holds.

    A code of -1 is a blank.
    """
    every = [said(each) for each in (*words, "")]
    kind = np.array([int(each.kind) for each in every], np.int8)
    value = np.array([each.value for each in every])
    decimals = np.array([each.decimals for each in every], np.int8)
    return Sayings(kind[codes], value[codes], decimals[codes])


def detected_base(values: Floats) -> int:
    """The largest of 100, 50, 10 and 5 that every number is a multiple of, else 1.

    Fewer than twelve numbers above zero prove nothing: then 1, which assumes most.
    """
    numbers = values[values > 0]
    if len(numbers) < 12:  # noqa: PLR2004  (by chance, twelve are multiples of 5 once in 5**12)
        return 1
    return next((base for base in (100, 50, 10, 5) if not np.mod(numbers, base).any()), 1)


def window(said_: Sayings, base: int, *, half_up: bool) -> tuple[Floats, Floats]:
    """Lowest and highest whole number behind each cell.

    Args:
        said_: the cells.
        base: what numbers are rounded to; 1 for exact numbers.
        half_up: halves are known to round away from zero; otherwise either way is possible.
    """
    low, high = np.zeros(len(said_.value)), np.full(len(said_.value), np.inf)
    number = said_.is_a(Kind.NUMBER)
    below = base // 2
    above = base // 2 if not half_up and base % 2 == 0 else (base - 1) // 2
    shown = said_.value[number]
    low[number] = np.maximum(np.ceil(shown - below), 0)
    high[number] = np.floor(shown + above)
    small = said_.is_a(Kind.LOW)
    low[small], high[small] = 1, max(above, 1)
    capped = said_.is_a(Kind.BELOW)
    high[capped] = said_.value[capped] - 1
    return low, high

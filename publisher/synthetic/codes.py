"""Register codes as small numbers, so that a mark is one byte until it is written."""

from __future__ import annotations

import numpy as np

from publisher.reference.facts import read_facts
from publisher.synthetic.arrays import Letters

BLANK = 0
UNKNOWN_CODES = ("Q9", "-", "XX")
"""What registers sometimes hold and no list of codes does."""
RETIRED_CODES = ("H", "J", "Y", "F")

_REGISTER = read_facts("register_codes")
CODES: tuple[str, ...] = ("", *(row["code"] for row in _REGISTER), *UNKNOWN_CODES)


def code(text: str) -> int:
    """The number of a register code.

    Raises:
        ValueError: no such code.
    """
    return CODES.index(text)


PRESENT_AM = code("/")
PRESENT_PM = code("\\")
LATE = code("L")
NO_REASON = code("N")
PLANNED_CLOSURE = code("#")
DUAL = code("D")
NOT_REQUIRED = code("X")
PROSPECTIVE = code("Z")
SITE_CLOSED = code("Y4")


def membership(texts: tuple[str, ...]) -> Letters:
    """A table from code number to 1 for the codes in `texts`, 0 for others."""
    table = np.zeros(len(CODES), dtype=np.uint8)
    table[[code(text) for text in texts]] = 1
    return table

"""What a published cell can be.

A value is a number or null beside one of these; never a sentinel.
"""

from __future__ import annotations

from enum import StrEnum


class CellStatus(StrEnum):
    """The status of one published figure; `render` turns it into a symbol."""

    SHOWN = "shown"
    WITHHELD = "withheld"
    NOT_AVAILABLE = "not available"
    NOT_APPLICABLE = "not applicable"
    ROUNDS_TO_ZERO = "rounds to zero"
    EMPTY = "empty"
    """No value belongs here and the platform wants a blank (`reference_date` of a year to date)."""

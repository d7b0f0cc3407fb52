"""Text of SQL for counts that stand beside one another in one whole number.

They are added up at once: a sum of several costs as much as one of a single count.
"""

from __future__ import annotations

COUNT_BITS = 20
"""For each count; three of them fit."""
MOST_MARKS = (1 << COUNT_BITS - 1) - 1
"""Of a school in a week: none of its counts, of two sessions a day at most, runs into the next."""
_COUNTS = 3
_COUNT = (1 << COUNT_BITS) - 1


def packed(*counts: str) -> str:
    """The counts, the first in the lowest bits.

    Raises:
        ValueError: they do not fit.
    """
    if len(counts) > _COUNTS:
        raise ValueError(f"{len(counts)} counts do not fit into a whole number")
    places = (
        f"(CAST({count} AS BIGINT) << {COUNT_BITS * place})"
        if place
        else f"CAST({count} AS BIGINT)"
        for place, count in enumerate(counts)
    )
    return f"({' + '.join(places)})"


def unpacked(number: str, place: int) -> str:
    """One of them."""
    return f"(({number} >> {COUNT_BITS * place}) & {_COUNT})"

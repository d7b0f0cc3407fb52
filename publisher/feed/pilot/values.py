"""How the values of a feed of counts are understood (see `feed.values`)."""

from __future__ import annotations

from publisher.feed.values import count, text
from publisher.model.counts import YEAR_GROUPS

MOST_PUPILS = 9_999
"""No session of a year group has more; a larger number is a mistake."""

_SESSIONS = {"AM": 0, "PM": 1}


def session(value: object) -> int | None:
    """0 for the morning, 1 for the afternoon; None for blank.

    Raises:
        ValueError: it is neither AM nor PM.
    """
    return _among(_SESSIONS, text(value).upper())


def year_group(value: object) -> int | None:
    """The stored number of a year group (`model.counts.YEAR_GROUPS`); None for blank.

    Raises:
        ValueError: it is no year group.
    """
    return _among(YEAR_GROUPS, text(value).upper())


def pupils(value: object) -> int | None:
    """A number of pupils; None for blank.

    Raises:
        ValueError: it is not a whole number, or larger than a school can be.
    """
    number = count(value)
    if number is not None and number > MOST_PUPILS:
        raise ValueError("too many pupils")
    return number


def _among(known: dict[str, int], written: str) -> int | None:
    if written and written not in known:
        raise ValueError("not understood")
    return known.get(written)

"""How single values of a record are understood, before the rules of `feed.values` apply."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from publisher.feed.wonde.pages import Record

NOT_UNDERSTOOD = "?"
"""Stands in a row for a value of a kind that cannot be there; every column refuses it."""

LONDON = ZoneInfo("Europe/London")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}.*")
_UNIVERSAL = frozenset({"UTC", "Z", "GMT", "+00:00"})


def section(record: Record, name: str) -> Record:
    """A part of a record: `{"data": {...}}` or the object itself; empty without scope or null."""
    inner = record.get(name)
    if isinstance(inner, dict) and "data" in inner:
        inner = inner["data"]
    return inner if isinstance(inner, dict) else {}


def scalar(value: object) -> object:
    """The value, or `NOT_UNDERSTOOD` for a list or an object."""
    return value if value is None or isinstance(value, str | int | float) else NOT_UNDERSTOOD


def identifier(value: object) -> str:
    """The `id` of a reference, written as itself, `{"id": …}` or `{"data": {"id": …}}`."""
    if isinstance(value, dict):
        inner = value.get("data", value)
        value = inner.get("id") if isinstance(inner, dict) else inner
    return "" if value is None else str(value).strip()


def day(value: object) -> object:
    """A date in either shape: text, or `{"date": "2025-11-03 00:00:00.000000", "timezone": …}`.

    A moment stands for the day that begins at it: midnight as written, or midnight in London
    when it is written in universal time (23:00 of the day before, in summer). None for nothing,
    `NOT_UNDERSTOOD` for a moment within a day.
    """
    zone = ""
    if isinstance(value, dict):
        zone = str(value.get("timezone") or "")
        value = value.get("date", NOT_UNDERSTOOD)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return NOT_UNDERSTOOD
    try:
        return _day(value.strip(), zone)
    except ValueError:
        return NOT_UNDERSTOOD


def _day(written: str, zone: str) -> date:
    if _DAY.fullmatch(written):
        return date.fromisoformat(written)
    if not _MOMENT.fullmatch(written):
        raise ValueError("not a moment")
    moment = datetime.fromisoformat(written)
    if moment.time() == time.min:
        return moment.date()
    if moment.tzinfo is None and zone in _UNIVERSAL:
        moment = moment.replace(tzinfo=UTC)
    local = moment.astimezone(LONDON) if moment.tzinfo else moment
    if local.time() != time.min:
        raise ValueError("a time of day")
    return local.date()

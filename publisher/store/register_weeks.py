"""Makes the rows by week of `publisher.reference.register_weeks` from rows by day."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from publisher.errors import StoreProblem
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE, register_codes
from publisher.reference.register_weeks import (
    LANE_BITS,
    ORDINARY,
    WEEKDAYS,
    lane_of,
    ordinary_lane,
    shifted,
)
from publisher.store.rows import ROWS_AT_A_TIME

WEEKS_FILE = pa.schema(
    [
        ("urn", pa.int32()),
        ("pupil", pa.int64()),
        ("week", pa.date32()),
        ("marks", pa.int64()),
        ("received", pa.timestamp("us")),
    ]
)
_KEY = ("urn", "pupil", "week", "received")
_DAYS_IN_WEEK = 7
_MONDAY_BEFORE_1970 = 3  # 1 January 1970 was a Thursday

Numbers = npt.NDArray[np.integer[Any]]


def register_weeks(marks: Path, school_days: Path) -> Iterator[pa.Table]:
    """The weeks of a file of marks, in pieces, sorted by URN, pupil, week and batch.

    Marks of Saturdays and Sundays have no place in a week: no release counts them.

    Args:
        marks: the table `marks` of a batch or of merged batches, sorted by URN and pupil.
        school_days: the table of that name made from it.

    Raises:
        StoreProblem: a mark is no register code, nor "no mark", nor "unknown".
    """
    usual = _OrdinaryWeeks(pq.read_table(school_days))
    for piece in _whole_enrolments(marks):
        weeks = _weeks(piece)
        if len(weeks["urn"]):
            ordinary = weeks["marks"] == usual.of(weeks)
            yield _table({**weeks, "marks": np.where(ordinary, ORDINARY, weeks["marks"])})


class _OrdinaryWeeks:
    """What marks a week of a school has in a batch for those who were always present."""

    def __init__(self, school_days: pa.Table) -> None:
        days = _columns(school_days, "urn", "date", "received")
        monday, weekday = _split(days["date"])
        school = weekday < WEEKDAYS
        lanes = np.int64(ordinary_lane()) << (LANE_BITS * weekday[school].astype(np.int64))
        self._weeks, self._batches = np.unique(monday), np.unique(days["received"])
        keys = self._keys(days["urn"][school], monday[school], days["received"][school])
        self._found, group = np.unique(keys, return_inverse=True)
        self._marks = np.zeros(len(self._found), np.int64)
        np.add.at(self._marks, group, lanes)

    def of(self, weeks: dict[str, Numbers]) -> Numbers:
        keys = self._keys(weeks["urn"], weeks["week"], weeks["received"])
        return self._marks[np.searchsorted(self._found, keys)]

    def _keys(self, urn: Numbers, week: Numbers, received: Numbers) -> Numbers:
        """One number for each school, week and batch."""
        places = np.searchsorted(self._weeks, week), np.searchsorted(self._batches, received)
        in_school = places[0] * len(self._batches) + places[1]
        return urn.astype(np.int64) * (len(self._weeks) * len(self._batches)) + in_school


def _whole_enrolments(path: Path) -> Iterator[dict[str, Numbers]]:
    """The rows of a file; those of an enrolment are never in two pieces."""
    waiting: pa.Table | None = None
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_A_TIME):
            piece = pa.Table.from_batches([batch])
            table = piece if waiting is None else pa.concat_tables([waiting, piece])
            whole = _rows_before_last_enrolment(table)
            if whole:
                yield _mark_columns(table.slice(0, whole))
            waiting = table.slice(whole)
    if waiting is not None and len(waiting):
        yield _mark_columns(waiting)


def _rows_before_last_enrolment(table: pa.Table) -> int:
    if not len(table):
        return 0
    keys = _columns(table, "urn", "pupil")
    others = (keys["urn"] != keys["urn"][-1]) | (keys["pupil"] != keys["pupil"][-1])
    return int(np.flatnonzero(others)[-1]) + 1 if others.any() else 0


def _weeks(days: dict[str, Numbers]) -> dict[str, Numbers]:
    """One row for each enrolment, week and batch."""
    if not len(days["urn"]):
        return {**dict.fromkeys(_KEY, days["urn"]), "marks": days["urn"].astype(np.int64)}
    first = int(days["date"].min())
    calendar = np.arange(first, int(days["date"].max()) + 1, dtype=np.int32)
    monday, weekday = _split(calendar)
    place = days["date"] - first
    lanes = _LANES[(weekday[place] << 16) + (days["am"].astype(np.int32) << 8) + days["pm"]]
    rows = {**{name: days[name] for name in _KEY if name in days}, "week": monday[place]}
    if bool((weekday >= WEEKDAYS).any()):
        school = weekday[place] < WEEKDAYS
        rows, lanes = {name: each[school] for name, each in rows.items()}, lanes[school]
    if not lanes.all():
        raise StoreProblem(
            "A prepared batch has marks that are no register code",
            "This is a fault of the program.",
        )
    if not _is_sorted(rows):
        order = np.lexsort([rows[name] for name in reversed(_KEY)])
        rows, lanes = {name: each[order] for name, each in rows.items()}, lanes[order]
    return _summed(rows, lanes)


def _summed(rows: dict[str, Numbers], lanes: Numbers) -> dict[str, Numbers]:
    if not len(lanes):
        return {**rows, "marks": lanes}
    new = np.zeros(len(lanes), np.bool_)
    new[0] = True
    for each in rows.values():
        new[1:] |= each[1:] != each[:-1]
    starts = np.flatnonzero(new)
    return {
        **{name: each[starts] for name, each in rows.items()},
        "marks": np.add.reduceat(lanes, starts),
    }


def _is_sorted(rows: dict[str, Numbers]) -> bool:
    """Whether rows of an enrolment and week lie together; with one batch they always do."""
    received = rows["received"]
    return not len(received) or bool((received == received[0]).all())


def _split(date: Numbers) -> tuple[Numbers, Numbers]:
    """Days since 1970 as the Monday before, and the weekday from Monday, 0."""
    weekday = (date + _MONDAY_BEFORE_1970) % _DAYS_IN_WEEK
    return date - weekday, weekday


def _mark_columns(table: pa.Table) -> dict[str, Numbers]:
    return _columns(table, "urn", "pupil", "date", "am", "pm", "received")


def _columns(table: pa.Table, *names: str) -> dict[str, Numbers]:
    """Columns as whole numbers: days since 1970, microseconds since 1970."""
    return {name: _whole_numbers(table[name]) for name in names}


def _whole_numbers(column: pa.ChunkedArray) -> Numbers:
    kind = _NUMBERS.get(str(column.type))
    numbers: Numbers = (column.cast(kind) if kind else column).to_numpy()
    return numbers


_NUMBERS = {"date32[day]": pa.int32(), "timestamp[us]": pa.int64()}


def _table(columns: dict[str, Numbers]) -> pa.Table:
    arrays = [
        pa.array(columns[each.name]).cast(_NUMBERS.get(str(each.type), each.type)).cast(each.type)
        for each in WEEKS_FILE
    ]
    return pa.table(arrays, schema=WEEKS_FILE)


def _lanes() -> npt.NDArray[np.int64]:
    """A day's lane in its place, by weekday, morning's and afternoon's stored mark."""
    stored = (NO_MARK, UNKNOWN_CODE, *(each.number for each in register_codes()))
    table = np.zeros((_DAYS_IN_WEEK, UNKNOWN_CODE + 1, UNKNOWN_CODE + 1), np.int64)
    for weekday, morning, afternoon in product(range(WEEKDAYS), stored, stored):
        table[weekday, morning, afternoon] = shifted(lane_of(morning, afternoon), weekday)
    return table.ravel()


_LANES = _lanes()

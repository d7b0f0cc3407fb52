"""Registers by week say what the marks say: nothing more, nothing less."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import StoreProblem
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE, register_codes
from publisher.reference.register_weeks import (
    HALF,
    HALF_BITS,
    LANE,
    LANE_BITS,
    ORDINARY,
    ORDINARY_MARKS,
    WEEKDAYS,
    half_of,
)
from publisher.store import register_weeks as module
from publisher.store.register_weeks import register_weeks
from publisher.store.tables import MARKS_FILE, SCHOOL_DAYS_FILE

MONDAY = date(2025, 9, 8)
BATCHES = (datetime(2025, 9, 20), datetime(2025, 10, 1))
NUMBERS = {each.code: each.number for each in register_codes()}
PRESENT = tuple(NUMBERS[code] for code in ORDINARY_MARKS)
STORED = (NO_MARK, UNKNOWN_CODE, *NUMBERS.values())
KEYS = st.tuples(
    st.sampled_from([100001, 100002]),
    st.sampled_from([-5, 7, 9]),
    st.integers(0, 13).map(lambda days: MONDAY + timedelta(days=days)),
    st.sampled_from(BATCHES),
)
MARKS = st.one_of(st.just(PRESENT), st.tuples(st.sampled_from(STORED), st.sampled_from(STORED)))


def _weeks(marks: dict, folder: Path) -> list[dict]:
    rows = [(urn, pupil, day, *both, at) for (urn, pupil, day, at), both in sorted(marks.items())]
    columns = list(zip(*rows, strict=True)) or [()] * len(MARKS_FILE)
    table = pa.table(
        [pa.array(c, f.type) for c, f in zip(columns, MARKS_FILE, strict=True)], schema=MARKS_FILE
    )
    pq.write_table(table, folder / "marks.parquet")
    days = defaultdict(int)
    for urn, _, day, at in marks:
        days[urn, day, at] += 1
    listed = [{"urn": u, "date": d, "received": at, "marks": n} for (u, d, at), n in days.items()]
    pq.write_table(
        pa.Table.from_pylist(listed, schema=SCHOOL_DAYS_FILE), folder / "school_days.parquet"
    )
    pieces = register_weeks(folder / "marks.parquet", folder / "school_days.parquet")
    return [row for piece in pieces for row in piece.to_pylist()]


def _written_out(weeks: list[dict], listed: set) -> dict:
    """The marks that weeks stand for, read the slow way."""
    known = {half_of(number): number for number in STORED}
    found = {}
    for row in weeks:
        for weekday in range(WEEKDAYS):
            day = row["week"] + timedelta(days=weekday)
            lane = (row["marks"] >> weekday * LANE_BITS) & LANE
            if row["marks"] == ORDINARY and (row["urn"], day, row["received"]) in listed:
                found[row["urn"], row["pupil"], day, row["received"]] = PRESENT
            elif lane:
                both = known[lane & HALF], known[lane >> HALF_BITS]
                found[row["urn"], row["pupil"], day, row["received"]] = both
    return found


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, MARKS, max_size=40), st.integers(1, 5))
def test_weeks_stand_for_the_marks_of_school_days(marks: dict, rows_at_a_time: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROWS_AT_A_TIME", rows_at_a_time)
        weeks = _weeks(marks, Path(folder))
    keys = [(row["urn"], row["pupil"], row["week"], row["received"]) for row in weeks]
    assert keys == sorted(set(keys))
    listed = {(urn, day, at) for urn, _, day, at in marks}
    school = {key: both for key, both in marks.items() if key[2].isoweekday() <= WEEKDAYS}
    assert _written_out(weeks, listed) == school


def test_a_week_present_on_every_listed_day_is_ordinary(tmp_path: Path) -> None:
    first, second = (MONDAY + timedelta(days=day) for day in (0, 2))
    marks = {
        (100001, 1, first, BATCHES[0]): PRESENT,
        (100001, 1, second, BATCHES[0]): PRESENT,
        (100001, 2, first, BATCHES[0]): PRESENT,
    }
    weeks = {row["pupil"]: row["marks"] for row in _weeks(marks, tmp_path)}
    assert weeks[1] == ORDINARY
    assert weeks[2] != ORDINARY, "one of the days is missing: silence is not presence"


def test_a_mark_that_nothing_stands_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem, match="no register code"):
        _weeks({(100001, 1, MONDAY, BATCHES[0]): (200, 1)}, tmp_path)

"""Marks come out in one order with the last of each key, wherever they waited meanwhile."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.feed import mark_rows
from publisher.feed.mark_rows import ROW, Rows, Spill
from publisher.feed.partitions import SCHOOLS_TOGETHER, Partitions
from publisher.feed.sorted_marks import sort_marks
from publisher.reference.codes import UNKNOWN_CODE

URNS = np.arange(100_000, 100_000 + 3 * SCHOOLS_TOGETHER + 5, dtype=np.int32)[::1]
SCHOOLS = [0, 1, SCHOOLS_TOGETHER - 1, SCHOOLS_TOGETHER, 2 * SCHOOLS_TOGETHER + 7, len(URNS) - 1]
PUPILS = [-(2**63), -5, 0, 7, 2**63 - 1]
DAYS = [20_000, 20_001, -3]
HALVES = [0, 1, 2, UNKNOWN_CODE]

row = st.tuples(
    st.sampled_from(PUPILS),
    st.sampled_from(SCHOOLS),
    st.sampled_from(DAYS),
    st.sampled_from(HALVES),
    st.sampled_from(HALVES),
)
pieces_of_rows = st.lists(st.lists(row, max_size=12), max_size=6)
Plain = tuple[int, int, int, int, int]


def in_partitions(pieces: list[list[Plain]], rows_in_memory: int) -> Partitions:
    partitions = Partitions(len(URNS), rows_in_memory)
    for piece in pieces:
        partitions.add(np.array(piece, ROW))
    return partitions


def by_hand(pieces: list[list[Plain]], percent: int) -> tuple[list[Plain], int, int, list[int]]:
    """What is stored, how many rows are replaced and refused, and which schools are refused."""
    arrived = [each for piece in pieces for each in piece]
    latest = {(school, pupil, day): (am, pm) for pupil, school, day, am, pm in arrived}
    refused = []
    for school in sorted({key[0] for key in latest}):
        halves = [half for key, both in latest.items() if key[0] == school for half in both]
        given_marks = sum(half != 0 for half in halves)
        if 100 * halves.count(UNKNOWN_CODE) > percent * given_marks:
            refused.append(school)
    kept = {key: both for key, both in latest.items() if key[0] not in refused}
    stored = [
        (int(URNS[school]), pupil, day, am, pm)
        for (school, pupil, day), (am, pm) in sorted(kept.items())
    ]
    urns = [int(URNS[school]) for school in refused]
    return stored, len(arrived) - len(latest), len(latest) - len(kept), urns


@settings(deadline=None)
@given(
    pieces=pieces_of_rows,
    percent=st.sampled_from([0, 20, 100]),
    rows_in_memory=st.sampled_from([1, 5, 1000]),
)
def test_sorted_marks_are_those_of_a_plain_loop(
    pieces: list[list[Plain]], percent: int, rows_in_memory: int
) -> None:
    marks = sort_marks(in_partitions(pieces, rows_in_memory), URNS, percent)
    stored, replaced, refused, schools = by_hand(pieces, percent)
    assert (marks.replaced, marks.refused, list(marks.schools_refused)) == (
        replaced,
        refused,
        schools,
    )
    assert marks.withdrawals == sum((am, pm) == (0, 0) for *_, am, pm in stored)
    assert marks.codes.unknown == sum(
        half == UNKNOWN_CODE for *_, am, pm in stored for half in (am, pm)
    )
    table = marks.reader().read_all()
    days = table.column("date").cast("int32").to_pylist()
    others = (table.column(name).to_pylist() for name in ("urn", "pupil"))
    halves = (table.column(name).to_pylist() for name in ("am", "pm"))
    assert list(zip(*others, days, *halves, strict=True)) == stored


def many_rows() -> list[Plain]:
    numbers = np.random.default_rng(7)
    return [
        (int(pupil), int(school), 20_000 + int(day), 1, 1)
        for pupil, school, day in zip(
            numbers.integers(-9, 9, 4000),
            numbers.integers(0, len(URNS), 4000),
            numbers.integers(0, 10, 4000),
            strict=True,
        )
    ]


@pytest.mark.parametrize("rows_in_memory", [1, 700, 10_000])
def test_pieces_have_one_size_wherever_the_rows_waited(
    monkeypatch: pytest.MonkeyPatch, rows_in_memory: int
) -> None:
    monkeypatch.setattr("publisher.feed.sorted_marks._ROWS_HANDED_ON", 256)
    rows = many_rows()
    partitions = in_partitions([rows[:1500], rows[1500:]], rows_in_memory)
    marks = sort_marks(partitions, URNS, 100)
    sizes = [len(piece) for piece in marks.reader()]
    stored = len(rows) - marks.replaced
    assert sizes == [256] * (stored // 256) + [stored % 256]


def test_no_rows_are_no_pieces() -> None:
    assert sort_marks(Partitions(0), URNS[:0], 20).reader().read_all().num_rows == 0


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_rows_that_wait_on_the_disk_have_no_name_there(scratch: Path) -> None:
    partitions = in_partitions([many_rows()], rows_in_memory=1)
    assert not list(scratch.iterdir())
    assert sum(len(partitions.take(number)) for number in range(partitions.count)) == 4000


def test_only_numbers_wait_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Rows] = []
    append = Spill.append

    def watched(spill: Spill, rows: Rows) -> mark_rows.Extent:
        written.append(rows)
        return append(spill, rows)

    monkeypatch.setattr(Spill, "append", watched)
    in_partitions([many_rows()], rows_in_memory=1)
    assert written
    assert {rows.dtype for rows in written} == {ROW}

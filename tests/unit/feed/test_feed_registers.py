"""Registers: a bad row is left out and reported, a bad table stops the ingest."""

from pathlib import Path

import pyarrow as pa
import pytest

from publisher.errors import FeedProblem
from publisher.feed.registers import read_registers
from publisher.reference.areas import local_authorities
from publisher.store.store import Store
from tests.unit.feed.toy_feed import Row, ingest, school, write_csv, write_feed, write_roots

GOOD = "100009"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"urn": ""}, "urn"),
        ({"urn": "12A456"}, "urn"),
        ({"urn": GOOD}, "urn"),
        ({"la_code": "999"}, "la_code"),
        ({"la_code": ""}, "la_code"),
        ({"type_of_establishment": "Hogwarts"}, "type_of_establishment"),
        ({"phase_of_education": "Tertiary"}, "phase_of_education"),
        ({"phase_of_education": "primary"}, "phase_of_education"),
        ({"open_date": "1 September"}, "open_date"),
        ({"close_date": "2025-02-30"}, "close_date"),
    ],
)
def test_a_bad_school_is_left_out_and_reported(tmp_path: Path, change: Row, column: str) -> None:
    write_roots(tmp_path, schools=[school(urn=GOOD), school(**change)], approvals=[])
    registers, refusals = read_registers(tmp_path)
    assert registers.schools.column("urn").to_pylist() == [int(GOOD)]
    assert [(each.table, each.place, each.column) for each in refusals] == [
        ("schools", "schools.csv, row 2", column)
    ]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"urn": "x"}, "urn"),
        ({"urn": "999999"}, "urn"),
        ({"approved_from": ""}, "approved_from"),
        ({"approved_from": "01/09/2025"}, "approved_from"),
        ({"approved_to": "never"}, "approved_to"),
        ({"approved_to": "2025-08-31"}, "approved_to"),
    ],
)
def test_a_bad_approval_is_left_out_and_reported(tmp_path: Path, change: Row, column: str) -> None:
    row: Row = {"urn": "100001", "approved_from": "2025-09-01", "approved_to": ""}
    write_roots(tmp_path, approvals=[row, {**row, **change}])
    registers, refusals = read_registers(tmp_path)
    assert len(registers.approvals) == 1
    assert [(each.table, each.column) for each in refusals] == [("approvals", column)]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"la_code": "999"}, "la_code"),
        ({"education_phase": "All schools"}, "education_phase"),
        ({"education_phase": ""}, "education_phase"),
        ({"schools": "many"}, "schools"),
        ({"schools": "-1"}, "schools"),
        ({"pupils": ""}, "pupils"),
        ({"pupils": "10.5"}, "pupils"),
        ({"la_code": "202"}, "la_code"),
    ],
)
def test_a_bad_census_row_is_left_out_and_reported(
    tmp_path: Path, change: Row, column: str
) -> None:
    row: Row = {"la_code": "202", "education_phase": "Primary", "schools": "2", "pupils": "600"}
    write_roots(tmp_path, census=[row, {**row, "la_code": "203", **change}])
    registers, refusals = read_registers(tmp_path)
    assert len(registers.census) == 1
    assert [(each.table, each.column) for each in refusals] == [("census", column)]


def test_schools_get_their_authority_and_published_phase(tmp_path: Path) -> None:
    nursery = school(urn="100002", type_of_establishment="Local authority nursery school")
    special = school(urn="100003", type_of_establishment="Community special school")
    middle = school(urn="100004", phase_of_education="Middle deemed secondary", trust_code=" 42 ")
    write_roots(tmp_path, schools=[middle, special, nursery, school()], approvals=[])
    registers, refusals = read_registers(tmp_path)
    assert not refusals
    rows = registers.schools.to_pylist()
    assert [row["urn"] for row in rows] == [100001, 100002, 100003, 100004]
    phases = [row["education_phase"] for row in rows]
    assert phases == ["Primary", "", "Special", "Secondary"]
    assert rows[3]["trust_code"] == "42"
    camden = next(each for each in local_authorities() if each.old_la_code == "202")
    assert {row["location"] for row in rows} == {camden.code}


def test_the_order_of_rows_makes_no_difference(tmp_path: Path) -> None:
    schools = [school(urn=str(100001 + place)) for place in range(5)]
    first, _ = read_registers(write_roots(tmp_path / "a", schools=schools))
    second, _ = read_registers(write_roots(tmp_path / "b", schools=schools[::-1]))
    assert first.schools.equals(second.schools)
    assert isinstance(first.schools, pa.Table)


@pytest.mark.parametrize("table", ["schools", "approvals", "census"])
def test_a_missing_register_stops_the_ingest(tmp_path: Path, table: str) -> None:
    feed = write_feed(tmp_path / "feed")
    (feed / f"{table}.csv").unlink()
    with pytest.raises(FeedProblem, match=table):
        ingest(feed, Store(tmp_path / "store"))
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("table", ["schools", "approvals", "census"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PAR1 and not much more", "columns|column"),
        (b"urn\n1\n", "no column"),
    ],
)
def test_a_broken_register_stops_the_ingest(
    tmp_path: Path, table: str, content: bytes, words: str
) -> None:
    feed = write_feed(tmp_path / "feed")
    (feed / f"{table}.csv").write_bytes(content)
    with pytest.raises(FeedProblem, match=words) as problem:
        ingest(feed, Store(tmp_path / "store"))
    assert f"{table}.csv" in problem.value.found


def test_no_understandable_school_stops_the_ingest(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    write_csv(feed / "schools.csv", [school(la_code="999")])
    with pytest.raises(FeedProblem, match="Not one row"):
        ingest(feed, Store(tmp_path / "store"))


@pytest.mark.parametrize("missing", ["feed", "batches"])
def test_no_feed_or_no_batches_stops_the_ingest(tmp_path: Path, missing: str) -> None:
    feed = tmp_path / "feed"
    if missing == "batches":
        write_roots(feed)
    with pytest.raises(FeedProblem, match=missing):
        ingest(feed, Store(tmp_path / "store"))


def test_strange_things_in_the_root_are_reported_and_not_read(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    (feed / "notes.txt").write_text("hello")
    (feed / "_SUCCESS").touch()
    report = ingest(feed, Store(tmp_path / "store"))
    assert report.not_read == ("notes.txt",)

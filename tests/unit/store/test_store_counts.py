"""Batches of counts: the same promises as batches of marks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from publisher.errors import StoreProblem
from publisher.model.intake import BatchFate
from publisher.model.time import IsoWeek
from publisher.store.store import Store
from publisher.store.weeks import whole_weeks
from tests.unit.feed.pilot.toy_counts import BATCH, ingest_counts, number, roll, write_counts
from tests.unit.feed.toy_feed import ingest, write_feed

LATER = "2025-11-14T1830"


def _bytes(store: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_batch_is_stored_once(tmp_path: Path, store: Store) -> None:
    write_counts(tmp_path / "feed", [number(), number(session="PM")])
    assert ingest_counts(tmp_path / "feed", store).batches[0].fate is BatchFate.STORED
    before = _bytes(tmp_path / "store")
    assert ingest_counts(tmp_path / "feed", store).batches[0].fate is BatchFate.ALREADY_STORED
    assert _bytes(tmp_path / "store") == before
    snapshot = store.snapshot()
    assert pq.read_table(snapshot.count_days[0]).to_pylist()[0]["counts"] == 2
    assert len(pq.read_table(snapshot.on_roll[0])) == 1
    assert store.status().batches == 1
    store.verify()


def test_other_content_under_a_stored_name_is_refused(tmp_path: Path, store: Store) -> None:
    write_counts(tmp_path / "feed")
    ingest_counts(tmp_path / "feed", store)
    write_counts(tmp_path / "feed", [number(pupils="27")])
    outcome = ingest_counts(tmp_path / "feed", store).batches[0]
    assert outcome.fate is BatchFate.REFUSED
    assert "other content" in outcome.reason


def test_only_what_was_received_by_then_is_in_a_snapshot(tmp_path: Path, store: Store) -> None:
    write_counts(tmp_path / "feed")
    write_counts(tmp_path / "feed", name=LATER)
    ingest_counts(tmp_path / "feed", store)
    assert len(store.snapshot().counts) == 2
    assert len(store.snapshot(datetime(2025, 11, 10)).counts) == 1
    with pytest.raises(StoreProblem, match="Nothing had been received"):
        store.snapshot(datetime(2025, 11, 7))


def test_a_correction_after_eight_days_is_reported(tmp_path: Path, store: Store) -> None:
    write_counts(tmp_path / "feed", [number(), number(date="2025-11-06")])
    correction = [
        number(pupils="27"),
        number(code="I", pupils="1"),
        number(date="2025-11-06", pupils="27"),
        number(urn="100002"),
    ]
    write_counts(tmp_path / "feed", correction, name=LATER)
    outcomes = ingest_counts(tmp_path / "feed", store).batches
    assert [each.late_corrections for each in outcomes] == [0, 2]


def test_registers_and_counts_of_one_moment_lie_beside_each_other(
    tmp_path: Path, store: Store
) -> None:
    ingest(write_feed(tmp_path / "registers"), store)
    write_counts(tmp_path / "counts", [number(urn="100002")])
    assert ingest_counts(tmp_path / "counts", store).batches[0].fate is BatchFate.STORED
    snapshot = store.snapshot()
    assert (len(snapshot.marks), len(snapshot.counts)) == (1, 1)
    assert {name for name, _ in snapshot.inputs} == {
        f"batch {BATCH}",
        f"counts {BATCH}",
        "registers",
    }


def test_weeks_of_counts_can_be_released(tmp_path: Path, store: Store) -> None:
    write_counts(tmp_path / "feed", on_roll=[roll()])
    ingest_counts(tmp_path / "feed", store)
    assert whole_weeks(store.snapshot()) == (IsoWeek(2025, 45),)


def test_damage_is_found(tmp_path: Path, store: Store) -> None:
    write_counts(tmp_path / "feed")
    ingest_counts(tmp_path / "feed", store)
    path = store.snapshot().counts[0]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(StoreProblem, match="damaged"):
        store.verify()

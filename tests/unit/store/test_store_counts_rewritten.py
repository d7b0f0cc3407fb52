"""Batches of counts when the store is rewritten: compacted, or a school erased from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publisher.feed.identify import identified
from publisher.model.intake import ERASED, GIVEN_UP, STORED
from publisher.store.contents import Contents
from publisher.store.settings import StoreSettings
from publisher.store.store import Store
from tests.unit.feed.pilot.toy_counts import ingest_counts, number, roll, write_counts
from tests.unit.feed.toy_feed import KEY, ingest, mark, write_batch, write_feed, write_roots

LATER = "2026-11-06T1830"
BOTH_SCHOOLS = [number(), number(urn="100002"), number(urn="100002", session="PM")]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Registers of one school, and counts of two."""
    store = Store(tmp_path / "store")
    ingest(write_feed(tmp_path / "registers"), store)
    write_counts(tmp_path / "counts", BOTH_SCHOOLS, on_roll=[roll(), roll(urn="100002")])
    ingest_counts(tmp_path / "counts", store)
    return store


def _read(files: tuple[Path, ...]) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in files])


def test_a_compaction_keeps_counts_as_they_are(store: Store) -> None:
    before = store.snapshot()
    tables = [_read(files) for files in (before.counts, before.count_days, before.on_roll)]
    with store.writing() as writer:
        writer.compact()
    after = store.snapshot()
    assert [_read(each) for each in (after.counts, after.count_days, after.on_roll)] == tables
    assert (after.inputs, after.as_of) == (before.inputs, before.as_of)
    store.verify()


def test_a_forgotten_school_is_in_no_count(store: Store, tmp_path: Path) -> None:
    with store.writing() as writer:
        receipt = writer.erase(identified("100002", KEY))
    snapshot = store.snapshot()
    for files in (snapshot.counts, snapshot.count_days, snapshot.on_roll):
        assert set(_read(files)["urn"].to_pylist()) == {100001}
    assert (receipt.rows["counts"], receipt.rows["on_roll"]) == (2, 1)
    ((_, manifest),) = Contents(tmp_path / "store").counts
    assert (manifest.counts[STORED], manifest.counts[ERASED]) == (1, 2)
    store.verify()


def test_a_forgotten_school_does_not_come_back_in_counts(store: Store, tmp_path: Path) -> None:
    with store.writing() as writer:
        writer.erase(identified("100002", KEY))
    write_counts(tmp_path / "again", BOTH_SCHOOLS, name="2025-11-08T1830")
    outcome = ingest_counts(tmp_path / "again", store).batches[0]
    assert outcome.counts is not None
    assert outcome.counts.counts.buckets[STORED] == 1
    assert outcome.counts.counts.buckets["of someone erased on request"] == 2
    assert set(_read(store.snapshot().counts)["urn"].to_pylist()) == {100001}


def test_counts_of_a_pupil_do_not_exist(store: Store) -> None:
    before = _read(store.snapshot().counts)
    with store.writing() as writer:
        receipt = writer.erase(identified("Z801200001001", KEY))
    assert _read(store.snapshot().counts) == before
    assert not receipt.rows.keys() & {"counts", "on_roll"}


def test_counts_of_earlier_years_go_after_the_retention_period(
    store: Store, tmp_path: Path
) -> None:
    for name, day in (("2026-10-02T1830", "2026-10-01"), (LATER, "2026-11-05")):
        write_batch(write_roots(tmp_path / "next"), name, [mark(date=day)])
    write_counts(tmp_path / "after", [number(date="2026-11-05")], name=LATER)
    ingest(tmp_path / "next", store)
    ingest_counts(tmp_path / "after", store)
    kept = Store(tmp_path / "store", StoreSettings(retention_days=1))
    with kept.writing() as writer:
        writer.compact()
    assert set(_read(kept.snapshot().counts)["date"].to_pylist()) == {date(2026, 11, 5)}
    first = dict(Contents(tmp_path / "store").counts)
    assert sum(each.counts.get(GIVEN_UP, 0) for each in first.values()) == len(BOTH_SCHOOLS)


def test_school_days_of_later_counts_have_changed(store: Store, tmp_path: Path) -> None:
    moment = store.latest()
    assert moment is not None
    write_counts(
        tmp_path / "after", [number(urn="100002", date="2025-11-06")], name="2025-11-14T1830"
    )
    ingest_counts(tmp_path / "after", store)
    changes = store.changed_since(moment)
    assert changes.school_days.to_pylist() == [{"urn": 100002, "date": date(2025, 11, 6)}]
    assert changes.batches == ("2025-11-14T1830",)
    assert store.status().extent.last_day == date(2025, 11, 6)

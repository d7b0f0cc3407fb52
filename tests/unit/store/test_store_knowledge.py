"""What was known when: batches, registers, and the promise that the past does not change."""

import hashlib
import json
import multiprocessing
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from publisher.errors import BatchRefused, StoreProblem
from publisher.feed.pseudonym import PseudonymKey
from publisher.model.intake import BatchFate
from publisher.model.tables import Snapshot
from publisher.store.settings import StoreSettings
from publisher.store.store import Store
from tests.unit.feed.toy_feed import (
    BATCH,
    ingest,
    mark,
    school,
    write_batch,
    write_feed,
    write_roots,
)

NEXT = "2025-11-14T1830"
LATER = "2025-11-21T1830"


def moment(name: str) -> datetime:
    return datetime.strptime(name, "%Y-%m-%dT%H%M")  # noqa: DTZ007


def bytes_of(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Everything a release could see of a snapshot."""
    paths = [
        *snapshot.marks,
        *snapshot.school_days,
        *snapshot.pupils,
        snapshot.schools,
        snapshot.approvals,
        snapshot.census,
    ]
    seen = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths]
    return [*seen, *snapshot.inputs, ("as of", snapshot.as_of.isoformat())]


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert store.latest() is None
    assert store.received_batches() == ()
    with pytest.raises(StoreProblem, match="no batch") as problem:
        store.snapshot()
    assert "ingest" in problem.value.advice
    assert not (tmp_path / "store").exists()


def test_a_snapshot_has_only_what_was_received_by_then(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    write_batch(feed, NEXT)
    store = Store(tmp_path / "store")
    ingest(feed, store)
    assert store.received_batches() == (moment(BATCH), moment(NEXT))
    assert store.latest() == moment(NEXT)
    assert len(store.snapshot().marks) == 2
    early = store.snapshot(moment(BATCH))
    assert [path.parent.name for path in early.marks] == [BATCH]
    assert early.as_of == moment(BATCH)
    with pytest.raises(StoreProblem, match="Nothing had been received"):
        store.snapshot(datetime(2025, 11, 7, 18, 29))


def test_a_moment_between_batches_is_told_as_the_last_thing_known(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    ingest(write_feed(tmp_path / "feed"), store)
    assert store.snapshot(datetime(2025, 12, 1)).as_of == moment(BATCH)


def test_a_moment_with_a_time_zone_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    ingest(write_feed(tmp_path / "feed"), store)
    with pytest.raises(StoreProblem, match="time zone"):
        store.snapshot(datetime.fromisoformat("2025-11-07T18:30+00:00"))


def test_the_same_feed_twice_changes_nothing(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    store = Store(tmp_path / "store")
    ingest(feed, store)
    before = tree(tmp_path / "store")
    report = ingest(feed, store)
    assert [each.fate for each in report.batches] == [BatchFate.ALREADY_STORED]
    assert not report.registers_changed
    assert tree(tmp_path / "store") == before


def test_the_same_feed_in_two_stores_gives_the_same_bytes(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    for name in ("a", "b"):
        ingest(feed, Store(tmp_path / name))
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_other_content_under_a_stored_name_is_refused(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    store = Store(tmp_path / "store")
    ingest(feed, store)
    before = tree(tmp_path / "store")
    write_batch(feed, BATCH, marks=[mark(am="I")])
    outcome = ingest(feed, store).batches[0]
    assert outcome.fate is BatchFate.REFUSED
    assert "other content" in outcome.reason
    assert tree(tmp_path / "store") == before


def test_a_later_ingest_does_not_change_an_earlier_moment(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    store = Store(tmp_path / "store")
    ingest(feed, store)
    before = bytes_of(store.snapshot(moment(BATCH)))
    write_roots(feed, schools=[school(), school(urn="100002", trust_code="7")])
    write_batch(feed, NEXT)
    assert ingest(feed, store).registers_changed
    assert bytes_of(store.snapshot(moment(BATCH))) == before
    assert store.snapshot().schools != store.snapshot(moment(BATCH)).schools


def test_changed_registers_alone_do_not_change_an_earlier_moment(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    store = Store(tmp_path / "store")
    ingest(feed, store)
    released = store.snapshot()
    before = bytes_of(released)
    write_roots(feed, schools=[school(trust_code="7")])
    assert ingest(feed, store).registers_changed
    assert bytes_of(store.snapshot(released.as_of)) == before
    newest = store.snapshot()
    assert newest.as_of > released.as_of
    assert pa.parquet.read_table(newest.schools).column("trust_code").to_pylist() == ["7"]


def test_a_late_batch_does_not_change_what_was_known(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    write_batch(feed, LATER)
    store = Store(tmp_path / "store")
    ingest(feed, store)
    moments = [moment(BATCH), moment(NEXT), moment(LATER)]
    before = [bytes_of(store.snapshot(each)) for each in moments]
    write_batch(feed, NEXT)
    ingest(feed, store)
    assert [bytes_of(store.snapshot(each)) for each in moments] == before
    assert [path.parent.name for path in store.snapshot().marks] == [BATCH, NEXT, LATER]


def test_a_late_batch_keeps_the_moment_it_was_received(tmp_path: Path) -> None:
    feed = write_roots(tmp_path / "feed")
    write_batch(feed, LATER)
    store = Store(tmp_path / "store")
    ingest(feed, store)
    write_batch(feed, BATCH)
    ingest(feed, store)
    tables = [pa.parquet.read_table(path) for path in store.snapshot().marks]
    assert [table.column("received").to_pylist() for table in tables] == [
        [moment(BATCH)],
        [moment(LATER)],
    ]


def test_registers_that_come_back_are_a_version_of_their_own(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    store = Store(tmp_path / "store")
    ingest(feed, store)
    for trust, changed in (("7", True), ("", True), ("", False)):
        schools = [school(urn=urn, trust_code=trust) for urn in ("100001", "100002", "100003")]
        write_roots(feed, schools=schools)
        assert ingest(feed, store).registers_changed is changed
    assert store.status().register_versions == 3


def test_before_the_first_registers_the_earliest_are_used(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    write_batch(feed, NEXT)
    store = Store(tmp_path / "store")
    ingest(feed, store)
    assert store.snapshot(moment(BATCH)).schools == store.snapshot().schools


def test_another_key_is_refused(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    store = Store(tmp_path / "store")
    ingest(feed, store)
    write_batch(feed, NEXT)
    with pytest.raises(StoreProblem, match="another pseudonym key"):
        ingest(feed, store, key=PseudonymKey("an altogether different key"))
    assert store.received_batches() == (moment(BATCH),)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    ingest(write_feed(tmp_path / "feed"), store)
    path = tmp_path / "store" / "store.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(StoreProblem, match="format 2"):
        Store(tmp_path / "store")


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("precious")
    with pytest.raises(StoreProblem, match="not a store"):
        Store(tmp_path)
    with pytest.raises(StoreProblem, match="not a store"):
        Store(tmp_path / "thesis.doc")


@pytest.mark.parametrize("name", ["marks.parquet", "pupils.parquet", "school_days.parquet"])
def test_a_damaged_store_is_found_out(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path / "store")
    ingest(write_feed(tmp_path / "feed"), store)
    store.verify()
    path = tmp_path / "store" / "batches" / BATCH / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreProblem, match=name):
        store.verify()
    path.write_bytes(content[:-1])
    with pytest.raises(StoreProblem, match=name):
        store.snapshot()
    path.unlink()
    with pytest.raises(StoreProblem, match=name):
        store.snapshot()


def test_a_lost_manifest_is_found_out(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    ingest(write_feed(tmp_path / "feed"), store)
    (tmp_path / "store" / "batches" / BATCH / "manifest.json").unlink()
    with pytest.raises(StoreProblem, match="damaged"):
        store.snapshot()


def hold(folder: Path, held: object, release: object) -> None:
    with Store(folder).writing():
        held.set()  # type: ignore[attr-defined]
        release.wait(30)  # type: ignore[attr-defined]


def test_a_second_ingest_waits_briefly_and_then_says_who_writes(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    context = multiprocessing.get_context("fork")
    held, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "store", held, release))
    other.start()
    assert held.wait(30)
    impatient = Store(tmp_path / "store", StoreSettings(lock_wait_seconds=0.3))
    with pytest.raises(StoreProblem, match=rf"process {other.pid}\)") as problem:
        ingest(feed, impatient)
    assert problem.value.exit_code == 3
    release.set()
    other.join()
    assert len(ingest(feed, impatient).refused) == 0


def test_a_prepared_batch_out_of_order_is_not_stored(tmp_path: Path) -> None:
    from dataclasses import replace

    from publisher.feed.intake import open_feed
    from publisher.feed.settings import FeedSettings
    from publisher.model.progress import Silent
    from tests.unit.feed.toy_feed import KEY

    rows = [mark(date=f"2025-11-0{day}") for day in (3, 4)]
    folder = write_feed(tmp_path / "feed", marks=rows)
    feed = open_feed(folder, FeedSettings())
    batch = feed.arrived(feed.folders[0]).prepare(KEY, Silent())
    turned = batch.marks.read_all().take([1, 0])
    store = Store(tmp_path / "store")
    with store.writing() as writer, pytest.raises(StoreProblem, match="order"):
        writer.add_batch(replace(batch, marks=turned.to_reader()))
    assert store.received_batches() == ()
    assert list((tmp_path / "store" / "batches").iterdir()) == []


def test_adding_other_content_directly_is_refused_too(tmp_path: Path) -> None:
    from dataclasses import replace

    from publisher.feed.intake import open_feed
    from publisher.feed.settings import FeedSettings
    from publisher.model.progress import Silent
    from tests.unit.feed.toy_feed import KEY

    feed = open_feed(write_feed(tmp_path / "feed"), FeedSettings())
    batch = feed.arrived(feed.folders[0]).prepare(KEY, Silent())
    with Store(tmp_path / "store").writing() as writer:
        writer.add_batch(batch)
        with pytest.raises(BatchRefused):
            writer.add_batch(replace(batch, sha256="0" * 64))

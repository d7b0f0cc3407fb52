"""A pupil or a school that is to be forgotten is gone from every file, and stays out."""

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import StoreProblem, UsageProblem
from publisher.feed.identify import identified
from publisher.feed.pseudonym import PseudonymKey
from publisher.model.accounting import Bucket, account_at_the_door
from publisher.model.intake import ERASED, STORED, BatchFate
from publisher.model.progress import Silent
from publisher.model.time import IsoWeek
from publisher.store.settings import StoreSettings
from publisher.store.store import Store
from tests.privacy.test_store_canaries import UPN, check_columns_free, check_free
from tests.unit.feed.toy_feed import KEY, ingest, mark, pupil, write_batch, write_roots
from tests.unit.store.knowledge import counts

BATCHES = ("2025-11-05T1830", "2025-11-07T1830", "2025-11-12T1830")
OTHER = "Z801200001002"
(PSEUDONYM,) = KEY.pupils([UPN]).tolist()
PUPIL, SCHOOL = identified(UPN, KEY), identified("100002", KEY)


def feed_of(folder: Path) -> Path:
    feed = write_roots(folder / "feed")
    for name, day in zip(BATCHES, ("03", "04", "10"), strict=True):
        date = f"2025-11-{day}"
        marks = [mark(upn=OTHER, date=date), mark(urn="100002", upn=OTHER, date=date)]
        pupils = [pupil(upn=OTHER), pupil(urn="100002", la_code="203", upn=OTHER)]
        if name != BATCHES[1]:
            marks += [mark(upn=UPN, date=date), mark(urn="100002", upn=UPN, date=date)]
            pupils += [pupil(upn=UPN), pupil(urn="100002", la_code="203", upn=UPN)]
        write_batch(feed, name, marks, pupils)
    return feed


@pytest.fixture(params=["loose", "compacted"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    store = Store(tmp_path / "store")
    assert not ingest(feed_of(tmp_path), store).refused
    if request.param == "compacted":
        with store.writing() as writer:
            writer.compact()
    return store


def erase(store: Store, who=PUPIL):
    with store.writing() as writer:
        return writer.erase(who)


def numbers(folder: Path, column: str) -> set[int]:
    """Every value of a column in any file below a folder."""
    return {
        value
        for path in folder.rglob("*.parquet")
        if column in pq.read_schema(path).names
        for value in pq.read_table(path)[column].to_pylist()
    }


def leave_sums(store: Store) -> None:
    """As a release does."""
    snapshot = store.snapshot()
    week, settings = IsoWeek(2025, 46), (EngineSettings(), MethodSettings())
    with suppress(UsageProblem):  # so small a country has no rows to show
        count(snapshot, week, CATALOGUE, *settings, Silent(), kept=snapshot.sums)


def test_what_a_release_left_of_a_forgotten_pupil_is_gone_too(store: Store, tmp_path: Path) -> None:
    leave_sums(store)
    assert list((tmp_path / "store").rglob("enrolment_spans.*.parquet"))
    erase(store)
    assert not list((tmp_path / "store").rglob("enrolment_spans.*.parquet"))
    leave_sums(store)
    assert PSEUDONYM not in numbers(tmp_path / "store", "pupil")


def test_a_forgotten_pupil_is_in_no_file_of_the_store(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    assert PSEUDONYM in numbers(folder, "pupil")
    receipt = erase(store)
    assert PSEUDONYM not in numbers(folder, "pupil")
    assert receipt.batches == 2
    assert receipt.rows == {"marks": 4, "pupils": 4}
    # the list of those kept out is the only place that knows the pseudonym
    named = [p for p in folder.rglob("*") if p.is_file() and str(PSEUDONYM) in _text(p)]
    assert [path.name for path in named] == ["kept_out.json"]
    check_free(folder)
    check_columns_free(folder)
    store.verify()


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def test_everyone_else_stays_as_they_were(store: Store) -> None:
    before = counts(store.snapshot())
    erase(store)
    after = counts(store.snapshot())
    for table in ("marks", "pupils"):
        kept = {key: row for key, row in before[table].items() if key[1] != PSEUDONYM}
        assert after[table] == kept
    assert after["schools"] == before["schools"]


def test_lists_of_school_days_and_accounts_agree_with_the_rows(store: Store) -> None:
    erase(store)
    contents = store._contents
    for layer in contents.layers:
        listed = pq.read_table(layer.path("school_days"))["marks"].to_pylist()
        assert sum(listed) == pq.read_metadata(layer.path("marks")).num_rows
        stored = sum(each.marks[STORED] for each in layer.batches.values())
        assert stored == sum(listed)
    first = contents.batches[BATCHES[0]]
    assert (first.marks[STORED], first.marks[ERASED]) == (2, 2)
    assert ERASED not in contents.batches[BATCHES[1]].marks
    assert account_at_the_door(first.marks).rows(Bucket.ERASED) == 2


def test_a_forgotten_school_is_in_no_file_of_the_store(store: Store, tmp_path: Path) -> None:
    receipt = erase(store, SCHOOL)
    assert 100002 not in numbers(tmp_path / "store", "urn")
    assert receipt.kind == "school"
    assert receipt.rows == {"approvals": 1, "marks": 5, "pupils": 5, "schools": 1}
    store.verify()


def test_a_receipt_says_what_went_and_not_whose(store: Store, tmp_path: Path) -> None:
    latest = store.latest()
    erase(store)
    (path,) = (tmp_path / "store").rglob("receipts/*.json")
    told = json.loads(path.read_text())
    assert told["kind"] == "pupil"
    assert told["known_from"] == (latest + timedelta(seconds=1)).isoformat()
    assert "no longer have the bytes" in told["words"]
    assert UPN not in path.read_text()
    assert str(PSEUDONYM) not in path.read_text()
    assert told["identifier"] == KEY.receipt_digest(UPN)
    other_key = PseudonymKey("an altogether different key")
    assert told["identifier"] != other_key.receipt_digest(UPN)


@pytest.mark.parametrize("who", [PUPIL, SCHOOL], ids=repr)
def test_what_was_forgotten_does_not_come_back(store: Store, tmp_path: Path, who) -> None:
    erase(store, who)
    feed = tmp_path / "feed"
    write_batch(
        feed,
        "2025-11-14T1830",
        [mark(urn=urn, upn=upn, date="2025-11-13") for urn in ("100001", "100002")
         for upn in (UPN, OTHER)],
        [pupil(urn=urn, upn=upn) for urn in ("100001", "100002") for upn in (UPN, OTHER)],
    )  # fmt: skip
    report = ingest(feed, store)
    assert [each.fate for each in report.batches][:3] == [BatchFate.ALREADY_STORED] * 3
    account = report.batches[3].account
    for table in (account.marks, account.pupils):
        assert table.buckets["of someone erased on request"] == 2
        assert table.stored == 2
    assert who.number not in numbers(tmp_path / "store", who.column)
    assert not report.registers_changed


def test_an_adapter_that_lets_a_forgotten_pupil_through_is_stopped(
    store: Store, tmp_path: Path
) -> None:
    from publisher.feed.intake import open_feed
    from publisher.feed.settings import FeedSettings
    from publisher.model.progress import Silent

    erase(store)
    folder = write_batch(tmp_path / "feed", "2025-11-14T1830", [mark(upn=UPN)], [])
    feed = open_feed(tmp_path / "feed", FeedSettings())
    careless = feed.arrived(folder).prepare(KEY, Silent())
    with store.writing() as writer, pytest.raises(StoreProblem, match="erased"):
        writer.add_batch(careless)
    assert PSEUDONYM not in numbers(tmp_path / "store", "pupil")


def test_once_lifted_later_batches_count_again(store: Store, tmp_path: Path) -> None:
    erase(store)
    with store.writing() as writer:
        assert writer.lift(PUPIL)
        assert not writer.lift(PUPIL)
    ingest(tmp_path / "feed", store)
    assert PSEUDONYM not in numbers(tmp_path / "store", "pupil"), "what was erased stays erased"
    write_batch(tmp_path / "feed", "2025-11-14T1830", [mark(upn=UPN)], [pupil(upn=UPN)])
    ingest(tmp_path / "feed", store)
    assert PSEUDONYM in numbers(tmp_path / "store", "pupil")
    assert erase(store).number == 2
    assert PSEUDONYM not in numbers(tmp_path / "store", "pupil")


def test_forgetting_twice_gives_the_same_receipt(store: Store) -> None:
    first = erase(store)
    assert erase(store) == first
    assert store.status().erasures == 1
    assert erase(store, SCHOOL).number == 2


def test_someone_the_store_never_had_is_kept_out_all_the_same(store: Store) -> None:
    before = counts(store.snapshot())
    receipt = erase(store, identified("Z899999999999", KEY))
    assert (receipt.batches, receipt.rows) == (0, {})
    after = counts(store.snapshot())
    assert {name for name in after if after[name] != before[name]} == {"as_of", "inputs"}


def test_with_another_key_nobody_would_be_found_so_nothing_is_done(store: Store) -> None:
    stranger = identified(UPN, PseudonymKey("an altogether different key"))
    with pytest.raises(StoreProblem, match="another pseudonym key"):
        erase(store, stranger)
    with store.writing() as writer, pytest.raises(StoreProblem, match="another pseudonym key"):
        writer.lift(stranger)


def test_a_release_after_an_erasure_has_a_moment_of_its_own(store: Store) -> None:
    """So that the ledger remembers what the release before it showed."""
    before = store.snapshot()
    erase(store)
    after = store.snapshot()
    assert after.as_of > before.as_of
    assert store.snapshot(before.as_of).as_of == before.as_of
    assert {name for name, _ in after.inputs} - {name for name, _ in before.inputs} == {
        "erasure 000001"
    }
    assert store.changed_since(before.as_of).erasures == 1


def test_nothing_is_erased_while_a_release_reads(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", StoreSettings(lock_wait_seconds=0.2))
    ingest(feed_of(tmp_path), store)
    with store.reading():
        files = store.snapshot().marks
        with pytest.raises(StoreProblem, match="release is being made"):
            erase(store)
        assert all(path.exists() for path in files)
    assert not list((tmp_path / "store").glob("generation-*"))
    erase(store)
    assert PSEUDONYM not in numbers(tmp_path / "store", "pupil")


def test_an_empty_store_has_nothing_to_forget(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem, match="no batch"):
        erase(Store(tmp_path / "store"))


@pytest.mark.parametrize("written", ["", "12", "Zebedee", "Z8 01", "0100001", "100001x!"])
def test_what_is_neither_a_urn_nor_a_upn_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        identified(written, KEY)
    assert not written or written not in str(problem.value)


def test_no_words_about_an_erasure_repeat_whose_it_is(store: Store) -> None:
    receipt = erase(store)
    words = repr(PUPIL) + repr(receipt) + repr(store._contents.kept_out) + repr(store.status())
    assert UPN not in words
    assert str(PSEUDONYM) not in words

"""Canary pupils: what identifies them is nowhere in the store, in words or in reports."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from publisher.errors import PublisherError
from publisher.feed.columns import COLUMNS
from publisher.feed.intake import open_feed
from publisher.feed.settings import FeedSettings
from publisher.model.progress import Silent
from publisher.store.store import Store
from tests.unit.feed.toy_feed import (
    BATCH,
    KEY,
    ingest,
    mark,
    pupil,
    write_csv,
    write_feed,
    write_parquet,
)

FORENAME, SURNAME, UPN, BORN = "Zebedee", "Quixotequill", "Z801200001001", "2014-02-27"


def canaries() -> list[bytes]:
    digests = [
        hashlib.new(name, UPN.encode()).digest() for name in ("md5", "sha1", "sha256", "sha512")
    ]
    digests += [hashlib.blake2b(UPN.encode(), digest_size=size).digest() for size in (8, 16, 64)]
    digests += [digest[:8] for digest in digests]
    written = [FORENAME, SURNAME, UPN, BORN, BORN.replace("-", ""), "27/02/2014"]
    forms = [each for text in written for each in (text, text.lower(), text.upper())]
    return [
        *(form.encode() for form in forms),
        *(form.encode("utf-16-le") for form in forms),
        *digests,
        *(digest[::-1] for digest in digests),
        *(digest.hex().encode() for digest in digests),
    ]


def check_free(folder: Path) -> None:
    content = b"".join(
        str(path.relative_to(folder)).encode() + path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
    assert not [canary for canary in canaries() if canary in content]


def check_columns_free(folder: Path) -> None:
    """Compressed pages hide text from a search of bytes: look at the values too."""
    for path in folder.rglob("*.parquet"):
        table = pa.parquet.read_table(path)
        words = "\n".join(str(row) for row in table.to_pylist())
        words += str(pa.parquet.read_metadata(path).metadata) + str(table.schema)
        for canary in (FORENAME, SURNAME, UPN, BORN, "datetime.date(2014, 2, 27)"):
            assert canary not in words, path.name
        for column in table.columns:
            if pa.types.is_integer(column.type):
                assert not plain_hashes() & set(column.to_pylist()), path.name


def plain_hashes() -> set[int]:
    return {
        int.from_bytes(digest[:8], order, signed=True)
        for name in ("md5", "sha1", "sha256", "blake2b")
        for digest in (hashlib.new(name, UPN.encode()).digest(),)
        for order in ("big", "little")
    } | {int.from_bytes(hashlib.blake2b(UPN.encode(), digest_size=8).digest(), "big", signed=True)}


def canary_feed(folder: Path, form: str) -> Path:
    marks = [mark(upn=UPN), mark(upn=UPN, date="2025-11-04", am=SURNAME), mark(upn=UPN, date=UPN)]
    marks += [mark(upn=f"Z8{place}") for place in range(9)]
    record = pupil(forename=FORENAME, surname=SURNAME, upn=UPN, date_of_birth=BORN)
    odd = {**record, "sen_support": SURNAME, "ethnicity": FORENAME, "sex": SURNAME}
    pupils = [record, {**odd, "urn": "100002"}, {**record, "la_code": SURNAME}]
    feed = write_feed(folder, marks=marks, pupils=pupils)
    if form == "parquet":
        batch = feed / "batches" / BATCH
        for table, rows in (("marks", marks), ("pupils", pupils)):
            (batch / f"{table}.csv").unlink()
            write_parquet(batch / f"{table}.parquet", rows)
    return feed


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_nothing_that_identifies_is_in_the_store_or_the_report(tmp_path: Path, form: str) -> None:
    store = Store(tmp_path / "store")
    report = ingest(canary_feed(tmp_path / "feed", form), store)
    assert report.batches[0].account is not None, report.batches[0].reason
    assert report.batches[0].account.pupils.stored == 2
    check_free(tmp_path / "store")
    check_columns_free(tmp_path / "store")
    check_words(repr(report) + repr(store) + repr(store.snapshot()) + repr(store.status()))


def check_words(words: str) -> None:
    for canary in (FORENAME, SURNAME, UPN, BORN):
        assert canary.lower() not in words.lower()


def test_the_canaries_would_be_found(tmp_path: Path) -> None:
    """The search is able to find: put one canary in, it must sing."""
    (tmp_path / "note.txt").write_text(f"see {SURNAME}")
    with pytest.raises(AssertionError):
        check_free(tmp_path)
    write_parquet(tmp_path / "a.parquet", [{"born": BORN}])
    with pytest.raises(AssertionError):
        check_columns_free(tmp_path)
    write_parquet(tmp_path / "a.parquet", [{"pupil": min(plain_hashes())}])
    with pytest.raises(AssertionError):
        check_columns_free(tmp_path)


HEADER = ",".join(COLUMNS["pupils"])
ROW = ",".join(str(pupil(upn=UPN, date_of_birth=BORN)[name]) for name in COLUMNS["pupils"])


@pytest.mark.parametrize(
    "content",
    [
        ROW,
        f"{ROW}\n{ROW}",
        f"{HEADER}\n{ROW},{SURNAME}",
        f"{HEADER}\n{ROW}\n{SURNAME},{UPN}",
        f'{HEADER}\n"{ROW}',
        f"{HEADER},{SURNAME}\n{ROW},x".replace("forename,", "", 1),
        f"{HEADER}\n{ROW}\n".replace(FORENAME, "Zo\xeb"),
    ],
)
def test_no_words_about_a_broken_file_repeat_its_content(tmp_path: Path, content: str) -> None:
    feed = write_feed(tmp_path / "feed")
    (feed / "batches" / BATCH / "pupils.csv").write_bytes(content.encode("latin-1"))
    outcome = ingest(feed, Store(tmp_path / "store")).batches[0]
    assert outcome.reason
    check_words(outcome.reason + outcome.advice)
    check_free(tmp_path / "store")


def test_no_words_about_a_broken_register_repeat_its_content(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    for table in ("schools", "approvals", "census"):
        path = feed / f"{table}.csv"
        before = path.read_bytes()
        path.write_bytes(f"{SURNAME},{UPN}\n{FORENAME},{BORN}\n".encode())
        with pytest.raises(PublisherError) as problem:
            ingest(feed, Store(tmp_path / "store"))
        check_words(str(problem.value))
        path.write_bytes(before)
    write_csv(feed / "census.csv", [
        {"la_code": SURNAME, "education_phase": UPN, "schools": FORENAME, "pupils": BORN}
    ])  # fmt: skip
    check_words(repr(ingest(feed, Store(tmp_path / "store"))))


def test_nothing_in_memory_shows_itself(tmp_path: Path) -> None:
    feed = open_feed(canary_feed(tmp_path / "feed", "csv"), FeedSettings())
    arrived = feed.arrived(feed.folders[0])
    batch = arrived.prepare(KEY, Silent())
    check_words(repr(feed) + repr(arrived) + repr(batch) + repr(KEY) + repr(batch.account))

"""A killed ingest, a full disk: all of a batch or nothing, and the next run completes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.model.intake import BatchFate
from publisher.store.store import Store
from tests.unit.feed.toy_feed import ingest, mark, write_batch, write_feed

DRIVER = Path(__file__).with_name("intake_driver.py")
NEXT = "2025-11-14T1830"
PARTS = {"manifest.json"} | {
    f"{name}.parquet" for name in ("marks", "weeks", "pupils", "school_days")
}


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    feed = write_feed(tmp_path / "feed")
    write_batch(feed, NEXT, marks=[mark(upn=f"Z{place}") for place in range(2000)])
    return feed


def run(feed: Path, store: Path, moment: str, number: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DRIVER), str(feed), str(store), moment, str(number)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def check_whole(folder: Path) -> None:
    """Every visible batch is complete and readable."""
    for batch in (folder / "batches").glob("[!.]*"):
        assert {path.name for path in batch.iterdir()} == PARTS
    store = Store(folder)
    store.verify()


USUAL = [("fsync", 0), ("fsync", 6), ("fsync", 16), ("rename", 1), ("rename", 3), ("mkdir", 3)]
MORE = [
    *(("fsync", number) for number in range(22)),
    *(("rename", number) for number in range(5)),
    *(("mkdir", number) for number in range(6)),
]


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        *USUAL,
        *(pytest.param(*each, marks=pytest.mark.full) for each in MORE if each not in USUAL),
    ],
)
def test_a_killed_ingest_leaves_all_or_nothing_and_the_next_completes(
    tmp_path: Path, feed: Path, moment: str, number: int
) -> None:
    whole = tmp_path / "whole"
    ingest(feed, Store(whole))
    broken = tmp_path / "broken"
    died = run(feed, broken, moment, number)
    assert died.returncode == -signal.SIGKILL, died.stderr
    check_whole(broken)
    ingest(feed, Store(broken))
    assert tree(broken) == tree(whole)
    assert not list(broken.rglob(".unfinished-*"))


def test_a_full_disk_is_told_in_words_and_leaves_nothing_half_stored(
    tmp_path: Path, feed: Path
) -> None:
    folder = tmp_path / "store"
    # room for everything but the two thousand marks of the second batch
    full = run(feed, folder, "limit", 8000)
    assert full.returncode == 3
    assert "The disk is full" in full.stderr
    assert "Traceback" not in full.stderr
    check_whole(folder)
    assert [path.name for path in (folder / "batches").iterdir()] == ["2025-11-07T1830"]
    fates = [each.fate for each in ingest(feed, Store(folder)).batches]
    assert fates == [BatchFate.ALREADY_STORED, BatchFate.STORED]


def test_a_disk_that_is_full_from_the_start_is_told_in_words(tmp_path: Path, feed: Path) -> None:
    full = run(feed, tmp_path / "store", "limit", 0)
    assert full.returncode == 3
    assert "The disk is full" in full.stderr
    assert "Traceback" not in full.stderr
    assert ingest(feed, Store(tmp_path / "store")).refused == ()


def test_a_full_temporary_folder_is_told_in_words_and_leaves_nothing(
    tmp_path: Path, feed: Path
) -> None:
    folder = tmp_path / "store"
    full = run(feed, folder, "spill", 20_000)
    assert full.returncode == 3
    assert "The system's temporary folder is full" in full.stderr
    assert "TMPDIR" in full.stderr
    assert "Traceback" not in full.stderr
    check_whole(folder)
    fates = [each.fate for each in ingest(feed, Store(folder)).batches]
    assert fates == [BatchFate.ALREADY_STORED, BatchFate.STORED]


def test_batches_in_any_order_of_arrival_end_the_same(tmp_path: Path, feed: Path) -> None:
    later = (feed / "batches" / NEXT).rename(tmp_path / NEXT)
    first = (feed / "batches" / "2025-11-07T1830").rename(tmp_path / "2025-11-07T1830")
    store = Store(tmp_path / "store")
    for arriving in (later, first):
        arriving.rename(feed / "batches" / arriving.name)
        ingest(feed, store)
    in_order = Store(tmp_path / "in order")
    ingest(feed, in_order)
    for table in ("marks", "pupils", "school_days"):
        ours, theirs = (getattr(each.snapshot(), table) for each in (store, in_order))
        assert [path.read_bytes() for path in ours] == [path.read_bytes() for path in theirs]

"""An ingest, a compaction and an erasure, killed at random moments: all of it or nothing."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.store.store import Store
from tests.faults.store_driver import act
from tests.faults.store_judge import FINE
from tests.unit.feed.toy_feed import ingest, mark, pupil, write_batch, write_feed

DRIVER = Path(__file__).with_name("store_driver.py")
NEXT = "2025-11-14T1830"
ACTIONS = ("ingest", "compact", "erase")
FEW, MANY = 6, 200
LAST_PERCENT = 2
"""How many calls a change makes differs a little from run to run, above all under load."""


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    feed = write_feed(tmp_path / "feed")
    marks = [mark(date="2025-11-10"), *(mark(upn=f"Z{place}") for place in range(200))]
    write_batch(feed, NEXT, marks, [pupil(), pupil(upn="Z1")])
    return feed


def driven(action: str, feed: Path, store: Path, *calls: int) -> list[str]:
    command = [sys.executable, str(DRIVER), action, str(feed), str(store), *map(str, calls)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3000, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def check_killed(action: str, feed: Path, folder: Path, number: int, seed: int) -> None:
    store = folder / "store"
    if action != "ingest":
        ingest(feed, Store(store))
    # the changed store that a killed change must end as
    reference = folder / "reference"
    if store.exists():
        shutil.copytree(store, reference)
    (calls,) = driven(action, feed, reference)
    last = int(calls) * (100 - LAST_PERCENT) // 100
    points = random.Random(seed).sample(range(1, last), number)
    said = driven(action, feed, store, *points)
    assert [words for words in said if not words.endswith(FINE)] == []
    assert len(said) == number


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_at_some_moments(tmp_path: Path, feed: Path, action: str) -> None:
    check_killed(action, feed, tmp_path, FEW, seed=7)


@pytest.mark.full
@pytest.mark.parametrize("action", ACTIONS)
def test_killed_at_two_hundred_random_moments(tmp_path: Path, feed: Path, action: str) -> None:
    check_killed(action, feed, tmp_path, MANY, seed=20251107)


def test_the_judge_sees_half_a_batch(tmp_path: Path, feed: Path) -> None:
    from tests.faults.store_judge import judged

    act("ingest", feed, tmp_path / "reference")
    shutil.copytree(tmp_path / "reference", tmp_path / "broken")
    batch = tmp_path / "broken" / "batches" / NEXT
    shutil.copy(batch.with_name("2025-11-07T1830") / "pupils.parquet", batch / "pupils.parquet")
    words = judged(
        lambda store: act("ingest", feed, store),
        tmp_path / "before",
        tmp_path / "broken",
        tmp_path / "reference",
    )
    assert words != FINE

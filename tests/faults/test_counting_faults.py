"""A damaged store, a full disk, an engine that dies: the release stops and leaves nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publisher import pipeline
from publisher.config import load_config
from publisher.errors import StoreProblem
from publisher.model.progress import Silent
from publisher.reference.register_weeks import ORDINARY
from tests.golden.country import WEEK, country
from tests.properties.feed_folder import FORENAME, SURNAME, upn_of, write_feed

PROGRAM = Path(sys.executable).with_name("publisher")
DRIVER = Path(__file__).with_name("engine_driver.py")
KEY = "a key for tests, not a secret"
CONFIG = """store: {home}/store
output: {home}/output
engine:
  name: {engine}
  memory_limit: {memory}
  keep_sums: {keep_sums}
"""
FIRST, SECOND = "2025-09-19T1830", "2025-09-26T1830"
Damage = Callable[[Path], None]

pytestmark = pytest.mark.xdist_group("counting-faults")


def run(home: Path, *words: object, emptied: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs a program that finds an empty folder for temporary files, or what is left in it."""
    temporary = home / "temporary"
    if emptied:
        shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "PUBLISHER_KEY": KEY,
        "TMPDIR": str(temporary),
    }
    return subprocess.run(
        [*map(str, words)], capture_output=True, text=True, env=environment, cwd=home
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store, and a release made from it."""
    home = tmp_path_factory.mktemp("whole")
    config = configured(home)
    feed = write_feed(country(), home / "feed")
    for words in (("ingest", feed), ("release", "--week", WEEK)):
        done = run(home, PROGRAM, *words, "--config", config)
        assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(whole: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may damage."""
    home = tmp_path / "home"
    shutil.copytree(whole, home)
    configured(home)
    return home


def configured(
    home: Path, engine: str = "duckdb", memory: str = "200MB", *, keep_sums: bool = True
) -> Path:
    path = home / "config.yaml"
    settings = {"home": home, "engine": engine, "memory": memory, "keep_sums": keep_sums}
    path.write_text(CONFIG.format(**settings), encoding="utf-8")
    return path


def released(home: Path, *driver: object, emptied: bool = True) -> subprocess.CompletedProcess[str]:
    """Make the release of the week again, in place of the one that is there."""
    program = (sys.executable, DRIVER, *driver) if driver else (PROGRAM,)
    words = (*program, "release", "--week", WEEK, "--config", home / "config.yaml")
    return run(home, *words, emptied=emptied)


def outputs(home: Path) -> dict[str, bytes]:
    return {
        path.relative_to(home).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in (home / "output").rglob("*")
    }


def assert_stopped(
    done: subprocess.CompletedProcess[str], home: Path, whole: Path, words: str
) -> None:
    """It ended with 3 and words for who must act; the earlier release is as it was."""
    assert done.returncode == 3, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "fault in the program" not in done.stderr
    assert 2 <= len(done.stderr.strip().splitlines()) <= 3, "what was found, and what to do"
    assert outputs(home) == outputs(whole)
    assert list((home / "temporary").iterdir()) == []
    for word in (FORENAME, SURNAME, *(upn_of(each.pupil) for each in country().pupils)):
        assert word not in done.stdout + done.stderr


def remove(path: Path) -> None:
    path.unlink()


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    """One bit of a value, and the file is as long as it was."""
    content = bytearray(path.read_bytes())
    first = pq.read_metadata(path).row_group(0).column(0)
    content[first.data_page_offset + first.total_compressed_size // 2] ^= 4
    path.write_bytes(bytes(content))


def rewritten(path: Path, table: pa.Table) -> None:
    """Nothing compressed: another value takes as many bytes."""
    pq.write_table(table, path, compression="none", use_dictionary=False)


def account_for(path: Path) -> None:
    """Have the manifest say that the file is as it should be."""
    manifest = path.with_name("manifest.json")
    said = json.loads(manifest.read_text(encoding="utf-8"))
    (file,) = (each for each in said["files"] if each["name"] == path.name)
    file["size"] = path.stat().st_size
    file["rows"] = pq.read_metadata(path).num_rows
    file["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(said), encoding="utf-8")


TABLES = [
    f"batches/{FIRST}/weeks.parquet",
    f"batches/{SECOND}/weeks.parquet",
    f"batches/{FIRST}/pupils.parquet",
    f"batches/{FIRST}/school_days.parquet",
    "registers/000001/schools.parquet",
    "registers/000001/approvals.parquet",
]


@pytest.fixture
def again(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Makes the release in this process, which is quicker."""
    monkeypatch.setenv("PUBLISHER_KEY", KEY)
    config = load_config(home / "config.yaml")
    return lambda: pipeline.release(config, str(WEEK), None, Silent())


@pytest.mark.parametrize("damage", [remove, cut_short, flip])
@pytest.mark.parametrize("table", TABLES)
def test_a_partition_that_is_missing_or_altered_stops_the_release(
    home: Path, whole: Path, again: Callable[[], object], table: str, damage: Damage
) -> None:
    damage(home / "store" / table)
    with pytest.raises(StoreProblem) as caught:
        again()
    folder, file = Path(table).parts[-2:]
    assert f"{folder}/{file} is missing or has changed" in str(caught.value)
    assert outputs(home) == outputs(whole)


def test_another_mark_in_the_same_place_stops_the_release(home: Path) -> None:
    """Nothing but the checksum can tell: there are as many rows, and all have a meaning."""
    path = home / "store" / TABLES[0]
    table = pq.read_table(path)
    rewritten(path, table)
    account_for(path)
    size, weeks = path.stat().st_size, table["marks"].to_pylist()
    written_out = [place for place, marks in enumerate(weeks) if marks != ORDINARY]
    one, other = written_out[0], next(n for n in written_out if weeks[n] != weeks[written_out[0]])
    weeks[one] = weeks[other]
    place = table.schema.get_field_index("marks")
    rewritten(path, table.set_column(place, "marks", pa.array(weeks, pa.int64())))
    assert path.stat().st_size == size
    words = f"The store is damaged: {FIRST}/weeks.parquet is missing or has changed"
    done = released(home)
    assert done.returncode == 3
    assert words in done.stderr


@pytest.mark.parametrize("table", ["school_days", "weeks", "pupils"])
def test_an_entry_that_the_store_has_twice_stops_the_release(
    home: Path, whole: Path, again: Callable[[], object], table: str
) -> None:
    """Even where the manifest says so: a fault of whoever wrote it must not be counted."""
    path = home / "store" / "batches" / FIRST / f"{table}.parquet"
    rows = pq.read_table(path)
    written_out = [n for n, row in enumerate(rows.to_pylist()) if row.get("marks", 1) != ORDINARY]
    twice = pa.concat_tables([rows, rows.slice(written_out[0], 1)])
    pq.write_table(twice, path)
    account_for(path)
    with pytest.raises(StoreProblem, match=r"(list of school-days|as many rows)"):
        again()
    assert outputs(home) == outputs(whole)


def test_a_damaged_store_ends_the_command_with_3(home: Path, whole: Path) -> None:
    flip(home / "store" / TABLES[0])
    assert_stopped(released(home), home, whole, "The store is damaged")


def test_a_batch_without_a_manifest_stops_the_release(
    home: Path, whole: Path, again: Callable[[], object]
) -> None:
    (home / "store" / "batches" / SECOND / "manifest.json").unlink()
    with pytest.raises(StoreProblem, match="damaged"):
        again()
    assert outputs(home) == outputs(whole)


@pytest.mark.parametrize("step", ["judged_weeks", "new_school_leaves", "row_pupils", "evidence"])
def test_an_engine_that_dies_stops_the_release(home: Path, whole: Path, step: str) -> None:
    words = f"Counting stopped at the query '{step}'"
    assert_stopped(released(home, "dies", step), home, whole, words)


@pytest.mark.parametrize(
    ("step", "goes_on"),
    [
        ("judged_weeks", True),
        ("judged_weeks", False),
        ("new_school_leaves", False),
        ("group_evidence", True),
    ],
)
def test_a_disk_that_fills_while_counting_stops_the_release(
    home: Path, whole: Path, step: str, goes_on: bool
) -> None:
    configured(home, memory="60MB", keep_sums=goes_on)
    done = released(home, "full", step)
    assert_stopped(done, home, whole, f"Counting stopped at the query '{step}'")
    assert "disk is not full" in done.stderr or "free space" in done.stderr


def test_a_release_that_is_killed_leaves_the_earlier_one_and_can_be_made_again(
    home: Path, whole: Path
) -> None:
    done = released(home, "killed", "judged_weeks")
    assert done.returncode == -signal.SIGKILL
    assert outputs(home) == outputs(whole)
    assert released(home).returncode == 0
    assert set(outputs(home)) == set(outputs(whole))


def test_working_files_of_a_release_that_was_killed_go_with_the_next_one(home: Path) -> None:
    assert released(home, "killed", "judged_weeks").returncode == -signal.SIGKILL
    (left,) = (home / "temporary").iterdir()
    assert left.name.startswith("counting-")
    assert released(home, emptied=False).returncode == 0
    assert list((home / "temporary").iterdir()) == []


def test_spark_that_is_configured_and_not_installed_stops_the_release(
    home: Path, whole: Path
) -> None:
    configured(home, engine="spark", memory="1GB")
    done = released(home, "no-spark", "any")
    assert_stopped(done, home, whole, "PySpark is not installed")
    assert "pip install 'publisher[spark]'" in done.stderr

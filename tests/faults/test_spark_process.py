"""Spark in a process of its own, as a release starts it: what it gives, what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ON_SPARK
from tests.golden.country import WEEK, country
from tests.properties.feed_folder import FORENAME, SURNAME, upn_of, write_feed

PROGRAM = Path(sys.executable).with_name("publisher")
DRIVER = Path(__file__).with_name("spark_driver.py")
CONFIG = """store: {home}/store
output: {home}/{output}
publication:
  open_document: false
engine:
  name: {engine}
  memory_limit: 1GB
  {more}
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = [ON_SPARK, pytest.mark.full]


@pytest.fixture(scope="module")
def publisher(quick_spark: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a program with an empty folder to work in and another for temporary files."""
    folder = tmp_path_factory.mktemp("processes")

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        for name in ("here", "temporary"):
            (folder / name).mkdir(exist_ok=True)
        environment = {
            **os.environ,
            **quick_spark,
            "PUBLISHER_KEY": "a key for tests, not a secret",
            "TMPDIR": str(folder / "temporary"),
        }
        done = subprocess.run(
            [*map(str, words)],
            capture_output=True,
            text=True,
            env=environment,
            cwd=folder / "here",
        )
        left = [path for name in ("here", "temporary") for path in (folder / name).iterdir()]
        assert left == [], "working files are left behind"
        return done

    return run


@pytest.fixture(scope="module")
def home(publisher: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store, and a release that the embedded engine counted."""
    home = tmp_path_factory.mktemp("home")
    config = written(home, "duckdb", "by-duckdb")
    for words in (("ingest", write_feed(country(), home / "feed")), ("release", "--week", WEEK)):
        done = publisher(PROGRAM, *words, "--config", config)
        assert done.returncode == 0, done.stderr
    return home


def written(home: Path, engine: str, output: str, more: str = "threads: 2") -> Path:
    path = home / f"{output}.yaml"
    text = CONFIG.format(home=home, engine=engine, output=output, more=more)
    path.write_text(text, encoding="utf-8")
    return path


def contents(release: Path) -> dict[str, bytes]:
    """Every file of a release; of the manifest all but the settings of the engine."""
    files = {
        path.relative_to(release).as_posix(): path.read_bytes()
        for path in sorted(release.rglob("*"))
        if path.is_file()
    }
    manifest = json.loads(files["release.json"])
    assert manifest["settings"].pop("engine")["name"] in {"duckdb", "spark"}
    assert manifest.pop("settings_sha256")
    return {**files, "release.json": json.dumps(manifest).encode()}


def assert_same_release(home: Path, output: str) -> None:
    one, other = (contents(home / each / WEEK.slug) for each in ("by-duckdb", output))
    assert one.keys() == other.keys()
    assert [name for name, content in one.items() if content != other[name]] == []


def test_a_release_is_the_same_bytes_and_nothing_else_is_said(publisher: Run, home: Path) -> None:
    config = written(home, "spark", "by-spark")
    done = publisher(PROGRAM, "release", "--week", WEEK, "--config", config)
    assert done.returncode == 0, done.stderr
    assert_same_release(home, "by-spark")
    again = publisher(
        PROGRAM, "release", "--week", WEEK, "--config", written(home, "duckdb", "again")
    )
    assert done.stderr == again.stderr.replace("/again/", "/by-spark/")
    assert done.stdout == again.stdout.replace("/again/", "/by-spark/")


@pytest.mark.parametrize("step", ["judged_weeks", "row_pupils"])
def test_spark_that_dies_stops_the_release(publisher: Run, home: Path, step: str) -> None:
    config = written(home, "spark", "dying")
    done = publisher(sys.executable, DRIVER, step, "release", "--week", WEEK, "--config", config)
    assert done.returncode == 3, done.stderr
    assert f"Counting stopped at the query '{step}'" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
    assert not (home / "dying").exists() or not any((home / "dying").rglob("*.*"))
    pupil = country().pupils[0].pupil
    for word in (FORENAME, SURNAME, upn_of(pupil)):
        assert word not in done.stdout + done.stderr


def test_spark_that_cannot_start_stops_the_release(publisher: Run, home: Path) -> None:
    config = written(home, "spark", "nowhere", "spark_master: spark://127.0.0.1:1")
    text = config.read_text(encoding="utf-8").replace("1GB", "1000000TB")
    config.write_text(text, encoding="utf-8")
    done = publisher(PROGRAM, "release", "--week", WEEK, "--config", config)
    assert done.returncode == 3, done.stderr
    assert "the start of Spark" in done.stderr
    assert "engine.memory_limit" in done.stderr
    assert not (home / "nowhere").exists()

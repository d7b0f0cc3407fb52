"""What is typed, what is printed where, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.country import WEEK, country
from tests.properties.feed_folder import FORENAME, SURNAME, upn_of, write_feed

PROJECT = Path(__file__).resolve().parents[3]
PROGRAM = Path(sys.executable).with_name("publisher")
KEY = "a key for tests, not a secret"

pytestmark = pytest.mark.xdist_group("cli")


def publisher(*words: object, key: str | None = KEY, cwd: Path = PROJECT):
    environment = {name: value for name, value in os.environ.items() if name != "PUBLISHER_KEY"}
    if key:
        environment["PUBLISHER_KEY"] = key
    return subprocess.run(
        [PROGRAM, *map(str, words)], capture_output=True, text=True, env=environment, cwd=cwd
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A folder with a feed, its store and one release."""
    home = tmp_path_factory.mktemp("home")
    write_feed(country(), home / "feed")
    taken = publisher("ingest", home / "feed", "--store", home / "store")
    assert taken.returncode == 0, taken.stderr
    made = publisher("release", "--store", home / "store", "--output", home / "output")
    assert made.returncode == 0, made.stderr
    (home / "said").write_text(taken.stdout + taken.stderr + made.stdout + made.stderr)
    return home


def test_without_arguments_the_commands_are_shown():
    assert "Usage: publisher" in publisher("--help").stdout


def test_a_release_says_where_it_is_and_what_comes_next(home: Path):
    said = (home / "said").read_text()
    assert str(home / "output" / WEEK.slug) in said
    assert "Next: publisher release" in said
    assert "publisher review" in said


def test_every_row_is_accounted_for_wherever_a_release_is_described(home: Path):
    manifest = json.loads((home / "output" / WEEK.slug / "release.json").read_text())
    account, said = manifest["account_of_rows"], (home / "said").read_text()
    page = (home / "output" / WEEK.slug / "review" / "index.html").read_text(encoding="utf-8")
    for table in ("marks", "pupils"):
        files = (home / "feed" / "batches").glob(f"*/{table}.csv")
        rows = sum(len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in files)
        found = account[table]
        assert found["arrived"] == sum(found["buckets"].values()) == rows
        assert sum(line["rows"] for line in found["lines"]) == rows
        assert sum(each[table]["arrived"] for each in account["batches"]) == rows
        assert f"{table.capitalize()}: {rows:,} rows arrived = " in said
        assert f"    {table}: " in said
        assert f">{rows:,}</td>" in page
    assert account["marks"]["buckets"]["replaced"] > 0


def test_progress_is_silent_in_a_pipe(home: Path):
    again = publisher("release", "--store", home / "store", "--output", home / "output")
    assert again.stderr == ""


def test_the_same_release_twice_has_the_same_bytes(home: Path):
    again = publisher("release", "--store", home / "store", "--output", home / "again")
    assert again.returncode == 0
    first, second = (home / name / WEEK.slug / "public" for name in ("output", "again"))
    assert _bytes(first) == _bytes(second)


def test_an_earlier_moment_gives_the_release_made_then(home: Path, tmp_path: Path):
    feed = tmp_path / "feed"
    shutil.copytree(home / "feed", feed)
    late = max((feed / "batches").iterdir())
    late.rename(tmp_path / late.name)
    assert publisher("ingest", feed, "--store", tmp_path / "store").returncode == 0
    then = publisher("release", "--store", tmp_path / "store", "--output", tmp_path / "then")
    assert then.returncode == 0, then.stderr
    (tmp_path / late.name).rename(late)
    assert publisher("ingest", feed, "--store", tmp_path / "store").returncode == 0
    rebuilt = publisher(
        "release", "--as-of", "2025-09-19T1830",
        "--store", tmp_path / "store", "--output", tmp_path / "rebuilt",
    )  # fmt: skip
    assert rebuilt.returncode == 0, rebuilt.stderr
    now = home / "output" / WEEK.slug / "public"
    before, after = (tmp_path / name / WEEK.slug / "public" for name in ("then", "rebuilt"))
    assert _bytes(before) == _bytes(after)
    assert _bytes(before) != _bytes(now)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_no_pupil_is_in_the_store_the_outputs_or_what_was_said(home: Path):
    secrets = [FORENAME, SURNAME, *(upn_of(each.pupil) for each in country().pupils)]
    born = {each.date_of_birth.isoformat() for each in country().pupils}
    haystack = b"".join(
        path.read_bytes()
        for folder in ("store", "output")
        for path in (home / folder).rglob("*")
        if path.is_file()
    ) + (home / "said").read_bytes()  # fmt: skip
    assert [word for word in (*secrets, *born) if word.encode() in haystack] == []


def test_ingest_twice_changes_nothing(home: Path):
    before = _bytes(home / "store")
    again = publisher("ingest", home / "feed", "--store", home / "store", "--json")
    assert again.returncode == 0
    assert {each["buckets"] for each in json.loads(again.stdout)["batches"]} == {None}
    assert {each["fate"] for each in json.loads(again.stdout)["batches"]} == {"already stored"}
    assert _bytes(home / "store") == before


def test_verify_finds_a_file_that_was_changed(home: Path, tmp_path: Path):
    copy = tmp_path / WEEK.slug
    shutil.copytree(home / "output" / WEEK.slug, copy)
    assert publisher("verify", copy).returncode == 0
    page = copy / "public" / "index.html"
    page.write_text(page.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (copy / "public" / "help.html").unlink()
    found = publisher("verify", copy)
    assert found.returncode == 1
    assert "public/index.html: altered" in found.stdout
    assert "public/help.html: missing" in found.stdout


def test_plan_touches_nothing(home: Path):
    before = sorted(home.rglob("*"))
    planned = publisher("plan", "--store", home / "store", "--output", home / "output", "--json")
    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["release"] == WEEK.slug
    assert "Persistent and severe absence" in json.loads(planned.stdout)["not_in_this_release"]
    assert sorted(home.rglob("*")) == before


def test_review_names_the_page(home: Path):
    shown = publisher("review", WEEK.slug, "--output", home / "output")
    assert shown.returncode == 0
    assert Path(shown.stdout.strip()).is_file()


def test_describe_and_sql_need_no_data():
    assert "attendance_reasons" in publisher("describe").stdout
    assert "SELECT" in publisher("sql").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("diff", "a", "b"),
        ("sign", "a", "--as", "A", "--role", "analyst", "--decision", "approve"),
        ("publish", "a", "--to", "b"),
    ],
    ids=lambda words: words[0] + words[-1],
)
def test_what_is_not_available_says_what_it_will_do(words):
    said = publisher(*words)
    assert said.returncode == 3
    assert "not available yet" in said.stderr
    assert "It will" in said.stderr


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (("release", "--week", "2025-45"), 2, "Write a week as 2025-W45"),
        (("release", "--week", "2025-W60"), 2, "no ISO week 60"),
        (("release", "--as-of", "yesterday"), 2, "is not a moment"),
        (("release", "--config", "nowhere.yaml"), 2, "no configuration file"),
        (("release", "--colour"), 2, "No such option"),
        (("relase",), 2, "No such command"),
        (("verify", "2031-week-01"), 2, "There is no release"),
        (("attack", "nowhere"), 2, "Name a release"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_way_out(words, code, hint):
    said = publisher(*words)
    assert said.returncode == code, said.stderr
    assert hint in said.stderr
    assert "Traceback" not in said.stderr


def test_an_empty_store_says_what_to_do(tmp_path: Path):
    said = publisher("release", "--store", tmp_path / "store")
    assert said.returncode == 3
    assert "publisher ingest" in said.stderr


def test_without_a_key_nothing_is_taken_in(home: Path, tmp_path: Path):
    config = tmp_path / "config.yaml"
    config.write_text("store: store\n", encoding="utf-8")
    said = publisher("ingest", home / "feed", "--config", config, key=None)
    assert said.returncode == 2
    assert "PUBLISHER_KEY" in said.stderr
    assert not (tmp_path / "store").exists()

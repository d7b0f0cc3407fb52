"""`publisher plan` says what would be withheld before a release is made, and touches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.golden.country import WEEK, country
from tests.properties.feed_folder import write_feed
from tests.unit.cli.test_commands import publisher

pytestmark = pytest.mark.xdist_group("cli")
BOTH = ("--profile", "cautious", "--profile", "published-standard")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store, from which nothing has been released."""
    home = tmp_path_factory.mktemp("home")
    write_feed(country(), home / "feed")
    assert publisher("ingest", home / "feed", "--store", home / "store").returncode == 0
    return home


def plan(home: Path, *words: object):
    return publisher("plan", "--store", home / "store", "--output", home / "output", *words)


def contents(home: Path) -> dict[str, bytes]:
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file()
    }


def test_a_plan_says_what_each_profile_would_withhold_and_writes_nothing(home: Path) -> None:
    before = contents(home)
    done = plan(home, *BOTH)
    assert done.returncode == 0, done.stderr
    assert "Withheld under the profile 'cautious' (rounded to 10)" in done.stdout
    assert "Withheld under the profile 'published-standard' (exact counts)" in done.stdout
    assert "by the rule 'few schools'" in done.stdout
    assert contents(home) == before
    assert not (home / "output").exists()


def test_a_release_withholds_what_its_plan_told(home: Path) -> None:
    told = json.loads(plan(home, "--json").stdout)
    (expected,) = told["withheld"]
    assert expected["profile"] == "cautious"
    made = publisher("release", "--store", home / "store", "--output", home / "output")
    assert made.returncode == 0, made.stderr
    manifest = json.loads((home / "output" / WEEK.slug / "release.json").read_text())
    assert manifest["certificate"]["rounds"] == 1, "the attack asked for nothing more"
    assert manifest["disclosure"]["withheld"] == expected["withheld"]


def test_quick_counts_nothing_and_needs_no_key(home: Path) -> None:
    config = home / "config.yaml"
    config.write_text("store: store\noutput: output\n", encoding="utf-8")
    done = publisher("plan", "--quick", "--json", "--config", config, key=None)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["withheld"] == []
    refused = plan(home, "--quick", "--profile", "cautious")
    assert refused.returncode == 2
    assert "--quick leaves out" in refused.stderr


def test_an_unknown_profile_is_wrong_usage(home: Path) -> None:
    done = plan(home, "--profile", "none")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr

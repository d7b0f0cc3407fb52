"""`publisher store` and `publisher ingest --forget`, as they are typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from publisher.cli.commands import COMMANDS
from publisher.errors import UsageProblem
from publisher.feed.identify import identified
from publisher.feed.pseudonym import PseudonymKey
from publisher.store.store import Store
from tests.unit.feed.toy_feed import ingest, mark, write_batch, write_feed

SECRET = "a key for tests and nothing else"
UPN = "Z801200001001"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PUBLISHER_KEY", SECRET)
    (tmp_path / "config.yaml").write_text("store: store\noutput: output\n")
    feed = write_feed(tmp_path / "feed")
    write_batch(feed, "2025-11-14T1830", [mark(date="2025-11-11")])
    ingest(feed, Store(tmp_path / "store"))
    return tmp_path


def typed(home: Path, *words: str, given: str = ""):
    name, *others = words
    (command,) = (each for each in COMMANDS if each.name == name)
    arguments = [*others, "--config", str(home / "config.yaml")]
    return CliRunner().invoke(command, arguments, input=given, catch_exceptions=True)


def told(home: Path, *words: str, given: str = "") -> dict:
    said = typed(home, *words, "--json", given=given)
    assert said.exit_code == 0, said.output
    return json.loads(said.stdout)


def test_status_says_what_is_there(home: Path) -> None:
    status = told(home, "store", "status")
    assert (status["batches"], status["folders"]) == (2, 2)
    assert status["extent"]["days"] == 2
    assert status["bytes"] > 0
    assert status["last_release_as_of"] is None
    words = typed(home, "store", "status").stdout
    assert "2 batches in 2 folders" in words
    assert "no release to compare" in words


def test_status_says_what_changed_since_the_last_release(home: Path) -> None:
    release = home / "output" / "2025-week-45"
    release.mkdir(parents=True)
    manifest = {"format": 1, "as_of": "2025-11-07T18:30:00", "outputs": {}}
    (release / "release.json").write_text(json.dumps(manifest))
    changed = told(home, "store", "status")["changed_since"]
    assert changed == {
        "batches": ["2025-11-14T1830"],
        "school_days": 1,
        "schools": 1,
        "pupil_schools": 1,
        "registers_changed": False,
        "erasures": 0,
    }
    words = typed(home, "store", "status").stdout
    assert "1 batches, 1 school-days of 1 schools" in words


def test_verify_and_compact(home: Path) -> None:
    assert told(home, "store", "verify") == {"files": 11, "intact": True}
    assert told(home, "store", "compact")["folders_after"] == 1
    assert told(home, "store", "verify") == {"files": 7, "intact": True}
    assert "1 folders" in typed(home, "store", "compact").stdout
    (path,) = (home / "store").rglob("marks.parquet")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "marks.parquet" in str(typed(home, "store", "verify").exception)


def test_a_store_that_is_not_there_is_told_and_not_made(home: Path) -> None:
    said = typed(home, "store", "status", "--store", str(home / "elsewhere"))
    assert isinstance(said.exception, UsageProblem)
    assert not (home / "elsewhere").exists()


def test_forget_prints_a_receipt_that_names_nobody(home: Path) -> None:
    said = typed(home, "ingest", "--forget", UPN)
    assert said.exit_code == 0, said.exception
    assert "Erased a pupil from 2 batches" in said.stdout
    assert "2 of marks, 2 of pupils" in said.stdout
    assert UPN not in said.output
    receipt = told(home, "ingest", "--forget", "100002")
    assert (receipt["kind"], receipt["batches"]) == ("school", 0)


def test_forget_reads_from_standard_input(home: Path) -> None:
    receipt = told(home, "ingest", "--forget", "-", given=f"{UPN}\n")
    assert receipt["identifier"] == identified(UPN, PseudonymKey(SECRET)).digest
    assert receipt["batches"] == 2


def test_lift_lets_in_again(home: Path) -> None:
    typed(home, "ingest", "--forget", UPN)
    assert told(home, "ingest", "--forget", UPN, "--lift") == {"lifted": True}
    assert "nothing changed" in typed(home, "ingest", "--forget", UPN, "--lift").stdout


@pytest.mark.parametrize(
    "words", [(), ("feed", "--forget", UPN), ("feed", "--lift"), ("--lift",)], ids=str
)
def test_a_feed_or_an_erasure_never_both_or_neither(home: Path, words: tuple[str, ...]) -> None:
    said = typed(home, "ingest", *words)
    assert isinstance(said.exception, UsageProblem)
    assert UPN not in str(said.exception)


def test_an_identifier_that_the_store_never_had_makes_one_wonder(home: Path) -> None:
    said = typed(home, "ingest", "--forget", "Z999999999999")
    assert "was it written right?" in said.stdout

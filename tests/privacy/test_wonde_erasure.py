"""A pupil or a school that was erased stays out of Wonde-style pulls, and is not asked for."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from publisher.cli.commands import COMMANDS
from publisher.feed.identify import identified
from publisher.model.erasure import KeptOut
from publisher.store.store import Store
from tests.unit.feed.toy_feed import KEY
from tests.unit.feed.wonde.toy_pulls import (
    FIRST,
    SECOND,
    THIRD,
    UPNS,
    deletion,
    ingest_folder,
    marks,
    pupils,
    school,
    session,
    student,
    whole_day,
    write_page,
    write_pull,
)
from tests.unit.feed.wonde.toy_town import ELSEWHERE, TUESDAY, WHOLE, Town, opened_town

LATER = "2025-11-10"
NEWS = [
    *whole_day("I", "I", LATER),
    *whole_day("I", "I", LATER, student="S2"),
    *whole_day("I", "I", LATER, student="S3", school="A2"),
]


def write_news(source: Path) -> None:
    """A week later everyone has another day, and the record of one pupil has changed."""
    write_pull(source, SECOND, students=[student("S1", gender="F")], attendance=NEWS)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setenv("PUBLISHER_KEY", "a key for tests and nothing else")
    (tmp_path / "config.yaml").write_text("store: store\n")
    with opened_town(tmp_path, write_news, monkeypatch) as town:
        yield town


def forget(folder: Path, identifier: str, *words: str) -> None:
    (command,) = (each for each in COMMANDS if each.name == "ingest")
    typed = ["--forget", identifier, *words, "--config", str(folder / "config.yaml")]
    done = CliRunner().invoke(command, typed)
    assert done.exit_code == 0, done.output


def of_pupil(store: Store) -> set[tuple[int, str, str]]:
    return {key for key in marks(store) if key[1] == "S1"}


def of_school(store: Store) -> set[tuple[int, str, str]]:
    return {key for key in marks(store) if key[0] == 100002}


def test_an_erased_pupil_stays_out_of_a_folder_s_later_pulls(tmp_path: Path):
    store, source = Store(tmp_path / "store"), tmp_path / "pulls"
    write_pull(source)
    ingest_folder(source, store)
    erase(store, UPNS["S1"])
    write_news(source)
    report = ingest_folder(source, store)
    account = report.batches[-1].account
    assert account.marks.buckets["of someone erased on request"] == 1
    assert account.pupils.buckets["of someone erased on request"] == 1
    assert of_pupil(store) == set()
    assert "S1" not in pupils(store)


def test_an_erased_school_stays_out_of_a_folder_s_later_pulls(tmp_path: Path):
    store, source = Store(tmp_path / "store"), tmp_path / "pulls"
    write_pull(source, students=[student("S3", school="A2"), student("S1")])
    ingest_folder(source, store)
    erase(store, "100002")
    write_news(source)
    account = ingest_folder(source, store).batches[-1].account
    assert account.marks.buckets["of someone erased on request"] == 1
    assert of_school(store) == set()


def test_the_other_half_of_an_erased_pupil_s_day_does_not_come_back(tmp_path: Path):
    """Halves are looked up in earlier pulls, which lie outside the store."""
    store, source = Store(tmp_path / "store"), tmp_path / "pulls"
    write_pull(source)
    ingest_folder(source, store)
    erase(store, UPNS["S1"])
    write_pull(source, SECOND, attendance=[session("I", "AM")])
    write_pull(source, THIRD, deletions=[deletion("AM")])
    ingest_folder(source, store)
    assert of_pupil(store) == set()


def erase(store: Store, identifier: str) -> None:
    with store.writing() as writer:
        writer.erase(identified(identifier, KEY))


def test_an_erased_pupil_stays_out_of_a_supplier_s_later_pulls(town: Town):
    town.ingest()
    forget(town.folder, UPNS["S1"])
    town.advance(SECOND)
    account = town.ingest().batches[0].account
    assert account.marks.buckets["of someone erased on request"] == 1
    assert of_pupil(town.store) == set()
    assert "S1" not in pupils(town.store)
    assert (100001, "S2", LATER) in marks(town.store)


def test_an_erased_school_is_not_asked_and_nothing_names_it(town: Town):
    town.ingest()
    assert b"100002" in town.memory()
    forget(town.folder, "100002")
    assert b"100002" not in town.memory()
    town.advance(SECOND)
    town.supplier.asked.clear()
    report = town.ingest()
    assert [each for each in town.supplier.asked if "schools/A2" in each] == []
    assert b"100002" not in town.memory()
    assert report.refusals == ()
    assert of_school(town.store) == set()
    assert (100001, "S1", LATER) in marks(town.store)


def test_an_erased_school_that_is_listed_no_more_is_not_kept_in_mind(town: Town):
    town.ingest()
    erase(town.store, "100002")  # as if the program had been killed before its memory was changed
    write_page(town.folder / "pulls" / SECOND / "schools", 1, [school(1)])
    town.advance(SECOND)
    assert town.ingest().refusals == ()
    assert b"100002" not in town.memory()


def test_a_pull_that_was_under_way_brings_nothing_of_an_erased_school(town: Town):
    under_way = town.pull()
    town.ingest()
    forget(town.folder, "100002")
    town.supplier.clock += timedelta(hours=1)
    assert under_way.pulled.known.admission(under_way.pulled.identity.received, KeptOut())
    town.take_in(under_way)
    assert of_school(town.store) == set()
    assert b"100002" not in town.memory()


@pytest.mark.parametrize("who", [UPNS["S1"], "100002"], ids=["pupil", "school"])
def test_once_lifted_everything_is_asked_for_again(town: Town, who: str):
    """What had not changed since comes too: else a pupil's old record would be missing."""
    town.ingest()
    forget(town.folder, who)
    town.advance(SECOND)
    town.ingest()
    forget(town.folder, who, "--lift")
    town.supplier.clock += timedelta(hours=1)
    town.ingest()
    expected = {**WHOLE, (100001, "S1", LATER): ("I", "I")}
    expected |= {(100001, "S2", LATER): ("I", "I"), (100002, "S3", LATER): ("I", "I")}
    assert marks(town.store) == expected
    assert set(pupils(town.store)) == {"S1", "S2", "S3"}


def test_forgetting_where_no_supplier_was_ever_asked_is_no_fault(town: Town):
    ingest_folder(town.folder / "pulls", town.store)
    forget(town.folder, "100002")
    forget(town.folder, "100002", "--lift")
    assert (100001, "S1", TUESDAY) in marks(town.store)
    assert ELSEWHERE not in marks(town.store)
    assert not list(town.store_folder.glob("suppliers.json"))
    assert (town.folder / "pulls" / FIRST).is_dir()

"""Releases made fortnight by fortnight are, byte for byte, those rebuilt from the final store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from publisher import ingestion, pipeline
from publisher.config import Config
from publisher.model.progress import Silent
from publisher.model.time import IsoWeek
from publisher.store.store import Store
from tests.golden.country import country
from tests.properties.feed_folder import write_feed
from tests.properties.random_histories import FIRST, Fortnight
from tests.properties.reference_count import Approval, Feed, Mark, PupilRecord

CODES = ("/", "/", "/", "/", "L", "I", "N", "M", "/", "/", "B")


def fortnights(number: int) -> Iterator[Fortnight]:
    """Every fortnight brings marks, corrections of the one before, and changed registers."""
    base = country()
    marks: list[Mark] = []
    pupils: list[PupilRecord] = []
    week, late = FIRST, []
    for turn in range(number):
        received = datetime.combine(week.friday + timedelta(days=3), time(18, 30))
        days = [*_before(week).school_days, *week.school_days]
        fresh = list(_marks(base, days, received, turn))
        marks += [replace(each, received=received) for each in late]
        late = [each for each in fresh if each.urn == base.schools[7].urn]
        marks += [each for each in fresh if each not in late]
        if turn:
            marks += _corrections(marks, received, turn)
        renewed = base.pupils[turn::number] if turn else base.pupils
        pupils += [replace(each, received=received) for each in renewed]
        schools = tuple(
            replace(each, trust=f"TR{turn}") if place == turn else each
            for place, each in enumerate(base.schools)
        )
        feed = Feed(
            schools, tuple(_approvals(base, turn)), base.census, tuple(pupils), tuple(marks)
        )
        yield Fortnight(week, feed)
        week = week.following().following()


def _before(week: IsoWeek) -> IsoWeek:
    return IsoWeek.containing(week.monday - timedelta(days=7))


def _marks(base: Feed, days: list[date], received: datetime, turn: int) -> Iterator[Mark]:
    for day in days:
        for place, pupil in enumerate(base.pupils):
            am = CODES[(pupil.urn * 7 + place * 3 + day.toordinal() + turn) % len(CODES)]
            yield Mark(received, pupil.urn, pupil.pupil, day, am, "\\")


def _corrections(marks: list[Mark], received: datetime, turn: int) -> list[Mark]:
    earlier = [each for each in marks if each.received < received]
    return [replace(each, received=received, am="C") for each in earlier[turn::97]]


def _approvals(base: Feed, turn: int) -> Iterator[Approval]:
    """A school a fortnight withdraws, from the third on."""
    for place, school in enumerate(base.schools):
        gone = 2 <= place <= turn
        end = FIRST.friday + timedelta(days=14 * place) if gone else None
        yield Approval(school.urn, date(2023, 1, 1), end)


def released(config: Config, week: IsoWeek, as_of: datetime | None) -> tuple[datetime, Path]:
    made = pipeline.release(config, str(week), as_of, Silent())
    return made.checked.protected.scope.as_of, made.folder


def public(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / "public").rglob("*"))
        if path.is_file()
    }


def rebuilt_equals_made(folder: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISHER_KEY", "a key for tests, not a secret")
    config = Config(store=folder / "store", output=folder / "output")
    publication = config.publication.model_copy(update={"open_document": False})
    config = config.model_copy(update={"publication": publication})
    made = []
    for turn, each in enumerate(fortnights(number)):
        shutil.rmtree(folder / "feed", ignore_errors=True)
        write_feed(each.feed, folder / "feed")
        assert not ingestion.ingest(config, folder / "feed", "tables", Silent()).refused
        made.append((each.week, *released(config, each.week, None)))
        if turn == number // 2:
            compact(config)
    compact(config)
    again = config.model_copy(update={"output": folder / "again"})
    for week, as_of, first in made:
        then, second = released(again, week, as_of)
        assert then == as_of
        assert public(first) == public(second), week
    # The history of later releases does not reach back.
    week, as_of, first = made[number // 2]
    before = public(first)
    assert public(released(config, week, as_of)[1]) == before
    assert len({tuple(public(path).values()) for _, _, path in made}) == number


def compact(config: Config) -> None:
    with Store(config.store, config.intake).writing() as writer:
        writer.compact()


def test_two_releases_are_rebuilt_from_the_final_store(tmp_path, monkeypatch) -> None:
    rebuilt_equals_made(tmp_path, 2, monkeypatch)


@pytest.mark.full
def test_ten_releases_are_rebuilt_from_the_final_store(tmp_path, monkeypatch) -> None:
    rebuilt_equals_made(tmp_path, 10, monkeypatch)

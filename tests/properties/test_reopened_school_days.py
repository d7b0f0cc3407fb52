"""Corrections open again the school-days that they touch, and no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from publisher import ingestion
from publisher.config import Config
from publisher.model.progress import Silent
from publisher.model.time import IsoWeek
from publisher.store.store import Store
from tests.golden.country import FIRST, country
from tests.properties.feed_folder import write_feed
from tests.properties.reference_count import Mark

LATER = FIRST + timedelta(days=14)
ADDED = tuple(IsoWeek.containing(FIRST.date() + timedelta(days=each)).monday for each in (3, 10))


@pytest.mark.parametrize("seed", range(3))
def test_a_fortnight_opens_its_own_days_and_the_corrected_school_days_alone(
    tmp_path: Path, seed: int
) -> None:
    """Ten new days, and corrections of 2% of the school-days before them."""
    feed = country()
    first = tuple(each for each in feed.marks if each.received == FIRST)
    school_days = sorted({(each.urn, each.date) for each in first})
    chosen = set(Random(seed).sample(school_days, max(1, len(school_days) // 50)))
    corrections = [
        replace(each, received=LATER, am="I", pm="I")
        for each in first
        if (each.urn, each.date) in chosen
    ]
    fresh = [_moved(each, monday) for each in first for monday in ADDED]
    config = Config(store=tmp_path / "store", key_file=_key(tmp_path))
    for number, marks in enumerate((first, (*first, *corrections, *fresh))):
        folder = write_feed(replace(feed, marks=tuple(marks)), tmp_path / f"feed{number}")
        assert not ingestion.ingest(config, folder, "tables", Silent()).refused
    changes = Store(config.store).changed_since(FIRST)
    opened = {(row["urn"], row["date"]) for row in changes.school_days.to_pylist()}
    assert opened == chosen | {(each.urn, each.date) for each in fresh}
    assert {each for each in opened if each[1] < ADDED[0]} == chosen


def _moved(mark: Mark, monday: date) -> Mark:
    return replace(mark, received=LATER, date=monday + timedelta(days=mark.date.weekday()))


def _key(folder: Path) -> Path:
    path = folder / "key"
    path.write_text("the key of the corrected country", encoding="utf-8")
    path.chmod(0o600)
    return path

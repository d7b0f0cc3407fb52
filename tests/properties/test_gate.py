"""The gate: a release whose chooser failed does not leave, or leaves with more withheld."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from publisher import ingestion, pipeline
from publisher.attack.attack import attack
from publisher.config import Config
from publisher.disclosure import protect as protect_room
from publisher.disclosure.problem import Choice
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Silent
from tests.golden.country import WEEK, country
from tests.properties.feed_folder import write_feed
from tests.properties.test_releases_survive_attack import settings


def withhold_one_row_alone(problem, complementer, progress):
    """A chooser that forgets that a withheld row follows from those beside it."""
    chosen = protect_room_withhold(problem, complementer, progress).withheld.copy()
    shown = problem.sizes.published & ~chosen
    authority = np.repeat(problem.lattice.authorities, np.prod(problem.lattice.shape[1:]))
    places = np.flatnonzero(shown & authority)
    chosen[places[np.argmax(problem.sizes.possible[places])]] = True
    return Choice(chosen, 1)


protect_room_withhold = protect_room.withhold


@pytest.fixture
def config(tmp_path: Path, monkeypatch) -> Config:
    monkeypatch.delenv("PUBLISHER_KEY", raising=False)
    found = settings(tmp_path)
    ingestion.ingest(found, write_feed(country(), tmp_path / "feed"), "tables", Silent())
    return found


def with_rounds(config: Config, rounds: int) -> Config:
    policy = config.disclosure.model_copy(update={"maximum_rounds": rounds})
    return config.model_copy(update={"disclosure": policy})


@pytest.mark.full
def test_what_a_failed_chooser_gives_away_is_withheld_in_the_next_round(config, monkeypatch):
    monkeypatch.setattr(protect_room, "withhold", withhold_one_row_alone)
    made = pipeline.release(config, str(WEEK), None, Silent())
    report, _ = attack(made.folder, [], None, Silent())
    assert report.unsafe == 0
    assert report.contradictions == ()


def test_after_the_last_round_the_release_is_blocked_and_nothing_appears(config, monkeypatch):
    monkeypatch.setattr(protect_room, "withhold", withhold_one_row_alone)
    with pytest.raises(DisclosureBlocked) as blocked:
        pipeline.release(with_rounds(config, 1), str(WEEK), None, Silent())
    assert blocked.value.exit_code == 1
    assert "after 1 rounds" in str(blocked.value)
    assert "Week" in str(blocked.value)
    assert not [each for each in config.output.glob("*") if each.name != "history"]
    assert not list((config.output / "history").glob("*"))

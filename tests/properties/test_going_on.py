"""A release that goes on from what an earlier one counted has the figures of one that does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.aggregate.aggregate import count
from publisher.aggregate.gathering import Gathering
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import UsageProblem
from publisher.model.progress import Silent
from publisher.model.stages import TrueCells
from publisher.model.tables import Snapshot
from publisher.model.time import IsoWeek
from tests.properties.reference_count import Feed
from tests.properties.snapshot_of import snapshot_of
from tests.properties.test_counts_agree import AS_OF, SEEDS
from tests.properties.tiny_systems import PHASES, TRUSTS, System, tiny_system


@dataclass(frozen=True)
class _Release:
    """What one release of a history counts."""

    feed: Feed
    week: IsoWeek
    method: MethodSettings


def _history(system: System, random: Random) -> list[_Release]:
    """Batches come one by one; weeks, registers, approvals and settings change in between."""
    received = sorted({each.received for each in (*system.feed.marks, *system.feed.pupils)})
    found = []
    for known in range(1, len(received) + 1):
        for _ in range(random.choice((1, 1, 2))):
            feed = _as_of(system.feed, received[:known], random)
            strikes = random.choice((system.strike_days, frozenset[date]()))
            percent = random.choice((system.minimum_open_percent, 50))
            method = MethodSettings(
                minimum_open_authorities_percent=percent, strike_days=tuple(strikes)
            )
            found.append(_Release(feed, _week(system.week, random), method))
    return found


def _week(last: IsoWeek, random: Random) -> IsoWeek:
    return IsoWeek.containing(last.monday - pd.Timedelta(weeks=random.choice((0, 0, 1, 3))))


def _as_of(feed: Feed, received: list[datetime], random: Random) -> Feed:
    schools = [each for each in feed.schools if random.random() < 0.95]
    schools = [
        replace(each, phase=random.choice(PHASES), trust=random.choice(TRUSTS))
        if random.random() < 0.1
        else each
        for each in schools
    ]
    return replace(
        feed,
        schools=tuple(schools),
        approvals=tuple(each for each in feed.approvals if random.random() < 0.95),
        marks=tuple(each for each in feed.marks if each.received in received),
        pupils=tuple(each for each in feed.pupils if each.received in received),
    )


def _counted(release: _Release, snapshot: Snapshot, kept: Path | None) -> TrueCells | UsageProblem:
    engine = EngineSettings(memory_limit="500MB", threads=1)
    try:
        return count(snapshot, release.week, CATALOGUE, engine, release.method, Silent(), kept=kept)
    except UsageProblem as problem:
        return problem


def _snapshot(release: _Release, folder: Path) -> Snapshot:
    snapshot = snapshot_of(release.feed, folder, AS_OF)
    inputs = tuple((f"batch {each.name}", "unaltered") for each in snapshot.arrivals)
    return replace(snapshot, inputs=inputs)


def _assert_same(one: TrueCells | UsageProblem, other: TrueCells | UsageProblem) -> None:
    if isinstance(one, UsageProblem) or isinstance(other, UsageProblem):
        assert str(one) == str(other)
        return
    assert one.scope == other.scope
    assert one.account == other.account
    assert one.cells.keys() == other.cells.keys()
    for name, frame in one.cells.items():
        pd.testing.assert_frame_equal(frame, other.cells[name])
    pd.testing.assert_frame_equal(one.evidence, other.evidence)
    pd.testing.assert_frame_equal(one.group_evidence, other.group_evidence)


def _check(seed: int, at_a_time: int) -> int:
    """How many releases went on from an earlier one."""
    went_on = []
    of_changes = Gathering._gather_changes

    def noted(*given: object) -> None:
        went_on.append(given)
        of_changes(*given)  # type: ignore[arg-type]

    system = tiny_system(seed)
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr("publisher.aggregate.embedded.BYTES_OF_A_MARK", at_a_time)
        patch.setattr(Gathering, "_gather_changes", noted)
        patch.setattr("publisher.aggregate.gathering.MOST_PARTS", 1 + seed % 3)
        folder = Path(name)
        for number, release in enumerate(_history(system, Random(seed))):
            snapshot = _snapshot(release, folder / str(number))
            again = _counted(release, snapshot, folder / "kept")
            _assert_same(again, _counted(release, snapshot, None))
    return len(went_on)


@settings(max_examples=8, deadline=None)
@given(SEEDS, st.sampled_from((40, 10**6)))
def test_going_on_changes_nothing(seed: int, at_a_time: int) -> None:
    _check(seed, at_a_time)


@pytest.mark.full
@settings(max_examples=150, deadline=None)
@given(SEEDS, st.sampled_from((40, 10**6)))
def test_going_on_changes_nothing_in_many_histories(seed: int, at_a_time: int) -> None:
    _check(seed, at_a_time)


def test_histories_do_go_on() -> None:
    assert sum(_check(seed, 40) for seed in range(3)) > 0

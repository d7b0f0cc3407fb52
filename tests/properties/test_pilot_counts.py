"""Counts give what marks give, but for persistent absence and for corrections that come late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import UsageProblem
from publisher.model.progress import Silent
from publisher.model.stages import Supply, TrueCells
from publisher.model.tables import Snapshot
from publisher.reference.areas import local_authorities
from tests.properties.comparison import differences
from tests.properties.counts_of import accepted, stated, with_counts
from tests.properties.reference_count import (
    PHASES,
    Counted,
    Feed,
    RowName,
    counted_marks,
    frames,
    is_possible,
    reference_count,
)
from tests.properties.snapshot_of import snapshot_of
from tests.properties.tiny_systems import BATCHES, System, tiny_system

AS_OF = datetime.fromisoformat("2031-01-01")
SEEDS = st.integers(min_value=0, max_value=2**32)
ALL = "All schools"


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_counts_give_what_marks_give(seed: int) -> None:
    _agree(seed)


@pytest.mark.full
@settings(max_examples=800, deadline=None)
@given(SEEDS)
def test_counts_give_what_marks_give_many_times(seed: int) -> None:
    _agree(seed)


def _agree(seed: int) -> None:
    random = Random(seed)
    system = _with_soon_corrections(random, tiny_system(seed))
    feed, urns = system.feed, [each.urn for each in system.feed.schools]
    schools = set(random.sample(urns, k=random.randint(1, len(urns))))
    counts_as = accepted(feed, schools)
    expected = reference_count(
        counts_as,
        system.week.friday,
        minimum_open_percent=system.minimum_open_percent,
        strike_days=system.strike_days,
    )
    week = (str(system.week.year), system.week.identifier, "Week")
    with TemporaryDirectory() as folder:
        snapshot = _snapshot(feed, schools, Path(folder))
        if not any(row[2] == week for row in expected.rows):
            with pytest.raises(UsageProblem, match=r"No school submitted|No registers"):
                _count(system, snapshot, Path(folder))
            return
        true = _count(system, snapshot, Path(folder))
    open_days = _open_days(counts_as, system)
    gaps = _rows_with(open_days & _days_of(schools, open_days), feed, system)
    _forget_what_counts_cannot_know(true, expected, gaps)
    assert differences(true, expected) == []
    assert true.supply == Supply(
        registers=len({urn for urn, _ in open_days} - schools),
        counts=len({urn for urn, _ in open_days} & schools),
    )


def _with_soon_corrections(random: Random, system: System) -> System:
    """Batches of the evening of the release's Friday and of days after it: some are in time."""
    friday = datetime.combine(system.week.friday, datetime.min.time()) + timedelta(hours=18)
    later = sorted(random.sample(range(1, 13), k=2))
    moments = dict(zip(BATCHES, [friday + timedelta(days=n) for n in (0, *later)], strict=True))
    marks = tuple(replace(each, received=moments[each.received]) for each in system.feed.marks)
    return replace(system, feed=replace(system.feed, marks=marks))


def _snapshot(feed: Feed, schools: set[int], folder: Path) -> Snapshot:
    registers = replace(feed, marks=tuple(e for e in feed.marks if e.urn not in schools))
    return with_counts(
        snapshot_of(registers, folder / "registers", AS_OF),
        stated(feed, schools),
        folder / "counts",
    )


def _count(system: System, snapshot: Snapshot, folder: Path) -> TrueCells:
    return count(
        snapshot,
        system.week,
        CATALOGUE,
        EngineSettings(memory_limit="500MB", threads=1),
        MethodSettings(
            minimum_open_authorities_percent=system.minimum_open_percent,
            strike_days=tuple(system.strike_days),
        ),
        Silent(),
        scratch=folder,
    )


def _open_days(feed: Feed, system: System) -> set:
    marks = counted_marks(feed, system.week.friday)
    return {
        key
        for key, here in marks.items()
        if any(is_possible(each.am) or is_possible(each.pm) for each in here)
    }


def _days_of(schools: set[int], open_days: set) -> set:
    return {(urn, day) for urn, day in open_days if urn in schools}


def _rows_with(days: set, feed: Feed, system: System) -> set[RowName]:
    """Rows to which any of these school-days belongs, whether or not it is left out of them."""
    above = {e.code: (e.code, e.region_code, "E92000001") for e in local_authorities()}
    schools = {each.urn: each for each in feed.schools if each.phase in PHASES}
    return {
        (location, phase, frame)
        for frame, included in frames(system.week.friday).items()
        for urn, day in days
        if day in included
        for location in above[schools[urn].location]
        for phase in (schools[urn].phase, ALL)
    }


def _forget_what_counts_cannot_know(true: TrueCells, expected: Counted, gaps: set[RowName]) -> None:
    """Absentees and groups are not known; of pupils and enrolments any lower bound will do."""
    periods = {each.key: each for each in true.scope.periods}
    for record in true.evidence.to_dict("records"):
        period = periods[record["period"]]
        frame = (period.time_period, period.time_identifier, period.time_frame)
        row = (record["location"], record["education_phase"], frame)
        if row not in gaps or row not in expected.evidence:
            continue
        truth = expected.evidence[row]
        for name in ("pupils", "enrolments"):
            assert 0 < record[name] <= truth[name]
            truth[name] = int(record[name])
    expected.groups_unknown = gaps & expected.rows
    for row in gaps & expected.rows:
        expected.absentees[row] = dict.fromkeys(expected.absentees[row])

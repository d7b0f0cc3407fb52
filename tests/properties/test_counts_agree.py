"""The SQL counts what the plain-Python reference counts, on any system, in any order of rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import UsageProblem
from publisher.model.progress import Silent
from publisher.model.stages import TrueCells
from tests.conftest import DUCKDB
from tests.properties.comparison import differences
from tests.properties.reference_count import reference_count
from tests.properties.snapshot_of import Shuffle, snapshot_of
from tests.properties.tiny_systems import System, tiny_system

AS_OF = datetime.fromisoformat("2031-01-01")
SEEDS = st.integers(min_value=0, max_value=2**32)


def _count(
    system: System, engine: EngineSettings, folder: Path, shuffle: Shuffle = lambda _rows: None
) -> TrueCells:
    return count(
        snapshot_of(system.feed, folder, AS_OF, shuffle),
        system.week,
        CATALOGUE,
        engine,
        MethodSettings(
            minimum_open_authorities_percent=system.minimum_open_percent,
            strike_days=tuple(system.strike_days),
        ),
        Silent(),
        scratch=folder,
    )


def agree(seed: int, engine: EngineSettings = DUCKDB) -> None:
    """Count the system of this seed with `engine` and compare."""
    agree_on(tiny_system(seed), engine)


def agree_on(system: System, engine: EngineSettings) -> None:
    """Count a system with `engine` and compare."""
    expected = reference_count(
        system.feed,
        system.week.friday,
        minimum_open_percent=system.minimum_open_percent,
        strike_days=system.strike_days,
    )
    week = (str(system.week.year), system.week.identifier, "Week")
    is_open = any(row[2] == week for row in expected.rows)
    with TemporaryDirectory() as folder:
        if not is_open:
            with pytest.raises(UsageProblem, match=r"No school submitted|No registers"):
                _count(system, engine, Path(folder))
            return
        assert differences(_count(system, engine, Path(folder)), expected) == []


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_every_count_equals_the_reference(seed: int) -> None:
    agree(seed)


@pytest.mark.full
@settings(max_examples=1500, deadline=None)
@given(SEEDS)
def test_every_count_equals_the_reference_many_times(seed: int) -> None:
    agree(seed)

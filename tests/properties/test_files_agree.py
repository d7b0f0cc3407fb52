"""Every data file, counted by each engine from hundreds of feeds, against the plain-Python count.

All data sets: tidy and wide files, terms, groups of pupils, the move to secondary school; feeds
with corrections, withdrawals, strike days, weighted and plain totals. A release is counted,
protected and written, without pages and without the attack (`test_release_agrees` has those).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import WIDE_FILES
from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.disclosure.wide import with_wide_files
from publisher.errors import UsageProblem
from publisher.model.progress import Silent
from publisher.model.stages import CheckedCells, TrueCells
from publisher.model.time import IsoWeek
from publisher.pipeline import data_sets_due
from publisher.render.csv_files import write_csv_files
from publisher.render.edition import DATA_FOLDER, Edition
from publisher.render.settings import PublicationSettings
from tests.conftest import DUCKDB, ON_SPARK
from tests.properties.reference_count import reference_count
from tests.properties.snapshot_of import snapshot_of
from tests.properties.test_release_agrees import check_files, whole_numbers
from tests.properties.tiny_systems import (
    WEEKS,
    System,
    ample_system,
    patchwork_system,
    tiny_system,
)

AS_OF = datetime.fromisoformat("2031-01-01")
TIE_KEY = b"a key for random feeds"
IN_A_RUN = 25
"""Feeds of one test: a run of some minutes on a machine of two processors."""


def agree(system: System, engine: EngineSettings) -> int:
    """Publish the system and compare; how many percentages are numbers."""
    feed = whole_numbers(system.feed)
    expected = reference_count(
        feed,
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
            return 0
        true = _count(system, engine, Path(folder))
        return check_files(_written(true, Path(folder)), expected, system.week)


def _count(system: System, engine: EngineSettings, folder: Path) -> TrueCells:
    return count(
        snapshot_of(whole_numbers(system.feed), folder, AS_OF),
        system.week,
        data_sets_due(system.week)[0],
        engine,
        MethodSettings(
            minimum_open_authorities_percent=system.minimum_open_percent,
            strike_days=tuple(system.strike_days),
        ),
        Silent(),
        scratch=folder,
    )


def _written(true: TrueCells, folder: Path) -> Path:
    protected = protect(true, Policy(), Ledger.empty(), TIE_KEY, Silent())
    checked = CheckedCells(with_wide_files(protected, WIDE_FILES))
    (folder / DATA_FOLDER).mkdir()
    write_csv_files(Edition(checked, PublicationSettings()), folder, Silent())
    return folder / DATA_FOLDER


@pytest.mark.parametrize("seed", [0, 6])
def test_files_that_show_most_rows_are_those_worked_out_by_hand(seed: int) -> None:
    assert agree(ample_system(seed), DUCKDB) > 0


def test_files_of_several_feeds_in_one() -> None:
    agree(patchwork_system(0, 3, WEEKS[2]), DUCKDB)


@pytest.mark.full
@pytest.mark.parametrize("first", range(0, 200, IN_A_RUN))
def test_many_files_that_show_most_rows(first: int) -> None:
    for seed in range(5000 + first, 5000 + first + IN_A_RUN):
        assert agree(ample_system(seed), DUCKDB) > 0, seed


@pytest.mark.full
@pytest.mark.parametrize("first", range(0, 400, IN_A_RUN))
def test_many_files_of_tiny_systems(first: int) -> None:
    for seed in range(6000 + first, 6000 + first + IN_A_RUN):
        agree(tiny_system(seed), DUCKDB)


@ON_SPARK
@pytest.mark.full
@pytest.mark.parametrize("week", WEEKS, ids=str)
def test_many_files_counted_on_spark(spark: EngineSettings, week: IsoWeek) -> None:
    """A count on Spark takes long however little it counts: 15 feeds of a week in each."""
    agree(patchwork_system(7000, 15, week), spark)


@ON_SPARK
@pytest.mark.full
@pytest.mark.parametrize("seed", range(7100, 7105))
def test_files_that_show_most_rows_counted_on_spark(spark: EngineSettings, seed: int) -> None:
    assert agree(ample_system(seed), spark) > 0

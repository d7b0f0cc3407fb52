"""Both engines make the same true cells of any system: same rows, order, types and account."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import Phase, example, given, settings

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import PublisherError
from publisher.model.progress import Silent
from publisher.model.stages import TrueCells
from publisher.model.tables import Snapshot
from publisher.model.time import IsoWeek
from tests.conftest import DUCKDB, ON_SPARK
from tests.properties.counts_of import stated, with_counts
from tests.properties.snapshot_of import snapshot_of
from tests.properties.test_counts_agree import AS_OF, SEEDS, agree, agree_on
from tests.properties.tiny_systems import WEEKS, System, patchwork_system, tiny_system

pytestmark = ON_SPARK


def _snapshot(system: System, seed: int, folder: Path) -> Snapshot:
    """Of every other system some schools share counts only; rows and files are in any order."""
    random = Random(seed)
    urns = sorted({each.urn for each in system.feed.schools})
    counting = set(random.sample(urns, k=random.randint(0, len(urns)) if seed % 2 else 0))
    registers = tuple(each for each in system.feed.marks if each.urn not in counting)
    feed = system.feed.__class__(**{**vars(system.feed), "marks": registers})
    snapshot = snapshot_of(feed, folder / "registers", AS_OF, random.shuffle)
    return with_counts(snapshot, stated(system.feed, counting), folder / "counts")


def _count(system: System, snapshot: Snapshot, engine: EngineSettings) -> TrueCells | str:
    """The true cells, or the words of the error."""
    method = MethodSettings(
        minimum_open_authorities_percent=system.minimum_open_percent,
        strike_days=tuple(system.strike_days),
    )
    try:
        return count(snapshot, system.week, CATALOGUE, engine, method, Silent())
    except PublisherError as error:
        return str(error)


def _assert_identical(one: TrueCells, other: TrueCells) -> None:
    assert one.cells.keys() == other.cells.keys()
    for name in one.cells:
        pd.testing.assert_frame_equal(one.cells[name], other.cells[name])
    tables = ("evidence", "group_evidence", "census_pupils")
    for name in tables:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    rest = {"cells", *tables}
    assert {k: v for k, v in vars(one).items() if k not in rest} == {
        k: v for k, v in vars(other).items() if k not in rest
    }


def _identical(seed: int, spark: EngineSettings) -> None:
    system = tiny_system(seed)
    with TemporaryDirectory() as folder:
        snapshot = _snapshot(system, seed, Path(folder))
        one = _count(system, snapshot, DUCKDB)
        other = _count(system, snapshot, spark)
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
    else:
        _assert_identical(one, other)


@settings(phases=[Phase.explicit], deadline=None)
@given(SEEDS)
@example(0)
@example(7)
def test_both_engines_count_the_same(spark: EngineSettings, seed: int) -> None:
    _identical(seed, spark)


@pytest.mark.full
@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_both_engines_count_the_same_many_times(spark: EngineSettings, seed: int) -> None:
    _identical(seed, spark)


@pytest.mark.full
@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_spark_counts_what_the_reference_counts(spark: EngineSettings, seed: int) -> None:
    agree(seed, spark)


@pytest.mark.full
@pytest.mark.parametrize("week", WEEKS, ids=str)
def test_spark_counts_hundreds_of_feeds_as_the_reference_does(
    spark: EngineSettings, week: IsoWeek
) -> None:
    """Spark takes as long for thirty tiny feeds in one, each in authorities of its own."""
    for first in (0, 1_000_000):
        agree_on(patchwork_system(first, 30, week), spark)

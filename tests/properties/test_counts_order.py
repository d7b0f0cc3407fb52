"""What is counted depends neither on the order of rows and files nor on the engine's dialect."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from publisher.aggregate.aggregate import count
from publisher.aggregate.embedded import EmbeddedEngine
from publisher.aggregate.engine import DIALECT, Step
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import UsageProblem
from publisher.model.progress import Silent
from publisher.model.stages import TrueCells
from tests.properties.snapshot_of import Shuffle, snapshot_of
from tests.properties.test_counts_agree import AS_OF, SEEDS
from tests.properties.tiny_systems import System, tiny_system


def _count(system: System, shuffle: Shuffle, threads: int = 1) -> TrueCells | None:
    method = MethodSettings(
        minimum_open_authorities_percent=system.minimum_open_percent,
        strike_days=tuple(system.strike_days),
    )
    with TemporaryDirectory() as folder:
        snapshot = snapshot_of(system.feed, Path(folder), AS_OF, shuffle)
        engine = EngineSettings(memory_limit="500MB", threads=threads)
        try:
            return count(snapshot, system.week, CATALOGUE, engine, method, Silent())
        except UsageProblem:
            return None


def _as_written(rows: list) -> None:
    del rows


def _assert_same(one: TrueCells, other: TrueCells) -> None:
    assert one.scope == other.scope
    for name, frame in one.cells.items():
        pd.testing.assert_frame_equal(frame, other.cells[name])
    pd.testing.assert_frame_equal(one.evidence, other.evidence)
    pd.testing.assert_frame_equal(one.group_evidence, other.group_evidence)
    pd.testing.assert_frame_equal(one.census_pupils, other.census_pupils)


@settings(max_examples=8, deadline=None)
@given(SEEDS, st.integers(0, 1000))
def test_row_order_file_order_and_threads_never_matter(seed: int, order: int) -> None:
    system = tiny_system(seed)
    one = _count(system, _as_written)
    assume(one is not None)
    _assert_same(one, _count(system, Random(order).shuffle, threads=2))


class _ThereAndBack(EmbeddedEngine):
    """Runs what another engine would be given, read back into the dialect of this one."""

    def run(self, step: Step) -> None:
        super().run(_there_and_back(step))

    def answer(self, step: Step) -> pa.Table:
        return super().answer(_there_and_back(step))


def _there_and_back(step: Step) -> Step:
    (spark,) = sqlglot.transpile(step.sql, read=DIALECT, write="spark")
    (back,) = sqlglot.transpile(spark, read="spark", write=DIALECT)
    return Step(step.name, step.words, back, step.kind)


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_the_text_for_another_engine_means_the_same(seed: int) -> None:
    system = tiny_system(seed)
    one = _count(system, _as_written)
    assume(one is not None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("publisher.aggregate.opening.EmbeddedEngine", _ThereAndBack)
        other = _count(system, _as_written)
    _assert_same(one, other)


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_parts_of_the_schools_change_nothing(seed: int) -> None:
    system = tiny_system(seed)
    one = _count(system, _as_written)
    assume(one is not None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("publisher.aggregate.embedded.BYTES_OF_A_MARK", A_MARK_AT_A_TIME)
        other = _count(system, _as_written)
    _assert_same(one, other)


A_MARK_AT_A_TIME = 10**9
"""So much memory for a mark that every school is a part by itself."""

"""The same invented schools through `tables` and `pilot` give the same statistics."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from publisher import ingestion
from publisher.aggregate.aggregate import count
from publisher.catalogue import CATALOGUE
from publisher.config import Config
from publisher.model.counts import CORRECTION_DAYS
from publisher.model.progress import Silent
from publisher.model.stages import ROW_KEY, TrueCells
from publisher.model.time import IsoWeek
from publisher.store.store import Store
from publisher.synthetic.design import FeedDesign
from publisher.synthetic.generate import generate_feed
from publisher.synthetic.pilot import counts_of_registers, generate_pilot_feed

WEEK = IsoWeek(2025, 39)
SCALE = 0.001


def _design(out: Path) -> FeedDesign:
    return FeedDesign(out, SCALE, last_day=WEEK.friday, batches=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("suppliers")


@pytest.fixture(scope="module")
def counted(folder: Path) -> dict[str, TrueCells]:
    """The counts from each shape; corrections that the pilot does not take are in neither."""
    key = folder / "key"
    key.write_text("a key of the tests, long enough", encoding="utf-8")
    key.chmod(0o600)
    generate_feed(_design(folder / "tables"))
    (folder / "pilot").mkdir()
    counts_of_registers(folder / "tables", folder / "pilot")
    _without_late_corrections(folder / "tables")
    found = {}
    for shape in ("tables", "pilot"):
        config = Config(store=folder / f"store-{shape}", key_file=key)
        report = ingestion.ingest(config, folder / shape, shape, Silent())
        assert report.refused == ()
        found[shape] = count(
            Store(config.store, config.intake).snapshot(),
            WEEK,
            CATALOGUE,
            config.engine,
            config.method,
            Silent(),
        )
    return found


def _without_late_corrections(feed: Path) -> None:
    """Take out rows of days that an earlier batch brought and that are too old for a correction."""
    batches = sorted(path.name for path in (feed / "batches").iterdir())
    for number, name in reversed(list(enumerate(batches))):
        part = feed / "batches" / name / "marks" / "part-0000.parquet"
        before = [str(feed / "batches" / each / "marks" / "*.parquet") for each in batches[:number]]
        if not before:
            continue
        duckdb.execute(
            f"""COPY (
                SELECT * FROM read_parquet('{part}') AS marks
                WHERE date + {CORRECTION_DAYS} >= DATE '{name[:10]}' OR NOT EXISTS (
                    SELECT 1 FROM read_parquet({before}) AS earlier
                    WHERE earlier.urn = marks.urn AND earlier.date = marks.date)
            ) TO '{part}.new' (FORMAT parquet)"""
        )
        shutil.move(f"{part}.new", part)


@pytest.mark.parametrize("data_set", ["attendance_reasons", "schools_submitting"])
def test_sessions_and_schools_are_the_same(counted: dict[str, TrueCells], data_set: str) -> None:
    tables, pilot = (counted[shape].cells[data_set] for shape in ("tables", "pilot"))
    assert len(tables) > 1000
    pd.testing.assert_frame_equal(pilot, tables)


def test_persistent_absence_is_not_known(counted: dict[str, TrueCells]) -> None:
    tables, pilot = (counted[each].cells["persistent_absence"] for each in ("tables", "pilot"))
    pd.testing.assert_frame_equal(pilot[list(ROW_KEY)], tables[list(ROW_KEY)])
    measures = pilot.drop(columns=list(ROW_KEY))
    assert measures.isna().all(axis=None)
    assert tables.notna().all(axis=None)


def test_evidence_is_the_same_or_a_lower_bound(counted: dict[str, TrueCells]) -> None:
    tables, pilot = (counted[shape].evidence for shape in ("tables", "pilot"))
    bounds = ["pupils", "enrolments"]
    pd.testing.assert_frame_equal(pilot.drop(columns=bounds), tables.drop(columns=bounds))
    assert (pilot["enrolments"] <= tables["enrolments"]).all()
    assert (pilot["enrolments"] > 0).all()
    few = tables["pupils"] < 20
    assert (pilot["pupils"][few] <= tables["pupils"][few]).all()


def test_all_schools_share_in_one_way(counted: dict[str, TrueCells]) -> None:
    tables, pilot = (counted[shape].supply for shape in ("tables", "pilot"))
    assert (tables.counts, pilot.registers) == (0, 0)
    assert tables.registers == pilot.counts > 1000


def test_the_generated_feed_is_the_feed_of_registers_told_over(folder: Path) -> None:
    summary = generate_pilot_feed(_design(folder / "generated"))
    names = {
        path.relative_to(folder / "pilot")
        for path in (folder / "pilot").rglob("*")
        if path.is_file()
    }
    assert len(names) == 3 + 3 * 2
    assert summary.marks > 1000
    for name in names:
        assert (folder / "pilot" / name).read_bytes() == (folder / "generated" / name).read_bytes()

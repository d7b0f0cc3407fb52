"""A run that cannot fit says so before it starts, and one that may fit starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.aggregate import aggregate, capacity
from publisher.aggregate.capacity import Size, need_of, size_of
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.errors import CouldNotRun
from publisher.model.progress import Silent
from publisher.model.tables import Snapshot
from tests.golden.country import PUPILS_OF_A_SCHOOL, WEEK, country
from tests.properties.snapshot_of import snapshot_of

GIGABYTE = 10**9
YEAR = Size(marks=1_434_560_082, school_weeks=800_000, enrolments=8_138_940)
"""A whole country."""
SMALL_SCHOOLS = Size(marks=5_466_637, school_weeks=293_794, enrolments=79_018)
SETTINGS = EngineSettings(memory_limit="60MB", threads=1)
numbers = st.integers(0, 10**10)
sizes = st.builds(Size, marks=numbers, school_weeks=numbers, enrolments=numbers)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return snapshot_of(country(), tmp_path_factory.mktemp("store"), datetime(2025, 12, 1))


def _count(store: Snapshot, settings: EngineSettings = SETTINGS) -> None:
    aggregate.count(store, WEEK, CATALOGUE, settings, MethodSettings(), Silent())


@pytest.fixture
def not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine must not be asked for."""

    @contextmanager
    def never(*_words: object) -> Iterator[None]:
        pytest.fail("the engine was started")
        yield

    monkeypatch.setattr(aggregate, "open_engine", never)


def test_a_country_may_fit_into_the_default_and_what_did_not_fit_is_known() -> None:
    assert EngineSettings().memory_limit == "4GB"
    assert need_of(YEAR, 4 * GIGABYTE).memory < 4 * GIGABYTE
    assert need_of(SMALL_SCHOOLS, 190_000_000).memory > 190_000_000
    assert need_of(SMALL_SCHOOLS, 250_000_000).memory < 250_000_000
    assert need_of(SMALL_SCHOOLS, 250_000_000).disk < 226_000_000
    assert need_of(SMALL_SCHOOLS, 4 * GIGABYTE).disk < 33_000_000


@given(sizes, st.integers(1, 10**12))
def test_more_to_count_never_needs_less(size: Size, limit: int) -> None:
    need = need_of(size, limit)
    for name in ("school_weeks", "enrolments"):
        more = need_of(replace(size, **{name: getattr(size, name) + 1000}), limit)
        assert more.memory >= need.memory >= 0
        assert more.disk >= need.disk >= 0


@given(sizes, st.integers(1, 10**12))
def test_marks_alone_never_need_more_memory_than_there_is(size: Size, limit: int) -> None:
    assert need_of(Size(size.marks, 0, 0), limit) == capacity.Need(0, 0)


def test_the_size_is_of_the_days_of_the_release(store: Snapshot) -> None:
    feed = country()
    weeks = {(each.urn, each.date.isocalendar()[:2]) for each in feed.marks}
    whole = size_of(store, date(2025, 9, 1), date(2026, 7, 31))
    assert whole == Size(len(feed.marks), len(weeks), PUPILS_OF_A_SCHOOL * len(feed.schools))
    week = size_of(store, WEEK.monday, WEEK.friday)
    assert week.school_weeks == len(feed.schools)
    assert week.marks < whole.marks
    assert size_of(store, date(2020, 9, 1), date(2020, 9, 1)) == Size(0, 0, 0)


@pytest.mark.usefixtures("not_started")
def test_too_little_memory_stops_the_count_before_it_starts(
    store: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "size_of", lambda *_words: SMALL_SCHOOLS)
    with pytest.raises(CouldNotRun, match=r"memory_limit is 60MB") as caught:
        _count(store)
    assert caught.value.exit_code == 3
    assert "memory_limit" in caught.value.advice


@pytest.mark.usefixtures("not_started")
def test_too_small_a_disk_stops_the_count_before_it_starts(
    store: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearly_full = SimpleNamespace(free=10**8)
    monkeypatch.setattr(capacity, "size_of", lambda *_words: YEAR)
    monkeypatch.setattr(capacity.shutil, "disk_usage", lambda _path: nearly_full)
    with pytest.raises(CouldNotRun, match=r"100 MB are free") as caught:
        _count(store, EngineSettings(memory_limit="1GB", threads=1))
    assert caught.value.exit_code == 3
    assert "scratch folder" in caught.value.advice


def test_what_fits_is_counted(store: Snapshot) -> None:
    _count(store, EngineSettings(memory_limit="200MB", threads=1))


def test_a_list_of_school_days_that_cannot_be_read_is_said(store: Snapshot, tmp_path: Path) -> None:
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(CouldNotRun, match="'school_days'"):
        size_of(replace(store, school_days=(torn,)), WEEK.monday, WEEK.friday)


def test_a_list_without_a_column_is_no_list(store: Snapshot, tmp_path: Path) -> None:
    bare = tmp_path / "school_days.parquet"
    pq.write_table(pa.table({"urn": [1], "date": [date(2025, 9, 8)]}), bare)
    with pytest.raises(CouldNotRun, match="school_days"):
        size_of(replace(store, school_days=(bare,)), date(2025, 9, 1), date(2026, 7, 31))

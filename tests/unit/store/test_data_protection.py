"""Sentences of the data-protection page that no other test keeps."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from publisher.store.store import Store
from tests.unit.feed.toy_feed import ingest, write_feed

CHARACTERISTICS = {
    "sex",
    "ethnicity",
    "year_group",
    "looked_after",
    "previously_looked_after",
    "sen_support",
    "ehc_plan",
    "free_school_meals",
    "child_in_need",
    "child_protection_plan",
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    ingest(write_feed(tmp_path / "feed"), store)
    return store


def test_a_stored_mark_has_these_columns_and_no_other(store: Store) -> None:
    (marks,) = store.snapshot().marks
    assert set(pq.read_schema(marks).names) == {"urn", "pupil", "date", "am", "pm", "received"}


def test_a_stored_pupil_has_these_columns_and_no_other(store: Store) -> None:
    (pupils,) = store.snapshot().pupils
    assert set(pq.read_schema(pupils).names) == CHARACTERISTICS | {
        "urn",
        "pupil",
        "cohort",
        "admission_date",
        "leaving_date",
        "received",
    }


def test_a_new_store_can_be_entered_by_its_owner_alone(store: Store, tmp_path: Path) -> None:
    assert store.latest() is not None
    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700

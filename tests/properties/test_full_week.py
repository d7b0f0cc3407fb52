"""One full week of the invented England: every promised row is there, in the published shape."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from publisher import ingestion, pipeline
from publisher.checks.summary import summarise
from publisher.config import Config
from publisher.model.progress import Silent
from publisher.reference.facts import read_facts
from publisher.synthetic.design import FeedDesign
from publisher.synthetic.generate import generate_feed

pytestmark = pytest.mark.xdist_group("full week")

COLUMNS = [
    "time_period", "time_identifier", "geographic_level", "country_code", "country_name",
    "region_code", "region_name", "old_la_code", "new_la_code", "la_name",
    "education_phase", "attendance_status", "attendance_type", "attendance_reason", "time_frame",
    "session_count", "session_percent", "reference_date",
]  # fmt: skip
PROMISED = {"National": 4, "Regional": 36, "Local authority": 607}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Made:
    folder = tmp_path_factory.mktemp("week")
    key = folder / "key"
    key.write_text("a key for tests, not a secret", encoding="utf-8")
    key.chmod(0o600)
    config = Config(store=folder / "store", output=folder / "output", key_file=key)
    week = (date(2025, 9, 8), date(2025, 9, 12))
    generate_feed(FeedDesign(folder / "feed", 0.05, *week, seed=7, batches=2), Silent())
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PUBLISHER_KEY", raising=False)
        ingestion.ingest(config, folder / "feed", "tables", Silent())
        return pipeline.release(config, None, None, Silent())


@pytest.fixture(scope="module")
def table(made: pipeline.Made):
    path = made.folder / "public" / "data" / "attendance_reasons.csv"
    text = pc.ConvertOptions(column_types=dict.fromkeys(COLUMNS, "string"))
    return pc.read_csv(path, convert_options=text)


def test_columns_are_in_published_order(made: pipeline.Made):
    path = made.folder / "public" / "data" / "attendance_reasons.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        assert next(csv.reader(stream)) == COLUMNS


def test_a_full_week_has_647_rows_and_46_items_of_each(table):
    frames = table.group_by(["time_frame", "geographic_level"]).aggregate([([], "count_all")])
    found = {
        (row["time_frame"], row["geographic_level"]): row["count_all"] for row in frames.to_pylist()
    }
    for frame in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Week", "Year to date"):
        assert {level: found[frame, level] for level in PROMISED} == {
            level: 46 * rows for level, rows in PROMISED.items()
        }
    assert sum(PROMISED.values()) == 647


def test_items_are_the_published_words_in_the_published_order(table):
    one_row = table.slice(0, 46).select(
        ["attendance_status", "attendance_type", "attendance_reason"]
    )
    published = [
        (row["attendance_status"], row["attendance_type"], row["attendance_reason"])
        for row in read_facts("attendance_reasons")
    ]
    assert [tuple(row.values()) for row in one_row.to_pylist()] == published


def test_counts_are_rounded_and_symbols_are_few(table):
    symbols = Counter(
        value for value in table["session_count"].to_pylist() if not value.lstrip("-").isdigit()
    )
    assert set(symbols) == {"c"}
    numbers = [int(value) for value in table["session_count"].to_pylist() if value.isdigit()]
    assert {number % 10 for number in numbers} == {0}


def test_the_city_of_london_and_the_isles_of_scilly_are_withheld(table):
    rows = table.select(["la_name", "session_count"]).to_pylist()
    for name in ("City of London", "Isles of Scilly"):
        assert {row["session_count"] for row in rows if row["la_name"] == name} == {"c"}


def test_parquet_holds_the_numbers_of_the_csv(made: pipeline.Made, table):
    parquet = pq.read_table(made.folder / "public" / "data" / "attendance_reasons.parquet")
    shown = [
        "c" if status == "withheld" else str(int(value))
        for value, status in zip(
            parquet["session_count"].to_pylist(),
            parquet["session_count_status"].to_pylist(),
            strict=True,
        )
    ]
    assert shown == table["session_count"].to_pylist()


WIDE = {"daily", "weekly", "year_to_date"}
EXPLAINED = {
    *(("data_dict_col_name", name) for name in ("absence_by_characteristic", *WIDE)),
    *(("data_dict_fil_item", name) for name in ("absence_by_characteristic", "daily")),
    *(("api_char_col_name", name) for name in WIDE),
}
"""The platform's dictionary does not know these words yet, and wide files have long names."""


def test_every_check_passed_and_none_was_empty(made: pipeline.Made):
    summary = summarise(made.checked.results)
    assert summary["totals"]["could_not_run"] == 0
    assert summary["failed"]["critical"] == []
    warnings = {(each["name"], each["data_set"]) for each in summary["failed"]["warning"]}
    assert warnings <= EXPLAINED
    expectations = [each for each in made.checked.results if each.name.startswith("expect_")]
    assert len(expectations) > 50
    assert [each.name for each in expectations if each.rows_checked == 0] == []
    unfit = {name for name, fits in summary["api_suitable"].items() if not fits}
    assert unfit <= {"absence_by_characteristic", *WIDE}


def test_checksums_hold(made: pipeline.Made):
    public: Path = made.folder / "public"
    for line in (public / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256((public / name).read_bytes()).hexdigest() == digest

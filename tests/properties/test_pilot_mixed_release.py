"""A release of schools of both kinds: what is not available, what it says, that it stays safe."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from publisher import ingestion, pipeline
from publisher.config import Config
from publisher.model.progress import Silent
from publisher.model.time import IsoWeek
from tests.golden.country import FIRST, country
from tests.properties.counts_of import write_pilot_feed
from tests.properties.feed_folder import write_feed
from tests.properties.reference_count import Feed

WEEK = IsoWeek(2026, 3)
AUTHORITY, OTHER, REGION, ENGLAND = "E06000002", "E06000003", "E12000001", "E92000001"
DAYS = WEEK.monday - date(2025, 9, 15)


def _moved(feed: Feed) -> Feed:
    """The golden country, with its week of registers in January as well."""
    received = FIRST + DAYS
    later = tuple(
        replace(each, received=received, date=each.date + DAYS)
        for each in feed.marks
        if each.received == FIRST and each.date >= date(2025, 9, 15)
    )
    first = tuple(each for each in feed.marks if each.received == FIRST)
    return replace(feed, marks=(*first, *later))


def _pilot_schools(feed: Feed) -> set[int]:
    return {e.urn for e in feed.schools if (e.location, e.phase) == (AUTHORITY, "Primary")}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("mixed")
    feed = _moved(country())
    pilot = _pilot_schools(feed)
    others = replace(feed, marks=tuple(e for e in feed.marks if e.urn not in pilot))
    registers = write_feed(feed, folder / "registers")
    parts = (
        (write_feed(others, folder / "others"), "tables"),
        (
            write_pilot_feed(feed, pilot, folder / "counts"),
            "pilot",
        ),
    )
    return {
        "registers": _release(folder / "one", ((registers, "tables"),)),
        "mixed": _release(folder / "both", parts),
    }


def _release(folder: Path, feeds: tuple[tuple[Path, str], ...]) -> Path:
    folder.mkdir()
    key = folder / "key"
    key.write_text("the key of the mixed release", encoding="utf-8")
    key.chmod(0o600)
    config = Config(store=folder / "store", output=folder / "output", key_file=key)
    words = config.publication.model_copy(update={"open_document": False})
    config = config.model_copy(update={"publication": words})
    for feed, shape in feeds:
        assert ingestion.ingest(config, feed, shape, Silent()).refused == ()
    return pipeline.release(config, str(WEEK), None, Silent()).folder


def _data(release: Path, data_set: str) -> pd.DataFrame:
    path = release / "public" / "data" / f"{data_set}.csv"
    return pd.read_csv(path, dtype="str", keep_default_na=False)


@pytest.mark.parametrize("data_set", ["attendance_reasons", "schools_submitting"])
def test_sessions_and_schools_are_published_as_before(releases, data_set):
    one, both = (_data(releases[each], data_set) for each in ("registers", "mixed"))
    if data_set == "schools_submitting":
        pd.testing.assert_frame_equal(one, both)
        return
    # The program may choose other partners, for it knows less of the pupils behind a row.
    shown = (one["session_count"] != "c") & (both["session_count"] != "c")
    assert shown.mean() > 0.5
    pd.testing.assert_frame_equal(one[shown], both[shown])


def test_persistent_absence_is_x_where_counts_are_in_it(releases):
    rows = _data(releases["mixed"], "persistent_absence")
    code = rows["new_la_code"].where(rows["new_la_code"] != "", rows["region_code"])
    rows["place"] = code.where(code != "", rows["country_code"])
    symbols = rows.groupby(["place", "education_phase"])["enrolments_count"].agg(set)
    for place in (AUTHORITY, REGION, ENGLAND):
        for phase in ("Primary", "All schools"):
            assert symbols[place, phase] <= {"x", "c"}
    assert symbols[ENGLAND, "Primary"] == {"x"}
    assert "x" not in symbols[AUTHORITY, "Secondary"] | symbols[OTHER, "Primary"]
    gaps = rows["enrolments_count"] == "x"
    assert set(rows.loc[gaps, "enrolments_percent"]) == {"x", "z"}


def test_figures_that_are_available_are_what_registers_give(releases):
    one, both = (_data(releases[each], "persistent_absence") for each in ("registers", "mixed"))
    known = ~both["enrolments_count"].isin(["x", "c"]) & (one["enrolments_count"] != "c")
    assert known.any()
    pd.testing.assert_frame_equal(one[known], both[known])


def test_the_release_says_how_schools_share(releases):
    manifest = json.loads((releases["mixed"] / "release.json").read_text(encoding="utf-8"))
    assert manifest["schools_submitting"] == {"counts": 4, "registers": 41}
    assert any(each["name"].startswith("counts ") for each in manifest["inputs"])
    for page in ("index.html", "methodology.html"):
        text = (releases["mixed"] / "public" / page).read_text(encoding="utf-8")
        assert "41 schools shared registers and 4 schools shared only how many pupils" in text
        before = (releases["registers"] / "public" / page).read_text(encoding="utf-8")
        assert "shared only how many pupils" not in before


def test_the_account_has_the_rows_of_both_kinds(releases):
    manifest = json.loads((releases["mixed"] / "release.json").read_text(encoding="utf-8"))
    for table in ("marks", "pupils", "counts", "on_roll"):
        account = manifest["account_of_rows"][table]
        assert sum(account["buckets"].values()) == account["arrived"] > 0
    page = (releases["mixed"] / "review" / "index.html").read_text(encoding="utf-8")
    assert "Rows of counts, of schools that share numbers of pupils only" in page
    before = (releases["registers"] / "review" / "index.html").read_text(encoding="utf-8")
    assert "Rows of counts" not in before


def test_every_check_of_the_outputs_ran_and_passed(releases):
    manifest = json.loads((releases["mixed"] / "release.json").read_text(encoding="utf-8"))
    critical = [e for e in manifest["checks"]["not_passed"] if e["severity"] == "critical"]
    assert critical == []

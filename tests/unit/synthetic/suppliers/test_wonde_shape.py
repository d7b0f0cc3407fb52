"""The generator's schools in the shape of a supplier: the same bytes, variety, the same figures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from publisher import ingestion, pipeline
from publisher.config import Config
from publisher.errors import UsageProblem
from publisher.model.progress import Silent
from publisher.synthetic.design import FeedDesign
from publisher.synthetic.generate import generate_feed
from publisher.synthetic.suppliers.server import Supplier, serving
from publisher.synthetic.suppliers.shapes import generate_shaped
from publisher.synthetic.suppliers.wonde import write_wonde

TOKEN = "a token for tests"
WEEK = {"first_day": date(2025, 9, 8), "last_day": date(2025, 9, 12), "batches": 2}


def design(out: Path, scale: float = 0.0002) -> FeedDesign:
    return FeedDesign(out=out, scale=scale, seed=3, **WEEK)


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shapes")
    generate_feed(design(folder / "tables"))
    generate_shaped("wonde", design(folder / "wonde"), Silent())
    return folder


def records(folder: Path, kind: str) -> Iterator[dict[str, object]]:
    for page in sorted(folder.glob(f"*/{kind}/*.json")):
        yield from json.loads(page.read_text())["data"]


def test_every_kind_of_variety_is_there(feeds: Path):
    students = list(records(feeds / "wonde", "students"))
    assert {type(each["date_of_birth"]) for each in students} == {str, dict}
    assert {"MALE", "FEMALE", "M", "F"} <= {each["gender"] for each in students}
    assert {each["extended_details"] is None for each in students} == {True, False}
    codes = list(records(feeds / "wonde", "codes"))
    assert {"register_code" in each for each in codes} == {True, False}
    sessions = list(records(feeds / "wonde", "attendance"))
    assert {bool(each["comment"]) for each in sessions} == {True, False}
    assert Counter(each["session"] for each in sessions).keys() == {"AM", "PM"}


def test_the_same_feed_gives_the_same_bytes(feeds: Path, tmp_path: Path):
    write_wonde(feeds / "tables", tmp_path / "again", Silent())
    ours, theirs = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.json")}
        for folder in (feeds / "wonde", tmp_path / "again")
    )
    assert ours == theirs
    assert len(ours) > 10


def test_only_a_feed_of_its_own_shape_is_replaced(feeds: Path, tmp_path: Path):
    with pytest.raises(UsageProblem, match="not a feed of this shape"):
        generate_shaped("wonde", design(feeds / "tables"), Silent())
    with pytest.raises(UsageProblem, match=r"cannot have the scale 0\.5"):
        generate_shaped("wonde", design(tmp_path / "large", scale=0.5), Silent())


def config(folder: Path) -> Config:
    return Config(
        store=folder / "store", output=folder / "output", publication={"open_document": False}
    )


def known(store: Path, table: str, columns: str) -> list[tuple]:
    files = str(store / "batches" / "*" / f"{table}.parquet")
    return duckdb.sql(f"select {columns}, received from '{files}' order by all").fetchall()


def test_both_shapes_leave_the_same_marks_and_dates_in_the_store(
    feeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PUBLISHER_KEY", "the key of a test, no secret")
    for form in ("tables", "wonde"):
        report = ingestion.ingest(config(tmp_path / form), feeds / form, form, Silent())
        assert report.refused == ()
    for table, columns in (
        ("marks", "urn, pupil, date, am, pm"),
        ("pupils", "urn, pupil, cohort, sex, admission_date, leaving_date, year_group"),
    ):
        ours, theirs = (
            known(tmp_path / form / "store", table, columns) for form in ("tables", "wonde")
        )
        assert len(ours) > 1000
        assert ours == theirs


@pytest.mark.full
def test_the_whole_country_gives_the_same_data_sets_in_both_shapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PUBLISHER_KEY", "the key of a test, no secret")
    monkeypatch.setenv("PUBLISHER_SUPPLIER_TOKEN", TOKEN)
    generate_feed(design(tmp_path / "tables", scale=0.002))
    generate_shaped("wonde", design(tmp_path / "wonde", scale=0.002), Silent())
    supplier = Supplier(tmp_path / "wonde", TOKEN)
    found = []
    with serving(supplier) as address:
        for name, source, form in (
            ("a", tmp_path / "tables", "tables"),
            ("b", tmp_path / "wonde", "wonde"),
            ("c", address, "wonde"),
        ):
            ingestion.ingest(config(tmp_path / name), source, form, Silent())
            made = pipeline.release(config(tmp_path / name), "2025-W37", None, Silent())
            data = made.folder / "public" / "data"
            found.append(
                [
                    (data / f"{each}.csv").read_bytes()
                    for each in ("attendance_reasons", "schools_submitting")
                ]
            )
    assert found[0] == found[1] == found[2]

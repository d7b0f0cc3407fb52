"""The same invented schools through `tables` and `wonde` give the same figures."""

from pathlib import Path

import pytest

from publisher import ingestion, pipeline
from publisher.config import Config
from publisher.model.progress import Silent
from publisher.synthetic.suppliers.server import Supplier, serving
from publisher.synthetic.suppliers.wonde import write_wonde
from tests.golden.country import WEEK, country
from tests.properties.feed_folder import write_feed

TOKEN = "a token for tests"
DATA = ("attendance_reasons.csv", "schools_submitting.csv")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("PUBLISHER_KEY", "the key of a test, no secret")
    monkeypatch.setenv("PUBLISHER_SUPPLIER_TOKEN", TOKEN)
    return Config(publication={"open_document": False})


def released(config: Config, folder: Path, source: str | Path, form: str) -> list[bytes]:
    config = config.model_copy(update={"store": folder / "store", "output": folder / "output"})
    report = ingestion.ingest(config, source, form, Silent())
    assert report.refused == ()
    assert report.refusals == ()
    made = pipeline.release(config, str(WEEK), None, Silent())
    return [(made.folder / "public" / "data" / name).read_bytes() for name in DATA]


def test_tables_folder_and_supplier_give_the_same_data_sets(tmp_path: Path, settings: Config):
    tables = write_feed(country(), tmp_path / "tables")
    expected = released(settings, tmp_path / "a", tables, "tables")
    assert min(map(len, expected)) > 10_000
    write_wonde(tables, tmp_path / "pulls", Silent())
    assert released(settings, tmp_path / "b", tmp_path / "pulls", "wonde") == expected
    with serving(Supplier(tmp_path / "pulls", TOKEN)) as address:
        assert released(settings, tmp_path / "c", address, "wonde") == expected

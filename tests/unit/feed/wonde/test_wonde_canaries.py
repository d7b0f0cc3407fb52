"""Comments, names, dates of birth, UPNs and the token: nowhere on disk, in words, in memory."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.errors import PublisherError
from publisher.feed.settings import FeedSettings
from publisher.feed.wonde.intake import open_folder
from publisher.feed.wonde.pages import read_page
from publisher.feed.wonde.supplier import pull_from
from publisher.model.progress import Silent
from publisher.store.store import Store
from publisher.synthetic.suppliers.server import Reply, Supplier, serving
from tests.privacy.test_store_canaries import (
    BORN,
    FORENAME,
    SURNAME,
    UPN,
    check_columns_free,
    check_free,
    check_words,
)
from tests.unit.feed.toy_feed import KEY
from tests.unit.feed.wonde.toy_pulls import (
    SECOND,
    deletion,
    ingest,
    ingest_folder,
    session,
    student,
    whole_day,
    write_pull,
)

COMMENT = "Mother rang: chickenpox canary"
TOKEN = "tok-3f9a-canary"
BIRTH = {"date": f"{BORN} 00:00:00.000000", "timezone_type": 3, "timezone": "UTC"}


def canary_pulls(source: Path) -> Path:
    pupil = student(forename=FORENAME, surname=SURNAME, date_of_birth=BIRTH)
    details = {"upn": UPN, "admission_date": SURNAME, "current_nc_year": "5"}
    odd = {"sen_status": SURNAME, "ethnicity_code": FORENAME, "comment": COMMENT}
    write_pull(
        source,
        students=[
            pupil,
            {**pupil, "id": "S2", "education_details": details, "gender": SURNAME},
            {**pupil, "id": "S3", "extended_details": odd, "notes": {"comment": COMMENT}},
        ],
        attendance=[
            *whole_day(comment=COMMENT),
            session(SURNAME, "AM", "2025-11-04", comment=COMMENT),
            session("/", "AM", UPN, comment=COMMENT),
            session({"data": {"code": COMMENT}}, "PM", "2025-11-05"),
        ],
        deletions=[deletion("PM", "2025-11-06", comment=COMMENT)],
        codes=[{"id": "C1", "school": "A1", "code": "/", "description": COMMENT}],
    )
    write_pull(source, SECOND, attendance=[session("I", comment=COMMENT)])
    return source


def check_everything(folder: Path, words: str) -> None:
    check_free(folder)
    check_columns_free(folder)
    check_words(words)
    for canary in (COMMENT, TOKEN):
        assert canary not in words
        for path in folder.rglob("*"):
            if path.is_file():
                assert canary.encode() not in path.read_bytes(), path.name


def test_nothing_of_a_folder_reaches_the_store_or_the_report(tmp_path: Path):
    store = Store(tmp_path / "store")
    report = ingest_folder(canary_pulls(tmp_path / "pulls"), store)
    assert report.batches[1].account.marks.stored == 1
    check_everything(tmp_path / "store", repr(report) + repr(store.snapshot()))
    for path in (tmp_path / "store").rglob("*.parquet"):
        import pyarrow.parquet as pq

        assert "chickenpox" not in str(pq.read_table(path).to_pylist())


def test_nothing_of_a_supplier_reaches_the_store_the_report_or_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog
):
    monkeypatch.setenv("PUBLISHER_SUPPLIER_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    supplier = Supplier(canary_pulls(tmp_path / "pulls"), TOKEN)
    folder = tmp_path / "store"
    words = ""
    with serving(supplier) as address, caplog.at_level("DEBUG"):
        for moment in supplier.catalogue.moments:
            supplier.clock = moment + timedelta(minutes=1)
            feed = pull_from(address, FeedSettings(unknown_code_percent=100), folder, Silent())
            report = ingest(feed, Store(folder))
            assert report.batches[0].account.marks.stored
            words += repr(report) + repr(feed) + repr(feed.pulled) + repr(feed.pulled.schools)
    assert {path.name for path in tmp_path.iterdir()} == {"pulls", "store"}
    check_everything(folder, words + "".join(capfd.readouterr()) + caplog.text)


def test_what_is_not_used_is_not_even_parsed():
    body = json.dumps({"data": [{**student(), **session(comment=COMMENT)}]}).encode()
    (record,) = read_page(body, "page").records
    assert not {"comment", "forename", "surname", "notes"} & record.keys()
    check = repr(record)
    assert COMMENT not in check
    assert "Zebedee" not in check


@pytest.mark.parametrize(
    "body",
    [
        f'{{"data": [{{"comment": "{COMMENT}", "upn": "{UPN}"',
        f'["{COMMENT}", "{UPN}"]',
        f'{{"data": {{"comment": "{COMMENT}"}}}}',
        f'{{"data": ["{UPN}", "{COMMENT}"]}}',
        f'{{"data": [], "meta": "{UPN}"}}',
        f'{{"data": [{{"upn": NaN, "comment": "{COMMENT}"}}]}}',
        f'{{"data": [], "meta": {{"pagination": "{UPN}"}}}}',
        "[" * 5000 + UPN,
        f'{{"data": [{{"date": {"9" * 5000}, "comment": "{COMMENT}"}}]}}',
        f'{{"data": ["{SURNAME}\udcff"]}}',
    ],
)
@pytest.mark.parametrize("way", ["folder", "supplier"])
def test_no_words_about_a_broken_page_repeat_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, way: str
):
    monkeypatch.setenv("PUBLISHER_SUPPLIER_TOKEN", TOKEN)
    content = body.encode("utf-8", "surrogateescape")
    source = canary_pulls(tmp_path / "pulls")
    if way == "folder":
        (source / SECOND / "attendance" / "0001.json").write_bytes(content)
        report = ingest_folder(source, Store(tmp_path / "store"))
        words = report.batches[1].reason + report.batches[1].advice
    else:
        supplier = Supplier(source, TOKEN)
        supplier.faults.append(
            lambda path, _query: Reply(200, content) if path.endswith("students") else None
        )
        with serving(supplier) as address, pytest.raises(PublisherError) as problem:
            pull_from(address, FeedSettings(), tmp_path / "store", Silent())
        words = str(problem.value)
    assert words
    check_words(words)
    assert COMMENT not in words


def test_nothing_in_memory_shows_itself(tmp_path: Path):
    feed = open_folder(canary_pulls(tmp_path / "pulls"), FeedSettings())
    arrived = feed.arrived(feed.folders[0])
    batch = arrived.prepare(KEY, Silent())
    check_words(repr(feed) + repr(arrived) + repr(batch) + repr(feed.memory))

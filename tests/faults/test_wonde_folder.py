"""Pulls in a folder that are not what they should be: refused and named, the others are kept."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.errors import FeedProblem
from publisher.feed.settings import FeedSettings
from publisher.feed.wonde.intake import open_folder
from publisher.model.intake import BatchFate
from publisher.store.store import Store
from tests.unit.feed.wonde.toy_pulls import (
    FIRST,
    SECOND,
    ingest_folder,
    marks,
    session,
    student,
    whole_day,
    write_page,
    write_pull,
)

Breakage = Callable[[Path], object]


def pages(*numbers: int, last: bool = True) -> Breakage:
    def write(pull: Path) -> None:
        shutil.rmtree(pull / "attendance")
        for place, number in enumerate(numbers, start=1):
            more = place < len(numbers) or not last
            path = write_page(
                pull / "attendance", 100 * place, [session(day=f"2025-11-{place:02}")]
            )
            page = json.loads(path.read_text())
            page["meta"]["pagination"] = {"current_page": number, "more": more}
            path.write_text(json.dumps(page))

    return write


def text(content: bytes) -> Breakage:
    return lambda pull: (pull / "attendance" / "0001.json").write_bytes(content)


BREAKAGES: dict[str, tuple[Breakage, str]] = {
    "page missing": (pages(1, 3), "Page 2 of attendance is missing"),
    "first page missing": (pages(2, 3), "Page 1 of attendance is missing"),
    "last page missing": (pages(1, 2, last=False), "Page 3 of attendance is missing"),
    "page twice with other records": (pages(1, 2, 2), "says that it is page 2"),
    "cut short": (text(b'{"data": [{"id": "a"}'), "attendance/0001.json, line 1, column 22"),
    "empty": (text(b""), "attendance/0001.json, line 1, column 1: not JSON"),
    "latin-1": (text('{"data": [{"id": "Zoë"}]}'.encode("latin-1")), "not JSON in UTF-8"),
    "not an object": (text(b'{"data": [1]}'), "record 1 is not an object"),
    "no data": (text(b'{"error": "no scope"}'), "has no list of data"),
    "foreign folder": (lambda pull: (pull / "behaviours").mkdir(), "no kind of record"),
    "foreign file": (lambda pull: (pull / "attendance" / "a.csv").write_text("x"), "is not a page"),
    "broken deletions": (
        lambda pull: write_page(pull / "deletions", 1, [], more=True),
        "Page 2 of deletions is missing",
    ),
    "nothing": (lambda pull: [shutil.rmtree(each) for each in pull.iterdir()], "has no pages"),
    "a file": (lambda pull: pull.rename(pull.with_name("latest")), "not named after a moment"),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_broken_pull_is_refused_and_the_others_are_kept(tmp_path: Path, name: str):
    break_it, words = BREAKAGES[name]
    source = tmp_path / "pulls"
    write_pull(source)
    write_pull(source, SECOND, students=[student()], attendance=whole_day("I", "I"))
    break_it(source / SECOND)
    report = ingest_folder(source, Store(tmp_path / "store"))
    stored, refused = report.batches
    assert (stored.fate, refused.fate) == (BatchFate.STORED, BatchFate.REFUSED)
    assert re.search(words, refused.reason), refused.reason
    assert refused.advice
    assert str(tmp_path) not in refused.reason + refused.advice
    assert set(marks(Store(tmp_path / "store")).values()) == {("/", "\\")}


def test_a_page_that_is_there_twice_counts_once(tmp_path: Path):
    write_pull(tmp_path / "pulls")
    attendance = tmp_path / "pulls" / FIRST / "attendance"
    shutil.copy(attendance / "0001.json", attendance / "0001-again.json")
    report = ingest_folder(tmp_path / "pulls", Store(tmp_path / "store"))
    account = report.batches[0].account
    assert account is not None, report.batches[0].reason
    assert account.sessions.arrived == 2


@pytest.mark.parametrize(
    ("kind", "words"),
    [("schools", "No pull lists the schools"), ("census", "No pull brings the census")],
)
def test_a_feed_without_a_register_is_no_feed(tmp_path: Path, kind: str, words: str):
    shutil.rmtree(write_pull(tmp_path / "pulls") / kind)
    with pytest.raises(FeedProblem, match=words):
        open_folder(tmp_path / "pulls", FeedSettings())


def test_a_broken_register_is_told_with_its_place(tmp_path: Path):
    pull = write_pull(tmp_path / "pulls")
    (pull / "schools" / "0001.json").write_text('{"data": [')
    with pytest.raises(FeedProblem, match=r"schools/0001\.json, line 1"):
        open_folder(tmp_path / "pulls", FeedSettings())


@pytest.mark.parametrize("source", ["nowhere", "."])
def test_a_folder_without_pulls_is_told(tmp_path: Path, source: str):
    with pytest.raises(FeedProblem, match=r"no folder of pulls|has no pulls"):
        open_folder(tmp_path / source, FeedSettings())

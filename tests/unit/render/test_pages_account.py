"""The account of rows on the reviewer's page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from publisher.model.accounting import Bucket, Line, TableAccount
from publisher.render.content_account import account_of_rows
from publisher.render.content_tables import Table
from tests.unit.render.pages_release import ACCOUNT, checked_release, write_release


def text(table: Table) -> list[tuple[str, ...]]:
    return [(row.header, *(cell.words for cell in row.cells)) for row in table.rows]


def test_every_line_is_shown_and_then_what_arrived() -> None:
    found = account_of_rows(ACCOUNT)
    assert text(found.marks) == [
        ("Counted", "In the figures", "970"),
        ("Orphan", "Pupil without a record at the school", "20"),
        ("Refused", "No pupil number", "10"),
        ("Arrived", "Sum of all rows above", "1,000"),
    ]
    assert text(found.pupils)[-1][-1] == "60"
    assert "1,930 sessions had a register code" in found.sessions
    assert "4 had an unknown code and 6 no mark" in found.sessions


def test_batches_that_are_told_together_say_so() -> None:
    found = account_of_rows(ACCOUNT).batches
    assert found.columns[1:4] == ("Arrived", "Taken in", "Outside approval")
    assert text(found) == [
        ("2025-10-31T1830", "500", "495", "0", "0", "0", "5"),
        ("2025-11-06T1830 and 1 other batch", "500", "495", "0", "0", "0", "5"),
    ]


def test_what_is_not_broken_down_has_no_account_of_sessions(tmp_path: Path) -> None:
    marks = TableAccount(1_000, (Line(Bucket.TAKEN_IN, "not broken down, because", 1_000),))
    account = replace(ACCOUNT, marks=marks, sessions=None)
    assert account_of_rows(account).sessions == ""
    page = review_page(account, tmp_path)
    assert "Not broken down, because" in page
    assert "had a register code" not in page


def test_the_page_shows_the_account_to_reviewers_only(tmp_path: Path) -> None:
    page = review_page(ACCOUNT, tmp_path)
    assert 'id="account-marks"' in page
    assert "1,930 sessions" in page
    public = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "public").glob("*.html"))
    assert "In the figures" not in public
    assert "1,930 sessions" not in public


def test_a_release_without_a_store_says_so(tmp_path: Path) -> None:
    assert "not counted from a store" in review_page(None, tmp_path)


def review_page(account: object, folder: Path) -> str:
    checked = checked_release(authorities=2)
    checked = replace(checked, protected=replace(checked.protected, account=account))
    write_release(checked, folder / "public", review=folder / "review")
    return (folder / "review" / "index.html").read_text(encoding="utf-8")

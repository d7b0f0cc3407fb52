"""Planted true numbers of withheld rows are in no file outside the store and in no message."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from publisher import pipeline
from publisher.cli.main import cli
from publisher.feed.pseudonym import KEY_VARIABLE
from publisher.model.stages import ProtectedCells, TrueCells
from tests.golden.country import WEEK, country
from tests.privacy.planted import in_text, leaks, planted
from tests.properties.feed_folder import write_feed
from tests.properties.reference_count import Feed, Mark, PupilRecord

LONELY = 100_021
"""The only special school of its authority."""
CONFIG = Path(__file__).resolve().parents[2] / "config.yaml"
PUPILS = 2_741
FEWEST = 15
"""Numbers that must be planted for the search to mean anything."""


def planted_country() -> Feed:
    """The lonely special school is large, and its pupils miss sessions in no regular way."""
    feed = country()
    pattern = next(each for each in feed.pupils if each.urn == LONELY)
    pupils = tuple(replace(pattern, pupil=f"{LONELY}-more-{n}") for n in range(PUPILS))
    days = sorted({each.date for each in feed.marks})
    marks = tuple(
        mark for day in days for n, each in enumerate(pupils) for mark in _marks(each, n, day)
    )
    return replace(feed, pupils=feed.pupils + pupils, marks=feed.marks + marks)


def _marks(pupil: PupilRecord, number: int, day: date) -> Iterator[Mark]:
    """No mark at all on some days, one session on others, so that no sum is a round number."""
    turn = (number * number * 31 + day.toordinal() * 17) % 97
    if turn % 13 == 0:
        return
    absent = "IMUCGO"[turn % 6]
    am, pm = (absent, absent) if turn < 11 else (absent, "\\") if turn < 19 else ("/", "\\")
    yield Mark(pupil.received, pupil.urn, pupil.pupil, day, am, "" if turn == 40 else pm)


@dataclass(frozen=True)
class Ran:
    """What was written and said, and what must not be in it."""

    folder: Path
    said: str
    logged: str
    numbers: set[int]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Ingest, plan, release with its gate and certificate, verify and review, as typed."""
    home = tmp_path_factory.mktemp("home")
    feed, outside = write_feed(planted_country(), home / "feed"), home / "outside"
    outside.mkdir()
    return _ran(home, outside, [
        ("ingest", feed), ("plan", "--json"), ("plan",), ("release",),
        ("verify", WEEK.slug), ("review", WEEK.slug, "--json"),
    ])  # fmt: skip


def _ran(home: Path, outside: Path, commands: list[tuple[object, ...]]) -> Ran:
    kept: list[tuple[TrueCells, ProtectedCells]] = []
    log, options = _Log(), ("--config", CONFIG, "--store", home / "store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, "a key for tests, not a secret")
        patch.setattr(pipeline, "protect", _remembering(kept))
        logging.getLogger().addHandler(log)
        said = [_typed(*each, *options, "--output", outside / "output") for each in commands]
        logging.getLogger().removeHandler(log)
    numbers: set[int] = set().union(*(planted(*each) for each in kept))
    return Ran(outside, "\n".join(said), "\n".join(log.lines), numbers)


def _typed(*words: object) -> str:
    ended = CliRunner().invoke(cli, [str(word) for word in words])
    assert ended.exit_code == 0, ended.output
    return str(ended.output)


def _remembering(kept: list[tuple[TrueCells, ProtectedCells]]):
    protect = pipeline.protect

    def remembered(true: TrueCells, *rest: object) -> ProtectedCells:
        made = protect(true, *rest)
        kept.append((true, made))
        return made

    return remembered


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_enough_numbers_are_planted(ran: Ran) -> None:
    """Those of the lonely school's weeks are among them: pupils times two sessions of five days."""
    assert len(ran.numbers) >= FEWEST
    assert any(8 * PUPILS < each < 10 * PUPILS for each in ran.numbers)


def test_no_file_outside_the_store_has_a_planted_number(ran: Ran) -> None:
    files = {path.suffix for path in ran.folder.rglob("*") if path.is_file()}
    assert {".csv", ".parquet", ".xlsx", ".html", ".json", ".npz", ".zip"} <= files
    assert leaks(ran.folder, ran.numbers) == []


def test_nothing_that_is_said_or_logged_has_a_planted_number(ran: Ran) -> None:
    assert "withheld" in ran.said
    assert in_text(ran.said, ran.numbers) == []
    assert in_text(ran.logged, ran.numbers) == []


@pytest.mark.full
def test_neither_the_attack_nor_its_certificate_has_a_planted_number(ran: Ran) -> None:
    """Worlds are sought as well, which the gate leaves out."""
    release, certificate = ran.folder / "output" / WEEK.slug, ran.folder / "worlds.npz"
    attacked = _ran(ran.folder.parent, ran.folder, [
        ("attack", release, "--json", "--certificate", certificate),
        ("verify", WEEK.slug, "--certificate", certificate),
    ])  # fmt: skip
    assert certificate.exists()
    assert leaks(ran.folder, ran.numbers) == []
    assert in_text(attacked.said + attacked.logged, ran.numbers) == []


@pytest.mark.parametrize("kind", ["csv", "commas", "parquet", "npz", "xlsx", "name"])
def test_a_planted_number_would_be_found(tmp_path: Path, kind: str) -> None:
    number = 12_347
    table = pd.DataFrame({"sessions": [10, number]})
    if kind == "csv":
        table.to_csv(tmp_path / "a.csv", index=False)
    elif kind == "commas":
        (tmp_path / "a.html").write_text(f"<td>{number:,}</td>", encoding="utf-8")
    elif kind == "parquet":
        table.to_parquet(tmp_path / "a.parquet")
    elif kind == "npz":
        np.savez(tmp_path / "a.npz", worlds=np.array([[1.0, number]]))
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        book.active["B2"] = number
        book.save(tmp_path / "a.xlsx")
    else:
        (tmp_path / f"a {number}.csv").write_text("", encoding="utf-8")
    assert {found for _, found in leaks(tmp_path, {number})} == {str(number)}
    assert leaks(tmp_path, {number + 1}) == []

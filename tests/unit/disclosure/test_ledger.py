from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from publisher.disclosure.ledger import Ledger, entry_name, write_entry
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.errors import StoreProblem
from publisher.model.progress import Silent
from publisher.model.stages import ProtectedCells
from publisher.model.time import IsoWeek
from tests.unit.disclosure.country import KEY
from tests.unit.disclosure.test_protect import keys_of, small_country

FIRST = datetime(2025, 11, 6, 9, 30)
LATER = (FIRST + timedelta(days=14), IsoWeek(2025, 47))


def release(
    as_of: datetime = FIRST, ledger: Ledger | None = None, **options: Any
) -> ProtectedCells:
    true = small_country(released=as_of, **options).true_cells()
    return protect(true, Policy(), ledger or Ledger.empty(), KEY, Silent())


@pytest.fixture
def history(tmp_path: Path) -> Path:
    write_entry(tmp_path, release())
    return tmp_path


def test_a_folder_that_does_not_exist_is_an_empty_ledger(tmp_path: Path) -> None:
    assert Ledger.read(tmp_path / "none", LATER).entries == ()


def test_what_was_withheld_stays_withheld_although_a_school_appeared_since(history: Path) -> None:
    """The second release knows of five more special schools; no rule withholds anything."""
    before = release()
    ledger = Ledger.read(history, LATER)
    assert release(LATER[0], lonely=False).withheld.empty
    after = release(LATER[0], ledger, lonely=False)
    assert keys_of(before.withheld) <= keys_of(after.withheld)


def test_days_and_weeks_stay_withheld_in_a_longer_year_but_the_year_to_date_is_new(
    tmp_path: Path,
) -> None:
    before = release(weeks=1)
    write_entry(tmp_path, before)
    ledger = Ledger.read(tmp_path, LATER)
    after = release(LATER[0], ledger, weeks=2, lonely=False)
    assert not before.withheld.empty
    short = before.withheld.query("period != '9-ytd'")
    assert keys_of(short) <= keys_of(after.withheld)
    scope = small_country(weeks=2).scope()
    yearly = before.withheld.query("period == '9-ytd'")
    assert not ledger.withheld_before(scope, yearly).any()


def test_what_was_shown_is_remembered_too(history: Path) -> None:
    true = small_country().true_cells()
    rows = true.cells["reasons"]
    ledger = Ledger.read(history, LATER)
    shown, withheld = (f(true.scope, rows) for f in (ledger.shown_before, ledger.withheld_before))
    assert (shown != withheld).all()
    assert withheld.any()


@pytest.mark.parametrize(
    ("as_of", "week", "counts"),
    [
        (FIRST, IsoWeek(2025, 38), False),
        (FIRST, IsoWeek(2025, 39), True),
        (FIRST + timedelta(seconds=1), IsoWeek(2025, 30), True),
        (FIRST - timedelta(days=1), IsoWeek(2025, 47), False),
    ],
)
def test_only_strictly_earlier_releases_count(
    history: Path, as_of: datetime, week: IsoWeek, counts: bool
) -> None:
    assert bool(Ledger.read(history, (as_of, week)).entries) is counts


def test_the_entry_holds_every_published_number(history: Path) -> None:
    protected = release()
    (folder,) = history.iterdir()
    assert folder.name == entry_name(protected.scope) == "2025-week-38@2025-11-06T093000"
    for table in protected.tables:
        kept = pd.read_parquet(folder / f"{table.data_set.name}.parquet")
        for column in table.data_set.indicator_columns:
            pd.testing.assert_series_equal(kept[column], table.rows[column])


def test_writing_the_same_entry_again_changes_no_byte(history: Path) -> None:
    (folder,) = history.iterdir()
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    write_entry(history, release())
    assert [each.name for each in history.iterdir()] == [folder.name]
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


def test_a_new_entry_of_the_same_name_replaces_the_old(history: Path) -> None:
    write_entry(history, release(lonely=False))
    assert not Ledger.read(history, LATER).rows["withheld"].any()


def test_a_killed_run_leaves_the_old_entry(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("publisher.disclosure.ledger._write_files", killed)
    with pytest.raises(KeyboardInterrupt):
        write_entry(history, release(lonely=False))
    assert Ledger.read(history, LATER).rows["withheld"].any()


def test_an_entry_moved_aside_by_a_killed_run_still_counts(history: Path) -> None:
    (folder,) = history.iterdir()
    folder.rename(history / f".{folder.name}.replaced")
    assert Ledger.read(history, LATER).rows["withheld"].any()
    write_entry(history, dataclasses.replace(release()))
    assert Ledger.read(history, LATER).entries == ("2025-week-38",)


def _change_version(folder: Path) -> None:
    entry = json.loads((folder / "entry.json").read_text())
    (folder / "entry.json").write_text(json.dumps({**entry, "version": 99}))


def _truncate(folder: Path) -> None:
    path = folder / "rows.parquet"
    path.write_bytes(path.read_bytes()[:-10])


def _lose_a_table(folder: Path) -> None:
    (folder / "reasons.parquet").unlink()


def _lose_the_entry(folder: Path) -> None:
    (folder / "entry.json").unlink()


def _tear_the_entry(folder: Path) -> None:
    path = folder / "entry.json"
    path.write_text(path.read_text()[:-20])


@pytest.mark.parametrize(
    "damage", [_change_version, _truncate, _lose_a_table, _lose_the_entry, _tear_the_entry]
)
def test_a_damaged_or_unknown_entry_stops_the_run_and_is_named(
    history: Path, damage: Callable[[Path], None]
) -> None:
    (folder,) = history.iterdir()
    damage(folder)
    with pytest.raises(StoreProblem, match=folder.name):
        Ledger.read(history, LATER)

"""Worlds of parts of a system: what they say they must say of whole parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from publisher.attack import pushing, together
from publisher.attack.attack import attack_one
from publisher.attack.certificate import check_certificate, write_certificate
from publisher.attack.declared import Declared
from publisher.attack.worlds import SILENT, World, Worlds, agrees
from publisher.model.progress import Silent
from tests.unit.attack.toy import FIVE, Toy, mostly_withheld, write


@pytest.fixture(autouse=True)
def _never_in_one_block(monkeypatch):
    """Toys are small enough to be solved in whole numbers; here they are not."""
    monkeypatch.setattr("publisher.attack.attack.is_small", lambda *_: False)


@pytest.fixture
def only_programmes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pushes come first and leave programmes little to do."""
    monkeypatch.setattr(together, "push_together", lambda *_: None)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    return mostly_withheld(tmp_path / "a", 5)


@pytest.mark.usefixtures("only_programmes")
def test_many_withheld_rows_are_proved_by_few_worlds(large: Path, tmp_path: Path):
    found = attack_one(large, Declared(), Silent())
    assert found.safe.all()
    assert len(found.worlds.kept) < len(found.low) / 2
    write_certificate(tmp_path / "c.npz", (found,))
    checked = check_certificate(tmp_path / "c.npz", large, Silent())
    assert checked.holds
    assert (checked.safe, checked.unproved) == (len(found.low), 0)


def test_of_parts_that_are_too_large_nothing_is_claimed(large: Path, monkeypatch):
    monkeypatch.setattr(together, "_MOST_TOGETHER", 10)
    monkeypatch.setattr(pushing, "ensembles_of", lambda *_: [])
    found = attack_one(large, Declared(), Silent())
    assert not found.safe.any()
    assert not found.unsafe.any()
    assert together.NOT_FOUND in found.notes


def test_what_only_sums_of_possible_sessions_give_away_is_found_in_large_parts(
    tmp_path: Path, monkeypatch
):
    """Two rows hide each other in one sum and another two in the next: no single sum tells."""
    toy = Toy.random(6, regions=FIVE, phases=("Primary", "Secondary"), days=("Monday",))
    a, b = toy.authorities[:2]
    whens = ("37|Monday", "37|Week", "37|Year to date")
    hidden = [(area, phase, when) for area in (a, b) for phase in ("Primary", "All schools")
              for when in whens]  # fmt: skip
    folder = write(tmp_path / "a", toy, hidden, 1)
    whole = attack_one(folder, Declared(), Silent())
    monkeypatch.setattr(together, "_MOST_TOGETHER", 0)
    parts = attack_one(folder, Declared(), Silent())
    assert (parts.unsafe <= whole.unsafe).all()
    assert not (parts.low > whole.low).any()
    assert not (parts.high < whole.high).any()


def test_a_world_may_be_silent_about_whole_parts_only(large: Path):
    system = attack_one(large, Declared(), Silent(), prove=False).facts.system
    silent = np.full(system.cells, SILENT, np.int64)
    assert agrees(system, World(silent))
    one = silent.copy()
    one[system.sums.total[0]] = int(system.low[system.sums.total[0]])
    assert not agrees(system, World(one))
    worlds = Worlds(system)
    assert not worlds.add(World(silent))
    assert not worlds.settled.any()


@pytest.mark.usefixtures("only_programmes")
def test_where_no_corner_is_found_worlds_are_silent_about_the_whole_part(
    tmp_path: Path, monkeypatch
):
    """Once they kept what bounds decide in such a part, and so agreed with nothing."""
    toy = Toy.random(7, regions=FIVE)
    hidden = [row for row in toy.rows if row[0] in toy.authorities[:3] and row[1] != "Special"]
    exact = write(tmp_path / "exact", toy, hidden, 1)
    monkeypatch.setattr(together, "corners", lambda *_: iter(()))
    kept: list[bool] = []
    seen = Worlds.add

    def add(self: Worlds, world: World) -> bool:
        kept.append(agrees(self.system, world))
        return seen(self, world)

    monkeypatch.setattr(Worlds, "add", add)
    found = attack_one(exact, Declared(), Silent())
    assert kept
    assert all(kept)
    assert not found.safe.any()

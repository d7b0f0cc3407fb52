"""An attack that was interrupted goes on from the worlds it had found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from publisher.attack import pushing
from publisher.attack.attack import Attacked, attack_one
from publisher.attack.certificate import check_certificate, write_certificate
from publisher.attack.declared import Declared
from publisher.attack.unfinished import Unfinished
from publisher.attack.worlds import World, Worlds
from publisher.cli.main import cli
from publisher.errors import CouldNotRun
from publisher.model.progress import Silent
from tests.unit.attack.toy import mostly_withheld

INTERRUPTED_AFTER = 2


@pytest.fixture(autouse=True)
def _never_in_one_block(monkeypatch):
    """Toys are small enough to be solved in whole numbers; here they are not."""
    monkeypatch.setattr("publisher.attack.attack.is_small", lambda *_: False)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return mostly_withheld(tmp_path / "release", 5)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return tmp_path / "certificate.npz"


def attacked(release: Path, certificate: Path | None = None) -> Attacked:
    unfinished = None if certificate is None else Unfinished(certificate)
    return attack_one(release, Declared(), Silent(), unfinished=unfinished)


def files(certificate: Path) -> list[Path]:
    return sorted(certificate.with_name(f"{certificate.name}.unfinished").glob("*/*"))


@pytest.fixture
def interrupted(release: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that an attack left behind that was interrupted after its first worlds."""
    searched, found = pushing._Search.next, []

    def until_interrupted(self: object, worlds: Worlds) -> object:
        if len(worlds.kept) >= INTERRUPTED_AFTER:
            raise KeyboardInterrupt
        found.append(searched(self, worlds))
        return found[-1]

    with monkeypatch.context() as patch:
        patch.setattr(pushing._Search, "next", until_interrupted)
        with pytest.raises(KeyboardInterrupt):
            attacked(release, certificate)
    return files(certificate)


def test_it_goes_on_from_what_it_had_found(
    release: Path, certificate: Path, interrupted: list[Path]
):
    assert len(interrupted) == INTERRUPTED_AFTER
    whole, again = attacked(release), attacked(release, certificate)
    for one, other in zip(whole.worlds.kept, again.worlds.kept[:INTERRUPTED_AFTER], strict=False):
        assert (one.values == other.values).all()
    assert whole.safe.all()
    assert again.safe.all()
    write_certificate(certificate, (again,))
    assert check_certificate(certificate, release, Silent()).holds


def test_what_is_settled_is_not_searched_again(
    release: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = attacked(release, certificate)
    kept = files(certificate)
    assert len(kept) == len(whole.worlds.kept)
    for name in ("_first_world", "_push"):
        monkeypatch.setattr(pushing._Search, name, None)
    again = attacked(release, certificate)
    assert again.safe.all()
    assert (again.worlds.lowest_in == whole.worlds.lowest_in).all()
    assert files(certificate) == kept


@pytest.mark.parametrize("damage", [b"", b"not a world", None])
def test_a_damaged_world_is_left_out(
    release: Path, certificate: Path, interrupted: list[Path], damage: bytes | None
):
    first = interrupted[0]
    first.write_bytes(first.read_bytes()[:-30] if damage is None else damage)
    again = attacked(release, certificate)
    assert again.safe.all()
    assert len(files(certificate)) > len(interrupted)


def test_a_world_that_does_not_agree_is_not_taken_up(
    release: Path, certificate: Path, interrupted: list[Path]
):
    facts = interrupted[0].parent.name
    (world, *_) = Unfinished(certificate).worlds(facts)
    wrong = World(world.values + np.int64(1), world.unit, world.first)
    Unfinished(certificate).keep(facts, wrong)
    again = attacked(release, certificate)
    assert not any(np.array_equal(each.values, wrong.values) for each in again.worlds.kept)
    assert again.safe.all()


def test_worlds_of_other_files_are_not_taken_up(
    release: Path, certificate: Path, interrupted: list[Path], tmp_path: Path
):
    other = mostly_withheld(tmp_path / "other", 6)
    alone, beside = attacked(other), attacked(other, certificate)
    assert len(alone.worlds.kept) == len(beside.worlds.kept)
    assert set(interrupted) < set(files(certificate))


def test_the_command_leaves_nothing_to_go_on_from(
    release: Path, certificate: Path, interrupted: list[Path]
):
    told = CliRunner().invoke(cli, ["attack", str(release), "--certificate", str(certificate)])
    assert told.exit_code == 0, told.output
    assert interrupted
    assert {each.name for each in certificate.parent.iterdir()} == {"release", certificate.name}


def test_only_its_own_is_removed(certificate: Path, interrupted: list[Path]):
    folder = interrupted[0].parent.parent
    (folder / "notes").write_text("a person's")
    Unfinished(certificate).remove()
    assert [each.name for each in folder.iterdir()] == ["notes"]


def test_a_world_that_cannot_be_written_stops_the_attack(release: Path, certificate: Path):
    certificate.with_name(f"{certificate.name}.unfinished").write_text("in the way")
    with pytest.raises(CouldNotRun, match="cannot be written"):
        attacked(release, certificate)

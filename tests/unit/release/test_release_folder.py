"""A release folder appears whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from publisher.errors import CheckFailed, CouldNotRun
from publisher.release.folder import release_folder
from publisher.release.manifest import verify_folder, write_manifest


def make(output: Path, text: str) -> None:
    with release_folder(output, "2025-week-45") as folder:
        (folder / "file").write_text(text)


def test_it_appears_when_it_is_whole(tmp_path: Path):
    make(tmp_path, "one")
    assert (tmp_path / "2025-week-45" / "file").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["2025-week-45"]


def test_it_replaces_an_earlier_one_of_its_name(tmp_path: Path):
    make(tmp_path, "one")
    make(tmp_path, "two")
    assert (tmp_path / "2025-week-45" / "file").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["2025-week-45"]


def test_a_failure_leaves_the_earlier_one_and_nothing_half_written(tmp_path: Path):
    make(tmp_path, "one")

    def fails() -> None:
        with release_folder(tmp_path, "2025-week-45") as folder:
            (folder / "file").write_text("two")
            raise CheckFailed("no")

    with pytest.raises(CheckFailed):
        fails()
    assert (tmp_path / "2025-week-45" / "file").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["2025-week-45"]


def test_a_full_disk_is_explained(tmp_path: Path):
    with (
        pytest.raises(CouldNotRun, match="No space left"),
        release_folder(tmp_path, "2025-week-45"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_cleared_and_the_earlier_release_kept(tmp_path: Path):
    make(tmp_path, "one")
    (tmp_path / "2025-week-45").rename(tmp_path / ".replaced-2025-week-45")
    (tmp_path / ".building-2025-week-45").mkdir()
    with pytest.raises(CheckFailed), release_folder(tmp_path, "2025-week-45"):
        raise CheckFailed("no")
    assert (tmp_path / "2025-week-45" / "file").read_text() == "one"


def test_verification_names_what_differs(tmp_path: Path):
    for name in ("kept", "changed", "gone"):
        (tmp_path / name).write_text(name)
    write_manifest(tmp_path, {"release": "2025-week-45"})
    assert verify_folder(tmp_path).intact
    (tmp_path / "changed").write_text("other")
    (tmp_path / "gone").unlink()
    (tmp_path / "new").write_text("new")
    found = verify_folder(tmp_path)
    assert (found.altered, found.missing, found.unexpected) == (("changed",), ("gone",), ("new",))

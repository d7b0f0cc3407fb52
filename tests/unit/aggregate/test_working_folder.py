"""Working files go with the process that made them, and nobody else's do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.aggregate import working_folder as module
from publisher.aggregate.working_folder import working_folder

HOLDING = """
import sys
from pathlib import Path
from publisher.aggregate.working_folder import working_folder
with working_folder(Path(sys.argv[1])) as folder:
    (folder / "spilled").write_bytes(b"x")
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def test_a_folder_is_there_while_it_is_used_and_gone_afterwards(tmp_path: Path) -> None:
    with working_folder(tmp_path) as folder:
        assert folder.parent == tmp_path
        (folder / "spilled").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []


def test_it_goes_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="work"), working_folder(tmp_path):
        raise ValueError("work")
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_use_stays_and_what_a_killed_process_left_goes(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        theirs = tmp_path / other.stdout.readline().strip()
        with working_folder(tmp_path) as mine:
            assert sorted(tmp_path.iterdir()) == sorted([mine, theirs])
        assert (theirs / "spilled").exists()
        other.kill()
    assert theirs.exists()
    with working_folder(tmp_path) as mine:
        assert list(tmp_path.iterdir()) == [mine]


def test_files_links_and_folders_of_other_names_stay(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_bytes(b"x")
    (tmp_path / "counting-link").symlink_to(elsewhere)
    (tmp_path / "counting-file").write_bytes(b"x")
    (tmp_path / "other").mkdir()
    before = sorted(tmp_path.iterdir())
    with working_folder(tmp_path):
        pass
    assert sorted(tmp_path.iterdir()) == before
    assert (elsewhere / "kept").exists()


def test_folders_of_another_user_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "counting-theirs").mkdir()
    own = os.getuid()
    monkeypatch.setattr(module.os, "getuid", lambda: own + 1)
    with pytest.raises(OSError, match="disappears"), working_folder(tmp_path):
        pass
    assert (tmp_path / "counting-theirs").exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"), working_folder(tmp_path / "nowhere"):
        pass

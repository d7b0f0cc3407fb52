"""release.json: what was made, from what, by which rules; and checking it afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher.errors import CouldNotRun, UsageProblem

MANIFEST = "release.json"
MANIFEST_FORMAT = 1


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Every file below `folder`: relative path -> bytes and SHA-256, sorted by path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": sha256_of(path),
        }
        for path in files
    }


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write release.json for everything else below `folder`; `facts` says what made it."""
    outputs = {name: each for name, each in describe_files(folder).items() if name != MANIFEST}
    manifest = {"format": MANIFEST_FORMAT, **facts, "outputs": outputs}
    text = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished release.

    Raises:
        UsageProblem: the folder is not a release.
        CouldNotRun: the manifest is damaged or of another format.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise UsageProblem(f"{folder} is not a release: it has no {MANIFEST}")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise CouldNotRun(f"{path} is damaged: it is not JSON", "Make the release again.") from None
    if manifest.get("format") != MANIFEST_FORMAT:
        raise CouldNotRun(f"{path} is of a format that this version does not know")
    return manifest


@dataclass(frozen=True)
class Verification:
    """How a release folder compares with its manifest; file names are relative to it."""

    files: int
    altered: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether every file is there, unchanged, and nothing else is."""
        return not (self.altered or self.missing or self.unexpected)


def verify_folder(folder: Path) -> Verification:
    """Compare a release folder with its manifest, byte for byte."""
    expected = read_manifest(folder)["outputs"]
    found = {name: each for name, each in describe_files(folder).items() if name != MANIFEST}
    shared = expected.keys() & found.keys()
    return Verification(
        files=len(expected),
        altered=tuple(sorted(name for name in shared if expected[name] != found[name])),
        missing=tuple(sorted(expected.keys() - found.keys())),
        unexpected=tuple(sorted(found.keys() - expected.keys())),
    )

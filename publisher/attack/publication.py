"""Reads a folder of finished files: a release of ours, or anybody's CSV and Parquet files."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from publisher.attack.policy import KnownPolicy
from publisher.attack.tables import Table, read_csv, read_parquet
from publisher.errors import UsageProblem
from publisher.model.progress import Progress

_MANIFEST, _SUMS = "release.json", "SHA256SUMS"
_NOT_DATA = (".meta.csv",)
_SHEETS = {".xlsx", ".ods", ".html"}


@dataclass(frozen=True, repr=False)
class Publication:
    """What a folder holds for the public.

    own: it is a release of this publication. tables: data files. documents: workbooks and pages.
    faults: what is missing, altered or unreadable, in words.
    """

    name: str
    folder: Path
    own: bool
    policy: KnownPolicy
    tables: tuple[Table, ...]
    documents: tuple[Path, ...]
    faults: tuple[str, ...]
    broken: bool
    """Whether a file of the release is missing or altered."""


def read_publication(folder: Path, progress: Progress) -> Publication:
    """Read every data file below `folder`; of a release of ours what is under `public/`.

    Raises:
        UsageProblem: there is no such folder, or no data file in it, or one cannot be read.
    """
    if not folder.is_dir():
        raise UsageProblem(f"{folder} is not a folder", "Name a release, or a folder of CSV files.")
    manifest = _manifest(folder)
    public = folder / "public" if (folder / "public").is_dir() else folder
    files = sorted(each for each in public.rglob("*") if each.is_file())
    data = [each for each in files if _is_data(each)]
    with progress.stage("Reading files", len(data) + 1) as advance, ThreadPoolExecutor(1) as pool:
        # Reading a table and adding up the bytes of others go well beside each other.
        checked = pool.submit(_checked, files, public)
        tables = []
        for path in data:
            tables.append(_read(path, public))
            advance(1)
        altered, packed, notes = checked.result()
    tables += packed
    if not tables:
        raise UsageProblem(f"{folder} holds no CSV or Parquet file", "Name a release folder.")
    return Publication(
        name=folder.name,
        folder=folder,
        own=manifest is not None or (public / _SUMS).is_file(),
        policy=_policy(manifest),
        tables=tuple(tables),
        documents=tuple(each for each in files if each.suffix.lower() in _SHEETS),
        faults=(*altered, *notes),
        broken=bool(altered),
    )


def _manifest(folder: Path) -> dict[str, Any] | None:
    path = folder / _MANIFEST
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UsageProblem(f"{path} is damaged: it is not JSON", "Make the release again.")
    return found


def _policy(manifest: dict[str, Any] | None) -> KnownPolicy:
    if manifest is None:
        return KnownPolicy()
    settings = manifest.get("settings", {})
    known = {
        **settings.get("disclosure", {}),
        "rounding_base": manifest.get("disclosure", {}).get("rounding_base", 0),
    }
    names = (
        "rounding_base", "recovery_range_percent", "candidate_values", "minimum_schools",
        "minimum_pupils",
    )  # fmt: skip
    chosen = {name: int(known[name]) for name in names if name in known}
    strikes = settings.get("method", {}).get("strike_days")
    days = None if strikes is None else tuple(date.fromisoformat(each) for each in strikes)
    return KnownPolicy(**chosen, half_up=True, rates_from_rounded=True, strike_days=days)


def _is_data(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith((".csv", ".parquet")) and not name.endswith(_NOT_DATA)


def _read(path: Path, public: Path) -> Table:
    source = path.relative_to(public).as_posix()
    if path.suffix.lower() == ".parquet":
        return read_parquet(source, path)
    return read_csv(source, path)


_Digest = Callable[[Path], str]


def _checked(files: list[Path], public: Path) -> tuple[tuple[str, ...], list[Table], list[str]]:
    """What was altered, and what archives hold besides; each file's bytes are added up once."""
    digest = cache(_sha256)
    return tuple(_altered(public, digest)), *_packed(files, public, digest)


def _altered(public: Path, digest: _Digest) -> Iterator[str]:
    """What `SHA256SUMS` names that is missing or has other bytes."""
    path = public / _SUMS
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        expected, _, name = line.partition("  ")
        file = public / name
        if not file.is_file():
            yield f"{name} is named in {_SUMS} and missing."
        elif digest(file) != expected:
            yield f"{name} is not as {_SUMS} says: it was altered."


def _packed(files: list[Path], public: Path, digest: _Digest) -> tuple[list[Table], list[str]]:
    """Data files inside archives that are not the same bytes as those beside them."""
    tables, notes = [], []
    for path in files:
        if path.suffix.lower() != ".zip":
            continue
        source = path.relative_to(public).as_posix()
        try:
            with zipfile.ZipFile(path) as archive:
                for name in sorted(archive.namelist()):
                    if name.lower().endswith(".csv") and not _same(archive, name, public, digest):
                        tables.append(read_csv(f"{source}/{name}", archive.read(name)))
                        notes.append(f"{source} holds {name} with other bytes than beside it.")
        except (zipfile.BadZipFile, OSError):
            raise UsageProblem(f"{source} cannot be read as an archive") from None
    return tables, notes


def _same(archive: zipfile.ZipFile, name: str, public: Path, digest: _Digest) -> bool:
    beside = public / name
    if name.lower().endswith(_NOT_DATA):
        return True
    if not beside.is_file() or beside.stat().st_size != archive.getinfo(name).file_size:
        return False
    with archive.open(name) as stream:
        packed = hashlib.sha256()
        while chunk := stream.read(1 << 20):
            packed.update(chunk)
    return packed.hexdigest() == digest(beside)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

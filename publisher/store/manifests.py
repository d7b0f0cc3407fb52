"""What the store writes down about each batch and each version of the registers."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from publisher.errors import StoreProblem
from publisher.store.folders import finished, sha256_of

MANIFEST = "manifest.json"
FORMAT = 1


class StoredFile(BaseModel):
    """A file of a folder; `sha256` over its bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    size: int
    rows: int
    sha256: str


class FolderManifest(BaseModel):
    """What every folder of the store has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known_from: datetime
    """First moment whose snapshots have it. Not before anything stored earlier, so that what
    was known at a moment never changes afterwards."""
    sha256: str
    files: tuple[StoredFile, ...]


class BatchManifest(FolderManifest):
    """A batch: `received` decides which mark replaces which, `sha256` is over the source files."""

    received: datetime
    marks: dict[str, int]
    pupils: dict[str, int]
    """Account: words of a bucket -> rows that arrived and went there."""


class CountsManifest(FolderManifest):
    """A batch of counts: `received` decides which statement of a school-day replaces which."""

    received: datetime
    counts: dict[str, int]
    on_roll: dict[str, int]
    """Account: words of a bucket -> rows that arrived and went there."""


class RegistersManifest(FolderManifest):
    """A version of the registers; `sha256` is over their content."""


class MergedManifest(BaseModel):
    """Several batches in one folder; rows are told apart by their `received`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[StoredFile, ...]
    batches: dict[str, BatchManifest]
    """Name -> what the batch's own manifest said, without files."""
    history_from: datetime | None = None
    """First moment that can still be asked for; None: every one."""


class Receipt(BaseModel):
    """That a school or a pupil was erased: `rows` maps tables to rows that are gone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    kind: str
    identifier: str
    """A keyed hash; nobody can tell from it who it was without the key and the identifier."""
    known_from: datetime
    """The store's own moment of the erasure: after everything stored before."""
    batches: int
    rows: dict[str, int]
    words: str


class KeptOutManifest(BaseModel):
    """Schools (URNs) and pupils (pseudonyms) that no ingest stores again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schools: tuple[int, ...] = ()
    pupils: tuple[int, ...] = ()


class StoreManifest(BaseModel):
    """The store as a whole; `key_fingerprint` is of the only key that its pseudonyms have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    key_fingerprint: str | None = None
    generation: int = 0
    """How often the store was rewritten (compacted, or something erased): which folder counts."""


Kind = TypeVar("Kind", bound=BaseModel)


def read_manifest(path: Path, kind: type[Kind]) -> Kind:
    """Read a manifest.

    Raises:
        StoreProblem: it is missing or damaged.
    """
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise StoreProblem(
            f"The store is damaged: {path.parent.name}/{path.name} cannot be read",
            "Restore the store from a copy, or make a new one from the feed.",
        ) from None


def manifest_text(manifest: BaseModel) -> str:
    """A manifest as JSON that people can read."""
    return manifest.model_dump_json(indent=2) + "\n"


def manifest_sha256(manifest: BaseModel) -> str:
    """SHA-256 of a manifest's text."""
    return hashlib.sha256(manifest_text(manifest).encode()).hexdigest()


def described(path: Path, rows: int) -> StoredFile:
    """A file that has just been written."""
    return StoredFile(name=path.name, size=path.stat().st_size, rows=rows, sha256=sha256_of(path))


def folders_with(parent: Path, kind: type[Kind]) -> tuple[tuple[Path, Kind], ...]:
    """The folders in `parent` with their manifests, in order of name.

    Raises:
        StoreProblem: a manifest is missing or damaged.
    """
    return tuple((path, read_manifest(path / MANIFEST, kind)) for path in finished(parent))

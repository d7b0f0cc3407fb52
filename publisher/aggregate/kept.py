"""What a run of counting leaves for a later one: sums, and what they were made from.

    <folder>/<digest>/manifest.json             which batches, and the digest of each file
                      new tables, one file each  `gathered`, weeks and slices, weeks of schools

A folder appears whole and never changes; the digest is that of its manifest. Files of an earlier
run may have a second name in that of a later one. It is a cache: what is missing, altered or made
by other queries is not used, and everything is counted again. It holds numbers of single pupils
under their pseudonyms, so it lies where the store lies.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from publisher.aggregate.engine import Engine
from publisher.errors import CouldNotRun
from publisher.model.tables import Snapshot
from publisher.model.time import IsoWeek

MANIFEST = "manifest.json"
_UNFINISHED = ".counting-"
_FILES_AT_ONCE = 2
_KEPT_AT_A_TIME = 2
"""The latest, and the one that another run may be going on from."""


class KeptManifest(BaseModel):
    """What a run counted, and what it left."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queries: str
    """Digest of all that decides what is summed, but the data."""
    week: str
    inputs: tuple[tuple[str, str], ...]
    stored: tuple[tuple[str, str], ...]
    """As in `Snapshot`: what was counted lay in these files."""
    received: tuple[datetime, ...]
    """The batches of registers."""
    files: dict[str, str]
    """Name -> SHA-256."""


@dataclass(frozen=True)
class Earlier:
    """What an earlier run left."""

    folder: Path
    manifest: KeptManifest

    def files(self, name: str) -> list[Path]:
        """The files of a table, which may be in parts."""
        found = [each for each in self.manifest.files if each.split(".")[0] == name]
        return [self.folder / each for each in sorted(found)]

    def parts(self, name: str) -> int:
        """How many parts these are of."""
        return len({each.name.split(".")[1] for each in self.files(name)})

    def tables(self, names: Iterable[str]) -> dict[str, pa.Table]:
        """The small tables that it had under these names."""
        return {name: pq.read_table(self.files(name)[0]) for name in names}


class Unfinished:
    """A folder that is being filled; what cannot be written is not kept, and nothing stops."""

    def __init__(self, folder: Path) -> None:
        """Fill `folder`."""
        self._folder = folder
        self.failed = False
        self.passed_on: dict[str, str] = {}
        """Name -> SHA-256, of files that were compared with it when they were read."""

    @property
    def files(self) -> dict[str, str]:
        """Name -> SHA-256."""
        written = [each for each in self._folder.iterdir() if each.name not in self.passed_on]
        found = {**self.passed_on, **{each.name: made for each, made in _digests(written).items()}}
        return dict(sorted(found.items()))

    def keep(self, engine: Engine, name: str, part: int = 0, table: str = "") -> None:
        """Have an engine write a table, or a part of it that it knows as `table`.

        What it has in files already gets a second name.
        """
        if self.failed:
            return
        files = engine.files(table or name)
        try:
            for piece, file in enumerate(files):
                _link(file, self.path(name, part, piece))
            if not files:
                engine.keep(table or name, self.path(name, part))
        except (CouldNotRun, OSError):
            self.failed = True

    def pass_on(self, earlier: Earlier, name: str) -> int:
        """Have the files of a table as an earlier run left them; of how many parts."""
        for file in earlier.files(name):
            try:
                _link(file, self._folder / file.name)
            except OSError:
                self.failed = True
                break
            self.passed_on[file.name] = earlier.manifest.files[file.name]
        return earlier.parts(name)

    def path(self, name: str, part: int = 0, piece: int = 0) -> Path:
        """Where a table, a part of it or a piece of a part is to be written."""
        return self._folder / f"{name}.{part:04d}.{piece:04d}.parquet"

    def write(self, name: str, table: pa.Table) -> None:
        """Write a small table."""
        if not self.failed:
            try:
                pq.write_table(table, self.path(name))
            except OSError:
                self.failed = True


class Keeping:
    """The folder of what is kept, for one run."""

    def __init__(self, folder: Path, queries: str, snapshot: Snapshot, week: IsoWeek) -> None:
        """Keep in `folder`, which need not exist.

        Args:
            folder: where.
            queries: all text that decides what is summed.
            snapshot: what this run reads.
            week: of the release.
        """
        self._folder = folder
        self._queries = hashlib.sha256(queries.encode()).hexdigest()
        self._snapshot = snapshot
        self._week = week

    def earlier(self) -> Earlier | None:
        """The run that this one can go on from with least to count; None: there is none.

        Its files are read until this run ends: it counts as one of the latest from now on.
        """
        found = [each for path in self._finished() if (each := self._usable(path))]
        found.sort(key=lambda each: (len(each.manifest.received), each.manifest.week))
        for earlier in reversed(found):
            if _is_whole(earlier):
                with suppress(OSError):
                    os.utime(earlier.folder)
                return earlier
        return None

    @contextmanager
    def unfinished(self) -> Iterator[Unfinished | None]:
        """Give a folder to fill; it appears when the block ends well, in place of older ones.

        None where nothing can be written: a store may lie where releases only read.
        """
        folder = self._begun()
        if folder is None:
            yield None
            return
        try:
            filled = Unfinished(folder)
            yield filled
            if not filled.failed:
                with suppress(OSError):
                    self._finish(folder, filled.files)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _begun(self) -> Path | None:
        """Also removes what a run that was killed had begun."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in self._folder.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(path, ignore_errors=True)
            return Path(mkdtemp(prefix=_UNFINISHED, dir=self._folder))
        except OSError:
            return None

    def _finish(self, folder: Path, files: dict[str, str]) -> None:
        received = tuple(sorted(each.received for each in self._snapshot.arrivals))
        manifest = KeptManifest(
            queries=self._queries,
            week=str(self._week),
            inputs=self._snapshot.inputs,
            stored=self._snapshot.stored,
            received=received,
            files=files,
        )
        text = manifest.model_dump_json(indent=1)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        target = self._folder / hashlib.sha256(text.encode()).hexdigest()[:16]
        if not target.exists():  # the same run may have been kept before
            folder.rename(target)
        for path in self._finished()[:-_KEPT_AT_A_TIME]:
            shutil.rmtree(path, ignore_errors=True)

    def _finished(self) -> list[Path]:
        """Oldest first."""
        with suppress(OSError):
            found = [path.parent for path in self._folder.glob(f"*/{MANIFEST}")]
            return sorted(
                (path for path in found if not path.name.startswith(".")),
                key=lambda path: path.stat().st_mtime_ns,
            )
        return []

    def _usable(self, folder: Path) -> Earlier | None:
        try:
            text = (folder / MANIFEST).read_text(encoding="utf-8")
            manifest = KeptManifest.model_validate_json(text)
        except (OSError, ValidationError):
            return None
        known = dict(self._snapshot.inputs)
        same_batches = all(
            known.get(name) == digest for name, digest in manifest.inputs if _is_batch(name)
        )
        usable = (
            manifest.queries == self._queries
            and IsoWeek.parse(manifest.week) <= self._week
            and same_batches
            and set(manifest.stored) <= set(self._snapshot.stored)
            and _erasures(manifest.inputs) == _erasures(self._snapshot.inputs)
        )
        return Earlier(folder, manifest) if usable else None


def _is_batch(name: str) -> bool:
    return name.startswith("batch ")


def _erasures(inputs: tuple[tuple[str, str], ...]) -> set[tuple[str, str]]:
    return {each for each in inputs if each[0].startswith("erasure ")}


def _is_whole(earlier: Earlier) -> bool:
    """Whether every file has its recorded digest."""
    try:
        files = {earlier.folder / name: made for name, made in earlier.manifest.files.items()}
        return _digests(tuple(files)) == files
    except OSError:
        return False


def _link(file: Path, target: Path) -> None:
    """A second name for a file, or a copy where a file has one name only."""
    try:
        target.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, target)


def _digests(paths: Collection[Path]) -> dict[Path, str]:
    """Two at a time: they are large, and nothing else runs meanwhile."""
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        return dict(zip(paths, pool.map(_digest, paths), strict=True))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The store: what was received, and what was known when.

    store.json                      format, fingerprint of the pseudonym key
    lock                            held by the one ingest that writes
    batches/<received>/             manifest, marks, school-days, pupils of a batch
    registers/<number>/             manifest, schools, approvals, census of a version

Folders appear whole (`folders.appearing`) and never change afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher.errors import StoreProblem
from publisher.model.accounting import BatchArrivals
from publisher.model.tables import Snapshot
from publisher.store.folders import clean, sha256_of, written_or_explained
from publisher.store.lock import only_writer
from publisher.store.manifests import (
    FORMAT,
    BatchManifest,
    FolderManifest,
    RegistersManifest,
    StoreManifest,
    folders_with,
    read_manifest,
)
from publisher.store.settings import StoreSettings
from publisher.store.writing import (
    BATCHES,
    REGISTERS,
    STORE_MANIFEST,
    Writer,
    write_store_manifest,
)

Batch = tuple[Path, BatchManifest]
Version = tuple[Path, RegistersManifest]


@dataclass(frozen=True)
class StoreStatus:
    """What the store holds, in numbers that anyone may read."""

    format: int
    batches: int
    register_versions: int
    latest: datetime | None
    """The moment that a snapshot has if none is asked for."""
    bytes: int


class Store:
    """A store folder. Reading needs no lock: what is there never changes."""

    def __init__(self, folder: Path, settings: StoreSettings | None = None) -> None:
        """Open the store in `folder`; it need not exist yet.

        Raises:
            StoreProblem: it is not a store, is damaged, or has a format that is not known.
        """
        self._folder = folder
        self._settings = settings or StoreSettings()
        self._check_format()

    def __repr__(self) -> str:
        return f"Store({self._folder.name})"

    def received_batches(self) -> tuple[datetime, ...]:
        """When each batch was received, oldest first."""
        return tuple(sorted(manifest.received for _, manifest in self._batches()))

    def latest(self) -> datetime | None:
        """The moment from which everything in the store is known; None if it is empty."""
        known = [manifest.known_from for _, manifest in (*self._batches(), *self._versions())]
        return max(known, default=None) if self._batches() else None

    def snapshot(self, as_of: datetime | None = None) -> Snapshot:
        """What was known at `as_of`, or now.

        Raises:
            StoreProblem: nothing was known then, the moment has a time zone, or a file is damaged.
        """
        moment = as_of or self.latest()
        if moment is None:
            raise StoreProblem(f"{self!r} holds no batch", "Run publisher ingest FEED first.")
        if moment.tzinfo is not None:
            raise StoreProblem(
                "A moment with a time zone cannot be compared", "Leave the time zone out."
            )
        batches = [each for each in self._batches() if each[1].known_from <= moment]
        if not batches:
            raise self._nothing_by(moment)
        return self._snapshot(moment, batches, self._version_at(moment))

    def status(self) -> StoreStatus:
        """What the store holds."""
        folders = (*self._batches(), *self._versions())
        return StoreStatus(
            format=FORMAT,
            batches=len(self._batches()),
            register_versions=len(self._versions()),
            latest=self.latest(),
            bytes=sum(file.size for _, manifest in folders for file in manifest.files),
        )

    def verify(self) -> None:
        """Read every file and compare it with its recorded checksum.

        Raises:
            StoreProblem: a file is missing or has changed.
        """
        for folder, manifest in (*self._batches(), *self._versions()):
            for file in manifest.files:
                path = folder / file.name
                if not path.is_file() or sha256_of(path) != file.sha256:
                    raise _damaged(path)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Be the only writer for as long as the block runs; the store is made if need be.

        Raises:
            StoreProblem: another ingest is writing.
            CouldNotRun: the disk is full or cannot be written.
        """
        with written_or_explained():
            for parent in (self._batches_folder, self._registers_folder):
                parent.mkdir(parents=True, exist_ok=True)
        with only_writer(self._folder / "lock", self._settings.lock_wait_seconds):
            with written_or_explained():
                for parent in (self._folder, self._batches_folder, self._registers_folder):
                    clean(parent)
                if not self._manifest.exists():
                    write_store_manifest(self._manifest, StoreManifest(format=FORMAT))
            yield Writer(self._folder, self._settings)

    @property
    def _manifest(self) -> Path:
        return self._folder / STORE_MANIFEST

    @property
    def _batches_folder(self) -> Path:
        return self._folder / BATCHES

    @property
    def _registers_folder(self) -> Path:
        return self._folder / REGISTERS

    def _batches(self) -> tuple[Batch, ...]:
        return folders_with(self._batches_folder, BatchManifest)

    def _versions(self) -> tuple[Version, ...]:
        return folders_with(self._registers_folder, RegistersManifest)

    def _check_format(self) -> None:
        if self._manifest.exists():
            found = read_manifest(self._manifest, StoreManifest).format
            if found != FORMAT:
                raise StoreProblem(
                    f"{self!r} has format {found}; this program reads format {FORMAT}",
                    "Use the version of the program that wrote it, or make a new store.",
                )
        elif self._folder.exists() and not self._could_be_new():
            raise StoreProblem(
                f"{self._folder.name} is not a store", "Name a new or an empty folder as the store."
            )

    def _could_be_new(self) -> bool:
        """Whether the folder is empty, or an ingest died before it had begun."""
        if not self._folder.is_dir() or self._batches() or self._versions():
            return False
        begun = {BATCHES, REGISTERS, "lock"}
        return all(
            path.name in begun or path.name.startswith(".") for path in self._folder.iterdir()
        )

    def _version_at(self, moment: datetime) -> Version:
        """The newest version of the registers known at a moment, else the earliest."""
        versions = self._versions()
        if not versions:
            raise StoreProblem(
                f"{self!r} has no registers: an ingest did not finish",
                "Run publisher ingest FEED again; it goes on where it stopped.",
            )
        known = [each for each in versions if each[1].known_from <= moment]
        return known[-1] if known else versions[0]

    def _nothing_by(self, moment: datetime) -> StoreProblem:
        first = min(manifest.known_from for _, manifest in self._batches())
        return StoreProblem(
            f"Nothing had been received by {moment:%Y-%m-%dT%H:%M}",
            f"The first batch is known from {first:%Y-%m-%dT%H:%M}; ask for then or later.",
        )

    def _snapshot(self, moment: datetime, batches: list[Batch], version: Version) -> Snapshot:
        for folder, manifest in (*batches, version):
            _check_sizes(folder, manifest)
        folder, registers = version
        known = [manifest.known_from for _, manifest in (*batches, version)]
        return Snapshot(
            as_of=max(each for each in known if each <= moment),
            marks=tuple(path / "marks.parquet" for path, _ in batches),
            school_days=tuple(path / "school_days.parquet" for path, _ in batches),
            pupils=tuple(path / "pupils.parquet" for path, _ in batches),
            schools=folder / "schools.parquet",
            approvals=folder / "approvals.parquet",
            census=folder / "census.parquet",
            inputs=(
                *((f"batch {path.name}", manifest.sha256) for path, manifest in batches),
                ("registers", registers.sha256),
            ),
            arrivals=tuple(_arrivals(path.name, manifest) for path, manifest in batches),
        )


def _arrivals(name: str, manifest: BatchManifest) -> BatchArrivals:
    return BatchArrivals(name, manifest.received, manifest.marks, manifest.pupils)


def _check_sizes(folder: Path, manifest: FolderManifest) -> None:
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file() or path.stat().st_size != file.size:
            raise _damaged(path)


def _damaged(path: Path) -> StoreProblem:
    return StoreProblem(
        f"The store is damaged: {path.parent.name}/{path.name} is missing or has changed",
        "Restore the store from a copy, or make a new one from the feed.",
    )

"""The store: what was received, and what was known when.

    store.json                      format, fingerprint of the pseudonym key, generation
    lock                            held by the one ingest that writes
    readers                         held by releases, so that no file goes while it is read
    batches/<received>/             manifest, marks, school-days, pupils of a batch
    merged/<number>/                the same of many batches, after a compaction
    counts/<received>/              manifest, counts, count_days, on_roll of a batch of counts
    registers/<number>/             manifest, schools, approvals, census of a version
    receipts/<number>.json          what was erased
    sums/                           what a release leaves for the next one (`aggregate.kept`)
    kept_out.json                   whom no ingest stores again
    suppliers.json                  up to when suppliers were asked; the adapters of `feed` keep it

Folders appear whole (`folders.appearing`) and never change afterwards. Only a compaction or an
erasure replaces them, all at once (`generations`): everything but store.json, suppliers.json and
the lock files is then in `generation-<number>/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher.errors import StoreProblem
from publisher.model.erasure import KeptOut
from publisher.model.progress import Progress
from publisher.model.tables import Snapshot
from publisher.store.changes import Changes, changed_since
from publisher.store.contents import (
    BATCHES,
    COUNTS,
    REGISTERS,
    STORE_MANIFEST,
    Contents,
)
from publisher.store.extent import Extent, extent_of
from publisher.store.folders import clean, written_or_explained
from publisher.store.generations import READERS
from publisher.store.lock import no_reader, one_of_many, only_writer
from publisher.store.manifests import (
    FORMAT,
    StoreManifest,
    read_manifest,
)
from publisher.store.settings import StoreSettings
from publisher.store.snapshots import (
    check_content,
    files_read,
    snapshot_at,
    stored_files,
    version_at,
)
from publisher.store.writing import Writer, write_store_manifest


@dataclass(frozen=True)
class StoreStatus:
    """What the store holds, in numbers that anyone may read."""

    format: int
    batches: int
    folders: int
    """Folders of rows; compaction makes them one."""
    register_versions: int
    latest: datetime | None
    """The moment that a snapshot has if none is asked for."""
    history_from: datetime | None
    """First moment that can still be asked for, if earlier ones were given up."""
    erasures: int
    bytes: int
    extent: Extent


class Store:
    """A store folder.

    What is there never changes, but for compactions and erasures: a release reads in `reading`.
    """

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
        contents = self._contents
        batches = [each.received for each in contents.batches.values()]
        return tuple(sorted(batches + [each.received for _, each in contents.counts]))

    def latest(self) -> datetime | None:
        """The moment from which everything in the store is known; None if it is empty."""
        return self._contents.latest

    def kept_out(self) -> KeptOut:
        """Whom no ingest stores again."""
        return self._contents.kept_out

    def snapshot(self, as_of: datetime | None = None) -> Snapshot:
        """What was known at `as_of`, or now.

        Raises:
            StoreProblem: nothing was known then, it has been given up, the moment has a time zone,
                or a file is damaged.
        """
        contents = self._contents
        moment = as_of or contents.latest
        if moment is None:
            raise StoreProblem(f"{self!r} holds no batch", "Run publisher ingest FEED first.")
        if moment.tzinfo is not None:
            raise StoreProblem(
                "A moment with a time zone cannot be compared", "Leave the time zone out."
            )
        return snapshot_at(contents, moment)

    def ledgers(self, as_of: datetime) -> tuple[Path, Path]:
        """The registers of schools and of approvals (`Snapshot`) as they were known at `as_of`.

        Raises:
            StoreProblem: the store has no registers, or a file is missing or has changed.
        """
        folder, registers = version_at(self._contents, as_of)
        for file in registers.files:
            check_content(folder / file.name, file)
        return folder / "schools.parquet", folder / "approvals.parquet"

    def changed_since(self, moment: datetime) -> Changes:
        """Which school-days changed after `moment`.

        Raises:
            StoreProblem: a file is damaged, or the history asked for has been given up.
        """
        return changed_since(self._contents, moment)

    def status(self) -> StoreStatus:
        """What the store holds.

        Raises:
            StoreProblem: a file is damaged.
        """
        contents = self._contents
        return StoreStatus(
            format=FORMAT,
            batches=len(contents.batches) + len(contents.counts),
            folders=len(contents.layers) + len(contents.counts),
            register_versions=len(contents.versions),
            latest=contents.latest,
            history_from=contents.history_from,
            erasures=len(contents.receipts),
            bytes=sum(file.size for _, file in stored_files(contents)),
            extent=extent_of(contents),
        )

    def verify(self) -> int:
        """Read every file and compare it with its recorded checksum; the number of files.

        Raises:
            StoreProblem: a file is missing or has changed, or a rewrite did not finish.
        """
        contents = self._contents
        files = stored_files(contents)
        for folder, file in files:
            check_content(folder / file.name, file)
        if contents.leftovers:
            raise StoreProblem(
                "A compaction or an erasure was stopped before it had removed the old files",
                "Run publisher store compact; it removes them.",
            )
        return len(files)

    def verify_read(self, snapshot: Snapshot, progress: Progress) -> None:
        """Compare the files that counting reads with their recorded checksums.

        Not `marks`, of which counting reads the number of rows only: `weeks` says the same.

        Raises:
            StoreProblem: a file is missing or has changed.
        """
        read = files_read(snapshot)
        files = [each for each in stored_files(self._contents) if each[0] / each[1].name in read]
        with progress.stage("Checking the store", len(files)) as advance:
            for folder, file in files:
                check_content(folder / file.name, file)
                advance(1)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep the files of snapshots from going for as long as the block runs.

        Raises:
            StoreProblem: the store is being rewritten.
        """
        with one_of_many(self._folder / READERS, self._settings.lock_wait_seconds):
            yield

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Be the only writer for as long as the block runs; the store is made if need be.

        Raises:
            StoreProblem: another ingest is writing.
            CouldNotRun: the disk is full or cannot be written.
        """
        with written_or_explained():
            self._make_folder()
        with only_writer(self._folder / "lock", self._settings.lock_wait_seconds):
            with written_or_explained():
                self._prepare()
            yield Writer(self._folder, self._settings)

    def _make_folder(self) -> None:
        """A new store can be entered by its owner alone; an existing one stays as it is."""
        try:
            self._folder.mkdir(parents=True)
        except FileExistsError:
            return
        self._folder.chmod(0o700)

    def _prepare(self) -> None:
        """Have the folders that a writer needs, and nothing that a killed one left."""
        contents = self._contents
        parents = [contents.root / name for name in (BATCHES, COUNTS, REGISTERS)]
        for parent in parents:
            parent.mkdir(parents=True, exist_ok=True)
        for parent in {self._folder, contents.root, *parents}:
            clean(parent)
        (self._folder / READERS).touch()
        if contents.leftovers:
            with no_reader(self._folder / READERS, self._settings.lock_wait_seconds):
                contents.remove_leftovers()
        if not self._manifest.exists():
            write_store_manifest(self._manifest, StoreManifest(format=FORMAT))

    @property
    def _manifest(self) -> Path:
        return self._folder / STORE_MANIFEST

    @property
    def _contents(self) -> Contents:
        return Contents(self._folder)

    def _check_format(self) -> None:
        if not self._manifest.exists() and self._could_be_new():
            return
        # Asked once more: while this one looked, an ingest may have begun a new store.
        if not self._manifest.exists():
            raise StoreProblem(
                f"{self._folder.name} is not a store", "Name a new or an empty folder as the store."
            )
        found = read_manifest(self._manifest, StoreManifest).format
        if found != FORMAT:
            raise StoreProblem(
                f"{self!r} has format {found}; this program reads format {FORMAT}",
                "Use the version of the program that wrote it, or make a new store.",
            )

    def _could_be_new(self) -> bool:
        """Whether there is no such folder, it is empty, or an ingest died before it had begun."""
        if not self._folder.exists():
            return True
        contents = self._contents
        if not self._folder.is_dir() or contents.batches or contents.counts or contents.versions:
            return False
        begun = {BATCHES, COUNTS, REGISTERS, "lock", READERS}
        return all(
            path.name in begun or path.name.startswith(".") for path in self._folder.iterdir()
        )

"""What was known at a moment, as files that a release reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from publisher.errors import StoreProblem
from publisher.model.accounting import BatchArrivals, CountArrivals
from publisher.model.tables import Snapshot
from publisher.store.contents import SUMS, Contents, Layer, Version
from publisher.store.folders import sha256_of
from publisher.store.manifests import (
    BatchManifest,
    CountsManifest,
    FolderManifest,
    StoredFile,
    manifest_sha256,
)
from publisher.store.rows import WEEKS


def snapshot_at(contents: Contents, moment: datetime) -> Snapshot:
    """What was known at `moment`.

    Raises:
        StoreProblem: nothing was, it has been given up, or a file is damaged.
    """
    known = {name: each for name, each in contents.batches.items() if each.known_from <= moment}
    counts = [each for each in contents.counts if each[1].known_from <= moment]
    if not known and not counts:
        raise _nothing_by(contents, moment)
    contents.check_history(moment)
    layers = [layer for layer in contents.layers if layer.known(moment)]
    _check_weeks(layers)
    folder, registers = version_at(contents, moment)
    for parent, file in (*_files(layers), *_own_files(counts), *_own_files([(folder, registers)])):
        _check_size(parent / file.name, file)
    moments = [each.known_from for each in (*known.values(), *(each for _, each in counts))]
    moments += [each.known_from for each in contents.receipts]
    return Snapshot(
        as_of=max(each for each in (*moments, registers.known_from) if each <= moment),
        marks=tuple(layer.path("marks") for layer in layers),
        school_days=tuple(layer.path("school_days") for layer in layers),
        weeks=tuple(layer.path(WEEKS) for layer in layers),
        pupils=tuple(layer.path("pupils") for layer in layers),
        schools=folder / "schools.parquet",
        approvals=folder / "approvals.parquet",
        census=folder / "census.parquet",
        inputs=_inputs(contents, known, dict(counts), registers.sha256),
        stored=tuple((f"{each.name}/{file.name}", file.sha256) for each, file in _files(layers)),
        batches=len(known) + len(counts),
        arrivals=tuple(_arrivals(name, each) for name, each in known.items()),
        not_yet=_not_yet(layers, moment),
        counts=tuple(path / "counts.parquet" for path, _ in counts),
        count_days=tuple(path / "count_days.parquet" for path, _ in counts),
        on_roll=tuple(path / "on_roll.parquet" for path, _ in counts),
        count_arrivals=tuple(CountArrivals(each.counts, each.on_roll) for _, each in counts),
        root=contents.store,
        sums=contents.root / SUMS,
    )


def version_at(contents: Contents, moment: datetime) -> Version:
    """The newest version of the registers known at a moment, else the earliest.

    Raises:
        StoreProblem: the store has no registers.
    """
    versions = contents.versions
    if not versions:
        raise StoreProblem(
            "The store has no registers: an ingest did not finish",
            "Run publisher ingest FEED again; it goes on where it stopped.",
        )
    known = [each for each in versions if each[1].known_from <= moment]
    return known[-1] if known else versions[0]


def stored_files(contents: Contents) -> list[tuple[Path, StoredFile]]:
    """Every file of rows and registers, with its folder."""
    return [
        *_files(contents.layers),
        *_own_files(contents.counts),
        *_own_files(contents.versions),
    ]


def files_read(snapshot: Snapshot) -> frozenset[Path]:
    """The files of a snapshot of which counting reads more than the number of rows."""
    registers = (snapshot.schools, snapshot.approvals, snapshot.census)
    of_registers = (*snapshot.school_days, *snapshot.weeks, *snapshot.pupils)
    of_counts = (*snapshot.counts, *snapshot.count_days, *snapshot.on_roll)
    return frozenset((*registers, *of_registers, *of_counts))


def check_content(path: Path, file: StoredFile) -> None:
    """Compare a file with its checksum.

    Raises:
        StoreProblem: it is missing, cannot be read or has changed.
    """
    try:
        same = sha256_of(path) == file.sha256
    except OSError:
        same = False
    if not same:
        raise _damaged(path)


def _damaged(path: Path) -> StoreProblem:
    return StoreProblem(
        f"The store is damaged: {path.parent.name}/{path.name} is missing or has changed",
        "Restore the store from a copy, or make a new one from the feed.",
    )


def _files(layers: Iterable[Layer]) -> list[tuple[Path, StoredFile]]:
    return [(layer.folder, file) for layer in layers for file in layer.files]


def _own_files(folders: Iterable[tuple[Path, FolderManifest]]) -> list[tuple[Path, StoredFile]]:
    return [(path, file) for path, each in folders for file in each.files]


def _check_weeks(layers: Iterable[Layer]) -> None:
    for layer in layers:
        if f"{WEEKS}.parquet" not in {file.name for file in layer.files}:
            raise StoreProblem(
                f"{layer.folder.name} was stored by an earlier version: its registers are not "
                "kept by week",
                "Make a new store from the feed.",
            )


def _check_size(path: Path, file: StoredFile) -> None:
    if not path.is_file() or path.stat().st_size != file.size:
        raise _damaged(path)


def _nothing_by(contents: Contents, moment: datetime) -> StoreProblem:
    arrived = (*contents.batches.values(), *(each for _, each in contents.counts))
    first = min(each.known_from for each in arrived)
    return StoreProblem(
        f"Nothing had been received by {moment:%Y-%m-%dT%H:%M}",
        f"The first batch is known from {first:%Y-%m-%dT%H:%M}; ask for then or later.",
    )


def _not_yet(layers: Iterable[Layer], moment: datetime) -> tuple[datetime, ...]:
    batches = [each for layer in layers for each in layer.batches.values()]
    return tuple(sorted(each.received for each in batches if each.known_from > moment))


def _arrivals(name: str, batch: BatchManifest) -> BatchArrivals:
    return BatchArrivals(name, batch.received, batch.marks, batch.pupils)


def _inputs(
    contents: Contents,
    known: Mapping[str, BatchManifest],
    counts: Mapping[Path, CountsManifest],
    registers: str,
) -> tuple[tuple[str, str], ...]:
    """Batches by name; erasures whenever made, for they are missing from every moment."""
    return (
        *((f"batch {name}", each.sha256) for name, each in known.items()),
        *((f"counts {path.name}", each.sha256) for path, each in counts.items()),
        ("registers", registers),
        *((f"erasure {each.number:06d}", manifest_sha256(each)) for each in contents.receipts),
    )

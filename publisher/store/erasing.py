"""Erases a school or a pupil from every batch: the one exception to append-only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from publisher.errors import StoreProblem
from publisher.model.erasure import ErasedKind, Identified, KeptOut
from publisher.model.intake import ERASED, STORED
from publisher.store.contents import (
    BATCHES,
    KEPT_OUT,
    MERGED,
    RECEIPTS,
    REGISTERS,
    STORE_MANIFEST,
    Contents,
    Layer,
    Version,
)
from publisher.store.count_folders import CountFolders
from publisher.store.folders import write_whole, written_or_explained
from publisher.store.generations import linked, next_generation
from publisher.store.manifests import (
    MANIFEST,
    BatchManifest,
    KeptOutManifest,
    MergedManifest,
    Receipt,
    StoredFile,
    StoreManifest,
    described,
    manifest_text,
    read_manifest,
)
from publisher.store.rows import DAY_LISTS, DERIVED, ROWS_AT_A_TIME, answer, days_query, read_tables
from publisher.store.settings import StoreSettings
from publisher.store.tables import TableWriter, content_sha256, write_weeks

_A_MOMENT = timedelta(seconds=1)
_WORDS = (
    "Every row of this identifier was removed from every batch of the store, history included, "
    "and is kept out of later ingests until this is lifted. Releases made as of earlier moments "
    "no longer have the bytes that they had. Copies of the store and deliveries of the feed that "
    "lie elsewhere are not reached: erase them too."
)

Removed = Mapping[tuple[str, datetime], int]
"""(table, received) -> rows."""


@dataclass(frozen=True)
class Erasing:
    """One erasure from the store in the folder `store`, whose lock is held."""

    store: Path
    settings: StoreSettings
    who: Identified

    def run(self) -> Receipt:
        """Erase, keep out, and write the receipt; once done, give that receipt again.

        Raises:
            StoreProblem: the store is empty, was written with another key, or is being read.
            CouldNotRun: the disk is full or cannot be written; the store is as it was.
        """
        contents = Contents(self.store)
        self._check(contents)
        if self.who.number in contents.kept_out.of(self.who.kind):
            same = [each for each in contents.receipts if each.identifier == self.who.digest]
            return same[-1]
        receipt = _receipt(contents, self.who)
        with next_generation(self.store, self.settings.lock_wait_seconds) as root:
            rows: Counter[str] = Counter()
            touched = sum(self._layer(layer, root, rows) for layer in contents.layers)
            rows.update(self._counts().copy(contents, root))
            for version in contents.versions:
                self._version(version, root / REGISTERS, rows)
            done = receipt.model_copy(
                update={"batches": touched, "rows": dict(sorted(rows.items()))}
            )
            _write_receipts(contents, root, done)
            write_kept_out(root, _with(contents.kept_out, self.who))
        return done

    def _counts(self) -> CountFolders:
        """Counts are of schools; no pupil is in them."""
        everything = pa.compute.scalar(True)  # noqa: FBT003  (an expression)
        of_others = pa.compute.field("urn") != self.who.number
        kept = of_others if self.who.kind is ErasedKind.SCHOOL else everything
        return CountFolders(kept, ERASED, self.settings.compression_level)

    def _check(self, contents: Contents) -> None:
        if contents.latest is None:
            raise StoreProblem("The store holds no batch", "There is nothing to erase.")
        _check_key(self.store, self.who)

    def _layer(self, layer: Layer, root: Path, rows: Counter[str]) -> int:
        """Copy a layer without the rows; how many of its batches had some."""
        parent = BATCHES if layer.folder.parent.name == BATCHES else MERGED
        target = root / parent / layer.folder.name
        removed = self._removed(layer)
        if not removed:
            linked(layer.folder, target)
            return 0
        for (table, _), number in removed.items():
            rows[table] += number
        files = self._rewritten(layer, target, {table for table, _ in removed})
        _write_layer_manifest(layer, target, files, removed)
        return len({received for _, received in removed})

    def _removed(self, layer: Layer) -> Removed:
        found: dict[tuple[str, datetime], int] = {}
        for path in _row_files(layer.folder):
            if self.who.column in pq.read_schema(path).names and path.stem not in DERIVED:
                query = f"""SELECT received, COUNT(*) AS gone FROM stored
WHERE {self.who.column} = {self.who.number} GROUP BY received"""
                for each in answer(query, [path]):
                    received, gone = each["received"], each["gone"]
                    if isinstance(received, datetime) and isinstance(gone, int):
                        found[path.stem, received] = gone
        return found

    def _rewritten(self, layer: Layer, target: Path, tables: set[str]) -> tuple[StoredFile, ...]:
        target.mkdir(parents=True)
        writer = TableWriter(target, self.settings.compression_level)
        for path in _row_files(layer.folder):
            if path.stem in tables:
                writer.write(path.name, pq.read_schema(path), self._kept(path))
        for listed in DAY_LISTS:
            if listed.of in tables:
                path = layer.path(listed.name)
                days = read_tables(days_query(listed), [target / f"{listed.of}.parquet"])
                writer.write(path.name, pq.read_schema(path), days)
        if "marks" in tables:
            write_weeks(writer)
        written = {name: described(target / name, rows) for name, rows in writer.rows.items()}
        for file in layer.files:
            if file.name not in written:
                linked(layer.folder / file.name, target / file.name)
        return tuple(written.get(file.name, file) for file in layer.files)

    def _kept(self, path: Path) -> Iterator[pa.Table]:
        """The rows of everyone else, in their order."""
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(ROWS_AT_A_TIME):
                piece = pa.Table.from_batches([batch])
                gone = pa.compute.equal(piece[self.who.column], self.who.number)
                yield piece.filter(pa.compute.invert(gone))

    def _version(self, version: Version, registers: Path, rows: Counter[str]) -> None:
        folder, manifest = version
        target = registers / folder.name
        if self.who.kind is ErasedKind.PUPIL:
            linked(folder, target)
            return
        target.mkdir(parents=True)
        writer = TableWriter(target, self.settings.compression_level)
        tables = {path.stem: pq.read_table(path) for path in _row_files(folder)}
        for name, table in tables.items():
            kept = table
            if "urn" in table.column_names:
                kept = table.filter(pa.compute.not_equal(table["urn"], self.who.number))
            rows.update({name: gone} if (gone := len(table) - len(kept)) else {})
            tables[name] = kept
            writer.write(f"{name}.parquet", table.schema, [kept])
        files = tuple(
            described(target / each.name, writer.rows[each.name]) for each in manifest.files
        )
        changed = manifest.model_copy(update={"files": files, "sha256": content_sha256(tables)})
        (target / MANIFEST).write_text(manifest_text(changed), encoding="utf-8")


def lift(store: Path, who: Identified) -> bool:
    """Let rows of an erased school or pupil in again; whether it was kept out.

    Raises:
        StoreProblem: the store was written with another key.
        CouldNotRun: the disk is full or cannot be written.
    """
    _check_key(store, who)
    contents = Contents(store)
    if who.number not in contents.kept_out.of(who.kind):
        return False
    with written_or_explained():
        write_kept_out(contents.root, _without(contents.kept_out, who))
    return True


def write_kept_out(root: Path, kept_out: KeptOut) -> None:
    """Write the list of those who are kept out.

    Raises:
        OSError: it cannot be written.
    """
    found = KeptOutManifest(
        schools=tuple(sorted(kept_out.schools)), pupils=tuple(sorted(kept_out.pupils))
    )
    write_whole(root / KEPT_OUT, manifest_text(found))


def _check_key(store: Path, who: Identified) -> None:
    known = read_manifest(store / STORE_MANIFEST, StoreManifest).key_fingerprint
    if known not in (None, who.key_fingerprint):
        raise StoreProblem(
            "The store was written with another pseudonym key",
            "Use the key that the store was begun with; with another one nobody is found.",
        )


def _receipt(contents: Contents, who: Identified) -> Receipt:
    latest = contents.last_moment
    if latest is None:
        raise StoreProblem("The store holds no batch", "There is nothing to erase.")
    return Receipt(
        number=len(contents.receipts) + 1,
        kind=who.kind.value,
        identifier=who.digest,
        known_from=latest + _A_MOMENT,
        batches=0,
        rows={},
        words=_WORDS,
    )


def _write_receipts(contents: Contents, root: Path, newest: Receipt) -> None:
    folder = root / RECEIPTS
    folder.mkdir(parents=True)
    for each in (*contents.receipts, newest):
        (folder / f"{each.number:06d}.json").write_text(manifest_text(each), encoding="utf-8")


def _write_layer_manifest(
    layer: Layer, target: Path, files: tuple[StoredFile, ...], removed: Removed
) -> None:
    batches = {name: without_rows(each, removed, ERASED) for name, each in layer.batches.items()}
    if layer.folder.parent.name == BATCHES:
        (single,) = batches.values()
        text = manifest_text(single.model_copy(update={"files": files}))
    else:
        known = read_manifest(layer.folder / MANIFEST, MergedManifest)
        text = manifest_text(known.model_copy(update={"files": files, "batches": batches}))
    (target / MANIFEST).write_text(text, encoding="utf-8")


def without_rows(batch: BatchManifest, removed: Removed, bucket: str) -> BatchManifest:
    """A batch whose account says that stored rows went to another bucket."""
    changed: dict[str, dict[str, int]] = {}
    for (table, received), rows in removed.items():
        account = getattr(batch, table, None)
        if received == batch.received and account is not None:
            moved = {**account, STORED: account[STORED] - rows}
            changed[table] = {**moved, bucket: moved.get(bucket, 0) + rows}
    return batch.model_copy(update=changed)


def _row_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def _with(known: KeptOut, who: Identified) -> KeptOut:
    if who.kind is ErasedKind.SCHOOL:
        return KeptOut(known.schools | {who.number}, known.pupils)
    return KeptOut(known.schools, known.pupils | {who.number})


def _without(known: KeptOut, who: Identified) -> KeptOut:
    if who.kind is ErasedKind.SCHOOL:
        return KeptOut(known.schools - {who.number}, known.pupils)
    return KeptOut(known.schools, known.pupils - {who.number})

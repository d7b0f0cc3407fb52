"""Merges many small folders into one, and gives up what the retention period does not cover.

Inside the period every earlier moment keeps its answers: rows keep the batch that brought them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from publisher.errors import StoreProblem
from publisher.model.intake import GIVEN_UP
from publisher.model.tables import SchoolRange
from publisher.store.contents import KEPT_OUT, MERGED, RECEIPTS, REGISTERS, Contents, Layer
from publisher.store.count_folders import CountFolders
from publisher.store.erasing import without_rows
from publisher.store.generations import linked, next_generation
from publisher.store.manifests import (
    MANIFEST,
    BatchManifest,
    MergedManifest,
    StoredFile,
    described,
    manifest_text,
)
from publisher.store.rows import (
    DAY_LISTS,
    DERIVED,
    STORED_TABLES,
    StoredTable,
    answer,
    days_query,
    literal,
    moments,
    read_tables,
    urn_ranges,
)
from publisher.store.settings import StoreSettings
from publisher.store.tables import TableWriter, write_weeks

_SEPTEMBER = 9
_A_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Retention:
    """What may go: everything is kept that a release as of `cutoff` or later can need.

    `cutoff`: the last moment known when the period began. `settled`: when the batches were
    received of which only the latest rows are needed, for all were known by the cutoff.
    `first_day`: marks of earlier days are of academic years that had ended by the cutoff.
    """

    cutoff: datetime
    settled: tuple[datetime, ...]
    first_day: date

    @classmethod
    def of(cls, contents: Contents, days: int | None) -> Retention | None:
        """The retention in force; None when everything is kept."""
        latest = contents.latest
        if days is None or latest is None:
            return None
        begins = latest - timedelta(days=days)
        if contents.history_from is not None:  # what is given up does not come back
            begins = max(begins, contents.history_from)
        known = [each for each in contents.batches.values() if each.known_from <= begins]
        if not known:
            return None
        # A release made when the period began is as of the last batch before.
        cutoff = max(each.known_from for each in known)
        start = cutoff.year if cutoff.month >= _SEPTEMBER else cutoff.year - 1
        first_day = date(start, _SEPTEMBER, 1)
        return cls(cutoff, tuple(each.received for each in known), first_day)


@dataclass(frozen=True)
class Compacted:
    """What a compaction did; `history_from` is the first moment that can still be asked for."""

    folders_before: int
    folders_after: int
    bytes_before: int
    bytes_after: int
    rows_given_up: int
    history_from: datetime | None


@dataclass(frozen=True)
class Compacting:
    """One compaction of the store in the folder `store`, whose lock is held."""

    store: Path
    settings: StoreSettings

    def run(self) -> Compacted:
        """Merge everything into one folder.

        Raises:
            StoreProblem: the store is being read, is damaged, or holds a table that is not known.
            CouldNotRun: the disk is full or cannot be written; the store is as it was.
        """
        contents = Contents(self.store)
        retention = Retention.of(contents, self.settings.retention_days)
        given_up = retention.cutoff if retention else contents.history_from
        merged_already = all(layer.folder.parent.name == MERGED for layer in contents.layers)
        if len(contents.layers) <= 1 and merged_already and given_up == contents.history_from:
            return _compacted(contents, contents)
        _refuse_unknown_tables(contents.layers)
        with next_generation(self.store, self.settings.lock_wait_seconds) as root:
            for name in (REGISTERS, RECEIPTS, KEPT_OUT):
                if (contents.root / name).exists():
                    linked(contents.root / name, root / name)
            self._counts(retention).copy(contents, root)
            self._merge(contents, root / MERGED / "000001", retention)
        return _compacted(contents, Contents(self.store))

    def _counts(self, retention: Retention | None) -> CountFolders:
        """Counts of days of academic years that are kept."""
        first = date.min if retention is None else retention.first_day
        kept = pa.compute.field("date") >= pa.scalar(first, pa.date32())
        return CountFolders(kept, GIVEN_UP, self.settings.compression_level)

    def _merge(self, contents: Contents, target: Path, retention: Retention | None) -> None:
        target.mkdir(parents=True)
        writer = TableWriter(target, self.settings.compression_level)
        for table in STORED_TABLES:
            files = [layer.path(table.name) for layer in contents.layers]
            pieces = _merged(table, files, retention, target / "marks.parquet")
            writer.write(f"{table.name}.parquet", pq.read_schema(files[0]), pieces)
        for listed in DAY_LISTS:
            days = read_tables(days_query(listed), [target / f"{listed.of}.parquet"])
            schema = pq.read_schema(contents.layers[0].path(listed.name))
            writer.write(f"{listed.name}.parquet", schema, days)
        write_weeks(writer)
        manifest = MergedManifest(
            files=tuple(described(target / name, rows) for name, rows in writer.rows.items()),
            batches=_accounts(contents, target),
            history_from=retention.cutoff if retention else contents.history_from,
        )
        (target / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")


def _merged(
    table: StoredTable, files: Sequence[Path], retention: Retention | None, marks: Path
) -> Iterator[pa.Table]:
    """The rows of a table in order, school by school, so that memory is bounded."""
    for urns in urn_ranges(files):
        yield from read_tables(_merge_query(table, urns, retention, marks), files)


def _merge_query(
    table: StoredTable, urns: SchoolRange, retention: Retention | None, marks: Path
) -> str:
    order = ", ".join(("stored." + name) for name in (*table.order, "received"))
    if retention is None:
        return f"SELECT * FROM stored WHERE {urns.condition} ORDER BY {order}"
    settled = f"received IN ({moments(retention.settled)})"
    same = ", ".join((*table.replaces, settled))
    return f"""SELECT * FROM stored
WHERE {urns.condition} AND {_is_kept(table, urns, retention, marks)}
QUALIFY NOT {settled} OR received = MAX(received) OVER (PARTITION BY {same})
ORDER BY {order}"""


def _is_kept(table: StoredTable, urns: SchoolRange, retention: Retention, marks: Path) -> str:
    """Days of academic years that are kept; pupils who have marks there or may still get some."""
    first = f"DATE '{retention.first_day.isoformat()}'"
    if "date" in table.order:
        return f"date >= {first}"
    name = literal(marks).replace("'", "''")
    long_ago = moments([datetime.combine(retention.first_day, time.min) - _A_YEAR])
    return f"""(
    EXISTS (
        SELECT 1 FROM read_parquet('{name}') AS marks
        WHERE marks.{urns.condition}
            AND marks.urn = stored.urn AND marks.pupil = stored.pupil
    )
    OR (
        COALESCE(leaving_date, {first}) >= {first} AND received >= {long_ago}
    )
)"""


def _accounts(contents: Contents, target: Path) -> dict[str, BatchManifest]:
    """The batches with accounts that say which of their rows were given up."""
    before, after = Counter[tuple[str, datetime]](), Counter[tuple[str, datetime]]()
    for table in STORED_TABLES:
        files = [layer.path(table.name) for layer in contents.layers]
        before.update(_rows_by_batch(table.name, files))
        after.update(_rows_by_batch(table.name, [target / f"{table.name}.parquet"]))
    removed = dict(before - after)
    return {
        name: without_rows(batch, removed, GIVEN_UP).model_copy(update={"files": ()})
        for name, batch in contents.batches.items()
    }


def _rows_by_batch(table: str, files: Sequence[Path]) -> dict[tuple[str, datetime], int]:
    query = "SELECT received, COUNT(*) AS size FROM stored GROUP BY received"
    return {
        (table, each["received"]): each["size"]
        for each in answer(query, files)
        if isinstance(each["received"], datetime) and isinstance(each["size"], int)
    }


def _refuse_unknown_tables(layers: Sequence[Layer]) -> None:
    known = {f"{name}.parquet" for name in {each.name for each in STORED_TABLES} | DERIVED}
    for layer in layers:
        names = {file.name for file in layer.files}
        if names != known:
            raise StoreProblem(
                f"{layer.folder.name} holds tables that compaction does not know",
                "Use the version of the program that wrote them.",
            )


def _compacted(before: Contents, after: Contents) -> Compacted:
    return Compacted(
        folders_before=len(before.layers),
        folders_after=len(after.layers),
        bytes_before=_bytes(before.layers),
        bytes_after=_bytes(after.layers),
        rows_given_up=_rows(before.layers) - _rows(after.layers),
        history_from=after.history_from,
    )


def _bytes(layers: Sequence[Layer]) -> int:
    return sum(file.size for layer in layers for file in layer.files)


def _rows(layers: Sequence[Layer]) -> int:
    derived = {f"{name}.parquet" for name in DERIVED}
    files: list[StoredFile] = [file for layer in layers for file in layer.files]
    return sum(file.rows for file in files if file.name not in derived)

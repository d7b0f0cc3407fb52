"""Which school-days changed since a moment, from the lists of school-days alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from publisher.store.contents import Contents
from publisher.store.rows import DAY_LISTS, moments, read_tables
from publisher.store.snapshots import version_at

_KEY = ["urn", "date"]
SCHOOL_DAYS = pa.schema([("urn", pa.int32()), ("date", pa.date32())])


@dataclass(frozen=True, repr=False)
class Changes:
    """What a release made now could see differently from one made as of `since`.

    `school_days` has `urn` and `date`, unique and in order: the school-days that batches known
    since brought marks for, whether other than before or not. `pupil_schools` has the URNs of
    schools with records of pupils in those batches: a record changes which marks count on any day.
    After an erasure everything may have changed.
    """

    since: datetime
    batches: tuple[str, ...]
    school_days: pa.Table
    pupil_schools: tuple[int, ...]
    registers_changed: bool
    erasures: int

    def __repr__(self) -> str:
        return f"Changes({len(self.school_days)} school-days since {self.since.isoformat()})"


def changed_since(contents: Contents, moment: datetime) -> Changes:
    """What became known after `moment`.

    Raises:
        StoreProblem: a file is damaged, or history before the retention period is asked for.
    """
    contents.check_history(moment)
    later = {
        name: each.received for name, each in contents.batches.items() if each.known_from > moment
    }
    counts = [path for path, each in contents.counts if each.known_from > moment]
    rows = f"FROM stored WHERE received IN ({moments(later.values())})"
    return Changes(
        since=moment,
        batches=(*later, *(path.name for path in counts)),
        school_days=_school_days(contents, f"SELECT DISTINCT urn, date {rows}", counts),
        pupil_schools=_pupil_schools(contents, f"SELECT DISTINCT urn {rows} ORDER BY urn"),
        registers_changed=bool(contents.versions)
        and version_at(contents, moment) != contents.versions[-1],
        erasures=sum(each.known_from > moment for each in contents.receipts),
    )


def _school_days(contents: Contents, query: str, counts: Sequence[Path]) -> pa.Table:
    pieces = [SCHOOL_DAYS.empty_table()]
    for listed in DAY_LISTS:
        pieces += read_tables(query, _files(contents, listed.name))
    pieces += [pq.read_table(path / "count_days.parquet", columns=_KEY) for path in counts]
    found = pa.concat_tables([piece.cast(SCHOOL_DAYS) for piece in pieces])
    distinct = found.group_by(["urn", "date"]).aggregate([])
    return distinct.sort_by([("urn", "ascending"), ("date", "ascending")]).combine_chunks()


def _pupil_schools(contents: Contents, query: str) -> tuple[int, ...]:
    pieces = read_tables(query, _files(contents, "pupils"))
    return tuple(urn for piece in pieces for urn in piece["urn"].to_pylist())


def _files(contents: Contents, table: str) -> list[Path]:
    paths = [layer.path(table) for layer in contents.layers]
    return [path for path in paths if path.exists()]

"""How many schools, days and rows a store holds, from its lists of school-days alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from publisher.store.contents import Contents
from publisher.store.rows import DAY_LISTS, STORED_TABLES, read_tables

_QUERY = "SELECT DISTINCT urn, date FROM stored"


@dataclass(frozen=True)
class Extent:
    """Schools and days that marks or counts were ever stored for.

    `rows` are of all tables, history included.
    """

    schools: int = 0
    days: int = 0
    school_days: int = 0
    first_day: date | None = None
    last_day: date | None = None
    rows: int = 0


def extent_of(contents: Contents) -> Extent:
    """The extent of a store.

    Raises:
        StoreProblem: a file is damaged.
    """
    lists = [layer.path(DAY_LISTS[0].name) for layer in contents.layers]
    counts = [path / "count_days.parquet" for path, _ in contents.counts]
    pieces = [*read_tables(_QUERY, lists), *read_tables(_QUERY, counts)]
    if not pieces:
        return Extent()
    found = pa.concat_tables(pieces).group_by(["urn", "date"]).aggregate([])
    return Extent(
        schools=pc.count_distinct(found["urn"]).as_py(),
        days=pc.count_distinct(found["date"]).as_py(),
        school_days=len(found),
        first_day=pc.min(found["date"]).as_py(),
        last_day=pc.max(found["date"]).as_py(),
        rows=_rows(contents),
    )


def _rows(contents: Contents) -> int:
    names = {f"{each.name}.parquet" for each in STORED_TABLES} | {"counts.parquet"}
    files = [file for layer in contents.layers for file in layer.files]
    files += [file for _, manifest in contents.counts for file in manifest.files]
    return sum(file.rows for file in files if file.name in names)

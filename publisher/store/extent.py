"""How many schools, days and rows a store holds, from its lists of school-days alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from publisher.store.contents import Contents
from publisher.store.rows import DAY_LISTS, STORED_TABLES, answer

_QUERY = """SELECT COUNT(DISTINCT urn) AS schools, COUNT(DISTINCT date) AS days,
    COUNT(DISTINCT (urn, date)) AS school_days, MIN(date) AS first_day, MAX(date) AS last_day
FROM stored"""


@dataclass(frozen=True)
class Extent:
    """Schools and days that marks were ever stored for; `rows` of all tables, history included."""

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
    files = [layer.path(DAY_LISTS[0].name) for layer in contents.layers]
    names = {f"{each.name}.parquet" for each in STORED_TABLES}
    stored = [file.rows for layer in contents.layers for file in layer.files if file.name in names]
    for each in answer(_QUERY, files):
        return Extent(**each, rows=sum(stored))
    return Extent()

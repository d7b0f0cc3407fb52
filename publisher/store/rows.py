"""The tables that batches bring, as queries over the store's own files.

To store another table of a batch: a line in `STORED_TABLES`, and one in `DAY_LISTS` if the days it
speaks of are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from publisher.errors import StoreProblem
from publisher.model.tables import SchoolRange

ROWS_AT_A_TIME = 1 << 20
_ROWS_OF_A_RANGE = 1 << 23


@dataclass(frozen=True)
class StoredTable:
    """A table with a column `received`; the latest row of the same `replaces` counts."""

    name: str
    order: tuple[str, ...]
    replaces: tuple[str, ...]


@dataclass(frozen=True)
class DayList:
    """How many rows of `of` each school, day and batch has, in the column `counted`."""

    name: str
    of: str
    counted: str


STORED_TABLES = (
    StoredTable("marks", ("urn", "pupil", "date"), ("urn", "pupil", "date")),
    StoredTable("pupils", ("urn", "pupil"), ("urn", "pupil")),
)
DAY_LISTS = (DayList("school_days", "marks", "marks"),)
WEEKS = "weeks"
"""The marks once more, a row for each week: what a release reads (`register_weeks`)."""
DERIVED = frozenset({*(each.name for each in DAY_LISTS), WEEKS})
"""Tables that are made anew from the others whenever those change."""


def read_tables(query: str, files: Sequence[Path]) -> Iterator[pa.Table]:
    """The answer to a query over the rows of `files`, which it calls `stored`, in pieces.

    Without files there is no row and no answer.

    Raises:
        StoreProblem: a file is damaged, or memory is short.
    """
    if not files:
        return
    try:
        with duckdb.connect(config=_SETTINGS) as connection:
            rows = connection.read_parquet([literal(each) for each in files])
            found = rows.query("stored", query)
            for piece in found.to_arrow_reader(ROWS_AT_A_TIME) if found is not None else ():
                yield pa.Table.from_batches([piece])
    except duckdb.Error as error:
        # The engine's own words quote data.
        raise StoreProblem(
            f"The store's files cannot be read: {type(error).__name__}",
            "Run publisher store verify; close other programs if memory is short.",
        ) from None


def answer(query: str, files: Sequence[Path]) -> list[dict[str, Any]]:
    """The rows of a short answer."""
    return [row for piece in read_tables(query, files) for row in piece.to_pylist()]


def urn_ranges(files: Sequence[Path]) -> tuple[SchoolRange, ...]:
    """Ranges that cover every URN of `files`, each few enough rows unless one school has more."""
    sizes = answer("SELECT urn, COUNT(*) AS size FROM stored GROUP BY urn ORDER BY urn", files)
    ranges: list[SchoolRange] = []
    rows = _ROWS_OF_A_RANGE
    for each in sizes:
        urn, size = each["urn"], each["size"]
        rows += size
        if rows > _ROWS_OF_A_RANGE:
            ranges.append(SchoolRange(urn, urn))
            rows = size
        ranges[-1] = SchoolRange(ranges[-1].first, urn)
    return tuple(ranges)


def moments(values: Iterable[datetime]) -> str:
    """Moments as an SQL list, never empty."""
    return ", ".join(f"TIMESTAMP '{each.isoformat(sep=' ')}'" for each in sorted(values)) or "NULL"


def days_query(listed: DayList) -> str:
    """The rows of a list of days, from the rows of its table."""
    return f"""SELECT urn, date, received, CAST(COUNT(*) AS INTEGER) AS {listed.counted}
FROM stored GROUP BY urn, date, received ORDER BY urn, date, received"""


def literal(path: Path) -> str:
    """A path that the engine does not take for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "4GB",
    # Rows of pupils are written to the store and nowhere else.
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}

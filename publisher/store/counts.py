"""Batches of counts: schools that share numbers of pupils, kept beside the batches of marks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from publisher.model.counts import (
    CORRECTION_DAYS,
    COUNT_DAYS_SCHEMA,
    COUNTS_SCHEMA,
    ON_ROLL_SCHEMA,
    RECEIVED,
    PreparedCounts,
)
from publisher.model.erasure import KeptOut
from publisher.store.tables import TableWriter, check_unique, refuse_erased

_COUNTS_KEY = ("urn", "date", "afternoon", "code", "year_group")
_ON_ROLL_KEY = ("urn", "date", "year_group")
_LATE = f"""
    SELECT coalesce(sum(days.counts), 0)
    FROM read_parquet($mine) AS days
    WHERE days.received >= days.date + INTERVAL {CORRECTION_DAYS + 1} DAY AND EXISTS (
        SELECT 1 FROM read_parquet($all) AS others
        WHERE others.urn = days.urn AND others.date = days.date
            AND others.received < days.received
    )
"""


def write_counts(writer: TableWriter, batch: PreparedCounts, kept_out: KeptOut) -> None:
    """Write counts, their school-days and pupils on roll of a batch.

    Raises:
        StoreProblem: the rows are not in the promised order, not unique, or of a school that is
            kept out.
    """
    check_unique(batch.counts, _COUNTS_KEY)
    check_unique(batch.on_roll, _ON_ROLL_KEY)
    tables = {"counts": batch.counts, "count_days": _days(batch), "on_roll": batch.on_roll}
    for name, table in tables.items():
        received = pa.repeat(pa.scalar(batch.received, RECEIVED.type), len(table))
        dated = table.append_column(RECEIVED, received)
        refuse_erased(dated, "urn", kept_out.schools)
        writer.write(f"{name}.parquet", COUNTS_FILES[name], [dated])


def late_corrections(batch: Path, batches: Sequence[Path]) -> int:
    """Rows of `batch` that come too late to replace what an earlier one of `batches` stated."""
    with duckdb.connect() as connection:
        row = connection.execute(
            _LATE,
            {
                "mine": str(batch / "count_days.parquet"),
                "all": [str(each / "count_days.parquet") for each in batches],
            },
        ).fetchone()
    return int(row[0]) if row else 0


COUNTS_FILES = {
    "counts": COUNTS_SCHEMA.append(RECEIVED),
    "count_days": COUNT_DAYS_SCHEMA.append(RECEIVED),
    "on_roll": ON_ROLL_SCHEMA.append(RECEIVED),
}
"""The columns of each file."""


def _days(batch: PreparedCounts) -> pa.Table:
    counted = batch.counts.group_by(["urn", "date"], use_threads=False).aggregate(
        [([], "count_all")]
    )
    columns = [counted.column(name) for name in ("urn", "date", "count_all")]
    return pa.table(columns, names=COUNT_DAYS_SCHEMA.names).cast(COUNT_DAYS_SCHEMA)

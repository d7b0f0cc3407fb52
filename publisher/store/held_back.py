"""Marks that wait for a record of their pupil."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

_WAITING = """
    SELECT count(*)
    FROM read_parquet($marks) AS marks
    ANTI JOIN read_parquet($pupils) AS pupils
        ON marks.urn = pupils.urn AND marks.pupil = pupils.pupil
    WHERE marks.am <> 0 OR marks.pm <> 0
"""


def marks_held_back(batch: Path, batches: Sequence[Path]) -> int:
    """Rows of marks of `batch` whose pupil has no record at the school in any of `batches`."""
    with duckdb.connect() as connection:
        row = connection.execute(
            _WAITING,
            {
                "marks": str(batch / "marks.parquet"),
                "pupils": [str(each / "pupils.parquet") for each in batches],
            },
        ).fetchone()
    return int(row[0]) if row else 0

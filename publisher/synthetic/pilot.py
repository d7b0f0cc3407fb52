"""The same invented schools as a supplier of counts would have sent them.

The feed of registers is made first and then told over: each batch states the whole of every
school-day that its marks touch, as the school knew it by then. A school knows its pupils, so the
last record of each decides who is on roll, on all days.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from publisher.model.progress import Progress, Silent
from publisher.reference.years import academic_year_of
from publisher.synthetic.design import FeedDesign, FeedSummary
from publisher.synthetic.generate import generate_feed
from publisher.synthetic.writing import check_destination, folder_in_place, write_table

_SILENT = Silent()
_REGISTERS = ("schools", "approvals", "census")

_COUNTS = pa.schema(
    [
        ("urn", pa.int32()),
        ("date", pa.date32()),
        ("session", pa.string()),
        ("code", pa.string()),
        ("year_group", pa.string()),
        ("pupils", pa.int32()),
    ]
)
_ON_ROLL = pa.schema(
    [
        ("urn", pa.int32()),
        ("date", pa.date32()),
        ("year_group", pa.string()),
        ("pupils", pa.int32()),
    ]
)

# A pupil belongs to the year group of the age on 31 August before the academic year.
_RECORDS = """
CREATE TABLE records AS
SELECT urn, upn, admission_date, leaving_date,
    CASE WHEN year >= 1 THEN CAST(LEAST(year, 14) AS VARCHAR) WHEN year = 0 THEN 'R'
        WHEN year = -1 THEN 'N2' ELSE 'N1' END AS year_group
FROM (
    SELECT urn, upn, admission_date, leaving_date, {academic_year} - YEAR(date_of_birth)
        - CASE WHEN MONTH(date_of_birth) > 8 THEN 1 ELSE 0 END - 4 AS year
    FROM read_parquet('{feed}/batches/*/pupils/*.parquet', filename = true)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY urn, upn ORDER BY filename DESC) = 1
) AS latest
"""
_TOUCHED = """
CREATE OR REPLACE TABLE touched AS
SELECT DISTINCT urn, date FROM read_parquet('{feed}/batches/{batch}/marks/*.parquet')
"""
_KNOWN = """
CREATE OR REPLACE TABLE known AS
SELECT marks.urn, marks.upn, marks.date, marks.am, marks.pm
FROM (
    SELECT urn, CAST(upn AS VARCHAR) AS upn, date, CAST(am AS VARCHAR) AS am,
        CAST(pm AS VARCHAR) AS pm, filename
    FROM read_parquet([{files}], filename = true)
    SEMI JOIN touched USING (urn, date)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY urn, upn, date ORDER BY filename DESC) = 1
) AS marks
"""
_COUNT = """
WITH sessions AS (
    SELECT urn, upn, date, 'AM' AS session, am AS code FROM known
    UNION ALL SELECT urn, upn, date, 'PM', pm FROM known
), counted AS (
    SELECT urn, date, session, code, year_group, COUNT(*) AS pupils
    FROM sessions JOIN records USING (urn, upn)
    WHERE COALESCE(code, '') <> '' AND date >= COALESCE(admission_date, date)
        AND date <= COALESCE(leaving_date, date)
    GROUP BY ALL
)
SELECT * FROM counted
UNION ALL
SELECT urn, date, 'AM', '/', '1', 0 FROM touched ANTI JOIN counted USING (urn, date)
ORDER BY ALL
"""
_ROLL = """
SELECT urn, date, year_group, COUNT(*) AS pupils
FROM touched JOIN records USING (urn)
WHERE date >= COALESCE(admission_date, date) AND date <= COALESCE(leaving_date, date)
GROUP BY ALL
ORDER BY ALL
"""


def generate_pilot_feed(design: FeedDesign, progress: Progress = _SILENT) -> FeedSummary:
    """Write the feed of a design as counts; an earlier feed in the same folder is replaced.

    The feed appears complete or not at all; the same design gives the same bytes. In the summary
    `marks` are rows of counts.

    Raises:
        UsageProblem: the design is impossible, or `design.out` holds something else.
    """
    check_destination(design.out)
    with folder_in_place(design.out) as folder:
        registers = folder.parent / "registers"
        summary = generate_feed(replace(design, out=registers), progress)
        rows = counts_of_registers(registers, folder, progress)
    return replace(summary, marks=rows)


def counts_of_registers(feed: Path, out: Path, progress: Progress = _SILENT) -> int:
    """Tell a generated feed of registers over as counts, into the folder `out`.

    Returns:
        The number of rows of counts.
    """
    for name in _REGISTERS:
        shutil.copyfile(feed / f"{name}.parquet", out / f"{name}.parquet")
    batches = sorted(path.name for path in (feed / "batches").iterdir())
    rows = 0
    with (
        _told(feed) as database,
        progress.stage("Counting for the pilot's supplier", len(batches)) as advance,
    ):
        for number, name in enumerate(batches):
            tables = _batch(database, feed, batches[: number + 1])
            (out / "batches" / name).mkdir(parents=True)
            for table, content in tables.items():
                write_table(content, out / "batches" / name / f"{table}.parquet")
            rows += len(tables["counts"])
            advance(1)
    return rows


@contextmanager
def _told(feed: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that knows the last record of every pupil."""
    with duckdb.connect() as database:
        first = database.execute(
            f"SELECT MIN(date) FROM read_parquet('{feed}/batches/*/marks/*.parquet')"
        ).fetchone()
        year = academic_year_of(first[0]).start if first and first[0] else 0
        database.execute(_RECORDS.format(feed=feed, academic_year=year))
        yield database


def _batch(
    database: duckdb.DuckDBPyConnection, feed: Path, batches: list[str]
) -> Mapping[str, pa.Table]:
    """The tables of the last of `batches`, from what all of them brought."""
    files = ", ".join(f"'{feed}/batches/{name}/marks/*.parquet'" for name in batches)
    database.execute(_TOUCHED.format(feed=feed, batch=batches[-1]))
    database.execute(_KNOWN.format(files=files))
    return {
        "counts": database.sql(_COUNT).to_arrow_table().cast(_COUNTS),
        "on_roll": database.sql(_ROLL).to_arrow_table().cast(_ON_ROLL),
    }

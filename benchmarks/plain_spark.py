"""The work of the comparison in Spark on this machine: the queries of DuckDB, transpiled.

All weeks at once: Spark writes to disk what does not fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import plain_sql
import plain_sql_counts as counts
import sqlglot
from plain_places import weeks_left_out
from plain_work import (
    ABSENT,
    ABSENTEES,
    EVIDENCE,
    EVIDENCE_OF_DAYS,
    GROUPS,
    SESSIONS,
    SUMS,
    Asked,
    asked,
    hand_in,
    stage,
)
from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

_SECOND_LARGEST = "GET(SORT_ARRAY(COLLECT_LIST(possible), FALSE), 1)"


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    stage("starting Spark")
    spark = _opened(given)
    for name in plain_sql.PREPARED:
        stage(f"preparing {name}")
        _make(spark, name, plain_sql.prepared(name, given))
    for name, query in _sums().items():
        stage(f"adding up {name}")
        _make(spark, name, query)
    left_out = weeks_left_out(given, _sql(spark, counts.open_weeks()).toPandas())
    stage("adding up the year to date")
    for parts in counts.year_parts(left_out):
        weeks = left_out if parts == counts.WIDE else ()
        _make(spark, f"years_of_{parts}", counts.enrolment_years(weeks))
        leaves = counts.leaves(f"years_of_{parts}", ["possible", *ABSENT])
        _make(spark, f"leaves_of_{parts}", leaves)
    results = {}
    for name, queries in _outputs(counts.year_parts(left_out)).items():
        if name in given.outputs:
            stage(f"counting {name}")
            every = "\nUNION ALL\n".join(f"SELECT * FROM ({each}) AS part" for each in queries)
            results[name] = _sql(spark, every).toPandas()
    hand_in(given, results, left_out)
    spark.stop()


def _sums() -> dict[str, str]:
    """Tables that are made of marks, in order."""
    return {
        "week_marks": plain_sql.week_marks(),
        "school_codes": plain_sql.school_codes(),
        "enrolment_weeks": plain_sql.enrolment_weeks(),
        "missed_weeks": counts.missed_weeks(),
        "leaves": counts.leaves("enrolment_weeks", SUMS),
        GROUPS: counts.groups("leaves"),
    }


def _outputs(year_parts: Sequence[str]) -> dict[str, list[str]]:
    return {
        SESSIONS: [counts.sessions()],
        ABSENTEES: [counts.absentees(f"leaves_of_{each}", each) for each in year_parts],
        GROUPS: [f"SELECT * FROM {GROUPS}"],
        EVIDENCE_OF_DAYS: [counts.evidence_of_days()],
        EVIDENCE: [
            counts.evidence("leaves", "enrolment_weeks"),
            *(
                counts.evidence(f"leaves_of_{each}", f"years_of_{each}", each)
                for each in year_parts
            ),
        ],
    }


def _make(spark: SparkSession, name: str, query: str) -> None:
    _sql(spark, query).localCheckpoint().createOrReplaceTempView(name)


def _sql(spark: SparkSession, query: str) -> DataFrame:
    query = query.replace(counts.SECOND_LARGEST, _SECOND_LARGEST)
    (text,) = sqlglot.transpile(query, read="duckdb", write="spark")
    return spark.sql(text)


def _opened(given: Asked) -> SparkSession:
    spark = (
        SparkSession.builder.master(f"local[{given.threads}]")
        .config("spark.driver.memory", f"{given.memory.removesuffix('GB')}g")
        .config("spark.local.dir", str(given.scratch))
        .config("spark.sql.warehouse.dir", str(given.scratch / "warehouse"))
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "OFF")
        .config("spark.sql.shuffle.partitions", "64")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
    for table in ("marks", "pupils"):
        spark.read.parquet(*given.files(table)).createOrReplaceTempView(table)
    approvals = str(given.plain / "approvals.parquet")
    spark.read.parquet(approvals).createOrReplaceTempView("approvals")
    for name, frame in plain_sql.small_tables(given).items():
        spark.createDataFrame(frame).createOrReplaceTempView("incoming")
        _make(spark, name, f"SELECT {plain_sql.typed(name)} FROM incoming")
    for name in (counts.NARROW, counts.WIDE):
        _make(spark, name, counts.some_parts(name))
    return spark


if __name__ == "__main__":
    main()

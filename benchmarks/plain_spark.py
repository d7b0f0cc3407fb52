"""The work of the comparison in Spark on this machine: the queries of DuckDB, transpiled.

All weeks at once: Spark writes to disk what does not fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import plain_sql
import plain_sql_counts as counts
import sqlglot
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
    from pyspark.sql import DataFrame

ABSENTEE_SUMS = ["possible", *ABSENT]


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    stage("starting Spark")
    spark = _opened(given)
    for name in plain_sql.PREPARED:
        stage(f"preparing {name}")
        _make(spark, name, plain_sql.prepared(name, given))
    for name, query in _sums("urn" if given.evidence else "place").items():
        stage(f"adding up {name}")
        _make(spark, name, query)
    results = {}
    for name, queries in _outputs("urn" if given.evidence else "place").items():
        if name in given.outputs:
            stage(f"counting {name}")
            results[name] = _sql(spark, "\nUNION ALL\n".join(queries)).toPandas()
    hand_in(given, results)
    spark.stop()


def _sums(by: str) -> dict[str, str]:
    """Tables that are made of marks, in order."""
    return {
        "week_marks": plain_sql.week_marks(),
        "school_codes": plain_sql.school_codes(),
        "enrolment_weeks": plain_sql.enrolment_weeks(),
        "missed_weeks": counts.missed_weeks(),
        "enrolment_years": counts.enrolment_years(),
        "leaves_of_weeks": counts.leaves("enrolment_weeks", SUMS, by),
        "leaves_of_years": counts.leaves("enrolment_years", ABSENTEE_SUMS, by),
    }


def _outputs(by: str) -> dict[str, list[str]]:
    evidence = [
        f"SELECT * FROM ({counts.evidence(f'leaves_of_{each}', f'enrolment_{each}')}) AS {each}"
        for each in ("weeks", "years")
    ]
    return {
        SESSIONS: [counts.sessions()],
        ABSENTEES: [counts.absentees("leaves_of_years", by)],
        GROUPS: [counts.groups("leaves_of_weeks", by)],
        EVIDENCE_OF_DAYS: [counts.evidence_of_days()],
        EVIDENCE: evidence,
    }


def _make(spark: SparkSession, name: str, query: str) -> None:
    _sql(spark, query).localCheckpoint().createOrReplaceTempView(name)


def _sql(spark: SparkSession, query: str) -> DataFrame:
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
    return spark


if __name__ == "__main__":
    main()

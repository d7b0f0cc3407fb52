"""The work of the comparison in Spark on this machine: the queries of DuckDB, transpiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plain_sql
import sqlglot
from plain_work import (
    ABSENTEES,
    GROUPS,
    LEAVES,
    SESSIONS,
    Asked,
    asked,
    by_topic,
    hand_in,
    pairs,
    stage,
)
from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    stage("starting Spark")
    spark = _opened(given)
    for name in plain_sql.PREPARED:
        stage(f"preparing {name}")
        _sql(spark, plain_sql.prepared(name, given)).localCheckpoint().createOrReplaceTempView(name)
    _sql(spark, plain_sql.latest()).createOrReplaceTempView("latest")
    results = {}
    for name, query in ((SESSIONS, plain_sql.sessions()), (ABSENTEES, plain_sql.absentees())):
        stage(f"counting {name}")
        results[name] = _sql(spark, query).toPandas()
    stage("counting groups of pupils")
    _sql(spark, plain_sql.groups()).localCheckpoint().createOrReplaceTempView("profiles")
    leaves = {each: _sql(spark, plain_sql.leaves_of(each)).toPandas() for each in LEAVES}
    hand_in(given, {**results, GROUPS: by_topic(leaves)})
    spark.stop()


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
    for table in ("schools", "approvals"):
        path = str(given.plain / f"{table}.parquet")
        spark.read.parquet(path).createOrReplaceTempView(table)
    small = {"days": given.days(), "pairs": pairs(), "ethnicities": plain_sql.ethnicities()}
    for name, frame in small.items():
        spark.createDataFrame(frame).createOrReplaceTempView("incoming")
        typed = _sql(spark, f"SELECT {plain_sql.typed(name)} FROM incoming").localCheckpoint()
        typed.createOrReplaceTempView(name)
    return spark


if __name__ == "__main__":
    main()

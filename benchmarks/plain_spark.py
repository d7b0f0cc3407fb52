"""The work of the comparison in Spark on this machine: the queries of DuckDB, transpiled.

All weeks at once: Spark writes to disk what does not fit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import plain_sql
import plain_sql_counts as counts
import plain_sql_longs as longs
import sqlglot
from plain_periods import begun_terms, divided_weeks, long_periods
from plain_places import weeks_left_out
from plain_work import (
    ABSENTEES,
    CENSUS,
    EVIDENCE,
    EVIDENCE_OF_DAYS,
    GROUPS,
    SCHOOLS,
    SCHOOLS_OF_DAYS,
    SESSIONS,
    SESSIONS_OF_WEEKS,
    SUMS,
    Asked,
    asked,
    hand_in,
    stage,
)
from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from plain_periods import Long, Term
    from pyspark.sql import DataFrame

_SECOND_LARGEST = re.escape(counts.SECOND_LARGEST).replace("largest", r"([\w.]+)")


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    stage("starting Spark")
    spark = _opened(given)
    for name in plain_sql.PREPARED:
        stage(f"preparing {name}")
        _make(spark, name, plain_sql.prepared(name, given))
    for name, query in _sums(given).items():
        stage(f"adding up {name}")
        _make(spark, name, query)
    left_out = weeks_left_out(given, _sql(spark, counts.open_weeks()).toPandas())
    stage("adding up terms and the year to date")
    terms = begun_terms(given, left_out)
    periods = long_periods(given, terms)
    for name, query in _sums_of_longs(periods, terms, left_out).items():
        _make(spark, name, query)
    results = {}
    for name, queries in _outputs(periods, left_out).items():
        if name in given.outputs:
            stage(f"counting {name}")
            every = "\nUNION ALL\n".join(f"SELECT * FROM ({each}) AS part" for each in queries)
            results[name] = _sql(spark, every).toPandas()
    hand_in(given, results, left_out)
    spark.stop()


def _sums(given: Asked) -> dict[str, str]:
    """Tables that are made of marks, in order."""
    return {
        "week_marks": plain_sql.week_marks(),
        "school_codes": plain_sql.school_codes(),
        "school_days": plain_sql.school_days(),
        "enrolment_weeks": plain_sql.enrolment_weeks(),
        longs.MISSED: longs.missed_weeks(divided_weeks(given.days())),
        "leaves": counts.leaves("enrolment_weeks", SUMS),
        SESSIONS: counts.sessions(),
        SESSIONS_OF_WEEKS: longs.sessions_of_weeks(),
        SCHOOLS_OF_DAYS: counts.schools_of_days(),
        GROUPS: counts.groups("leaves"),
    }


def _sums_of_longs(
    periods: Sequence[Long], terms: Sequence[Term], left_out: Sequence[pd.Timestamp]
) -> dict[str, str]:
    """Tables that are made of the sums of weeks, in order."""
    return {
        **{longs.term_table(each): longs.term_sums(each) for each in terms},
        longs.LONG_LEAVES: longs.long_leaves(periods, terms),
        longs.LONG_SEVERAL: longs.long_several(periods, terms),
        **{_leaves(*each[:2]): longs.leaves_of(*each[:2]) for each in _reaches(periods)},
        SCHOOLS: longs.schools(left_out),
    }


def _outputs(periods: Sequence[Long], left_out: Sequence[pd.Timestamp]) -> dict[str, list[str]]:
    with_year = {
        each: [f"SELECT * FROM {each}", longs.of_year(each, left_out)]
        for each in (SESSIONS_OF_WEEKS, GROUPS)
    }
    return {
        **{each: [f"SELECT * FROM {each}"] for each in (SESSIONS, SCHOOLS_OF_DAYS, SCHOOLS)},
        **with_year,
        CENSUS: [counts.census()],
        ABSENTEES: [
            counts.absentees(_leaves(long, reach), parts)
            for long, reach, parts in _reaches(periods)
        ],
        EVIDENCE_OF_DAYS: [counts.evidence_of_days()],
        EVIDENCE: [
            counts.evidence("leaves", "enrolment_weeks"),
            *(
                counts.evidence(_leaves(long, reach), longs.several_of(long, reach), parts)
                for long, reach, parts in _reaches(periods)
            ),
        ],
    }


def _reaches(periods: Sequence[Long]) -> Iterator[tuple[Long, str, str]]:
    for long in periods:
        for reach, parts in longs.reaches(long).items():
            yield long, reach, parts


def _leaves(long: Long, reach: str) -> str:
    """The name of the table of the leaves of a long period."""
    return f"leaves_of_{reach}{long.week.day}"


def _make(spark: SparkSession, name: str, query: str) -> None:
    _sql(spark, query).localCheckpoint().createOrReplaceTempView(name)


def _sql(spark: SparkSession, query: str) -> DataFrame:
    query = re.sub(_SECOND_LARGEST, r"GET(SORT_ARRAY(COLLECT_LIST(\1), FALSE), 1)", query)
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

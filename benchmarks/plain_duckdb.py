"""The work of the comparison in DuckDB, over one row per pupil and day."""

from __future__ import annotations

import duckdb
import plain_sql
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


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    connection = _opened(given)
    for name in plain_sql.PREPARED:
        stage(f"preparing {name}")
        connection.execute(f"CREATE TABLE {name} AS {plain_sql.prepared(name, given)}")
    connection.execute(f"CREATE VIEW latest AS {plain_sql.latest()}")
    results = {}
    for name, query in ((SESSIONS, plain_sql.sessions()), (ABSENTEES, plain_sql.absentees())):
        stage(f"counting {name}")
        results[name] = connection.sql(query).df()
    stage("counting groups of pupils")
    connection.execute(f"CREATE TABLE profiles AS {plain_sql.groups()}")
    leaves = {each: connection.sql(plain_sql.leaves_of(each)).df() for each in LEAVES}
    hand_in(given, {**results, GROUPS: by_topic(leaves)})


def _opened(given: Asked) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={
            "memory_limit": given.memory,
            "threads": given.threads,
            "temp_directory": str(given.scratch),
            "preserve_insertion_order": False,
        }
    )
    # It sums by pupil and day below the join with pupils: thrice the time, thrice the memory.
    connection.execute("SET disabled_optimizers = 'partial_aggregate_pushdown'")
    for table in ("marks", "pupils"):
        connection.read_parquet(given.files(table)).create_view(table)
    for table in ("schools", "approvals"):
        connection.read_parquet(str(given.plain / f"{table}.parquet")).create_view(table)
    small = {"days": given.days(), "pairs": pairs(), "ethnicities": plain_sql.ethnicities()}
    for name, frame in small.items():
        connection.register("incoming", frame)
        connection.execute(f"CREATE TABLE {name} AS SELECT {plain_sql.typed(name)} FROM incoming")
    return connection


if __name__ == "__main__":
    main()

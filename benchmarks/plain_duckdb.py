"""The work of the comparison in DuckDB, over one row per pupil and day.

Of the ways that were timed this is the fastest found: the weeks that a batch brought together, so
that tables of enrolments fit in memory; each mark joined once; an ANTI JOIN for what a later batch
replaced (NOT EXISTS takes five times as long); joins in the order in which they are written; and
all groups of pupils in one pass, as GROUPING SETS over the sums of enrolments by week. The weeks of
enrolments are summed once for each term, and terms and the year to date then counted together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import plain_sql
import plain_sql_counts as counts
import plain_sql_longs as longs
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
    stretches,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    tables = _Tables(given)
    for name in plain_sql.PREPARED:
        stage(f"preparing {name}")
        tables.make(name, plain_sql.prepared(name, given))
    homes, days = tables.frame("SELECT * FROM homes"), given.days()
    for stretch in stretches(homes, days):
        stage(f"counting {stretch.first} to {stretch.last}")
        tables.make("week_marks", plain_sql.week_marks(stretch))
        inside = (days["date"] >= stretch.first) & (days["date"] <= stretch.last)
        _count_weeks(tables, divided_weeks(days[inside]), given.evidence)
    stage("counting terms and the year to date")
    left_out = weeks_left_out(given, tables.frame(counts.open_weeks()))
    _add_up(tables, left_out)
    _count_longs(tables, given, left_out)
    results = {name: tables.frame(f"SELECT * FROM {name}") for name in given.outputs}
    hand_in(given, results, left_out)


def _count_weeks(tables: _Tables, divided: Sequence[date], evidence: bool) -> None:
    """Add what `week_marks` holds to the results."""
    tables.make("school_codes", plain_sql.school_codes())
    tables.make("school_days", plain_sql.school_days())
    tables.make("enrolment_weeks", plain_sql.enrolment_weeks())
    tables.add(longs.MISSED, longs.missed_weeks(divided))
    tables.add(SESSIONS, counts.sessions())
    tables.add(SCHOOLS_OF_DAYS, counts.schools_of_days())
    tables.make("leaves", counts.leaves("enrolment_weeks", SUMS))
    tables.add(GROUPS, counts.groups("leaves"))
    if evidence:
        tables.add(EVIDENCE_OF_DAYS, counts.evidence_of_days())
        tables.add(EVIDENCE, counts.evidence("leaves", "enrolment_weeks"))


def _add_up(tables: _Tables, left_out: Sequence[pd.Timestamp]) -> None:
    """Add up places: days to weeks, and weeks to the year to date."""
    tables.make(CENSUS, counts.census())
    tables.make(SCHOOLS, longs.schools(left_out))
    tables.make(SESSIONS_OF_WEEKS, longs.sessions_of_weeks())
    for weeks in (SESSIONS_OF_WEEKS, GROUPS):
        tables.add(weeks, longs.of_year(weeks, left_out))


def _count_longs(tables: _Tables, given: Asked, left_out: Sequence[pd.Timestamp]) -> None:
    """Add terms and the year to date, from the sums of their weeks."""
    terms = begun_terms(given, left_out)
    periods = long_periods(given, terms)
    for term in terms:
        tables.make(longs.term_table(term), longs.term_sums(term))
    tables.drop(longs.MISSED)
    tables.make(longs.LONG_LEAVES, longs.long_leaves(periods, terms))
    tables.make(longs.LONG_SEVERAL, longs.long_several(periods, terms))
    for long in periods:
        for reach, parts in longs.reaches(long).items():
            tables.make("leaves", longs.leaves_of(long, reach))
            tables.add(ABSENTEES, counts.absentees("leaves", parts))
            if given.evidence:
                several = longs.several_of(long, reach)
                tables.add(EVIDENCE, counts.evidence("leaves", several, parts))


class _Tables:
    """A database in memory, over the files."""

    def __init__(self, given: Asked) -> None:
        self._connection = duckdb.connect(
            config={
                "memory_limit": given.memory,
                "threads": given.threads,
                "temp_directory": str(given.scratch),
                "preserve_insertion_order": False,
            }
        )
        # It takes marks for few and builds its hash tables of them: twice the time.
        self._connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        for table in ("marks", "pupils"):
            self._connection.read_parquet(given.files(table)).create_view(table)
        approvals = str(given.plain / "approvals.parquet")
        self._connection.read_parquet(approvals).create_view("approvals")
        for name, frame in plain_sql.small_tables(given).items():
            self._connection.register("incoming", frame)
            self.make(name, f"SELECT {plain_sql.typed(name)} FROM incoming")
        for name in (counts.NARROW, counts.WIDE):
            self.make(name, counts.some_parts(name))

    def make(self, name: str, query: str) -> None:
        """A table in place of what had this name."""
        self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query}")

    def add(self, name: str, query: str) -> None:
        """Rows to a table, which the first make."""
        known = self._connection.execute("SHOW TABLES").fetchall()
        verb = f"INSERT INTO {name}" if (name,) in known else f"CREATE TABLE {name} AS"
        self._connection.execute(f"{verb} {query}")

    def drop(self, name: str) -> None:
        """No longer keep a table."""
        self._connection.execute(f"DROP TABLE {name}")

    def frame(self, query: str) -> pd.DataFrame:
        """What a query finds."""
        return self._connection.sql(query).df()


if __name__ == "__main__":
    main()

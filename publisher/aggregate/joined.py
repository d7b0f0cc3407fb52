"""Rows of several parts of the schools that join one another in DuckDB: in memory, or in files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import duckdb

from publisher.aggregate.engine import Step, StepKind

_CATALOGUE = "memory.main"
"""What all connections know."""


class JoinedRows:
    """What engines beside one another join: each brings its own connection."""

    def __init__(self, folder: Path) -> None:
        """Write files to `folder`."""
        self.folder = folder
        self._tables: set[str] = set()
        self._files: dict[str, list[Path]] = {}
        self._begun = 0
        self._lock = Lock()

    def add(self, connection: duckdb.DuckDBPyConnection, step: Step) -> None:
        """Put the rows of a step beside earlier ones of its name.

        Raises:
            duckdb.Error: the step cannot run, or its file cannot be written.
        """
        if step.kind is StepKind.FILED:
            self._file(connection, step)
        else:
            self._insert(connection, step)

    def files(self, name: str) -> Sequence[Path]:
        """The files that all rows of a name lie in; none where they lie in memory."""
        return tuple(self._files.get(name, ()))

    def forget(self, connection: duckdb.DuckDBPyConnection, step: Step) -> None:
        """Give back the memory or the files of what joined under the name of a step."""
        with self._lock:
            if files := self._files.pop(step.name, None):
                connection.execute(f"DROP VIEW {_CATALOGUE}.{step.name}")
                for each in files:
                    each.unlink()
            if step.name in self._tables:
                connection.execute(f"DROP TABLE {_CATALOGUE}.{step.name}")
                self._tables.remove(step.name)

    def _insert(self, connection: duckdb.DuckDBPyConnection, step: Step) -> None:
        """Into a table that the first make."""
        table = f"{_CATALOGUE}.{step.name}"
        with self._lock:
            if step.name not in self._tables:
                none = f"SELECT * FROM ({step.sql}) LIMIT 0"
                connection.execute(f"CREATE OR REPLACE TABLE {table} AS {none}")
                self._tables.add(step.name)
        connection.execute(f"INSERT INTO {table} {step.sql}")

    def _file(self, connection: duckdb.DuckDBPyConnection, step: Step) -> None:
        """Into a file of its own; all are known as one view."""
        file = self._next_file(step.name)
        connection.sql(step.sql).write_parquet(str(file), compression="snappy")
        with self._lock:
            files = self._files.setdefault(step.name, [])
            files.append(file)
            rows = connection.read_parquet([literal(each) for each in files]).sql_query()
            connection.execute(f"CREATE OR REPLACE VIEW {_CATALOGUE}.{step.name} AS {rows}")

    def _next_file(self, name: str) -> Path:
        with self._lock:
            self._begun += 1
            return self.folder / f"{name}.{self._begun:04d}.parquet"


def literal(path: Path) -> str:
    """A path that DuckDB does not take for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))

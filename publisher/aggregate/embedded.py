"""DuckDB inside this process: the one place, but for Spark's, that runs SQL and reads the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from publisher.aggregate.engine import JOINED, Engine, Step, StepKind, with_whole_numbers
from publisher.aggregate.joined import JoinedRows, literal
from publisher.aggregate.settings import EngineSettings, memory_in_bytes
from publisher.aggregate.written import write_answer
from publisher.errors import CouldNotRun
from publisher.model.tables import SchoolRange

BYTES_OF_A_MARK = 30
"""Memory set aside for each row of marks of the schools that are counted at a time.

More and smaller parts take less memory and, up to twice as many, about as long.
"""
_ROWS_OF_AN_ANSWER = 100_000
"""In memory at a time, while they are written."""


class EmbeddedEngine:
    """DuckDB inside this process."""

    keeps = True
    _own = ""
    """Put before what others are not to know."""
    _place = ""
    """And before the names of these."""

    def __init__(self, settings: EngineSettings, scratch: Path) -> None:
        """Use `scratch` for what does not fit in memory; nothing else is ever written."""
        self.marks_at_a_time: int | None = memory_in_bytes(settings.memory_limit) // BYTES_OF_A_MARK
        self.at_once = settings.threads
        self._joined = JoinedRows(scratch)
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": settings.memory_limit,
                "threads": settings.threads,
                "temp_directory": str(scratch),
                # Results are sorted where order matters; keeping file order costs memory.
                "preserve_insertion_order": False,
                # Counting never needs the network.
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                # A table is one of ours or an error, never a variable of this program.
                "python_enable_replacements": False,
            },
        )
        _use_memory_again(self._connection, settings.memory_limit)
        _sum_once(self._connection)

    def read(
        self,
        name: str,
        files: Sequence[Path],
        not_yet: Sequence[datetime] = (),
        schools: SchoolRange | None = None,
    ) -> None:
        """See `Engine`. Raises CouldNotRun when a file cannot be read."""
        with explained(f"the store's table '{name}'"):
            rows = self._connection.read_parquet([literal(each) for each in files])
            if not_yet:
                later = ", ".join(f"TIMESTAMP '{each.isoformat(sep=' ')}'" for each in not_yet)
                rows = rows.filter(f"received NOT IN ({later})")
            if schools:
                rows = rows.filter(schools.condition)
            self._connection.execute(
                f"CREATE OR REPLACE {self._own}VIEW {name} AS {rows.sql_query()}"
            )

    def load(self, name: str, table: pa.Table) -> None:
        """See `Engine`. Raises CouldNotRun."""
        with explained(f"the table '{name}'"):
            self._connection.register("incoming", table)
            self._connection.execute(f"CREATE OR REPLACE {self._own}TABLE {name} AS FROM incoming")
            self._connection.unregister("incoming")

    def run(self, step: Step) -> None:
        """See `Engine`. Raises CouldNotRun."""
        with explained(f"the query '{step.name}'"):
            if step.kind in JOINED:
                self._joined.add(self._connection, step)
            else:
                self._make(step)

    def _make(self, step: Step) -> None:
        made = f"CREATE OR REPLACE {self._own}{step.kind.upper()} {step.name}"
        self._connection.execute(f"{made} AS {step.sql}")

    @contextmanager
    def side_by_side(self) -> Iterator[Sequence[Engine]]:
        """See `Engine`. Each has one thread."""
        engines = [
            _Beside(self._connection.cursor(), self._joined, self.marks_at_a_time)
            for _ in range(self.at_once)
        ]
        self._connection.execute("SET threads = 1")
        try:
            yield engines
        finally:
            for each in engines:
                each.close()
            self._connection.execute(f"SET threads = {self.at_once}")

    def interrupt(self) -> None:
        """See `Engine`."""
        self._connection.interrupt()

    def answer(self, step: Step) -> pa.Table:
        """See `Engine`. Raises CouldNotRun."""
        with explained(f"the query '{step.name}'"):
            return with_whole_numbers(self._connection.sql(step.sql).to_arrow_table())

    def write(self, step: Step) -> Path:
        """See `Engine`. Raises CouldNotRun."""
        with explained(f"the query '{step.name}'"):
            rows = self._connection.sql(step.sql).to_arrow_reader(_ROWS_OF_AN_ANSWER)
            return write_answer(rows, self._joined.folder, step.name)

    def keep(self, name: str, file: Path) -> None:
        """See `Engine`. Raises CouldNotRun."""
        with explained(f"writing the table '{name}'"):
            self._connection.table(name).write_parquet(str(file), compression="snappy")

    def files(self, name: str) -> Sequence[Path]:
        """See `Engine`."""
        return self._joined.files(name)

    def forget(self, steps: Sequence[Step]) -> None:
        """See `Engine`. Raises CouldNotRun."""
        for step in steps:
            with explained(f"the table '{step.name}'"):
                if step.kind in JOINED:
                    self._joined.forget(self._connection, step)
                elif step.kind is StepKind.TABLE:
                    self._connection.execute(f"DROP TABLE IF EXISTS {self._place}{step.name}")

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()


class _Beside(EmbeddedEngine):
    """One of several: its tables are temporary, which no other connection knows."""

    _own = "TEMP "
    _place = '"temp".main.'

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, joined: JoinedRows, marks: int | None
    ) -> None:
        """Have rows of parts join those of the others."""
        self.at_once = 1
        self.marks_at_a_time = marks
        self._joined = joined
        self._connection = connection
        _sum_once(self._connection)


def _use_memory_again(connection: duckdb.DuckDBPyConnection, limit: str) -> None:
    """Keep blocks of memory that are free: giving them back and asking anew takes far longer.

    An engine that is older, or on a machine with less memory than the limit, goes on without.
    """
    with suppress(duckdb.CatalogException, duckdb.InvalidInputException):
        connection.execute(f"SET block_allocator_memory = '{limit}'")


def _sum_once(connection: duckdb.DuckDBPyConnection) -> None:
    """Never sum rows before a join to sum them again after it.

    Most of ours are unique before it: that took several times as long as the join and the sum.
    """
    name = "partial_aggregate_pushdown"
    if (name,) in connection.sql("SELECT name FROM duckdb_optimizers()").fetchall():
        connection.execute(f"SET disabled_optimizers = '{name}'")


@contextmanager
def explained(what: str, advice: str = "") -> Iterator[None]:
    """Engine errors quote data: say what failed and how, never the engine's own words."""
    try:
        yield
    except (duckdb.Error, pa.ArrowInvalid, OSError) as error:
        raise CouldNotRun(
            f"Counting stopped at {what}: {type(error).__name__}", advice or _advice(error)
        ) from None


def _advice(error: Exception) -> str:
    if isinstance(error, duckdb.OutOfMemoryException):
        return "Give the engine more memory_limit, or free space in the scratch folder."
    if isinstance(error, duckdb.IOException | OSError):
        return "Check that the store's files are complete and that the disk is not full."
    return "Check the store: a table does not have the columns that the snapshot promises."

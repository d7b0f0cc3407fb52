"""The one place that runs SQL and reads the store's files.

Steps are written in one dialect; another engine has the same four methods and transpiles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from publisher.aggregate.settings import EngineSettings, memory_in_bytes
from publisher.aggregate.working_folder import working_folder
from publisher.errors import CouldNotRun
from publisher.model.tables import SchoolRange

DIALECT = "duckdb"
BYTES_OF_A_MARK = 40
"""Memory set aside for each row of marks of the schools that are counted at a time."""


class StepKind(StrEnum):
    """What becomes of the rows of a step."""

    TABLE = "table"
    VIEW = "view"
    ANSWER = "answer"
    """Handed back to the program."""
    GATHERED = "gathered"
    """Rows of every part of the schools, one part after the other."""


@dataclass(frozen=True)
class Step:
    """One named query: a SELECT over the store's tables and over earlier steps."""

    name: str
    words: str
    sql: str
    kind: StepKind = StepKind.TABLE
    keys: tuple[str, ...] = ()
    """Of rows that are gathered: the columns that say what is summed."""
    sums: tuple[str, ...] = ()
    """And the sums, in the order of the columns."""
    several: bool = False
    """Whether who reads them adds up rows that have the same keys."""

    @property
    def text(self) -> str:
        """The step as people read it."""
        heading = f"-- {self.name}: {self.words}\n"
        if self.kind is StepKind.ANSWER:
            return f"{heading}{self.sql};\n"
        if self.kind is StepKind.GATHERED:
            return f"{heading}INSERT INTO {self.name}\n{self.sql};\n"
        return f"{heading}CREATE {self.kind.upper()} {self.name} AS\n{self.sql};\n"


class Engine(Protocol):
    """What runs the steps."""

    marks_at_a_time: int | None
    """Schools are counted in parts with so many rows of marks; None: all at once."""
    keeps: bool
    """Whether it can leave tables for a later run."""

    def read(
        self,
        name: str,
        files: Sequence[Path],
        not_yet: Sequence[datetime] = (),
        schools: SchoolRange | None = None,
    ) -> None:
        """Make rows of Parquet `files` known as the table `name`.

        Rows whose `received` is in `not_yet` are left out, and those of other `schools`.
        """

    def load(self, name: str, table: pa.Table) -> None:
        """Make a small table known as `name`, in place of an earlier one of that name."""

    def run(self, step: Step, *, anew: bool = True) -> None:
        """Make the step's rows known under its name, in place of earlier ones.

        Not `anew`: rows that are gathered join the earlier ones.
        """

    def answer(self, step: Step) -> pa.Table:
        """The step's rows, in the order that its SQL says; whole numbers are int64."""

    def keep(self, name: str, file: Path) -> None:
        """Write the rows of a table to a Parquet file; only if it `keeps`."""

    def forget(self, steps: Sequence[Step]) -> None:
        """Give back the memory of rows that these steps made and nobody reads any more."""

    def close(self) -> None:
        """Forget everything."""


class EmbeddedEngine:
    """DuckDB inside this process."""

    keeps = True

    def __init__(self, settings: EngineSettings, scratch: Path) -> None:
        """Use `scratch` for what does not fit in memory; nothing else is ever written."""
        self.marks_at_a_time: int | None = memory_in_bytes(settings.memory_limit) // BYTES_OF_A_MARK
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
        _sum_once(self._connection)

    def read(
        self,
        name: str,
        files: Sequence[Path],
        not_yet: Sequence[datetime] = (),
        schools: SchoolRange | None = None,
    ) -> None:
        """See `Engine`. Raises CouldNotRun when a file cannot be read."""
        with _explained(f"the store's table '{name}'"):
            rows = self._connection.read_parquet([_literal(each) for each in files])
            if not_yet:
                later = ", ".join(f"TIMESTAMP '{each.isoformat(sep=' ')}'" for each in not_yet)
                rows = rows.filter(f"received NOT IN ({later})")
            if schools:
                rows = rows.filter(schools.condition)
            rows.create_view(name)

    def load(self, name: str, table: pa.Table) -> None:
        """See `Engine`. Raises CouldNotRun."""
        with _explained(f"the table '{name}'"):
            self._connection.register("incoming", table)
            self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")
            self._connection.unregister("incoming")

    def run(self, step: Step, *, anew: bool = True) -> None:
        """See `Engine`. Raises CouldNotRun."""
        with _explained(f"the query '{step.name}'"):
            if step.kind is StepKind.GATHERED and not anew:
                self._connection.execute(f"INSERT INTO {step.name} {step.sql}")
                return
            kind = StepKind.VIEW if step.kind is StepKind.VIEW else StepKind.TABLE
            self._connection.execute(f"CREATE OR REPLACE {kind.upper()} {step.name} AS {step.sql}")

    def answer(self, step: Step) -> pa.Table:
        """See `Engine`. Raises CouldNotRun."""
        with _explained(f"the query '{step.name}'"):
            return with_whole_numbers(self._connection.sql(step.sql).to_arrow_table())

    def keep(self, name: str, file: Path) -> None:
        """See `Engine`. Raises CouldNotRun."""
        with _explained(f"writing the table '{name}'"):
            self._connection.table(name).write_parquet(str(file), compression="snappy")

    def forget(self, steps: Sequence[Step]) -> None:
        """See `Engine`. Raises CouldNotRun."""
        for step in steps:
            if step.kind in (StepKind.TABLE, StepKind.GATHERED):
                with _explained(f"the table '{step.name}'"):
                    self._connection.execute(f"DROP TABLE IF EXISTS {step.name}")

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()


def _sum_once(connection: duckdb.DuckDBPyConnection) -> None:
    """Never sum rows before a join to sum them again after it.

    Most of ours are unique before it: that took several times as long as the join and the sum.
    """
    name = "partial_aggregate_pushdown"
    if (name,) in connection.sql("SELECT name FROM duckdb_optimizers()").fetchall():
        connection.execute(f"SET disabled_optimizers = '{name}'")


@contextmanager
def open_engine(
    settings: EngineSettings, scratch: Path | None = None, store: Path | None = None
) -> Iterator[Engine]:
    """The engine of the settings; its working files lie in a folder of their own in `scratch`.

    The folder is removed at the end, or by the next run where this one is killed. Without
    `scratch` the system's temporary folder is used.
    `store`: the folder that all files of the store lie in, for an engine that finds them elsewhere.

    Raises:
        CouldNotRun: the folder cannot be written, or the engine is not installed or does not
            accept its settings.
    """
    with ExitStack() as stack:
        try:
            path = stack.enter_context(working_folder(scratch))
        except OSError:
            raise CouldNotRun(
                "The folder for working files cannot be written", "Name a writable scratch folder."
            ) from None
        engine = _started(settings, path, store)
        try:
            yield engine
        finally:
            engine.close()


def _started(settings: EngineSettings, scratch: Path, store: Path | None) -> Engine:
    if settings.name == "spark":
        from publisher.aggregate.spark import SparkEngine  # noqa: PLC0415  (heavy, and optional)

        return SparkEngine(settings, scratch, store)
    with _explained("the engine's settings", "Check memory_limit and threads."):
        return EmbeddedEngine(settings, scratch)


def with_whole_numbers(answer: pa.Table) -> pa.Table:
    """The same rows with int64 for every whole number, however wide an engine made it.

    Raises:
        pyarrow.ArrowInvalid: a number does not fit.
    """
    return answer.cast(pa.schema([_whole(each) for each in answer.schema]))


def _whole(field: pa.Field) -> pa.Field:
    integer = pa.types.is_integer(field.type)
    decimal = pa.types.is_decimal(field.type) and field.type.scale == 0
    return pa.field(field.name, pa.int64() if integer or decimal else field.type)


@contextmanager
def _explained(what: str, advice: str = "") -> Iterator[None]:
    """Engine errors quote data: say what failed and how, never the engine's own words."""
    try:
        yield
    except (duckdb.Error, pa.ArrowInvalid) as error:
        raise CouldNotRun(
            f"Counting stopped at {what}: {type(error).__name__}", advice or _advice(error)
        ) from None


def _advice(error: Exception) -> str:
    if isinstance(error, duckdb.OutOfMemoryException):
        return "Give the engine more memory_limit, or free space in the scratch folder."
    if isinstance(error, duckdb.IOException):
        return "Check that the store's files are complete and that the disk is not full."
    return "Check the store: a table does not have the columns that the snapshot promises."


def _literal(path: Path) -> str:
    """A path that the engine does not take for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))

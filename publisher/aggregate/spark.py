"""Spark as an engine: the same steps, in its dialect, over the same files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from publisher.aggregate.engine import DIALECT, JOINED, Engine, Step, StepKind, with_whole_numbers
from publisher.aggregate.settings import EngineSettings
from publisher.aggregate.spark_sessions import open_session
from publisher.aggregate.written import write_answer
from publisher.errors import CouldNotRun
from publisher.model.tables import SchoolRange

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_NOT_INSTALLED = CouldNotRun(
    "The engine is Spark, and PySpark is not installed",
    "Run: pip install 'publisher[spark]', or set engine.name to duckdb in config.yaml.",
)
_SIGNED = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64()}


class SparkEngine:
    """Spark on this machine, on a cluster or behind a Connect server."""

    keeps = False
    """What a cluster sums lies on its machines, and a later run has others."""

    def __init__(self, settings: EngineSettings, scratch: Path, store: Path | None = None) -> None:
        """Start Spark, or join it.

        Args:
            settings: where it runs.
            scratch: where Spark on this machine may write.
            store: the folder that `settings.spark_store` stands for.

        Raises:
            CouldNotRun: Spark or Java is not installed, does not start or does not answer.
        """
        self.marks_at_a_time: int | None = None  # Spark has parts of its own
        self.at_once = 1
        self._address, self._store = settings.spark_store, store
        self._scratch = scratch
        with _explained("the start of Spark", _START):
            self._session = open_session(settings, scratch)
        self._spark = self._session.spark

    def read(
        self,
        name: str,
        files: Sequence[Path],
        not_yet: Sequence[datetime] = (),
        schools: SchoolRange | None = None,
    ) -> None:
        """See `Engine`. Raises CouldNotRun when a file is not there or not like the others."""
        with _explained(f"the store's table '{name}'", _FILES):
            _refuse_differing(name, files)
            rows = self._spark.read.parquet(*(self._place(each) for each in files))
            if not_yet:
                later = ", ".join(f"TIMESTAMP_NTZ '{each.isoformat(sep=' ')}'" for each in not_yet)
                rows = rows.where(f"received NOT IN ({later})")
            if schools:
                rows = rows.where(schools.condition)
            rows.createOrReplaceTempView(name)

    def load(self, name: str, table: pa.Table) -> None:
        """See `Engine`. Raises CouldNotRun."""
        with _explained(f"the table '{name}'"):
            self._frame(_signed(table)).createOrReplaceTempView(name)

    def run(self, step: Step) -> None:
        """See `Engine`. Raises CouldNotRun."""
        with _explained(f"the query '{step.name}'"):
            rows = self._spark.sql(in_spark(step.sql))
            if step.kind in JOINED and self._spark.catalog.tableExists(step.name):
                rows = self._spark.table(step.name).union(rows)
            if step.kind is not StepKind.VIEW:
                # Made once; without it every later step would make it again.
                rows = rows.localCheckpoint()
            rows.createOrReplaceTempView(step.name)

    @contextmanager
    def side_by_side(self) -> Iterator[Sequence[Engine]]:
        """See `Engine`. Spark does each step on all its machines."""
        yield [self]

    def interrupt(self) -> None:
        """See `Engine`."""
        self._spark.interruptAll()

    def answer(self, step: Step) -> pa.Table:
        """See `Engine`. Raises CouldNotRun."""
        with _explained(f"the query '{step.name}'"):
            return with_whole_numbers(self._spark.sql(in_spark(step.sql)).toArrow())

    def write(self, step: Step) -> Path:
        """See `Engine`. Raises CouldNotRun."""
        rows = self.answer(step)
        with _explained(f"the query '{step.name}'"):
            return write_answer(rows.to_reader(), self._scratch, step.name)

    def keep(self, name: str, file: Path) -> None:
        """See `Engine`. Raises CouldNotRun."""
        raise CouldNotRun(
            f"Spark keeps no table for a later run: '{name}' ({file.name})",
            "Count without keeping.",
        )

    def files(self, _name: str) -> Sequence[Path]:
        """See `Engine`."""
        return ()

    def forget(self, steps: Sequence[Step]) -> None:
        """See `Engine`. Raises CouldNotRun."""
        for step in steps:
            with _explained(f"the table '{step.name}'"):
                self._spark.catalog.dropTempView(step.name)

    def close(self) -> None:
        """End the session, and Spark with it if it was started for it."""
        # What has died already needs no ending.
        with suppress(Exception):
            self._session.end()

    def _frame(self, table: pa.Table) -> DataFrame:
        """The schema is given, or a table without rows would have none behind a server."""
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415  (optional)

        schema = from_arrow_schema(table.schema, prefer_timestamp_ntz=True)
        return self._spark.createDataFrame(table, schema)

    def _place(self, file: Path) -> str:
        """Where Spark finds a file of the store; none of its letters is a pattern."""
        if not self._address:
            return f"file:{_literal(file.absolute())}"
        if self._store is None or not file.is_relative_to(self._store):
            raise CouldNotRun(
                "A file of the snapshot lies outside the store's folder",
                "Leave engine.spark_store blank, or keep the whole store in one folder.",
            )
        return f"{self._address.rstrip('/')}/{_literal(file.relative_to(self._store))}"


def in_spark(sql: str) -> str:
    """A query of ours as Spark understands it."""
    import sqlglot  # noqa: PLC0415  (comes with Spark)

    (text,) = sqlglot.transpile(
        sql, read=DIALECT, write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    return text


def _signed(table: pa.Table) -> pa.Table:
    """Spark has no unsigned numbers; it reads those of Parquet as the next larger ones."""
    fields = [each.with_type(_SIGNED.get(each.type, each.type)) for each in table.schema]
    return table.cast(pa.schema(fields))


def _refuse_differing(name: str, files: Sequence[Path]) -> None:
    """A column that only some files have would be read as nulls."""
    first, *others = [pq.read_schema(each) for each in files]
    if any(not each.equals(first) for each in others):
        raise CouldNotRun(
            f"Counting stopped at the store's table '{name}': its files have different columns",
            "The store is damaged or was written by another version; ingest the feed into a "
            "new store.",
        )


def _literal(path: Path) -> str:
    return "".join(f"\\{letter}" if letter in "\\*?[]{}" else letter for letter in str(path))


_START = (
    "Check engine.spark_master and engine.memory_limit, that Java is 17 or later, and that the "
    "cluster or server answers."
)
_FILES = "Check that the store's files are complete, and that Spark can reach them."
_COLUMNS = "Check the store: a table does not have the columns that the snapshot promises."
_RUNNING = (
    "Check that Spark is still running and has enough memory and disk (engine.memory_limit), "
    "and that the store's files are complete."
)


@contextmanager
def _explained(what: str, advice: str = "") -> Iterator[None]:
    """Errors of Spark quote data: say what failed and how, never Spark's own words."""
    try:
        yield
    except CouldNotRun:
        raise
    except ImportError:
        raise _NOT_INSTALLED from None
    except Exception as error:  # noqa: BLE001  (what a dying server makes its client raise is no closed list)
        raise CouldNotRun(
            f"Counting stopped at {what}: {_kind(error)}", advice or _advice(error)
        ) from None


def _kind(error: Exception) -> str:
    """The class of an error, and Spark's own name of the condition: constants, never data."""
    condition = getattr(error, "getCondition", lambda: None)()
    name = type(error).__name__
    return f"{name} ({condition})" if condition else name


def _advice(error: Exception) -> str:
    return _COLUMNS if type(error).__name__ == "AnalysisException" else _RUNNING

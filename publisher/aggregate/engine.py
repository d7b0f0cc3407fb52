"""What runs SQL and reads the store's files, and what it is asked to run.

Steps are written in one dialect; another engine has the same methods and transpiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from publisher.model.tables import SchoolRange

DIALECT = "duckdb"


class StepKind(StrEnum):
    """What becomes of the rows of a step."""

    TABLE = "table"
    VIEW = "view"
    ANSWER = "answer"
    """Handed back to the program."""
    GATHERED = "gathered"
    """Rows of every part of the schools, one part after the other."""
    FILED = "filed"
    """The same, of so many rows that they lie in files where an engine has any."""


JOINED = (StepKind.GATHERED, StepKind.FILED)
"""Rows join those that steps of the same name made before."""


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
        if self.kind in JOINED:
            return f"{heading}INSERT INTO {self.name}\n{self.sql};\n"
        return f"{heading}CREATE {self.kind.upper()} {self.name} AS\n{self.sql};\n"


class Engine(Protocol):
    """What runs the steps."""

    marks_at_a_time: int | None
    """Schools are counted in parts with so many rows of marks; None: all at once."""
    keeps: bool
    """Whether it can leave tables for a later run."""
    at_once: int
    """How many engines can count parts of the schools beside one another."""

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

    def run(self, step: Step) -> None:
        """Make the step's rows known under its name, in place of earlier ones.

        Rows that are gathered join the earlier ones, if there are any.
        """

    def side_by_side(self) -> AbstractContextManager[Sequence[Engine]]:
        """`at_once` engines that can run steps at the same time.

        They know what this one knew. What one of them makes ends with it, and the others do not
        know it: but rows that are gathered all join the same table of this one.
        """

    def interrupt(self) -> None:
        """Have a step that runs in another thread fail."""

    def answer(self, step: Step) -> pa.Table:
        """The step's rows, in the order that its SQL says; whole numbers are int64."""

    def write(self, step: Step) -> Path:
        """Write the same to a working file, which stays when the engine is closed.

        `written.read_answer` reads it.
        """

    def keep(self, name: str, file: Path) -> None:
        """Write the rows of a table to a Parquet file; only if it `keeps`."""

    def files(self, name: str) -> Sequence[Path]:
        """The files that all rows of a table lie in; none where they lie in memory."""

    def forget(self, steps: Sequence[Step]) -> None:
        """Give back the memory of rows that these steps made and nobody reads any more."""

    def close(self) -> None:
        """Forget everything."""


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

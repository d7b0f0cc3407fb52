"""Runs steps on an engine and tells how far it has come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyarrow as pa

from publisher.aggregate.engine import Engine, Step
from publisher.errors import StoreProblem
from publisher.model.progress import Advance, Progress


class Runner:
    """An engine and the progress of what it runs."""

    def __init__(self, engine: Engine, progress: Progress) -> None:
        """Run on `engine`."""
        self.engine = engine
        self._progress = progress
        self._advance: Advance = _nothing

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[None]:
        """Count every step that runs in the block as one of `total`."""
        with self._progress.stage(name, total) as advance:
            self._advance = advance
            yield
            self._advance = _nothing

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        """Make small tables known under their names."""
        for name, table in tables.items():
            self.engine.load(name, table)

    def run(self, steps: Sequence[Step], *, anew: bool = True) -> None:
        """Run steps one after the other; not `anew`: gathered rows join earlier ones."""
        for step in steps:
            self.engine.run(step, anew=anew)
            self._advance(1)

    def answer(self, step: Step) -> pa.Table:
        """The rows of a step."""
        answer = self.engine.answer(step)
        self._advance(1)
        return answer

    def refuse_damage(self, step: Step) -> None:
        """Stop where the step finds entries that cannot be counted.

        Raises:
            StoreProblem: it finds some.
        """
        for row in self.answer(step).to_pylist():
            if row["entries"]:
                raise StoreProblem(
                    f"Nothing can be counted: the store holds {row['problem']}",
                    "The store is damaged or was written by another version; ingest the feed "
                    "into a new store.",
                )


def _nothing(_steps: int) -> None:
    """Advance no progress: what runs now is quick."""

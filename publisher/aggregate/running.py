"""Runs steps on an engine and tells how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TypeVar

import pyarrow as pa

from publisher.aggregate.engine import Engine, Step
from publisher.aggregate.lifetimes import last_reads
from publisher.errors import StoreProblem
from publisher.model.progress import Advance, Progress

Part = TypeVar("Part")
_BETWEEN_INTERRUPTS = 0.1
"""Seconds."""


class Runner:
    """An engine and the progress of what it runs."""

    def __init__(self, engine: Engine, progress: Progress, advance: Advance | None = None) -> None:
        """Run on `engine`, in the middle of a stage where `advance` is given."""
        self.engine = engine
        self._progress = progress
        self._advance: Advance = advance or _nothing

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[None]:
        """Count every step that runs in the block as one of `total`."""
        with self._progress.stage(name, total) as advance:
            self._advance = advance
            yield
            self._advance = _nothing

    def for_each(self, parts: Sequence[Part], work: Callable[[Runner, int, Part], None]) -> None:
        """Do some work for every part, at the same time where the engine can.

        Args:
            parts: what is worked on.
            work: called with a runner, the number of a part and the part.

        Raises:
            CouldNotRun: what the first work that failed raised; the others are interrupted.
        """
        if len(parts) == 1 or self.engine.at_once == 1:
            for number, part in enumerate(parts):
                work(self, number, part)
            return
        advance = _one_at_a_time(self._advance)
        with self.engine.side_by_side() as engines, ThreadPoolExecutor(len(engines)) as pool:
            free: SimpleQueue[Runner] = SimpleQueue()
            for engine in engines:
                free.put(Runner(engine, self._progress, advance))
            tasks = [
                pool.submit(_work, work, free, number, part) for number, part in enumerate(parts)
            ]
            _finish(tasks, engines)

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        """Make small tables known under their names."""
        for name, table in tables.items():
            self.engine.load(name, table)

    def run(self, steps: Sequence[Step]) -> None:
        """Run steps one after the other."""
        for step in steps:
            self.engine.run(step)
            self._advance(1)

    def run_and_forget(
        self,
        steps: Sequence[Step],
        later: Collection[str] = (),
        *,
        before: Sequence[Step] = (),
    ) -> None:
        """The same; each table is forgotten when the last step that reads it has run.

        Args:
            steps: what is run.
            later: names that are read afterwards.
            before: steps that ran, whose tables are forgotten in the same way.
        """
        ends = last_reads((*before, *steps), later)
        self.engine.forget([each for end in ends[: len(before)] for each in end])
        for step, end in zip(steps, ends[len(before) :], strict=True):
            self.run((step,))
            self.engine.forget(end)

    def answer(self, step: Step) -> pa.Table:
        """The rows of a step."""
        answer = self.engine.answer(step)
        self._advance(1)
        return answer

    def write(self, steps: Sequence[Step]) -> dict[str, Path]:
        """The rows of answers in working files, by name."""
        files = {}
        for step in steps:
            files[step.name] = self.engine.write(step)
            self._advance(1)
        return files

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


def _work(
    work: Callable[[Runner, int, Part], None], free: SimpleQueue[Runner], number: int, part: Part
) -> None:
    """Work with a runner that is free: there are as many as threads."""
    runner = free.get()
    try:
        work(runner, number, part)
    finally:
        free.put(runner)


def _finish(tasks: Sequence[Future[None]], engines: Sequence[Engine]) -> None:
    """Wait for all; where one fails, end the others."""
    try:
        for each in as_completed(tasks):
            each.result()
    except BaseException:
        for each in tasks:
            each.cancel()
        _interrupt(tasks, engines)
        raise


def _interrupt(tasks: Sequence[Future[None]], engines: Sequence[Engine]) -> None:
    """Again and again: an engine that is between two steps when it is told begins the next."""
    while True:
        for engine in engines:
            engine.interrupt()
        if not wait(tasks, timeout=_BETWEEN_INTERRUPTS).not_done:
            return


def _one_at_a_time(advance: Advance) -> Advance:
    lock = Lock()

    def locked(steps: int) -> None:
        with lock:
            advance(steps)

    return locked


def _nothing(_steps: int) -> None:
    """Advance no progress: what runs now is quick."""

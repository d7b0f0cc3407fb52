"""Shares the blocks out over parts of the feed, and the parts over processes.

A part is a run of blocks and has files of its own in every batch. Which blocks it has depends on
the pupils alone, so the bytes are the same however many processes write them.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from pathlib import Path

from publisher.errors import CouldNotRun
from publisher.model.progress import Progress
from publisher.synthetic.blocks import Block, Country, Written, blocks_of, write_block
from publisher.synthetic.writing import PartWriters

_BLOCKS_TOGETHER = 16
_MOST_PROCESSES = 8
"""Each needs about 0.4 GB, so that eight stay below 4 GB."""


@dataclass(frozen=True)
class Part:
    """Blocks whose rows share one file per batch and table."""

    number: int
    blocks: tuple[Block, ...]


def write_parts(
    country: Country, folder: Path, progress: Progress, processes: int | None = None
) -> Written:
    """Write all batches into `folder`, in as many processes as there are processors, or given.

    Raises:
        CouldNotRun: the disk is full, or a process was ended from outside.
    """
    parts = _parts(country)
    done = _finished(country, folder, parts, min(processes or _processors(), len(parts)))
    written = Written(0, 0)
    total = sum(len(part.blocks) for part in parts)
    with closing(done), progress.stage("Inventing registers", total) as advance:
        for blocks, more in done:
            written += more
            advance(blocks)
    return written


def _parts(country: Country) -> tuple[Part, ...]:
    blocks = blocks_of(country.schools.roll)
    starts = range(0, len(blocks), _BLOCKS_TOGETHER)
    runs = (blocks[start : start + _BLOCKS_TOGETHER] for start in starts)
    return tuple(Part(number, run) for number, run in enumerate(runs))


def _processors() -> int:
    """Processors that this process may use, as far as the system tells."""
    usable = getattr(os, "sched_getaffinity", None)
    return min(len(usable(0)) if usable else os.cpu_count() or 1, _MOST_PROCESSES)


def _finished(
    country: Country, folder: Path, parts: tuple[Part, ...], processes: int
) -> Generator[tuple[int, Written], None, None]:
    """Blocks and rows written, told from time to time, in any order."""
    if processes > 1:
        yield from _finished_elsewhere(country, folder, parts, processes)
        return
    for part in parts:
        yield from ((1, written) for written in _written(country, folder, part))


def _finished_elsewhere(
    country: Country, folder: Path, parts: tuple[Part, ...], processes: int
) -> Generator[tuple[int, Written], None, None]:
    # a fresh interpreter for each: a fork would copy locks that libraries' threads hold
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _end_with_parent)
    try:
        tasks = {pool.submit(_write_part, country, folder, part): part for part in parts}
        for task in as_completed(tasks):
            yield len(tasks[task].blocks), task.result()
    except BrokenProcessPool:
        raise CouldNotRun(
            "A process that was inventing registers was ended from outside",
            "Memory may have run out: close other programs or choose a smaller --scale.",
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _write_part(country: Country, folder: Path, part: Part) -> Written:
    return sum(_written(country, folder, part), Written(0, 0))


def _written(country: Country, folder: Path, part: Part) -> Iterator[Written]:
    with PartWriters(folder, country.batches, part.number) as writers:
        for block in part.blocks:
            yield write_block(country, writers, block)


def _end_with_parent() -> None:
    """End at once when the user stops the run, and when the parent is killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            connection.wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()

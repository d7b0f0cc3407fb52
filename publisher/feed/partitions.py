"""Rows of marks shared out by ranges of schools.

Schools arrive in any order and leave in one. The rows of a few hundred schools can be sorted in
memory whatever the size of the batch, so only the sharing-out has to stream; beyond a limit, rows
wait in a temporary file.
"""

from __future__ import annotations

import numpy as np

from publisher.feed.mark_rows import NO_ROWS, Extent, Rows, Spill
from publisher.feed.settings import ROWS_IN_MEMORY

SCHOOLS_TOGETHER = 256
"""Schools of a partition: a fortnight of the whole country is about a million rows in each."""


class Partitions:
    """Partition `n` has the rows of schools `n * SCHOOLS_TOGETHER` and up, as they arrived."""

    def __init__(self, schools: int, rows_in_memory: int = ROWS_IN_MEMORY) -> None:
        """Make room for the rows of as many schools; at most `rows_in_memory` wait in memory."""
        self.count = -(-schools // SCHOOLS_TOGETHER)
        self._waiting: list[list[Rows]] = [[] for _ in range(self.count)]
        self._extents: list[list[Extent]] = [[] for _ in range(self.count)]
        self._rows_waiting = 0
        self._rows_in_memory = rows_in_memory
        self._spill: Spill | None = None

    def add(self, rows: Rows) -> None:
        """Take in rows that arrived after all others.

        Raises:
            CouldNotRun: the disk is full.
        """
        number = (rows["school"] // SCHOOLS_TOGETHER).astype(np.uint16)
        order = np.argsort(number, kind="stable")
        edges = np.searchsorted(number, np.arange(self.count + 1), sorter=order)
        for partition in np.unique(number).tolist():
            mine = order[edges[partition] : edges[partition + 1]]
            self._waiting[partition].append(rows[mine])
        self._rows_waiting += len(rows)
        if self._rows_waiting > self._rows_in_memory:
            self._to_disk()

    def take(self, partition: int) -> Rows:
        """The rows of a partition, in the order of arrival; it is empty afterwards."""
        spilled = [self._spill.read(each) for each in self._extents[partition] if self._spill]
        rows = np.concatenate([NO_ROWS, *spilled, *self._waiting[partition]])
        self._extents[partition].clear()
        self._waiting[partition].clear()
        return rows

    def put(self, partition: int, rows: Rows) -> None:
        """Give back rows that were taken; to the disk if any row has gone there.

        Raises:
            CouldNotRun: the disk is full.
        """
        if self._spill is None:
            self._waiting[partition].append(rows)
        else:
            self._extents[partition].append(self._spill.append(rows))

    def _to_disk(self) -> None:
        self._spill = self._spill or Spill()
        for waiting, extents in zip(self._waiting, self._extents, strict=True):
            if waiting:
                extents.append(self._spill.append(np.concatenate(waiting)))
                waiting.clear()
        self._rows_waiting = 0

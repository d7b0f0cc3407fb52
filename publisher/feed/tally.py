"""Keeps account of rows: one bucket each, and where the first few refused ones are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from publisher.feed.chunks import Chunk
from publisher.model.intake import STORED, RowAccount

_PLACES_SHOWN = 3

Verdicts = npt.NDArray[np.uint8]


class Tally:
    """Counts rows by bucket; `buckets` lists all, the first being `STORED`."""

    def __init__(self, buckets: Sequence[str]) -> None:
        """Start at nothing."""
        if buckets[0] != STORED:
            raise ValueError("the first bucket is for what is stored")
        self._buckets = tuple(str(bucket) for bucket in buckets)
        self._counts: Counter[str] = Counter()
        self._places: dict[str, list[str]] = {}

    def add(self, chunk: Chunk, verdicts: Verdicts) -> None:
        """Count a chunk's rows; `verdicts[i]` is the place of row i's bucket in `buckets`."""
        counts = np.bincount(verdicts, minlength=len(self._buckets))
        for place, bucket in enumerate(self._buckets):
            self._counts[bucket] += int(counts[place])
            if place and counts[place]:
                self._note(bucket, chunk, np.flatnonzero(verdicts == place))

    def move(self, bucket: str, rows: int) -> None:
        """Count `rows` rows that were to be stored under another bucket."""
        self._counts[STORED] -= rows
        self._counts[str(bucket)] += rows

    def account(self) -> RowAccount:
        """The account so far."""
        counts = {bucket: self._counts[bucket] for bucket in self._buckets}
        places = {bucket: tuple(found) for bucket, found in self._places.items()}
        return RowAccount(sum(counts.values()), counts, places)

    def _note(self, bucket: str, chunk: Chunk, rows: npt.NDArray[np.intp]) -> None:
        found = self._places.setdefault(bucket, [])
        for row in rows[: _PLACES_SHOWN - len(found)]:
            found.append(f"{chunk.file}, row {chunk.first_row + int(row)}")

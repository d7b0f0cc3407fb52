"""Pseudonyms for columns of UPNs: a UPN is hashed once, not once per mark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from publisher.feed.chunks import Encoded, Int32
from publisher.feed.pseudonym import PseudonymKey
from publisher.feed.values import text

NO_PUPIL = -1

_MOST_REMEMBERED = 2_000_000

Pseudonyms = npt.NDArray[np.int64]


class PupilNumbers:
    """The UPNs that a batch has shown so far and their pseudonyms; in memory only."""

    def __init__(self, key: PseudonymKey) -> None:
        """Start with no UPN."""
        self._key = key
        self._places: dict[object, int] = {}
        self._pseudonyms: list[Pseudonyms] = [np.zeros(0, np.int64)]
        self._next = 0

    def __repr__(self) -> str:
        return "PupilNumbers(hidden)"

    @property
    def pseudonyms(self) -> Pseudonyms:
        """The pseudonym at each place; several places may have the same one."""
        if len(self._pseudonyms) > 1:
            self._pseudonyms = [np.concatenate(self._pseudonyms)]
        return self._pseudonyms[0]

    def places(self, column: Encoded) -> Int32:
        """Each row's place in `pseudonyms`, or `NO_PUPIL`."""
        if len(self._places) > _MOST_REMEMBERED:  # bounds memory; forgetting costs only time
            self._places.clear()
        self._learn([upn for upn in column.values if upn not in self._places])
        places = map(self._places.__getitem__, column.values)
        return np.fromiter(places, np.int32, len(column.values))[column.codes]

    def _learn(self, unseen: list[object]) -> None:
        written = {upn: text(upn) for upn in unseen}
        present = [upn for upn, as_text in written.items() if as_text]
        self._places.update(dict.fromkeys(written, NO_PUPIL))
        self._places.update(zip(present, range(self._next, self._next + len(present)), strict=True))
        self._pseudonyms.append(self._key.pupils([written[upn] for upn in present]))
        self._next += len(present)

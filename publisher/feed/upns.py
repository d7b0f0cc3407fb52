"""Pseudonyms for columns of UPNs: a UPN is hashed once, not once per mark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from publisher.feed.chunks import Encoded, Flags
from publisher.feed.pseudonym import PseudonymKey
from publisher.feed.values import text

_MOST_REMEMBERED = 500_000
_NO_PUPIL = 0
"""The place of what is not a UPN."""

Pseudonyms = npt.NDArray[np.int64]


class PupilNumbers:
    """The UPNs that a batch has shown lately and their pseudonyms; in memory only."""

    def __init__(self, key: PseudonymKey) -> None:
        """Start with no UPN."""
        self._key = key
        self._forget()

    def __repr__(self) -> str:
        return "PupilNumbers(hidden)"

    def pseudonyms(self, column: Encoded) -> tuple[Pseudonyms, Flags]:
        """Each row's pseudonym, and whether the row has one; it means nothing where it has not."""
        if len(self._places) > _MOST_REMEMBERED:  # bounds memory; forgetting costs only time
            self._forget()
        self._learn([upn for upn in column.values if upn not in self._places])
        places = map(self._places.__getitem__, column.values)
        place = np.fromiter(places, np.int32, len(column.values))
        return self._pseudonyms[place][column.codes], (place != _NO_PUPIL)[column.codes]

    def _forget(self) -> None:
        self._places: dict[object, int] = {}
        self._pseudonyms: Pseudonyms = np.zeros(1, np.int64)

    def _learn(self, unseen: list[object]) -> None:
        written = {upn: text(upn) for upn in unseen}
        present = [upn for upn, as_text in written.items() if as_text]
        first = len(self._pseudonyms)
        self._places.update(dict.fromkeys(written, _NO_PUPIL))
        self._places.update(zip(present, range(first, first + len(present)), strict=True))
        new = self._key.pupils([written[upn] for upn in present])
        self._pseudonyms = np.concatenate([self._pseudonyms, new])

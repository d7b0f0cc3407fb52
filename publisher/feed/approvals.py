"""Whether a school's sharing approval covers a day (both ends included)."""

from __future__ import annotations

from datetime import date
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from publisher.feed.chunks import Int32, day_number

_STILL = date.max
_DAYS = 1 << 22
"""More than the days between the years 1 and 9999: (school, day) as one number."""

Span = tuple[int, int]


class Approvals:
    """The ledger of approvals as spans that do not overlap, ready for millions of questions."""

    def __init__(self, ledger: pa.Table, urns: npt.NDArray[np.int32]) -> None:
        """Read a ledger (`APPROVALS_SCHEMA`) for the schools `urns` (ascending)."""
        schools = np.searchsorted(urns, ledger.column("urn").to_numpy()).tolist()
        firsts, lasts = (
            ledger.column(name).to_pylist() for name in ("approved_from", "approved_to")
        )
        rows = sorted(
            (school, _shifted(first), _shifted(last or _STILL))
            for school, first, last in zip(schools, firsts, lasts, strict=True)
        )
        spans = [
            (school * _DAYS + first, last)
            for school, group in groupby(rows, key=lambda row: row[0])
            for first, last in _merged([(first, last) for _, first, last in group])
        ]
        self._starts = np.array([start for start, _ in spans], np.int64)
        self._ends = np.array([start // _DAYS * _DAYS + last for start, last in spans], np.int64)

    def cover(self, schools: Int32, days: Int32) -> npt.NDArray[np.bool_]:
        """Whether the approval of school number `schools[i]` covers day `days[i]`.

        Schools are places in `urns`, not below 0; days count from 1 January 1970.
        """
        if not len(self._starts):
            return np.zeros(len(schools), np.bool_)
        asked = schools.astype(np.int64) * _DAYS + (days.astype(np.int64) + _SHIFT)
        before = np.searchsorted(self._starts, asked, side="right") - 1
        covered: npt.NDArray[np.bool_] = (before >= 0) & (asked <= self._ends[before])
        return covered


_SHIFT = -day_number(date.min)
"""Makes day numbers start at 0 in the year 1."""


def _shifted(day: date) -> int:
    return day_number(day) + _SHIFT


def _merged(spans: list[Span]) -> list[Span]:
    """Spans in order without overlaps."""
    merged: list[Span] = []
    for first, last in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged

"""Rows of marks as whole numbers, and the temporary file in which many of them wait."""

from __future__ import annotations

import errno
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from publisher.errors import CouldNotRun

ROW = np.dtype([("pupil", "<i8"), ("school", "<i4"), ("day", "<i4"), ("am", "u1"), ("pm", "u1")])
"""Pseudonym, place of the school, day since 1 January 1970, numbers of two register codes."""

Rows = npt.NDArray[np.void]
"""An array of `ROW`."""

NO_ROWS: Rows = np.zeros(0, ROW)


@dataclass(frozen=True)
class Extent:
    """Where rows lie in a spill: from which byte on, and how many rows."""

    start: int
    rows: int


class Spill:
    """A temporary file without a name: nobody else can open it, and a crash leaves nothing.

    It holds what the store will hold, pseudonyms and numbers of codes, never a UPN or a name.
    """

    def __init__(self) -> None:
        """Open the file in the system's temporary folder.

        Raises:
            CouldNotRun: nothing can be written there.
        """
        with _written_or_explained():
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed below)
        self._end = 0
        weakref.finalize(self, self._file.close)

    def append(self, rows: Rows) -> Extent:
        """Write rows at the end.

        Raises:
            CouldNotRun: the disk is full.
        """
        extent = Extent(self._end, len(rows))
        with _written_or_explained():
            self._file.seek(self._end)
            self._file.write(np.ascontiguousarray(rows).view(np.uint8).data)
            self._file.flush()
        self._end += rows.nbytes
        return extent

    def read(self, extent: Extent) -> Rows:
        """The rows that `append` wrote."""
        self._file.seek(extent.start)
        return np.fromfile(self._file, ROW, extent.rows)


@contextmanager
def _written_or_explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        found = "is full" if full else f"cannot be written: {error.strerror}"
        raise CouldNotRun(
            f"The system's temporary folder {found}; nothing of the batch is stored",
            "Make room there, or name a folder on a bigger disk in the variable TMPDIR.",
        ) from None

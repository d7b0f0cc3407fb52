"""Files of named arrays: compressed, without pickles, the same bytes for the same arrays."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What opening and reading raises where a file is not whole, or holds something else."""


def write_arrays(path: Path, arrays: Mapping[str, Any], level: int | None = None) -> None:
    """Write a file; `level` of compression, as zlib counts.

    Raises:
        OSError: it cannot be written.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, values in sorted(arrays.items()):
            # A ZipInfo made from a name alone has a fixed date: same arrays, same bytes.
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            written = io.BytesIO()
            np.lib.format.write_array(written, np.asarray(values), allow_pickle=False)
            archive.writestr(entry, written.getbuffer(), compresslevel=level)


def open_arrays(path: Path) -> NpzFile:
    """Open a file of which every byte is as it was written; each array is read when asked for.

    Raises:
        OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile: `DAMAGED`.
    """
    opened = np.load(path, allow_pickle=False)
    if not isinstance(opened, NpzFile) or opened.zip is None or opened.zip.testzip() is not None:
        raise ValueError(f"{path} is not a whole file of arrays")
    return opened

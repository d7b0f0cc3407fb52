"""Answers in working files, where they need no memory until the engine has given back its own."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from publisher.aggregate.engine import with_whole_numbers
from publisher.errors import CouldNotRun


def write_answer(rows: pa.RecordBatchReader, folder: Path, name: str) -> Path:
    """Write rows as they come to a file of this name in a folder; whole numbers as int64.

    Returns:
        The file.

    Raises:
        OSError: it cannot be written.
        pyarrow.ArrowInvalid: a number does not fit.
    """
    file = folder / f"{name}.arrow"
    schema = with_whole_numbers(rows.schema.empty_table()).schema
    packed = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(str(file), "wb") as out, pa.ipc.new_file(out, schema, options=packed) as writer:
        for batch in rows:
            writer.write_batch(batch.cast(schema))
    return file


def read_answer(file: Path) -> pa.Table:
    """The rows of such a file, in the order in which they were written.

    Raises:
        CouldNotRun: it is gone or damaged.
    """
    try:
        with pa.OSFile(str(file), "rb") as rows:
            return pa.ipc.open_file(rows).read_all()
    except (OSError, pa.ArrowInvalid):
        raise CouldNotRun(
            f"Counting stopped at the answer '{file.stem}': its working file cannot be read",
            "Check the scratch folder's disk, and that nobody removes files there.",
        ) from None

"""Unusual true numbers, and a search for them in everything that a folder holds."""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from publisher.attack.packing import unpacked
from publisher.model.breakdowns import BREAKDOWN, TOTAL
from publisher.model.stages import ROW_KEY, ProtectedCells, TrueCells

SMALLEST = 3_000
"""Smaller numbers are found by chance in pages and manifests."""
ROUNDED = 10
"""What is published is a multiple of it, so that such a number proves nothing."""
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,])|(?<![\w.])\d+(?:\.\d+)?(?![\w])")
_PLACES = {"safe_cell", "unsafe_cell", "term_cell", "recipe_start", "firsts", "others"}
"""Arrays of a certificate that say where, not how many."""
_TEXT = {".csv", ".html", ".json", ".txt", ".xml", ".rdf", ".js", ".css", ".yaml", ".log", ""}


def planted(true: TrueCells, protected: ProtectedCells) -> set[int]:
    """True numbers of withheld rows and groups that nobody would find by chance."""
    key = list(ROW_KEY)
    hidden = set(protected.withheld[key].itertuples(index=False, name=None))
    groups = protected.withheld_groups[[*key, BREAKDOWN]]
    hidden_groups = set(groups.itertuples(index=False, name=None))
    found: set[int] = set()
    for frame in (*true.cells.values(), true.evidence, true.group_evidence):
        if frame is None:
            continue
        of_row = frame[key].itertuples(index=False, name=None)
        parts = frame[BREAKDOWN] if BREAKDOWN in frame else [TOTAL] * len(frame)
        rows = [
            row in hidden or (*row, part) in hidden_groups
            for row, part in zip(of_row, parts, strict=True)
        ]
        numbers = frame.loc[rows].select_dtypes("number").to_numpy(dtype=float).ravel()
        found.update(int(each) for each in numbers[np.isfinite(numbers)])
    return {each for each in found if each >= SMALLEST and each % ROUNDED}


def leaks(folder: Path, numbers: set[int]) -> list[tuple[str, str]]:
    """File and number for each of `numbers` that is in a file of the folder, or in its name."""
    found = [
        (path.relative_to(folder).as_posix(), what)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for what in leaks_of_file(path.name, path.read_bytes(), numbers)
    ]
    names = " ".join(path.name for path in folder.rglob("*"))
    return found + [("a name", each) for each in in_text(names, numbers)]


def in_text(text: str, numbers: set[int]) -> list[str]:
    """Numbers that are written in a text, with thousands commas or without."""
    written = {match.group().replace(",", "") for match in _NUMBER.finditer(text)}
    wanted = {str(each) for each in numbers}
    return sorted(wanted & {each.split(".")[0] for each in written if each.strip("0.")})


def leaks_of_file(name: str, content: bytes, numbers: set[int]) -> Iterator[str]:
    """Numbers in one file: its text, or the values of its cells.

    Raises:
        AssertionError: nobody has said how to look into such a file.
    """
    suffix = Path(name).suffix
    if suffix == ".parquet":
        yield from _in_table(pa.parquet.read_table(BytesIO(content)), numbers)
    elif suffix == ".npz":
        with np.load(BytesIO(content)) as arrays:
            for each in arrays.files:
                if each not in _PLACES:
                    yield from _in_array(_in_whole_units(arrays, each), numbers)
    elif suffix == ".xlsx":
        yield from _in_workbook(content, numbers)
        yield from _in_archive(content, numbers)
    elif suffix in {".zip", ".ods"}:
        yield from _in_archive(content, numbers)
    elif suffix == ".gz":
        yield from leaks_of_file(name[: -len(".gz")], gzip.decompress(content), numbers)
    else:
        assert suffix in _TEXT, f"how to read {name}?"
        yield from in_text(content.decode("utf-8", "replace"), numbers)


def _in_whole_units(arrays: Mapping[str, NDArray[np.generic]], name: str) -> NDArray[np.generic]:
    """An array; of a world of a certificate the values that are whole, not in its small units."""
    if not name.startswith("world_"):
        return arrays[name]
    number = int(name.removeprefix("world_"))
    values, unit = world_in(arrays, number), int(arrays["units"][number])
    return values[values % unit == 0] // unit


def world_in(arrays: Mapping[str, NDArray[np.generic]], number: int) -> NDArray[np.generic]:
    """The values of a world of a certificate, which may be written as a difference."""
    others = arrays["others"].tolist()
    values = unpacked(number, lambda each: arrays[f"world_{each:04d}"], others)
    assert values is not None
    return values


def _in_array(values: NDArray[np.generic], numbers: set[int]) -> list[str]:
    if values.dtype.kind in "iuf":
        wanted = np.array(sorted(numbers), dtype=float)
        return [f"{each:.0f}" for each in np.unique(values[np.isin(values, wanted)])]
    return in_text(" ".join(map(str, values.ravel().tolist())), numbers)


def _in_table(table: pa.Table, numbers: set[int]) -> Iterator[str]:
    yield from in_text(str(table.schema.metadata), numbers)
    for column in table.columns:
        plain = (
            column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        )
        yield from _in_array(np.asarray(plain.combine_chunks().to_pandas()), numbers)


def _in_workbook(content: bytes, numbers: set[int]) -> Iterator[str]:
    book = openpyxl.load_workbook(BytesIO(content))
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            for value in row:
                if isinstance(value, int | float) and value in numbers:
                    yield f"{value:.0f}"
                elif isinstance(value, str):
                    yield from in_text(value, numbers)


def _in_archive(content: bytes, numbers: set[int]) -> Iterator[str]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            if Path(name).suffix not in {".rels", ".bin"}:
                yield from leaks_of_file(Path(name).name, archive.read(name), numbers)

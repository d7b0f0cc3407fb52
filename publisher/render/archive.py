"""All data in one archive, laid out as the platform's own "Download all data" file."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from publisher.model.progress import Advance, Progress
from publisher.render.edition import DATA_FOLDER, TABLES_FOLDER, Edition
from publisher.render.guidance_text import data_guidance, definitions_text

ARCHIVE_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest time that the format knows; files in an archive carry no clock."""
_MEGABYTE = 2**20
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3


def write_archive(edition: Edition, public: Path, progress: Progress) -> None:
    """Write `<publication>_<release>.zip`; the files it holds must have been written.

    Entries: `data/*.csv` by name, `supporting-files/` by name, and the data guidance last.
    The metadata files are not in it, as in the platform's own.
    """
    data = [public / DATA_FOLDER / f"{each.name}.csv" for each in edition.data_sets]
    support = sorted((public / TABLES_FOLDER).glob(f"{edition.stem}.*"))
    total = sum(path.stat().st_size for path in [*data, *support])
    with (
        progress.stage("Writing the archive of all data", total) as advance,
        zipfile.ZipFile(public / f"{edition.stem}.zip", "w") as archive,
    ):
        for path in sorted(data):
            add_file(archive, f"data/{path.name}", path, advance)
        add_text(
            archive, "supporting-files/definitions-and-protection.txt", definitions_text(edition)
        )
        for path in support:
            add_file(archive, f"supporting-files/{path.name}", path, advance)
        add_text(archive, "data-guidance/data-guidance.txt", data_guidance(edition))


def add_file(archive: zipfile.ZipFile, name: str, path: Path, advance: Advance) -> None:
    """Add a file under `name`, a megabyte at a time, without its time or owner."""
    entry = plain_entry(name)
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w") as target:
        while piece := source.read(_MEGABYTE):
            target.write(piece)
            advance(len(piece))


def add_text(archive: zipfile.ZipFile, name: str, text: str) -> None:
    """Add a text under `name`, as UTF-8."""
    archive.writestr(plain_entry(name), text.encode())


def plain_entry(name: str, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """An entry that is the same wherever and whenever it is written."""
    entry = zipfile.ZipInfo(name, ARCHIVE_DAY)
    entry.compress_type = compression
    entry.create_system = _UNIX
    entry.external_attr = _PLAIN_FILE
    return entry


def repack(
    source: Path | BinaryIO,
    target: Path,
    changed: Mapping[str, bytes],
    left_out: tuple[str, ...] = (),
) -> None:
    """Copy an archive in its own order, without clocks, some entries changed or left out.

    Entries whose names begin with one of `left_out` are not copied.

    Raises:
        KeyError: an entry that is to be changed is not in the archive.
    """
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in changed:
            old.getinfo(name)
        for each in old.infolist():
            if not each.filename.startswith(left_out):
                content = changed.get(each.filename, old.read(each))
                new.writestr(plain_entry(each.filename, each.compress_type), content)

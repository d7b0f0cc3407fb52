"""The table of writers: one per format, each given the same release.

To add a format, write one module and add its line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from publisher.errors import CouldNotRun
from publisher.model.progress import Progress
from publisher.model.stages import CheckedCells
from publisher.render.archive import write_archive
from publisher.render.checksums import write_checksums
from publisher.render.csv_files import write_csv_files
from publisher.render.data_package import write_data_package
from publisher.render.edition import DATA_FOLDER, TABLES_FOLDER, Edition
from publisher.render.meta_files import write_meta_files
from publisher.render.open_document import write_open_document
from publisher.render.parquet_files import write_parquet_files
from publisher.render.settings import PublicationSettings
from publisher.render.workbook import write_workbook

Writer = Callable[[Edition, Path, Progress], None]

WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "CSV": write_csv_files,
        "metadata": write_meta_files,
        "Parquet": write_parquet_files,
        "workbook": write_workbook,
        "OpenDocument": write_open_document,
        "archive": write_archive,
        "data package": write_data_package,
    }
)
"""In the order in which they run: the archive and the data package hold what others wrote."""


def write_data(
    checked: CheckedCells, public: Path, publication: PublicationSettings, progress: Progress
) -> None:
    """Write every file of the release that is not a page into the folder `public`.

    Raises:
        CheckFailed: the figures are not what their data set declares.
        ConfigProblem: a setting names an item that no data set has.
        CouldNotRun: the folder cannot be written to.
    """
    edition = Edition(checked, publication)
    for name, write in WRITERS.items():
        try:
            for folder in (DATA_FOLDER, TABLES_FOLDER):
                (public / folder).mkdir(parents=True, exist_ok=True)
            write(edition, public, progress)
        except OSError as problem:
            raise CouldNotRun(
                f"The {name} files of {edition.stem} could not be written: {problem.strerror}",
                "See that the output folder can be written to and that its disk has room.",
            ) from problem


__all__ = ["WRITERS", "write_checksums", "write_data"]

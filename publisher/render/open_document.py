"""The workbook as OpenDocument, where LibreOffice is found (contract, section 3).

LibreOffice writes the order of page styles and a picture of the first sheet as chance and fonts
have it. Both are put right here, so that the same release gives the same bytes with the same
LibreOffice.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from publisher.errors import CouldNotRun
from publisher.model.progress import Progress
from publisher.render.archive import repack
from publisher.render.edition import TABLES_FOLDER, Edition

_SECONDS = 180
_STYLES, _MANIFEST = "styles.xml", "META-INF/manifest.xml"
_CHANCE = ("Thumbnails/", "Configurations2/")
_PAGE = re.compile(r"<style:master-page .*?(?:</style:master-page>|/>)", re.DOTALL)


def write_open_document(edition: Edition, public: Path, progress: Progress) -> None:
    """Write `tables/<publication>_<release>.ods` from the workbook, if that is wanted and can be.

    Raises:
        CouldNotRun: LibreOffice was found and did not convert the workbook.
    """
    program = shutil.which("soffice") if edition.publication.open_document else None
    if program is None:
        return
    source = public / TABLES_FOLDER / f"{edition.stem}.xlsx"
    with (
        progress.stage("Writing the OpenDocument workbook", 1) as advance,
        tempfile.TemporaryDirectory() as work,
    ):
        made = _convert(program, source, Path(work))
        settle(made, public / TABLES_FOLDER / made.name)
        advance(1)


def settle(made: Path, target: Path) -> None:
    """Copy an OpenDocument file without what differs from one run of LibreOffice to the next."""
    with zipfile.ZipFile(made) as archive:
        styles = archive.read(_STYLES).decode()
        manifest = archive.read(_MANIFEST).decode()
    repack(
        made,
        target,
        changed={
            _STYLES: _sorted_pages(styles).encode(),
            _MANIFEST: _without_chance(manifest).encode(),
        },
        left_out=_CHANCE,
    )


def _convert(program: str, source: Path, work: Path) -> Path:
    """Run LibreOffice with a profile of its own, so that no other window of it is in the way."""
    command = [
        program,
        f"-env:UserInstallation={(work / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        "ods",
        "--outdir",
        str(work),
        str(source),
    ]
    with contextlib.suppress(subprocess.TimeoutExpired):  # said below: there is no file
        subprocess.run(command, check=False, capture_output=True, timeout=_SECONDS)  # noqa: S603
    made = work / f"{source.stem}.ods"
    if not made.is_file():
        raise CouldNotRun(
            f"LibreOffice did not make an OpenDocument file of {source.name}",
            "See that it starts, or set publication.open_document to false.",
        )
    return made


def _sorted_pages(styles: str) -> str:
    """Page styles by name; LibreOffice lists them as their places in memory have it."""
    pages = iter(sorted(_PAGE.findall(styles)))
    return _PAGE.sub(lambda _: next(pages), styles)


def _without_chance(manifest: str) -> str:
    entries = "|".join(re.escape(folder) for folder in _CHANCE)
    return re.sub(rf'\s*<manifest:file-entry [^>]*full-path="(?:{entries})[^>]*/>', "", manifest)

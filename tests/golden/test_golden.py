"""A tiny invented school system -> the whole release, compared with what is kept, file by file.

Files that depend on the build of a compression library are compared by what is in them. After a
change that is meant: UPDATE_GOLDEN=1 make test, then read the difference.
"""

from __future__ import annotations

import difflib
import gzip
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from publisher import __version__, ingestion, pipeline
from publisher.config import Config
from publisher.model.progress import Silent
from tests.golden.country import WEEK, country
from tests.properties.feed_folder import write_feed

KEPT = Path(__file__).parent / "expected"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    key = folder / "key"
    key.write_text("the key of the golden release", encoding="utf-8")
    key.chmod(0o600)
    config = Config(store=folder / "store", output=folder / "output", key_file=key)
    config = config.model_copy(
        update={"publication": config.publication.model_copy(update={"open_document": False})}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PUBLISHER_KEY", raising=False)
        ingestion.ingest(config, write_feed(country(), folder / "feed"), "tables", Silent())
        return pipeline.release(config, str(WEEK), None, Silent()).folder


def texts(release: Path) -> Iterator[tuple[str, str]]:
    """Name and text of everything that a reader of the release sees."""
    for path in sorted((release / "public").rglob("*")):
        name = path.relative_to(release / "public").as_posix()
        if path.suffix in {".csv", ".html", ".json", ".css", ".js"}:
            yield name, path.read_text(encoding="utf-8")
        elif path.suffix == ".xlsx":
            yield f"{name}.txt", _cells(path)
        elif path.suffix == ".zip":
            yield f"{name}.txt", "\n".join(zipfile.ZipFile(path).namelist())
    yield "release.json", _manifest(release)


def _cells(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    return "\n".join(
        f"{sheet.title}!{cell.coordinate}\t{cell.value}"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    )


def _manifest(release: Path) -> str:
    manifest = json.loads((release / "release.json").read_text(encoding="utf-8"))
    manifest["outputs"] = sorted(manifest["outputs"])
    return json.dumps(manifest, indent=1, sort_keys=True)


def _steady(name: str, text: str) -> str:
    """Without what another build of a library or another version may change."""
    if name == "datapackage.json":
        text = re.sub(r'"(bytes|hash)": [^\n]*', r'"\1": …', text)
    if name.endswith(".html"):
        text = re.sub(r"\d[\d.]* (bytes|KB|MB)", "… KB", text)
    return text.replace(__version__, "VERSION")


def test_the_whole_release_is_as_it_was(release: Path):
    found = {f"{name}.gz": _steady(name, text) for name, text in texts(release)}
    if UPDATE:
        _keep(found)
    kept = {
        path.relative_to(KEPT).as_posix(): gzip.decompress(path.read_bytes()).decode()
        for path in KEPT.rglob("*.gz")
    }
    assert sorted(found) == sorted(kept)
    for name, text in found.items():
        assert text == kept[name], _first_differences(name, kept[name], text)


def _keep(found: dict[str, str]) -> None:
    for path in KEPT.rglob("*.gz"):
        path.unlink()
    for name, text in found.items():
        path = KEPT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _first_differences(name: str, kept: str, text: str) -> str:
    lines = difflib.unified_diff(kept.splitlines(), text.splitlines(), "kept", "found", n=0)
    return f"{name}\n" + "\n".join(list(lines)[:20])


def test_the_only_special_school_of_an_authority_cannot_be_worked_out(release: Path):
    rows = (release / "public" / "data" / "attendance_reasons.csv").read_text(encoding="utf-8")
    lines = [
        line.split(",")
        for line in rows.splitlines()
        if ",All possible sessions,Week," in line and "Week 38," in line
    ]
    special = {line[9] or line[6] or line[4]: line[-3] for line in lines if line[10] == "Special"}
    assert special["Hartlepool"] == "c"
    hidden = [name for name, count in special.items() if count == "c"]
    assert len(hidden) >= 2, "the region minus its other authorities would give it back"

"""What is installed, what is missing, what the settings mean."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from publisher.cli.options import Shared
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from publisher.config import Config

NEEDED = ("duckdb", "great-expectations", "gptables", "pandas", "pyarrow", "xlsxwriter")
OPTIONAL_PROGRAMS = {
    "soffice": "LibreOffice, to open the workbook in tests",
    "chromium": "Chromium, to open the pages in tests",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `blocks` when nothing can be released until it is mended."""

    about: str
    words: str
    blocks: bool = False


def examine(asked: Shared) -> tuple[Finding, ...]:
    """Look at the installation and the settings; never at data."""
    found = [*_installation()]
    try:
        config = asked.load()
    except PublisherError as error:
        return (*found, Finding("settings", str(error), blocks=True))
    return (*found, *_spark(config), *_folders(config), _key(config), *_meanings(config))


def in_words(findings: tuple[Finding, ...]) -> str:
    """The findings as an aligned list, and a last line that says whether all is well."""
    width = max(len(each.about) for each in findings)
    lines = [
        f"{'!' if each.blocks else ' '} {each.about:<{width}}  {each.words}" for each in findings
    ]
    blocking = sum(each.blocks for each in findings)
    last = f"{blocking} thing(s) to mend, marked !" if blocking else "All that is needed is here."
    return "\n".join([*lines, "", last])


def _installation() -> Iterator[Finding]:
    yield Finding("python", f"{platform.python_version()} at {sys.prefix}")
    yield Finding("publisher", importlib.metadata.version("publisher"))
    for name in NEEDED:
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "is not installed; run: make release", blocks=True)
    for name, purpose in OPTIONAL_PROGRAMS.items():
        place = shutil.which(name)
        yield Finding(name, place or f"not found ({purpose}); a release does not need it")


def _spark(config: Config) -> Iterator[Finding]:
    """What Spark needs; it is missed only where it is the engine."""
    from publisher.aggregate.spark_sessions import java_program  # noqa: PLC0415  (slow to import)

    blocks = config.engine.name == "spark"
    try:
        yield Finding("pyspark", importlib.metadata.version("pyspark"))
    except importlib.metadata.PackageNotFoundError:
        words = "is not installed; engine.name spark needs: pip install 'publisher[spark]'"
        yield Finding("pyspark", words, blocks=blocks)
    place = java_program()
    behind_a_server = config.engine.spark_master.startswith("sc://")
    missing = "not found; engine.name spark needs Java 17 or later"
    yield Finding("java", place or missing, blocks=blocks and not (place or behind_a_server))


def _folders(config: Config) -> Iterator[Finding]:
    for name in ("store", "output"):
        folder: Path = getattr(config, name)
        yield Finding(name, f"{folder} ({'exists' if folder.is_dir() else 'not there yet'})")
    for name in ("templates", "expectations"):
        folder = getattr(config, name) or Path()
        missing = getattr(config, name) is not None and not folder.is_dir()
        yield Finding(name, f"{folder} is missing" if missing else "found", blocks=missing)


def _key(config: Config) -> Finding:
    if environ.get("PUBLISHER_KEY"):
        return Finding("key", "from PUBLISHER_KEY" + _strength(environ["PUBLISHER_KEY"]))
    path = config.key_file
    if not path.is_file():
        words = f"none: set PUBLISHER_KEY or write one to {path} with mode 600"
        return Finding("key", words, blocks=True)
    open_to_others = bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    words = f"{path} can be read by others: chmod 600 {path}" if open_to_others else str(path)
    return Finding("key", words, blocks=open_to_others)


def _strength(secret: str) -> str:
    from publisher.feed.pseudonym import SHORTEST_GOOD_KEY  # noqa: PLC0415  (slow to import)

    short = len(secret.strip()) < SHORTEST_GOOD_KEY
    return f"; too short to be safe, use {SHORTEST_GOOD_KEY} characters or more" if short else ""


def _meanings(settings: BaseModel, prefix: str = "") -> Iterator[Finding]:
    """Each setting in force with its description."""
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _meanings(value, f"{prefix}{name}.")
        elif not isinstance(value, (tuple, Path)) and value is not None:
            yield Finding(f"{prefix}{name}", f"{value}  ({field.description})")

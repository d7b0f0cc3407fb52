"""A folder of pulls: what is in which pull, and the pages of each kind of record.

    <folder>/<received>/{schools,census,codes,students,attendance,deletions}/*.json

Pages are read in order of their files' names. Their numbers must be 1, 2, 3, … and the last page
must say that no more follow, or the pull is refused: a page that is missing is not a page without
records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from publisher.errors import BatchRefused, FeedProblem
from publisher.feed.layout import received_at, sha256_of
from publisher.feed.wonde.pages import Page, Placed, read_page

KINDS = ("schools", "census", "codes", "students", "attendance", "deletions")
_HOW_TO = (
    "A folder of pulls has one folder per pull, named as 2025-11-07T1830, with "
    f"{', '.join(KINDS)} in it, each a folder of pages (.json)."
)


@dataclass(frozen=True)
class Pull:
    """A folder of pages received at one moment."""

    folder: Path
    received: datetime

    @property
    def name(self) -> str:
        """The moment, as the folder is named."""
        return self.folder.name

    def has(self, kind: str) -> bool:
        """Whether the pull brings records of this kind."""
        return (self.folder / kind).is_dir()

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over the bytes of all pages but those of the registers, kind by kind."""
        return sha256_of([file for kind in KINDS[2:] for file in self._files(kind)])

    def records(self, kind: str) -> Iterator[Placed]:
        """The records of a kind, in order; none if the pull does not bring the kind.

        Raises:
            BatchRefused: a page is broken, or one is missing.
        """
        expected, more, seen = 1, False, set[bytes]()
        for file in self._files(kind):
            name = f"{kind}/{file.name}"
            body = _body(file, name)
            if (digest := sha256(body).digest()) in seen:
                continue  # the same page again
            seen.add(digest)
            page = read_page(body, name)
            _check_number(page, expected, name)
            expected, more = expected + 1, page.more
            yield from _placed(page, name)
        if more:
            raise _missing(kind, expected)

    def check(self) -> None:
        """Refuse a pull with anything else in it, or with nothing.

        Raises:
            BatchRefused: there are unknown things in it, or no records of any kind.
        """
        found = sorted(path.name for path in _visible(self.folder))
        extra = [name for name in found if name not in KINDS]
        if extra:
            raise BatchRefused(
                f"{self.name} holds something that is no kind of record",
                f"Take out: {', '.join(extra[:5])}.",
            )
        if not any(self._files(kind) for kind in KINDS):
            raise BatchRefused(f"{self.name} has no pages", _HOW_TO)

    def _files(self, kind: str) -> tuple[Path, ...]:
        folder = self.folder / kind
        files = tuple(sorted(_visible(folder))) if folder.is_dir() else ()
        for file in files:
            if file.suffix != ".json" or not file.is_file():
                raise BatchRefused(f"{kind}/{file.name} is not a page (.json)", _HOW_TO)
        return files


def pull_in(folder: Path) -> Pull:
    """The pull in a folder.

    Raises:
        BatchRefused: the folder is not a pull.
    """
    pull = Pull(folder, received_at(folder.name))
    if not folder.is_dir():
        raise BatchRefused(f"{folder.name} is not a folder", _HOW_TO)
    pull.check()
    return pull


def pull_folders(source: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The folders of pulls, oldest first, and the names of files beside them.

    Raises:
        FeedProblem: there is no such folder, or no pull in it.
    """
    if not source.is_dir():
        raise FeedProblem(f"There is no folder of pulls {source.name}", _HOW_TO)
    found = sorted(_visible(source))
    folders = tuple(path for path in found if path.is_dir())
    if not folders:
        raise FeedProblem(f"{source.name} has no pulls", _HOW_TO)
    return folders, tuple(path.name for path in found if not path.is_dir())


def whole_pulls(folders: Iterable[Path]) -> Iterator[Pull]:
    """The pulls that are in order as far as their folders go; the others are refused later."""
    for folder in folders:
        try:
            yield pull_in(folder)
        except BatchRefused:
            continue


def _body(file: Path, name: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BatchRefused(f"{name} cannot be read: {error.strerror}") from None


def _check_number(page: Page, expected: int, name: str) -> None:
    if page.number is None:
        return
    if page.number < expected:
        raise BatchRefused(
            f"{name} says that it is page {page.number}, which was there with other records",
            "Pull again: records moved between pages while they were being listed.",
        )
    if page.number > expected:
        raise _missing(name.split("/", 1)[0], expected)


def _missing(kind: str, number: int) -> BatchRefused:
    return BatchRefused(
        f"Page {number} of {kind} is missing", "Pull again, or fetch the page and add it."
    )


def _placed(page: Page, name: str) -> Iterator[Placed]:
    for place, record in enumerate(page.records, start=1):
        yield f"{name}, record {place}", record


def _visible(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith((".", "_"))]

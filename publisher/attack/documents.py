"""Workbooks and pages as a reader sees them: tables of words, and sentences."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import openpyxl

from publisher.errors import UsageProblem

_BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "dd", "dt", "summary", "text:p"}
_SHEET, _ROW, _CELL = "table:table", "table:table-row", "table:table-cell"
_MOST_REPEATED = 100
_FEWEST_COLUMNS = 2


@dataclass(frozen=True)
class Grid:
    """A table: what stands above it, its column headings, its rows."""

    source: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Document:
    """Tables and sentences of one file; a tile is a heading with the figure below it."""

    source: str
    grids: tuple[Grid, ...]
    sentences: tuple[str, ...] = ()


def read_document(path: Path, source: str) -> Document:
    """Read a workbook (.xlsx, .ods) or a page (.html).

    Raises:
        UsageProblem: it cannot be read as what its name says.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            return Document(source, tuple(_sheets(path, source)))
        if path.suffix.lower() == ".ods":
            with zipfile.ZipFile(path) as archive:
                text = archive.read("content.xml").decode("utf-8")
            return _page(text, source)
        return _page(path.read_text(encoding="utf-8"), source)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        raise UsageProblem(f"{source} cannot be read as {path.suffix[1:].upper()}") from None


def _sheets(path: Path, source: str) -> Iterator[Grid]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for sheet in book.worksheets:
        rows = [
            ["" if value is None else str(value) for value in row]
            for row in sheet.iter_rows(values_only=True)
        ]
        yield from grids_in(f"{source}, {sheet.title}", rows)
    book.close()


def grids_in(source: str, rows: Sequence[Sequence[str]], caption: str = "") -> Iterator[Grid]:
    """The table among rows of words: the first row with two headings or more starts it."""
    above = [caption] if caption else []
    for place, row in enumerate(rows):
        filled = [each for each in row if each.strip()]
        if len(filled) < _FEWEST_COLUMNS:
            above += filled
            continue
        body = tuple(tuple(each) for each in rows[place + 1 :] if any(each))
        yield Grid(source, above[0] if above else "", tuple(row), body)
        return


def _page(text: str, source: str) -> Document:
    reader = _Reader(source)
    reader.feed(text)
    reader.close()
    return Document(source, tuple(reader.grids), tuple(reader.sentences))


@dataclass
class _Open:
    """A table that is being read."""

    caption: str = ""
    rows: list[list[str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Reads HTML and the content of OpenDocument sheets, which differ in names only."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.grids: list[Grid] = []
        self.sentences: list[str] = []
        self._source = source
        self._table: _Open | None = None
        self._words: list[str] | None = None
        self._repeat = 1
        self._silent = 0
        self._heading = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row, a cell or a block of text."""
        found = dict(attrs)
        if tag in {"script", "style", "svg"}:
            self._silent += 1
        elif tag in {"table", _SHEET}:
            self._table = _Open()
        elif tag in {"tr", _ROW} and self._table:
            self._table.rows.append([])
        elif tag in {"td", "th", _CELL, "caption"}:
            self._words = []
            repeated = found.get("table:number-columns-repeated") or "1"
            self._repeat = int(repeated) if repeated.isdigit() else 1
        elif tag in _BLOCKS and not self._table:
            self._words = []

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        if tag in {"script", "style", "svg"}:
            self._silent = max(self._silent - 1, 0)
        elif tag in {"td", "th", _CELL}:
            self._end_cell()
        elif tag == "caption" and self._table:
            self._table.caption = self._taken()
        elif tag in {"table", _SHEET} and self._table:
            found = grids_in(self._source, self._table.rows, self._table.caption)
            self.grids += found
            self._table = None
        elif tag in _BLOCKS and not self._table:
            self._end_block(tag)

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if self._words is not None and not self._silent:
            self._words.append(data)

    def _end_cell(self) -> None:
        words = self._taken()
        if self._table and self._table.rows:
            # Sheets repeat empty cells to their very end.
            times = min(self._repeat, _MOST_REPEATED) if words else min(self._repeat, 1)
            self._table.rows[-1] += [words] * times

    def _end_block(self, tag: str) -> None:
        words = self._taken()
        if not words:
            return
        if tag in {"h3", "h4"}:
            self._heading = words
        elif self._heading and words.rstrip("%").replace(".", "").replace(",", "").isdigit():
            self.sentences.append(f"{self._heading}: {words}")
            self._heading = ""
        else:
            self.sentences.append(words)

    def _taken(self) -> str:
        words = " ".join("".join(self._words or []).split())
        self._words = None
        return words

"""Tables and their cells as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from publisher.model.status import CellStatus
from publisher.render.content_figures import Figure
from publisher.render.symbols import SYMBOLS

NO_DATA = "no data"
"""The platform's words for a combination that has no row: the area was not open."""


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and the meaning of its symbol if it is one."""

    words: str
    meaning: str = ""


@dataclass(frozen=True)
class Row:
    """A row; `kind` is "total", "part" or "" and decides how the header is set."""

    header: str
    cells: tuple[Cell, ...]
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table with one header row, and what stands under it."""

    caption: str
    columns: tuple[str, ...]
    """Header cells; the first is over the row headers."""
    rows: tuple[Row, ...]
    source: str = ""
    numeric: bool = True

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """The symbols that the table shows and their meanings, in the order of the standard."""
        used = {cell.words for row in self.rows for cell in row.cells if cell.meaning}
        symbols = (SYMBOLS[status] for status in CellStatus if status in SYMBOLS)
        return tuple((each.bracketed, each.meaning) for each in symbols if each.bracketed in used)


def cell(figure: Figure | None) -> Cell:
    """The cell of a figure; `no data` where there is no row."""
    return Cell(NO_DATA) if figure is None else Cell(figure.words, figure.meaning)


def figure_row(header: str, figures: Iterable[Figure | None], kind: str = "") -> Row:
    """A row of figures."""
    return Row(header, tuple(cell(each) for each in figures), kind)


def words_table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of words: the first item of each row is its header."""
    made = tuple(Row(row[0], tuple(Cell(words) for words in row[1:])) for row in rows)
    return Table(caption, tuple(columns), made, numeric=False)

"""Widths, heights and paper: so that nothing is cut off, whichever program opens the workbook.

Spreadsheet programs do not agree on fitting rows to wrapped text when they open a file, so every
row of wrapped text gets its height here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

import gptables
import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from publisher.render.headline_tables import HeadlineTable

LINE = 16.5
"""Height of a line of 12-point text, in points."""
_LARGER = 24
_A4 = 9
_NARROWEST, _WIDEST, _FIGURES = 14, 36, 22
"""Widths of columns, in characters."""
_WORDS = 100
_BOLD = 1.15
"""Bold letters are wider."""


def lay_out(
    book: Workbook,
    cover: gptables.Cover,
    sheets: Mapping[str, gptables.GPTable],
    tables: Sequence[HeadlineTable],
    notes: Iterable[str],
) -> None:
    """Give every sheet of the workbook its widths, heights and paper."""
    _lay_out_cover(book.get_worksheet_by_name(cover.cover_label), cover)
    _lay_out_words(book.get_worksheet_by_name("Contents"), [table.title for table in tables])
    _lay_out_words(book.get_worksheet_by_name("Notes"), notes)
    for table in tables:
        sheet = book.get_worksheet_by_name(table.name)
        header = sheets[table.name].data_range[0]
        _lay_out_table(sheet, table.frame, table.keys, header)
        sheet.repeat_rows(header)
    for sheet in book.worksheets():
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)


def lines(text: object, width: float) -> int:
    """How many lines a text needs in a column of `width` characters."""
    return max(len(textwrap.wrap(str(text), max(int(width), 1))), 1)


def _lay_out_cover(sheet: Worksheet, cover: gptables.Cover) -> None:
    row = 0
    sheet.set_row(row, _LARGER * lines(cover.title, cover.width / _BOLD**2))
    for part in (cover.intro, cover.about, cover.contact):
        row += 1
        sheet.set_row(row, _LARGER)
        for text in part:
            row += 1
            sheet.set_row(row, LINE * lines(_as_text(text), cover.width))


def _as_text(text: object) -> object:
    """What a reader sees of a link: its words."""
    return next(iter(text)) if isinstance(text, dict) else text


def _lay_out_words(sheet: Worksheet, texts: Iterable[str]) -> None:
    """The Contents and Notes sheets: a narrow column and a wide one, from the fourth row on."""
    sheet.set_row(0, _LARGER)
    sheet.set_column(0, 0, _NARROWEST + 2)
    sheet.set_column(1, 1, _WORDS)
    for row, text in enumerate(texts, start=3):
        sheet.set_row(row, LINE * lines(text, _WORDS))


def _lay_out_table(sheet: Worksheet, frame: pd.DataFrame, keys: int, header: int) -> None:
    widths = [
        _fitted(name, frame[name]) if number < keys else _FIGURES
        for number, name in enumerate(frame.columns)
    ]
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    needed = (lines(name, width) for name, width in zip(frame.columns, widths, strict=True))
    sheet.set_row(0, _LARGER)
    sheet.set_row(header, LINE * max(needed))


def _fitted(name: str, cells: Iterable[object]) -> float:
    longest = max(len(str(cell)) for cell in [name, *cells])
    return min(max(longest * _BOLD + 1, _NARROWEST), _WIDEST)

"""One accessible workbook with the tables that most readers want.

Follows the Government Analysis Function's "Releasing statistics in spreadsheets" by way of
gptables (Office for National Statistics). Figures are those of the CSV files, unrounded beyond
them; number formats show fewer decimals.
"""

from __future__ import annotations

import copy
import io
import warnings
import zipfile
from datetime import date
from pathlib import Path

import gptables
import pandas as pd

from publisher.model.definitions import DataSet
from publisher.model.progress import Progress
from publisher.render.archive import repack
from publisher.render.edition import TABLES_FOLDER, Edition
from publisher.render.headline_tables import HeadlineTable, headline_tables, week_words
from publisher.render.notes import rounding_note, symbol_meanings
from publisher.render.settings import PublicationSettings
from publisher.render.tabulation import NO_ROW
from publisher.render.workbook_layout import lay_out

LANGUAGE = "en-GB"
_CORE = "docProps/core.xml"

_NO_SCHOOL = ", for example because no such school was open"


def write_workbook(edition: Edition, public: Path, progress: Progress) -> None:
    """Write `tables/<publication>_<release>.xlsx`.

    Raises:
        ConfigProblem: a table asks for an item that its data set does not have.
    """
    tables = headline_tables(edition)
    with progress.stage("Writing the workbook", len(tables) + 1) as advance:
        sheets = {}
        for table in tables:
            sheets[table.name] = _sheet(table, list(_table_notes(edition, table.data_set)))
            advance(1)
        _save(edition, tables, sheets, public / TABLES_FOLDER / f"{edition.stem}.xlsx")
        advance(1)


def _save(
    edition: Edition,
    tables: tuple[HeadlineTable, ...],
    sheets: dict[str, gptables.GPTable],
    path: Path,
) -> None:
    made, front, notes = io.BytesIO(), _cover(edition), _notes(edition, tables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=Warning)  # gptables: pandas 3 deprecations
        book = gptables.produce_workbook(
            made,
            sheets=sheets,
            cover=front,
            contentsheet_options={"title": "Contents", "column_names": ["Sheet", "Table"]},
            notes_table=pd.DataFrame({"Note": list(notes), "Note text": list(notes.values())}),
            auto_width=True,
            theme=_theme(),
            workbook_options=_options(),
        )
    book.set_properties(_properties(edition))
    lay_out(book, front, sheets, tables, list(notes.values()))
    book.close()
    repack(made, path, {_CORE: _with_language(made)})


def _options() -> dict[str, object]:
    """Words stay words: gptables would write a cell that begins with `=` as a live formula.

    Made anew for each workbook, because XlsxWriter changes what it is given.
    """
    return {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_format_properties": {"font_name": "Arial", "font_size": 12},
        "default_row_height": 22,
    }


def _theme() -> gptables.Theme:
    """The Analysis Function's own, with every cell's words at its top."""
    theme = copy.deepcopy(gptables.gptheme)
    for part in ("cover_text", "index_1", "index_2", "index_3", "data"):
        getattr(theme, f"update_{part}_format")({"valign": "top"})
    return theme


def _properties(edition: Edition) -> dict[str, object]:
    publication = edition.publication
    return {
        "title": f"{publication.title}: {edition.title}",
        "subject": publication.summary,
        "author": publication.producer,
        "company": publication.producer,
        "category": publication.release_type,
        "keywords": "attendance, absence, schools, England",
        "comments": f"{publication.licence.title}. {publication.licence.url}",
        "created": edition.published_at,
    }


def _with_language(book: io.BytesIO) -> bytes:
    """The workbook's properties with its language, which XlsxWriter cannot set."""
    with zipfile.ZipFile(book) as archive:
        properties = archive.read(_CORE).decode()
    ending = "</cp:coreProperties>"
    return properties.replace(ending, f"<dc:language>{LANGUAGE}</dc:language>{ending}").encode()


def _cover(edition: Edition) -> gptables.Cover:
    publication, week = edition.publication, edition.scope.week
    contact = publication.contact
    published, following = edition.published_at, publication.next_release_on(week)
    return gptables.Cover(
        cover_label="Cover",
        title=f"{publication.title}, England: {week_words(week)}",
        intro=[
            publication.summary,
            (
                f"{publication.release_type}, published by {publication.producer} at "
                f"{published:%H:%M} on {_day(published.date())}."
            ),
            f"Next release: {_day(following)}.",
        ],
        about=[
            (
                "Each table is on a sheet of its own. The Contents sheet lists and links the "
                "tables, and the Notes sheet explains them."
            ),
            _precision(publication),
            (
                "Some cells hold a symbol instead of a number: "
                + "; ".join(symbol_meanings(bracketed=True))
                + "."
            ),
            f"Licence: [{publication.licence.title}]({publication.licence.url})",
        ],
        contact=[
            contact.team,
            f"[{contact.email}](mailto:{contact.email})",
            f"Telephone: {contact.telephone} ({contact.hours})",
        ],
        width=90,
    )


def _precision(publication: PublicationSettings) -> str:
    shown, held = publication.percent_decimals_shown, publication.percent_decimals_csv
    if shown == held:
        return "Cells hold the same figures as the data files."
    return (
        f"Percentages are displayed to {shown} decimal {'place' if shown == 1 else 'places'}; the "
        f"cells hold the figures of the data files, which have {held}."
    )


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def _table_notes(edition: Edition, data_set: DataSet) -> dict[str, str]:
    """Name of a note -> its text: those of the publication, then those of the data set."""
    general = [*edition.publication.notes, rounding_note(edition)]
    notes = {f"publication{n}": text for n, text in enumerate(general)}
    return notes | {f"{data_set.name}{n}": text for n, text in enumerate(data_set.notes)}


def _notes(edition: Edition, tables: tuple[HeadlineTable, ...]) -> dict[str, str]:
    """The notes of all tables, in the order in which tables refer to them."""
    notes: dict[str, str] = {}
    for table in tables:
        notes |= _table_notes(edition, table.data_set)
    return notes


def _sheet(table: HeadlineTable, notes: list[str]) -> gptables.GPTable:
    symbols = [
        line + _NO_SCHOOL if line.startswith(NO_ROW) else line
        for line in symbol_meanings(bracketed=True, statuses=table.statuses)
    ]
    instructions = "This worksheet contains one table. Notes are on the Notes sheet."
    if symbols:
        instructions += " Some cells hold a symbol instead of a number:"
    return gptables.GPTable(
        table=table.frame,
        table_name=table.name.lower(),
        title=f"{table.title} " + "".join(f"$${name}$$" for name in notes),
        instructions=instructions,
        legend=symbols,
        source=f"Source: data/{table.data_set.name}.csv of this release",
        index_columns={1: 0},
        additional_formatting=[
            {
                "column": {
                    "columns": [name],
                    "format": {"num_format": _number_format(decimals), "align": "right"},
                    "include_names": True,
                }
            }
            for name, decimals in table.decimals.items()
            if name in table.frame
        ],
    )


def _number_format(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")

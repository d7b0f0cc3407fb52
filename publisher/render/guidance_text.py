"""The texts that travel inside the archive of all data.

`data-guidance.txt` has the layout of the platform's own archive (its `DataGuidanceFileWriter`),
so that whatever reads the one reads the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.model.definitions import DataSet
from publisher.model.stages import ProtectedTable
from publisher.render.columns import used_items
from publisher.render.edition import Edition
from publisher.render.notes import periods_named, rounding_note, symbol_meanings, time_span

_SEPARATOR = "  |  "


def data_guidance(edition: Edition) -> str:
    """The archive's `data-guidance/data-guidance.txt`."""
    heading = [edition.publication.title, edition.title, "", *_guidance(edition), ""]
    files: list[str] = []
    for table in edition.tables:
        files += [*(["", ""] if files else []), *_about_file(edition, table)]
    return _text([*heading, "Data files", "", *files])


def definitions_text(edition: Edition) -> str:
    """What each figure counts and how children are protected, as plain text."""
    lines = [
        edition.publication.title,
        edition.title,
        "",
        "How figures are protected",
        "",
        *(f"- {words}" for words in edition.summary.rules),
        f"- {rounding_note(edition)}",
        "",
        "What is counted",
    ]
    for data_set in (each for each in edition.data_sets if not each.wide):
        lines += ["", data_set.title, "", *_measures(data_set)]
    return _text(lines)


def _guidance(edition: Edition) -> Iterator[str]:
    publication = edition.publication
    yield publication.summary
    yield ""
    yield from publication.notes
    yield rounding_note(edition)
    yield ""
    yield "Symbols in the data files:"
    yield from symbol_meanings(bracketed=False)
    yield ""
    yield f"Published by {publication.producer} under the {publication.licence.title}."
    yield f"Contact: {publication.contact.team}, {publication.contact.email}"


def _about_file(edition: Edition, table: ProtectedTable) -> Iterator[str]:
    data_set = table.data_set
    spans = periods_named(edition.scope, data_set)
    yield data_set.title
    yield ""
    yield f"Filename: {data_set.name}.csv"
    yield f"Geographic levels: {'; '.join(used_items(table, 'geographic_level'))}"
    if spans:
        yield f"Time period: {time_span(spans)}"
    yield f"Content summary: {data_set.summary}"
    yield ""
    yield "Variable names and descriptions for this file are provided below:"
    yield ""
    yield from _variables(data_set)
    if data_set.notes:
        yield from ("", "Footnotes:", "")
        yield from (f"{number}. {note}" for number, note in enumerate(data_set.notes, start=1))


def _variables(data_set: DataSet) -> Iterator[str]:
    named = [
        *((each.column, each.label) for each in data_set.filters),
        *((each.column, each.label) for each in data_set.indicators),
    ]
    name_width = max(len(name) for name, _ in named)
    label_width = max(len(label) for _, label in named)
    yield "Variable name".ljust(name_width) + _SEPARATOR + "Variable description"
    yield "-" * name_width + _SEPARATOR + "-" * label_width
    for name, label in named:
        yield name.ljust(name_width) + _SEPARATOR + label


def _measures(data_set: DataSet) -> list[str]:
    return [f"- {each.label}: {each.words}" for each in data_set.measures]


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"

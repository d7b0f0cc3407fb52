"""The data sets of a release as readers choose among them: cards, downloads, variables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from publisher.model.definitions import ATTENDANCE_DATE, DataSet, Filter, Indicator, IndicatorUnit
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.stages import CheckedCells, ProtectedTable, ReleaseScope
from publisher.model.time import WEEKDAYS, PeriodKind
from publisher.render.columns import used_items
from publisher.render.content import Download, download
from publisher.render.content_figures import weeks
from publisher.render.edition import DATA_FOLDER, TABLES_FOLDER, Edition

FORMATS = (
    ("csv", "CSV"),
    ("meta.csv", "metadata, CSV"),
    ("parquet", "Parquet"),
)
"""Ending and name of the files that every data set has."""

_COLUMN_WORDS = {
    "time_period": "Calendar year of the week (four digits)",
    "time_identifier": "Week of the calendar year",
    "geographic_level": "National, Regional or Local authority",
    "country_code": "Nine-character code of the country",
    "country_name": "Name of the country",
    "region_code": "Nine-character code of the region; blank on national rows",
    "region_name": "Name of the region; blank on national rows",
    "old_la_code": "Three-digit code of the local authority; blank on other rows",
    "new_la_code": "Nine-character code of the local authority; blank on other rows",
    "la_name": "Name of the local authority; blank on other rows",
}
_TERM_WORDS = {"time_period": "Academic year (six digits)", "time_identifier": "Term"}
_UNIT_WORDS = {
    IndicatorUnit.NUMBER: "number",
    IndicatorUnit.PERCENT: "percentage",
    IndicatorUnit.TEXT: "text",
}


@dataclass(frozen=True)
class Variable:
    """A column of a file, in words; `items` are the categories that a filter has here."""

    name: str
    description: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataSetCard:
    """A data set as the explore and guidance pages show it."""

    name: str
    title: str
    summary: str
    levels: tuple[str, ...]
    rows: str
    period: str
    time_frames: tuple[str, ...]
    filters: tuple[str, ...]
    indicators: tuple[str, ...]
    variables: tuple[Variable, ...]
    notes: tuple[str, ...]
    downloads: tuple[Download, ...]


@dataclass(frozen=True)
class Files:
    """All downloads of a release."""

    cards: tuple[DataSetCard, ...]
    spreadsheets: tuple[Download, ...]


def files(checked: CheckedCells, public: Path, edition: Edition) -> Files:
    """The data sets and spreadsheets that are in `public`.

    Raises:
        CouldNotRun: a file that the pages must link to has not been written.
    """
    cards = tuple(_card(each, public, edition.scope) for each in checked.protected.tables)
    return Files(cards, _spreadsheets(public, edition.stem))


def _spreadsheets(public: Path, stem: str) -> tuple[Download, ...]:
    kinds = [("xlsx", "All tables as a spreadsheet (XLSX)")]
    # The open format is written only where a converter is installed.
    if (public / TABLES_FOLDER / f"{stem}.ods").is_file():
        kinds.append(("ods", "All tables as an open spreadsheet (ODS)"))
    return tuple(
        download(public, f"{TABLES_FOLDER}/{stem}.{ending}", words) for ending, words in kinds
    )


def _card(table: ProtectedTable, public: Path, scope: ReleaseScope) -> DataSetCard:
    data_set = table.data_set
    return DataSetCard(
        name=data_set.name,
        title=data_set.title,
        summary=data_set.summary,
        levels=used_items(table, "geographic_level"),
        rows=f"{len(table.rows):,}",
        period=_period(data_set, scope),
        time_frames=_time_frames(table),
        filters=tuple(each.label for each in data_set.filters),
        indicators=tuple(each.label for each in data_set.indicators),
        variables=_variables(table),
        notes=data_set.notes,
        downloads=tuple(
            download(
                public,
                f"{DATA_FOLDER}/{data_set.name}.{ending}",
                f"Download {data_set.title} ({words})",
            )
            for ending, words in FORMATS
        ),
    )


def _time_frames(table: ProtectedTable) -> tuple[str, ...]:
    if ATTENDANCE_DATE in table.data_set.filter_columns:
        return WEEKDAYS
    return used_items(table, "time_frame")


def _period(data_set: DataSet, scope: ReleaseScope) -> str:
    if data_set.term:
        return f"{data_set.term} {scope.academic_year[:4]}/{scope.academic_year[4:]}"
    covered = weeks(scope)
    last = f"{covered[-1].time_identifier} {covered[-1].time_period}"
    weekly = {PeriodKind.DAY, PeriodKind.WEEK} & set(data_set.periods)
    first = f"{covered[0].time_identifier} {covered[0].time_period}"
    return f"{first} to {last}" if weekly and len(covered) > 1 else last


def _variables(table: ProtectedTable) -> tuple[Variable, ...]:
    data_set = table.data_set
    columns = ("time_period", "time_identifier", *GEOGRAPHY_COLUMNS)
    words = {**_COLUMN_WORDS, **_TERM_WORDS} if data_set.term else _COLUMN_WORDS
    return (
        *(Variable(column, words[column]) for column in columns),
        *(_filter_variable(table, each) for each in data_set.filters),
        *(Variable(each.column, _indicator_words(each)) for each in data_set.indicators),
    )


def _filter_variable(table: ProtectedTable, each: Filter) -> Variable:
    return Variable(each.column, f"{each.label} (filter)", used_items(table, each.column))


def _indicator_words(indicator: Indicator) -> str:
    return f"{indicator.label} ({_UNIT_WORDS[indicator.unit]})"

"""The tables of the workbook: what each shows, in the words of the publication."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from publisher.model.definitions import DataSet, Level
from publisher.model.geography import COUNTRY_CODE, COUNTRY_NAME
from publisher.model.stages import ProtectedTable
from publisher.model.status import CellStatus
from publisher.model.time import WEEK, YEAR_TO_DATE, IsoWeek
from publisher.render import headline_layouts as layouts
from publisher.render.edition import Edition
from publisher.render.symbols import SYMBOLS
from publisher.render.tabulation import (
    NO_ROW,
    Cell,
    Key,
    Layout,
    indicator,
    tabulate,
)

REASONS = "attendance_reasons"
SCHOOLS = "schools_submitting"
PERSISTENT = "persistent_absence"


@dataclass(frozen=True)
class HeadlineTable:
    """One sheet: `frame` holds text in its key columns, then numbers and symbols."""

    name: str
    title: str
    data_set: DataSet
    frame: pd.DataFrame
    keys: int
    decimals: Mapping[str, int]

    @property
    def statuses(self) -> tuple[CellStatus, ...]:
        """The statuses whose symbols stand in some cell."""
        found = {cell for column in self.frame for cell in self.frame[column].tolist()}
        return tuple(status for status, each in SYMBOLS.items() if each.bracketed in found)


@dataclass(frozen=True)
class Sheet:
    """How a table is called and made."""

    title: str
    data_set: str
    key_headers: tuple[str, ...]
    layout: Callable[[Edition, ProtectedTable], Layout]
    key_words: Callable[[Edition, Key], tuple[str, ...]]


def headline_tables(edition: Edition) -> tuple[HeadlineTable, ...]:
    """The tables that this release has figures for; numbers do not change between releases."""
    present = {table.data_set.name for table in edition.tables}
    made = [
        _table(edition, number, sheet)
        for number, sheet in enumerate(SHEETS, start=1)
        if sheet.data_set in present
    ]
    return tuple(each for each in made if len(each.frame))


def week_words(week: IsoWeek) -> str:
    """`week 45 2025 (3 to 7 November 2025)`."""
    first, last = week.monday, week.friday
    month = f" {first:%B}" if first.month != last.month else ""
    year = f" {first.year}" if first.year != last.year else ""
    return f"week {week.week} {week.year} ({first.day}{month}{year} to {last.day} {last:%B %Y})"


def _table(edition: Edition, number: int, sheet: Sheet) -> HeadlineTable:
    table = edition.checked.protected.table(sheet.data_set)
    layout = sheet.layout(edition, table)
    found = tabulate(edition, table, layout)
    rows = [[*sheet.key_words(edition, key), *values] for key, values in found.items()]
    headers = [*sheet.key_headers, *(column.header for column in layout.columns)]
    title = sheet.title.format(week=week_words(edition.scope.week))
    return HeadlineTable(
        name=f"Table_{number}",
        title=f"Table {number}: {title}",
        data_set=table.data_set,
        frame=_frame(rows, headers),
        keys=len(sheet.key_headers),
        decimals={
            column.header: edition.decimals_shown(indicator(table.data_set, column.indicator))
            for column in layout.columns
        },
    )


def _frame(rows: Sequence[Sequence[Cell]], headers: Sequence[str]) -> pd.DataFrame:
    """Without columns that no row has a place in: authorities have no total in some years."""
    frame = pd.DataFrame(rows, columns=list(headers), dtype=object)
    return frame.loc[:, [bool((frame[name] != NO_ROW).any()) for name in headers]]


def _frame_words(edition: Edition, frame: str) -> str:
    return edition.title if frame == WEEK else frame


def _england_words(edition: Edition, key: Key) -> tuple[str, ...]:
    return key[0], _frame_words(edition, key[1])


def _area_words(edition: Edition, key: Key) -> tuple[str, ...]:
    level, code, name, *rest = key
    area = (COUNTRY_NAME, COUNTRY_CODE) if level == Level.NATIONAL.value else (name, code)
    return (*area, *(_frame_words(edition, word) for word in rest))


def _authority_words(_edition: Edition, key: Key) -> tuple[str, ...]:
    return key


def _week_words(edition: Edition, key: Key) -> tuple[str, ...]:
    starts = {
        (each.time_period, each.time_identifier): IsoWeek.containing(each.last_day).monday
        for each in edition.scope.periods
        if each.time_frame == WEEK
    }
    monday = starts[key[0], key[1]]
    return f"{key[1]} {key[0]}", f"{monday.day} {monday:%B %Y}", key[2]


SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "Attendance and absence by education phase, England, {week} and year to date",
        REASONS,
        ("Education phase", "Time frame"),
        layouts.england,
        _england_words,
    ),
    Sheet(
        "Attendance and absence by region and education phase, {week} and year to date",
        REASONS,
        ("Area", "Area code", "Education phase", "Time frame"),
        layouts.regions,
        _area_words,
    ),
    Sheet(
        "Overall attendance and absence by local authority and education phase, {week}",
        REASONS,
        ("Local authority", "Local authority code", "Region"),
        layouts.authorities(WEEK),
        _authority_words,
    ),
    Sheet(
        "Overall attendance and absence by local authority and education phase, "
        "year to date to {week}",
        REASONS,
        ("Local authority", "Local authority code", "Region"),
        layouts.authorities(YEAR_TO_DATE),
        _authority_words,
    ),
    Sheet(
        "Attendance and absence by week and education phase, England, to {week}",
        REASONS,
        ("Week", "Week starting", "Education phase"),
        layouts.weekly,
        _week_words,
    ),
    Sheet(
        "Schools submitting data by region and education phase, {week}",
        SCHOOLS,
        ("Area", "Area code", "Education phase"),
        layouts.schools,
        _area_words,
    ),
    Sheet(
        "Persistent and severe absence by region and education phase, "
        "year to date to {week} and ended terms",
        PERSISTENT,
        ("Area", "Area code", "Education phase", "Time frame"),
        layouts.persistent,
        _area_words,
    ),
)
"""In the order of the workbook. A table is added at the end, so that numbers stay."""

"""What the screener does not look at: names, layout, metadata and the form of every cell."""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from publisher.checks.screening.check import (
    Check,
    Finding,
    Screening,
    fail,
    of_cells,
    of_meta,
    of_names,
    of_rows,
    warn,
)
from publisher.checks.screening.reread import NUMBER, SYMBOLS
from publisher.checks.screening.text_table import Mask, TextColumn
from publisher.checks.screening.words import LEVEL_COLUMNS, PUBLISHED_LEVELS, TIME_COLUMNS
from publisher.model.definitions import DataSet, Indicator, IndicatorUnit, ReferenceDate
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.time import WEEK, WEEKDAYS

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SYMBOL_LIKE = re.compile(r"[A-Za-z]{1,3}|[*#\[\]]+|\[?[a-z]{1,3}\]?")


def _encoding(files: Screening) -> Finding:
    paths = (files.data_path, files.meta_path)
    failing = tuple(path.name for path in paths if _odd_bytes(path))
    return Finding(len(paths), len(failing), failing)


def _odd_bytes(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content[:3] == _BYTE_ORDER_MARK or content.find(b"\r") != -1


def _small_letters(files: Screening) -> Finding:
    return of_names(
        [files.data_path.name, files.meta_path.name],
        lambda name: re.fullmatch(r"[a-z][a-z0-9_]*(\.meta)?\.csv", name) is None,
    )


def _name_length(files: Screening) -> Finding:
    longest = files.settings.longest_file_name
    return of_names([files.data_path.name.removesuffix(".csv")], lambda name: len(name) > longest)


def _columns(files: Screening) -> Finding:
    of_set = files.data_set
    filters, indicators = of_set.filter_columns, of_set.indicator_columns
    wanted = (*TIME_COLUMNS, *GEOGRAPHY_COLUMNS, *filters, *indicators)
    found = files.data.names
    length = max(len(wanted), len(found))
    pairs = [(wanted[n : n + 1], found[n : n + 1]) for n in range(length)]
    wrong = [w or f for w, f in pairs if w != f]
    return Finding(length, len(wrong), tuple(name for each in wrong for name in each))


def _meta_as_defined(files: Screening) -> Finding:
    """A filter with one item in the data has no row; everything else has the row it declares."""
    wanted = {row["col_name"]: row for row in _defined_rows(files)}
    found = {row.get("col_name", ""): row for row in files.meta_rows}
    names = list(dict.fromkeys([*wanted, *found]))
    return of_names(
        names,
        lambda name: (
            name not in wanted
            or any(found.get(name, {}).get(key) != text for key, text in wanted[name].items())
        ),
    )


def _defined_rows(files: Screening) -> list[dict[str, str]]:
    filters = [
        {
            "col_name": each.column,
            "col_type": "Filter",
            "label": each.label,
            "filter_hint": each.hint,
        }
        for each in files.data_set.filters
        if len(files.data.column(each.column).items) > 1
    ]
    return [*filters, *(_defined_indicator(each) for each in files.data_set.indicators)]


def _defined_indicator(each: Indicator) -> dict[str, str]:
    return {
        "col_name": each.column,
        "col_type": "Indicator",
        "label": each.label,
        "indicator_grouping": each.grouping,
        "indicator_unit": each.unit.value,
        "indicator_dp": str(each.decimal_places),
    }


def _defaults_as_defined(files: Screening) -> Finding:
    wanted = {each.column: each.default for each in files.data_set.filters}

    def wrong(row: dict[str, str]) -> bool:
        name = row["col_name"]
        present = name in wanted and wanted[name] in files.data.get(name).items
        return row.get("filter_default", "") != (wanted[name] if present else "")

    return of_meta(files.meta_of("Filter"), wrong)


def _indicators_in_data(files: Screening) -> Finding:
    names = [row["col_name"] for row in files.meta_of("Indicator")]
    return of_names(names, lambda name: name not in files.data.columns)


def _default_beside_hierarchy(files: Screening) -> Finding:
    """The importer refuses a column of defaults, even an empty one, beside a hierarchy."""
    listed = {row["col_name"] for row in files.meta_of("Filter")}
    parents = {row.get("parent_filter", "") for row in files.meta_rows} - {""}
    hierarchies = [*(name for name in files.group_names if name in listed), *sorted(parents)]
    return of_names(hierarchies, lambda _: "filter_default" in files.meta.columns)


def _label_length(files: Screening) -> Finding:
    files.meta.column("label")
    longest = files.settings.longest_label
    return of_meta(files.meta_rows, lambda row: len(row["label"]) > longest)


def _levels(files: Screening) -> Finding:
    """Schools above all are never published (promise: school identifiable data is not shared)."""
    wrong = files.data.column("geographic_level").rows_where(
        lambda text: text not in PUBLISHED_LEVELS
    )
    for level, names in LEVEL_COLUMNS.items():
        if level not in PUBLISHED_LEVELS:
            wrong |= np.logical_or.reduce([files.data.get(name).filled for name in names])
    return of_rows(wrong)


def _filter_items(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    for each in files.data_set.filters:
        known = frozenset(each.items)
        failing |= ~files.data.column(each.column).rows_where(known.__contains__)
    return of_rows(failing)


def _figures(files: Screening) -> dict[str, TextColumn]:
    return {name: files.data.column(name) for name in files.data_set.indicator_columns}


def dated(data_set: DataSet) -> frozenset[str]:
    """The indicators that show the day of a row, and so nothing for longer periods."""
    return frozenset(
        column
        for item in data_set.items
        for column, figure in item.figures.items()
        if isinstance(figure, ReferenceDate)
    )


def _may_be_blank(files: Screening) -> Mask:
    with_date = (*WEEKDAYS, WEEK)
    return files.data.column("time_frame").rows_where(lambda text: text not in with_date)


def _blank(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    without_date = dated(files.data_set)
    for name, column in _figures(files).items():
        blank = ~column.rows_where(lambda text: text.strip() != "")
        failing |= blank & ~_may_be_blank(files) if name in without_date else blank
    return of_rows(failing)


def _symbols(files: Screening) -> Finding:
    return of_cells(
        _figures(files),
        lambda text: text not in SYMBOLS and _SYMBOL_LIKE.fullmatch(text) is not None,
    )


def _free_text(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    where = []
    for each in files.data_set.indicators:
        fits = _is_date if each.unit is IndicatorUnit.TEXT else _is_number
        wrong = files.data.column(each.column).rows_where(_neither_symbol_nor(fits))
        where += [each.column] if wrong.any() else []
        failing |= wrong
    return of_rows(failing, where)


def _neither_symbol_nor(fits: Callable[[str], bool]) -> Callable[[str], bool]:
    def free_text(text: str) -> bool:
        is_symbol = text in SYMBOLS or _SYMBOL_LIKE.fullmatch(text) is not None
        return bool(text.strip()) and not is_symbol and not fits(text)

    return free_text


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _decimals(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    for each in files.data_set.indicators:
        if each.unit is IndicatorUnit.TEXT:
            continue
        most = files.settings.percent_decimals if each.unit is IndicatorUnit.PERCENT else 0
        failing |= files.data.column(each.column).rows_where(_longer_than(most))
    return of_rows(failing)


def _longer_than(most: int) -> Callable[[str], bool]:
    return lambda text: _is_number(text) and len(text.partition(".")[2]) > most


CHECKS_OF_NAMES: tuple[Check, ...] = (
    fail(
        "file_encoding",
        "Files are UTF-8 without a byte order mark, with lines ended by LF",
        "files",
        _encoding,
    ),
    fail(
        "filename_lower_case",
        "File names have only small letters, digits and _",
        "file names",
        _small_letters,
    ),
    warn("filename_length", "File names are short", "file names", _name_length),
)

CHECKS: tuple[Check, ...] = (
    fail(
        "geog_published_levels",
        "Rows are about England, regions and authorities, never about a school or anything smaller",
        "rows",
        _levels,
    ),
    fail(
        "meta_default_and_hierarchy",
        "No column groups filters or is a parent where filter defaults are given",
        "grouping columns",
        _default_beside_hierarchy,
        "the platform refuses both together",
    ),
    fail(
        "data_columns",
        "The data file has the columns of its definition, in their order",
        "columns",
        _columns,
    ),
    fail(
        "meta_as_defined",
        "The meta file says what the definition says",
        "columns",
        _meta_as_defined,
    ),
    fail(
        "meta_default_as_defined",
        "Every filter's default is the one of its definition",
        "filters",
        _defaults_as_defined,
    ),
    fail(
        "meta_indicator_in_data",
        "Every indicator of the meta file is a column of the data file",
        "indicators",
        _indicators_in_data,
    ),
    warn("meta_label_length", "Labels are short enough for the API", "meta rows", _label_length),
    fail(
        "filter_items_as_defined",
        "Every filter cell is an item of its definition",
        "rows",
        _filter_items,
    ),
    fail(
        "ind_blank",
        "No indicator cell is blank, but for the reference date of periods longer than a week",
        "rows",
        _blank,
        "use a symbol",
    ),
    fail("ind_symbols", "The only symbols are z, x, c and low", "rows", _symbols),
    fail(
        "ind_free_text",
        "Every indicator cell is a plain number, a date where dates belong, or a symbol",
        "rows",
        _free_text,
        "no thousands commas, signs, words or blanks around numbers",
    ),
    fail(
        "ind_decimals",
        "Counts have no decimals, and percentages no more than they should",
        "rows",
        _decimals,
    ),
)

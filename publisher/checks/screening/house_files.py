"""What the screener does not look at: names, layout, metadata and the form of every cell."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

import numpy as np

from publisher.checks.screening.check import (
    Check,
    Finding,
    Screening,
    fail,
    of_meta,
    of_names,
    of_rows,
    warn,
)
from publisher.checks.screening.words import LEVEL_COLUMNS, PUBLISHED_LEVELS, TIME_COLUMNS
from publisher.model.definitions import Indicator
from publisher.model.geography import GEOGRAPHY_COLUMNS

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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
)

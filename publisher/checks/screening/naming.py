"""Stages "filename", "precheck columns", "precheck cross-file" and "check columns"."""

from __future__ import annotations

import re

from publisher.checks.screening.check import Check, Finding, Screening, fail, of_names, warn
from publisher.checks.screening.words import (
    NOT_IN_META,
    OPTIONAL_IN_META,
    REQUIRED_IN_DATA,
    REQUIRED_IN_META,
)

_SMUSHED = [
    "male",
    "female",
    "asian",
    "chinese",
    "indian",
    "pakistani",
    "bangladeshi",
    "black",
    "african",
    "caribbean",
    "white",
    "roma",
    "irish",
    "english",
    "british",
    "scottish",
    "welsh",
    "arab",
]
_COLUMNS_WITHOUT_META = 5


def _data_name_spaces(files: Screening) -> Finding:
    return of_names([files.data_path.name], lambda name: " " in name)


def _meta_name_spaces(files: Screening) -> Finding:
    return of_names([files.meta_path.name], lambda name: " " in name)


def _special(stem: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]+", stem) is None


def _data_name_special(files: Screening) -> Finding:
    return of_names([files.data_path.name.removesuffix(".csv")], _special)


def _meta_name_special(files: Screening) -> Finding:
    stem = files.meta_path.name.removesuffix(".csv").removesuffix(".meta")
    return of_names([stem], _special)


def _names_match(files: Screening) -> Finding:
    wanted = files.data_path.name.removesuffix(".csv") + ".meta.csv"
    return of_names([files.meta_path.name], lambda name: name != wanted)


def _required_in_meta(files: Screening) -> Finding:
    return of_names(REQUIRED_IN_META, lambda name: name not in files.meta.columns)


def _invalid_in_meta(files: Screening) -> Finding:
    known = (*REQUIRED_IN_META, *OPTIONAL_IN_META)
    return of_names(files.meta.names, lambda name: name not in known)


def _required_in_data(files: Screening) -> Finding:
    return of_names(REQUIRED_IN_DATA, lambda name: name not in files.data.columns)


def _columns_to_rows(files: Screening) -> Finding:
    surplus = files.meta.rows - (len(files.data.names) - _COLUMNS_WITHOUT_META)
    return Finding(files.meta.rows, max(surplus, 0))


def _meta_to_data(files: Screening) -> Finding:
    listed = [row.get("col_name", "") for row in files.meta_of("Filter")]
    return of_names([*listed, *files.group_names], lambda name: name not in files.data.columns)


def _data_to_meta(files: Screening) -> Finding:
    listed = {*files.meta.column("col_name").items, *files.group_names}
    others = [
        name
        for name, column in files.data.columns.items()
        if name not in NOT_IN_META and len(column.items) > 1
    ]
    return of_names(others, lambda name: name not in listed)


def _header_spaces(files: Screening) -> Finding:
    return of_names(files.data.names, lambda name: re.search(r"\s", name) is not None)


def _snake_case(files: Screening) -> Finding:
    return of_names(files.data.names, lambda name: re.fullmatch(r"[a-z0-9_]*", name) is None)


def _starts_with_letter(files: Screening) -> Finding:
    return of_names(files.data.names, lambda name: re.match(r"[a-z]", name) is None)


def _smushed(files: Screening) -> Finding:
    names = [row.get("col_name", "") for row in files.meta_of("Indicator")]
    words = [*_SMUSHED, "northern irish", "northern_irish"]
    return of_names(names, lambda name: any(word in name.lower() for word in words))


def _characteristic(files: Screening) -> Finding:
    names = files.meta.column("col_name").items
    return of_names(names, lambda name: name in ("characteristic", "characteristic_group"))


CHECKS: tuple[Check, ...] = (
    fail("filename_spaces", "The data file's name has no spaces", "file names", _data_name_spaces),
    fail("filename_spaces", "The meta file's name has no spaces", "file names", _meta_name_spaces),
    fail(
        "filename_special",
        "The data file's name has only letters, digits, - and _",
        "file names",
        _data_name_special,
    ),
    fail(
        "filename_special",
        "The meta file's name has only letters, digits, - and _",
        "file names",
        _meta_name_special,
    ),
    fail(
        "filenames_match",
        "The meta file is named as the data file, with .meta.csv",
        "file names",
        _names_match,
    ),
    fail(
        "col_req_meta",
        "The meta file has every column that the platform needs",
        "columns",
        _required_in_meta,
    ),
    fail(
        "col_invalid_meta",
        "The meta file has no column that the platform does not know",
        "columns",
        _invalid_in_meta,
    ),
    fail(
        "col_req_data",
        "The data file has the time and country columns that the platform needs",
        "columns",
        _required_in_data,
    ),
    fail(
        "col_to_rows",
        "The meta file has no more rows than the data file has filters and indicators",
        "meta rows",
        _columns_to_rows,
    ),
    fail(
        "cross_meta_to_data",
        "Every filter and filter group of the meta file is a column of the data file",
        "columns",
        _meta_to_data,
    ),
    warn(
        "cross_data_to_meta",
        "Every column with several items, other than time and geography, is in the meta file",
        "columns",
        _data_to_meta,
    ),
    fail("col_names_spaces", "No column name has a space", "columns", _header_spaces),
    warn(
        "col_snake_case",
        "Column names have only small letters, digits and _",
        "columns",
        _snake_case,
    ),
    warn("col_var_start", "Column names start with a small letter", "columns", _starts_with_letter),
    fail(
        "col_ind_smushed",
        "No indicator's name holds a characteristic that belongs in a filter",
        "indicators",
        _smushed,
    ),
    warn(
        "col_var_characteristic",
        "No column is called characteristic or characteristic_group",
        "columns",
        _characteristic,
        "name the filters by what they hold",
    ),
)

"""Stages "check harmonised" and "check API": the platform's data dictionary and its limits."""

from __future__ import annotations

from collections.abc import Iterable

from publisher.checks.screening.check import (
    Check,
    Finding,
    Screening,
    fail,
    of_cells,
    of_items,
    of_meta,
    of_names,
    warn,
)
from publisher.checks.screening.geography import code_pairs
from publisher.checks.screening.words import LEVEL_COLUMNS
from publisher.reference.facts import read_facts

_NEED_A_STANDARD_NAME = [
    "sen_",
    "primary_need",
    "secondary_need",
    "establishment_type",
    "provider_type",
    "school_type",
    "ethnic",
]
_STANDARD_NAMES = [
    "sen_status",
    "sen_primary_need",
    "sen_secondary_need",
    "sen_provision",
    "establishment_type",
    "establishment_type_group",
    "provider_type",
    "ethnicity_major",
    "ethnicity_minor",
    "ethnicity_detailed",
    "minority_ethnic",
]
_ETHNIC_GROUPINGS = ("ethnicity major", "ethnicity minor", "ethnicity detailed", "minority ethnic")
_LONGEST_NAME, _LONGEST_LABEL, _LONGEST_CODE, _LONGEST_ITEM = 50, 100, 30, 120


def _variables(files: Screening) -> Finding:
    names = [row["col_name"] for row in files.meta_rows]
    return of_names(
        names,
        lambda name: (
            any(word in name.lower() for word in _NEED_A_STANDARD_NAME)
            and name not in _STANDARD_NAMES
        ),
    )


def _ethnicity(files: Screening) -> Finding:
    """Pairs of major and minor group are judged together where both are there."""
    present = [name for name in _ETHNICITY if name in files.data.columns]
    if len(present) == len(_ETHNICITY):
        pairs = {(row["parent_item"], row["item"]) for row in _dictionary("ethnicity_minor")}
        pairs |= {(major, "Total") for major in _items("ethnicity_major")}
        return code_pairs(files, _ETHNICITY, lambda major, minor: (major, minor) not in pairs)
    columns = {name: files.data.column(name) for name in present}
    return of_items(columns, lambda name, item: item not in _items(name))


_ETHNICITY = ("ethnicity_major", "ethnicity_minor")


def _ethnic_groupings(files: Screening) -> Finding:
    groups = {"characteristic_group": files.data.get("characteristic_group")}
    return of_cells(
        groups,
        lambda text: (
            "ethnic" in text.lower()
            and not any(phrase in text.lower() for phrase in _ETHNIC_GROUPINGS)
        ),
    )


def _ethnic_characteristics(files: Screening) -> Finding:
    known = _items("ethnicity_major") | _items("ethnicity_minor")
    return code_pairs(
        files,
        ("characteristic_group", "characteristic"),
        lambda group, item: "ethnic" in group.lower() and item not in known,
    )


def _name_length(files: Screening) -> Finding:
    return of_names(
        [row["col_name"] for row in files.meta_rows], lambda name: len(name) > _LONGEST_NAME
    )


def _label_length(files: Screening) -> Finding:
    return of_meta(files.meta_rows, lambda row: len(row["label"]) > _LONGEST_LABEL)


def _code_length(files: Screening) -> Finding:
    codes = _geography(files, names=False)
    columns = {name: files.data.column(name) for name in codes}
    return of_items(columns, lambda _, item: len(item) > _LONGEST_CODE)


def _item_length(files: Screening) -> Finding:
    names = dict.fromkeys([*files.filters, *files.groups, *_geography(files, names=True)])
    columns = {name: files.data.column(name) for name in names}
    return of_items(columns, lambda _, item: len(item) > _LONGEST_ITEM)


def _geography(files: Screening, *, names: bool) -> list[str]:
    every = [name for level in LEVEL_COLUMNS.values() for name in level]
    present = [name for name in every if name in files.data.columns]
    return [name for name in present if name.endswith("_name") == names]


def _in_dictionary(files: Screening) -> Finding:
    known = {(row["col_name"], row["col_type"]) for row in read_facts("ees_vocabulary")}
    return of_meta(files.meta_rows, lambda row: (row["col_name"], row["col_type"]) not in known)


def _items_in_dictionary(files: Screening) -> Finding:
    names = dict.fromkeys([*files.filters, *files.groups])
    columns = {name: files.data.column(name) for name in names}
    return of_items(columns, lambda name, item: item not in _items(name))


def _dictionary(col_name: str) -> Iterable[dict[str, str]]:
    return (row for row in read_facts("ees_vocabulary") if row["col_name"] == col_name)


def _items(col_name: str) -> set[str]:
    return {row["item"] for row in _dictionary(col_name)}


CHECKS: tuple[Check, ...] = (
    fail(
        "harmonised_variables",
        "Special needs, types of school and ethnicity have their standard column names",
        "columns",
        _variables,
    ),
    warn(
        "harmonised_eth_vals",
        "Ethnic groups have their standard names",
        "rows or items",
        _ethnicity,
    ),
    fail(
        "harmonised_eth_char_grp",
        "Groups of characteristics about ethnicity have their standard names",
        "rows",
        _ethnic_groupings,
    ),
    warn(
        "harmonised_eth_char_vals",
        "Ethnic groups among characteristics have their standard names",
        "rows",
        _ethnic_characteristics,
    ),
)

CHECKS_FOR_API: tuple[Check, ...] = (
    warn("api_char_col_name", "Names have no more than 50 characters", "columns", _name_length),
    warn("api_char_col_label", "Labels have no more than 100 characters", "columns", _label_length),
    warn("api_char_loc_code", "Area codes have no more than 30 characters", "codes", _code_length),
    warn(
        "api_char_filter_items",
        "Filter items and names of areas have no more than 120 characters",
        "items",
        _item_length,
    ),
    warn(
        "data_dict_col_name",
        "Every filter and indicator is in the platform's data dictionary",
        "columns",
        _in_dictionary,
    ),
    warn(
        "data_dict_fil_item",
        "Every filter item is in the platform's data dictionary",
        "items",
        _items_in_dictionary,
    ),
)
"""Warnings only; without one of them the data set is suitable for the platform's API."""

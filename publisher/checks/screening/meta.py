"""Stages "precheck meta" and "check meta"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from publisher.checks.screening.check import (
    Check,
    Finding,
    Screening,
    fail,
    of_meta,
    of_names,
    warn,
)
from publisher.checks.screening.words import MAY_BE_IN_META, NOT_IN_META, UNITS

_PLACE_STARTS = [
    "country",
    "sch",
    "prov",
    "inst",
    "estab",
    "reg",
    "la",
    "local",
    "rsc",
    "pfa",
    "pcon",
    "lep",
    "mca",
    "oa",
    "ward",
    "mat",
]
_PLACE_ENDS = ["name", "code", "urn", "ukprn", "number", "upin", "id"]
_PLACE_LIKE = re.compile(rf"({'|'.join(_PLACE_STARTS)}).*({'|'.join(_PLACE_ENDS)})", re.IGNORECASE)
_PLACES = frozenset(
    [
        "laestab",
        "estab",
        "sch",
        "school",
        "schools",
        "prov",
        "provider",
        "providers",
        "inst",
        "institution",
        "institutions",
        "name",
        "code",
        "urn",
        "ukprn",
        "number",
        "upin",
        "id",
        "region",
        "la",
        "lad",
        "rsc",
        "pcon",
        "lep",
        "mca",
        "oa",
        "ward",
        "mat",
    ]
)


def _type(files: Screening) -> Finding:
    files.meta.column("col_type")
    return of_meta(files.meta_rows, lambda row: row["col_type"] not in ("Filter", "Indicator"))


def _name(files: Screening) -> Finding:
    files.meta.column("col_name")
    return of_meta(files.meta_rows, lambda row: not row["col_name"].strip())


def _observation_unit(files: Screening) -> Finding:
    listed = files.meta.column("col_name").items
    return of_names(listed, lambda name: name in NOT_IN_META and name not in MAY_BE_IN_META)


def _repeated(files: Screening, column: str) -> Finding:
    texts = [text for text in files.meta.column(column).texts() if text]
    times = Counter(texts)
    return of_meta(files.meta_rows, lambda row: times[row[column]] > 1)


def _label_repeated(files: Screening) -> Finding:
    return _repeated(files, "label")


def _label(files: Screening) -> Finding:
    files.meta.column("label")
    return of_meta(files.meta_rows, lambda row: not row["label"].strip())


def _name_spaces(files: Screening) -> Finding:
    files.meta.column("col_name")
    return of_meta(files.meta_rows, lambda row: re.search(r"\s", row["col_name"]) is not None)


def _name_repeated(files: Screening) -> Finding:
    return _repeated(files, "col_name")


def _only_for(col_type: str, column: str) -> Callable[[Screening], Finding]:
    """A check that `column` is blank on meta rows that are not of `col_type`."""

    def blank_elsewhere(files: Screening) -> Finding:
        files.meta.column(column)
        other = "Indicator" if col_type == "Filter" else "Filter"
        return of_meta(files.meta_of(other), lambda row: row[column] != "")

    return blank_elsewhere


def _group_repeated(files: Screening) -> Finding:
    rows = [row for row in files.meta_of("Filter") if row.get("filter_grouping_column")]
    times = Counter(row["filter_grouping_column"] for row in rows)
    return of_meta(rows, lambda row: times[row["filter_grouping_column"]] > 1)


def _group_is_filter(files: Screening) -> Finding:
    listed = {row["col_name"] for row in files.meta_of("Filter")}
    return of_names(files.group_names, lambda name: name not in listed)


def _group_in_data(files: Screening) -> Finding:
    return of_names(files.group_names, lambda name: name not in files.data.columns)


def _group_stripped(files: Screening) -> Finding:
    def confused(name: str) -> bool:
        items = files.data.column(name).used
        stripped = {re.sub(r"[^A-Za-z0-9]", "", item).lower() for item in items}
        return len(stripped) < len(items)

    return of_names(files.groups, confused)


def _looks_geographic(files: Screening) -> Finding:
    names = [row["col_name"] for row in files.meta_of("Filter")]
    return of_names(
        dict.fromkeys([*names, *files.group_names]),
        lambda name: name.lower() in _PLACES or _PLACE_LIKE.fullmatch(name) is not None,
    )


def _decimals_set(files: Screening) -> Finding:
    files.meta.column("indicator_dp")
    return of_meta(files.meta_of("Indicator"), lambda row: row["indicator_dp"] == "")


def _decimals_values(files: Screening) -> Finding:
    files.meta.column("indicator_dp")
    return of_meta(files.meta_rows, lambda row: re.fullmatch(r"\d*", row["indicator_dp"]) is None)


def _units(files: Screening) -> Finding:
    files.meta.column("indicator_unit")
    return of_meta(files.meta_rows, lambda row: row["indicator_unit"] not in UNITS)


CHECKS: tuple[Check, ...] = (
    fail("meta_col_type", "Every meta row is a Filter or an Indicator", "meta rows", _type),
    fail("meta_col_name", "Every meta row names its column", "meta rows", _name),
    fail(
        "meta_ob_unit",
        "No time or geography column is listed in the meta file",
        "columns",
        _observation_unit,
    ),
    fail("meta_dupe_label", "No label is used twice", "meta rows", _label_repeated),
    fail("meta_label", "Every filter and indicator has a label", "meta rows", _label),
    fail("meta_col_name_spaces", "No listed name has a space", "meta rows", _name_spaces),
    fail("meta_col_name_dupe", "No column is listed twice", "meta rows", _name_repeated),
    fail(
        "meta_fil_grp",
        "No indicator has a filter grouping column",
        "indicators",
        _only_for("Filter", "filter_grouping_column"),
    ),
    fail(
        "meta_filter_hint",
        "No indicator has a filter hint",
        "indicators",
        _only_for("Filter", "filter_hint"),
    ),
    fail("meta_fil_grp_dupe", "No column groups two filters", "grouped filters", _group_repeated),
    warn(
        "meta_fil_grp_is_fil",
        "Every column that groups a filter has its own meta row",
        "grouping columns",
        _group_is_filter,
    ),
    fail(
        "meta_fil_grp_match",
        "Every column that groups a filter is in the data file",
        "grouping columns",
        _group_in_data,
    ),
    fail(
        "meta_fil_grp_stripped",
        "The items of a grouping column differ in more than punctuation",
        "grouping columns",
        _group_stripped,
    ),
    fail(
        "meta_geog_catch",
        "No filter has a name that the platform takes for a place",
        "filters",
        _looks_geographic,
        "rename the column",
    ),
    fail(
        "meta_indicator_dp",
        "No filter has decimal places",
        "filters",
        _only_for("Indicator", "indicator_dp"),
    ),
    fail(
        "meta_ind_unit",
        "No filter has an indicator unit",
        "filters",
        _only_for("Indicator", "indicator_unit"),
    ),
    fail(
        "meta_indicator_grouping",
        "No filter has an indicator grouping",
        "filters",
        _only_for("Indicator", "indicator_grouping"),
    ),
    warn("meta_ind_dp_set", "Every indicator says its decimals", "indicators", _decimals_set),
    fail(
        "meta_ind_dp_values",
        "Decimal places are whole numbers or blank",
        "meta rows",
        _decimals_values,
    ),
    fail(
        "meta_ind_unit_validation",
        "Every unit is one that the platform knows",
        "meta rows",
        _units,
    ),
)

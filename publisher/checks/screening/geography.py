"""Stages "precheck geography" and "check geography".

The platform keeps lists of wards, districts, constituencies and other areas that this
publication never has rows for. Here any row or code of such a level fails the check of its name.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from publisher.checks.screening import places
from publisher.checks.screening.check import (
    Check,
    Finding,
    Screening,
    fail,
    of_names,
    of_rows,
    warn,
)
from publisher.checks.screening.text_table import Mask
from publisher.checks.screening.words import LEVEL_COLUMNS, PUBLISHED_LEVELS, UNKNOWN_PLACES
from publisher.model.definitions import Level
from publisher.model.geography import COUNTRY_CODE, COUNTRY_NAME
from publisher.reference.areas import locations

_NOT_KNOWN, _NOT_APPLICABLE = "x", "z"
_INSIDE_REGIONS = (
    "Regional",
    "Local authority",
    "Local authority district",
    "Parliamentary constituency",
    "Opportunity area",
    "Ward",
    "School",
    "Provider",
    "Institution",
    "Planning area",
)
_INSIDE_AUTHORITIES = ("Local authority", "Ward", "School", "Provider", "Institution")
_NOT_IMPORTED = ("Institution", "Planning area")


def _level(files: Screening) -> Finding:
    wrong = files.data.column("geographic_level").rows_where(lambda text: text not in LEVEL_COLUMNS)
    return of_rows(wrong)


def _level_present(files: Screening) -> Finding:
    levels = [each for each in files.data.column("geographic_level").items if each in LEVEL_COLUMNS]
    wanted = [name for level in levels if level != "Planning area" for name in LEVEL_COLUMNS[level]]
    return of_names(wanted, lambda name: name not in files.data.columns)


def _on(files: Screening, *levels: str) -> Mask:
    return files.data.column("geographic_level").rows_where(lambda text: text in levels)


def code_pairs(files: Screening, names: tuple[str, ...], wrong: Callable[..., bool]) -> Finding:
    """Judge each distinct combination of the texts of these columns, if all of them are there."""
    if any(name not in files.data.columns for name in names):
        return Finding(0, 0)
    columns = [files.data.column(name) for name in names]
    group = files.data.groups(names)
    _, first, lines = np.unique(group, return_index=True, return_inverse=True)
    verdicts = [wrong(*(column.items[column.codes[row]] for column in columns)) for row in first]
    return of_rows(np.array(verdicts, dtype=bool)[lines], names)


def _acceptable(code: str, name: str) -> bool:
    blank = not code and not name
    return blank or code == _NOT_KNOWN or (code == _NOT_APPLICABLE and name in UNKNOWN_PLACES)


def _country_combos(files: Screening) -> Finding:
    def wrong(code: str, name: str) -> bool:
        return not _acceptable(code, name) and (code, name) != (COUNTRY_CODE, COUNTRY_NAME)

    return code_pairs(files, LEVEL_COLUMNS["National"], wrong)


def _region_combos(files: Screening) -> Finding:
    known = {(each.code, each.name) for each in locations() if each.level is Level.REGIONAL}
    return code_pairs(
        files,
        LEVEL_COLUMNS["Regional"],
        lambda code, name: not _acceptable(code, name) and (code, name) not in known,
    )


def _authority_combos(files: Screening) -> Finding:
    places = [each for each in locations() if each.level is Level.LOCAL_AUTHORITY]
    known = {(each.old_la_code, each.code, each.name) for each in places}
    without_old = {(each.code, each.name) for each in places}

    def wrong(old: str, new: str, name: str) -> bool:
        if _acceptable(new, name) and old in ("", _NOT_KNOWN, _NOT_APPLICABLE):
            return False
        if not old:
            return (new, name) not in without_old
        return _NOT_KNOWN not in (old, new) and (old, new, name) not in known

    return code_pairs(files, LEVEL_COLUMNS["Local authority"], wrong)


def _never_published(level: str) -> Callable[[Screening], Finding]:
    """A check that a level has no row and no code."""

    def no_rows(files: Screening) -> Finding:
        failing = _on(files, level)
        for name in LEVEL_COLUMNS[level]:
            failing |= files.data.get(name).filled
        return of_rows(failing)

    return no_rows


def _level_completed(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    for level, names in LEVEL_COLUMNS.items():
        for name in names:
            if name != "new_la_code" and name in files.data.columns:
                failing |= _on(files, level) & ~files.data.column(name).filled
    return of_rows(failing)


def _overcompleted(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    for level, names in LEVEL_COLUMNS.items():
        if level == "National":
            continue
        compatible = {
            "Regional": _INSIDE_REGIONS,
            "Local authority": _INSIDE_AUTHORITIES,
        }.get(level, (level,))
        for name in names:
            failing |= files.data.get(name).filled & ~_on(files, *compatible)
    return of_rows(failing)


def _ignored_rows(files: Screening) -> Finding:
    levels = set(files.data.column("geographic_level").items)
    if levels and levels <= set(_NOT_IMPORTED):
        return Finding(files.data.rows, files.data.rows)
    if {"School", "Provider"} <= levels:
        return of_rows(_on(files, "School", "Provider"))
    return Finding(files.data.rows, 0)


def _all_or_none(level: str) -> Callable[[Screening], Finding]:
    """A check that either all columns of a level are there or none is."""

    def together(files: Screening) -> Finding:
        names = LEVEL_COLUMNS[level]
        some = any(name in files.data.columns for name in names)
        return of_names(names, lambda name: some and name not in files.data.columns)

    return together


def _region_for(level: str) -> Callable[[Screening], Finding]:
    """A check that the rows of a level say which region they are in."""

    def filled(files: Screening) -> Finding:
        region = files.data.get("region_code").filled & files.data.get("region_name").filled
        return of_rows(_on(files, level) & ~region)

    return filled


CHECKS_BEFORE: tuple[Check, ...] = (
    fail("geog_level", "Every geographic level is one that the platform knows", "rows", _level),
    fail(
        "geog_level_present",
        "The file has the columns of every level that has rows",
        "columns",
        _level_present,
    ),
)


def _combos(name: str, level: str) -> Check:
    return fail(
        f"geog_{name}_combos",
        f"There is no row and no code of the level '{level}', which is never published",
        "rows",
        _never_published(level),
        f"publish {', '.join(PUBLISHED_LEVELS)} only",
    )


CHECKS: tuple[Check, ...] = (
    fail(
        "geog_country_combos",
        "Every country code stands beside its name",
        "rows",
        _country_combos,
    ),
    fail("geog_region_combos", "Every region code stands beside its name", "rows", _region_combos),
    _combos("ward", "Ward"),
    _combos("pcon", "Parliamentary constituency"),
    _combos("lad", "Local authority district"),
    _combos("lep", "Local enterprise partnership"),
    _combos("lsip", "Local skills improvement plan area"),
    _combos("eda", "English devolved area"),
    fail(
        "geog_la_combos",
        "Every authority's two codes stand beside its name",
        "rows",
        _authority_combos,
    ),
    fail(
        "geog_level_completed",
        "Every row has the names and codes of its own level",
        "rows",
        _level_completed,
    ),
    fail(
        "geog_overcompleted_cols",
        "No row has a name or code of a level that it is not inside",
        "rows",
        _overcompleted,
    ),
    fail(
        "geog_ignored_rows",
        "The file has rows that the platform imports, and not schools beside providers",
        "rows",
        _ignored_rows,
    ),
    fail(
        "geog_la_col_present",
        "The three columns of authorities are all there, or none is",
        "columns",
        _all_or_none("Local authority"),
    ),
    fail(
        "geog_region_col_present",
        "Both columns of regions are there, or none is",
        "columns",
        _all_or_none("Regional"),
    ),
    warn(
        "geog_region_for_la",
        "Every row of an authority says which region it is in",
        "rows",
        _region_for("Local authority"),
    ),
    warn(
        "geog_region_for_lad",
        "Every row of a district says which region it is in",
        "rows",
        _region_for("Local authority district"),
    ),
    *places.CHECKS,
)

"""Part of stage "check geography": codes and names of levels that the platform has no list for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from publisher.checks.screening.check import Check, Finding, Screening, fail, of_items, of_rows
from publisher.checks.screening.words import LEVEL_COLUMNS

_NOT_KNOWN = "x"
_WITHOUT_LIST = ("Opportunity area", "MAT", "Sponsor", "School", "Provider", "Police force area")
_ONE_TO_ONE = ("Opportunity area", "MAT", "Sponsor")


def _code_and_name(files: Screening, levels: tuple[str, ...]) -> list[tuple[str, str]]:
    found = [(LEVEL_COLUMNS[level][0], LEVEL_COLUMNS[level][-1]) for level in levels]
    return [pair for pair in found if all(name in files.data.columns for name in pair)]


def _unknown_named(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    for code, name in _code_and_name(files, _WITHOUT_LIST):
        unknown = files.data.column(code).rows_where(lambda text: text == _NOT_KNOWN)
        failing |= unknown & files.data.column(name).rows_where(
            lambda text: text != "Not available"
        )
    return of_rows(failing)


def _unknown_coded(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    for code, name in _code_and_name(files, _WITHOUT_LIST):
        unknown = files.data.column(name).rows_where(lambda text: text == "Not available")
        failing |= unknown & files.data.column(code).rows_where(lambda text: text != _NOT_KNOWN)
    return of_rows(failing)


def _one_to_one(*, by_name: bool) -> Callable[[Screening], Finding]:
    """A check that each name has one code (`by_name`), or each code one name."""

    def unique(files: Screening) -> Finding:
        columns = {}
        several: set[tuple[str, str]] = set()
        for code, name in _code_and_name(files, _ONE_TO_ONE):
            key, value = (name, code) if by_name else (code, name)
            columns[key] = files.data.column(key)
            several |= {(key, item) for item in _with_several(files, key, value)}
        return of_items(columns, lambda column, item: (column, item) in several)

    return unique


def _with_several(files: Screening, key: str, value: str) -> set[str]:
    keys, values = files.data.column(key), files.data.column(value)
    pairs = np.unique(np.stack([keys.codes, values.codes]), axis=1)
    found, times = np.unique(pairs[0], return_counts=True)
    ignored = ("", _NOT_KNOWN, "Not available")
    items = [keys.items[place] for place in found[times > 1]]
    return {item for item in items if item not in ignored}


CHECKS: tuple[Check, ...] = (
    fail(
        "geog_na",
        "Where a place has the code x its name is 'Not available'",
        "rows",
        _unknown_named,
    ),
    fail(
        "geog_na_code",
        "Where a place is called 'Not available' its code is x",
        "rows",
        _unknown_coded,
    ),
    fail(
        "geog_other_dupes",
        "Every name of an opportunity area, trust or sponsor has one code",
        "places",
        _one_to_one(by_name=True),
    ),
    fail(
        "geog_other_code_dupes",
        "Every code of an opportunity area, trust or sponsor has one name",
        "places",
        _one_to_one(by_name=False),
    ),
)

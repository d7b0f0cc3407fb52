"""Stages "check general" and "check indicators"."""

from __future__ import annotations

import re

import numpy as np

from publisher.checks.screening.check import (
    Check,
    Finding,
    Screening,
    fail,
    of_cells,
    of_rows,
)
from publisher.checks.screening.words import GEOGRAPHY, TIME_COLUMNS
from publisher.model.stages import Severity

_NULLS = ("NULL", "Null", "null", "NA", "na")
_LOOK_LIKE_NULLS = ("N/A", "n/a", ".", "..", "-")
_ALWAYS_LEFT_OUT = {"Institution", "Planning area"}
_LEFT_OUT_UNLESS_ALONE = ("School", "Provider")


def _duplicates(files: Screening) -> Finding:
    present = [name for name in (*TIME_COLUMNS, *GEOGRAPHY) if name in files.data.columns]
    group = files.data.groups([*present, *dict.fromkeys([*files.filters, *files.groups])])
    times = np.bincount(group) if len(group) else np.zeros(0, dtype=int)
    levels = files.data.column("geographic_level")
    alone = [each for each in _LEFT_OUT_UNLESS_ALONE if set(levels.items) == {each}]
    left_out = {*_ALWAYS_LEFT_OUT, *_LEFT_OUT_UNLESS_ALONE} - set(alone)
    return of_rows((times[group] > 1) & ~levels.rows_where(lambda text: text in left_out))


def _nulls(files: Screening) -> Finding:
    """Words for "nothing" fail in either file; marks that look like them are a warning in data."""
    in_data = of_cells(files.data.columns, lambda text: text in _NULLS)
    in_meta = of_cells(files.meta.columns, lambda text: text in _NULLS)
    checked = in_data.checked + in_meta.checked
    if in_data.failing or in_meta.failing:
        where = (*in_data.where, *in_meta.where)
        return Finding(checked, in_data.failing + in_meta.failing, where)
    doubtful = of_cells(files.data.columns, lambda text: text in _LOOK_LIKE_NULLS)
    severity = Severity.WARNING if doubtful.failing else None
    return Finding(checked, doubtful.failing, doubtful.where, severity)


def _invalid_entries(files: Screening) -> Finding:
    columns = {name: files.data.column(name) for name in files.indicators}
    return of_cells(columns, lambda text: re.search("[~:]", text) is not None)


CHECKS: tuple[Check, ...] = (
    fail(
        "general_dupes",
        "No two rows have the same time, place and filter items",
        "rows",
        _duplicates,
    ),
    fail(
        "general_null",
        "No cell has a word or mark that stands for nothing",
        "rows",
        _nulls,
        "use a symbol, or leave the cell of another level blank",
    ),
    fail("ind_invalid_entry", "No indicator has ~ or : in it", "rows", _invalid_entries),
)

"""Rows that are shown although too few schools contribute: their figures are those schools'.

Numbers of schools are public. On a day the number is exact. Over a longer period it is a mean: a
mean below the least number proves that on some day fewer contributed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from publisher.attack.knowledge import Located
from publisher.attack.layout import Read
from publisher.attack.policy import KnownPolicy
from publisher.attack.report import Finding, Verdict
from publisher.attack.series import LEVEL_COLUMN, PHASE_COLUMN, TIME_COLUMNS
from publisher.attack.tables import Column, joined
from publisher.attack.values import Kind
from publisher.model.time import WEEKDAYS

FEW_SCHOOLS = "shown although few schools contribute"
_ROW_COLUMNS = (
    *TIME_COLUMNS, LEVEL_COLUMN, "country_code", "region_code", "new_la_code", "old_la_code",
    "la_name", PHASE_COLUMN,
)  # fmt: skip


def rows_with_few_schools(
    located: Sequence[Located], only_schools: Sequence[Read], policy: KnownPolicy
) -> tuple[str, ...]:
    """Shown rows whose published number of schools is too small, in words.

    Where there are daily rows they are judged, by the day's number of schools; longer rows are
    judged by their mean where there are none.

    Args:
        located: figures of pupils.
        only_schools: tables without any.
        policy: says how many schools are needed.
    """
    reads = {id(each.read): each.read for each in located}
    shown = _shown_rows(located)
    return tuple(
        ", ".join(part for part in row.split("\x1f") if part)
        for read in (*reads.values(), *only_schools)
        for row in sorted(_few(read, policy.minimum_schools) & shown)
    )


def few_schools_findings(release: str, rows: Sequence[str], least: int) -> Iterator[Finding]:
    """What there is to say of such rows; `least`: how many schools are needed."""
    how = f"fewer than {least} schools are published for it"
    for words in rows:
        yield Finding(release, words, Verdict.UNSAFE, FEW_SCHOOLS, 0, how)


def _keys(read: Read) -> Column:
    return joined([read.table.column(each) for each in _ROW_COLUMNS], "\x1f")


def _shown_rows(located: Sequence[Located]) -> set[str]:
    """Rows with a shown count above nothing."""
    found: set[str] = set()
    for each in located:
        number = each.says.is_a(Kind.NUMBER) & (np.nan_to_num(each.says.value) > 0)
        keys = _keys(each.read)
        found.update(keys.words[code] for code in np.unique(keys.codes[number]).tolist())
    return found


def _few(read: Read, least: int) -> set[str]:
    found: set[str] = set()
    daily = _is_daily(read)
    contributing = [each for each in read.school_columns if "all" not in each.split("_")]
    for name in contributing:
        says = read.table.columns[name].sayings
        judged = daily if daily.any() else np.ones(len(daily), dtype=bool)
        few = judged & says.is_a(Kind.NUMBER) & (says.value > 0) & (says.value < least)
        keys = _keys(read)
        found.update(keys.words[code] for code in np.unique(keys.codes[few]).tolist())
    return found


def _is_daily(read: Read) -> NDArray[np.bool_]:
    if "attendance_date" in read.table.columns:
        return np.ones(read.table.rows, dtype=bool)
    frames = read.table.column("time_frame")
    return frames.mapped([int(each in WEEKDAYS) for each in frames.words]).astype(bool)

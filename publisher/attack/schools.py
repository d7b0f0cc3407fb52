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
_Row = tuple[str, ...]
"""What these columns say of a row."""
_BY = "\x1f"


def rows_with_few_schools(
    located: Sequence[Located], only_schools: Sequence[Read], policy: KnownPolicy
) -> tuple[str, ...]:
    """Shown rows whose published number of schools is too small, in words.

    Where some table has daily rows they are judged, by the day's number of schools; longer rows
    are judged by their mean where there are none: a mean may be small because on some days
    few schools opened, and it is these days that say so.

    Args:
        located: figures of pupils.
        only_schools: tables without any.
        policy: says how many schools are needed.
    """
    reads = {id(each.read): each.read for each in located}
    every = [each for each in (*reads.values(), *only_schools) if _contributing(each)]
    by_day = any(_is_daily(each).any() for each in every)
    few = [_few(each, policy.minimum_schools, by_day=by_day) for each in every]
    shown = _shown_among(set().union(*few), located)
    return tuple(
        ", ".join(part for part in row if part) for each in few for row in sorted(each & shown)
    )


def few_schools_findings(release: str, rows: Sequence[str], least: int) -> Iterator[Finding]:
    """What there is to say of such rows; `least`: how many schools are needed."""
    how = f"fewer than {least} schools are published for it"
    for words in rows:
        yield Finding(release, words, Verdict.UNSAFE, FEW_SCHOOLS, 0, how)


def _rows_at(read: Read, places: NDArray[np.intp]) -> set[_Row]:
    columns = [read.table.column(each) for each in _ROW_COLUMNS]
    some = [Column(each.words, each.codes[places]) for each in columns]
    return {tuple(words.split(_BY)) for words in joined(some, _BY).words}


def _shown_among(rows: set[_Row], located: Sequence[Located]) -> set[_Row]:
    """Those of `rows` with a shown count above nothing."""
    found: set[_Row] = set()
    if not rows:
        return found
    words = [{row[place] for row in rows} for place in range(len(_ROW_COLUMNS))]
    for read, shown in _with_a_count(located):
        places = np.flatnonzero(shown)
        for name, some in zip(_ROW_COLUMNS, words, strict=True):
            column = read.table.column(name)
            among = np.array([word in some for word in column.words], dtype=bool)
            places = places[among[column.codes[places]]]
        found |= _rows_at(read, places) & rows
    return found


def _with_a_count(located: Sequence[Located]) -> Iterator[tuple[Read, NDArray[np.bool_]]]:
    """Each table, and which of its rows show a count above nothing in some column."""
    columns: dict[int, list[Located]] = {}
    for each in located:
        columns.setdefault(id(each.read), []).append(each)
    for own in columns.values():
        shown = np.zeros(own[0].read.table.rows, dtype=bool)
        for each in own:
            shown |= each.says.is_a(Kind.NUMBER) & (each.says.value > 0)
        yield own[0].read, shown


def _contributing(read: Read) -> list[str]:
    return [each for each in read.school_columns if "all" not in each.split("_")]


def _few(read: Read, least: int, *, by_day: bool) -> set[_Row]:
    found: set[_Row] = set()
    for name in _contributing(read):
        says = read.table.columns[name].sayings
        judged = _is_daily(read) if by_day else np.ones(read.table.rows, dtype=bool)
        few = judged & says.is_a(Kind.NUMBER) & (says.value > 0) & (says.value < least)
        found |= _rows_at(read, np.flatnonzero(few))
    return found


def _is_daily(read: Read) -> NDArray[np.bool_]:
    if "attendance_date" in read.table.columns:
        return np.ones(read.table.rows, dtype=bool)
    frames = read.table.column("time_frame")
    return frames.mapped([int(each in WEEKDAYS) for each in frames.words]).astype(bool)

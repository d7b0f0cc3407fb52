"""Which columns of a data file are figures, which divide them, and what they are figures of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from publisher.attack.declared import Declared
from publisher.attack.series import (
    ABSENCE_TYPE_COLUMN,
    BREAKDOWN_COLUMNS,
    GEOGRAPHY_COLUMNS,
    GROUP,
    MEAN_COLUMNS,
    MEASURE,
    NO_FIGURES,
    PHASE,
    PHASE_COLUMN,
    POSSIBLE,
    REASON_COLUMNS,
    RESERVED,
    TIME_COLUMNS,
    TOTAL_ENROLMENTS,
    WIDE_ENROLMENTS,
    is_number_of_schools,
    measure_labels,
    measures_by_words,
)
from publisher.attack.tables import Column, Table, joined
from publisher.attack.values import Kind, said

SESSIONS, PUPILS, MEANS = "sessions", "pupils", "mean pupils"
_RATE = re.compile(r"percent|perc\b|rate|pct|share|proportion")
_OWN_RATES = {"session_percent": "session_count", "enrolments_percent": "enrolments_count"}
_MOSTLY = 0.5


@dataclass(frozen=True, repr=False)
class Figures:
    """One column of counts: which cube it fills, and the item of each row in its dimensions."""

    column: str
    cube: str
    unit: str
    items: Mapping[str, Column]
    rate: RateColumn | None = None


@dataclass(frozen=True)
class RateColumn:
    """The column of shares beside a count, and what they are a share of.

    of: item of `dimension` of the same cube; or, without a dimension, another column of counts.
    """

    column: str
    dimension: str
    of: str


@dataclass(frozen=True, repr=False)
class Read:
    """What one table holds; `faults` are in words."""

    table: Table
    figures: tuple[Figures, ...]
    school_columns: tuple[str, ...]
    faults: tuple[str, ...]


def read_layout(table: Table, declared: Declared) -> Read:
    """Find the figures of a table and what divides them."""
    faults: list[str] = []
    filters, numbers = [], []
    for name, column in table.columns.items():
        if name in (*TIME_COLUMNS, *GEOGRAPHY_COLUMNS, *NO_FIGURES):
            continue
        if name in declared.filters or name in (*_own_filters(), *_named_in_rates(declared)):
            filters.append(name)
        elif _is_figures(column):
            numbers.append(name)
            faults += _unknown_symbols(table.source, name, column)
        else:
            filters.append(name)
    counts = [each for each in numbers if not _is_rate(each, table.columns[each])]
    schools = tuple(
        each for each in numbers if is_number_of_schools(each) and not _RATE.search(each)
    )
    items = dict(_items(table, filters, declared, faults))
    figures = tuple(
        _figures(each, items, table, declared) for each in counts if each not in schools
    )
    if not figures and not schools:
        faults.append(f"{table.source}: no column of counts was found; it was not used.")
    return Read(table, figures, schools, tuple(faults))


def dimension_of(column: str) -> str:
    """The dimension of a declared filter column; names of our own dimensions are taken."""
    return f"column {column}" if column in RESERVED else column


def _own_filters() -> tuple[str, ...]:
    return (PHASE_COLUMN, *REASON_COLUMNS, *BREAKDOWN_COLUMNS, ABSENCE_TYPE_COLUMN)


def _named_in_rates(declared: Declared) -> tuple[str, ...]:
    return tuple(each.filter for each in declared.rates.values() if each.filter)


def _is_figures(column: Column) -> bool:
    """Whether more than half of what is filled in is numbers and symbols for them."""
    kinds = np.array([said(each).kind for each in column.words], np.int64)
    cells = np.bincount(column.codes, minlength=len(column.words))
    filled = cells[kinds != Kind.BLANK].sum()
    known = cells[(kinds != Kind.BLANK) & (kinds != Kind.UNKNOWN)].sum()
    return bool(known > _MOSTLY * filled)


def _unknown_symbols(source: str, name: str, column: Column) -> Iterator[str]:
    """Symbols that mean nothing known; longer texts could be anything and are not repeated."""
    words = column.present
    unknown = sorted({w.strip() for w in words if said(w).kind is Kind.UNKNOWN})
    if unknown:
        few = ", ".join(f"'{each}'" for each in unknown[:5] if len(each) < 8)  # noqa: PLR2004
        yield f"{source}, {name}: {len(unknown)} unknown symbols ({few}), taken as no number."
    if any(said(w).kind is Kind.NEGATIVE for w in words):
        yield f"{source}, {name}: negative numbers, taken as no number."
    kinds = {w.strip().lower() for w in words if said(w).kind in (Kind.WITHHELD, Kind.BELOW)}
    if len(kinds) > 1:
        yield f"{source}, {name}: several symbols for withheld ({', '.join(sorted(kinds))})."


def _is_rate(name: str, column: Column) -> bool:
    numbers = [(w, said(w)) for w in column.words]
    return bool(_RATE.search(name)) or any(
        each.kind is Kind.NUMBER and (each.decimals > 0 or "%" in word) for word, each in numbers
    )


def _items(
    table: Table, filters: list[str], declared: Declared, faults: list[str]
) -> Iterator[tuple[str, Column]]:
    """The dimensions of a table other than area and period."""
    left = set(filters)
    if PHASE_COLUMN in left:
        yield PHASE, table.columns[PHASE_COLUMN]
    named = [each for each in (*REASON_COLUMNS[::-1], ABSENCE_TYPE_COLUMN) if each in left]
    if named:
        yield MEASURE, _measures(table, named[0], faults)
    if set(BREAKDOWN_COLUMNS) <= left:
        yield GROUP, joined([table.columns[each] for each in BREAKDOWN_COLUMNS])
        left -= set(BREAKDOWN_COLUMNS)
    left -= {PHASE_COLUMN, *REASON_COLUMNS, ABSENCE_TYPE_COLUMN}
    for each in sorted(left & {*declared.filters, *_named_in_rates(declared)}):
        yield dimension_of(each), table.columns[each]
        left.discard(each)
    if left:
        rest = sorted(left)
        faults.append(
            f"{table.source}: no totals are declared for {', '.join(rest)}; their items are not "
            "added up (see --totals)."
        )
        yield "items of " + ", ".join(rest), joined([table.columns[each] for each in rest])


def _measures(table: Table, column: str, faults: list[str]) -> Column:
    words = table.columns[column]
    if column == ABSENCE_TYPE_COLUMN:
        return words
    known = measures_by_words()
    unknown = sorted({each for each in words.words if each and each not in known})
    if unknown:
        faults.append(
            f"{table.source}: {len(unknown)} items of {column} are not of this publication; they "
            "are in no sum."
        )
    return Column(tuple(known.get(each, each) for each in words.words), words.codes)


def _figures(column: str, items: Mapping[str, Column], table: Table, declared: Declared) -> Figures:
    wide = column in measure_labels() and MEASURE not in items
    if wide:
        one = Column((column,), np.zeros(table.rows, np.int32))
        return Figures(column, "session_count", SESSIONS, {MEASURE: one, **items})
    if column in WIDE_ENROLMENTS and MEASURE not in items:
        one = Column((WIDE_ENROLMENTS[column],), np.zeros(table.rows, np.int32))
        return Figures(column, "enrolments_count", PUPILS, {MEASURE: one, **items})
    if column in MEAN_COLUMNS and not set(REASON_COLUMNS).isdisjoint(table.columns):
        alone = {name: each for name, each in items.items() if name != MEASURE}
        return Figures(column, f"mean {column}", MEANS, alone)
    unit = PUPILS if "enrolment" in column or column in declared.pupils else SESSIONS
    return Figures(column, column, unit, items, _rate_beside(column, items, table, declared))


def _rate_beside(
    column: str, items: Mapping[str, Column], table: Table, declared: Declared
) -> RateColumn | None:
    for rate, each in declared.rates.items():
        if each.count == column and rate in table.columns:
            return RateColumn(rate, each.filter and dimension_of(each.filter), each.of)
    for rate, count in _OWN_RATES.items():
        if count == column and rate in table.columns and MEASURE in items:
            whole = POSSIBLE if count == "session_count" else TOTAL_ENROLMENTS
            return RateColumn(rate, MEASURE, whole)
    return None

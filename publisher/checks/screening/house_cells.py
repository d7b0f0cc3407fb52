"""What the screener does not look at: the form of every indicator cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import numpy as np

from publisher.checks.screening.check import Check, Finding, Screening, fail, of_cells, of_rows
from publisher.checks.screening.reread import NUMBER, SYMBOLS
from publisher.checks.screening.text_table import Mask, TextColumn
from publisher.model.definitions import DataSet, IndicatorUnit, ReferenceDate
from publisher.model.time import WEEK, WEEKDAYS

_SYMBOL_LIKE = re.compile(r"[A-Za-z]{1,3}|[*#\[\]]+|\[?[a-z]{1,3}\]?")


def _figures(files: Screening) -> dict[str, TextColumn]:
    return {name: files.data.column(name) for name in files.data_set.indicator_columns}


def dated(data_set: DataSet) -> frozenset[str]:
    """The indicators that show the day of a row, and so nothing for longer periods."""
    return frozenset(
        column
        for item in data_set.items
        for column, figure in item.figures.items()
        if isinstance(figure, ReferenceDate)
    )


def _may_be_blank(files: Screening) -> Mask:
    with_date = (*WEEKDAYS, WEEK)
    return files.data.column("time_frame").rows_where(lambda text: text not in with_date)


def _blank(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    without_date = dated(files.data_set)
    for name, column in _figures(files).items():
        blank = ~column.rows_where(lambda text: text.strip() != "")
        failing |= blank & ~_may_be_blank(files) if name in without_date else blank
    return of_rows(failing)


def _symbols(files: Screening) -> Finding:
    return of_cells(
        _figures(files),
        lambda text: text not in SYMBOLS and _SYMBOL_LIKE.fullmatch(text) is not None,
    )


def _free_text(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    where = []
    for each in files.data_set.indicators:
        fits = _is_date if each.unit is IndicatorUnit.TEXT else _is_number
        wrong = files.data.column(each.column).rows_where(_neither_symbol_nor(fits))
        where += [each.column] if wrong.any() else []
        failing |= wrong
    return of_rows(failing, where)


def _neither_symbol_nor(fits: Callable[[str], bool]) -> Callable[[str], bool]:
    def free_text(text: str) -> bool:
        is_symbol = text in SYMBOLS or _SYMBOL_LIKE.fullmatch(text) is not None
        return bool(text.strip()) and not is_symbol and not fits(text)

    return free_text


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _decimals(files: Screening) -> Finding:
    failing = np.zeros(files.data.rows, dtype=bool)
    for each in files.data_set.indicators:
        if each.unit is IndicatorUnit.TEXT:
            continue
        most = files.settings.percent_decimals if each.unit is IndicatorUnit.PERCENT else 0
        failing |= files.data.column(each.column).rows_where(_longer_than(most))
    return of_rows(failing)


def _longer_than(most: int) -> Callable[[str], bool]:
    return lambda text: _is_number(text) and len(text.partition(".")[2]) > most


CHECKS: tuple[Check, ...] = (
    fail(
        "ind_blank",
        "No indicator cell is blank, but for the reference date of periods longer than a week",
        "rows",
        _blank,
        "use a symbol",
    ),
    fail("ind_symbols", "The only symbols are z, x, c and low", "rows", _symbols),
    fail(
        "ind_free_text",
        "Every indicator cell is a plain number, a date where dates belong, or a symbol",
        "rows",
        _free_text,
        "no thousands commas, signs, words or blanks around numbers",
    ),
    fail(
        "ind_decimals",
        "Counts have no decimals, and percentages no more than they should",
        "rows",
        _decimals,
    ),
)

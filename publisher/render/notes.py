"""What a reader must know beside the figures; the same sentences in every format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from publisher.model.definitions import DataSet
from publisher.model.stages import ReleaseScope
from publisher.model.status import CellStatus
from publisher.model.time import Period
from publisher.render.edition import Edition
from publisher.render.symbols import SYMBOLS

_YEAR_DIGITS = 4


def rounding_note(edition: Edition) -> str:
    """How counts are rounded, and what a zero means because of it."""
    base = edition.summary.rounding_base
    if base == 1:
        return "Numbers are not rounded, and 0 means zero."
    return (
        f"Numbers of sessions and of enrolments are rounded to the nearest {base}, so 0 means "
        "zero or rounds to zero. Percentages are calculated from the rounded numbers. Numbers of "
        "schools are not rounded."
    )


def symbol_meanings(*, bracketed: bool, statuses: Iterable[CellStatus] = SYMBOLS) -> list[str]:
    """`c = withheld to protect confidentiality`, for each of `statuses` that has a symbol."""
    wanted = set(statuses)
    return [
        f"{symbol.bracketed if bracketed else symbol.letters} = {symbol.meaning}"
        for status, symbol in SYMBOLS.items()
        if status in wanted
    ]


def time_label(period: Period) -> str:
    """A time period as the platform shows it: `2025 Week 45`, `2024/25 Autumn term`."""
    year = period.time_period
    if len(year) > _YEAR_DIGITS:
        year = f"{year[:_YEAR_DIGITS]}/{year[_YEAR_DIGITS:]}"
    return f"{year} {period.time_identifier}"


def periods_named(scope: ReleaseScope, data_set: DataSet) -> list[Period]:
    """The periods of a file, with the time that its rows carry."""
    found = [each for each in scope.periods if each.kind in data_set.periods]
    if not data_set.term:
        return found
    year = scope.academic_year
    return [
        replace(each, time_period=year, time_identifier=data_set.term)
        for each in found
        if each.time_frame == data_set.term
    ]


def time_span(periods: Iterable[Period]) -> str:
    """The first and the last of some periods: `2025 Week 37 to 2025 Week 45`."""
    ordered = sorted(periods, key=lambda period: period.last_day)
    first, last = time_label(ordered[0]), time_label(ordered[-1])
    return first if first == last else f"{first} to {last}"

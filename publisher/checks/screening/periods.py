"""Stages "precheck time" and "check time"."""

from __future__ import annotations

import re

from publisher.checks.screening.check import Check, Finding, Screening, fail, of_cells
from publisher.checks.screening.words import FOUR_DIGITS, MIXABLE, TIME_IDENTIFIERS


def _digits(files: Screening) -> Finding:
    periods = {"time_period": files.data.column("time_period")}
    return of_cells(periods, lambda text: re.fullmatch(r"\d{4}|\d{6}", text) is None)


def _identifiers(files: Screening) -> Finding:
    identifiers = {"time_identifier": files.data.column("time_identifier")}
    return of_cells(identifiers, lambda text: text not in TIME_IDENTIFIERS)


def _mixed(files: Screening) -> Finding:
    identifiers = files.data.column("time_identifier")
    first = identifiers.items[0] if identifiers.items else ""
    set_of_first = next((each for each in MIXABLE if first in each), frozenset({first}))
    return of_cells({"time_identifier": identifiers}, lambda text: text not in set_of_first)


def _digits_fit(files: Screening) -> Finding:
    identifiers = files.data.column("time_identifier")
    length = 4 if identifiers.items and identifiers.items[0] in FOUR_DIGITS else 6
    periods = {"time_period": files.data.column("time_period")}
    return of_cells(periods, lambda text: len(text) != length)


def _consecutive(files: Screening) -> Finding:
    periods = {"time_period": files.data.column("time_period")}
    return of_cells(periods, _not_consecutive)


def _not_consecutive(text: str) -> bool:
    if re.fullmatch(r"\d{6}", text) is None:
        return False
    return (int(text[2:4]) + 1) % 100 != int(text[4:])


CHECKS_BEFORE: tuple[Check, ...] = (
    fail("time_period_num", "Every time period has four or six digits", "rows", _digits),
    fail(
        "time_id_valid",
        "Every time identifier is one that the platform knows",
        "rows",
        _identifiers,
        "ISO week 53 is not known to it",
    ),
    fail("time_id_mix", "Time identifiers in one file are of one kind", "rows", _mixed),
)

CHECKS: tuple[Check, ...] = (
    fail(
        "time_period",
        "The time period has the number of digits that its identifier calls for",
        "rows",
        _digits_fit,
    ),
    fail(
        "time_period_six",
        "A time period of six digits is two years in a row",
        "rows",
        _consecutive,
    ),
)

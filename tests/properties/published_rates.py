"""Every published percentage, worked out again from what is published and the true denominators.

Decimal arithmetic on the figures of the files; written from method.md, sections 3 to 5.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from publisher.reference.facts import read_facts
from tests.properties.reference_count import ALL, PHASES, Counted, RowName

Row = dict[str, str]
Key = tuple[RowName, tuple[str, ...]]
HUNDREDTH = Decimal("0.01")
OWN_PERCENT = {
    "attendance_reasons": ("session_count", "session_percent"),
    "persistent_absence": ("enrolments_count", "enrolments_percent"),
    "absence_by_characteristic": ("session_count", "session_percent"),
    "persistent_absence_by_characteristic": ("enrolments_count", "enrolments_percent"),
    "transition": ("enrolments_count", "enrolments_percent"),
}
ITEMS = {
    "attendance_reasons": ("attendance_status", "attendance_type", "attendance_reason"),
    "persistent_absence": ("absence_type",),
    "absence_by_characteristic": ("breakdown_topic", "breakdown", "attendance_type"),
    "persistent_absence_by_characteristic": ("breakdown_topic", "breakdown", "absence_type"),
    "transition": ("year_group", "sen_provision", "absence_type"),
}
NO_RATE = {
    tuple(row[each] for each in ITEMS["attendance_reasons"])
    for row in read_facts("attendance_reasons")
    if row["percent_published"] == "no"
}


def check_rates(data: Path, expected: Counted, *, weighted: bool) -> int:
    """How many percentages are numbers; each of them, and each symbol, is as it should be."""
    return sum(
        _check_file(data / f"{name}.csv", name, expected, weighted and name != "transition")
        for name in OWN_PERCENT
        if (data / f"{name}.csv").exists()
    )


def _check_file(path: Path, name: str, expected: Counted, weighted: bool) -> int:
    """How many percentages of a file are numbers."""
    number, percent = OWN_PERCENT[name]
    with path.open(encoding="utf-8", newline="") as stream:
        rows = {_key(row, name): row for row in csv.DictReader(stream)}
    never = {key for key, row in rows.items() if row[percent] == "z" or _without_rate(name, row)}
    plain = {
        key: _plain(row[number], _denominator(name, rows, key, number, expected))
        for key, row in rows.items()
        if key not in never
    }
    shown = 0
    for key, row in rows.items():
        wanted = plain.get(key)
        if wanted is None:
            assert row[percent] in ("x", "z"), (name, key)
            continue
        if weighted and key[0][1] == ALL:
            wanted = _weighted(key, rows, plain, number, expected)
        assert row[percent] == wanted, (name, key)
        shown += wanted not in ("c", "x")
    return shown


def _key(row: Row, name: str) -> Key:
    place = row["new_la_code"] or row["region_code"] or row["country_code"]
    frame = (row["time_period"], row["time_identifier"], row["time_frame"])
    return (place, row["education_phase"], frame), tuple(row[each] for each in ITEMS[name])


def _without_rate(name: str, row: Row) -> bool:
    return name == "attendance_reasons" and tuple(row[each] for each in ITEMS[name]) in NO_RATE


def _denominator(
    name: str, rows: dict[Key, Row], key: Key, number: str, expected: Counted
) -> Callable[[], str]:
    row_name, item = key
    if name == "attendance_reasons":
        whole = ("Possible sessions", "All possible sessions", "All possible sessions")
        return lambda: rows[row_name, whole][number]
    if name == "absence_by_characteristic":
        return lambda: _nearest(_possible(expected, row_name, item))
    return lambda: rows[row_name, (*item[:-1], "Total pupils")][number]


def _possible(expected: Counted, row_name: RowName, item: tuple[str, ...]) -> int:
    topic, group, _ = item
    if topic == "Total":
        return expected.sessions[row_name]["possible_sessions"]
    return expected.groups.get((row_name, f"{topic}: {group}"), {}).get("possible_sessions", 0)


def _nearest(value: int) -> str:
    return str((value + 5) // 10 * 10)


def _plain(shown: str, denominator: Callable[[], str]) -> str:
    if shown in ("c", "x"):
        return shown
    whole = Decimal(denominator())
    return "x" if whole == 0 else _two_decimals(100 * Decimal(shown) / whole)


def _two_decimals(exact: Decimal) -> str:
    return str(exact.quantize(HUNDREDTH, rounding=ROUND_HALF_UP))


def _weighted(
    key: Key, rows: dict[Key, Row], plain: dict[Key, str], number: str, expected: Counted
) -> str:
    """Weighted by census pupils over the phases that have a rate; c where one is withheld."""
    (place, _, frame), item = key
    parts = {phase: ((place, phase, frame), item) for phase in PHASES}
    there = {phase: plain[each] for phase, each in parts.items() if each in rows}
    if rows[key][number] == "c" or "c" in there.values():
        return "c"
    rated = {phase: Decimal(each) for phase, each in there.items() if each != "x"}
    pupils = {phase: expected.census_pupils.get((place, phase)) for phase in rated}
    if None in pupils.values() or sum(pupils.values()) == 0:
        return "x"
    total = sum(rated[phase] * pupils[phase] for phase in rated)
    return _two_decimals(total / sum(pupils.values()))

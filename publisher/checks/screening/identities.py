"""Totals that follow from the definition of a data set: which counts add up to which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

from publisher.model.breakdowns import TOTAL
from publisher.model.definitions import (
    AbsenteeMeasure,
    Count,
    DataSet,
    EnrolmentMeasure,
    Rate,
    SessionMeasure,
)


@dataclass(frozen=True)
class Identity:
    """The items `parts` of an indicator add up to its item `total` (positions in `items`)."""

    column: str
    total: int
    parts: tuple[int, ...]


def session_identities(data_set: DataSet) -> Iterator[Identity]:
    """A measure of several codes is the sum of the measures that split these codes.

    The parts are the smallest measures inside it; where they leave a code out or share one, the
    data set has no such identity.
    """
    for column, breakdown in product(data_set.indicator_columns, data_set.breakdown_keys):
        items = _positions(data_set, column, breakdown)
        codes = {
            each.name: each.codes
            for each in data_set.measures
            if isinstance(each, SessionMeasure) and each.name in items
        }
        for name, of_total in codes.items():
            parts = _smallest_inside(name, codes)
            if len(parts) > 1 and sorted(_listed(codes, parts)) == sorted(of_total):
                yield Identity(column, items[name], tuple(items[part] for part in parts))


def _smallest_inside(name: str, codes: Mapping[str, frozenset[str]]) -> list[str]:
    inside = [each for each in codes if codes[each] < codes[name]]
    return [each for each in inside if not any(codes[other] < codes[each] for other in inside)]


def _listed(codes: Mapping[str, frozenset[str]], names: list[str]) -> list[str]:
    return [code for name in names for code in codes[name]]


def _positions(data_set: DataSet, column: str, breakdown: str = TOTAL) -> dict[str, int]:
    """Measure -> the position of the item of a group of pupils whose `column` counts it."""
    return {
        figure.measure: place
        for place, item in enumerate(data_set.items)
        if item.breakdown == breakdown and isinstance(figure := item.figures[column], Count)
    }


def counts_of(data_set: DataSet, *kinds: type) -> list[str]:
    """The indicators that count measures of these kinds."""
    return [
        column
        for column in data_set.indicator_columns
        if any(isinstance(data_set.measure(name), kinds) for name in _positions(data_set, column))
    ]


def counts_of_pupils(data_set: DataSet) -> list[str]:
    """The indicators that count sessions or enrolments."""
    return counts_of(data_set, SessionMeasure, AbsenteeMeasure, EnrolmentMeasure)


def nested_absentees(data_set: DataSet) -> Iterator[tuple[str, int, int]]:
    """(indicator, item, item): who missed more is among those who missed less."""
    for column, breakdown in product(data_set.indicator_columns, data_set.breakdown_keys):
        items = _positions(data_set, column, breakdown)
        ranked = sorted(
            (each for each in data_set.measures if isinstance(each, AbsenteeMeasure)),
            key=lambda each: -each.percent_missed,
        )
        counted = [each.name for each in ranked if each.name in items]
        for smaller, larger in pairwise(counted):
            yield column, items[smaller], items[larger]


def rates_of(data_set: DataSet, column: str) -> list[tuple[int, int, int]]:
    """(item, numerator, denominator) of every rate that the indicator shows, as positions.

    Rates whose denominator is not published are left out.
    """
    counted = {
        (breakdown, name): place
        for count in counts_of_pupils(data_set)
        for breakdown in data_set.breakdown_keys
        for name, place in _positions(data_set, count, breakdown).items()
    }
    return [
        (
            place,
            counted[item.breakdown, figure.numerator],
            counted[item.breakdown, figure.denominator],
        )
        for place, item in enumerate(data_set.items)
        if isinstance(figure := item.figures[column], Rate)
        and (item.breakdown, figure.denominator) in counted
    ]

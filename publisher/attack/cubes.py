"""From the layouts of all tables to the cubes of unknown numbers that they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from publisher.attack.declared import Declared
from publisher.attack.dimensions import Cells, Cube, Dimension, ItemSum
from publisher.attack.groups import Sums, group_sums
from publisher.attack.layout import MEANS, SESSIONS, Figures, dimension_of
from publisher.attack.places import Areas, Periods
from publisher.attack.series import (
    ABSENCE_SUMS,
    AREA,
    GROUP,
    MEASURE,
    PERIOD,
    PHASE,
    PHASE_SUMS,
    measure_labels,
    measure_sums,
)
from publisher.attack.tables import Column
from publisher.attack.times import Moment
from publisher.errors import UsageProblem

_MOST_CELLS = 60_000_000


@dataclass(frozen=True)
class CubeKey:
    """Tables with the same columns of counts and the same dimensions share a cube."""

    name: str
    unit: str
    dimensions: tuple[str, ...]

    @classmethod
    def of(cls, figures: Figures) -> CubeKey:
        """The cube that figures belong to."""
        return cls(figures.cube, figures.unit, tuple(sorted(figures.items)))


def build_cubes(
    figures: Iterable[tuple[Figures, Column]], areas: Areas, periods: Periods, declared: Declared
) -> dict[CubeKey, Cube]:
    """One cube for every key, with the items and periods of all tables that fill it.

    Args:
        figures: columns of figures, each with the period of its rows.
        areas: every area.
        periods: every period.
        declared: what the reader says about totals.

    Raises:
        UsageProblem: the filters have too many combinations to be put into one system.
    """
    items = _items_of(figures)
    cubes: dict[CubeKey, Cube] = {}
    first = 0
    labels = {
        MEASURE: measure_labels(),
        AREA: areas.name,
        PERIOD: {each: Moment.of(each).words for each in periods.items},
    }
    for key, found in items.items():
        own = [_dimension(name, found[name], declared) for name in key.dimensions]
        within = periods.within(found[PERIOD])
        place = areas.dimension(within, add_up=key.unit != MEANS)
        time = within.dimension(areas, add_up=key.unit == SESSIONS)
        own = [each if _adds_up(key, each) else replace(each, sums=()) for each in own]
        cube = Cube(key.name, key.unit, (*own, place, time), first, labels)
        first += cube.size
        if first > _MOST_CELLS:
            raise UsageProblem(
                f"The files have more than {_MOST_CELLS:,} combinations of filter items",
                "Attack fewer files at a time.",
            )
        cubes[key] = cube
    return cubes


def _items_of(figures: Iterable[tuple[Figures, Column]]) -> dict[CubeKey, dict[str, set[str]]]:
    """The items of each dimension of each cube, `PERIOD` among them."""
    items: dict[CubeKey, dict[str, set[str]]] = {}
    for each, period in figures:
        columns = {**each.items, PERIOD: period}
        known = items.setdefault(CubeKey.of(each), {name: set() for name in columns})
        for name, column in columns.items():
            known[name].update(column.present)
        if each.rate is not None and each.rate.dimension:
            # A share tells about its whole even where no file has the whole.
            known[each.rate.dimension].add(each.rate.of)
    return items


def _adds_up(key: CubeKey, dimension: Dimension) -> bool:
    """Means of days add up over groups of the same pupils only: elsewhere the days differ."""
    return key.unit != MEANS or dimension.name == GROUP


def _dimension(name: str, items: set[str], declared: Declared) -> Dimension:
    if name == MEASURE:
        return _with_sums(name, items, _once({**measure_sums(), **ABSENCE_SUMS}))
    if name == PHASE:
        phases = {**PHASE_SUMS, **declared.filters.get("education_phase", {})}
        return _with_sums(name, items, _once(phases))
    if name == GROUP:
        return _with_sums(name, items, group_sums(items))
    columns = {dimension_of(each): each for each in declared.filters}
    sums = declared.filters[columns[name]] if name in columns else {}
    return _with_sums(name, items, _once(sums))


def _once(sums: Mapping[str, tuple[str, ...]]) -> Sums:
    return {total: [parts] for total, parts in sums.items()}


def _with_sums(name: str, items: set[str], sums: Sums) -> Dimension:
    """A dimension with those sums whose total is published.

    Parts that no file has become items too: unknown numbers, so that a sum is never too exact.
    A sum of which no file has any part says nothing.
    """
    wanted = [
        (total, parts)
        for total, found in sums.items()
        if total in items
        for parts in found
        if not items.isdisjoint(parts)
    ]
    every = sorted(items.union(*(set(parts) for _, parts in wanted)))
    place = {item: n for n, item in enumerate(every)}
    found = [ItemSum(place[total], tuple(place[each] for each in parts)) for total, parts in wanted]
    return Dimension(name, tuple(every), tuple(found))


@dataclass(frozen=True, repr=False)
class Link:
    """Two cubes of the same figures of which one divides further than the other.

    extra: the dimensions that only `fine` has, and their totals. one, other: equal cells of both.
    """

    coarse: Cube
    fine: Cube
    extra: Mapping[str, int]
    one: Cells
    other: Cells


def links_between(cubes: Iterable[Cube]) -> list[Link]:
    """Every pair of cubes of the same figures of which one divides further than the other."""
    found = []
    every = list(cubes)
    for coarse in every:
        for fine in every:
            extra = _extra_totals(coarse, fine)
            if extra is not None:
                one, other = _equal(coarse, fine, extra)
                found.append(Link(coarse, fine, extra, one, other))
    return [each for each in found if len(each.one)]


def links(cubes: Iterable[Cube]) -> list[tuple[Cells, NDArray[np.int64]]]:
    """The same as equations: totals, and their only parts."""
    return [(each.one, each.other[:, None]) for each in links_between(cubes)]


def _extra_totals(coarse: Cube, fine: Cube) -> dict[str, int] | None:
    """The total of each dimension that only `fine` has; None if they cannot be compared."""
    names = {each.name for each in coarse.dimensions}
    more = [each for each in fine.dimensions if each.name not in names]
    if coarse.name != fine.name or not more or len(more) + len(names) != len(fine.dimensions):
        return None
    totals = {}
    for each in more:
        parts = {part for one in each.sums for part in one.parts}
        roots = sorted({one.total for one in each.sums} - parts)
        if len(roots) != 1:
            return None
        totals[each.name] = roots[0]
    return totals


def _equal(coarse: Cube, fine: Cube, extra: Mapping[str, int]) -> tuple[Cells, Cells]:
    one, other = np.array([coarse.first], np.int64), np.array([fine.first], np.int64)
    for each in coarse.dimensions:
        theirs = fine.dimension(each.name)
        common = [item for item in each.items if item in theirs.place]
        mine = np.array([each.place[item] for item in common], np.int64)
        yours = np.array([theirs.place[item] for item in common], np.int64)
        one = (one[:, None] + mine * coarse.strides[each.name]).ravel()
        other = (other[:, None] + yours * fine.strides[each.name]).ravel()
    other = other + sum(place * fine.strides[name] for name, place in extra.items())
    return one, other

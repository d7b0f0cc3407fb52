"""Areas and periods of one or more files, and at which levels each period is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from publisher.attack.dimensions import Dimension, ItemSum
from publisher.attack.series import AREA, GEOGRAPHY_COLUMNS, LEVEL_COLUMN, PERIOD
from publisher.attack.tables import Column, Table, joined
from publisher.model.definitions import Level

NATIONAL, REGIONAL, AUTHORITY, OTHER = range(4)
_LEVELS = {
    Level.NATIONAL.value: NATIONAL,
    Level.REGIONAL.value: REGIONAL,
    Level.LOCAL_AUTHORITY.value: AUTHORITY,
}
_KEYS = {
    NATIONAL: ("country_code", "country_name"),
    REGIONAL: ("region_code", "region_name"),
    AUTHORITY: ("new_la_code", "old_la_code", "la_name"),
}
_NAMES = {NATIONAL: "country_name", REGIONAL: "region_name", AUTHORITY: "la_name"}


@dataclass
class Areas:
    """Every area that has a row, in the order of its key."""

    level: dict[str, int] = field(default_factory=dict)
    region: dict[str, str] = field(default_factory=dict)
    name: dict[str, str] = field(default_factory=dict)

    def add(self, table: Table) -> Column:
        """Learn the areas of a table; return each row's area."""
        present = [name for name in table.columns if name in GEOGRAPHY_COLUMNS]
        if not present:
            self.level.setdefault("", OTHER)
            return Column(("",), np.zeros(table.rows, np.int32))
        column = joined([table.columns[name] for name in present], "\x1f")
        return Column(
            tuple(self._learn(dict(zip(present, words.split("\x1f"), strict=True)))
                  for words in column.words),
            column.codes,
        )  # fmt: skip

    def _learn(self, row: Mapping[str, str]) -> str:
        level = _LEVELS.get(row.get(LEVEL_COLUMN, ""), OTHER)
        columns = _KEYS.get(level, tuple(row))
        filled = [row[each] for each in columns if row.get(each)]
        key = "|".join(filled) if level == OTHER else next(iter(filled), "")
        self.level.setdefault(key, level)
        self.name.setdefault(key, row.get(_NAMES.get(level, ""), "") or key)
        if level == AUTHORITY:
            region = row.get("region_code") or row.get("region_name") or ""
            self.region.setdefault(key, region)
        return key

    @property
    def items(self) -> tuple[str, ...]:
        """The keys, sorted."""
        return tuple(sorted(self.level))

    def at(self, level: int) -> tuple[int, ...]:
        """Numbers of the areas of a level."""
        return tuple(n for n, key in enumerate(self.items) if self.level[key] == level)

    def dimension(self, periods: Periods, *, add_up: bool) -> Dimension:
        """Areas, and which are sums of others in the periods in which that is so."""
        return Dimension(AREA, self.items, tuple(self._sums(periods)) if add_up else ())

    def _sums(self, periods: Periods) -> Iterable[ItemSum]:
        nation, regions, authorities = (self.at(n) for n in (NATIONAL, REGIONAL, AUTHORITY))
        for region in regions:
            key = self.items[region]
            inside = tuple(n for n in authorities if self.region[self.items[n]] == key)
            if inside:
                yield ItemSum(region, inside, {PERIOD: periods.common(REGIONAL, AUTHORITY)})
        below, level = (regions, REGIONAL) if regions else (authorities, AUTHORITY)
        if below:
            for each in nation:
                yield ItemSum(each, below, {PERIOD: periods.common(NATIONAL, level)})


@dataclass(frozen=True)
class Periods:
    """Every period, the periods that it is the sum of, and the levels that have rows for it.

    parts: by level, period -> the periods it sums, where that is known. includes: by level, period
    -> which weeks it covers; two levels can be compared where they cover the same.
    """

    items: tuple[str, ...]
    published: Mapping[int, frozenset[str]]
    parts: Mapping[int, Mapping[str, Sequence[str]]]
    includes: Mapping[int, Mapping[str, frozenset[str]]]

    def within(self, seen: set[str]) -> Periods:
        """Only these periods and what they are the sum of; a week without any day has no days."""
        parts = {
            level: {total: some for total, some in found.items()
                    if total in seen and not seen.isdisjoint(some)}
            for level, found in self.parts.items()
        }  # fmt: skip
        items = seen.union(*(some for found in parts.values() for some in found.values()))
        return Periods(tuple(sorted(items)), self.published, parts, self.includes)

    def common(self, one: int, other: int) -> tuple[int, ...]:
        """Numbers of the periods in which two levels have rows over the same days."""
        both = self.published.get(one, frozenset()) & self.published.get(other, frozenset())
        return tuple(
            n
            for n, each in enumerate(self.items)
            if each in both
            and self.includes[one].get(each, frozenset())
            == self.includes[other].get(each, frozenset())
        )

    def dimension(self, areas: Areas, *, add_up: bool) -> Dimension:
        """Periods; counts of sessions add up over them, numbers of pupils do not."""
        place = {each: n for n, each in enumerate(self.items)}
        sums = [
            ItemSum(place[total], tuple(place[each] for each in parts), {AREA: areas.at(level)})
            for level, found in self.parts.items()
            for total, parts in found.items()
            if parts and areas.at(level)
        ]
        return Dimension(PERIOD, self.items, tuple(sums) if add_up else ())

"""The reviewer's page of what is withheld and why: numbers of rows by area and reason.

A row is an area, phase and period. Nothing here says how many schools or pupils stand behind one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from publisher.model.definitions import Level
from publisher.model.geography import Location
from publisher.model.reasons import BECAUSE, OTHER_REASONS
from publisher.model.stages import ProtectedCells
from publisher.model.time import PeriodKind
from publisher.reference.areas import hexagons
from publisher.render.charts_hexagons import HexagonMap, hexagon_map
from publisher.render.content_tables import Cell, Row, Table, words_table
from publisher.render.content_words import capitalised, list_words, plural
from publisher.render.rounding import in_words

NO_ROWS = "No rows"
SHARES = (
    (0.0, "No row withheld"),
    (0.1, "Up to a tenth withheld"),
    (0.5, "Up to half withheld"),
    (1.0, "More than half withheld"),
)
"""Highest share of rows, and what the map says of it."""
_LONGEST = (PeriodKind.WEEK, PeriodKind.YEAR_TO_DATE)


@dataclass(frozen=True)
class AreaMap:
    """Every authority as a hexagon: how much of it is withheld, with words for each."""

    drawing: HexagonMap
    counts: tuple[tuple[str, int], ...]
    alt: str


@dataclass(frozen=True)
class Withheld:
    """Everything that the page shows; `map` is None where no authority is on it."""

    summary: str
    map: AreaMap | None
    meanings: tuple[tuple[str, str], ...]
    by_period: Table
    by_area: Table
    rows: Table


def withheld(protected: ProtectedCells) -> Withheld:
    """What is withheld in a release, by area, kind of period and reason."""
    rows = _rows(protected)
    found = [each for each in rows[BECAUSE].drop_duplicates() if each]
    names = _names(protected, found)
    areas = tuple(_areas(protected, rows, names))
    return Withheld(
        summary=_summary(rows),
        map=_map(protected.scope.locations, areas),
        meanings=tuple((capitalised(each), OTHER_REASONS[each]) for each in OTHER_REASONS),
        by_period=_by_period(rows, names),
        by_area=_by_area(areas, names),
        rows=_listed(protected, rows),
    )


@dataclass(frozen=True)
class _Area:
    place: Location
    rows: int
    because: dict[str, int]
    groups: int

    @property
    def withheld(self) -> int:
        return sum(self.because.values())

    @property
    def category(self) -> str:
        if not self.rows:
            return NO_ROWS
        share = self.withheld / self.rows
        return next(words for most, words in SHARES if share <= most)

    @property
    def words(self) -> str:
        """Shown beside the hexagon of the area."""
        why = [f"{words} {count:,}" for words, count in self.because.items() if count]
        of = f"{self.withheld:,} of {plural(self.rows, 'row')} withheld"
        return f"{self.place.name}: {of}{' (' + ', '.join(why) + ')' if why else ''}"


def _rows(protected: ProtectedCells) -> pd.DataFrame:
    """Every row with the kind of its period."""
    kinds = {each.key: each.kind.value for each in protected.scope.periods}
    rows = protected.reasons
    return rows.assign(kind=rows["period"].map(kinds), **{BECAUSE: rows[BECAUSE].fillna("")})


def _names(protected: ProtectedCells, found: list[str]) -> list[str]:
    """The reasons that occur: rules in the order in which they are most used, then the others."""
    counts = protected.reasons[BECAUSE].value_counts()
    rules = [each for each in found if each not in OTHER_REASONS]
    others = [each for each in OTHER_REASONS if each in found]
    return [*sorted(rules, key=lambda each: (-int(counts[each]), each)), *others]


def _summary(rows: pd.DataFrame) -> str:
    hidden = int((rows[BECAUSE] != "").sum())
    share = in_words(100 * hidden / len(rows), 1) if len(rows) else "0.0"
    return (
        f"{hidden:,} of {plural(len(rows), 'row')} are withheld ({share}%). A row is an area, "
        "education phase and day, week or year to date; a withheld row is withheld in every data "
        "set that tells about pupils. A row for which several rules hold is counted under the "
        "first of them."
    )


def _areas(protected: ProtectedCells, rows: pd.DataFrame, names: list[str]) -> Iterator[_Area]:
    counted = rows.groupby(["location", BECAUSE]).size()
    total = rows["location"].value_counts()
    groups = protected.withheld_groups["location"].value_counts()
    for place in protected.scope.locations:
        because = {each: int(counted.get((place.code, each), 0)) for each in names}
        yield _Area(place, int(total.get(place.code, 0)), because, int(groups.get(place.code, 0)))


def _map(places: tuple[Location, ...], areas: tuple[_Area, ...]) -> AreaMap | None:
    by_code = {each.place.code: each for each in areas}
    local = {each.code for each in places if each.level is Level.LOCAL_AUTHORITY}
    layout = {code: at for code, at in hexagons().items() if code in local}
    if not layout:
        return None
    categories = {code: by_code[code].category for code in layout}
    every = (*(words for _, words in SHARES), NO_ROWS)
    counts = tuple((each, sum(c == each for c in categories.values())) for each in every)
    return AreaMap(
        hexagon_map(layout, {code: by_code[code].words for code in layout}, categories),
        counts,
        "Map of local authorities as hexagons by the share of their rows that is withheld: "
        + list_words([f"{words.lower()} in {count}" for words, count in counts])
        + ". The table of areas below has the same numbers.",
    )


def _by_period(rows: pd.DataFrame, names: list[str]) -> Table:
    kinds = [each.value for each in PeriodKind if (rows["kind"] == each.value).any()]
    lines = []
    for kind in kinds:
        of_kind = rows[rows["kind"] == kind]
        because = of_kind[BECAUSE].value_counts()
        numbers = (len(of_kind), int((of_kind[BECAUSE] != "").sum()))
        lines.append(_line(capitalised(kind), (*numbers, *(int(because.get(e, 0)) for e in names))))
    heads = ("Period", "Rows", "Withheld", *map(capitalised, names))
    return Table("Rows withheld by kind of period and reason", heads, tuple(lines))


def _by_area(areas: tuple[_Area, ...], names: list[str]) -> Table:
    lines = (
        Row(
            each.place.name,
            (
                *(Cell(f"{n:,}") for n in (each.rows, each.withheld)),
                Cell(f"{in_words(100 * each.withheld / each.rows, 1)}%" if each.rows else ""),
                *(Cell(f"{each.because[name]:,}") for name in names),
                Cell(f"{each.groups:,}"),
            ),
            "part" if each.place.level is Level.LOCAL_AUTHORITY else "total",
        )
        for each in sorted(areas, key=_place_in_order)
    )
    heads = ("Area", "Rows", "Withheld", "Share", *map(capitalised, names), "Groups of pupils")
    return Table("Rows withheld by area and reason, all periods", heads, tuple(lines))


def _place_in_order(area: _Area) -> tuple[str, str]:
    """England, then each region before its authorities."""
    if area.place.level is Level.NATIONAL:
        return "", ""
    local = area.place.level is Level.LOCAL_AUTHORITY
    return (area.place.region_name, area.place.name) if local else (area.place.name, "")


def _listed(protected: ProtectedCells, rows: pd.DataFrame) -> Table:
    """Withheld rows of the latest week and the year to date, one line per area and phase."""
    latest = {
        each.key: each.kind
        for each in protected.scope.periods
        if each.kind in _LONGEST and each.days[-1] >= protected.scope.week.monday
    }
    names = {each.code: each.name for each in protected.scope.locations}
    some = rows[rows["period"].isin(latest)]
    places = zip(some["location"], some["education_phase"], some["period"].map(latest), strict=True)
    why = dict(zip(places, some[BECAUSE], strict=True))
    pairs = sorted({(names[code], code, phase) for (code, phase, _), each in why.items() if each})
    lines = (
        (name, phase, *(_told(why.get((code, phase, kind))) for kind in _LONGEST))
        for name, code, phase in pairs
    )
    caption = "Withheld rows of the latest week and of the year to date"
    return words_table(caption, ("Area", "Phase", "Latest week", "Year to date"), lines)


def _told(because: str | None) -> str:
    if because is None:
        return "No row"
    return capitalised(because) if because else "Shown"


def _line(header: str, numbers: tuple[int, ...]) -> Row:
    return Row(header, tuple(Cell(f"{each:,}") for each in numbers))

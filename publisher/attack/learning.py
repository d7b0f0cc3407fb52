"""Reads the figures of data files into what is known of every cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from publisher.attack.dimensions import Cube
from publisher.attack.knowledge import Knowledge, Located
from publisher.attack.layout import MEANS, Figures, Read
from publisher.attack.places import Areas
from publisher.attack.series import AREA, MEASURE, PERIOD, PHASE, measures_not_possible
from publisher.attack.system import Flags
from publisher.attack.tables import Column, Table, joined
from publisher.attack.values import Kind, detected_base, window
from publisher.model.phases import ALL_SCHOOLS
from publisher.model.time import WEEK, WEEKDAYS

_WHOLE_NUMBER = 1e-9
_HALF = 0.5


def periods_in(table: Table) -> Column:
    """The period of each row: `2025|Week 45|Monday`, with what the table has of it."""
    names = [each for each in ("time_period", "time_identifier") if each in table.columns]
    columns = [table.columns[each] for each in names]
    if not columns:
        return Column(("",), np.zeros(table.rows, np.int32))
    return joined([*columns, _frame(table)])


def _frame(table: Table) -> Column:
    """The time frame; of files that leave it out, the weekday of their date, or the week."""
    if "time_frame" in table.columns:
        return table.columns["time_frame"]
    if "attendance_date" in table.columns:
        days = table.columns["attendance_date"]
        return Column(tuple(_weekday(each) for each in days.words), days.codes)
    identifiers = table.column("time_identifier")
    frames = tuple(WEEK if each.startswith("Week ") else "" for each in identifiers.words)
    return Column(frames, identifiers.codes)


def _weekday(words: str) -> str:
    try:
        number = date.fromisoformat(words).isoweekday()
    except ValueError:
        return words
    return WEEKDAYS[number - 1] if number <= len(WEEKDAYS) else words


def locate(read: Read, figures: Figures, cube: Cube, keys: tuple[Column, Column]) -> Located:
    """Which cell each row of a column of figures is about.

    Args:
        read: the table.
        figures: the column, and what divides it.
        cube: the cube that it fills.
        keys: area and period of each row.
    """
    columns = {**figures.items, AREA: keys[0], PERIOD: keys[1]}
    items = {
        name: column.mapped([cube.dimension(name).place.get(each, 0) for each in column.words])
        for name, column in columns.items()
    }
    says = read.table.columns[figures.column].sayings
    return Located(read, figures, cube, cube.cells(items), says)


def learn_tables(known: Knowledge, located: Sequence[Located], *, half_up: bool) -> None:
    """Learn every count of the data files; where no rounding is said, detect it per column."""
    said = known.base
    for each in located:
        numbers = each.says.value[each.says.is_a(Kind.NUMBER)]
        base = said or detected_base(numbers)
        known.base = max(known.base, base)
        _learn(known, each, base, half_up=half_up)


def _learn(known: Knowledge, each: Located, base: int, *, half_up: bool) -> None:
    says, source = each.says, each.read.table.source
    filled = np.zeros(each.cube.size, dtype=bool)
    filled[each.cell - each.cube.first] = True
    repeated = len(each.cell) - int(filled.sum())
    if repeated and each.figures.unit != MEANS:
        known.faults.append(f"{source}: {repeated} rows repeat another one's place.")
    numbers = says.is_a(Kind.NUMBER)
    broken = numbers & (np.abs(says.value - np.rint(says.value)) > _WHOLE_NUMBER)
    if broken.any():
        known.faults.append(f"{source}, {each.figures.column}: {broken.sum()} broken numbers.")
    low, high = window(says, base, half_up=half_up)
    if each.figures.unit == MEANS:
        # A mean is rounded to a whole number first, which moves it by half at most.
        low, high = np.maximum(low - _HALF, 0), high + _HALF
    telling = numbers | says.is_a(Kind.LOW, Kind.BELOW)
    known.learn(each.cell[telling], low[telling], high[telling])
    known.seen[each.cell] = True
    known.shown[each.cell[numbers | says.is_a(Kind.LOW)]] = True
    known.withheld[each.cell[says.is_a(Kind.WITHHELD, Kind.BELOW)]] = True


def nothing_where_no_row(known: Knowledge, cubes: Iterable[Cube], areas: Areas) -> None:
    """A place without any row in a period that its level is published for had no possible session.

    Unless no place of its level has a row for all schools: then there is no such total. It may
    have had marks that are no possible sessions (closures, dual registrations): a row of all
    schools has them in it.
    """
    for cube in cubes:
        names = [each.name for each in cube.dimensions]
        seen = known.seen[cube.first : cube.first + cube.size].reshape(cube.shape)
        inside = tuple(n for n, name in enumerate(names) if name not in (AREA, PERIOD, PHASE))
        row_seen: Flags = np.asarray(seen.any(axis=inside, keepdims=True))
        published = _published_at_level(row_seen, cube, areas, PERIOD)
        if PHASE in names:
            phase = _published_at_level(row_seen, cube, areas, PHASE)
            published = published & (phase | _but(cube, PHASE))
        closed = np.broadcast_to(~row_seen & published & _of_possible(cube), cube.shape).ravel()
        known.high[cube.first : cube.first + cube.size][closed] = 0


def _of_possible(cube: Cube) -> Flags:
    """True but for the measures of sessions that the method calls not possible."""
    names = [each.name for each in cube.dimensions]
    if MEASURE not in names:
        return np.ones([1] * len(names), dtype=bool)
    measures = cube.dimension(MEASURE).items
    flags = np.array([each not in measures_not_possible() for each in measures])
    others = tuple(n for n, name in enumerate(names) if name != MEASURE)
    return np.asarray(np.expand_dims(flags, others))


def _published_at_level(row_seen: Flags, cube: Cube, areas: Areas, name: str) -> Flags:
    """For each area and item of a dimension, whether an area of its level has a row for it."""
    names = [each.name for each in cube.dimensions]
    at = names.index(AREA)
    others = tuple(n for n, each in enumerate(names) if each != name)
    shape = [1] * len(names)
    shape[at], shape[names.index(name)] = cube.shape[at], cube.shape[names.index(name)]
    found = np.zeros(shape, dtype=bool)
    for level in set(areas.level.values()):
        places = np.array(areas.at(level), np.int64)
        some = np.take(row_seen, places, axis=at).any(axis=others, keepdims=True)
        at_level = np.isin(np.arange(cube.shape[at]), places)
        found |= some & np.expand_dims(at_level, tuple(n for n in range(len(names)) if n != at))
    return found


def _but(cube: Cube, name: str) -> Flags:
    """True for the items of a dimension that are not the total of all schools."""
    items = cube.dimension(name).items
    flags = np.array([each != ALL_SCHOOLS for each in items])
    names = [each.name for each in cube.dimensions]
    others = tuple(n for n, each in enumerate(names) if each != name)
    return np.asarray(np.expand_dims(flags, others))

"""Reads the figures of data files into what is known of every cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from publisher.attack.dimensions import Cube
from publisher.attack.knowledge import Knowledge, Located
from publisher.attack.layout import Figures, Read
from publisher.attack.places import Areas
from publisher.attack.series import AREA, PERIOD, PHASE
from publisher.attack.system import Flags
from publisher.attack.tables import Column, Table, joined
from publisher.attack.values import Kind, detected_base, window
from publisher.model.time import WEEK, WEEKDAYS

_WHOLE_NUMBER = 1e-9


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
    repeated = len(each.cell) - len(np.unique(each.cell))
    if repeated:
        known.faults.append(f"{source}: {repeated} rows repeat another one's place.")
    numbers = says.is_a(Kind.NUMBER)
    broken = numbers & (np.abs(says.value - np.rint(says.value)) > _WHOLE_NUMBER)
    if broken.any():
        known.faults.append(f"{source}, {each.figures.column}: {broken.sum()} broken numbers.")
    low, high = window(says, base, half_up=half_up)
    telling = numbers | says.is_a(Kind.LOW, Kind.BELOW)
    known.learn(each.cell[telling], low[telling], high[telling])
    known.seen[each.cell] = True
    known.shown[each.cell[numbers | says.is_a(Kind.LOW)]] = True
    known.withheld[each.cell[says.is_a(Kind.WITHHELD, Kind.BELOW)]] = True


def nothing_where_no_row(known: Knowledge, cubes: Iterable[Cube], areas: Areas) -> None:
    """A place without any row in a period that its level is published for had no session."""
    for cube in cubes:
        mine = slice(cube.first, cube.first + cube.size)
        names = [each.name for each in cube.dimensions]
        seen = known.seen[mine].reshape(cube.shape)
        inside = tuple(n for n, name in enumerate(names) if name not in (AREA, PERIOD, PHASE))
        row_seen: Flags = np.asarray(seen.any(axis=inside, keepdims=True))
        level_seen = np.zeros(row_seen.shape, dtype=bool)
        at = names.index(AREA)
        for level in set(areas.level.values()):
            places = np.array(areas.at(level), np.int64)
            others = tuple(n for n, name in enumerate(names) if name != PERIOD)
            some = np.take(row_seen, places, axis=at).any(axis=others, keepdims=True)
            at_level = np.isin(np.arange(cube.shape[at]), places)
            level_seen |= some & np.expand_dims(at_level, _all_but(at, len(names)))
        closed = np.broadcast_to(~row_seen & level_seen, cube.shape).ravel()
        known.high[mine][closed] = 0


def _all_but(axis: int, axes: int) -> tuple[int, ...]:
    return tuple(n for n in range(axes) if n != axis)

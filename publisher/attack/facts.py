"""From finished data files to one system of facts over unknown numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from publisher.attack.cubes import CubeKey, build_cubes, links
from publisher.attack.declared import Declared
from publisher.attack.dimensions import Cube
from publisher.attack.documents import Document
from publisher.attack.knowledge import Knowledge, Located
from publisher.attack.layout import PUPILS, Figures, Read
from publisher.attack.places import Areas
from publisher.attack.policy import KnownPolicy
from publisher.attack.remarks import learn_remarks
from publisher.attack.series import AREA, MEASURE, PERIOD, POSSIBLE, TIME_COLUMNS
from publisher.attack.shares import Exposed, rates_of
from publisher.attack.system import Flags, Protected, Sums, System
from publisher.attack.tables import Column, Table, joined
from publisher.attack.times import periods_of
from publisher.attack.values import Kind, detected_base, window
from publisher.attack.wording import Vocabulary, remarks

_WHOLE_NUMBER = 1e-9


@dataclass(frozen=True, repr=False)
class Facts:
    """The system, and what is wrong or peculiar with the files it was read from.

    exposed: withheld figures that another figure of the same files shows.
    """

    system: System
    exposed: tuple[Exposed, ...]
    located: tuple[Located, ...]
    only_schools: tuple[Read, ...]
    faults: tuple[str, ...]


def gather(
    reads: Sequence[Read],
    documents: Sequence[Document],
    policy: KnownPolicy,
    declared: Declared,
    *,
    own: bool,
) -> Facts:
    """Put everything that the tables say into one system.

    Args:
        reads: the tables.
        documents: workbooks and pages.
        policy: what is known of how figures were made.
        declared: what the reader says about totals, rounding and rates.
        own: the tables are a release of this publication: a place without a row had no session.
    """
    areas = Areas()
    keys: dict[str, tuple[Column, Column]] = {}
    for read in reads:
        keys[read.table.source] = (areas.add(read.table), _periods(read.table))
    periods, notes = periods_of(_published(keys.values(), areas), policy.strike_days, own=own)
    every = [each for read in reads for each in read.figures]
    cubes = build_cubes(every, areas, periods, declared)
    size = sum(cube.size for cube in cubes.values())
    known = Knowledge.of_nothing(size)
    located = [
        _locate(read, figures, cubes[CubeKey.of(figures)], keys[read.table.source])
        for read in reads
        for figures in read.figures
    ]
    base = declared.rounding or policy.rounding_base
    for each in located:
        _learn(known, each, base, half_up=policy.half_up)
    vocabulary = Vocabulary(areas, periods.items)
    found = [each for document in documents for each in remarks(document, vocabulary)]
    elsewhere = learn_remarks(known, cubes.values(), found, base or 1, half_up=policy.half_up)
    if own:
        _nothing_where_no_row(known, cubes.values(), areas)
    families = [family for cube in cubes.values() for family in cube.equations()]
    sums = _of_use(Sums.of([*families, *links(cubes.values())]), known)
    rates, exposed = rates_of(known, located, elsewhere, policy, base)
    system = System(
        cubes=tuple(cubes.values()),
        low=known.low,
        high=known.high,
        shown=known.shown,
        withheld=known.withheld,
        sums=sums,
        rates=rates,
        protected=_protected(known, tuple(cubes.values()), policy),
        assumptions=notes,
    )
    schools = tuple(read for read in reads if not read.figures)
    faults = (*(words for read in schools for words in read.faults), *known.faults)
    both = np.flatnonzero(known.shown & known.withheld)
    exposed += (Exposed("another file or row", both),) if len(both) else ()
    return Facts(system, exposed, tuple(located), schools, faults)


def _periods(table: Table) -> Column:
    names = [each for each in TIME_COLUMNS if each in table.columns][:3]
    if not names:
        return Column(("",), np.zeros(table.rows, np.int32))
    return joined([table.columns[each] for each in names])


def _published(keys: Iterable[tuple[Column, Column]], areas: Areas) -> Mapping[int, set[str]]:
    """By level, the periods that have a row."""
    found: dict[int, set[str]] = {}
    for place, period in keys:
        levels = place.mapped([areas.level[word] for word in place.words])
        pairs = np.unique(levels * len(period.words) + period.codes)
        for pair in pairs.tolist():
            level, code = divmod(pair, len(period.words))
            found.setdefault(level, set()).add(period.words[code])
    return found


def _locate(read: Read, figures: Figures, cube: Cube, keys: tuple[Column, Column]) -> Located:
    columns = {**figures.items, AREA: keys[0], PERIOD: keys[1]}
    items = {
        name: column.mapped([cube.dimension(name).place.get(each, 0) for each in column.words])
        for name, column in columns.items()
    }
    says = read.table.columns[figures.column].sayings
    return Located(read, figures, cube, cube.cells(items), says)


def _learn(known: Knowledge, each: Located, base: int, *, half_up: bool) -> None:
    says, source = each.says, each.read.table.source
    repeated = len(each.cell) - len(np.unique(each.cell))
    if repeated:
        known.faults.append(f"{source}: {repeated} rows repeat another one's place.")
    numbers = says.is_a(Kind.NUMBER)
    broken = numbers & (np.abs(says.value - np.rint(says.value)) > _WHOLE_NUMBER)
    if broken.any():
        known.faults.append(f"{source}, {each.figures.column}: {broken.sum()} broken numbers.")
    rounding = base or detected_base(says.value[numbers])
    low, high = window(says, rounding, half_up=half_up)
    telling = numbers | says.is_a(Kind.LOW, Kind.BELOW)
    known.learn(each.cell[telling], low[telling], high[telling])
    known.seen[each.cell] = True
    known.shown[each.cell[numbers | says.is_a(Kind.LOW)]] = True
    known.withheld[each.cell[says.is_a(Kind.WITHHELD, Kind.BELOW)]] = True


def _nothing_where_no_row(known: Knowledge, cubes: Iterable[Cube], areas: Areas) -> None:
    """A place without any row in a period that its level is published for had no session."""
    for cube in cubes:
        mine = slice(cube.first, cube.first + cube.size)
        names = [each.name for each in cube.dimensions]
        seen = known.seen[mine].reshape(cube.shape)
        inside = tuple(n for n, name in enumerate(names) if name not in (AREA, PERIOD, "phase"))
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


def _of_use(sums: Sums, known: Knowledge) -> Sums:
    """Without equations of which every number is known to be nothing, or no number is known."""
    fixed = (known.low == 0) & (known.high == 0)
    own = np.repeat(np.arange(sums.count), sums.size)
    moving = np.bincount(own, weights=~fixed[sums.part], minlength=sums.count) > 0
    return sums.chosen(moving | ~fixed[sums.total])


def _protected(known: Knowledge, cubes: Sequence[Cube], policy: KnownPolicy) -> Protected:
    """Possible sessions of every withheld row; every withheld number of pupils.

    Where a row's possible sessions are shown, or a file has none, each withheld count of it.
    """
    cells, candidates = [], []
    for cube in cubes:
        withheld = known.withheld[cube.first : cube.first + cube.size].reshape(cube.shape)
        names = [each.name for each in cube.dimensions]
        if MEASURE in names and POSSIBLE in cube.dimension(MEASURE).place:
            axis, place = names.index(MEASURE), cube.dimension(MEASURE).place[POSSIBLE]
            whole = np.take(withheld, [place], axis=axis)
            only = np.zeros_like(withheld)
            only[tuple(place if n == axis else slice(None) for n in range(len(names)))] = True
            withheld = withheld & (only | ~whole)
        found = np.flatnonzero(withheld) + cube.first
        cells.append(found)
        many = policy.candidate_values if cube.unit == PUPILS else 0
        candidates.append(np.full(len(found), many, np.int64))
    nothing = [np.zeros(0, np.int64)]
    return Protected(
        np.concatenate(cells or nothing),
        np.concatenate(candidates or nothing),
        policy.recovery_range_percent,
    )

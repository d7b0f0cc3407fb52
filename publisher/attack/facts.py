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
from publisher.attack.layout import SESSIONS, Read
from publisher.attack.learning import learn_tables, locate, nothing_where_no_row, periods_in
from publisher.attack.own_terms import terms_beside_weeks
from publisher.attack.places import Areas
from publisher.attack.policy import KnownPolicy
from publisher.attack.remarks import learn_remarks
from publisher.attack.schools import rows_with_few_schools
from publisher.attack.series import MEASURE, POSSIBLE
from publisher.attack.shares import Exposed, rates_of
from publisher.attack.system import Protected, Rates, Sums, System
from publisher.attack.tables import Column
from publisher.attack.times import periods_of
from publisher.attack.wholes import learn_wholes
from publisher.attack.wording import Vocabulary, remarks


@dataclass(frozen=True, repr=False)
class Facts:
    """The system, and what is wrong or peculiar with the files it was read from.

    exposed: withheld figures that another figure of the same files shows. few_schools: rows that
    are shown although too few schools contribute, in words. What the files say is in the system:
    it is not kept twice.
    """

    system: System
    exposed: tuple[Exposed, ...]
    few_schools: tuple[str, ...]
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
    keys = _keys(reads, areas)
    periods, notes = periods_of(_published(keys.values(), areas), policy.strike_days, own=own)
    every = [(each, keys[read.table.source][1]) for read in reads for each in read.figures]
    cubes = build_cubes(every, areas, periods, declared)
    known = Knowledge.of_nothing(sum(cube.size for cube in cubes.values()))
    known.base = declared.rounding or policy.rounding_base
    located = _located(reads, cubes, keys)
    learn_tables(known, located, half_up=policy.half_up)
    vocabulary = Vocabulary(areas, periods.items)
    said = [each for document in documents for each in remarks(document, vocabulary)]
    spoken = learn_remarks(known, cubes.values(), said, half_up=policy.half_up)
    if own:
        nothing_where_no_row(known, cubes.values(), areas)
    learn_wholes(known, located, policy)
    rates, exposed = rates_of(known, located, spoken, policy)
    system = _system(known, tuple(cubes.values()), rates, policy, notes)
    exposed = (*exposed, *_shown_and_withheld(known))
    few = rows_with_few_schools(located, [each for each in reads if not each.figures], policy)
    return Facts(system, exposed, few, _faults(reads, known))


def _located(
    reads: Sequence[Read],
    cubes: Mapping[CubeKey, Cube],
    keys: Mapping[str, tuple[Column, Column]],
) -> tuple[Located, ...]:
    return tuple(
        locate(read, figures, cubes[CubeKey.of(figures)], keys[read.table.source])
        for read in reads
        for figures in read.figures
    )


def _keys(reads: Sequence[Read], areas: Areas) -> dict[str, tuple[Column, Column]]:
    when = terms_beside_weeks({read.table.source: periods_in(read.table) for read in reads})
    return {
        each: (areas.add(read.table), when[each]) for read in reads if (each := read.table.source)
    }


def _system(
    known: Knowledge,
    cubes: tuple[Cube, ...],
    rates: Rates,
    policy: KnownPolicy,
    notes: tuple[str, ...],
) -> System:
    families = [family for cube in cubes for family in cube.equations()]
    return System(
        cubes=cubes,
        low=known.low,
        high=known.high,
        shown=known.shown,
        withheld=known.withheld,
        sums=_of_use(Sums.of([*families, *links(cubes)]), known),
        rates=rates,
        protected=_protected(known, cubes, policy),
        assumptions=notes,
    )


def _shown_and_withheld(known: Knowledge) -> tuple[Exposed, ...]:
    both = np.flatnonzero(known.shown & known.withheld)
    return (Exposed("another file or row", both),) if len(both) else ()


def _faults(reads: Sequence[Read], known: Knowledge) -> tuple[str, ...]:
    return (*(words for read in reads for words in read.faults), *known.faults)


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


def _of_use(sums: Sums, known: Knowledge) -> Sums:
    """Without equations of which every number is known to be nothing, or no number is known."""
    return sums.kept(sums.touched((known.low != 0) | (known.high != 0)))


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
        many = 0 if cube.unit == SESSIONS else policy.candidate_values
        candidates.append(np.full(len(found), many, np.int64))
    nothing = [np.zeros(0, np.int64)]
    return Protected(
        np.concatenate(cells or nothing),
        np.concatenate(candidates or nothing),
        policy.recovery_range_percent,
    )

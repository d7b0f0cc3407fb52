"""Figures in workbooks, pages and sentences as facts about the cells of the data files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from publisher.attack.dimensions import Cube
from publisher.attack.knowledge import Knowledge
from publisher.attack.series import AREA, MEASURE, PERIOD, PHASE, POSSIBLE
from publisher.attack.shares import SaidRate
from publisher.attack.values import Kind, Sayings, window
from publisher.attack.weighted import weighted_totals
from publisher.attack.wording import Remark

_ROW = {AREA, MEASURE, PERIOD, PHASE}


def learn_remarks(
    known: Knowledge,
    cubes: Iterable[Cube],
    found: Sequence[Remark],
    *,
    half_up: bool,
) -> list[SaidRate]:
    """Learn the counts among the remarks; return the rates, by source.

    Remarks about what no data file speaks of are left out.
    """
    cube = next((each for each in cubes if {d.name for d in each.dimensions} == _ROW), None)
    if cube is None:
        return []
    placed = [(each, cell) for each in found if (cell := _cell(cube, each)) >= 0]
    counts = [(each, cell) for each, cell in placed if not each.is_rate]
    if counts:
        cells = np.array([cell for _, cell in counts], np.int64)
        value = np.array([each.figure.value for each, _ in counts])
        says = Sayings(
            np.full(len(counts), int(Kind.NUMBER), np.int8), value, np.zeros(len(counts), np.int8)
        )
        known.learn(cells, *window(says, max(known.base, 1), half_up=half_up))
        known.shown[cells] = known.seen[cells] = True
    return list(_rates(cube, [each for each in placed if each[0].is_rate]))


def _cell(cube: Cube, remark: Remark) -> int:
    total = cube.first
    for each in cube.dimensions:
        place = each.place.get(remark.about.get(each.name, ""), -1)
        if place < 0:
            return -1
        total += place * cube.strides[each.name]
    return total


def _rates(cube: Cube, placed: Sequence[tuple[Remark, int]]) -> Iterator[SaidRate]:
    """Shares of possible sessions, with the decimals of the longest figure of each source."""
    measures = cube.dimension(MEASURE)
    if POSSIBLE not in measures.place:
        return
    by_source: dict[str, list[tuple[Remark, int]]] = {}
    for each, cell in placed:
        if each.about[MEASURE] != POSSIBLE:
            by_source.setdefault(each.source, []).append((each, cell))
    for source, some in by_source.items():
        top = np.array([cell for _, cell in some], np.int64)
        own = np.array([measures.place[each.about[MEASURE]] for each, _ in some], np.int64)
        bottom = top + (measures.place[POSSIBLE] - own) * cube.strides[MEASURE]
        share = np.array([each.figure.value for each, _ in some])
        half = 0.5 * 10.0 ** -max(each.figure.decimals for each, _ in some)
        halves, is_share = np.full(len(some), half), ~weighted_totals(cube, top)
        yield SaidRate(source, top, bottom, share, halves, is_share)

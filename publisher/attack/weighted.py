"""Rates that are no shares: to 2024/25 those of all schools are weighted to the census.

A weighted rate is not the count beside it divided by any count, so nothing about counts follows
from it. That no such rate is available says only that a phase has no census pupils.
"""

from __future__ import annotations

import numpy as np

from publisher.attack.dimensions import Cells, Cube
from publisher.attack.series import PERIOD, PHASE
from publisher.attack.system import Flags
from publisher.attack.times import Moment
from publisher.errors import UsageProblem
from publisher.model.phases import ALL_SCHOOLS
from publisher.reference.years import TotalsRegime, academic_year_of


def weighted_totals(cube: Cube, cell: Cells) -> Flags:
    """Which cells are totals of all schools in years in which their rates are weighted means."""
    if PHASE not in cube.strides:
        return np.zeros(len(cell), dtype=bool)
    places = np.unravel_index(cell - cube.first, cube.shape)
    found = {one.name: place for one, place in zip(cube.dimensions, places, strict=True)}
    weighted = np.array([_is_weighted(item) for item in cube.dimension(PERIOD).items])
    total = np.array([item == ALL_SCHOOLS for item in cube.dimension(PHASE).items])
    flags: Flags = weighted[found[PERIOD]] & total[found[PHASE]]
    return flags


def _is_weighted(period: str) -> bool:
    week = Moment.of(period).week
    try:
        return week is not None and academic_year_of(week.friday).totals is TotalsRegime.WEIGHTED
    except UsageProblem:
        return False

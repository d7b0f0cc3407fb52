"""Withheld groups of pupils that are surely large: withheld to protect others, and known closely.

Who is not looked after is nearly everybody. Withheld beside those who are, their number is known
to within the few that it protects. That is no harm where the group is withheld for its partner's
sake only; who made the release knows which those are, a reader only which groups are large.
"""

from __future__ import annotations

import numpy as np

from publisher.attack.dimensions import Cells, Cube
from publisher.attack.layout import SESSIONS
from publisher.attack.series import GROUP, PERIOD
from publisher.attack.system import Flags, Floats, System
from publisher.attack.times import Moment
from publisher.model.time import WEEK

_SESSIONS_A_WEEK = 10


def surely_large(system: System, cells: Cells, low: Floats, minimum_pupils: int) -> Flags:
    """Which of `cells` are groups with at least `minimum_pupils` pupils in any case.

    Args:
        system: the facts.
        cells: withheld ones.
        low: the lowest possible value of each of these cells.
        minimum_pupils: smaller groups are withheld for their own sake.
    """
    found = np.zeros(len(cells), dtype=bool)
    for cube in system.cubes:
        inside = (cells >= cube.first) & (cells < cube.first + cube.size)
        if GROUP not in cube.strides or not inside.any():
            continue
        each = np.ones(int(inside.sum()))
        if cube.unit == SESSIONS:
            weeks = _weeks(cube)
            places = (cells[inside] - cube.first) // cube.strides[PERIOD] % len(weeks)
            each = _SESSIONS_A_WEEK * weeks[places]
        found[inside] = low[inside] >= minimum_pupils * each
    return found


def _weeks(cube: Cube) -> Floats:
    """How many weeks each period covers; one that nothing adds up to, as many as there are."""
    periods = cube.dimension(PERIOD)
    most = np.array([Moment.of(each).time_frame == WEEK for each in periods.items]).sum()
    found = np.full(len(periods.items), max(float(most), 1.0))
    for place, item in enumerate(periods.items):
        if Moment.of(item).time_frame == WEEK:
            found[place] = 1.0
    return found

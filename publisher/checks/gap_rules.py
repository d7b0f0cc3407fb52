"""Rules about figures that nobody knows: a total is not known where one of its parts is not.

A total that left such a part out would be about other schools than its row, and the difference to
other totals would be about fewer schools still.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from publisher.checks.cube import Cube, Mask
from publisher.checks.tally import Tally
from publisher.model.definitions import Level
from publisher.model.status import CellStatus

_LEVELS = ((Level.NATIONAL, Level.REGIONAL), (Level.REGIONAL, Level.LOCAL_AUTHORITY))


def totals_know_their_parts(cube: Cube, column: str, total: str) -> Tally:
    """No figure is known for all schools (`total`), a region or England of which a part is not.

    A part that is withheld may be known or not; it says nothing here.
    """
    of_phases = cube.rows_where(education_phase=[total])
    failing = _known_above(cube, column, of_phases, ~of_phases, ["location"])
    for above, inside in _LEVELS:
        within = ["region_code"] if above is Level.REGIONAL else []
        failing |= _known_above(
            cube,
            column,
            cube.rows_where(geographic_level=[above]),
            cube.rows_where(geographic_level=[inside]),
            ["education_phase", *within],
        )
    return Tally.of(failing, cube.lines > 0)


def _known_above(
    cube: Cube, column: str, is_total: Mask, is_part: Mask, alike: Sequence[str]
) -> Mask:
    """Where a total is known and a part, which agrees with it in `alike`, is not available."""
    group = cube.groups(alike)
    unknown = cube.has_status(column, CellStatus.NOT_AVAILABLE)
    gaps = np.zeros((int(group.max(initial=-1)) + 1, unknown.shape[1]), dtype=bool)
    np.logical_or.at(gaps, group[is_part], unknown[is_part])
    return np.asarray(is_total[:, None] & cube.known(column) & gaps[group])

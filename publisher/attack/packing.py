"""Worlds written down: in full, or as the difference from another one.

Most worlds of a release are another one in which a part of it was changed, so their differences are
nothing but zeros nearly everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from publisher.attack.worlds import Whole, World

IN_FULL = -1
"""In place of the number of another world."""
_MOST_CHANGED = 0.5
"""Share of the values that may differ from those of the other world."""
_TYPES = (np.int8, np.int16, np.int32, np.int64)


@dataclass(frozen=True, repr=False)
class Packed:
    """`values` of a world, or what they are more than in the world number `other`."""

    values: Whole
    other: int = IN_FULL


def packed(worlds: Sequence[World]) -> list[Packed]:
    """Every world in full, or as the difference from the nearest that is and has the same cells."""
    in_full: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    found = []
    for number, world in enumerate(worlds):
        alike = in_full[world.first, len(world.values), world.unit]
        nearest = _nearest(world, [(other, worlds[other]) for other in alike])
        found.append(nearest or Packed(narrowest(world.values)))
        if nearest is None:
            alike.append(number)
    return found


def _nearest(world: World, others: Sequence[tuple[int, World]]) -> Packed | None:
    changed = [np.count_nonzero(world.values != each.values) for _, each in others]
    if not changed or min(changed) > _MOST_CHANGED * len(world.values):
        return None
    other, nearest = others[int(np.argmin(changed))]
    return Packed(narrowest(world.values.astype(np.int64) - nearest.values), other)


def unpacked(number: int, values_of: Callable[[int], Whole], others: Sequence[int]) -> Whole | None:
    """The values of a world; None where it was not packed like this.

    Args:
        number: of the world.
        values_of: what is written of the world with a number.
        others: for each world the number of the one that it differs from, or `IN_FULL`.
    """
    other, values = others[number], values_of(number)
    if other == IN_FULL:
        return values
    if not 0 <= other < len(others) or others[other] != IN_FULL:
        return None
    base = values_of(other)
    return values.astype(np.int64) + base if len(base) == len(values) else None


def narrowest(values: Whole) -> Whole:
    """Whole numbers of as few bytes as hold the values."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    fitting = (each for each in _TYPES if np.iinfo(each).min <= low and high <= np.iinfo(each).max)
    return values.astype(next(fitting))

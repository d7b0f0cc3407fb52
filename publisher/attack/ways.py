"""Which way each open number is pushed, and how far, so that two worlds settle it.

Where groups of pupils add up to one number, some go up by about as much as others go down: pushed
all one way, none of them could move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publisher.attack.dimensions import Cells
from publisher.attack.lattice import AxisSums, Lattice
from publisher.attack.leaves import Leaves
from publisher.attack.reflections import Push
from publisher.attack.system import Flags, Floats

_BEYOND, _AT_LEAST = 0.01, 0.05
"""By how much targets lie beyond what the policy asks for."""
_ALIKE = 0.1
"""What is preferred by less than this is not."""
_LAST_FEW = 10
"""So few rows, or slots, are left because they stand in one another's way."""

Ways = NDArray[np.int8]


@dataclass(frozen=True, repr=False)
class Wanted:
    """Open numbers, by slot, and where two worlds would settle each.

    here: where they are without a push. least, most: where they have been. down, up: two values
    that would settle them.
    """

    slot: Cells
    here: Floats
    least: Floats
    most: Floats
    down: Floats
    up: Floats

    def pushed(self, ways: Ways, force: float) -> Push:
        """A push of those with a way; in each step by a share of the way from here."""
        chosen = np.flatnonzero(ways)
        up = ways[chosen] > 0
        target = np.where(up, self.up[chosen], self.down[chosen])
        return Push(self.slot[chosen], up, target, force * np.abs(target - self.here[chosen]))

    def chosen(self, which: Flags, first: int) -> Wanted:
        """Some of them, with slots counted from `first`."""
        values = (self.here, self.least, self.most, self.down, self.up)
        return Wanted(self.slot[which] - first, *(each[which] for each in values))


def towards_the_middle(slot: Cells, here: Floats, low: Floats, high: Floats, force: float) -> Push:
    """A push of slots with two bounds to where they can go both ways."""
    slot = slot[np.isfinite(high[slot])]
    middle = (low[slot] + high[slot]) / 2
    return Push(slot, middle > here[slot], middle, force * np.abs(middle - here[slot]))


def around(
    here: Floats, apart: Floats, keep: float, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Two values that are far enough apart, `here` between them, moved to within the bounds.

    Args:
        here: values of the first world.
        apart: by how much they must differ; negative where the lower must be below `keep` times
            the higher.
        keep: less than 1.
        low: lowest values.
        high: highest values.
    """
    counted = apart >= 0
    step = _more(np.where(counted, apart / 2, here * (keep**-0.5 - 1)))
    down = np.maximum(here - step, low)
    up = np.minimum(np.maximum(here + step, _above(down, apart, keep)), high)
    return np.maximum(np.minimum(down, _below(up, apart, keep)), low), up


def beyond(
    least: Floats, most: Floats, apart: Floats, keep: float, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """What settles numbers that were between `least` and `most`: from below, and from above."""
    down = np.maximum(_below(most, apart, keep), low)
    return down, np.minimum(_above(least, apart, keep), high)


def _above(value: Floats, apart: Floats, keep: float) -> Floats:
    return value + _more(np.where(apart >= 0, apart, value / keep - value))


def _below(value: Floats, apart: Floats, keep: float) -> Floats:
    return value - _more(np.where(apart >= 0, apart, value - value * keep))


def _more(step: Floats) -> Floats:
    return np.asarray(step * (1 + _BEYOND) + _AT_LEAST)


def preferred(wanted: Wanted) -> Floats:
    """From -1, down, to 1, up: which of the two values is nearer; 0 where both are as far.

    Where one of them was reached before it is the other.
    """
    up, down = wanted.up - wanted.here, wanted.here - wanted.down
    both = np.maximum(np.abs(up) + np.abs(down), _AT_LEAST)
    low, high = wanted.least - wanted.down < _AT_LEAST, wanted.up - wanted.most < _AT_LEAST
    return np.where(low == high, (down - up) / both, np.where(low, 1.0, -1.0))


def of_all_periods(lattice: Lattice, slots: Cells, preferred: Floats) -> Floats:
    """The mean over the periods of each row: sums of days and weeks move as their parts do."""
    rows, periods = slots // lattice.shape[-1], len(slots)
    total = np.bincount(rows, preferred, minlength=lattice.size // lattice.shape[-1])
    count = np.bincount(rows, minlength=len(total))
    return np.asarray(total[rows] / count[rows]) if periods else preferred


def by_rows(lattice: Lattice, slots: Cells, share: float, draw: np.random.Generator) -> Flags:
    """Some of the slots: all periods of a row, or none; one by one the last few rows or slots."""
    rows = slots // lattice.shape[-1]
    for each in (slots, rows):
        left = np.unique(each)
        if 0 < len(left) <= _LAST_FEW:
            return np.asarray(each == draw.choice(left))
    return np.asarray(draw.random(lattice.size // lattice.shape[-1])[rows] < share)


def by_chance(lattice: Lattice, slots: Cells, preferred: Floats, draw: np.random.Generator) -> Ways:
    """Ways as they are preferred; where both are alike a coin is thrown for each row."""
    rows = slots // lattice.shape[-1]
    coin = draw.integers(0, 2, lattice.size // lattice.shape[-1])[rows] * 2 - 1
    return np.where(np.abs(preferred) < _ALIKE, coin, np.sign(preferred)).astype(np.int8)


def balanced(
    leaves: Leaves,
    wanted: Wanted,
    preferred: Floats,
    room: tuple[Floats, Floats],
    draw: np.random.Generator,
) -> Ways:
    """Ways of groups that add up to one number: as much up as down, but for what that number moves.

    Args:
        leaves: the lattice with the groups.
        wanted: its open numbers, by their slots in this lattice.
        preferred: which way each would go by itself.
        room: by how much each slot of the lattice may rise, and by how much it may fall.
        draw: the order in which groups come.

    Returns:
        Ways; 0 for groups that are not pushed, because more would go one way than the other.
    """
    shape, axis = leaves.lattice.shape, leaves.axis
    ways = np.where(np.abs(preferred) < _ALIKE, 0.0, np.sign(preferred))
    values = (wanted.up - wanted.here, wanted.down - wanted.here, ways)
    spread = (_spread(leaves.lattice.size, wanted.slot, each) for each in values)
    up, down, own = (np.moveaxis(each.reshape(shape), axis, 0) for each in spread)
    rise, fall = (np.moveaxis(each.reshape(shape), axis, 0) for each in room)
    moves = _Moves(up, down, own, rise, fall, draw)
    for total, divisions in _downwards(leaves.lattice.sums[axis]):
        moves.divide(total, divisions)
    found = np.sign(moves.chosen).astype(np.int8)
    return np.ascontiguousarray(np.moveaxis(found, 0, axis)).reshape(-1)[wanted.slot]


def _spread(size: int, slots: NDArray[np.int64], values: NDArray[np.generic]) -> Floats:
    found = np.zeros(size)
    found[slots] = values
    return found


def _downwards(sums: AxisSums) -> list[tuple[int, list[tuple[int, ...]]]]:
    """Every total with its divisions, before those of its parts."""
    order: list[int] = []
    waiting = {total for total, _ in sums}
    while waiting:
        below = {part for total, parts in sums if total in waiting for part in parts}
        order += sorted(waiting - below)
        waiting &= below
    return [(total, [parts for each, parts in sums if each == total]) for total in order]


class _Moves:
    """By how much each group goes up or down; groups along the first axis of every array.

    chosen: moves; 0 for groups that are not pushed.
    """

    def __init__(
        self,
        up: Floats,
        down: Floats,
        ways: Floats,
        rise: Floats,
        fall: Floats,
        draw: np.random.Generator,
    ) -> None:
        self._up, self._down, self._ways = up, down, ways
        self._rise, self._fall, self._draw = rise, fall, draw
        self.chosen = np.zeros_like(up)
        self._decided = np.zeros(len(up), dtype=bool)

    def divide(self, total: int, divisions: Sequence[tuple[int, ...]]) -> None:
        """Choose moves of the parts of a total that go with its own."""
        if not self._decided[total]:
            coin = self._draw.integers(0, 2, (*self._ways[total].shape[:-1], 1)) * 2 - 1
            way = np.where(self._ways[total] == 0, coin, self._ways[total])
            self._choose(total, np.where(way > 0, self._up[total], self._down[total]))
        own = self.chosen[total]
        drift = np.max([self._drift(parts) for parts in divisions], axis=0)
        drift = np.clip(drift, -self._fall[total], self._rise[total])
        planned = np.where(own != 0, own, drift)
        above = np.where(own != 0, 0.0, self._rise[total] - planned)
        below = np.where(own != 0, 0.0, self._fall[total] + planned)
        for parts in divisions:
            self._share(np.array(parts), planned, above, below)

    def _choose(self, item: int | NDArray[np.int64], moves: Floats) -> None:
        self.chosen[item], self._decided[item] = moves, True

    def _drift(self, parts: tuple[int, ...]) -> Floats:
        """By how much a sum moves when half of its parts go up and half of them down."""
        return np.asarray((self._up[list(parts)] + self._down[list(parts)]).sum(axis=0) / 2)

    def _share(
        self, parts: NDArray[np.int64], planned: Floats, above: Floats, below: Floats
    ) -> None:
        """Choose moves of the parts that no other sum has chosen, so that all add up as planned."""
        free = self._draw.permutation(parts[~self._decided[parts]])
        planned = planned - self.chosen[parts].sum(axis=0)
        moves = self._in_turn(free, planned)
        self._choose(free, _thinned(moves, planned + above, below - planned))

    def _in_turn(self, parts: NDArray[np.int64], planned: Floats) -> Floats:
        """Moves; where there is a choice, towards what is planned after those before."""
        moves, missing = np.zeros((len(parts), *planned.shape)), planned.copy()
        for n, part in enumerate(parts.tolist()):
            way = np.where(self._ways[part] == 0, missing, self._ways[part])
            moves[n] = np.where(way < 0, self._down[part], self._up[part])
            missing -= moves[n]
        return moves


def _thinned(moves: Floats, most: Floats, least: Floats) -> Floats:
    """Moves along the first axis without those that take their sum above `most` or below `-least`.

    One each way is left in any case: parts that are not pushed can make up for it.
    """
    up, down = np.maximum(moves, 0), np.maximum(-moves, 0)
    rising, falling = np.cumsum(up, axis=0), np.cumsum(down, axis=0)
    above = (rising <= down.sum(axis=0) + most) | (rising == up)
    below = (falling <= up.sum(axis=0) + least) | (falling == down)
    return np.where(above & below, moves, 0.0)

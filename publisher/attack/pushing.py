"""Worlds of a whole country: every withheld number that is still open pushed up or down at once.

The first world is one that agrees with everything. In each further one the numbers that no two
worlds settle yet are pushed to where the policy asks for, upwards or downwards by chance, and
everything else follows. Nothing is solved to an optimum: what a world does not reach is pushed
again in the next. A world counts only when its whole multiples of a small unit agree exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from publisher.attack.dimensions import Cells
from publisher.attack.ensembles import Ensemble, ensembles_of
from publisher.attack.propagation import Bounds
from publisher.attack.reflections import Push, Reflections
from publisher.attack.system import Floats, System
from publisher.attack.ways import (
    Wanted,
    around,
    balanced,
    beyond,
    by_chance,
    by_rows,
    of_all_periods,
    preferred,
    towards_the_middle,
)
from publisher.attack.worlds import SILENT, Whole, World, Worlds
from publisher.model.progress import Progress

_MOST_WORLDS, _MOST_QUICK = 30, 60
_MOST_SLOTS = 40_000_000
"""Slots of all worlds of the same cubes: of large ones, which take long, there are fewer worlds."""
_FEWEST_SETTLED = 0.002
"""Two pushes that settle a smaller share of what is withheld are the last."""
_QUICK, _IN_VAIN, _NEXT_TO_NONE = 1_000_000, 10, 0.01
"""Numbers of a system up to which a push takes no time; then so many that settle a smaller share of
what is open are the last."""
_UNTIL = 3
"""Worlds that are always looked for: one, and a push each way."""
_SEED = 20250908
_PUSHED = 100
"""Steps with a push; what is not where it should be by then will not get there."""
_FORCE, _MOST_FORCE = 0.05, 0.8
"""Share of the way to its target by which a number is pushed in each step, at first and at last."""
_ALL_PERIODS = 5
"""Of so many pushes all but one take all periods of a row the same way."""
_ALL_AT_ONCE, _SHARE_OF_ROWS = 2, 0.3
"""Pushes of all rows; later ones are of some rows only, because others must make up for them."""
_GENTLE = 2
"""Pushes before each is twice as strong as the one before: fewer numbers are left to push. Of few
worlds none is pushed gently."""
_STRETCH, _MOST_STRETCHES = 50, 24
"""Steps between two attempts to add up exactly, and how often that is tried."""
_NEAR, _NEAR_ENOUGH = 1e-5, 0.02
"""Distance from the bounds at which a stretch ends, and from which an attempt is worth while."""
_MOST_ATTEMPTS, _MOST_FAILED = 5, 2
"""Attempts from about the same place, and pushes that may end without a world."""


def push_together(system: System, bounds: Bounds, worlds: Worlds, progress: Progress) -> None:
    """Keep worlds of a system that settle protected numbers.

    Args:
        system: the facts.
        bounds: what propagation left open.
        worlds: where worlds are kept.
        progress: where to show how far it is.
    """
    every = [
        _Search(system, bounds, each)
        for each in ensembles_of(system, bounds)
        if each is not None and not _has_rates(system, each)
    ]
    most = max((each.most for each in every), default=0)
    with progress.stage("Looking for worlds", most) as advance:
        for _ in range(most):
            found = [
                _world(each.ensemble, one)
                for each in every
                if (one := each.next(worlds)) is not None
            ]
            if not found and all(each.ended for each in every):
                break
            for each in found:
                worlds.add(each)
            advance(1)


def _is_quick(system: System) -> bool:
    """Whether pushes cost next to nothing."""
    return system.cells <= _QUICK


def _has_rates(system: System, ensemble: Ensemble) -> bool:
    """Rates are no sums: cubes with rates are left out."""
    rates = np.concatenate([system.rates.numerator, system.rates.denominator])
    return bool(np.isin(rates, ensemble.cells).any())


def _world(ensemble: Ensemble, own: Whole) -> World:
    """A world of one group of cubes; silent about all others."""
    first, last = int(ensemble.cells.min()), int(ensemble.cells.max())
    values = np.full(last - first + 1, SILENT, np.int64)
    values[ensemble.cells - first] = own
    return World(values, ensemble.unit, first)


class _Search:
    """Worlds of one group of cubes, one after the other.

    `most`: how many are looked for. `ended`: there will be no further one.
    """

    def __init__(self, system: System, bounds: Bounds, ensemble: Ensemble) -> None:
        self.ensemble = ensemble
        most = _MOST_QUICK if _is_quick(system) else _MOST_WORLDS
        self.most = min(max(_MOST_SLOTS // len(ensemble.low), _UNTIL), most)
        self._system = system
        self._own, self._slot = _open_slots(system, bounds, ensemble)
        self._draw = np.random.default_rng(_SEED)
        self._reflections: Reflections | None = None
        self._first = self._stand = np.zeros(0)
        self._settled: list[int] = []
        self._failed = 0
        self.ended = not len(self._own)

    def next(self, worlds: Worlds) -> Whole | None:
        """Exact values of its cells in a further world; None if none is found this time."""
        self._settled.append(int(worlds.settled[self._own].sum()))
        self.ended = self.ended or self._is_enough()
        if self.ended:
            return None
        if self._reflections is None:
            self._reflections = self.ensemble.reflections()
            self._first, self._stand, found = self._first_world(self._reflections)
        else:
            push = self._push(self._reflections, worlds)
            _, _, found = self._searched(self._reflections, self._stand.copy(), push)
        if found is None:
            # Another push goes elsewhere; without a first world there is nothing to push.
            self._failed += 1
            self.ended = self._failed > _MOST_FAILED or self._pushes == 0
        return found

    def _first_world(self, reflections: Reflections) -> tuple[Floats, Floats, Whole | None]:
        """A world with room both ways; where no periods add up the first guess has that."""
        guess = self.ensemble.first_guess()
        if not any(each.sums[-1] for each in self.ensemble.lattices):
            return self._searched(reflections, guess, None)
        middle = towards_the_middle(self._slot, guess, reflections.low, reflections.high, _FORCE)
        return self._searched(reflections, guess, middle)

    @property
    def _pushes(self) -> int:
        """How many there were with the one that is under way."""
        return len(self._settled) - 1

    def _is_enough(self) -> bool:
        """Whether all are settled, few were by the last two pushes, or it takes too long."""
        worlds, every = self._pushes - self._failed, len(self._own)
        settled = self._settled[-1]
        if worlds >= self.most or settled == every:
            return True
        # A world and one push settle something at the earliest.
        if _is_quick(self._system):
            before = self._settled[max(0, self._pushes - _IN_VAIN)]
            vain = settled - before <= _NEXT_TO_NONE * (every - before)
            return worlds > _UNTIL + _IN_VAIN and vain
        return worlds > _UNTIL and settled - self._settled[-3] < _FEWEST_SETTLED * every

    def _searched(
        self, reflections: Reflections, stand: Floats, push: Push | None
    ) -> tuple[Floats, Floats, Whole | None]:
        """Search until values add up exactly: these, where it stands, and the exact ones."""
        pushed = 0 if push is None else _PUSHED
        attempts = 0
        for _ in range(_MOST_STRETCHES):
            values, stand, far = reflections.from_(stand, push, pushed, _STRETCH + pushed, _NEAR)
            pushed = 0
            if far > _NEAR_ENOUGH:
                continue
            attempts += 1
            found = self._exact(values)
            if found is not None or attempts == _MOST_ATTEMPTS:
                return values, stand, found
        return values, stand, None

    def _exact(self, values: Floats) -> Whole | None:
        """Values in whole units, if they lie within what figures say."""
        found = self.ensemble.exact(values)
        cells, unit = self.ensemble.cells, self.ensemble.unit
        low, high = self._system.low[cells] * unit, self._system.high[cells] * unit
        return found if ((found >= low) & (found <= high)).all() else None

    def _push(self, reflections: Reflections, worlds: Worlds) -> Push:
        """Push what no two worlds settle; what went one way before goes the other way now."""
        wanted = self._wanted(reflections, worlds)
        rise, fall = reflections.high - self._first, self._first - reflections.low
        wishes, start = preferred(wanted), 0
        ways = np.zeros(len(wishes), np.int8)
        for lattice, leaves in zip(self.ensemble.lattices, self.ensemble.leaves, strict=True):
            end = start + lattice.size
            mine = (wanted.slot >= start) & (wanted.slot < end)
            own, room = wanted.chosen(mine, start), (rise[start:end], fall[start:end])
            # Rows of which no periods add up have nothing to do with one another.
            linked = bool(lattice.sums[-1])
            if self._pushes > _ALL_AT_ONCE:
                share = _SHARE_OF_ROWS if linked else 1.0
                few = by_rows(lattice, own.slot, share, self._draw)
                mine[np.flatnonzero(mine)[~few]] = False
                own = wanted.chosen(mine, start)
            wish = wishes[mine]
            if linked and self._pushes % _ALL_PERIODS:
                wish = of_all_periods(lattice, own.slot, wish)
            ways[mine] = (
                balanced(leaves, own, wish, room, self._draw)
                if leaves.axis >= 0
                else by_chance(lattice, own.slot, wish, self._draw)
            )
            start = end
        gentle = _GENTLE if self.most > _UNTIL else 0
        force = min(_FORCE * 2.0 ** max(0, self._pushes - gentle), _MOST_FORCE)
        return wanted.pushed(ways, force)

    def _wanted(self, reflections: Reflections, worlds: Worlds) -> Wanted:
        """Where open numbers should go: around the first world, later beyond all worlds."""
        protected, open_ = self._system.protected, ~worlds.settled[self._own]
        own, slot = self._own[open_], self._slot[open_]
        here, apart = self._first[slot], protected.candidates[own].astype(np.float64) - 1
        keep = 1 - protected.percent / 100
        low, high = reflections.low[slot], reflections.high[slot]
        met = worlds.lowest_in[own] >= 0
        least, most = (np.where(met, each[own], here) for each in (worlds.lowest, worlds.highest))
        first = around(here, apart, keep, low, high)
        later = beyond(least, most, apart, keep, low, high)
        down, up = (np.where(most > least, b, a) for a, b in zip(first, later, strict=True))
        return Wanted(slot, here, least, most, down, up)


def _open_slots(
    system: System, bounds: Bounds, ensemble: Ensemble
) -> tuple[NDArray[np.int64], Cells]:
    """Numbers of the protected cells of an ensemble whose ranges are wide, by their slots."""
    where = np.full(system.cells, -1, np.int64)
    where[ensemble.cells] = ensemble.slots
    protected = system.protected
    slot = where[protected.cell]
    wide = protected.holds(bounds.low[protected.cell], bounds.high[protected.cell])
    own = np.flatnonzero((slot >= 0) & wide)
    own = own[np.argsort(slot[own], kind="stable")]
    return own, slot[own]

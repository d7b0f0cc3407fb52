"""Worlds of a whole country: every withheld number that is still open pushed up or down at once.

The first world is one that agrees with everything. In each further one the numbers that no two
worlds settle yet are pushed to where the policy asks for, upwards or downwards by chance, and
everything else follows. Nothing is solved to an optimum: what a world does not reach is pushed
again in the next. A world counts only when its whole multiples of a small unit agree exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.attack.ensembles import UNIT, Ensemble, ensembles_of
from publisher.attack.leaves import alternating
from publisher.attack.propagation import Bounds
from publisher.attack.reflections import Push, Reflections
from publisher.attack.system import Flags, Floats, System
from publisher.attack.worlds import SILENT, Whole, World, Worlds
from publisher.model.progress import Progress

_MOST_WORLDS = 5
"""Worlds beside the first."""
_FEWEST_SETTLED = 0.005
"""A further world is looked for while the last settled at least this share of what is withheld."""
_SEED = 20250908
_PUSHED = 100
"""Steps with a push; what is not where it should be by then will not get there."""
_STRETCH, _MOST_STRETCHES = 200, 10
"""Steps between two attempts to add up exactly, and how often that is tried."""
_NEAR, _NEAR_ENOUGH = 1e-5, 0.02
"""Distance from the bounds at which a stretch ends, and from which an attempt is worth while."""
_BEYOND = 0.01
"""Targets lie this much beyond what the policy asks for."""
_AT_LEAST = 0.05
_FORCE = 0.05

IN_FRACTIONS = (
    f"Worlds are in multiples of 1/{UNIT:,} of a session or pupil: what follows only from counts "
    "being whole is tested by propagation, not by worlds."
)
NOT_FOUND = "No world was found for some parts of the release: nothing is proved of these."


def push_together(
    system: System, bounds: Bounds, worlds: Worlds, progress: Progress
) -> tuple[str, ...]:
    """Keep worlds of a large system that settle protected numbers; return what they do not show."""
    every = [
        _Searched(system, bounds, each)
        for each in ensembles_of(system, bounds)
        if each is not None and not _has_rates(system, each)
    ]
    found = False
    with progress.stage("Looking for worlds", _MOST_WORLDS + 1) as advance:
        for number in range(_MOST_WORLDS + 1):
            before = int(worlds.settled.sum())
            world = _world(system, [each.next(worlds, first=number == 0) for each in every])
            if world is not None and worlds.add(world):
                found = True
            advance(1)
            gained = int(worlds.settled.sum()) - before
            if not found or (number > 1 and gained < _FEWEST_SETTLED * len(worlds.settled)):
                break
    silent = not found or any((each.values == SILENT).any() for each in worlds.kept)
    return (*((NOT_FOUND,) if silent else ()), *((IN_FRACTIONS,) if found else ()))


def _has_rates(system: System, ensemble: Ensemble) -> bool:
    """Rates are no sums: parts with rates are left to others."""
    rates = np.concatenate([system.rates.numerator, system.rates.denominator])
    return bool(np.isin(rates, ensemble.cells).any())


def _world(system: System, parts: list[tuple[Ensemble, Whole | None]]) -> World | None:
    """One world from those of the parts; silent about parts without one."""
    units = [each.unit for each, values in parts if values is not None]
    if not units:
        return None
    unit = max(units)
    found = np.full(system.cells, SILENT, np.int64)
    for each, values in parts:
        if values is not None:
            found[each.cells] = values * (unit // each.unit)
    return World(found, unit)


@dataclass(repr=False)
class _Searched:
    """One ensemble, its first world, and where the search for that ended."""

    system: System
    bounds: Bounds
    ensemble: Ensemble

    def __post_init__(self) -> None:
        cells = self.ensemble.cells
        where = np.full(self.system.cells, -1, np.int64)
        where[cells] = self.ensemble.slots
        protected = self.system.protected
        mine = where[protected.cell] >= 0
        ranges = self.bounds.low[protected.cell], self.bounds.high[protected.cell]
        self._own = np.flatnonzero(mine & protected.holds(*ranges))
        self._own = self._own[np.argsort(where[protected.cell[self._own]], kind="stable")]
        self._slot = where[protected.cell[self._own]]
        self._draw = np.random.default_rng(_SEED)
        self._ways: Flags | None = None
        self._again = False
        self._first: Floats | None = None

    def next(self, worlds: Worlds, *, first: bool) -> tuple[Ensemble, Whole | None]:
        """A further world of the ensemble; none where none is found."""
        if first:
            return self.ensemble, self._begin()
        if self._first is None:
            return self.ensemble, None
        push = self._push(worlds)
        if not len(push.slot):
            return self.ensemble, self._settled(self._first)
        _, _, found = self._searched(self._stand.copy(), push)
        return self.ensemble, self._settled(self._first) if found is None else found

    def _begin(self) -> Whole | None:
        self._search: Reflections = self.ensemble.reflections()
        guess = self.ensemble.first_guess()
        values, self._stand, found = self._searched(guess, None)
        self._first = None if found is None else values
        return found

    def _searched(self, start: Floats, push: Push | None) -> tuple[Floats, Floats, Whole | None]:
        """Search until values add up exactly: these, where it stands, and the exact ones."""
        stand, pushed, found = start, _PUSHED if push is not None else 0, None
        for _ in range(_MOST_STRETCHES):
            steps = _STRETCH + pushed
            values, stand, far = self._search.from_(stand, push, pushed, steps, _NEAR)
            pushed = 0
            found = self._settled(values) if far <= _NEAR_ENOUGH else None
            if found is not None:
                break
        return values, stand, found

    def _settled(self, values: Floats) -> Whole | None:
        """Values in whole units, if they lie within what figures say."""
        found = self.ensemble.exact(values)
        cells, unit = self.ensemble.cells, self.ensemble.unit
        low, high = self.system.low[cells] * unit, self.system.high[cells] * unit
        return found if ((found >= low) & (found <= high)).all() else None

    def _push(self, worlds: Worlds) -> Push:
        """Push what no two worlds settle; every other time the other way."""
        assert self._first is not None
        here = self._first[self._slot]
        up, down = self._targets(worlds, here)
        open_ = ~worlds.settled[self._own]
        self._ways = self._drawn(open_) if self._ways is None else ~self._ways
        ways = self._ways
        if self._again:
            self._ways = None
        self._again = not self._again
        low, high = (each[self._slot] for each in (self._search.low, self._search.high))
        ways = (ways | (down < low)) & (up <= high)
        target = np.where(ways, up, down)
        force = _FORCE * np.abs(target - here)
        return Push(self._slot[open_], ways[open_], target[open_], force[open_])

    def _drawn(self, open_: Flags) -> Flags:
        """Ways by chance; of open groups of pupils of one topic and row every other one goes up."""
        ways = self._draw.random(len(open_)) < 0.5  # noqa: PLR2004  (a coin)
        start = 0
        for lattice, leaves in zip(self.ensemble.lattices, self.ensemble.leaves, strict=True):
            mine = (self._slot >= start) & (self._slot < start + lattice.size)
            if leaves.axis >= 0:
                up = alternating(leaves, self._slot[mine & open_] - start, self._draw)
                ways[mine & open_] = up
            start += lattice.size
        return ways

    def _targets(self, worlds: Worlds, here: Floats) -> tuple[Floats, Floats]:
        """What is far enough above, and far enough below; half as far from the first world."""
        protected = self.system.protected
        many = protected.candidates[self._own] - 1.0
        keep = 1 - protected.percent / 100
        if len(worlds.kept) <= 1:
            step = np.where(many >= 0, many / 2, here * (keep**-0.5 - 1))
            step = step * (1 + _BEYOND) + _AT_LEAST
            return here + step, here - step
        least, most = worlds.lowest[self._own], worlds.highest[self._own]
        up = np.where(many >= 0, least + many, least / keep)
        down = np.where(many >= 0, most - many, most * keep)
        beyond = _BEYOND * (most - least) + _AT_LEAST
        return up + beyond, down - beyond

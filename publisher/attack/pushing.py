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
from publisher.attack.ensembles import UNIT, Ensemble, ensembles_of
from publisher.attack.leaves import alternating
from publisher.attack.propagation import Bounds
from publisher.attack.reflections import Push, Reflections
from publisher.attack.system import Flags, Floats, System
from publisher.attack.worlds import SILENT, Whole, World, Worlds
from publisher.model.progress import Progress

_MOST_WORLDS = 12
"""Worlds, of cubes of any size."""
_MOST_OF_LARGE, LARGE = 4, 1_000_000
"""Worlds of cubes of the same figures with more slots than this, which take long."""
_FEWEST_SETTLED = 0.005
"""A push that settles a smaller share of what is withheld is the last."""
_SEED = 20250908
_PUSHED = 100
"""Steps with a push; what is not where it should be by then will not get there."""
_STRETCH, _MOST_STRETCHES = 100, 16
"""Steps between two attempts to add up exactly, and how often that is tried."""
_NEAR, _NEAR_ENOUGH = 1e-5, 0.01
"""Distance from the bounds at which a stretch ends, and from which an attempt is worth while."""
_BEYOND, _AT_LEAST = 0.01, 0.05
"""By how much targets lie beyond what the policy asks for."""
_FORCE = 0.05

IN_SMALL_UNITS = (
    f"Worlds are in multiples of 1/{UNIT:,} of a session or pupil: what follows only from counts "
    "being whole is tested by propagation, not by worlds."
)
NOT_FOUND = "For some parts of the release no world was found: of these nothing is proved."
LEFT_OUT = (
    "Whole worlds were looked for where that is quick; publisher attack looks for those of all "
    "sessions."
)


def push_together(
    system: System, bounds: Bounds, worlds: Worlds, progress: Progress, *, patient: bool
) -> tuple[str, ...]:
    """Keep worlds of a large system that settle protected numbers.

    Args:
        system: the facts.
        bounds: what propagation left open.
        worlds: where worlds are kept.
        progress: where to show how far it is.
        patient: also search the largest groups of cubes.

    Returns:
        What these worlds do not show.
    """
    every = [
        _Search(system, bounds, each)
        for each in ensembles_of(system, bounds)
        if each is not None
        and not _has_rates(system, each)
        and (patient or len(each.low) <= LARGE)
    ]
    with progress.stage("Looking for worlds", _MOST_WORLDS) as advance:
        for _ in range(_MOST_WORLDS):
            found = [each.next(worlds) for each in every if not each.ended]
            advance(1)
            if any(found):
                worlds.add(_world(system, every))
            if not found or not worlds.kept:
                break
    return tuple(_notes(system, worlds, patient=patient))


def _notes(system: System, worlds: Worlds, *, patient: bool) -> list[str]:
    said = np.zeros(system.cells, dtype=bool)
    for each in worlds.kept:
        said |= each.values != SILENT
    silent = not said[system.protected.cell].all()
    notes = [] if not silent else [NOT_FOUND if patient else LEFT_OUT]
    return [*notes, IN_SMALL_UNITS] if worlds.kept else notes


def _has_rates(system: System, ensemble: Ensemble) -> bool:
    """Rates are no sums: cubes with rates are left out."""
    rates = np.concatenate([system.rates.numerator, system.rates.denominator])
    return bool(np.isin(rates, ensemble.cells).any())


def _world(system: System, every: list[_Search]) -> World:
    """One world from those of the parts; silent about parts without one."""
    units = [each.ensemble.unit for each in every if each.latest is not None]
    unit = max(units, default=1)
    found = np.full(system.cells, SILENT, np.int64)
    for each in every:
        if each.latest is not None:
            found[each.ensemble.cells] = each.latest * (unit // each.ensemble.unit)
    return World(found, unit)


class _Search:
    """Worlds of one group of cubes, one after the other.

    latest: values of its cells in the last one. ended: there will be no further one.
    """

    def __init__(self, system: System, bounds: Bounds, ensemble: Ensemble) -> None:
        self.ensemble, self.ended = ensemble, False
        self.latest: Whole | None = None
        self._system = system
        self._own, self._slot = _open_slots(system, bounds, ensemble)
        self._draw = np.random.default_rng(_SEED)
        self._reflections: Reflections | None = None
        self._first = self._stand = np.zeros(0)
        self._worlds = 0
        self._ways: Flags = np.zeros(len(self._own), dtype=bool)
        self._settled = 0

    def next(self, worlds: Worlds) -> bool:
        """Look for a further world; whether there is one."""
        if self._reflections is None:
            self._reflections = self.ensemble.reflections()
            self._first, self._stand, found = self._searched(
                self._reflections, self.ensemble.first_guess(), None
            )
        else:
            push = self._push(self._reflections, worlds)
            _, _, found = self._searched(self._reflections, self._stand.copy(), push)
        self.latest = self.latest if found is None else found
        self._worlds += 1
        self.ended = found is None or self._is_last(worlds)
        return found is not None

    def _is_last(self, worlds: Worlds) -> bool:
        """Whether all are settled, few were by the last pair of pushes, or it takes too long."""
        settled = int(worlds.settled[self._own].sum())
        gained, before = settled - self._settled, self._settled
        self._settled = settled
        few = before > 0 and self._worlds % 2 == 1 and gained < _FEWEST_SETTLED * len(self._own)
        long = len(self.ensemble.low) > LARGE and self._worlds >= _MOST_OF_LARGE
        return settled == len(self._own) or few or long

    def _searched(
        self, reflections: Reflections, stand: Floats, push: Push | None
    ) -> tuple[Floats, Floats, Whole | None]:
        """Search until values add up exactly: these, where it stands, and the exact ones."""
        pushed = 0 if push is None else _PUSHED
        found = None
        for _ in range(_MOST_STRETCHES):
            values, stand, far = reflections.from_(stand, push, pushed, _STRETCH + pushed, _NEAR)
            pushed = 0
            found = self._exact(values) if far <= _NEAR_ENOUGH else None
            if found is not None:
                break
            # Where the search stands remembers every push that came to nothing; starting again
            # from what it has found forgets that, and ends many times sooner.
            stand = reflections.within(values)
        return values, stand, found

    def _exact(self, values: Floats) -> Whole | None:
        """Values in whole units, if they lie within what figures say."""
        found = self.ensemble.exact(values)
        cells, unit = self.ensemble.cells, self.ensemble.unit
        low, high = self._system.low[cells] * unit, self._system.high[cells] * unit
        return found if ((found >= low) & (found <= high)).all() else None

    def _push(self, reflections: Reflections, worlds: Worlds) -> Push:
        """Push what no two worlds settle; every other time the other way."""
        here, open_ = self._first[self._slot], ~worlds.settled[self._own]
        self._ways = self._drawn(open_) if self._worlds % 2 == 1 else ~self._ways
        up, down = self._targets(worlds, here)
        low, high = (each[self._slot] for each in (reflections.low, reflections.high))
        ways = (self._ways | (down < low)) & (up <= high)
        target = np.where(ways, up, down)
        force = _FORCE * np.abs(target - here)
        return Push(self._slot[open_], ways[open_], target[open_], force[open_])

    def _drawn(self, open_: Flags) -> Flags:
        """Ways by chance; of open groups of pupils of one topic and row every other one goes up."""
        ways = self._draw.random(len(open_)) < 0.5  # noqa: PLR2004  (a coin)
        start = 0
        for lattice, leaves in zip(self.ensemble.lattices, self.ensemble.leaves, strict=True):
            mine = open_ & (self._slot >= start) & (self._slot < start + lattice.size)
            if leaves.axis >= 0:
                ways[mine] = alternating(leaves, self._slot[mine] - start, self._draw)
            start += lattice.size
        return ways

    def _targets(self, worlds: Worlds, here: Floats) -> tuple[Floats, Floats]:
        """What is far enough above, and far enough below; half as far from the first world."""
        protected = self._system.protected
        many = protected.candidates[self._own] - 1.0
        keep = 1 - protected.percent / 100
        if self._worlds == 1:
            step = np.where(many >= 0, many / 2, here * (keep**-0.5 - 1))
            step = step * (1 + _BEYOND) + _AT_LEAST
            return here + step, here - step
        least, most = worlds.lowest[self._own], worlds.highest[self._own]
        up = np.where(many >= 0, least + many, least / keep)
        down = np.where(many >= 0, most - many, most * keep)
        beyond = _BEYOND * (most - least) + _AT_LEAST
        return up + beyond, down - beyond


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

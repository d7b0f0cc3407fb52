"""Marks that are first sent wrong and put right in a later batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.synthetic import codes
from publisher.synthetic.arrays import Bools, Floats, Ints, Letters, Small
from publisher.synthetic.registers import Marks
from publisher.synthetic.sampling import cumulative, pick, whole

_EXPLAINED_LATER = codes.membership(("I", "M", "C", "O", "U", "G"))
_NO_REASON_AT_FIRST = 0.03
_THERE_AFTER_ALL = 0.2
_MARKED_LATE = 1 / 3_000
_WITHDRAWN = 1 / 30_000
_WEEKS_UNTIL_EXPLAINED = cumulative(np.array((0.0, 0.45, 0.15, 0.08, 0.04, 0.02, 0.01, 0.25)))
_NEVER = 7


@dataclass(frozen=True)
class Corrections:
    """One element per corrected day: whose, which, the right marks and the batch they come in."""

    row: Ints
    day: Ints
    morning: Letters
    afternoon: Letters
    batch: Ints


def send_wrong_first(
    rng: np.random.Generator, marks: Marks, arrive: Small, batches: int, steady: Bools
) -> Corrections:
    """Replace some marks by what was sent first (in place); return what later puts them right.

    About one absence in 33 is first marked N, "no reason yet": most are explained over the next
    weeks, a quarter never. A few pupils marked N had been there after all, a few present pupils
    were first marked late or the other way round, and a few days are withdrawn. Every day is
    corrected at most once, in a batch after the one that it arrives in.

    Args:
        rng: the stream of the block.
        marks: mornings and afternoons, enrolments x weekdays; changed in place.
        arrive: enrolments x weekdays, the batch that each day arrives in.
        batches: number of batches.
        steady: pupils whose days are never withdrawn.
    """
    absent, taken = _unexplained(rng, marks)
    there, late, gone = _others(rng, marks, taken, len(absent), steady)
    cells = np.concatenate([absent, there, late, gone])
    right = [half.reshape(-1)[cells].copy() for half in marks]
    for half in right:
        half[len(cells) - len(gone) :] = codes.BLANK
    _mark_unexplained(marks, absent)
    _overwrite(marks, there, codes.NO_REASON)
    _swap_late(marks[0], late)
    weeks = pick(rng.random(len(cells)), _WEEKS_UNTIL_EXPLAINED)
    weeks[len(absent) + len(there) :] = np.maximum(weeks[len(absent) + len(there) :] % _NEVER, 1)
    batch = arrive.reshape(-1)[cells] + weeks
    batch[weeks == _NEVER] = batches
    kept = batch < batches
    row, day = np.divmod(cells[kept], marks[0].shape[1])
    return Corrections(row, day, right[0][kept], right[1][kept], batch[kept])


def _unexplained(rng: np.random.Generator, marks: Marks) -> tuple[Ints, Bools]:
    """Days with an absence that is first marked N; and all days that are spoken for."""
    morning, afternoon = (half.reshape(-1) for half in marks)
    absences = np.flatnonzero(_EXPLAINED_LATER[morning] | _EXPLAINED_LATER[afternoon])
    chosen = absences[rng.random(len(absences)) < _NO_REASON_AT_FIRST]
    taken = np.zeros(morning.size, dtype=bool)
    taken[absences] = True
    return chosen, taken


def _others(
    rng: np.random.Generator, marks: Marks, taken: Bools, unexplained: int, steady: Bools
) -> tuple[Ints, Ints, Ints]:
    """Present days first marked N, days with a wrong late mark, days withdrawn: all distinct."""
    morning, afternoon = (half.reshape(-1) for half in marks)
    rates: Floats = np.array(
        (_THERE_AFTER_ALL * unexplained, _MARKED_LATE * morning.size, _WITHDRAWN * morning.size)
    )
    counts = [whole(rng, float(rate)) for rate in rates]
    cells = rng.permutation(np.unique(rng.integers(0, morning.size, sum(counts))))
    kind = np.repeat(np.arange(3), counts)[rng.permutation(sum(counts))[: len(cells)]]
    free = ~taken[cells] & ~steady[cells // marks[0].shape[1]]
    free &= (afternoon[cells] == codes.PRESENT_PM) & np.isin(
        morning[cells], (codes.PRESENT_AM, codes.LATE)
    )
    there, late, gone = (cells[free & (kind == number)] for number in range(3))
    return there, late, gone


def _mark_unexplained(marks: Marks, cells: Ints) -> None:
    for half in marks:
        flat = half.reshape(-1)
        unknown = cells[_EXPLAINED_LATER[flat[cells]] == 1]
        flat[unknown] = codes.NO_REASON


def _overwrite(marks: Marks, cells: Ints, mark: int) -> None:
    for half in marks:
        half.reshape(-1)[cells] = mark


def _swap_late(morning: Letters, cells: Ints) -> None:
    flat = morning.reshape(-1)
    was_late = flat[cells] == codes.LATE
    flat[cells] = np.where(was_late, codes.PRESENT_AM, codes.LATE)

"""Which withheld rows the lasting pattern protects, in every period.

A move between pairs of area and phase is made on one day and lifted to its week and the year to
date, where the same pairs are withheld. It proves something only if it keeps every sum over areas
and phases, as that day does. Moves on different days do not touch each other, so their ranges add
up to the range of the week and of the year.

Where one of its rows is closed or shown a move proves nothing, and its other rows are asked for
nothing: partners of the year are withheld only where they are in use.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from publisher.disclosure.lasting import LastingPattern, nodes_all_year
from publisher.disclosure.moves import Move
from publisher.disclosure.problem import Floats, Problem, matrix_of_pairs, pair_numbers
from publisher.disclosure.structure import Lattice

Flags = NDArray[np.bool_]

_NEGLIGIBLE = 1e-5
"""Part of a move below which a difference is a solver's rounding error."""


def proved_by(pattern: LastingPattern, withheld: Flags) -> Flags:
    """The rows whose range the moves of `pattern` prove to be wide enough.

    Args:
        pattern: pairs and their moves.
        withheld: what is withheld, by node.
    """
    problem = pattern.problem
    numbers, leaves = pair_numbers(problem.lattice), _leaves(problem.lattice)
    proved = np.zeros(len(withheld), dtype=bool)
    for pair, _move, found in _lifted(pattern, withheld):
        ranges = np.zeros(len(problem.lattice.times))
        ranges[leaves] = found
        _add_up(problem.lattice, pair, ranges)
        # One session more than the policy asks, as in `Problem.wanted`.
        proved[numbers[pair]] = ranges >= problem.wanted[numbers[pair]]
    return proved & withheld


def rows_in_use(pattern: LastingPattern, needs: Flags) -> Flags:
    """What `pattern` withholds beside `needs`, without periods in which it would protect nothing.

    Args:
        pattern: pairs and their moves.
        needs: rows that are withheld whatever the partners are, by node.
    """
    lattice, numbers = pattern.problem.lattice, pair_numbers(pattern.problem.lattice)
    everywhere = needs.copy()
    everywhere[nodes_all_year(pattern.problem, pattern.withheld)] = True
    times, leaves = lattice.times, _leaves(lattice)
    use = np.zeros(numbers.shape, dtype=bool)
    use[:, leaves] = _asked_for(pattern, everywhere, needs[numbers][:, leaves])
    for time in sorted(range(len(times)), key=lattice.depth_of_time, reverse=True):
        above = times[time].parent
        if above is not None:
            use[:, above] |= use[:, time]
    if pattern.year is not None:
        use[:, pattern.year] |= pattern.withheld
    found = needs.copy()
    found[numbers[use]] = True
    return found & everywhere


def _asked_for(pattern: LastingPattern, withheld: Flags, needs: Flags) -> Flags:
    """Pairs x leaves that need protection, or that the move of one that does would change."""
    moves = [(pair, move.nodes, at > 0) for pair, move, at in _lifted(pattern, withheld)]
    use, before = needs.copy(), -1
    while (now := int(use.sum())) != before:
        before = now
        for pair, nodes, somewhere in moves:
            use[nodes] |= use[pair] & somewhere
    return use


def _lifted(pattern: LastingPattern, withheld: Flags) -> Iterator[tuple[int, Move, Floats]]:
    """Pairs whose move keeps every sum: the move, and how far it takes the pair on each leaf."""
    problem = pattern.problem
    leaves = _leaves(problem.lattice)
    liftable = _liftable(problem, withheld, leaves)
    sums = matrix_of_pairs(problem.lattice)
    fall = problem.fall[pair_numbers(problem.lattice)][:, leaves]
    for pair, move in pattern.moves.items():
        if _keeps(sums, move):
            yield pair, move, _ranges(pair, move, fall, liftable)


def _keeps(sums: sparse.csc_matrix, move: Move) -> bool:
    """Whether the move keeps every sum over areas and phases, as it must on any one day."""
    own = sums[:, move.nodes]
    return all(
        (np.abs(own @ change) <= _NEGLIGIBLE * np.abs(change).max()).all() for change in move.worlds
    )


def _leaves(lattice: Lattice) -> list[int]:
    return [n for n in range(len(lattice.times)) if not lattice.times_within(n)]


def _liftable(problem: Problem, withheld: Flags, leaves: list[int]) -> Flags:
    """Where a change on the leaf shows in no published figure; pairs x leaves."""
    free = (withheld | problem.sizes.unpublished)[pair_numbers(problem.lattice)]
    liftable = free[:, leaves].copy()
    for column, leaf in enumerate(leaves):
        above = problem.lattice.times[leaf].parent
        while above is not None:
            liftable[:, column] &= free[:, above]
            above = problem.lattice.times[above].parent
    return liftable


def _ranges(pair: int, move: Move, fall: Floats, liftable: Flags) -> Floats:
    """How far `pair` can move on each leaf, both ways together."""
    room = fall[move.nodes]
    place = int(np.flatnonzero(move.nodes == pair)[0])
    falls, rises = np.zeros(room.shape[1]), np.zeros(room.shape[1])
    for change in move.worlds:
        for way in (change, -change):
            far = _steps(way, room, way[place]) * abs(way[place])
            side = falls if way[place] < 0 else rises
            np.maximum(side, far, out=side)
    return np.where(liftable[move.nodes].all(axis=0), falls + rises, 0.0)


def _steps(change: Floats, room: Floats, of_pair: float) -> Floats:
    """How often a change can be made on each leaf."""
    if of_pair == 0:
        return np.zeros(room.shape[1])
    falling = change < 0
    steps = (room[falling] / -change[falling, None]).min(axis=0, initial=np.inf)
    # A move that falls nowhere has no natural end; ten times the present size is proof enough.
    longest = 10 * (1 + room.max(axis=0)) / abs(of_pair)
    return np.asarray(np.minimum(steps, longest))


def _add_up(lattice: Lattice, pair: int, ranges: Floats) -> None:
    local = bool(lattice.authorities[pair // len(lattice.phases)])
    for time in sorted(range(len(ranges)), key=lattice.depth_of_time, reverse=True):
        inside = lattice.times_within(time)
        if not local and not lattice.wholly_left_out(time):
            inside = [n for n in inside if not lattice.wholly_left_out(n)]
        if inside:
            ranges[time] = ranges[inside].sum()

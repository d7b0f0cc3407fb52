"""Rules about totals: parts add up to them, within what rounding allows.

Every figure rounded to a base is within half a base of the truth, so a total and its n parts
can differ by (n + 1) half bases and no more. A part that is withheld is at least zero: then the
known parts can fall short of the total, and can never exceed it by more than rounding allows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

import numpy as np

from publisher.checks.cube import Codes, Cube, Floats, Mask
from publisher.checks.tally import Tally
from publisher.model.definitions import Level


class Holds(StrEnum):
    """How a total relates to the sum of its parts."""

    EXACTLY = "exactly"
    AT_LEAST = "total at least parts"
    AT_MOST = "total at most parts"


def items_add_up(
    cube: Cube, column: str, *, item_column: str, total: str, parts: Sequence[str], base: int
) -> Tally:
    """In every row, the figures of items add up to the figure of another item."""
    places = [cube.item(**{item_column: part}) for part in parts]
    return places_add_up(cube, column, cube.item(**{item_column: total}), places, base)


def places_add_up(cube: Cube, column: str, total: int, parts: Sequence[int], base: int) -> Tally:
    """In every row, the figures at places `parts` add up to the figure at place `total`."""
    figures = _figures(cube, column)
    sums = _Sums.across(figures[:, list(parts)])
    broken = sums.broken(figures[:, total], base, Holds.EXACTLY)
    return Tally.of(broken, cube.lines[:, total] > 0)


def phases_add_up(
    cube: Cube,
    column: str,
    *,
    total: str,
    parts: Sequence[str],
    base: int,
    time_frames: Collection[str],
    holds: str,
) -> Tally:
    """In every place and period, the phases add up to all schools; a phase without a row is 0."""
    in_frames = cube.rows_where(time_frame=time_frames)
    is_total = in_frames & cube.rows_where(education_phase=[total])
    is_part = in_frames & cube.rows_where(education_phase=parts)
    group = cube.groups(["location"])
    return _compare(cube, column, group, (is_total, is_part), base, holds=Holds(holds))


def areas_add_up(
    cube: Cube,
    column: str,
    *,
    total: str,
    parts: str,
    phases: Collection[str],
    base: int,
    time_frames: Collection[str],
    holds: str,
) -> Tally:
    """In every period and phase, areas of one level add up to the area of the level above."""
    scope = cube.rows_where(time_frame=time_frames, education_phase=phases)
    is_total = scope & cube.rows_where(geographic_level=[total])
    is_part = scope & cube.rows_where(geographic_level=[parts])
    above = ["region_code"] if Level(total) is Level.REGIONAL else []
    group = cube.groups(["education_phase", *above])
    return _compare(cube, column, group, (is_total, is_part), base, holds=Holds(holds))


def _compare(
    cube: Cube, column: str, group: Codes, sides: tuple[Mask, Mask], base: int, *, holds: Holds
) -> Tally:
    is_total, is_part = sides
    figures = _figures(cube, column)
    sums = _Sums.within(figures[is_part], group[is_part], int(group.max(initial=-1)) + 1)
    broken = sums.of(group[is_total]).broken(figures[is_total], base, holds)
    return Tally.of(broken, cube.lines[is_total] > 0)


class _Sums:
    """Sums of parts: what is known of them, how many there are and whether any is not known."""

    def __init__(self, known: Floats, parts: Floats, hidden: Mask) -> None:
        self.known, self.parts, self.hidden = known, parts, hidden

    @classmethod
    def across(cls, figures: Floats) -> _Sums:
        """Sum over the second axis."""
        missing = np.isnan(figures)
        number = np.full(len(figures), float(figures.shape[1]))
        return cls(np.nansum(figures, axis=1), number, np.asarray(missing.any(axis=1)))

    @classmethod
    def within(cls, figures: Floats, group: Codes, groups: int) -> _Sums:
        """Sum the lines of each group."""
        missing = np.isnan(figures)
        known, hidden, parts = (np.zeros((groups, figures.shape[1])) for _ in range(3))
        np.add.at(known, group, np.where(missing, 0.0, figures))
        np.add.at(hidden, group, missing)
        np.add.at(parts, group, 1.0)
        return cls(known, parts, hidden > 0)

    def of(self, group: Codes) -> _Sums:
        """The sums of these groups, in this order."""
        return _Sums(self.known[group], self.parts[group], self.hidden[group])

    def broken(self, totals: Floats, base: int, holds: Holds) -> Mask:
        """Where `totals` are known and cannot be what the parts make."""
        slack = (self.parts + 1) * base / 2
        too_small = totals < self.known - slack
        too_large = (totals > self.known + slack) & ~self.hidden
        wrong = {
            Holds.EXACTLY: too_small | too_large,
            Holds.AT_LEAST: too_small,
            Holds.AT_MOST: too_large,
        }[holds]
        return np.asarray(wrong & ~np.isnan(totals))


def _figures(cube: Cube, column: str) -> Floats:
    return np.where(cube.known(column), cube.figures(column), np.nan)

"""Families of reasons: what keeps a pupil from a lesson, how long, and how unevenly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from publisher.synthetic.arrays import Bools, Floats, Ints, Letters
from publisher.synthetic.codes import code
from publisher.synthetic.facts import GROUPS, YEAR_GROUPS, calibration
from publisher.synthetic.sampling import cumulative

LAGS = 60
"""Longest spell that is followed, in weekdays."""
WHOLE_DAY, MORNING, AFTERNOON = range(3)
_HALF = 0.5
FAMILIES = tuple(row["family"] for row in calibration("families"))
"""In the order in which they are painted: a later family hides an earlier one."""


@dataclass(frozen=True)
class Family:
    """What all groups of schools share of one family.

    `gradient` is the power to which a pupil's characteristics count, `habit` the correlation of
    the pupil's leaning to this family with the pupil's habit of absence, `school_spread` the
    spread (standard deviation of the logarithm) between schools.
    """

    name: str
    curve: str
    absence: bool
    years: Bools
    gradient: float
    habit: float
    school_spread: float


@dataclass(frozen=True)
class Reasons:
    """The reasons of one family in one group of schools; one element per reason.

    `rate` is the share of possible sessions in the year to date, over all reasons; `starts` the
    cumulative share of spells that each reason starts; `survival[k]` the sessions per spell, as
    a share of a day, on the k-th weekday after its start; `spread` the standard deviation of the
    logarithm of what pupils lean to.
    """

    rate: float
    spread: float
    code: Letters
    starts: Floats
    least_days: Ints
    staying: Floats
    parts: Floats
    survival: Floats


@cache
def families() -> tuple[Family, ...]:
    """All families, in painting order."""
    return tuple(
        Family(
            name=row["family"],
            curve=row["curve"],
            absence=row["absence"] == "yes",
            years=_years(row["years"]),
            gradient=float(row["gradient"]),
            habit=float(row["habit"]),
            school_spread=float(row["school_spread"]),
        )
        for row in calibration("families")
    )


@cache
def reasons(group: int, family: int) -> Reasons | None:
    """The reasons of a family in a group of schools, or none where the family does not occur.

    A spell lasts `min_days` and then goes on with the same chance each weekday, so that its mean
    is `mean_days`. Spells per reason are the published share of sessions ÷ sessions per spell.
    """
    name, label = GROUPS[group], FAMILIES[family]
    rows = [
        row for row in calibration("reasons") if row["group"] == name and row["family"] == label
    ]
    if not rows:
        return None
    rate = _numbers(rows, "session_pct") / 100
    least = _numbers(rows, "min_days")
    mean = _numbers(rows, "mean_days")
    parts = np.stack([_numbers(rows, part) for part in ("whole_day", "morning", "afternoon")], 1)
    sessions = parts[:, 0] + _HALF * parts[:, 1:].sum(axis=1)
    staying = 1 - 1 / (mean - least + 1)
    starts = rate / (mean * sessions)
    starts = starts / starts.sum()
    return Reasons(
        rate=float(rate.sum()),
        spread=_spread(name, label),
        code=np.array([code(row["code"]) for row in rows], dtype=np.uint8),
        starts=cumulative(starts),
        least_days=least.astype(np.int64),
        staying=staying,
        parts=cumulative(parts),
        survival=(starts * sessions) @ _survival(least, staying),
    )


def _survival(least: Floats, staying: Floats) -> Floats:
    """Reasons x lags: chance that a spell is still on after so many weekdays."""
    beyond = np.maximum(np.arange(LAGS)[None, :] - (least[:, None] - 1), 0)
    return np.asarray(np.power(staying[:, None], beyond))


def _years(text: str) -> Bools:
    if not text:
        return np.ones(len(YEAR_GROUPS), dtype=bool)
    return np.isin(np.array(YEAR_GROUPS), np.array(text.split()))


def _numbers(rows: list[dict[str, str]], column: str) -> Floats:
    return np.array([float(row[column]) for row in rows])


def _spread(group: str, family: str) -> float:
    for row in calibration("spreads"):
        if (row["group"], row["family"]) == (group, family):
            return float(row["spread"])
    raise KeyError(group, family)

"""What is longer than a week, in pandas: from sums of weeks to terms and the year to date."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import numpy as np
import pandas as pd
from plain_periods import OF_YEAR, Long, Term
from plain_places import EVERY_WEEK, KEPT, census
from plain_work import Asked

Sums = dict[str, np.ndarray]
Weeks = dict[date, Sums]
"""Part of a week -> what each enrolment has, and missed, in it."""


def missed(sums: Mapping[str, np.ndarray]) -> Sums:
    """What is kept of a part of a week."""
    absences = sums["authorised"] + sums["unauthorised"]
    return {"possible": sums["possible"].astype(np.int8), "missed": absences.astype(np.int8)}


def term_sums(weeks: Weeks, term: Term, nothing: Sums) -> dict[str, Sums]:
    """The sums of a term: of all its weeks, and of those that wide places keep."""
    found = {reach: {name: each.copy() for name, each in nothing.items()} for reach in _REACHES}
    for part in term.parts:
        for reach in _REACHES if part not in term.left_out else (EVERY_WEEK,):
            for name, values in weeks.get(part, {}).items():
                found[reach][name] += values
    return found


def long_sums(sums: Mapping[int, Mapping[str, Sums]], long: Long, reach: str) -> Sums:
    """What each enrolment has in a long period, and whether it missed much of it."""
    possible, missed = (
        np.sum([sums[term.number][reach][name] for term in long.terms], axis=0)
        for name in ("possible", "missed")
    )
    enough = possible > 10
    return {
        "possible": possible,
        "enrolments": enough,
        "persistent": enough & (10 * missed >= possible),
        "severe": enough & (2 * missed >= possible),
    }


_REACHES = (EVERY_WEEK, KEPT)


class AddingUp:
    """Adds up places: days to weeks, and weeks to the year to date."""

    def __init__(
        self, given: Asked, every: pd.DataFrame, left_out: Collection[pd.Timestamp]
    ) -> None:
        self._given = given
        self._weeks = given.days()[["date", "week"]].apply(pd.to_datetime)
        self._wide = every.loc[every["wide"] == 1, "place"].unique()
        self._left_out = list(left_out)

    def census(self) -> pd.DataFrame:
        """Schools in the census."""
        return census(self._given).groupby("place", as_index=False)["schools"].sum()

    def weeks(self, sessions: pd.DataFrame) -> pd.DataFrame:
        """Sessions by week and code, from those of days."""
        weeks = sessions.merge(self._weeks, on="date")
        return weeks.groupby(["place", "week", "code"], as_index=False)["sessions"].sum()

    def year(self, weeks: pd.DataFrame, known: str, sums: list[str]) -> pd.DataFrame:
        """Sums of the year to date, from those of weeks."""
        added = self._kept(weeks).groupby(["place", known], as_index=False)[sums].sum()
        return added.assign(week=pd.Timestamp(OF_YEAR))

    def means(self, schools: pd.DataFrame) -> pd.DataFrame:
        """Schools in weeks and the year to date: means of the days on which a place has any."""
        days = schools.merge(self._weeks, on="date")
        year = self._kept(days).assign(week=pd.Timestamp(OF_YEAR))
        counted = pd.concat([days, year]).groupby(["place", "week"])["submitting"]
        means = (2 * counted.sum() + counted.size()) // (2 * counted.size())
        return means.rename("submitting").reset_index()

    def _kept(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[~(rows["week"].isin(self._left_out) & rows["place"].isin(self._wide))]

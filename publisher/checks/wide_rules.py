"""Rules about wide files: every figure is the one that its own data set publishes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from publisher.checks.cube import ROW_COLUMNS, line_groups, with_time_frame
from publisher.model.definitions import ATTENDANCE_DATE, Source
from publisher.model.stages import (
    STATUS_SUFFIX,
    CheckResult,
    Outcome,
    ProtectedTable,
    Severity,
)
from publisher.model.time import IsoWeek
from publisher.reference.years import academic_year_named


def figures_repeated(table: ProtectedTable, others: Mapping[str, ProtectedTable]) -> CheckResult:
    """Find each figure's row in its own data set by period, place and phase, and compare.

    `others`: the tables of the release by name.
    """
    rows = with_time_frame(table.rows)
    key = _key(rows, term=table.data_set.term)
    sources = table.data_set.taken_from
    figures = len(rows) * len(sources)
    rule = "Every figure is that of its own data set"
    if not key.is_unique:
        return _result(table, "figures_repeated", rule, figures, figures)
    published = {
        name: _Published(others[name].rows, key, term=table.data_set.term)
        for name in {each.data_set for each in sources.values()}
    }
    wrong = 0
    for column, source in sources.items():
        for ending in ("", STATUS_SUFFIX):
            mine = rows[column + ending].astype(object).to_numpy()
            theirs = published[source.data_set].figures(source, ending)
            same = (mine == theirs) | (pd.isna(mine) & pd.isna(theirs) & (ending == ""))
            wrong += int((~same).sum())
    return _result(table, "figures_repeated", rule, figures, wrong)


def days_fit_weeks(table: ProtectedTable) -> CheckResult:
    """See that the day of each row lies in the row's week."""
    rows = table.rows
    days = rows[ATTENDANCE_DATE].astype(str) if ATTENDANCE_DATE in rows else pd.Series(dtype=str)
    week_of = {each: _week(each) for each in days.unique()}
    named = zip(rows["time_period"], rows["time_identifier"], strict=True)
    wrong = sum(week_of[day] != week for day, week in zip(days, named, strict=False))
    return _result(table, "days_fit_weeks", "Every day lies in its week", len(days), wrong)


def _week(day: str) -> tuple[str, str]:
    week = IsoWeek.containing(date.fromisoformat(day))
    return str(week.year), week.identifier


class _Published:
    """One data set: which of its lines belong to which row of the wide file."""

    def __init__(self, rows: pd.DataFrame, key: pd.MultiIndex, *, term: str) -> None:
        row_of, first = line_groups(rows, ROW_COLUMNS)
        self._rows = rows
        self._place = key.get_indexer(_key(rows.iloc[first], term=term))[row_of]
        self._size = len(key)

    def figures(self, source: Source, ending: str) -> npt.NDArray[np.object_]:
        """A column of one item, by row of the wide file; missing where the item has no line."""
        there = pd.Series(self._place >= 0, index=self._rows.index)
        for column, item in source.filters.items():
            there &= self._rows[column] == item
        lines = np.flatnonzero(there)
        found = np.full(self._size, None, dtype=object)
        values = self._rows[source.indicator + ending].iloc[lines]
        found[self._place[lines]] = values.astype(object).to_numpy()
        return found


def _key(rows: pd.DataFrame, *, term: str) -> pd.MultiIndex:
    """What a row is about. A term's rows carry the latest week, or in its own file the term."""
    named = rows[list(ROW_COLUMNS)].astype("str")
    if term:
        of_term = named["time_frame"] == term
        times = zip(named["time_period"], named["time_identifier"], strict=True)
        years = [academic_year_named(*each) for each in times]
        named["time_period"] = named["time_period"].where(~of_term, pd.Series(years, named.index))
        named["time_identifier"] = named["time_identifier"].where(~of_term, term)
    return pd.MultiIndex.from_frame(named)


def _result(table: ProtectedTable, name: str, rule: str, checked: int, failing: int) -> CheckResult:
    found = f"not so in {failing:,} of {checked:,}" if failing else f"{checked:,} checked, all so"
    return CheckResult(
        name=name,
        data_set=table.data_set.name,
        severity=Severity.CRITICAL,
        outcome=Outcome.FAILED if failing else Outcome.PASSED,
        words=f"{rule}: {found}.",
        rows_checked=checked,
        rows_failing=failing,
    )

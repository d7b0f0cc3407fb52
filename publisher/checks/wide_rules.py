"""Rules about wide files: every figure is the one that its own data set publishes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from publisher.checks.cube import ROW_COLUMNS, with_time_frame
from publisher.model.definitions import ATTENDANCE_DATE, Source
from publisher.model.stages import (
    STATUS_SUFFIX,
    CheckResult,
    Outcome,
    ProtectedTable,
    Severity,
)
from publisher.model.time import IsoWeek


def figures_repeated(table: ProtectedTable, others: Mapping[str, ProtectedTable]) -> CheckResult:
    """Find each figure's row in its own data set by period, place and phase, and compare.

    `others`: the tables of the release by name.
    """
    rows = with_time_frame(table.rows)
    key = _key(rows)
    wrong = 0
    for column, source in table.data_set.taken_from.items():
        found = _published(others[source.data_set].rows, source).reindex(key)
        for ending in ("", STATUS_SUFFIX):
            mine = rows[column + ending].astype(object).to_numpy()
            theirs = found[source.indicator + ending].astype(object).to_numpy()
            same = (mine == theirs) | (pd.isna(mine) & pd.isna(theirs) & (ending == ""))
            wrong += int((~same).sum())
    figures = len(rows) * len(table.data_set.taken_from)
    return _result(
        table, "figures_repeated", "Every figure is that of its own data set", figures, wrong
    )


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


def _published(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    there = pd.Series(data=True, index=rows.index)
    for column, item in source.filters.items():
        there &= rows[column] == item
    own = rows[there]
    return own[[source.indicator, source.indicator + STATUS_SUFFIX]].set_axis(_key(own))


def _key(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[list(ROW_COLUMNS)].astype("str"))


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

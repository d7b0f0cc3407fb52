"""National rates counted from a store of an invented feed, beside the published ones.

Usage: python benchmarks/calibration.py STORE [--week WEEK] [--as-of MOMENT] [--memory 4GB]
    [--write]

Absence of every week up to WEEK of which a rate was published, by phase; and persistent absence,
where WEEK is the one that it was published for. Ends with 1 when a figure is further from the
published one than its target allows, or when nothing could be compared. `--write`: also to the page
of measurements.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
from counting import counted
from page import table, write_section

from publisher.aggregate.settings import EngineSettings
from publisher.catalogue.data_sets import ATTENDANCE_REASONS, PERSISTENT_ABSENCE_SET
from publisher.model.definitions import DataSet, Level
from publisher.model.stages import TrueCells
from publisher.model.time import IsoWeek, PeriodKind
from publisher.synthetic.facts import calibration

WEEKLY_TARGETS = {"Primary": 0.3, "Secondary": 0.5, "Special": 1.5}
"""Percentage points that a week's absence may differ."""
PERSISTENT_UP_TO = IsoWeek(2025, 45)
PERSISTENT = {"Primary": 13.77, "Secondary": 23.77, "Special": 36.06, "All schools": 18.78}
"""Published share of enrolments that are persistently absent, year to date, in per cent."""
PERSISTENT_TARGETS = {"Primary": 2.0, "Secondary": 2.0, "Special": 4.0, "All schools": 2.0}
TITLE = "National rates beside the published ones"


@dataclass(frozen=True)
class Compared:
    """A national figure, counted and published, in per cent."""

    name: str
    phase: str
    counted: float
    published: float
    target: float

    @property
    def passed(self) -> bool:
        """Whether the target holds; a figure that is not there does not pass."""
        return abs(self.counted - self.published) <= self.target

    def __str__(self) -> str:
        return (
            f"{self.name:<22} {self.phase:<12} {self.counted:9.3f} {self.published:9.3f} "
            f"{self.counted - self.published:+9.3f} {self.target:7.2f}  "
            f"{'pass' if self.passed else 'FAIL'}"
        )


def compared(true: TrueCells) -> tuple[Compared, ...]:
    """Every national figure that has a published one."""
    found = list(_weekly(true))
    if true.scope.week == PERSISTENT_UP_TO:
        found += _persistent(true)
    return tuple(found)


def _weekly(true: TrueCells) -> Iterator[Compared]:
    published = {
        (int(row["calendar_year"]), int(row["iso_week"]), row["education_phase"]): row
        for row in calibration("weekly_rates")
    }
    weeks = {
        each.key: IsoWeek.containing(each.first_day)
        for each in true.scope.periods
        if each.kind is PeriodKind.WEEK
    }
    cells = true.cells[ATTENDANCE_REASONS.name]
    for row in cells[cells["period"].isin(weeks)].itertuples():
        week = weeks[row.period]
        there = published.get((week.year, week.week, row.education_phase))
        if there:
            yield Compared(
                f"absence {week}",
                row.education_phase,
                100 * row.overall_absence / row.possible_sessions,
                float(there["absence_pct"]),
                WEEKLY_TARGETS[row.education_phase],
            )


def _persistent(true: TrueCells) -> Iterator[Compared]:
    years = {e.key for e in true.scope.periods if e.kind is PeriodKind.YEAR_TO_DATE}
    cells = true.cells[PERSISTENT_ABSENCE_SET.name]
    for row in cells[cells["period"].isin(years)].itertuples():
        phase = row.education_phase
        rate = 100 * row.persistently_absent / row.total_enrolments
        rate = float("nan") if pd.isna(rate) else rate
        target = PERSISTENT_TARGETS[phase]
        yield Compared("persistent absence", phase, rate, PERSISTENT[phase], target)


def _national(data_set: DataSet) -> DataSet:
    return replace(data_set, levels=(Level.NATIONAL,))


def _write(found: tuple[Compared, ...], pupils: int) -> None:
    rows = [
        [
            f"{each.name}, {each.phase}",
            f"{each.counted:.2f}",
            f"{each.published:.2f}",
            f"{each.counted - each.published:+.2f}",
            f"{each.target:.1f}",
        ]
        for each in found
    ]
    heads = ["figure", "counted (%)", "published (%)", "differs", "may differ"]
    about = [f"an invented feed, {pupils:,} enrolments that count in the year to date"]
    write_section(TITLE, about, [table(heads, rows)])


def _enrolments(true: TrueCells) -> int:
    """All that have sessions enough to be persistently absent or not, in the longest period."""
    return int(true.cells[PERSISTENT_ABSENCE_SET.name]["total_enrolments"].max())


def main() -> None:
    """Count, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--week", default=str(PERSISTENT_UP_TO))
    parser.add_argument("--as-of", type=datetime.fromisoformat)
    parser.add_argument("--memory", default=EngineSettings().memory_limit)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    engine = EngineSettings(memory_limit=asked.memory)
    national = (_national(ATTENDANCE_REASONS), _national(PERSISTENT_ABSENCE_SET))
    true = counted(asked, national, engine)
    found = compared(true)
    print(f"{'figure':<22} {'phase':<12} {'counted':>9} {'published':>9} {'differs':>9}  target")
    for each in found:
        print(each)
    if asked.write:
        _write(found, _enrolments(true))
    failed = sum(not each.passed for each in found)
    print(f"{len(found)} figures compared, {failed} beyond their target")
    sys.exit(1 if failed or not found else 0)


if __name__ == "__main__":
    main()

"""When the marks arrive: deliveries, each with the evening on which it was received."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.errors import UsageProblem
from publisher.synthetic.arrays import Dates, Ints
from publisher.synthetic.calendar import SchoolCalendar


@dataclass(frozen=True)
class BatchPlan:
    """Which delivery carries which day.

    `names` are the folders (`2025-11-07T1830`); `last_days` the last day in each delivery;
    `of_day` the delivery of each weekday when a school is on time.
    """

    names: tuple[str, ...]
    last_days: Dates
    of_day: Ints

    @property
    def count(self) -> int:
        """How many deliveries there are."""
        return len(self.names)

    def of_date(self, dates: Dates) -> Ints:
        """The first delivery received on or after each date; `count` where there is none."""
        return np.searchsorted(self.last_days, dates, side="left").astype(np.int64)


def plan_batches(calendar: SchoolCalendar, count: int) -> BatchPlan:
    """Share the weekdays out over `count` deliveries: whole weeks where there are enough of them.

    Raises:
        UsageProblem: there are fewer weekdays than deliveries.
    """
    weeks = int(calendar.week_row[-1]) + 1
    units = calendar.week_row if count <= weeks else np.arange(calendar.day_count)
    unit_count = int(units[-1]) + 1
    if count > unit_count:
        raise UsageProblem(
            f"{count} batches cannot be made of {unit_count} weekdays",
            f"Choose at most {unit_count} batches or more days.",
        )
    of_day = units * count // unit_count
    last_days = calendar.days[np.searchsorted(of_day, np.arange(count), side="right") - 1]
    return BatchPlan(tuple(f"{day}T1830" for day in last_days), last_days, of_day)

"""Which weeks a snapshot has marks for."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from publisher.model.tables import Snapshot
from publisher.model.time import IsoWeek


def whole_weeks(snapshot: Snapshot) -> tuple[IsoWeek, ...]:
    """The weeks with marks or counts whose Friday had come by the snapshot's moment, in order."""
    return tuple(
        sorted(week for week in _weeks_with_marks(snapshot) if week.friday <= snapshot.as_of.date())
    )


def _weeks_with_marks(snapshot: Snapshot) -> set[IsoWeek]:
    days: set[date] = set()
    for path in (*snapshot.school_days, *snapshot.count_days):
        table = pq.read_table(path, columns=["date", "received"])
        later = pc.is_in(table["received"], pa.array(snapshot.not_yet, pa.timestamp("us")))
        days.update(pc.unique(table.filter(pc.invert(later))["date"]).to_pylist())
    return {IsoWeek.containing(day) for day in days}

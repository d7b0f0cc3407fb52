"""Schools that share numbers of pupils instead of registers: what the feed hands to the store.

Nothing here is about a single pupil: a row says how many pupils of a year group had a mark in a
session of a school. A batch states the whole of each school-day that it names: its rows replace
all earlier ones of that school and day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from publisher.model.intake import CountsAccount

COUNTS_SCHEMA = pa.schema(
    [
        ("urn", pa.int32()),
        ("date", pa.date32()),
        ("afternoon", pa.bool_()),
        ("code", pa.uint8()),
        ("year_group", pa.int8()),
        ("pupils", pa.int32()),
    ]
)
ON_ROLL_SCHEMA = pa.schema(
    [
        ("urn", pa.int32()),
        ("date", pa.date32()),
        ("year_group", pa.int8()),
        ("pupils", pa.int32()),
    ]
)
COUNT_DAYS_SCHEMA = pa.schema([("urn", pa.int32()), ("date", pa.date32()), ("counts", pa.int32())])
RECEIVED = pa.field("received", pa.timestamp("us"))

YEAR_GROUPS: dict[str, int] = {
    "N1": -2,
    "N2": -1,
    "R": 0,
    **{str(year): year for year in range(1, 15)},
    "X": 100,
}
"""Year group as written -> as stored. X is a class that follows no year group."""

CORRECTION_DAYS = 8
"""A statement of a school-day may be replaced for so many days after the day, and not later."""


@dataclass(frozen=True, repr=False)
class PreparedCounts:
    """A validated batch of counts, ready to be stored.

    `counts` has `COUNTS_SCHEMA`, sorted by and unique in (urn, date, afternoon, code, year_group);
    code is `RegisterCode.number`, 255 where no register code explains it. `on_roll` has
    `ON_ROLL_SCHEMA`, sorted by and unique in (urn, date, year_group). `sha256` is over the bytes
    of the source files.
    """

    name: str
    received: datetime
    sha256: str
    counts: pa.Table
    on_roll: pa.Table
    account: CountsAccount

    def __repr__(self) -> str:
        return f"PreparedCounts({self.name})"

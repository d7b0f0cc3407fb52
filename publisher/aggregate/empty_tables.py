"""Tables of the store that a snapshot may not have: nobody shared registers, or nobody counts."""

from __future__ import annotations

import pyarrow as pa

from publisher.model.counts import COUNT_DAYS_SCHEMA, COUNTS_SCHEMA, ON_ROLL_SCHEMA, RECEIVED
from publisher.model.intake import MARKS_SCHEMA, PUPILS_SCHEMA

_SCHOOL_DAYS_SCHEMA = pa.schema([("urn", pa.int32()), ("date", pa.date32()), ("marks", pa.int32())])
_WEEKS_SCHEMA = pa.schema(
    [("urn", pa.int32()), ("pupil", pa.int64()), ("week", pa.date32()), ("marks", pa.int64())]
)

EMPTY_TABLES: dict[str, pa.Table] = {
    name: schema.append(RECEIVED).empty_table()
    for name, schema in {
        "marks": MARKS_SCHEMA,
        "school_days": _SCHOOL_DAYS_SCHEMA,
        "weeks": _WEEKS_SCHEMA,
        "pupils": PUPILS_SCHEMA,
        "counts": COUNTS_SCHEMA,
        "count_days": COUNT_DAYS_SCHEMA,
        "on_roll": ON_ROLL_SCHEMA,
    }.items()
}
"""Field of `Snapshot` -> its table without rows."""

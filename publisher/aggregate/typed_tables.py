"""Small tables of the types that queries expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa


def typed_table(columns: Mapping[str, pa.DataType], rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """Rows as a table; `columns`: name -> type, in the order of the rows' fields."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table(
        {
            name: pa.array(column, kind)
            for (name, kind), column in zip(columns.items(), values, strict=True)
        }
    )

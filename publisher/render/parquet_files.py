"""Parquet: the CSV's figures with types, each with a column that says what it is.

Words are dictionary-encoded; a figure that is not shown is null and its status says why. Written
in row groups of fixed length, so memory does not grow with the year.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from publisher.model.definitions import DataSet, Indicator, IndicatorUnit, ReferenceDate
from publisher.model.progress import Progress
from publisher.model.stages import STATUS_SUFFIX, ProtectedTable
from publisher.model.status import CellStatus
from publisher.render.columns import (
    Figures,
    categories,
    check_columns,
    chunks,
    codes,
    figures,
    key_columns,
)
from publisher.render.edition import DATA_FOLDER, Edition
from publisher.render.rounding import in_units, rounded
from publisher.render.symbols import SYMBOLS

WORDS = pa.dictionary(pa.int32(), pa.string())


def write_parquet_files(edition: Edition, public: Path, progress: Progress) -> None:
    """Write `data/<data_set>.parquet` for every data set.

    Raises:
        CheckFailed: a table is not as its data set declares it (see `columns`).
    """
    rows = sum(len(table.rows) for table in edition.tables)
    with progress.stage("Writing Parquet files", rows) as advance:
        for table in edition.tables:
            check_columns(table)
            schema = schema_of(edition, table.data_set)
            path = public / DATA_FOLDER / f"{table.data_set.name}.parquet"
            with pq.ParquetWriter(path, schema, compression="zstd") as writer:
                for part in chunks(table):
                    writer.write_batch(_batch(edition, table, part, schema))
                    advance(part.stop - part.start)


def schema_of(edition: Edition, data_set: DataSet) -> pa.Schema:
    """Columns with their types and labels, and what the file is, for whoever opens it alone."""
    labels = {each.column: each.label for each in data_set.filters}
    fields = [
        pa.field(column, WORDS, nullable=False, metadata=_label(labels.get(column)))
        for column in key_columns(data_set)
    ]
    for indicator in data_set.indicators:
        fields.append(
            pa.field(
                indicator.column,
                _type(edition, data_set, indicator),
                metadata=_label(indicator.label),
            )
        )
        fields.append(pa.field(indicator.column + STATUS_SUFFIX, WORDS, nullable=False))
    return pa.schema(fields, metadata=_about(edition, data_set))


def holds_dates(data_set: DataSet, indicator: Indicator) -> bool:
    """Whether every figure of the column is a day."""
    return all(isinstance(item.figures[indicator.column], ReferenceDate) for item in data_set.items)


def _type(edition: Edition, data_set: DataSet, indicator: Indicator) -> pa.DataType:
    if holds_dates(data_set, indicator):
        return pa.date32()
    if indicator.unit is IndicatorUnit.TEXT:
        return pa.string()
    return pa.float64() if edition.decimals(indicator) else pa.int64()


def _label(text: str | None) -> dict[str, str] | None:
    return {"label": text} if text else None


def _about(edition: Edition, data_set: DataSet) -> dict[str, str]:
    publication = edition.publication
    symbols = "; ".join(f"{status.value}: {each.meaning}" for status, each in SYMBOLS.items())
    return {
        "title": data_set.title,
        "description": data_set.summary,
        "publication": publication.title,
        "publisher": publication.producer,
        "release": edition.title,
        "published": edition.published_at.isoformat(),
        "licence": publication.licence.title,
        "licence_url": publication.licence.url,
        "status_meanings": symbols,
    }


def _batch(
    edition: Edition, table: ProtectedTable, part: slice, schema: pa.Schema
) -> pa.RecordBatch:
    arrays = [_words(table, column, part) for column in key_columns(table.data_set)]
    for indicator in table.data_set.indicators:
        found = figures(table, indicator, part)
        arrays.append(_values(found, edition.decimals(indicator), schema))
        arrays.append(_statuses(found))
    return pa.record_batch(arrays, schema=schema)


def _words(table: ProtectedTable, column: str, part: slice) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes(table, column, part), pa.int32()),
        pa.array(categories(table, column), pa.string()),
    )


def _statuses(found: Figures) -> pa.DictionaryArray:
    """Indexed by all statuses, so that every row group has the same dictionary."""
    every = [each.value for each in CellStatus]
    places = np.array([every.index(each.value) for each in found.statuses], dtype=np.int32)
    return pa.DictionaryArray.from_arrays(
        pa.array(places[found.status_codes]), pa.array(every, pa.string())
    )


def _values(found: Figures, decimals: int, schema: pa.Schema) -> pa.Array:
    kind = schema.field(found.indicator.column).type
    hidden = pa.array(~found.shown)
    if isinstance(found.values, pd.Series):
        return _text_values(found.values, kind, hidden)
    numbers = np.where(found.shown, found.values, 0.0)
    made = rounded(numbers, decimals) if decimals else in_units(numbers, 0)
    return pc.if_else(hidden, pa.scalar(None, kind), pa.array(made, kind))


def _text_values(values: pd.Series[str], kind: pa.DataType, hidden: pa.Array) -> pa.Array:
    words, which = np.unique(values.to_numpy(dtype=object), return_inverse=True)
    distinct = pa.array([word or None for word in words], pa.string()).cast(kind)
    return pc.if_else(hidden, pa.scalar(None, kind), distinct.take(pa.array(which)))

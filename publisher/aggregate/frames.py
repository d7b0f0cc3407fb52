"""Answers of the engine as the frames of `TrueCells`."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from publisher.model.breakdowns import BREAKDOWN
from publisher.model.definitions import (
    AbsenteeMeasure,
    DataSet,
    EnrolmentMeasure,
    SchoolCount,
    SchoolMeasure,
)
from publisher.model.stages import ROW_KEY


def may_be_unknown(data_set: DataSet) -> frozenset[str]:
    """The columns of measures that need not be known for every row (`TrueCells`)."""
    return frozenset(
        each.name
        for each in data_set.measures
        if data_set.breakdowns
        or isinstance(each, AbsenteeMeasure | EnrolmentMeasure)
        or (isinstance(each, SchoolMeasure) and each.counts is SchoolCount.IN_CENSUS)
    )


def frame_of(answer: pa.Table, unknown: frozenset[str] = frozenset()) -> pd.DataFrame:
    """int64 columns for counts; nullable Int64 for those that may be unknown.

    Raises:
        ValueError: another column has a null.
    """
    key = (*ROW_KEY, BREAKDOWN)
    counts = [each for each in answer.column_names if each not in key and each not in unknown]
    if any(answer[each].null_count for each in counts):
        raise ValueError("a count that must be known is null")
    may_be_null = {pa.int64(): pd.Int64Dtype()}
    rest = [each for each in answer.column_names if each not in counts]
    frame: pd.DataFrame = answer.select(rest).to_pandas(types_mapper=may_be_null.get)
    # Counts without nulls are copied once, all together; masks beside them would be as many again.
    every: pd.DataFrame = frame.join(answer.select(counts).to_pandas())
    return every.reindex(columns=answer.column_names)

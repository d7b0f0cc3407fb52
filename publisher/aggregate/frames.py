"""Answers of the engine as the frames of `TrueCells`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from publisher.aggregate import queries_answers
from publisher.aggregate.queries_counts import supply
from publisher.aggregate.queries_group_evidence import GROUP_EVIDENCE
from publisher.aggregate.queries_rows import census_pupils
from publisher.aggregate.written import read_answer
from publisher.model.breakdowns import BREAKDOWN
from publisher.model.definitions import (
    AbsenteeMeasure,
    DataSet,
    EnrolmentMeasure,
    SchoolCount,
    SchoolMeasure,
)
from publisher.model.stages import EVIDENCE_COLUMNS, ROW_KEY, Supply


class Answers:
    """The answers of a release, read from working files one by one."""

    def __init__(self, written: Mapping[str, Path]) -> None:
        """Know the file of each answer by its name."""
        self._written = written

    def cells(self, data_set: DataSet) -> pd.DataFrame:
        """The counts of one data set."""
        name = queries_answers.cells_name(data_set)
        return self._frame(name, may_be_unknown(data_set))

    def evidence(self) -> pd.DataFrame:
        """Who stands behind each row; empty where no data set counts pupils."""
        if queries_answers.EVIDENCE not in self._written:
            return pd.DataFrame(columns=[*ROW_KEY, *EVIDENCE_COLUMNS])
        return self._frame(queries_answers.EVIDENCE)

    def group_evidence(self) -> pd.DataFrame:
        """Who stands behind each group of pupils; empty where no data set shows any."""
        if GROUP_EVIDENCE not in self._written:
            return pd.DataFrame(columns=[*ROW_KEY, BREAKDOWN, *EVIDENCE_COLUMNS])
        return self._frame(GROUP_EVIDENCE)

    def census_pupils(self) -> pd.DataFrame:
        """Public denominators."""
        return self._frame(census_pupils().name)

    def supply(self) -> Supply:
        """How the schools that submitted shared."""
        (row,) = read_answer(self._written[supply().name]).to_pylist()
        return Supply(registers=row["registers"], counts=row["counts"])

    def _frame(self, name: str, unknown: frozenset[str] = frozenset()) -> pd.DataFrame:
        return frame_of(read_answer(self._written[name]), unknown)


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

from __future__ import annotations

import pyarrow as pa
import pytest

from publisher.aggregate.frames import frame_of

ANSWER = pa.table(
    {
        "location": ["E92000001", "E12000001"],
        "first": pa.array([1, 2], pa.int64()),
        "second": pa.array([3, None], pa.int64()),
        "third": pa.array([5, 2**60], pa.int64()),
    }
)


def test_counts_are_whole_numbers_and_those_that_may_be_unknown_say_so() -> None:
    frame = frame_of(ANSWER, frozenset({"second"}))
    assert list(frame.columns) == ANSWER.column_names
    assert [str(each) for each in frame.dtypes] == ["str", "int64", "Int64", "int64"]
    assert frame.to_dict("list")["third"] == [5, 2**60]
    assert frame["second"].isna().tolist() == [False, True]


def test_a_count_that_must_be_known_is_never_null() -> None:
    with pytest.raises(ValueError, match="must be known"):
        frame_of(ANSWER)


def test_no_rows_have_the_same_columns() -> None:
    frame = frame_of(ANSWER.slice(0, 0), frozenset({"second"}))
    assert frame.empty
    assert [str(each) for each in frame.dtypes] == ["str", "int64", "Int64", "int64"]

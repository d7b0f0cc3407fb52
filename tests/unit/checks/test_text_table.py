"""What is read back is what was written, cell by cell."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.checks.screening.text_table import UnreadableFile, read_text_table

cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=8)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=20))
def test_every_cell_is_read_as_it_was_written(
    tmp_path: Path, lines: list[tuple[str, str, str]]
) -> None:
    path = tmp_path / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([("a", "b", "c"), *lines])
    table = read_text_table(path)
    columns = [table.column(name).texts() for name in ("a", "b", "c")]
    assert list(zip(*columns, strict=True)) == lines


def test_nothing_is_taken_for_null_or_number(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\nNA,1e3\nnull,007\n,NaN\n")
    table = read_text_table(path)
    assert table.column("a").texts() == ["NA", "null", ""]
    assert table.column("b").texts() == ["1e3", "007", "NaN"]


def test_groups_are_rows_that_agree(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,x\n1,y\n1,x\n2,x\n")
    groups = read_text_table(path).groups(["a", "b"])
    assert groups[0] == groups[2]
    assert len(set(groups.tolist())) == 3


def test_files_other_than_csv_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text("a\n1\n")
    with pytest.raises(UnreadableFile):
        read_text_table(path)

"""Broken files and wrong columns refuse the batch, and the words never repeat what is in them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from publisher.errors import BatchRefused
from tests.unit.feed.pilot.toy_counts import BATCH, number, prepared, write_counts

HEADER = "urn,date,session,code,year_group,pupils\n"
LINE = "100001,2025-11-03,AM,/,5,28\n"


def _refusal(feed: Path) -> BatchRefused:
    with pytest.raises(BatchRefused) as caught:
        prepared(feed)
    return caught.value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"urn,date,session,code,year_group\n", "no column pupils"),
        (HEADER[:-1].encode() + b",comment\n", "column 7: 'comment' does not belong here"),
        (HEADER[:-1].encode() + b",upn\n", "'upn' does not belong here"),
        (HEADER.encode() + "100001,2025-11-03,AM,é,5,28\n".encode("latin-1"), "line 2, column 4"),
        (HEADER.encode() + b"100001,2025-11-03,AM,/\n", "line 2: 4 fields where the header has 6"),
        (HEADER.encode() + LINE.encode() + b'100001,2025-11-03,AM,"/,5,28\n', "quotation mark"),
        (b"urn,urn,date,session,code,year_group,pupils\n", "'urn' is there twice"),
    ],
)
def test_a_csv_that_is_not_right_is_refused_with_its_place(
    tmp_path: Path, content: bytes, words: str
) -> None:
    (write_counts(tmp_path) / "counts.csv").write_bytes(content)
    refused = _refusal(tmp_path)
    assert words in refused.found
    assert refused.found.startswith("counts.csv")
    assert refused.advice


def test_a_parquet_file_cut_short_is_refused(tmp_path: Path) -> None:
    folder = write_counts(tmp_path)
    (folder / "counts.csv").unlink()
    table = pa.table({name: [value] for name, value in number().items()})
    path = folder / "counts.parquet"
    pa.parquet.write_table(table, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "not a whole Parquet file" in _refusal(tmp_path).found


def test_a_batch_without_counts_or_with_two_is_refused(tmp_path: Path) -> None:
    folder = write_counts(tmp_path)
    (folder / "counts.parquet").touch()
    assert "counts.csv and counts.parquet" in _refusal(tmp_path).found
    (folder / "counts.csv").unlink()
    (folder / "counts.parquet").unlink()
    assert f"batches/{BATCH} has no counts" in _refusal(tmp_path).found


def test_a_folder_that_is_no_moment_is_refused(tmp_path: Path) -> None:
    write_counts(tmp_path)
    write_counts(tmp_path, name="friday")
    with pytest.raises(BatchRefused, match="not named after a moment"):
        prepared(tmp_path, name="friday")


def test_on_roll_may_be_missing_and_counts_may_be_a_folder(tmp_path: Path) -> None:
    folder = write_counts(tmp_path)
    (folder / "on_roll.csv").unlink()
    (folder / "counts.csv").rename(tmp_path / "part.csv")
    (folder / "counts").mkdir()
    (tmp_path / "part.csv").rename(folder / "counts" / "part.csv")
    batch = prepared(tmp_path)
    assert (len(batch.counts), len(batch.on_roll)) == (1, 0)

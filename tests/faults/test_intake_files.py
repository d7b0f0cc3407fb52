"""Files that are not what they should be: the batch is refused and named, the others are kept."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from publisher.model.intake import BatchFate
from publisher.store.store import Store
from tests.unit.feed.toy_feed import (
    MARK,
    ingest,
    mark,
    pupil,
    write_batch,
    write_csv,
    write_feed,
    write_parquet,
)

BAD = "2025-11-06T1830"
Breakage = Callable[[Path], object]


def replaced(content: bytes, table: str = "marks") -> Breakage:
    return lambda batch: (batch / f"{table}.csv").write_bytes(content)


def as_parquet(columns: dict[str, object]) -> Breakage:
    def write(batch: Path) -> None:
        (batch / "marks.csv").unlink()
        pa.parquet.write_table(pa.table(columns), batch / "marks.parquet")

    return write


def truncated(batch: Path) -> None:
    (batch / "marks.csv").unlink()
    whole = write_parquet(batch / "marks.parquet", [mark()] * 1000)
    whole.write_bytes(whole.read_bytes()[:-100])


def corrupted(batch: Path) -> None:
    (batch / "marks.csv").unlink()
    upns = [f"Z{place}" for place in range(1000)]
    whole = write_parquet(batch / "marks.parquet", [mark(upn=upn) for upn in upns])
    content = bytearray(whole.read_bytes())
    content[50:2000] = bytes(1950)
    whole.write_bytes(content)


def without_column(batch: Path) -> None:
    rows = [{name: value for name, value in pupil().items() if name != "sex"}]
    write_csv(batch / "pupils.csv", rows)


HEADER = b"urn,upn,date,am,pm\n"
GOOD = b"100001,Z801200001001,2025-11-03,/,\\\n"
LATIN = "Zoë".encode("latin-1")

BREAKAGES: dict[str, tuple[Breakage, str]] = {
    "empty": (replaced(b""), r"marks\.csv is empty"),
    "comment column": (
        replaced(b"urn,upn,date,am,pm,comment\n" + GOOD[:-1] + b",hi\n"),
        r"marks\.csv, line 1, column 6: 'comment' does not belong",
    ),
    "missing column": (without_column, r"pupils\.csv, line 1: no column sex"),
    "duplicate column": (
        replaced(b"urn,upn,date,am,pm,am\n" + GOOD[:-1] + b",/\n"),
        r"marks\.csv, line 1, column 6: 'am' is there twice",
    ),
    "no header": (replaced(GOOD), r"marks\.csv, line 1: no column urn"),
    "blank header": (replaced(b"\n" + GOOD), r"line 1: no column urn"),
    "semicolons": (replaced(HEADER.replace(b",", b";")), "no column"),
    "latin-1": (
        replaced(HEADER + GOOD + b'100001,"' + LATIN + b'",2025-11-03,/,/\n'),
        r"marks\.csv, line 3, column 2: not UTF-8",
    ),
    "latin-1 header": (replaced(b"urn,\xe9,date,am,pm\n" + GOOD), "line 1, column 2: not UTF-8"),
    "latin-1 name": (
        lambda batch: (batch / "pupils.csv").write_bytes(
            (batch / "pupils.csv").read_bytes().replace(b"Zebedee", LATIN)
        ),
        r"pupils\.csv, line 2, column 1: not UTF-8",
    ),
    "utf-16": (replaced((HEADER + GOOD).decode().encode("utf-16")), "not UTF-8"),
    "too few fields": (replaced(HEADER + GOOD + b"100001,Z1\n"), r"line 3: 2 fields where"),
    "too many fields": (replaced(HEADER + GOOD[:-1] + b",x\n"), r"line 2: 6 fields where"),
    "cut in a row": (replaced(HEADER + GOOD + GOOD[:20]), r"line 3: 2 fields where"),
    "open quote": (replaced(HEADER + GOOD + b'100001,"Z1,2025-11-03,/,/\n' + GOOD), "quotation"),
    "truncated parquet": (truncated, r"marks\.parquet is not a whole Parquet"),
    "corrupted parquet": (corrupted, r"marks\.parquet is not a whole Parquet"),
    "csv called parquet": (
        lambda batch: (batch / "marks.csv").rename(batch / "marks.parquet"),
        r"marks\.parquet is not a whole Parquet",
    ),
    "parquet comment": (
        as_parquet({**{name: [value] for name, value in MARK.items()}, "comment": ["hi"]}),
        "column 6: 'comment' does not belong",
    ),
    "nested type": (
        as_parquet({**{name: [value] for name, value in MARK.items()}, "am": [["/"]]}),
        r"column 'am' has the type list",
    ),
    "binary type": (
        as_parquet({**{name: [value] for name, value in MARK.items()}, "upn": [b"\xff"]}),
        r"column 'upn' has the type binary",
    ),
    "invalid text in parquet": (
        as_parquet(
            {
                **{name: [value] for name, value in MARK.items()},
                "upn": pa.Array.from_buffers(
                    pa.string(), 1, pa.array([b"\xff\xfe"], pa.binary()).buffers()
                ),
            }
        ),
        "not a whole Parquet",
    ),
    "year 10000": (
        as_parquet(
            {
                **{name: [value] for name, value in MARK.items()},
                "date": pa.array([4_000_000], pa.int32()).cast(pa.date32()),
            }
        ),
        "not a whole Parquet",
    ),
    "table twice": (
        lambda batch: write_parquet(batch / "marks.parquet", [mark()]),
        r"has marks\.csv and marks\.parquet",
    ),
    "another table": (
        lambda batch: write_csv(batch / "comments.csv", [{"comment": "hi"}]),
        r"neither pupils nor marks",
    ),
    "empty folder": (
        lambda batch: ((batch / "marks.csv").unlink(), (batch / "marks").mkdir()),
        "has no files",
    ),
    "strange file in the folder": (
        lambda batch: (
            (batch / "marks").mkdir(),
            (batch / "marks.csv").rename(batch / "marks" / "a.xlsx"),
        ),
        r"marks/a\.xlsx is neither",
    ),
    "one bad file of two": (
        lambda batch: (
            (batch / "marks").mkdir(),
            (batch / "marks.csv").rename(batch / "marks" / "a.csv"),
            (batch / "marks" / "b.csv").write_bytes(HEADER + b"1\n"),
        ),
        r"marks/b\.csv, line 2: 1 fields",
    ),
    "nothing": (
        lambda batch: ((batch / "marks.csv").unlink(), (batch / "pupils.csv").unlink()),
        "has neither pupils nor marks",
    ),
    "a file for a folder": (
        lambda batch: (shutil.rmtree(batch), batch.write_text("hello")),
        "is not a folder",
    ),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_broken_batch_is_refused_and_the_others_are_kept(tmp_path: Path, name: str) -> None:
    break_it, words = BREAKAGES[name]
    feed = write_feed(tmp_path / "feed")
    break_it(write_batch(feed, BAD))
    store = Store(tmp_path / "store")
    refused, stored = ingest(feed, store).batches
    assert (refused.name, refused.fate) == (BAD, BatchFate.REFUSED)
    assert stored.fate is BatchFate.STORED
    assert re.search(words, refused.reason), refused.reason
    assert str(tmp_path) not in refused.reason + refused.advice
    assert [path.name for path in (tmp_path / "store" / "batches").iterdir()] == [stored.name]


@pytest.mark.parametrize(
    "name", ["2025-11-07", "20251107T1830", "2025-11-07T18:30", "2025-13-07T1830", "latest",
             "2025-11-07T2460", "2025-11-07T183000"],
)  # fmt: skip
def test_a_folder_that_is_not_named_after_a_moment_is_refused_by_name(
    tmp_path: Path, name: str
) -> None:
    feed = write_feed(tmp_path / "feed")
    write_batch(feed, name)
    outcomes = {each.name: each for each in ingest(feed, Store(tmp_path / "store")).batches}
    assert outcomes[name].fate is BatchFate.REFUSED
    assert name in outcomes[name].reason
    assert sum(each.fate is BatchFate.STORED for each in outcomes.values()) == 1


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    for place, content in enumerate((HEADER, HEADER[:-1], b"\xef\xbb\xbf" + HEADER + b"\n")):
        feed = write_feed(tmp_path / f"feed{place}")
        replaced(content)(feed / "batches" / "2025-11-07T1830")
        outcome = ingest(feed, Store(tmp_path / f"store{place}")).batches[0]
        assert outcome.account is not None, outcome.reason
        assert outcome.account.marks.arrived == 0


def test_quoted_fields_windows_line_ends_and_column_order_are_fine(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    content = b'pm,am,date,"upn",urn\r\n"\\","/",2025-11-03,"Z\n1"," 100001 "\r\n'
    replaced(content)(feed / "batches" / "2025-11-07T1830")
    outcome = ingest(feed, Store(tmp_path / "store")).batches[0]
    assert outcome.account is not None, outcome.reason
    assert outcome.account.marks.stored == 1


def test_all_batches_refused_leaves_an_empty_store(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    replaced(b"")(feed / "batches" / "2025-11-07T1830")
    store = Store(tmp_path / "store")
    report = ingest(feed, store)
    assert len(report.refused) == 1
    assert not report.registers_changed
    assert store.latest() is None

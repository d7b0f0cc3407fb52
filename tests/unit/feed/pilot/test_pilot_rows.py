"""Every row of counts is in one bucket; a school-day is stored whole or not at all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.feed.pilot import statements as of
from publisher.feed.settings import FeedSettings
from publisher.reference.codes import UNKNOWN_CODE, register_codes
from tests.unit.feed.pilot.toy_counts import number, prepared, roll, write_counts
from tests.unit.feed.toy_feed import write_csv, write_roots

CODE = {each.code: each.number for each in register_codes()}


def test_a_row_is_stored_as_numbers(tmp_path: Path) -> None:
    write_counts(tmp_path, [number(session="pm", code="I", year_group="r", pupils="3")])
    rows = prepared(tmp_path).counts.to_pylist()
    assert [list(row.values())[2:] for row in rows] == [[True, CODE["I"], 0, 3]]


@pytest.mark.parametrize(
    ("change", "bucket"),
    [
        ({"urn": ""}, of.BAD_SCHOOL),
        ({"urn": "x"}, of.BAD_SCHOOL),
        ({"urn": "999999"}, of.UNKNOWN_SCHOOL_WORDS),
        ({"date": ""}, of.BAD_DATE),
        ({"date": "03/11/2025"}, of.BAD_DATE),
        ({"date": "2025-11-08"}, of.AFTER_RECEIPT),
        ({"date": "2025-08-29"}, of.OUTSIDE_APPROVAL),
        ({"session": "EV"}, of.BAD_SESSION),
        ({"session": ""}, of.BAD_SESSION),
        ({"code": ""}, of.NO_CODE),
        ({"year_group": ""}, of.BAD_YEAR_GROUP),
        ({"year_group": "15"}, of.BAD_YEAR_GROUP),
        ({"year_group": "Year 5"}, of.BAD_YEAR_GROUP),
        ({"pupils": ""}, of.BAD_NUMBER),
        ({"pupils": "-1"}, of.BAD_NUMBER),
        ({"pupils": "2.5"}, of.BAD_NUMBER),
        ({"pupils": "10000"}, of.BAD_NUMBER),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_placed(
    tmp_path: Path, change: dict[str, str], bucket: str
) -> None:
    write_counts(tmp_path, [number(urn="100002"), number(**change)])
    batch = prepared(tmp_path)
    account = batch.account.counts
    assert {name: n for name, n in account.buckets.items() if n} == {"stored": 1, bucket: 1}
    assert account.places[bucket] == ("counts.csv, row 2",)
    assert batch.counts.column("urn").to_pylist() == [100002]


def test_a_school_day_with_a_useless_row_is_left_out_whole(tmp_path: Path) -> None:
    rows = [
        number(),
        number(code="I", pupils="many"),
        number(date="2025-11-04"),
        number(urn="100002"),
    ]
    write_counts(tmp_path, rows)
    batch = prepared(tmp_path)
    kept = {(row["urn"], str(row["date"])) for row in batch.counts.to_pylist()}
    assert kept == {(100001, "2025-11-04"), (100002, "2025-11-03")}
    assert batch.account.counts.buckets[of.INCOMPLETE] == 1


def test_the_last_of_equal_rows_counts(tmp_path: Path) -> None:
    write_counts(tmp_path, [number(pupils="1"), number(code="L"), number(pupils="7")])
    batch = prepared(tmp_path)
    assert [row["pupils"] for row in batch.counts.to_pylist()] == [7, 28]
    assert batch.account.counts.buckets[of.REPLACED] == 1


def test_different_unknown_codes_are_added_up_not_replaced(tmp_path: Path) -> None:
    rows = [number(pupils="100"), *(number(code=each, pupils="2") for each in ("??", "q", "long"))]
    write_counts(tmp_path, rows)
    batch = prepared(tmp_path)
    assert batch.counts.to_pylist()[-1]["code"] == UNKNOWN_CODE
    assert batch.counts.to_pylist()[-1]["pupils"] == 6
    assert batch.account.unknown_codes == 6
    assert batch.account.unknown_code_texts == ("??", "q")


def test_a_school_with_too_many_unknown_codes_is_refused(tmp_path: Path) -> None:
    rows = [number(pupils="3"), number(code="?", pupils="1"), number(urn="100002")]
    write_counts(tmp_path, rows)
    refused = prepared(tmp_path)
    assert refused.account.schools_refused == (100001,)
    assert refused.account.counts.buckets[of.SCHOOL_REFUSED] == 2
    assert prepared(tmp_path, FeedSettings(unknown_code_percent=25)).account.schools_refused == ()


def test_more_pupils_than_on_roll_is_reported(tmp_path: Path) -> None:
    rows = [number(pupils="20"), number(code="I", pupils="11"), number(session="PM")]
    write_counts(tmp_path, rows, [roll(), roll(year_group="6", pupils="0")])
    assert prepared(tmp_path).account.sessions_above_roll == 1


def test_codes_out_of_their_time_are_kept_and_reported(tmp_path: Path) -> None:
    write_counts(tmp_path, [number(), number(code="H", pupils="2")])
    account = prepared(tmp_path).account
    assert account.codes_out_of_date == {"H": 2}
    assert account.counts.stored == 2


def test_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    rows = [number(), number(session="PM", pupils="27"), number(code="I", pupils="0")]
    folder = write_counts(tmp_path / "csv", rows)
    other = tmp_path / "parquet" / "batches" / folder.name
    write_roots(tmp_path / "parquet")
    other.mkdir(parents=True)
    for name in ("counts", "on_roll"):
        table = pyarrow.csv.read_csv(folder / f"{name}.csv")
        pyarrow.parquet.write_table(table, other / f"{name}.parquet")
    one, two = prepared(tmp_path / "csv"), prepared(tmp_path / "parquet")
    assert one.counts == two.counts
    assert one.on_roll == two.on_roll


VALUES = {
    "urn": ["100001", "100002", "999999", "x", ""],
    "date": ["2025-11-03", "2025-11-04", "2025-11-09", "2025-01-01", "nonsense", ""],
    "session": ["AM", "PM", "am", "EV", ""],
    "code": ["/", "\\", "I", "N", "?", "!!", ""],
    "year_group": ["1", "11", "R", "n1", "x", "0", ""],
    "pupils": ["0", "1", "30", "9999", "10000", "-3", "", "a"],
}
GOOD = {name: values[:2] for name, values in VALUES.items()}


def _rows(choices: dict[str, list[str]]) -> st.SearchStrategy:
    return st.fixed_dictionaries({name: st.sampled_from(each) for name, each in choices.items()})


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(_rows(VALUES), _rows(GOOD), _rows(GOOD)), max_size=30), st.integers(1, 9))
def test_every_row_is_in_one_bucket_and_what_is_stored_is_what_was_sent(rows, at_a_time) -> None:
    with TemporaryDirectory() as folder:
        feed = Path(folder)
        write_counts(feed, rows, [])
        batch = prepared(feed, FeedSettings(rows_at_a_time=at_a_time, unknown_code_percent=100))
    assert sum(batch.account.counts.buckets.values()) == len(rows)
    stored = Counter()
    for row in batch.counts.to_pylist():
        key = (row["urn"], str(row["date"]), row["afternoon"], row["code"], row["year_group"])
        assert key not in stored
        stored[key] = row["pupils"]
    assert stored == _expected(rows)


def _expected(rows: list[dict[str, str]]) -> Counter:
    years = {"1": 1, "11": 11, "R": 0, "n1": -2, "x": 100}
    last, spoiled = {}, set()
    for row in rows:
        place = row["urn"] in ("100001", "100002"), row["date"][:4] == "2025"
        day = (int(row["urn"]), row["date"]) if all(place) else None
        number = row["pupils"] in ("0", "1", "30", "9999")
        useful = row["session"].upper() in ("AM", "PM") and row["code"] and number
        if day and not (useful and row["year_group"] in years):
            spoiled.add(day)
        elif day and row["date"] in ("2025-11-03", "2025-11-04"):
            key = (*day, row["session"].upper() == "PM", row["code"], years[row["year_group"]])
            last[key] = int(row["pupils"])
    found = Counter()
    for (urn, day, afternoon, code, year), pupils in last.items():
        if (urn, day) not in spoiled:
            key = (urn, day, afternoon, CODE.get(code, UNKNOWN_CODE), year)
            found[key] = found.get(key, 0) + pupils
    return found


def test_a_feed_of_registers_has_no_counts(tmp_path: Path) -> None:
    folder = write_counts(tmp_path)
    write_csv(folder / "marks.csv", [{"urn": "1", "upn": "", "date": "", "am": "", "pm": ""}])
    with pytest.raises(Exception, match="neither counts nor on_roll"):
        prepared(tmp_path)

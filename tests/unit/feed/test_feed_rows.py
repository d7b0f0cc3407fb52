"""What becomes of single rows of marks and pupils."""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet
import pytest

from publisher.feed.settings import FeedSettings
from publisher.model.intake import BatchAccount
from publisher.reference.codes import UNKNOWN_CODE, register_codes
from publisher.store.store import Store
from tests.unit.feed.toy_feed import (
    BATCH,
    KEY,
    Row,
    Rows,
    ingest,
    mark,
    pupil,
    school,
    write_batch,
    write_feed,
    write_parquet,
    write_roots,
)

NUMBER = {each.code: each.number for each in register_codes()}


def stored(store: Store, table: str) -> Rows:
    paths = [str(path) for path in getattr(store.snapshot(), table)]
    found = duckdb.execute("SELECT * FROM read_parquet($paths)", {"paths": paths})
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def account_of(tmp_path: Path, store: Store, settings: FeedSettings | None = None) -> BatchAccount:
    outcome = ingest(tmp_path / "feed", store, settings=settings).batches[0]
    assert outcome.account is not None, outcome.reason
    return outcome.account


def test_a_good_mark_is_stored(tmp_path: Path) -> None:
    write_feed(tmp_path / "feed")
    store = Store(tmp_path / "store")
    account_of(tmp_path, store)
    assert stored(store, "marks") == [
        {
            "urn": 100001,
            "pupil": int(KEY.pupils(["Z801200001001"])[0]),
            "date": date(2025, 11, 3),
            "am": NUMBER["/"],
            "pm": NUMBER["\\"],
            "received": datetime(2025, 11, 7, 18, 30),
        }
    ]


@pytest.mark.parametrize(
    ("change", "bucket"),
    [
        ({"upn": ""}, "no pupil number"),
        ({"upn": "  "}, "no pupil number"),
        ({"urn": ""}, "school number missing or malformed"),
        ({"urn": "ten"}, "school number missing or malformed"),
        ({"date": ""}, "date missing or malformed"),
        ({"date": "3 November"}, "date missing or malformed"),
        ({"date": "2025-11-31"}, "date missing or malformed"),
        ({"urn": "999999"}, "school not in the register"),
        ({"date": "2025-11-08"}, "dated after the batch was received"),
        ({"date": "2025-08-31"}, "outside the school's sharing approval"),
    ],
)
def test_a_bad_mark_is_in_its_bucket_and_not_stored(
    tmp_path: Path, change: Row, bucket: str
) -> None:
    write_feed(tmp_path / "feed", marks=[mark(), mark(**change)])
    store = Store(tmp_path / "store")
    account = account_of(tmp_path, store)
    assert account.marks.arrived == 2
    assert account.marks.buckets[bucket] == 1
    assert account.marks.stored == 1
    assert account.marks.places[bucket] == ("marks.csv, row 2",)
    assert len(stored(store, "marks")) == 1


def test_marks_on_the_day_of_receipt_and_on_both_ends_of_an_approval_count(
    tmp_path: Path,
) -> None:
    feed = write_feed(
        tmp_path / "feed",
        marks=[mark(date=day) for day in ("2025-11-02", "2025-11-03", "2025-11-05", "2025-11-06",
                                          "2025-11-07")],
    )  # fmt: skip
    spans = [("2025-11-03", "2025-11-05"), ("2025-11-04", "2025-11-05"), ("2025-11-07", "")]
    write_roots(
        feed,
        approvals=[
            {"urn": "100001", "approved_from": first, "approved_to": last} for first, last in spans
        ],
    )
    store = Store(tmp_path / "store")
    account = account_of(tmp_path, store)
    assert account.marks.buckets["outside the school's sharing approval"] == 2
    days = {str(row["date"]) for row in stored(store, "marks")}
    assert days == {"2025-11-03", "2025-11-05", "2025-11-07"}


def test_without_any_approval_nothing_is_read(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    write_roots(feed, approvals=[])
    account = account_of(tmp_path, Store(tmp_path / "store"))
    assert account.marks.buckets["outside the school's sharing approval"] == 1


def test_the_last_of_two_marks_counts_also_across_files(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    folder = feed / "batches" / BATCH
    (folder / "marks.csv").unlink()
    write_parquet(folder / "marks" / "a.parquet", [mark(am="I"), mark(am="L"), mark(am="B")])
    write_parquet(folder / "marks" / "b.parquet", [mark(am="N", pm="L")])
    store = Store(tmp_path / "store")
    account = account_of(tmp_path, store)
    assert account.marks.buckets["replaced by a later row of the same batch"] == 3
    assert [(row["am"], row["pm"]) for row in stored(store, "marks")] == [
        (NUMBER["N"], NUMBER["L"])
    ]


def test_blank_marks_withdraw(tmp_path: Path) -> None:
    write_feed(tmp_path / "feed", marks=[mark(am="", pm=" ")])
    store = Store(tmp_path / "store")
    account = account_of(tmp_path, store)
    assert account.withdrawals == 1
    assert account.marks.stored == 1
    assert [(row["am"], row["pm"]) for row in stored(store, "marks")] == [(0, 0)]


def days_of_marks(count: int, **changes: object) -> Rows:
    return [mark(upn=f"Z80120000{place:04d}", **changes) for place in range(count)]


def test_unknown_codes_are_kept_counted_and_named_when_short(tmp_path: Path) -> None:
    odd = [mark(am="Z9"), mark(upn="Z2", pm="Quixotequill")]
    write_feed(tmp_path / "feed", marks=[*odd, *days_of_marks(20)])
    store = Store(tmp_path / "store")
    account = account_of(tmp_path, store)
    assert account.unknown_codes == 2
    assert account.unknown_code_texts == ("Z9",)
    assert sum(row["am"] == UNKNOWN_CODE for row in stored(store, "marks")) == 1


def test_a_school_above_the_share_of_unknown_codes_is_refused_and_named(tmp_path: Path) -> None:
    fine = [mark(urn="100002", upn=f"Z9{place}") for place in range(3)]
    # 4 of 18 marks: 22%
    odd = [mark(upn=f"Z7{place}", am="?", pm="?") for place in range(2)]
    write_feed(tmp_path / "feed", marks=[*days_of_marks(7), *odd, *fine])
    store = Store(tmp_path / "store")
    account = account_of(tmp_path, store)
    assert account.schools_refused == (100001,)
    assert account.marks.buckets["school with too many unknown codes"] == 9
    assert {row["urn"] for row in stored(store, "marks")} == {100002}


def test_exactly_the_share_of_unknown_codes_is_let_in(tmp_path: Path) -> None:
    odd = [mark(upn=f"Z7{place}", am="?", pm="?") for place in range(2)]
    write_feed(tmp_path / "feed", marks=[*days_of_marks(8), *odd])
    account = account_of(tmp_path, Store(tmp_path / "store"))
    assert account.schools_refused == ()
    assert account.unknown_codes == 4


def test_blank_marks_do_not_dilute_the_share(tmp_path: Path) -> None:
    blanks = [mark(upn=f"Z6{place}", am="", pm="") for place in range(50)]
    odd = [mark(upn="Z7", am="?", pm="?")]
    write_feed(tmp_path / "feed", marks=[*days_of_marks(3), *odd, *blanks])
    account = account_of(tmp_path, Store(tmp_path / "store"))
    assert account.schools_refused == (100001,)


def test_the_share_is_a_setting(tmp_path: Path) -> None:
    odd = [mark(upn="Z7", am="?", pm="?")]
    write_feed(tmp_path / "feed", marks=[*days_of_marks(1), *odd])
    lenient = FeedSettings(unknown_code_percent=50)
    account = account_of(tmp_path, Store(tmp_path / "store"), lenient)
    assert account.schools_refused == ()


def test_retired_and_early_codes_are_kept_and_counted_by_code(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    ledger = [{"urn": "100001", "approved_from": "2022-09-01", "approved_to": ""}]
    write_roots(feed, approvals=ledger)
    write_batch(
        feed,
        marks=[
            mark(am="H", pm="H"),
            mark(date="2024-08-18", am="H", pm="K"),
            mark(date="2024-08-19", am="K", pm="J"),
        ],
    )
    account = account_of(tmp_path, Store(tmp_path / "store"))
    assert account.codes_out_of_date == {"H": 2, "K": 1, "J": 1}
    assert account.marks.stored == 3


@pytest.mark.parametrize(
    ("change", "bucket"),
    [
        ({"upn": ""}, "no pupil number"),
        ({"urn": ""}, "school number missing or malformed"),
        ({"urn": "x"}, "school number missing or malformed"),
        ({"urn": "999999"}, "school not in the register"),
        ({"date_of_birth": ""}, "date of birth missing or malformed"),
        ({"date_of_birth": "17/03/2015"}, "date of birth missing or malformed"),
        ({"date_of_birth": "2025-11-08"}, "born after the batch was received"),
        ({"date_of_birth": "2025-11-07"}, "younger than two when the batch was received"),
        ({"date_of_birth": "2023-11-08"}, "younger than two when the batch was received"),
        ({"la_code": ""}, "local authority not known"),
        ({"la_code": "999"}, "local authority not known"),
        ({"admission_date": "soon"}, "admission or leaving date malformed"),
        ({"expected_leaving_date": "2026"}, "admission or leaving date malformed"),
        ({"leaving_date": "2025-02-29"}, "admission or leaving date malformed"),
    ],
)
def test_a_bad_pupil_record_is_in_its_bucket_and_not_stored(
    tmp_path: Path, change: Row, bucket: str
) -> None:
    rows = [pupil(upn="Z801200009999"), pupil(**change)]
    write_feed(tmp_path / "feed", pupils=rows)
    store = Store(tmp_path / "store")
    account = account_of(tmp_path, store)
    assert account.pupils.arrived == 2
    assert account.pupils.buckets[bucket] == 1
    assert account.pupils.stored == 1
    assert len(stored(store, "pupils")) == 1


def test_a_two_year_old_is_let_in(tmp_path: Path) -> None:
    write_feed(tmp_path / "feed", pupils=[pupil(date_of_birth="2023-11-07")])
    assert account_of(tmp_path, Store(tmp_path / "store")).pupils.stored == 1


def test_a_pupil_record_is_kept_without_what_identifies(tmp_path: Path) -> None:
    write_feed(tmp_path / "feed")
    store = Store(tmp_path / "store")
    account_of(tmp_path, store)
    assert stored(store, "pupils") == [
        {
            "urn": 100001,
            "pupil": int(KEY.pupils(["Z801200001001"])[0]),
            "cohort": 2015,
            "sex": "Male",
            "ethnicity": "WBRI",
            "year_group": "5",
            "looked_after": False,
            "previously_looked_after": False,
            "sen_support": True,
            "ehc_plan": None,
            "free_school_meals": True,
            "child_in_need": False,
            "child_protection_plan": False,
            "admission_date": date(2020, 9, 1),
            "leaving_date": None,
            "received": datetime(2025, 11, 7, 18, 30),
        }
    ]


def test_what_is_not_understood_of_a_characteristic_is_unknown_and_counted(
    tmp_path: Path,
) -> None:
    odd = pupil(sen_support="perhaps", ethnicity="XXXX", ehc_plan="")
    write_feed(tmp_path / "feed", pupils=[odd])
    store = Store(tmp_path / "store")
    account = account_of(tmp_path, store)
    assert account.unreadable_values == {"ethnicity": 1, "sen_support": 1}
    row = stored(store, "pupils")[0]
    assert (row["sen_support"], row["ethnicity"], row["ehc_plan"]) == (None, "", None)


def test_the_last_record_of_an_enrolment_counts_and_two_schools_are_two(tmp_path: Path) -> None:
    rows = [pupil(year_group="4"), pupil(urn="100002"), pupil(year_group="6")]
    write_feed(tmp_path / "feed", pupils=rows)
    store = Store(tmp_path / "store")
    account = account_of(tmp_path, store)
    assert account.pupils.buckets["replaced by a later row of the same batch"] == 1
    found = [(row["urn"], row["year_group"]) for row in stored(store, "pupils")]
    assert found == [(100001, "6"), (100002, "5")]


def test_a_refused_record_replaces_nothing(tmp_path: Path) -> None:
    write_feed(tmp_path / "feed", pupils=[pupil(year_group="4"), pupil(la_code="999")])
    store = Store(tmp_path / "store")
    account_of(tmp_path, store)
    assert [row["year_group"] for row in stored(store, "pupils")] == ["4"]


def test_parquet_types_that_mean_the_same_give_the_same_store(tmp_path: Path) -> None:
    write_feed(tmp_path / "text" / "feed", marks=[mark(), mark(date="2025-11-04", am="")])
    as_text = Store(tmp_path / "text" / "store")
    account_of(tmp_path / "text", as_text)

    feed = write_roots(tmp_path / "typed" / "feed", schools=[school(urn=100001, la_code=202)])
    folder = feed / "batches" / BATCH
    folder.mkdir(parents=True)
    days = [date(2025, 11, 3), date(2025, 11, 4)]
    pa.parquet.write_table(
        pa.table(
            {
                "pm": pa.array(["\\", "\\"]).dictionary_encode(),
                "am": pa.array(["/", None], pa.large_string()),
                "date": pa.array(days).cast(pa.timestamp("ns")),
                "upn": pa.array(["Z801200001001"] * 2).dictionary_encode(),
                "urn": pa.array([100001.0, 100001.0]),
            }
        ),
        folder / "marks.parquet",
    )
    typed: Row = {
        "urn": 100001,
        "la_code": 202,
        "date_of_birth": date(2015, 3, 17),
        "year_group": 5,
        "looked_after": False,
        "sen_support": 1,
        "ehc_plan": None,
        "admission_date": datetime(2020, 9, 1),
        "leaving_date": None,
    }
    write_parquet(folder / "pupils.parquet", [pupil(**typed)])
    as_types = Store(tmp_path / "typed" / "store")
    account_of(tmp_path / "typed", as_types)
    for table in ("marks", "pupils"):
        assert stored(as_types, table) == stored(as_text, table)


def test_a_batch_may_have_only_one_of_its_tables(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    (feed / "batches" / BATCH / "pupils.csv").unlink()
    store = Store(tmp_path / "store")
    outcome = ingest(feed, store).batches[0]
    assert outcome.account is not None
    assert (outcome.account.marks.stored, outcome.account.pupils.arrived) == (1, 0)
    assert outcome.held_back == 1
    assert stored(store, "pupils") == []

    later = write_batch(feed, "2025-11-08T0900")
    (later / "marks.csv").unlink()
    outcome = ingest(feed, store).batches[1]
    assert outcome.account is not None
    assert (outcome.account.marks.arrived, outcome.account.pupils.stored) == (0, 1)


def test_marks_without_a_record_are_stored_and_reported_as_held_back(tmp_path: Path) -> None:
    rows = [mark(), mark(upn="nobody"), mark(upn="nobody", date="2025-11-04", am="", pm="")]
    write_feed(tmp_path / "feed", marks=rows)
    outcome = ingest(tmp_path / "feed", Store(tmp_path / "store")).batches[0]
    assert outcome.account is not None
    assert outcome.account.marks.stored == 3
    assert outcome.held_back == 1


def test_files_are_sorted_whatever_order_rows_come_in(tmp_path: Path) -> None:
    rows = [
        mark(urn=urn, upn=f"Z{place}", date=f"2025-11-0{day}")
        for day in (5, 3, 4)
        for urn in ("100003", "100001")
        for place in (9, 2, 5)
    ]
    write_feed(tmp_path / "feed", marks=rows)
    store = Store(tmp_path / "store")
    account_of(tmp_path, store)
    keys = [(row["urn"], row["pupil"], row["date"]) for row in stored(store, "marks")]
    assert keys == sorted(keys)  # type: ignore[type-var]
    assert len(keys) == 18
    days = [(row["urn"], row["date"], row["marks"]) for row in stored(store, "school_days")]
    assert days == [(urn, date(2025, 11, day), 3) for urn in (100001, 100003) for day in (3, 4, 5)]

"""Every row is in exactly one bucket, and what is stored is what a plain loop would store."""

import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.feed.columns import COLUMNS
from publisher.feed.marks import MarkBucket
from publisher.feed.pupils import PupilBucket
from publisher.feed.settings import FeedSettings
from publisher.model.accounting import Bucket, account_at_the_door, bucket_at_the_door
from publisher.model.intake import STORED, RowAccount
from publisher.reference.codes import UNKNOWN_CODE, register_codes
from publisher.store.store import Store
from tests.unit.feed.test_feed_rows import stored
from tests.unit.feed.toy_feed import (
    KEY,
    Row,
    Rows,
    ingest,
    pupil,
    school,
    write_batch,
    write_parquet,
    write_roots,
)

URNS = ["100001", "100002", "100003", "100004", "999999", "", "x", " 100001"]
UPNS = ["Z1", "Z2", "Z3", " Z1", "", " "]
DATES = ["2025-11-03", "2025-11-04", "2025-11-05", "2025-11-08", "2025-02-30", "", "soon"]
CODES = ["/", "\\", "I", "L", "H", "Z9", "", " ", " I "]
APPROVED = {"100001": ("2025-09-01", ""), "100002": ("2025-11-04", "2025-11-04")}
RECEIVED = "2025-11-07"

marks = st.lists(
    st.fixed_dictionaries(
        {
            "urn": st.sampled_from(URNS),
            "upn": st.sampled_from(UPNS),
            "date": st.sampled_from(DATES),
            "am": st.sampled_from(CODES),
            "pm": st.sampled_from(CODES),
        }
    ),
    max_size=60,
)
pupils = st.lists(
    st.fixed_dictionaries(
        {
            "urn": st.sampled_from(URNS),
            "upn": st.sampled_from(UPNS),
            "date_of_birth": st.sampled_from(
                ["2015-03-17", "2025-12-01", "2024-01-01", "", "x", "2010-08-31"]
            ),
            "la_code": st.sampled_from(["202", "999", ""]),
            "leaving_date": st.sampled_from(["", "2025-11-01", "x"]),
            "sen_support": st.sampled_from(["1", "", "perhaps"]),
        }
    ),
    max_size=30,
)


def iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def let_in(row: Row) -> bool:
    """The rules of the contract for a row of marks, one after the other."""
    urn, upn, day = (str(row[name]).strip() for name in ("urn", "upn", "date"))
    if not upn or urn not in APPROVED or iso(day) is None or day > RECEIVED:
        return False
    first, last = APPROVED[urn]
    return first <= day <= (last or "9999")


def expected_marks(rows: Rows, percent: int) -> set[tuple[object, ...]]:
    numbers = {each.code: each.number for each in register_codes()} | {"": 0}
    latest: dict[tuple[str, str, str], tuple[int, int]] = {}
    for row in rows:
        if let_in(row):
            urn, upn, day, am, pm = (str(row[name]).strip() for name in COLUMNS["marks"])
            latest[urn, upn, day] = (
                numbers.get(am, UNKNOWN_CODE),
                numbers.get(pm, UNKNOWN_CODE),
            )
    given_marks: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for (urn, _, _), halves in latest.items():
        given_marks[urn] += sum(half != 0 for half in halves)
        unknown[urn] += sum(half == UNKNOWN_CODE for half in halves)
    return {
        (int(urn), int(KEY.pupils([upn])[0]), iso(day), *halves)
        for (urn, upn, day), halves in latest.items()
        if 100 * unknown[urn] <= percent * given_marks[urn]
    }


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(marks=marks, pupils=pupils, percent=st.sampled_from([0, 20, 100]), chunk=st.integers(1, 7))
def test_every_row_is_in_one_bucket_and_the_right_ones_are_stored(
    marks: Rows, pupils: Rows, percent: int, chunk: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "feed"
        ledger: Rows = [
            {"urn": urn, "approved_from": first, "approved_to": last}
            for urn, (first, last) in APPROVED.items()
        ]
        schools = [school(urn=urn) for urn in URNS[:3]]
        write_roots(feed, schools=schools, approvals=ledger)
        batch = write_batch(feed, marks=marks, pupils=[pupil(**row) for row in pupils])
        if marks and chunk % 2:
            (batch / "marks.csv").unlink()
            write_parquet(batch / "marks.parquet", marks)
        store = Store(Path(folder) / "store")
        options = FeedSettings(unknown_code_percent=percent, rows_at_a_time=chunk)
        account = ingest(feed, store, settings=options).batches[0].account
        assert account is not None
        assert account.marks.arrived == sum(account.marks.buckets.values()) == len(marks)
        assert account.pupils.arrived == sum(account.pupils.buckets.values()) == len(pupils)
        found = stored(store, "marks")
        keys = {tuple(row.values())[:5] for row in found}
        assert keys == expected_marks(marks, percent)
        assert len(found) == account.marks.buckets[STORED]
        assert len(stored(store, "pupils")) == account.pupils.buckets[STORED]
        unknown = sum(row[half] == UNKNOWN_CODE for row in found for half in ("am", "pm"))
        assert account.unknown_codes == unknown
        withdrawn = sum((row["am"], row["pm"]) == (0, 0) for row in found)
        assert account.withdrawals == withdrawn


def test_an_account_that_does_not_sum_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="sum"):
        RowAccount(3, {STORED: 1, "refused": 1})


def test_every_reason_of_the_door_has_its_bucket() -> None:
    """The words are stored with each batch: an account must know them for good."""
    kept = {
        MarkBucket.STORED: Bucket.TAKEN_IN,
        MarkBucket.OUTSIDE_APPROVAL: Bucket.OUTSIDE_APPROVAL,
        MarkBucket.AFTER_RECEIPT: Bucket.OUTSIDE_DATES,
        MarkBucket.REPLACED: Bucket.DUPLICATE,
        MarkBucket.ERASED: Bucket.ERASED,
        PupilBucket.STORED: Bucket.TAKEN_IN,
        PupilBucket.REPLACED: Bucket.DUPLICATE,
        PupilBucket.ERASED: Bucket.ERASED,
    }
    for reason in (*MarkBucket, *PupilBucket):
        assert bucket_at_the_door(reason.value) is kept.get(reason, Bucket.REFUSED)


def test_an_account_of_the_door_sums() -> None:
    account = account_at_the_door({STORED: 5, "no pupil number": 2, "date missing": 1, "other": 0})
    assert account.arrived == 8
    assert account.buckets == {Bucket.TAKEN_IN: 5, Bucket.REFUSED: 3}
    assert [line.rows for line in account.lines] == [5, 2, 1]

"""Which days of a school are counted, as a table: `method.approvals` and `method.withdrawals`."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.aggregate.settings import MethodSettings
from publisher.feed.approvals import Approvals
from publisher.feed.chunks import day_number
from publisher.feed.intake import open_feed
from publisher.feed.settings import FeedSettings
from publisher.model.intake import APPROVALS_SCHEMA
from publisher.model.progress import Silent
from publisher.reference.sharing import SharingRule, days_shared, mandatory_from
from tests.unit.feed.toy_feed import KEY, mark, write_batch, write_roots

BINDING = MethodSettings()
REGULATED = MethodSettings(approvals="as regulated")
NO_WAY_OUT = MethodSettings(approvals="as regulated", withdrawals="reported")
URN = 100001

# approval of the school (from, to)              day           binding  regulated  no way out
TABLE = """
none                                             2024-08-16    no       no         no
none                                             2024-08-19    no       yes        yes
none                                             2025-11-03    no       yes        yes
2023-09-01..                                     2023-08-31    no       no         no
2023-09-01..                                     2023-09-01    yes      yes        yes
2023-09-01..                                     2025-11-03    yes      yes        yes
2023-09-01..2024-03-31                           2024-03-31    yes      yes        yes
2023-09-01..2024-03-31                           2024-04-01    no       no         no
2023-09-01..2024-03-31                           2024-09-09    no       yes        yes
2023-09-01..2025-10-24                           2025-10-24    yes      yes        yes
2023-09-01..2025-10-24                           2025-11-03    no       no         yes
2025-11-03..                                     2025-10-31    no       yes        yes
2023-09-01..2025-07-31 and 2025-11-03..          2025-10-01    no       no         yes
2023-09-01..2025-07-31 and 2025-11-03..          2025-11-03    yes      yes        yes
"""
CASES = [line.rsplit(maxsplit=4) for line in TABLE.strip().splitlines()]


def ledger(written: str) -> pa.Table:
    spans = [] if written == "none" else [each.split("..") for each in written.split(" and ")]
    rows = [
        {
            "urn": URN,
            "approved_from": date.fromisoformat(first),
            "approved_to": date.fromisoformat(last) if last else None,
        }
        for first, last in spans
    ]
    return pa.Table.from_pylist(rows, schema=APPROVALS_SCHEMA)


def is_counted(approvals: pa.Table, day: date, rule: SharingRule) -> bool:
    shared = days_shared(approvals, [URN], rule)
    urns = pa.array([URN], pa.int32()).to_numpy()
    (covered,) = Approvals(shared, urns).cover(urns * 0, urns * 0 + day_number(day))
    return bool(covered)


@pytest.mark.parametrize(("spans", "day", "binding", "regulated", "no_way_out"), CASES)
def test_which_days_count(spans, day, binding, regulated, no_way_out) -> None:
    for method, expected in ((BINDING, binding), (REGULATED, regulated), (NO_WAY_OUT, no_way_out)):
        found = is_counted(ledger(spans.strip()), date.fromisoformat(day), method.sharing)
        assert found is (expected == "yes"), method.approvals


def test_sharing_is_mandatory_from_the_19th_of_august_2024() -> None:
    assert mandatory_from() == date(2024, 8, 19)


days = st.dates(date(2024, 7, 1), date(2024, 10, 15))
spans = st.lists(
    st.tuples(days, st.none() | days).filter(lambda each: each[1] is None or each[0] <= each[1]),
    max_size=4,
)


@given(spans, days, st.booleans(), st.booleans())
def test_any_ledger_is_read_as_the_words_say(given_spans, day, binding, honoured) -> None:
    approvals = pa.Table.from_pylist(
        [{"urn": URN, "approved_from": a, "approved_to": b} for a, b in given_spans],
        schema=APPROVALS_SCHEMA,
    )
    approved = any(a <= day and (b is None or day <= b) for a, b in given_spans)
    withdrew = any(b is not None and mandatory_from() <= b < day for _, b in given_spans)
    must = not binding and day >= mandatory_from() and not (honoured and withdrew)
    assert is_counted(approvals, day, SharingRule(binding, honoured)) is (approved or must)


def test_the_intake_lets_in_what_the_rule_says(tmp_path: Path) -> None:
    feed = write_roots(tmp_path / "feed", approvals=[])
    folder = write_batch(feed, marks=[mark()])
    for method, stored in ((BINDING, 0), (REGULATED, 1)):
        opened = open_feed(feed, FeedSettings(), method.sharing)
        assert opened.arrived(folder).prepare(KEY, Silent()).account.marks.stored == stored


def test_a_ledger_survives_being_written(tmp_path: Path) -> None:
    """The store's own file has the schema that the rule adds rows to."""
    pq.write_table(ledger("2023-09-01.."), tmp_path / "approvals.parquet", store_schema=False)
    read = pq.read_table(tmp_path / "approvals.parquet")
    assert len(days_shared(read, [URN, 100002], REGULATED.sharing)) == 3

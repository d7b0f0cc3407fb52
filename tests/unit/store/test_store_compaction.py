"""Compaction changes where rows are, never what is known; retention gives up what it may."""

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.errors import StoreProblem
from publisher.model.intake import GIVEN_UP, STORED, BatchFate
from publisher.store.settings import StoreSettings
from publisher.store.store import Store
from publisher.store.weeks import whole_weeks
from tests.unit.feed.toy_feed import ingest, mark, pupil, write_batch, write_roots
from tests.unit.store.knowledge import counts, everything, latest, moment, told

BATCHES = [f"2025-11-{day:02}T1830" for day in (3, 5, 7, 12, 14, 20)]
UPNS = ("Z1", "Z2", "Z3")
rows = st.lists(
    st.builds(
        lambda urn, upn, day, am: mark(urn=urn, upn=upn, date=f"2025-11-{day:02}", am=am),
        st.sampled_from(("100001", "100002")),
        st.sampled_from(UPNS),
        st.integers(1, 7),
        st.sampled_from(("/", "I", "L", "", "?")),
    ),
    max_size=8,
)
records = st.lists(
    st.builds(
        lambda upn, leaving: pupil(upn=upn, leaving_date=leaving),
        st.sampled_from(UPNS),
        st.sampled_from(("", "2025-11-05")),
    ),
    max_size=3,
)
deliveries = st.dictionaries(
    st.sampled_from(BATCHES), st.tuples(rows, records), min_size=1, max_size=6
)


def store_of(
    folder: Path, delivered: dict, order: list[str], compacted_after: set[int], days: int | None
) -> Store:
    store = Store(folder / "store", StoreSettings(retention_days=days))
    feed = write_roots(folder / "feed")
    for number, name in enumerate(order):
        marks, pupils = delivered[name]
        write_batch(feed, name, marks, pupils)
        assert not ingest(feed, store).refused
        if number in compacted_after:
            compact(store)
    return store


def compact(store: Store):
    with store.writing() as writer:
        return writer.compact()


def moments(names: list[str]) -> list[datetime]:
    known = [moment(name) for name in names]
    first = [each - timedelta(minutes=1) for each in known]
    return sorted([*known, *first, *(each + timedelta(seconds=1) for each in known)])


FEW = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def knows_what_it_knew(delivered, random, compacted) -> None:
    order = random.sample(sorted(delivered), k=len(delivered))
    with tempfile.TemporaryDirectory() as folder:
        loose = store_of(Path(folder) / "loose", delivered, order, set(), None)
        tight = store_of(Path(folder) / "tight", delivered, order, compacted, None)
        compact(tight)
        tight.verify()
        assert tight.status().folders == 1
        for at in moments(order):
            assert told(tight, at) == told(loose, at)
            assert tight.changed_since(at).school_days == loose.changed_since(at).school_days
            assert tight.changed_since(at).batches == loose.changed_since(at).batches
        assert whole_weeks(tight.snapshot()) == whole_weeks(loose.snapshot())


LOOSE = (deliveries, st.randoms(use_true_random=False), st.sets(st.integers(0, 5)))


@FEW
@given(*LOOSE)
def test_a_compacted_store_knows_at_every_moment_what_it_knew(delivered, random, compacted) -> None:
    knows_what_it_knew(delivered, random, compacted)


@pytest.mark.full
@MANY
@given(*LOOSE)
def test_a_compacted_store_knows_what_it_knew_many_times(delivered, random, compacted) -> None:
    knows_what_it_knew(delivered, random, compacted)


def answers_inside_the_period(delivered, random, compacted, days) -> None:
    order = random.sample(sorted(delivered), k=len(delivered))
    with tempfile.TemporaryDirectory() as folder:
        loose = store_of(Path(folder) / "loose", delivered, order, set(), None)
        tight = store_of(Path(folder) / "tight", delivered, order, compacted, days)
        compact(tight)
        tight.verify()
        begins = tight.latest() - timedelta(days=days)
        for at in [begins, *moments(order)]:
            if at >= begins:
                assert told(tight, at, counts) == told(loose, at, counts)
        check_accounts(tight)


@FEW
@given(*LOOSE, st.integers(1, 20))
def test_retention_keeps_every_answer_inside_the_period(delivered, random, compacted, days) -> None:
    answers_inside_the_period(delivered, random, compacted, days)


@pytest.mark.full
@MANY
@given(*LOOSE, st.integers(1, 20))
def test_retention_keeps_every_answer_many_times(delivered, random, compacted, days) -> None:
    answers_inside_the_period(delivered, random, compacted, days)


def check_accounts(store: Store) -> None:
    """Of each batch, as many rows are there as its account says."""
    contents = store._contents
    for name in ("marks", "pupils"):
        found: dict[datetime, int] = {}
        for layer in contents.layers:
            for received in pq.read_table(layer.path(name))["received"].to_pylist():
                found[received] = found.get(received, 0) + 1
        for batch in contents.batches.values():
            account = getattr(batch, name)
            assert account[STORED] == found.get(batch.received, 0)


def full_store(folder: Path, days: int | None = None) -> Store:
    delivered = {
        name: ([mark(date="2025-11-03", am=code), mark(date=f"2025-11-{day:02}")], [pupil()])
        for name, code, day in zip(BATCHES[:4], "/ILN", (3, 4, 6, 10), strict=True)
    }
    return store_of(folder, delivered, BATCHES[:4], set(), days)


def test_compacting_twice_changes_nothing(tmp_path: Path) -> None:
    store = full_store(tmp_path)
    first = compact(store)
    assert (first.folders_before, first.folders_after) == (4, 1)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*.parquet")}
    again = compact(store)
    assert (again.folders_before, again.folders_after) == (1, 1)
    assert before == {
        path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*.parquet")
    }


def test_nothing_of_the_old_folders_is_left(tmp_path: Path) -> None:
    store = full_store(tmp_path)
    compact(store)
    names = {path.name for path in (tmp_path / "store").iterdir()}
    assert names == {"store.json", "lock", "readers", "generation-000001"}
    assert len(list((tmp_path / "store").rglob("marks.parquet"))) == 1


def test_a_compacted_store_goes_on_and_knows_its_batches(tmp_path: Path) -> None:
    store = full_store(tmp_path)
    compact(store)
    feed = tmp_path / "feed"
    write_batch(feed, BATCHES[4], [mark(am="G")])
    fates = [each.fate for each in ingest(feed, store).batches]
    assert fates == [*[BatchFate.ALREADY_STORED] * 4, BatchFate.STORED]
    assert store.status().folders == 2
    compact(store)
    assert store.status().batches == 5
    assert [path.parent.name for path in store.snapshot().marks] == ["000001"]


def test_retention_gives_up_replaced_rows_and_says_from_when(tmp_path: Path) -> None:
    store = full_store(tmp_path, days=6)
    done = compact(store)
    # The period begins on 6 November: batches of the 3rd and the 5th are settled.
    assert done.history_from == moment(BATCHES[1])
    assert done.rows_given_up == 2  # the first mark of 3 November, the first record of the pupil
    with pytest.raises(StoreProblem, match="given up") as problem:
        store.snapshot(moment(BATCHES[0]))
    assert "2025-11-05" in str(problem.value)
    with pytest.raises(StoreProblem, match="given up"):
        store.changed_since(moment(BATCHES[0]))
    assert store.snapshot(moment(BATCHES[1])).as_of == moment(BATCHES[1])
    first = store._contents.batches[BATCHES[0]]
    assert first.marks[GIVEN_UP] == 1
    assert sum(first.marks.values()) == 2


def test_without_a_retention_period_nothing_is_given_up(tmp_path: Path) -> None:
    store = full_store(tmp_path)
    done = compact(store)
    assert done.rows_given_up == 0
    assert store.status().history_from is None
    assert store.snapshot(moment(BATCHES[0])).batches == 1


def test_academic_years_that_ended_before_the_period_are_erased(tmp_path: Path) -> None:
    feed = write_roots(
        tmp_path / "feed",
        approvals=[{"urn": "100001", "approved_from": "2023-09-01", "approved_to": ""}],
    )
    left, stays = pupil(upn="Z8", leaving_date="2025-07-20"), pupil(upn="Z9")
    write_batch(feed, "2025-06-20T1830", [mark(upn="Z8", date="2025-06-17")], [left, stays])
    write_batch(feed, "2025-11-07T1830", [mark(upn="Z9")], [])
    write_batch(feed, "2026-01-09T1830", [mark(upn="Z9", date="2026-01-06")], [])
    store = Store(tmp_path / "store", StoreSettings(retention_days=100))
    ingest(feed, store)
    compact(store)
    snapshot = store.snapshot()
    days = {row["date"] for row in latest(snapshot.marks, snapshot, ("date",)).values()}
    # 100 days before 9 January is 1 October; what was known then is what June had brought.
    assert days == {date(2025, 6, 17), date(2025, 11, 3), date(2026, 1, 6)}
    write_batch(feed, "2026-03-06T1830", [mark(upn="Z9", date="2026-03-03")], [])
    ingest(feed, store)
    compact(store)
    snapshot = store.snapshot()
    days = {row["date"] for row in latest(snapshot.marks, snapshot, ("date",)).values()}
    assert days == {date(2025, 11, 3), date(2026, 1, 6), date(2026, 3, 3)}
    assert len(latest(snapshot.pupils, snapshot, ("urn", "pupil"))) == 1
    check_accounts(store)


def test_status_counts_schools_days_and_batches(tmp_path: Path) -> None:
    store = full_store(tmp_path)
    for _ in range(2):
        status = store.status()
        assert (status.batches, status.extent.schools, status.extent.days) == (4, 1, 4)
        assert status.extent.school_days == 4
        assert (status.extent.first_day, status.extent.last_day) == (
            date(2025, 11, 3),
            date(2025, 11, 10),
        )
        compact(store)


def test_a_store_without_batches_has_no_extent(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert store.status().extent.rows == 0
    assert len(store.changed_since(moment(BATCHES[0])).school_days) == 0
    compact(store)
    assert store.latest() is None


def test_a_damaged_file_stops_a_compaction_and_the_store_stays(tmp_path: Path) -> None:
    store = full_store(tmp_path)
    (path,) = (tmp_path / "store").glob(f"batches/{BATCHES[2]}/marks.parquet")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(StoreProblem):
        compact(store)
    assert not list((tmp_path / "store").glob("*generation-*"))
    assert store.status().folders == 4


def test_everything_tells_rows_apart(tmp_path: Path) -> None:
    """The comparison above is able to see a difference."""
    store = full_store(tmp_path)
    first, second = (everything(store.snapshot(moment(name))) for name in BATCHES[:2])
    assert {name for name in first if first[name] != second[name]} == {
        "marks", "pupils", "as_of", "inputs", "every marks", "every pupils", "every school_days",
    }  # fmt: skip

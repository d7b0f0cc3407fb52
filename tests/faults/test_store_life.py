"""What schools and suppliers do that no format forbids: the store and the counts survive it."""

import multiprocessing
from datetime import date, datetime
from pathlib import Path

import pytest

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.cli.words import ingest_in_words
from publisher.errors import UsageProblem
from publisher.model.intake import BatchFate
from publisher.model.progress import Silent
from publisher.model.time import IsoWeek
from publisher.store.settings import StoreSettings
from publisher.store.store import Store
from tests.unit.feed.toy_feed import ingest, mark, pupil, school, write_batch, write_roots
from tests.unit.store.knowledge import everything, moment

FIRST, SECOND = "2025-11-07T1830", "2025-11-14T1830"
WEEK, NEXT_WEEK = IsoWeek(2025, 45), IsoWeek(2025, 46)
NATION = "E92000001"
HARTLEPOOL, CAMDEN = "E06000001", "E09000007"


def taken_in(folder: Path, feed: Path) -> Store:
    store = Store(folder / "store")
    assert not ingest(feed, store).refused
    return store


def possible(store: Store, week: IsoWeek, as_of: str | None = None) -> dict[tuple[str, str], int]:
    """Possible sessions of the week by location and phase; All schools and regions left out."""
    snapshot = store.snapshot(moment(as_of) if as_of else None)
    engine = EngineSettings(memory_limit="500MB", threads=1)
    true = count(snapshot, week, CATALOGUE, engine, MethodSettings(), Silent())
    rows = true.cells["attendance_reasons"]
    frames = {each.key: each for each in true.scope.periods}
    found = {}
    for row in rows.to_dict("records"):
        period = frames[row["period"]]
        if period.time_frame == "Week" and period.time_identifier == week.identifier:
            found[row["location"], row["education_phase"]] = row["possible_sessions"]
    places = {NATION, HARTLEPOOL, CAMDEN}
    return {
        key: value for key, value in found.items() if key[0] in places and key[1] != "All schools"
    }


def first_week(feed: Path) -> Path:
    """The first week: a day of one pupil of one school in Hartlepool."""
    write_roots(feed, schools=[school(la_code="805")])
    return write_batch(feed, FIRST, [mark()], [pupil(la_code="805")])


def test_a_school_that_changes_authority_counts_where_the_register_has_it(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    first_week(feed)
    store = taken_in(tmp_path, feed)
    assert possible(store, WEEK) == {(HARTLEPOOL, "Primary"): 2, (NATION, "Primary"): 2}
    write_roots(feed, schools=[school(la_code="202")])
    write_batch(feed, SECOND, [mark(date="2025-11-11")], [])
    taken_in(tmp_path, feed)
    # all its days, for a release shows the areas as they are when it is made
    assert possible(store, WEEK) == {(CAMDEN, "Primary"): 2, (NATION, "Primary"): 2}
    assert possible(store, NEXT_WEEK) == {(CAMDEN, "Primary"): 2, (NATION, "Primary"): 2}
    # and the release made before stays what it was
    assert possible(store, WEEK, FIRST) == {(HARTLEPOOL, "Primary"): 2, (NATION, "Primary"): 2}


def test_a_school_that_changes_phase_counts_in_the_new_one(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    first_week(feed)
    store = taken_in(tmp_path, feed)
    write_roots(feed, schools=[school(la_code="805", phase_of_education="Secondary")])
    write_batch(feed, SECOND, [mark(date="2025-11-11")], [])
    taken_in(tmp_path, feed)
    assert possible(store, WEEK) == {(HARTLEPOOL, "Secondary"): 2, (NATION, "Secondary"): 2}
    assert possible(store, WEEK, FIRST) == {(HARTLEPOOL, "Primary"): 2, (NATION, "Primary"): 2}


def test_a_school_that_closes_keeps_the_days_that_it_was_open(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    first_week(feed)
    store = taken_in(tmp_path, feed)
    closed = school(la_code="805", establishment_status="Closed", close_date="2025-11-07")
    write_roots(feed, schools=[closed, school(urn="100002", la_code="202")])
    write_batch(feed, SECOND, [mark(urn="100002", date="2025-11-11")], [pupil(urn="100002")])
    taken_in(tmp_path, feed)
    assert possible(store, WEEK)[HARTLEPOOL, "Primary"] == 2
    assert (HARTLEPOOL, "Primary") not in possible(store, NEXT_WEEK)


def test_a_school_that_is_replaced_by_a_new_one_counts_under_both(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    first_week(feed)
    taken_in(tmp_path, feed)
    old = school(la_code="805", establishment_status="Closed", close_date="2025-11-07")
    new = school(urn="100002", la_code="805", trust_code="7", open_date="2025-11-08")
    write_roots(feed, schools=[old, new])
    moved = [pupil(leaving_date="2025-11-07"), pupil(urn="100002", admission_date="2025-11-08")]
    write_batch(feed, SECOND, [mark(urn="100002", date="2025-11-11")], moved)
    store = taken_in(tmp_path, feed)
    assert possible(store, WEEK)[HARTLEPOOL, "Primary"] == 2
    assert possible(store, NEXT_WEEK)[HARTLEPOOL, "Primary"] == 2


def test_a_school_that_drops_out_of_the_register_is_not_counted_from_then_on(
    tmp_path: Path,
) -> None:
    feed = tmp_path / "feed"
    first_week(feed)
    store = taken_in(tmp_path, feed)
    write_roots(feed, schools=[school(urn="100002", la_code="202")])
    write_batch(feed, SECOND, [mark(urn="100002")], [pupil(urn="100002")])
    taken_in(tmp_path, feed)
    assert possible(store, WEEK) == {(CAMDEN, "Primary"): 2, (NATION, "Primary"): 2}
    assert possible(store, WEEK, FIRST) == {(HARTLEPOOL, "Primary"): 2, (NATION, "Primary"): 2}


def test_a_withdrawal_takes_effect_at_the_next_run(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    first_week(feed)
    store = taken_in(tmp_path, feed)
    ended = [{"urn": "100001", "approved_from": "2025-09-01", "approved_to": "2025-10-31"}]
    write_roots(feed, schools=[school(la_code="805")], approvals=ended)
    assert taken_in(tmp_path, feed).status().register_versions == 2
    with pytest.raises(UsageProblem, match="No school submitted"):
        possible(store, WEEK)
    assert possible(store, WEEK, FIRST)[HARTLEPOOL, "Primary"] == 2


def test_a_batch_that_is_replayed_changes_nothing_even_after_others(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    first_week(feed)
    write_batch(feed, SECOND, [mark(am="I")], [])
    store = taken_in(tmp_path, feed)
    before = everything(store.snapshot())
    (feed / "batches" / SECOND / "marks.csv").unlink()
    (feed / "batches" / SECOND / "pupils.csv").unlink()
    (feed / "batches" / SECOND).rmdir()
    report = ingest(feed, store)
    assert [each.fate for each in report.batches] == [BatchFate.ALREADY_STORED]
    assert everything(store.snapshot()) == before
    (row,) = (row for row in before["marks"].values())
    assert row["received"] == moment(SECOND)


def test_a_store_made_while_another_ingest_looks_at_its_folder_is_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, folder = tmp_path / "feed", tmp_path / "store"
    write_roots(feed)
    write_batch(feed, FIRST, [mark()], [pupil()])
    folder.mkdir()
    looks = Store._could_be_new

    def after_another_ingest(self: Store) -> bool:
        monkeypatch.setattr(Store, "_could_be_new", looks)
        assert not ingest(feed, Store(folder)).refused
        return looks(self)

    monkeypatch.setattr(Store, "_could_be_new", after_another_ingest)
    assert Store(folder).received_batches() == (moment(FIRST),)


def in_a_process(feed: Path, store: Path) -> None:
    ingest(feed, Store(store, StoreSettings(lock_wait_seconds=60)))


def test_two_ingests_at_once_end_as_one_after_the_other(tmp_path: Path) -> None:
    feeds = [tmp_path / "one", tmp_path / "two"]
    for feed, name in zip(feeds, (FIRST, SECOND), strict=True):
        write_roots(feed)
        write_batch(feed, name, [mark(upn=f"Z{place}") for place in range(500)], [pupil()])
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=in_a_process, args=(each, tmp_path / "store")) for each in feeds]
    for each in both:
        each.start()
    for each in both:
        each.join(120)
    assert [each.exitcode for each in both] == [0, 0]
    store = Store(tmp_path / "store")
    store.verify()
    one_by_one = Store(tmp_path / "other")
    for feed in feeds:
        ingest(feed, one_by_one)
    known = [everything(each.snapshot()) for each in (store, one_by_one)]
    # whoever came second is known a moment later; what was received when is the same
    for name in ("every marks", "every pupils", "every school_days", "schools", "inputs"):
        assert known[0][name] == known[1][name]


def test_a_day_with_three_sessions_is_two_rows_of_which_the_last_counts(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    write_roots(feed, schools=[school(la_code="805")])
    rows = [mark(am="/", pm="\\"), mark(am="I", pm="\\")]
    write_batch(feed, FIRST, rows, [pupil(la_code="805")])
    store = Store(tmp_path / "store")
    account = ingest(feed, store).batches[0].account
    assert account.marks.buckets["replaced by a later row of the same batch"] == 1
    assert possible(store, WEEK)[HARTLEPOOL, "Primary"] == 2


def test_a_number_that_two_pupils_of_a_school_share_is_reported(tmp_path: Path) -> None:
    feed = write_roots(tmp_path / "feed")
    records = [
        pupil(date_of_birth="2015-03-17"),
        pupil(date_of_birth="2016-03-17"),  # another pupil with the same number
        pupil(urn="100002", la_code="203", date_of_birth="2015-03-17"),
        pupil(urn="100002", la_code="203", date_of_birth="2015-03-17", sex="F"),  # the same twice
        pupil(urn="100003", date_of_birth="2014-01-01"),  # another school's mistake, not this one
    ]
    write_batch(feed, FIRST, [mark()], records)
    report = ingest(feed, Store(tmp_path / "store"))
    account = report.batches[0].account
    assert account.shared_numbers == 1
    assert account.pupils.buckets["replaced by a later row of the same batch"] == 2
    said = ingest_in_words(report)
    assert "1 pupil numbers that records with different dates of birth share" in said
    assert str(pupil()["upn"]) not in said


@pytest.mark.parametrize(
    ("received", "later", "day", "week"),
    [
        # clocks go back: the hour from 01:00 comes twice; a name stands for the first of them
        ("2025-10-26T0130", "2025-10-26T0200", "2025-10-24", IsoWeek(2025, 43)),
        # clocks go forward: 01:30 is no time of that night, and a supplier wrote it all the same
        ("2026-03-29T0130", "2026-03-29T0201", "2026-03-27", IsoWeek(2026, 13)),
    ],
)
def test_the_nights_when_clocks_change(
    tmp_path: Path, received: str, later: str, day: str, week: IsoWeek
) -> None:
    feed = write_roots(tmp_path / "feed", schools=[school(la_code="805")])
    write_batch(feed, received, [mark(date=day)], [pupil(la_code="805")])
    write_batch(feed, later, [mark(date=day, am="", pm="")], [])
    store = taken_in(tmp_path, feed)
    assert possible(store, week, received)[HARTLEPOOL, "Primary"] == 2
    with pytest.raises(UsageProblem):
        possible(store, week)
    assert store.latest() == moment(later)
    days = {row["date"] for row in everything(store.snapshot())["marks"].values()}
    assert days == {date.fromisoformat(day)}


def test_the_second_batch_of_the_hour_that_comes_twice_is_told_apart(tmp_path: Path) -> None:
    feed = write_roots(tmp_path / "feed", schools=[school(la_code="805")])
    write_batch(feed, "2025-10-26T0130", [mark(date="2025-10-24")], [pupil()])
    store = taken_in(tmp_path, feed)
    write_batch(feed, "2025-10-26T0130", [mark(date="2025-10-24", am="I")], [pupil()])
    (outcome,) = ingest(feed, store).batches
    assert outcome.fate is BatchFate.REFUSED
    assert "later name" in outcome.advice


def test_registers_are_compared_by_what_they_say(tmp_path: Path) -> None:
    """Opening and closing dates alone make a version: they are part of what was known."""
    feed = tmp_path / "feed"
    first_week(feed)
    store = taken_in(tmp_path, feed)
    write_roots(feed, schools=[school(la_code="805", close_date="2026-07-20")])
    assert ingest(feed, store).registers_changed
    assert store.latest() > datetime(2025, 11, 7, 18, 30)

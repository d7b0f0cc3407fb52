"""Every row that arrives is in exactly one bucket, and it is the right one, whatever is wrong."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import ingestion
from publisher.aggregate.aggregate import count
from publisher.catalogue.data_sets import SCHOOLS_SUBMITTING
from publisher.config import Config
from publisher.errors import UsageProblem
from publisher.model.accounting import Fate, Line, TableAccount, TrueAccount
from publisher.model.progress import Silent
from publisher.model.time import IsoWeek
from publisher.store.store import Store
from tests.golden.country import WEEK, country
from tests.properties.feed_folder import upn_of, write_feed
from tests.properties.reference_account import reference_account
from tests.properties.reference_count import Feed
from tests.properties.test_release_agrees import config_in
from tests.properties.tiny_systems import System, tiny_system

Row = dict[str, str]
STRANGER = upn_of("nobody")


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def append(path: Path, rows: list[Row]) -> None:
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows(row.values() for row in rows)


def rewrite(path: Path, rows: list[Row], columns: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def account_of(config: Config, week: IsoWeek) -> TrueAccount:
    snapshot = Store(config.store, config.intake).snapshot()
    data_sets = (SCHOOLS_SUBMITTING,)
    true = count(snapshot, week, data_sets, config.engine, config.method, Silent())
    assert true.account is not None
    return true.account


def buckets(account: TableAccount) -> Counter[str]:
    return Counter({bucket.value: rows for bucket, rows in account.buckets.items()})


# --- any faults, anywhere ------------------------------------------------------------------------

FAULTS_OF_MARKS: tuple[Row, ...] = (
    {"urn": "999999"},
    {"urn": "x"},
    {"urn": ""},
    {"upn": " "},
    {"upn": STRANGER},
    {"date": "2025-02-30"},
    {"date": ""},
    {"date": "2031-05-05"},
    {"date": "1990-01-02"},
    {"am": "", "pm": ""},
    {"am": "?", "pm": "?"},
    {"am": "?", "pm": ""},
    {"am": "/", "pm": "?"},
    {},
)
FAULTS_OF_PUPILS: tuple[Row, ...] = (
    {"urn": "999999"},
    {"upn": ""},
    {"date_of_birth": "x"},
    {"date_of_birth": "2031-01-01"},
    {"date_of_birth": "2001-01-01"},
    {},
)


def plant(random: Random, batch: Path, table: str, faults: tuple[Row, ...]) -> None:
    """Rows like those that are there, each with a fault; the same pupil and day may come again."""
    rows = read(batch / f"{table}.csv")
    if rows:
        chosen = range(random.choice((0, 3, 12)))
        append(
            batch / f"{table}.csv",
            [random.choice(rows) | random.choice(faults) for _ in chosen],
        )


def shaken_registers(random: Random, folder: Path) -> None:
    """A school leaves the register, an approval ends early, another is taken back."""
    schools, approvals = read(folder / "schools.csv"), read(folder / "approvals.csv")
    gone = random.choice(schools)["urn"] if len(schools) > 1 else ""
    kept = [each for each in approvals if each["urn"] != gone and random.random() < 0.8]
    for each in kept:
        if random.random() < 0.2:
            each["approved_to"] = max(each["approved_from"], "2025-09-17")
    rewrite(folder / "schools.csv", [s for s in schools if s["urn"] != gone], list(schools[0]))
    rewrite(folder / "approvals.csv", kept, ["urn", "approved_from", "approved_to"])


def of_batches(feed: Feed, *, last: bool) -> Feed:
    latest = max((each.received for each in (*feed.marks, *feed.pupils)), default=None)
    return replace(
        feed,
        marks=tuple(each for each in feed.marks if (each.received == latest) == last),
        pupils=tuple(each for each in feed.pupils if (each.received == latest) == last),
    )


def feeds_of(random: Random, system: System, folder: Path) -> list[Path]:
    """One or two feed folders: the second has the last batch and registers of its own."""
    parts = [of_batches(system.feed, last=last) for last in (False, True)]
    parts = [each for each in parts if each.marks or each.pupils]
    complete = (e for e in system.feed.census if e.phase and None not in (e.schools, e.pupils))
    census = tuple(complete)
    folders = []
    for number, part in enumerate(parts):
        written = write_feed(replace(part, census=census), folder / f"feed{number}")
        for batch in sorted((written / "batches").iterdir()):
            plant(random, batch, "marks", FAULTS_OF_MARKS)
            plant(random, batch, "pupils", FAULTS_OF_PUPILS)
        folders.append(written)
    if len(folders) > 1 and random.random() < 0.7:
        shaken_registers(random, folders[-1])
    return folders


def accounts_agree(seed: int, unknown_percent: int) -> None:
    system, random = tiny_system(seed), Random(seed)
    with TemporaryDirectory() as name:
        folder = Path(name)
        config = config_in(folder, system)
        feed = config.feed.model_copy(update={"unknown_code_percent": unknown_percent})
        config = config.model_copy(update={"feed": feed})
        folders = feeds_of(random, system, folder)
        if not folders:  # nobody goes to school there
            return
        for each in folders:
            assert ingestion.ingest(config, each, "tables", Silent()).refused == ()
        expected = reference_account(folders, system.week.friday, unknown_percent)
        try:
            found = account_of(config, system.week)
        except UsageProblem:  # nothing is open in the week of the release
            return
        check_sums(found, folders)
        assert buckets(found.marks) == expected.marks
        assert buckets(found.pupils) == expected.pupils
        assert Counter(vars(found.sessions)) == expected.sessions
        assert {e.names[0]: buckets(e.marks) for e in found.batches} == expected.of_batch


def check_sums(found: TrueAccount, folders: list[Path]) -> None:
    """As many rows as there are lines in the files."""
    for table, account in (("marks", found.marks), ("pupils", found.pupils)):
        lines = sum(len(read(p)) for f in folders for p in f.glob(f"batches/*/{table}.csv"))
        assert account.arrived == lines == sum(account.buckets.values())
        assert lines == sum(getattr(each, table).arrived for each in found.batches)
    judged = [found.marks.buckets.get(name, 0) for name in ("counted", "unknown code")]
    assert sum(vars(found.sessions).values()) == 2 * sum(judged)


@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=0, max_value=2**32), st.sampled_from((0, 20, 100)))
def test_every_row_is_in_the_bucket_that_a_plain_account_says(seed: int, percent: int) -> None:
    accounts_agree(seed, percent)


@pytest.mark.full
@settings(max_examples=1000, deadline=None)
@given(st.integers(min_value=0, max_value=2**32), st.sampled_from((0, 20, 100)))
def test_every_row_is_in_its_bucket_many_times(seed: int, percent: int) -> None:
    accounts_agree(seed, percent)


# --- one fault at a time -------------------------------------------------------------------------

SUNDAY = (WEEK.monday - timedelta(days=1)).isoformat()
A_ROW = {
    "urn": "100001",
    "upn": upn_of("100001-0"),
    "date": (WEEK.monday - timedelta(days=5)).isoformat(),
    "am": "/",
    "pm": "\\",
}
"""A pupil's day that no batch of the country has yet."""
Plant = Callable[[Path], None]


def in_batch(number: int, *rows: Row) -> Plant:
    def plant_rows(feed: Path) -> None:
        batch = sorted((feed / "batches").iterdir())[number]
        append(batch / "marks.csv", [A_ROW | row for row in rows])

    return plant_rows


def pupil_with(**fields: str) -> Plant:
    """A pupil of another kind with one row of marks."""

    def plant_pupil(feed: Path) -> None:
        batch = min((feed / "batches").iterdir())
        like = read(batch / "pupils.csv")[0]
        append(batch / "pupils.csv", [like | {"upn": STRANGER, **fields}])
        append(batch / "marks.csv", [A_ROW | {"upn": STRANGER}])

    return plant_pupil


ONE_FAULT: dict[str, tuple[Plant, dict[str, int]]] = {
    "none": (in_batch(0, {}), {"counted": 1}),
    "one half known": (in_batch(0, {"pm": "?"}), {"counted": 1}),
    "management code": (in_batch(0, {"am": "#", "pm": "#"}), {"counted": 1}),
    "both halves unknown": (in_batch(0, {"am": "?", "pm": "Q9"}), {"unknown code": 1}),
    "unknown and blank": (in_batch(0, {"am": "", "pm": "?"}), {"unknown code": 1}),
    "no mark": (in_batch(0, {"am": "", "pm": ""}), {"withdrawn": 1}),
    "three times in a batch": (in_batch(0, {}, {}, {}), {"counted": 1, "duplicate": 2}),
    "no such school": (in_batch(0, {"urn": "999999"}), {"refused": 1}),
    "no pupil number": (in_batch(0, {"upn": ""}), {"refused": 1}),
    "no such day": (in_batch(0, {"date": "2025-02-30"}), {"refused": 1}),
    "after receipt": (in_batch(0, {"date": "2025-09-22"}), {"outside dates": 1}),
    "after the week": (in_batch(1, {"date": "2025-09-22"}), {"outside dates": 1}),
    "before the series": (in_batch(0, {"date": "2025-09-05"}), {"outside dates": 1}),
    "on a Sunday": (in_batch(0, {"date": SUNDAY}), {"outside dates": 1}),
    "before approval": (in_batch(0, {"date": "2022-12-30"}), {"outside approval": 1}),
    "no record": (in_batch(0, {"upn": STRANGER}), {"orphan": 1}),
    "too old": (pupil_with(date_of_birth="2009-08-31"), {"outside scope": 1}),
    "too young": (pupil_with(date_of_birth="2020-09-01"), {"outside scope": 1}),
    "not yet admitted": (pupil_with(admission_date="2025-09-18"), {"outside dates": 1}),
    "has left": (pupil_with(leaving_date="2025-09-09"), {"outside dates": 1}),
}


REASONS = {
    "no mark": Fate.WITHDRAWN,
    "after the week": Fate.AFTER_WEEK,
    "before the series": Fate.BEFORE_SERIES,
    "on a Sunday": Fate.WEEKEND,
    "too young": Fate.AGE,
    "not yet admitted": Fate.BEFORE_ADMISSION,
    "has left": Fate.AFTER_LEAVING,
}


@pytest.fixture(scope="module")
def marks_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Plant], TableAccount]:
    """The account of the country's marks when something more is in its feed."""
    system = System(country(), WEEK, 0, frozenset())

    def account(plant_fault: Plant) -> TableAccount:
        folder = tmp_path_factory.mktemp("country")
        feed = write_feed(system.feed, folder / "feed")
        plant_fault(feed)
        config = config_in(folder, system)
        ingestion.ingest(config, feed, "tables", Silent())
        return account_of(config, WEEK).marks

    return account


@pytest.fixture(scope="module")
def without(marks_with: Callable[[Plant], TableAccount]) -> TableAccount:
    return marks_with(lambda _feed: None)


def differences(found: TableAccount, without: TableAccount) -> dict[str, int]:
    counts = buckets(found)
    counts.subtract(buckets(without))
    return {bucket: rows for bucket, rows in counts.items() if rows}


@pytest.mark.parametrize("fault", ONE_FAULT)
def test_a_planted_fault_is_in_its_bucket(
    fault: str, marks_with: Callable[[Plant], TableAccount], without: TableAccount
) -> None:
    plant_fault, expected = ONE_FAULT[fault]
    found = marks_with(plant_fault)
    assert differences(found, without) == expected
    if fault in REASONS:
        line = Line(REASONS[fault].bucket, REASONS[fault].words, 1)
        assert line in found.lines


def test_a_later_row_replaces_an_earlier_one(
    marks_with: Callable[[Plant], TableAccount], without: TableAccount
) -> None:
    def twice(feed: Path) -> None:
        for number in (0, 1):
            in_batch(number, {})(feed)

    assert differences(marks_with(twice), without) == {"counted": 1, "replaced": 1}

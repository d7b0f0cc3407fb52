"""What pulls from a folder become: days from halves, records, withdrawals, accounts."""

from pathlib import Path

import pytest

from publisher.cli.words import ingest_as_json, ingest_in_words
from publisher.feed.settings import FeedSettings
from publisher.feed.wonde.intake import open_folder
from publisher.model.accounting import Bucket, account_at_the_door
from publisher.model.intake import BatchAccount, BatchFate
from publisher.store.store import Store
from tests.unit.feed.wonde.toy_pulls import (
    SECOND,
    THIRD,
    Record,
    deletion,
    ingest_folder,
    marks,
    pupils,
    school,
    session,
    student,
    whole_day,
    write_page,
    write_pull,
)

MONDAY, TUESDAY = (100001, "S1", "2025-11-03"), (100001, "S1", "2025-11-04")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "pulls"


def account_of(report: object, place: int = 0) -> BatchAccount:
    outcome = report.batches[place]
    assert outcome.account is not None, outcome.reason
    return outcome.account


def test_a_morning_and_an_afternoon_become_a_day(source: Path, store: Store):
    write_pull(source)
    account = account_of(ingest_folder(source, store))
    assert marks(store) == {MONDAY: ("/", "\\")}
    assert (account.marks.arrived, account.sessions.arrived) == (1, 2)
    assert account.pupils.stored == 2


def test_halves_of_a_day_may_be_pages_apart(source: Path, store: Store):
    pull = write_pull(source)
    write_page(pull / "attendance", 1, [session("/")], more=True)
    write_page(pull / "attendance", 2, [session("\\", "PM", student="S2")], more=True)
    write_page(pull / "attendance", 3, [session("L", "PM")])
    ingest_folder(source, store)
    assert marks(store) == {MONDAY: ("/", "L"), (100001, "S2", "2025-11-03"): ("", "\\")}


@pytest.mark.parametrize("later", [SECOND, THIRD])
def test_the_half_that_a_later_pull_does_not_bring_survives(source: Path, store: Store, later: str):
    write_pull(source)
    write_pull(source, SECOND, attendance=[session("M", "PM")])
    write_pull(source, later, attendance=[session("I", "AM")])
    ingest_folder(source, store)
    assert marks(store) == {MONDAY: ("I", "\\" if later == SECOND else "M")}


def test_the_half_survives_when_the_earlier_pull_is_stored_already(source: Path, store: Store):
    write_pull(source)
    ingest_folder(source, store)
    write_pull(source, SECOND, attendance=[session("I", "AM")])
    fates = [each.fate for each in ingest_folder(source, store).batches]
    assert fates == [BatchFate.ALREADY_STORED, BatchFate.STORED]
    assert marks(store) == {MONDAY: ("I", "\\")}


def test_the_half_of_a_refused_pull_does_not_come_back(source: Path, store: Store):
    broken = write_pull(source)
    (broken / "deletions").mkdir()
    (broken / "deletions" / "0001.json").write_text("{")
    write_pull(source, SECOND, students=[student()], attendance=[session("I", "AM")])
    report = ingest_folder(source, store)
    assert [each.fate for each in report.batches] == [BatchFate.REFUSED, BatchFate.STORED]
    assert marks(store) == {MONDAY: ("I", "")}


def test_a_deleted_half_is_blank_and_the_other_stays(source: Path, store: Store):
    write_pull(source)
    write_pull(source, SECOND, deletions=[deletion("AM")])
    write_pull(source, THIRD, attendance=[session("L", "PM")])
    ingest_folder(source, store)
    assert marks(store) == {MONDAY: ("", "L")}


def test_a_day_whose_halves_are_both_deleted_is_withdrawn(source: Path, store: Store):
    write_pull(source, attendance=[*whole_day(), *whole_day(day="2025-11-04")])
    write_pull(source, SECOND, deletions=[deletion("AM"), deletion("PM")])
    account = account_of(ingest_folder(source, store), 1)
    assert marks(store) == {TUESDAY: ("/", "\\")}
    assert (account.withdrawals, account.marks.stored) == (1, 1)


def test_a_session_that_is_there_beats_its_deletion(source: Path, store: Store):
    write_pull(source, deletions=[deletion("AM"), deletion("PM")])
    ingest_folder(source, store)
    assert marks(store) == {MONDAY: ("/", "\\")}


def test_a_deleted_student_loses_every_day_and_a_namesake_elsewhere_none(
    source: Path, store: Store
):
    days = [*whole_day(), *whole_day(day="2025-09-01"), *whole_day(student="S2")]
    elsewhere = whole_day(school="A2")
    write_pull(
        source,
        students=[student(), student("S2"), student(school="A2")],
        attendance=[*days, *elsewhere],
    )
    gone = {"id": "S1", "type": "student", "school": "A1"}
    write_pull(source, SECOND, deletions=[gone])
    account = account_of(ingest_folder(source, store), 1)
    assert set(marks(store)) == {(100001, "S2", "2025-11-03"), (100002, "S1", "2025-11-03")}
    assert account.withdrawals == account.marks.stored == 55, "weekdays from 1 September"


def test_deletions_of_other_things_are_not_ours(source: Path, store: Store):
    write_pull(source, SECOND, deletions=[{"id": "B1", "type": "behaviour", "school": "A1"}])
    write_pull(source)
    assert account_of(ingest_folder(source, store), 1).marks.arrived == 0


def test_a_leaver_has_the_last_day(source: Path, store: Store):
    write_pull(source)
    leaving = {"date": "2025-11-05 00:00:00.000000", "timezone": "Europe/London"}
    details = {**student()["education_details"]["data"], "leaving_date": leaving}
    write_pull(source, SECOND, students=[student(education_details={"data": details})])
    ingest_folder(source, store)
    assert pupils(store)["S1"]["leaving_date"].isoformat() == "2025-11-05"
    assert pupils(store)["S2"]["leaving_date"] is None


@pytest.mark.parametrize(
    ("word", "sex"),
    [
        ("MALE", "Male"), ("FEMALE", "Female"), ("M", "Male"), ("F", "Female"),
        ("NOT_KNOWN", "Unknown"), ("NOT_SPECIFIED", "Unknown"), (None, "Unknown"),
        (["MALE"], "Unknown"),
    ],
)  # fmt: skip
def test_every_word_for_gender(source: Path, store: Store, word: object, sex: str):
    write_pull(source, students=[student(gender=word)])
    ingest_folder(source, store)
    assert pupils(store)["S1"]["sex"] == sex


@pytest.mark.parametrize("absent", ["missing", None, {"data": None}, []])
def test_a_section_without_scope_is_unknown_and_no_error(
    source: Path, store: Store, absent: object
):
    record = student(extended_details=absent)
    if absent == "missing":
        del record["extended_details"]
    write_pull(source, students=[record])
    account = account_of(ingest_folder(source, store))
    found = pupils(store)["S1"]
    assert (found["ethnicity"], found["free_school_meals"], found["ehc_plan"]) == ("", None, None)
    assert account.pupils.stored == 1
    assert account.unreadable_values == {}


@pytest.mark.parametrize(
    ("status", "support", "plan"),
    [("N", False, False), ("K", True, False), ("e", False, True), ("S", False, True),
     (None, None, None), ("odd", None, None)],
)  # fmt: skip
def test_sen_status_is_support_or_a_plan(
    source: Path, store: Store, status: object, support: object, plan: object
):
    write_pull(source, students=[student(extended_details={"sen_status": status})])
    account = account_of(ingest_folder(source, store))
    found = pupils(store)["S1"]
    assert (found["sen_support"], found["ehc_plan"]) == (support, plan)
    assert bool(account.unreadable_values) == (status == "odd")


def test_a_student_without_a_number_is_refused_and_so_are_the_marks(source: Path, store: Store):
    write_pull(source, students=[student(education_details=None)])
    account = account_of(ingest_folder(source, store))
    assert account.pupils.buckets["no pupil number"] == 1
    assert account.pupils.places["no pupil number"] == ("students/0001.json, row 1",)
    assert account.marks.buckets["no pupil number"] == 1
    assert marks(store) == {}


def test_a_number_beside_the_sections_is_as_good(source: Path, store: Store):
    write_pull(source, students=[student(education_details=None, upn="Z801200001001")])
    ingest_folder(source, store)
    assert marks(store) == {MONDAY: ("/", "\\")}


def test_a_session_may_bring_the_number_of_its_student(source: Path, store: Store):
    who = {"data": {"id": "S3", "upn": "Z801200001003"}}
    write_pull(source, attendance=whole_day(student=who))
    report = ingest_folder(source, store)
    assert marks(store) == {(100001, "S3", "2025-11-03"): ("/", "\\")}
    assert report.batches[0].held_back == 1


def test_codes_are_learned_from_earlier_pulls_and_may_change(source: Path, store: Store):
    own: Record = {"id": "C7", "school": "A1", "code": "DENTIST"}
    write_pull(source, codes=[own], attendance=whole_day("C7", "C7"))
    write_pull(source, SECOND, codes=[{**own, "register_code": "M"}], attendance=[])
    write_pull(source, THIRD, attendance=whole_day("C7", "/"))
    ingest_folder(source, store)
    assert marks(store) == {MONDAY: ("M", "/")}


def test_an_unmapped_code_is_unknown_and_counted(source: Path, store: Store):
    own: Record = {"id": "C7", "school": "A1", "code": "M", "type": "PRESENT"}
    write_pull(source, codes=[own], attendance=whole_day("C7", "/"))
    account = account_of(ingest_folder(source, store))
    assert marks(store) == {MONDAY: ("unknown", "/")}
    assert (account.unknown_codes, account.unknown_code_texts) == (1, ("?M",))


def test_too_many_unknown_codes_refuse_the_school_s_part(source: Path, store: Store):
    write_pull(source, attendance=whole_day("C8", "C9"))
    account = account_of(ingest_folder(source, store, FeedSettings()))
    assert account.schools_refused == (100001,)
    assert marks(store) == {}


def test_a_third_session_and_one_sent_twice_are_accounted_for(source: Path, store: Store):
    sessions = [*whole_day(), session("I", "AM"), session("I", "EVE"), session("I", "")]
    write_pull(source, attendance=sessions)
    account = account_of(ingest_folder(source, store)).sessions
    assert marks(store) == {MONDAY: ("I", "\\")}
    assert dict(account.buckets) == {
        "stored": 2,
        "replaced by a later session of the same half day": 1,
        "neither morning nor afternoon": 2,
    }
    assert account_at_the_door(account.buckets).buckets == {
        Bucket.TAKEN_IN: 2,
        Bucket.DUPLICATE: 1,
        Bucket.REFUSED: 2,
    }


def test_the_account_of_sessions_is_told_in_words_and_in_figures(source: Path, store: Store):
    write_pull(source, attendance=[*whole_day(), session("I", "AM"), session("I", "EVE")])
    report = ingest_folder(source, store)
    said = "sessions: 4 rows arrived = 2 taken in + 1 duplicate + 1 refused"
    assert said in ingest_in_words(report)
    told = ingest_as_json(report)["batches"][0]["buckets"]["sessions"]
    assert told == {"taken in": 2, "duplicate": 1, "refused": 1}


def test_rows_that_cannot_be_are_in_their_buckets(source: Path, store: Store):
    sessions = [
        session(day="03/11/2025"),
        session(day="2025-11-10"),
        session(day="2025-08-29"),
        session(school="A9"),
        session(student=None, day="2025-11-04"),
    ]
    write_pull(source, attendance=sessions)
    buckets = account_of(ingest_folder(source, store)).marks.buckets
    assert {words: rows for words, rows in buckets.items() if rows} == {
        "date missing or malformed": 1,
        "dated after the batch was received": 1,
        "outside the school's sharing approval": 1,
        # a student of a school that is not listed has no known number either
        "no pupil number": 2,
    }


def test_the_same_pulls_twice_change_nothing(source: Path, store: Store, tmp_path: Path):
    write_pull(source)
    write_pull(source, SECOND, attendance=[session("I", "AM")])
    ingest_folder(source, store)
    before = tree(tmp_path / "store")
    fates = {each.fate for each in ingest_folder(source, store).batches}
    assert fates == {BatchFate.ALREADY_STORED}
    assert tree(tmp_path / "store") == before


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_school_that_is_listed_no_more_keeps_its_days_and_its_approval_ends(
    source: Path, store: Store
):
    write_pull(source)
    write_pull(source, SECOND, schools=[school(2, la_code="203")])
    write_pull(source, THIRD, schools=[school(2, la_code="203")])
    feed = open_folder(source, FeedSettings())
    approvals = {row["urn"]: row["approved_to"] for row in feed.registers.approvals.to_pylist()}
    assert str(approvals[100001]) == "2025-11-13"
    assert approvals[100002] is None
    assert len(feed.registers.schools) == 2


def test_marks_that_wait_on_the_disk_are_the_same(source: Path, tmp_path: Path):
    write_pull(source, attendance=[*whole_day(), *whole_day("I", "I", student="S2")])
    stored = []
    for rows in (1, 1_000):
        store = Store(tmp_path / f"store-{rows}")
        ingest_folder(source, store, FeedSettings(marks_in_memory=rows))
        stored.append(tree(tmp_path / f"store-{rows}" / "batches"))
    assert stored[0] == stored[1]
    assert any(name.endswith("marks.parquet") for name in stored[0])

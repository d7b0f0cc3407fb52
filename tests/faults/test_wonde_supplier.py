"""A supplier that stumbles: asked again, refused whole, or left out; never half stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from publisher.errors import BatchRefused, CouldNotRun, FeedProblem, PublisherError, UsageProblem
from publisher.feed.wonde.state import STATE_FILE
from publisher.model.intake import BatchFate
from publisher.synthetic.suppliers.server import Query, Reply
from tests.unit.feed.wonde.toy_pulls import (
    FIRST,
    SECOND,
    THIRD,
    deletion,
    marks,
    school,
    session,
    whole_day,
    write_pull,
)
from tests.unit.feed.wonde.toy_town import ELSEWHERE, MONDAY, TOKEN, TUESDAY, WHOLE, OpenTown, Town


def times(count: int, part: str, reply: Reply) -> Callable[[str, Query], Reply | None]:
    """The first `count` requests whose path ends in `part` go wrong."""
    left = [count]

    def fault(path: str, _query: Query) -> Reply | None:
        if not path.endswith(part) or left[0] == 0:
            return None
        left[0] -= 1
        return reply

    return fault


STUMBLES = {
    "429": (Reply(429, headers={"Retry-After": "7"}), [7.0, 7.0]),
    "429 until a moment that is past": (
        Reply(429, headers={"Retry-After": "Mon, 03 Nov 2025 00:00:00 GMT"}),
        [0.0, 0.0],
    ),
    "429 without a time": (Reply(429), [1.0, 2.0]),
    "500": (Reply(500), [1.0, 2.0]),
    "503": (Reply(503, headers={"Retry-After": "soon"}), [1.0, 2.0]),
    "cut connection": (Reply(200, b'{"data": [], "meta": {}}', cut=True), [1.0, 2.0]),
    "half a page": (Reply(200, b'{"data": [{"id": "S1"'), []),
    "no page at all": (Reply(200, b"<html>Service</html>"), []),
}


@pytest.mark.parametrize("name", STUMBLES)
@pytest.mark.parametrize("part", ["schools", "students", "attendance/session", "deletions"])
def test_a_stumble_is_overcome_by_asking_again(town: Town, name: str, part: str):
    reply, waits = STUMBLES[name]
    town.supplier.faults.append(times(2, part, reply))
    report = town.ingest()
    assert [each.fate for each in report.batches] == [BatchFate.STORED]
    assert marks(town.store) == WHOLE
    assert town.slept == waits


FAILURES: dict[str, tuple[Reply, type[PublisherError], str, list[float]]] = {
    "500": (Reply(500), CouldNotRun, "did not answer 6 times", [1, 2, 4, 8, 16]),
    "cut": (Reply(200, b'{"data": []}', cut=True), CouldNotRun, "did not answer", [1, 2, 4, 8, 16]),
    "too long": (
        Reply(429, headers={"Retry-After": "86400"}), CouldNotRun, "wait for 86400 seconds", []
    ),
    "broken page": (Reply(200, b'{"data": ['), BatchRefused, "line 1, column 11: not JSON", []),
    "other page": (
        Reply(200, json.dumps({"data": [], "meta": {"pagination": {"current_page": 9}}}).encode()),
        BatchRefused, "sends another page in its place", [],
    ),
    "redirected": (Reply(302, headers={"Location": "/elsewhere"}), CouldNotRun, "status 302", []),
    "token": (Reply(401), CouldNotRun, "does not accept the token", []),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("part", ["census", "attendance/session"])
def test_what_does_not_get_better_stores_nothing(town: Town, name: str, part: str):
    reply, kind, words, waits = FAILURES[name]
    town.supplier.faults.append(times(99, part, reply))
    with pytest.raises(kind, match=words) as problem:
        town.ingest()
    assert TOKEN not in str(problem.value)
    assert town.slept == waits
    check_nothing_stored(town)
    town.supplier.faults.clear()
    town.ingest()
    assert marks(town.store) == WHOLE


def check_nothing_stored(town: Town) -> None:
    assert town.store.received_batches() == ()
    assert not (town.store_folder / STATE_FILE).exists()


def test_a_missing_page_refuses_the_pull(town: Town):
    def fault(path: str, query: Query) -> Reply | None:
        gone = path.endswith("A1/attendance/session") and query.get("page") == "2"
        return Reply(404) if gone else None

    town.supplier.faults.append(fault)
    with pytest.raises(BatchRefused, match="school 100001: page 2 of one of its lists is missing"):
        town.ingest()
    check_nothing_stored(town)


def test_a_page_that_comes_twice_counts_once(town: Town):
    """The first page comes in the place of the second, once."""
    town.per_page = 1
    real = town.supplier.reply
    state = {"left": 1}

    def reply(target: str, authorization: str | None, host: str) -> Reply:
        if "A1/attendance/session" in target and "page=2" in target and state["left"]:
            state["left"] = 0
            target = target.replace("page=2", "page=1")
        return real(target, authorization, host)

    town.supplier.reply = reply
    report = town.ingest()
    assert marks(town.store) == WHOLE
    assert report.batches[0].account.sessions.arrived == 8


def test_records_that_move_to_the_next_page_count_once(town: Town):
    twice = [session("/", "AM", id="a"), session("I", "AM", id="a")]
    body = {"data": [*twice, session("\\", "PM")], "meta": {"pagination": {"current_page": 1}}}
    fault = times(1, "A1/attendance/session", Reply(200, json.dumps(body).encode()))
    town.supplier.faults.append(fault)
    report = town.ingest()
    assert marks(town.store) == {(100001, "S1", MONDAY): ("I", "\\"), ELSEWHERE: ("/", "\\")}
    buckets = report.batches[0].account.sessions.buckets
    assert buckets["replaced by a later session of the same half day"] == 1


@pytest.mark.parametrize(
    ("following", "words"),
    [
        (None, "but not where"),
        ("http://127.0.0.1:1/v1.0/schools/A1/students?page=2", "points to another host"),
        ("https://evil.example/v1.0/schools/A1/students?page=2", "points to another host"),
        ("/v1.0/schools/A1/students?{}", "points back"),
    ],
)
def test_a_next_page_that_leads_astray_refuses_the_pull(
    town: Town, following: str | None, words: str
):
    def fault(path: str, query: Query) -> Reply | None:
        if not path.endswith("A1/students"):
            return None
        written = "&".join(f"{name}={value.replace(',', '%2C')}" for name, value in query.items())
        target = following and following.replace("{}", written)
        body = {"data": [], "meta": {"pagination": {"more": True, "next": target}}}
        return Reply(200, json.dumps(body).encode())

    town.supplier.faults.append(fault)
    with pytest.raises(BatchRefused, match=words):
        town.ingest()
    check_nothing_stored(town)


def revoked(school_id: str) -> Callable[[str, Query], Reply | None]:
    """Students are still given, then the school withdraws."""

    def fault(path: str, _query: Query) -> Reply | None:
        theirs = f"schools/{school_id}" in path and not path.endswith("students")
        return Reply(403) if theirs else None

    return fault


def test_a_school_that_withdraws_in_the_middle_is_left_out_whole_and_reported(town: Town):
    town.supplier.faults.append(revoked("A2"))
    report = town.ingest()
    assert marks(town.store) == {each: mark for each, mark in WHOLE.items() if each != ELSEWHERE}
    assert report.batches[0].account.pupils.stored == 2, "nothing of the school, pupils either"
    (refusal,) = report.refusals
    assert (refusal.place, refusal.column) == ("school 100002", "access")
    assert "nothing of it was taken" in refusal.words
    approvals = town.pull().registers.approvals.to_pylist()
    assert {row["urn"]: str(row["approved_to"]) for row in approvals} == {
        100001: "None",
        100002: "2025-11-06",
    }
    assert town.known_schools() == ["A1"]


def test_a_school_without_the_scope_of_a_list_waits_and_the_others_do_not(town: Town):
    town.supplier.faults.append(times(1, "A2/deletions", Reply(403)))
    report = town.ingest()
    assert ELSEWHERE not in marks(town.store)
    (refusal,) = report.refusals
    assert refusal.place == "school 100002"
    assert "without one of the lists" in refusal.words
    approvals = town.store.snapshot().approvals
    ended = duckdb.sql(f"select urn from '{approvals}' where approved_to is not null").fetchall()
    assert ended == []
    assert town.known_schools() == ["A1"]
    town.supplier.clock += timedelta(hours=1)
    assert town.ingest().refusals == ()
    assert marks(town.store) == WHOLE


def test_a_withdrawal_is_reported_once_and_a_return_brings_everything(
    open_town: OpenTown,
):
    town = open_town(lambda source: write_pull(source, SECOND, students=[]))
    town.supplier.faults.append(revoked("A2"))
    town.ingest()
    town.advance(SECOND)
    assert town.ingest().refusals == ()
    town.supplier.faults.clear()
    town.ingest()
    assert marks(town.store) == WHOLE
    last = town.pull().registers.approvals.to_pylist()
    assert {row["approved_to"] for row in last} == {None}


def test_a_school_that_is_listed_no_more_keeps_its_place_in_the_register(
    open_town: OpenTown,
):
    town = open_town(lambda source: write_pull(source, SECOND, schools=[school(1)]))
    town.ingest()
    town.advance(SECOND)
    report = town.ingest()
    assert [each.place for each in report.refusals] == ["school 100002"]
    registers = town.pull().registers
    assert registers.schools.column("urn").to_pylist() == [100001, 100002]
    ended = {row["urn"]: str(row["approved_to"]) for row in registers.approvals.to_pylist()}
    assert ended == {100001: "None", 100002: "2025-11-13"}


def test_a_school_without_an_approval_is_not_asked(
    open_town: OpenTown,
):
    before = {"data": [{"approved_from": "2026-01-05", "approved_to": None}]}
    schools = [school(1), school(2, approvals=before)]
    town = open_town(lambda source: write_pull(source, schools=schools))
    town.ingest()
    assert not [target for target in town.supplier.asked if "schools/A2" in target]


def test_the_next_pull_asks_only_for_what_has_changed(
    open_town: OpenTown,
):
    town = open_town(lambda source: write_pull(source, SECOND, attendance=[session("I", "AM")]))
    town.ingest()
    town.advance(SECOND)
    town.supplier.asked.clear()
    report = town.ingest()
    assert report.batches[0].account.marks.stored == 1
    assert marks(town.store)[100001, "S1", MONDAY] == ("I", "\\"), "the other half survives"
    changed = [
        each for each in town.supplier.asked if "updated_after=2025-11-07+18%3A30%3A59" in each
    ]
    assert len(changed) == 6, "students, sessions and deletions of two schools"
    days = [each for each in town.supplier.asked if "attendance_date_after=2025-11-03" in each]
    assert days
    assert not [each for each in town.supplier.asked if TUESDAY in each]


@pytest.mark.parametrize("gone", [("AM",), ("AM", "PM")])
def test_deleted_sessions_are_withdrawn(open_town: OpenTown, gone: tuple[str, ...]):
    deletions = [deletion(which) for which in gone]
    town = open_town(lambda source: write_pull(source, SECOND, deletions=deletions))
    town.ingest()
    town.advance(SECOND)
    town.ingest()
    expected = {**WHOLE, (100001, "S1", MONDAY): ("", "\\")}
    if len(gone) == 2:
        del expected[100001, "S1", MONDAY]
    assert marks(town.store) == expected


def test_a_deleted_student_is_withdrawn_by_the_number_that_the_deletion_names(
    open_town: OpenTown,
):
    gone = {"id": "S1", "type": "student", "school": "A1", "upn": "Z801200001001"}
    town = open_town(lambda source: write_pull(source, SECOND, deletions=[gone]))
    town.ingest()
    town.advance(SECOND)
    town.ingest()
    assert {student for _, student, _ in marks(town.store)} == {"S2", "S3"}


def test_nothing_new_is_no_batch(town: Town, tmp_path: Path):
    town.ingest()
    town.supplier.clock += timedelta(hours=1)
    report = town.ingest()
    assert (report.batches, report.registers_changed) == ((), False)
    assert len(town.store.received_batches()) == 1


def test_the_moment_is_kept_only_with_the_batch(town: Town, monkeypatch: pytest.MonkeyPatch):
    def full(*_batch: object) -> int:
        raise CouldNotRun("The disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("publisher.store.writing.Writer.add_batch", full)
        with pytest.raises(CouldNotRun, match="full"):
            town.ingest()
    check_nothing_stored(town)
    town.ingest()
    assert marks(town.store) == WHOLE


def test_a_pull_whose_moment_was_lost_is_known_again(town: Town):
    town.ingest()
    (town.store_folder / STATE_FILE).unlink()
    assert [each.fate for each in town.ingest().batches] == [BatchFate.ALREADY_STORED]
    assert town.known_schools() == ["A1", "A2"]


def test_a_new_store_is_asked_everything(town: Town):
    town.ingest()
    town.store_folder.rename(town.folder / "old")
    town.ingest()
    assert marks(town.store) == WHOLE


def test_a_damaged_memory_is_told(town: Town):
    town.ingest()
    (town.store_folder / STATE_FILE).write_text("{")
    with pytest.raises(CouldNotRun, match="cannot be understood"):
        town.ingest()


def test_a_supplier_without_schools_is_no_feed(town: Town):
    town.supplier.faults.append(times(99, "v1.0/schools", Reply(404)))
    with pytest.raises(FeedProblem, match="does not give the schools"):
        town.ingest()


@pytest.mark.parametrize("token", ["", "  ", "a\nb", "é"])
def test_a_token_that_cannot_be_sent_is_told_without_it(
    town: Town, monkeypatch: pytest.MonkeyPatch, token: str
):
    monkeypatch.setenv("PUBLISHER_SUPPLIER_TOKEN", token)
    with pytest.raises(UsageProblem, match="There is no supplier token"):
        town.ingest()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://example.org", "unencrypted"),
        ("http://10.0.0.1:80", "unencrypted"),
        ("https://user:secret@example.org", "cannot be used"),
        ("https://example.org/?token=secret", "cannot be used"),
        ("ftp://example.org", "cannot be used"),
        ("https://", "cannot be used"),
        ("https://example.org:99999", "cannot be used"),
    ],
)
def test_an_address_that_would_leak_is_refused(town: Town, address: str, words: str):
    town.address = address
    with pytest.raises(UsageProblem, match=words) as problem:
        town.pull()
    assert "secret" not in str(problem.value)


def test_ten_pulls_end_as_one_pull_does(open_town: OpenTown, tmp_path: Path):
    def write(source: Path) -> None:
        write_pull(source, SECOND, attendance=[session("I", "PM"), *whole_day(day="2025-11-10")])
        write_pull(
            source, THIRD, deletions=[deletion("AM", "2025-11-10")], attendance=[session("M", "AM")]
        )

    town = open_town(write)
    for name in (FIRST, SECOND, THIRD):
        town.advance(name)
        town.ingest()
    step_by_step = marks(town.store)
    town.store_folder.rename(tmp_path / "old")
    town.ingest()
    assert marks(town.store) == step_by_step
    assert step_by_step[100001, "S1", "2025-11-10"] == ("", "\\")

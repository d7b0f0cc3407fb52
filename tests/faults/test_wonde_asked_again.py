"""What a pull had to leave is asked for again once it may be taken: nothing is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.reference.sharing import SharingRule
from tests.unit.feed.wonde.toy_pulls import (
    FIRST,
    SECOND,
    Record,
    marks,
    school,
    whole_day,
    write_page,
)
from tests.unit.feed.wonde.toy_town import ELSEWHERE, MONDAY, TUESDAY, WHOLE, OpenTown, Town

REGULATED = SharingRule(always_binding=False)
MONDAY_S1 = (100001, "S1", MONDAY)


def listed(source: Path, name: str, *approvals: object, **changes: object) -> None:
    """Both schools are listed; of the first one, only these approvals and changes."""
    first = school(1, approvals={"data": list(approvals)}, **changes)
    write_page(source / name / "schools", 1, [first, school(2, la_code="203")])


def span(first: object, last: object = None) -> Record:
    return {"approved_from": first, "approved_to": last}


def relisted(*first: object, **changes: object) -> Callable[[Path], None]:
    """First these approvals and changes, a week later an approval of the whole year."""

    def write(source: Path) -> None:
        listed(source, FIRST, *first, **changes)
        listed(source, SECOND, span("2025-09-01"))

    return write


def asked_about_pupils(town: Town, school_id: str) -> list[str]:
    return [each for each in town.supplier.asked if f"schools/{school_id}/" in each]


@pytest.mark.parametrize(
    ("approvals", "asked"),
    [
        ([span(TUESDAY)], True),
        ([span("2025-09-01", "2025-10-31"), span(TUESDAY)], True),
        ([span("soon")], False),
        ([span("2025-09-01", "soon")], False),
        ([span("2025-09-01", "2025-08-01")], False),
        ([], False),
    ],
    ids=["too late", "with a gap", "no first day", "no last day", "upside down", "none"],
)
def test_days_that_an_approval_covers_only_later_are_asked_for(
    open_town: OpenTown, approvals: list[Record], asked: bool
):
    town = open_town(relisted(*approvals))
    town.ingest()
    assert bool(asked_about_pupils(town, "A1")) is asked, "outside an approval nothing is read"
    assert MONDAY_S1 not in marks(town.store)
    town.advance(SECOND)
    town.ingest()
    assert marks(town.store) == WHOLE


def test_an_approval_that_says_the_same_in_other_words_is_no_reason_to_ask_again(
    open_town: OpenTown,
):
    town = open_town(relisted(span("2025-09-01", MONDAY), span("2025-10-01", "2026-07-31")))
    town.ingest()
    town.advance(SECOND)
    town.supplier.asked.clear()
    town.ingest()
    asked = asked_about_pupils(town, "A1")
    assert asked
    assert all("updated_after" in each for each in asked)


@pytest.mark.parametrize(
    "changes", [{"la_code": "999"}, {"phase_of_education": "Prymary"}], ids=str
)
def test_a_school_that_is_not_understood_is_asked_when_it_is(
    open_town: OpenTown, changes: dict[str, object]
):
    town = open_town(relisted(span("2025-09-01"), **changes))
    report = town.ingest()
    assert [each.table for each in report.refusals if each.column in changes] == ["schools"]
    assert asked_about_pupils(town, "A1") == [], "nothing of it could be stored"
    town.advance(SECOND)
    town.ingest()
    assert marks(town.store) == WHOLE


def test_marks_that_were_refused_for_unknown_codes_are_asked_for_again(open_town: OpenTown):
    """The codes get their meaning a week later; no session has changed."""
    sessions = [*whole_day("C8", "C9"), *whole_day(student="S3", school="A2")]
    meanings = [
        {"id": each, "school": "A1", "code": each, "register_code": code}
        for each, code in (("C8", "I"), ("C9", "M"))
    ]

    def write(source: Path) -> None:
        write_page(source / FIRST / "attendance", 1, sessions)
        write_page(source / SECOND / "codes", 1, meanings)

    town = open_town(write)
    town.unknown_code_percent = 20
    report = town.ingest()
    assert report.batches[0].account.schools_refused == (100001,)
    assert marks(town.store) == {ELSEWHERE: ("/", "\\")}
    assert town.known_schools() == ["A2"]
    town.advance(SECOND)
    town.ingest()
    assert marks(town.store) == {ELSEWHERE: ("/", "\\"), MONDAY_S1: ("I", "M")}


def test_a_school_without_approval_is_asked_where_sharing_is_mandatory(open_town: OpenTown):
    town = open_town(lambda source: listed(source, FIRST))
    town.sharing = REGULATED
    assert town.ingest().refusals == ()
    assert marks(town.store) == WHOLE


@pytest.mark.parametrize(("honoured", "stored"), [(True, False), (False, True)])
def test_an_approval_that_ended_while_sharing_is_mandatory_follows_the_rule(
    open_town: OpenTown, honoured: bool, stored: bool
):
    town = open_town(lambda source: listed(source, FIRST, span("2025-09-01", "2025-10-31")))
    town.sharing = SharingRule(always_binding=False, withdrawals_honoured=honoured)
    town.ingest()
    assert (MONDAY_S1 in marks(town.store)) is stored


def test_a_rule_that_opens_days_asks_for_them(open_town: OpenTown):
    town = open_town(lambda source: listed(source, FIRST, span(TUESDAY)))
    town.ingest()
    assert MONDAY_S1 not in marks(town.store)
    town.advance(FIRST)
    town.supplier.clock = town.supplier.clock.replace(hour=23)
    town.sharing = REGULATED
    town.ingest()
    assert marks(town.store) == WHOLE


def test_a_pull_does_not_undo_what_another_one_remembers(town: Town):
    """Two at once, and the one that began first is stored last."""
    first = town.pull()
    town.supplier.clock = town.supplier.clock.replace(hour=23)
    second = town.pull()
    town.take_in(second)
    remembered = town.memory()
    town.take_in(first)
    assert town.memory() == remembered
    assert marks(town.store) == WHOLE


def test_a_supplier_whose_clock_was_ahead_is_asked_everything(town: Town):
    right = town.supplier.clock
    town.supplier.clock = right.replace(year=2026)
    town.ingest()
    town.supplier.clock = right.replace(hour=20)
    town.supplier.asked.clear()
    town.ingest()
    assert asked_about_pupils(town, "A1")
    assert not [each for each in town.supplier.asked if "updated_after" in each]

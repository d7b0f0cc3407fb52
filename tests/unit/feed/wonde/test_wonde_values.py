"""Dates in both shapes, sections without scope, and what a code stands for."""

from datetime import date

import pytest

from publisher.feed.wonde.codes import CodeLists
from publisher.feed.wonde.values import NOT_UNDERSTOOD, day, identifier, section

MONDAY = date(2025, 11, 3)


def shaped(text: str, zone: str = "Europe/London") -> object:
    return {"date": text, "timezone_type": 3, "timezone": zone}


@pytest.mark.parametrize(
    "written",
    [
        "2025-11-03",
        "2025-11-03 00:00:00",
        "2025-11-03T00:00:00Z",
        "2025-11-03T00:00:00+00:00",
        shaped("2025-11-03 00:00:00.000000"),
        shaped("2025-11-03 00:00:00.000000", "UTC"),
        shaped("2025-11-03"),
        {"date": "2025-11-03 00:00:00"},
    ],
)
def test_a_day_in_every_shape_is_the_same_day(written: object):
    assert day(written) == MONDAY


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (shaped("2025-09-07 23:00:00.000000", "UTC"), date(2025, 9, 8)),
        ("2025-09-07T23:00:00Z", date(2025, 9, 8)),
        ("2025-09-08T00:00:00+01:00", date(2025, 9, 8)),
        # the clocks go forward at 01:00 on 29 March and back at 02:00 on 26 October
        (shaped("2026-03-29 00:00:00", "UTC"), date(2026, 3, 29)),
        (shaped("2026-03-29 23:00:00", "UTC"), date(2026, 3, 30)),
        (shaped("2025-10-25 23:00:00", "UTC"), date(2025, 10, 26)),
        (shaped("2025-10-27 00:00:00", "UTC"), date(2025, 10, 27)),
    ],
)
def test_midnight_in_london_written_in_universal_time_is_the_day_that_begins(
    written: object, meant: date
):
    assert day(written) == meant


@pytest.mark.parametrize("nothing", [None, "", {"date": None}, shaped("")])
def test_nothing_is_no_day(nothing: object):
    assert day(nothing) is None


@pytest.mark.parametrize(
    "odd",
    [
        "03/11/2025", "20251103", "2025-W45-1", "2025-13-01", "yesterday", 20251103, True, [],
        "2025-11-03 09:00:00", shaped("2025-10-26 23:00:00", "UTC"), {"timezone": "UTC"},
        {"date": {"date": "2025-11-03"}}, "2025-11-03T00:00:00+99:00",
    ],
)  # fmt: skip
def test_what_is_no_day_is_not_guessed(odd: object):
    assert day(odd) == NOT_UNDERSTOOD


@pytest.mark.parametrize("absent", [{}, {"a": None}, {"a": {"data": None}}, {"a": []}, {"a": "x"}])
def test_a_section_without_scope_is_empty(absent: dict[str, object]):
    assert section(absent, "a") == {}


def test_a_section_is_there_with_and_without_its_envelope():
    assert section({"a": {"data": {"upn": "Z"}}}, "a") == section({"a": {"upn": "Z"}}, "a")


@pytest.mark.parametrize("reference", ["S1", {"id": "S1"}, {"data": {"id": "S1"}}])
def test_a_reference_is_an_id_in_every_shape(reference: object):
    assert identifier(reference) == "S1"


def lists(*records: dict[str, object]) -> CodeLists:
    known = CodeLists()
    known.learn(records)
    return known


def code(**members: object) -> dict[str, object]:
    return {"id": "C7", "school": "A1", "code": "M", "type": "AUTHORISED_ABSENCE", **members}


@pytest.mark.parametrize(
    ("members", "meant"),
    [
        ({}, "M"),
        ({"type": None}, "M"),
        ({"code": " M "}, "M"),
        ({"code": "DENTIST", "register_code": "M"}, "M"),
        ({"code": "P", "register_code": "M"}, "M"),
        ({"code": "DENTIST"}, "DENTIST"),
        ({"code": "M", "register_code": "dentist"}, "?dentist"),
        ({"code": "M", "type": "PRESENT"}, "?M"),
        ({"code": "/", "type": "PRESENT"}, "/"),
        ({"code": "L", "type": "UNAUTHORISED_ABSENCE"}, "?L"),
        ({"code": None}, "?"),
    ],
)
def test_a_school_s_code_stands_for_a_register_code_or_for_none(
    members: dict[str, object], meant: str
):
    assert lists(code(**members)).text("A1", "C7") == meant


def test_the_same_id_means_what_the_school_says_and_else_what_is_common():
    known = lists(code(), code(school=None, code="I"))
    assert [known.text(school, "C7") for school in ("A1", "A2")] == ["M", "I"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (None, None),
        ("", None),
        ("/", "/"),
        ("\\", "\\"),
        ("C99", "C99"),
        ({"data": {"id": "C7"}}, "M"),
        ({"data": {"code": "I", "type": "AUTHORISED_ABSENCE"}}, "I"),
        ({"data": {"id": "C99", "code": "I"}}, "I"),
        ({"data": None}, None),
    ],
)
def test_a_session_s_code_is_an_id_a_code_or_the_whole_record(written: object, meant: object):
    assert lists(code()).text("A1", written) == meant

"""From a student record to the row of the table `pupils` that says the same."""

from __future__ import annotations

from publisher.feed.wonde.pages import Record
from publisher.feed.wonde.schools import School
from publisher.feed.wonde.values import NOT_UNDERSTOOD, day, scalar, section

_NO_PROVISION = frozenset({"N"})
_SUPPORT = frozenset({"K", "A", "P"})
_PLAN = frozenset({"E", "S"})
"""Codes of SEN provision in the school census: N none; K support (until 2015 A and P); E plan
(until 2018 S, a statement)."""


def upn_of(record: Record) -> object:
    """The pupil number of a student, wherever it is written."""
    return scalar(section(record, "education_details").get("upn") or record.get("upn"))


def student_row(record: Record, school: School | None) -> Record:
    """The row; a section that is missing or null (without scope) leaves its columns blank."""
    education = section(record, "education_details")
    extended = section(record, "extended_details")
    support, plan = _provision(extended.get("sen_status"))
    return {
        "upn": upn_of(record),
        "date_of_birth": day(record.get("date_of_birth")),
        "sex": scalar(record.get("gender")),
        "ethnicity": scalar(extended.get("ethnicity_code")),
        "looked_after": scalar(extended.get("in_lea_care")),
        "previously_looked_after": scalar(extended.get("ever_in_care")),
        "sen_support": support,
        "ehc_plan": plan,
        "free_school_meals": scalar(extended.get("free_school_meals")),
        "year_group": scalar(education.get("current_nc_year")),
        "urn": None if school is None else school.urn,
        "la_code": None if school is None else school.la_code,
        "admission_date": day(education.get("admission_date")),
        "expected_leaving_date": day(education.get("expected_leaving_date")),
        "leaving_date": day(education.get("leaving_date")),
        "child_in_need": scalar(extended.get("child_in_need")),
        "child_protection_plan": scalar(extended.get("child_protection_plan")),
    }


def _provision(status: object) -> tuple[object, object]:
    """SEN support, and an education, health and care plan."""
    if status is None or status == "":
        return None, None
    code = str(status).strip().upper()
    if code in _NO_PROVISION | _SUPPORT | _PLAN:
        return code in _SUPPORT, code in _PLAN
    return NOT_UNDERSTOOD, NOT_UNDERSTOOD

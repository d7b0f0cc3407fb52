"""Everything that is counted. To add an indicator, add its definition here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from publisher.model.definitions import (
    AbsenteeMeasure,
    EnrolmentMeasure,
    SchoolCount,
    SchoolMeasure,
    SessionMeasure,
)
from publisher.reference.codes import codes_in, possible_codes, register_codes
from publisher.reference.facts import read_facts

_PRESENT = codes_in("present")
_APPROVED = codes_in("approved educational activity")
_AUTHORISED = codes_in("authorised absence")
_UNAUTHORISED = codes_in("unauthorised absence")

_SUMS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "present_sessions": _PRESENT,
        "approved_educational_activity": _APPROVED,
        "overall_attendance": _PRESENT | _APPROVED,
        "overall_absence": _AUTHORISED | _UNAUTHORISED,
        "authorised_absence": _AUTHORISED,
        "unauthorised_absence": _UNAUTHORISED,
        "late_sessions": frozenset({"L", "U"}),
        "possible_sessions": possible_codes(),
        "reason_present": frozenset({"/", "\\"}),
    }
)
"""The items of the published list that are sums of codes (method, section 2)."""


def _session_measure(name: str, label: str) -> SessionMeasure:
    single = frozenset(each.code for each in register_codes() if each.wide_column == name)
    codes = _SUMS.get(name, single)
    if not codes:
        raise KeyError(name)
    words = "Sessions marked " + " ".join(sorted(codes))
    return SessionMeasure(name, label, codes, words)


SESSION_MEASURES: Mapping[str, SessionMeasure] = MappingProxyType(
    {
        row["wide_column"]: _session_measure(row["wide_column"], row["attendance_reason"])
        for row in read_facts("attendance_reasons")
    }
)
"""The 46 published reason items, by wide column name, in published order."""

TOTAL_ENROLMENTS = AbsenteeMeasure(
    "total_enrolments",
    "Total pupils",
    percent_missed=0,
    words="Enrolments with more than 10 possible sessions in the period",
)
PERSISTENT_ABSENCE = AbsenteeMeasure(
    "persistently_absent",
    "Persistent absence",
    percent_missed=10,
    words="Enrolments that missed 10% or more of their own possible sessions in the period",
)
SEVERE_ABSENCE = AbsenteeMeasure(
    "severely_absent",
    "Severe absence",
    percent_missed=50,
    words="Enrolments that missed 50% or more of their own possible sessions in the period",
)

ENROLMENTS = EnrolmentMeasure(
    "enrolments",
    "Enrolments",
    "Enrolments with a possible session on the day; over longer periods the mean of the days on "
    "which the area has a row",
)

SCHOOLS_SUBMITTED = SchoolMeasure(
    "schools_submitted",
    "Schools submitting",
    SchoolCount.SUBMITTING,
    "Schools with at least one published enrolment that has a possible session on the day; "
    "over longer periods the mean of the days on which the area has a row",
)
SCHOOLS_ALL = SchoolMeasure(
    "schools_all",
    "All schools",
    SchoolCount.IN_CENSUS,
    "Schools in the latest school census",
)

"""The filters that data sets share, in the platform's own words."""

from __future__ import annotations

from publisher.model.definitions import Filter
from publisher.model.phases import ALL_SCHOOLS, EDUCATION_PHASES
from publisher.model.time import TERMS, WEEK, WEEKDAYS, YEAR_TO_DATE
from publisher.reference.facts import read_facts

EDUCATION_PHASE = Filter(
    "education_phase",
    "Education phase",
    "Filter by type of school",
    EDUCATION_PHASES,
    default=ALL_SCHOOLS,
)
TIME_FRAME = Filter(
    "time_frame",
    "Time frame",
    "Filter by day, week or year to date",
    (*WEEKDAYS, WEEK, YEAR_TO_DATE),
    default=WEEK,
)
TERM_FRAME = Filter(
    "time_frame",
    "Time frame",
    "Filter by year to date or term",
    (YEAR_TO_DATE, *TERMS),
    default=YEAR_TO_DATE,
)


def _words(column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[column] for row in read_facts("attendance_reasons")))


ATTENDANCE_STATUS = Filter(
    "attendance_status",
    "Attendance status",
    "Filter by attendance or absence",
    _words("attendance_status"),
    default="Absence",
)
ATTENDANCE_TYPE = Filter(
    "attendance_type",
    "Attendance type",
    "Filter by type of attendance or absence",
    _words("attendance_type"),
    default="Overall absence",
)
ATTENDANCE_REASON = Filter(
    "attendance_reason",
    "Attendance reason",
    "Filter by reason; the register code is in brackets",
    _words("attendance_reason"),
    default="Overall absence",
)
ABSENCE_TYPE = Filter(
    "absence_type",
    "Absence type",
    "Filter by persistent or severe absence",
    ("Persistent absence", "Severe absence", "Total pupils"),
    default="Persistent absence",
)

"""The additive structure that the publication states, as data: what is a total of what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from publisher.model.breakdowns import UNKNOWN
from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES
from publisher.reference.ethnicity import codes_of_minor_groups
from publisher.reference.facts import read_facts

MEASURE, GROUP, PHASE, AREA, PERIOD = "measure", "group", "phase", "area", "period"
RESERVED = frozenset({MEASURE, GROUP, PHASE, AREA, PERIOD})
POSSIBLE = "possible_sessions"
TOTAL_ENROLMENTS = "Total pupils"

TIME_COLUMNS = ("time_period", "time_identifier", "time_frame", "attendance_date")
LEVEL_COLUMN = "geographic_level"
GEOGRAPHY_COLUMNS = (
    "geographic_level", "country_code", "country_name", "region_code", "region_name",
    "old_la_code", "new_la_code", "la_name",
)  # fmt: skip
PHASE_COLUMN = "education_phase"
REASON_COLUMNS = ("attendance_status", "attendance_type", "attendance_reason")
BREAKDOWN_COLUMNS = ("breakdown_topic", "breakdown")
ABSENCE_TYPE_COLUMN = "absence_type"
NO_FIGURES = ("reference_date",)
MEAN_COLUMNS = ("enrolments_count",)
"""Numbers of pupils that are means of days where a file has sessions: the same for every type."""

TOTAL_GROUP = "Total|Total"
CROSSED_TOPICS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"Free school meals with SEN": ("Free school meals", "SEN provision")}
)
"""Topics whose items are the pairs of items of two others, written `one, other`."""
NESTED_TOPICS: Mapping[str, str] = MappingProxyType({"Ethnicity minor": "Ethnicity major"})
"""Topics whose items are parts of the items of another."""

OWN_FILTER_SUMS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sen_provision": MappingProxyType(
            {
                "Total": (
                    "Education, health and care plan",
                    "SEN support / SEN without an EHC plan",
                    "No SEN provision",
                    "Unknown",
                )
            }
        ),
        "year_group": MappingProxyType({}),
    }
)
"""Filter columns of this publication's own: total -> parts. No total of year groups is shown."""

PHASE_SUMS: Mapping[str, tuple[str, ...]] = MappingProxyType({ALL_SCHOOLS: PUBLISHED_PHASES})

WIDE_ENROLMENTS: Mapping[str, str] = MappingProxyType(
    {
        "persistent_absence_enrolments": "Persistent absence",
        "severe_absence_enrolments": "Severe absence",
        "total_enrolments": TOTAL_ENROLMENTS,
    }
)
"""Columns of wide files -> the item of `absence_type` that they are."""

NOT_PERSISTENT = "neither"
PERSISTENT_NOT_SEVERE = "persistent and not severe"
ABSENCE_SUMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        TOTAL_ENROLMENTS: ("Persistent absence", NOT_PERSISTENT),
        "Persistent absence": ("Severe absence", PERSISTENT_NOT_SEVERE),
    }
)
"""Severely absent pupils are persistently absent; the rests are never published."""

_OF_SUMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "reason_present": ("reason_present_am", "reason_present_pm"),
        "overall_attendance": ("present_sessions", "approved_educational_activity"),
        "overall_absence": ("authorised_absence", "unauthorised_absence"),
        POSSIBLE: ("overall_attendance", "overall_absence"),
        "late_sessions": (
            "reason_l_present_late_before_registers_closed",
            "reason_u_unauthorised_late_after_registers_closed",
        ),
        "present_sessions": ("reason_present", "reason_l_present_late_before_registers_closed"),
    }
)
_TOTAL_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "Approved educational activity": "approved_educational_activity",
        "Authorised": "authorised_absence",
        "Unauthorised": "unauthorised_absence",
    }
)
_MEASURE_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {
        **_TOTAL_OF_TYPE,
        "Present": "present_sessions",
        "Overall attendance": "overall_attendance",
        "Overall absence": "overall_absence",
        "All late sessions": "late_sessions",
        "All possible sessions": POSSIBLE,
    }
)


@cache
def measure_sums() -> Mapping[str, tuple[str, ...]]:
    """Measures that are sums of others (method, section 2): total -> parts."""
    found = dict(_OF_SUMS)
    for kind, total in _TOTAL_OF_TYPE.items():
        found[total] = tuple(
            row["wide_column"]
            for row in read_facts("attendance_reasons")
            if row["attendance_type"] == kind and row["wide_column"] != total
        )
    return MappingProxyType(found)


@cache
def measures_not_possible() -> frozenset[str]:
    """Measures of sessions that are no possible sessions, as a school's closures (section 2)."""
    sums = measure_sums()
    found, new = {POSSIBLE}, {POSSIBLE}
    while new:
        new = {part for total in new for part in sums.get(total, ())} - found
        found |= new
    found |= {total for total, parts in sums.items() if found.issuperset(parts)}
    return frozenset(measure_labels().keys() - found)


@cache
def wholes_of_groups() -> Mapping[str, Mapping[str, str]]:
    """For each nested topic, item -> the item of the wider topic that it is a part of."""
    parts = {minor: major for minor, (major, _) in codes_of_minor_groups().items()}
    return MappingProxyType({"Ethnicity minor": {**parts, UNKNOWN: UNKNOWN}})


@cache
def measure_labels() -> Mapping[str, str]:
    """Measure -> its published words."""
    rows = read_facts("attendance_reasons")
    return MappingProxyType({row["wide_column"]: row["attendance_reason"] for row in rows})


@cache
def measures_by_words() -> Mapping[str, str]:
    """Published words of a reason, or of a type where a file has no reasons -> measure."""
    by_reason = {words: measure for measure, words in measure_labels().items()}
    return MappingProxyType({**_MEASURE_OF_TYPE, **by_reason})


def is_number_of_schools(column: str) -> bool:
    """Whether a column counts schools: public and exact, nothing about pupils."""
    return "school" in column and not column.startswith(("reason", "pupil"))

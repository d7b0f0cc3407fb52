"""The published files (method, section 9)."""

from __future__ import annotations

from publisher.catalogue.by_characteristic import (
    ABSENCE_BY_CHARACTERISTIC,
    PERSISTENT_ABSENCE_BY_CHARACTERISTIC,
)
from publisher.catalogue.filters import (
    ABSENCE_TYPE,
    ATTENDANCE_REASON,
    ATTENDANCE_STATUS,
    ATTENDANCE_TYPE,
    EDUCATION_PHASE,
    TERM_FRAME,
    TIME_FRAME,
)
from publisher.catalogue.measures import (
    PERSISTENT_ABSENCE,
    SCHOOLS_ALL,
    SCHOOLS_SUBMITTED,
    SESSION_MEASURES,
    SEVERE_ABSENCE,
    TOTAL_ENROLMENTS,
)
from publisher.catalogue.transition import TRANSITION
from publisher.model.definitions import (
    Count,
    DataSet,
    Fixed,
    Indicator,
    IndicatorUnit,
    PublishedItem,
    Rate,
    ReferenceDate,
)
from publisher.model.time import PeriodKind
from publisher.reference.facts import read_facts

REFERENCE_DATE = Indicator("reference_date", "Reference date", "Dates", IndicatorUnit.TEXT, 0)


def _reason_item(row: dict[str, str]) -> PublishedItem:
    measure = row["wide_column"]
    shown = row["percent_published"] == "yes"
    return PublishedItem(
        filters={
            column: row[column]
            for column in ("attendance_status", "attendance_type", "attendance_reason")
        },
        figures={
            "session_count": Count(measure),
            "session_percent": (
                Rate(measure, "possible_sessions") if shown else Fixed.NOT_AVAILABLE
            ),
            "reference_date": ReferenceDate(),
        },
    )


ATTENDANCE_REASONS = DataSet(
    name="attendance_reasons",
    title="Reasons for absence and attendance",
    summary=(
        "Sessions attended and missed by reason, for each school day, week and the year to date, "
        "for England, its regions and local authorities"
    ),
    measures=tuple(SESSION_MEASURES.values()),
    filters=(EDUCATION_PHASE, ATTENDANCE_STATUS, ATTENDANCE_TYPE, ATTENDANCE_REASON, TIME_FRAME),
    indicators=(
        Indicator("session_count", "Number of sessions", "Sessions", IndicatorUnit.NUMBER, 0),
        Indicator(
            "session_percent", "Percentage of sessions", "Sessions", IndicatorUnit.PERCENT, 1
        ),
        REFERENCE_DATE,
    ),
    items=tuple(_reason_item(row) for row in read_facts("attendance_reasons")),
    periods=(PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.YEAR_TO_DATE),
    notes=(
        "Percentages are of possible sessions and are published for the items that are a share "
        "of them; the others show x.",
    ),
)

PERSISTENT_ABSENCE_SET = DataSet(
    name="persistent_absence",
    title="Persistent and severe absence",
    summary=(
        "Pupil enrolments that missed 10% or more, and 50% or more, of their possible sessions, "
        "for the year to date and for ended terms, for England, its regions and local authorities"
    ),
    measures=(PERSISTENT_ABSENCE, SEVERE_ABSENCE, TOTAL_ENROLMENTS),
    filters=(EDUCATION_PHASE, ABSENCE_TYPE, TERM_FRAME),
    indicators=(
        Indicator("enrolments_count", "Number of enrolments", "Pupils", IndicatorUnit.NUMBER, 0),
        Indicator(
            "enrolments_percent", "Percentage of enrolments", "Pupils", IndicatorUnit.PERCENT, 1
        ),
    ),
    items=tuple(
        PublishedItem(
            filters={"absence_type": measure.label},
            figures={
                "enrolments_count": Count(measure.name),
                "enrolments_percent": (
                    Rate(measure.name, TOTAL_ENROLMENTS.name)
                    if measure is not TOTAL_ENROLMENTS
                    else Fixed.NOT_APPLICABLE
                ),
            },
        )
        for measure in (PERSISTENT_ABSENCE, SEVERE_ABSENCE, TOTAL_ENROLMENTS)
    ),
    periods=(PeriodKind.YEAR_TO_DATE, PeriodKind.TERM),
    first_calendar_week=2,
    notes=(
        "Time period and identifier are those of the latest week; the time frame says whether "
        "a row covers the year to date or a term that has ended.",
    ),
)

SCHOOLS_SUBMITTING = DataSet(
    name="schools_submitting",
    title="Schools submitting data",
    summary=(
        "Schools that shared registers, and all schools in the school census, for each school day, "
        "week and the year to date, for England, its regions and local authorities"
    ),
    measures=(SCHOOLS_SUBMITTED, SCHOOLS_ALL),
    filters=(EDUCATION_PHASE, TIME_FRAME),
    indicators=(
        Indicator(
            "school_submitted_count",
            "Number of schools submitting",
            "Schools",
            IndicatorUnit.NUMBER,
            0,
        ),
        Indicator("school_all_count", "Number of schools", "Schools", IndicatorUnit.NUMBER, 0),
        REFERENCE_DATE,
    ),
    items=(
        PublishedItem(
            filters={},
            figures={
                "school_submitted_count": Count(SCHOOLS_SUBMITTED.name),
                "school_all_count": Count(SCHOOLS_ALL.name),
                "reference_date": ReferenceDate(),
            },
        ),
    ),
    periods=(PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.YEAR_TO_DATE),
    notes=(
        "Numbers of schools are public and are not rounded. Over a week or the year to date "
        "they are the mean of the days on which the area has a row, to the nearest whole school.",
    ),
)

CATALOGUE: tuple[DataSet, ...] = (
    ATTENDANCE_REASONS,
    PERSISTENT_ABSENCE_SET,
    SCHOOLS_SUBMITTING,
    ABSENCE_BY_CHARACTERISTIC,
    PERSISTENT_ABSENCE_BY_CHARACTERISTIC,
    TRANSITION,
)
"""Every data set, in the order of the release."""

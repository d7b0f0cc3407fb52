"""The published files about groups of pupils (method, section 9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.catalogue.breakdowns import BREAKDOWNS
from publisher.catalogue.filters import ABSENCE_TYPE, EDUCATION_PHASE, TERM_FRAME
from publisher.catalogue.measures import (
    ENROLMENTS,
    PERSISTENT_ABSENCE,
    SESSION_MEASURES,
    SEVERE_ABSENCE,
    TOTAL_ENROLMENTS,
)
from publisher.model.breakdowns import TOTAL
from publisher.model.definitions import (
    Count,
    DataSet,
    Figure,
    Filter,
    Fixed,
    Indicator,
    IndicatorUnit,
    PublishedItem,
    Rate,
)
from publisher.model.time import WEEK, YEAR_TO_DATE, PeriodKind

Shown = tuple[dict[str, str], dict[str, Figure]]
"""Filters and figures of an item, whichever group of pupils it is about."""

_TOPICS = tuple(topic for group in BREAKDOWNS for topic in group.topics)
BREAKDOWN_TOPIC = Filter(
    "breakdown_topic",
    "Breakdown topic",
    "Filter by characteristic",
    (TOTAL, *(each.label for each in _TOPICS)),
    default=TOTAL,
)
BREAKDOWN = Filter(
    "breakdown",
    "Breakdown",
    "Filter by group of pupils",
    tuple(dict.fromkeys((TOTAL, *(item for each in _TOPICS for item in each.items)))),
    default=TOTAL,
)
WEEK_OR_YEAR = Filter(
    "time_frame",
    "Time frame",
    "Filter by week or year to date",
    (WEEK, YEAR_TO_DATE),
    default=WEEK,
)
_KINDS = {
    "overall_absence": "Overall absence",
    "authorised_absence": "Authorised",
    "unauthorised_absence": "Unauthorised",
}
ABSENCE_KIND = Filter(
    "attendance_type",
    "Attendance type",
    "Filter by type of absence",
    tuple(_KINDS.values()),
    default="Overall absence",
)


def _items(shown: Sequence[Shown], periods: tuple[PeriodKind, ...]) -> Iterator[PublishedItem]:
    """What is shown of all pupils, then of each group of pupils in turn."""
    for filters, figures in shown:
        of_all = {"breakdown_topic": TOTAL, "breakdown": TOTAL}
        yield PublishedItem({**of_all, **filters}, figures)
    for topic in _TOPICS:
        kinds = tuple(each for each in periods if each in topic.periods)
        for item in topic.items:
            place = {"breakdown_topic": topic.label, "breakdown": item}
            for filters, figures in shown:
                yield PublishedItem({**place, **filters}, figures, topic.key(item), kinds)


ABSENCE_BY_CHARACTERISTIC = DataSet(
    name="absence_by_characteristic",
    title="Absence by pupil characteristic",
    summary=(
        "Sessions missed by groups of pupils, for each week and the year to date, for England, "
        "its regions and local authorities"
    ),
    measures=(
        *(SESSION_MEASURES[name] for name in (*_KINDS, "possible_sessions")),
        ENROLMENTS,
    ),
    filters=(EDUCATION_PHASE, BREAKDOWN_TOPIC, BREAKDOWN, ABSENCE_KIND, WEEK_OR_YEAR),
    indicators=(
        Indicator("session_count", "Number of sessions", "Sessions", IndicatorUnit.NUMBER, 0),
        Indicator(
            "session_percent", "Percentage of sessions", "Sessions", IndicatorUnit.PERCENT, 1
        ),
        Indicator("enrolments_count", "Number of enrolments", "Pupils", IndicatorUnit.NUMBER, 0),
    ),
    items=tuple(
        _items(
            [
                (
                    {"attendance_type": label},
                    {
                        "session_count": Count(measure),
                        "session_percent": Rate(measure, "possible_sessions"),
                        "enrolments_count": Count(ENROLMENTS.name),
                    },
                )
                for measure, label in _KINDS.items()
            ],
            (PeriodKind.WEEK, PeriodKind.YEAR_TO_DATE),
        )
    ),
    periods=(PeriodKind.WEEK, PeriodKind.YEAR_TO_DATE),
    breakdowns=BREAKDOWNS,
    notes=(
        "Percentages are of the possible sessions of the same group of pupils. The number of "
        "enrolments is the mean of the days on which the area has a row, to the nearest whole "
        "enrolment before it is rounded, and is the same for every type of absence.",
        "A pupil belongs to the group that the latest record of the enrolment says, for every "
        "day of the year. Ethnicity minor is published for the year to date only.",
    ),
)

PERSISTENT_ABSENCE_BY_CHARACTERISTIC = DataSet(
    name="persistent_absence_by_characteristic",
    title="Persistent and severe absence by pupil characteristic",
    summary=(
        "Enrolments of groups of pupils that missed 10% or more, and 50% or more, of their "
        "possible sessions, for the year to date and for ended terms, for England, its regions "
        "and local authorities"
    ),
    measures=(PERSISTENT_ABSENCE, SEVERE_ABSENCE, TOTAL_ENROLMENTS),
    filters=(EDUCATION_PHASE, BREAKDOWN_TOPIC, BREAKDOWN, ABSENCE_TYPE, TERM_FRAME),
    indicators=(
        Indicator("enrolments_count", "Number of enrolments", "Pupils", IndicatorUnit.NUMBER, 0),
        Indicator(
            "enrolments_percent", "Percentage of enrolments", "Pupils", IndicatorUnit.PERCENT, 1
        ),
    ),
    items=tuple(
        _items(
            [
                (
                    {"absence_type": measure.label},
                    {
                        "enrolments_count": Count(measure.name),
                        "enrolments_percent": (
                            Fixed.NOT_APPLICABLE
                            if measure is TOTAL_ENROLMENTS
                            else Rate(measure.name, TOTAL_ENROLMENTS.name)
                        ),
                    },
                )
                for measure in (PERSISTENT_ABSENCE, SEVERE_ABSENCE, TOTAL_ENROLMENTS)
            ],
            (PeriodKind.YEAR_TO_DATE, PeriodKind.TERM),
        )
    ),
    periods=(PeriodKind.YEAR_TO_DATE, PeriodKind.TERM),
    first_calendar_week=2,
    breakdowns=BREAKDOWNS,
    notes=(
        "Time period and identifier are those of the latest week; the time frame says whether "
        "a row covers the year to date or a term that has ended.",
        "A pupil belongs to the group that the latest record of the enrolment says.",
    ),
)

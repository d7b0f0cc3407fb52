"""The published file about pupils who move from primary to secondary school (method, section 9)."""

from __future__ import annotations

from publisher.catalogue.breakdowns import (
    SEN_PROVISION,
    TRANSITION_BREAKDOWNS,
    TRANSITION_YEARS,
    YEAR_GROUP,
    YEAR_GROUP_WITH_SEN,
)
from publisher.catalogue.filters import ABSENCE_TYPE, EDUCATION_PHASE, TERM_FRAME
from publisher.catalogue.measures import PERSISTENT_ABSENCE, SEVERE_ABSENCE, TOTAL_ENROLMENTS
from publisher.model.breakdowns import TOTAL
from publisher.model.definitions import (
    Count,
    DataSet,
    Filter,
    Fixed,
    Indicator,
    IndicatorUnit,
    Level,
    PublishedItem,
    Rate,
)
from publisher.model.phases import ALL_SCHOOLS
from publisher.model.time import PeriodKind

_MEASURES = (PERSISTENT_ABSENCE, SEVERE_ABSENCE, TOTAL_ENROLMENTS)
_YEARS = tuple(f"Year {year}" for year in TRANSITION_YEARS)
YEAR_GROUP_FILTER = Filter(
    "year_group",
    "National curriculum year group",
    "Filter by year group before and after the move to secondary school",
    _YEARS,
    default="Year 7",
)
SEN_FILTER = Filter(
    "sen_provision",
    "SEN provision",
    "Filter by provision for special educational needs",
    (TOTAL, *SEN_PROVISION.items),
    default=TOTAL,
)


def _key(year: str, provision: str) -> str:
    """The group of pupils that a row is about: a year group, whole or by SEN provision."""
    if provision == TOTAL:
        return YEAR_GROUP.key(year)
    return YEAR_GROUP_WITH_SEN.key(f"{year}, {provision}")


TRANSITION = DataSet(
    name="transition",
    title="Moving from primary to secondary school",
    summary=(
        "Enrolments in years 6, 7 and 8 that missed 10% or more, and 50% or more, of their "
        "possible sessions in the year to date, by SEN provision, for England and its regions"
    ),
    measures=_MEASURES,
    filters=(EDUCATION_PHASE, YEAR_GROUP_FILTER, SEN_FILTER, ABSENCE_TYPE, TERM_FRAME),
    indicators=(
        Indicator("enrolments_count", "Number of enrolments", "Pupils", IndicatorUnit.NUMBER, 0),
        Indicator(
            "enrolments_percent", "Percentage of enrolments", "Pupils", IndicatorUnit.PERCENT, 1
        ),
    ),
    items=tuple(
        PublishedItem(
            {"year_group": year, "sen_provision": provision, "absence_type": measure.label},
            {
                "enrolments_count": Count(measure.name),
                "enrolments_percent": (
                    Fixed.NOT_APPLICABLE
                    if measure is TOTAL_ENROLMENTS
                    else Rate(measure.name, TOTAL_ENROLMENTS.name)
                ),
            },
            _key(year, provision),
        )
        for year in _YEARS
        for provision in SEN_FILTER.items
        for measure in _MEASURES
    ),
    periods=(PeriodKind.YEAR_TO_DATE,),
    levels=(Level.NATIONAL, Level.REGIONAL),
    phases=(ALL_SCHOOLS,),
    first_calendar_week=2,
    breakdowns=TRANSITION_BREAKDOWNS,
    notes=(
        "Time period and identifier are those of the latest week; rows cover the year to date "
        "and all schools together, because some schools teach years 6 and 7.",
        "A pupil belongs to the year group and SEN provision that the latest record of the "
        "enrolment says. Percentages are of the enrolments of the same group of pupils and are "
        "not weighted to the census in any year.",
    ),
)

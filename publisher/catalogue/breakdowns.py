"""The groups of pupils whose absence is published (method, section 9), by their latest record."""

from __future__ import annotations

from publisher.model.breakdowns import (
    UNKNOWN,
    BreakdownGroup,
    BreakdownItem,
    BreakdownTopic,
    crossed,
    group_of,
    nested,
)
from publisher.model.time import PeriodKind
from publisher.reference.ethnicity import codes_of_minor_groups


def _yes_no(field: str, label: str, yes: str, no: str) -> BreakdownTopic:
    items = (BreakdownItem(yes, {field: True}), BreakdownItem(no, {field: False}))
    return BreakdownTopic(field, label, items)


def _texts(field: str, label: str, texts: dict[str, tuple[str, ...]]) -> BreakdownTopic:
    items = (BreakdownItem(item, {field: frozenset(each)}) for item, each in texts.items())
    return BreakdownTopic(field, label, tuple(items))


SEX = _texts("sex", "Sex", {"Female": ("Female",), "Male": ("Male",)})
FREE_SCHOOL_MEALS = _yes_no(
    "free_school_meals", "Free school meals", "FSM eligible", "Not known to be FSM eligible"
)
SEN_PROVISION = BreakdownTopic(
    "sen_provision",
    "SEN provision",
    (
        BreakdownItem("Education, health and care plan", {"ehc_plan": True}),
        BreakdownItem("SEN support / SEN without an EHC plan", {"sen_support": True}),
        BreakdownItem("No SEN provision", {"ehc_plan": False, "sen_support": False}),
    ),
)
YEAR_GROUP = _texts(
    "year_group",
    "National curriculum year group",
    {
        "Reception": ("R",),
        **{f"Year {year}": (str(year),) for year in range(1, 12)},
        "Other year group": ("N1", "N2", "12", "13", "14", "X"),
    },
)


def _by_provision(year: int) -> tuple[BreakdownItem, ...]:
    """The first item that fits holds, so the last one takes those of whom nothing is known."""
    of_year = {"year_group": frozenset({str(year)})}
    known = (
        BreakdownItem(f"Year {year}, {each.label}", {**of_year, **each.values})
        for each in SEN_PROVISION.known
    )
    return (*known, BreakdownItem(f"Year {year}, {UNKNOWN}", of_year))


TRANSITION_YEARS = (6, 7, 8)
"""The last year of primary school and the first two of secondary school."""
_DIVIDED = {f"Year {year}": _by_provision(year) for year in TRANSITION_YEARS}
YEAR_GROUP_WITH_SEN = BreakdownTopic(
    "year_group_with_sen",
    "Year group with SEN provision",
    tuple(item for each in YEAR_GROUP.known for item in _DIVIDED.get(each.label, (each,))),
    periods=(PeriodKind.YEAR_TO_DATE,),
)
"""Year groups, those of `TRANSITION_YEARS` by SEN provision."""
_YEAR_OF = {
    **{each: each for each in YEAR_GROUP.items},
    **{item.label: year for year, items in _DIVIDED.items() for item in items},
}
LOOKED_AFTER = _yes_no("looked_after", "Looked after", "Looked after", "Not looked after")
CHILD_IN_NEED = _yes_no("child_in_need", "Child in need", "Child in need", "Not a child in need")
CHILD_PROTECTION_PLAN = _yes_no(
    "child_protection_plan",
    "Child protection plan",
    "On a child protection plan",
    "Not on a child protection plan",
)

_MINOR = codes_of_minor_groups()
_MAJOR_OF = {**{minor: major for minor, (major, _) in _MINOR.items()}, UNKNOWN: UNKNOWN}
ETHNICITY_MINOR = BreakdownTopic(
    "ethnicity_minor",
    "Ethnicity minor",
    tuple(BreakdownItem(minor, {"ethnicity": codes}) for minor, (_, codes) in _MINOR.items()),
    periods=(PeriodKind.YEAR_TO_DATE,),
)
ETHNICITY_MAJOR = BreakdownTopic(
    "ethnicity_major",
    "Ethnicity major",
    tuple(
        BreakdownItem(
            major,
            {"ethnicity": frozenset().union(*(c for m, c in _MINOR.values() if m == major))},
        )
        for major in dict.fromkeys(major for major, _ in _MINOR.values())
    ),
)

BREAKDOWNS: tuple[BreakdownGroup, ...] = (
    group_of(SEX),
    crossed(FREE_SCHOOL_MEALS, SEN_PROVISION, "fsm_with_sen", "Free school meals with SEN"),
    nested(ETHNICITY_MAJOR, ETHNICITY_MINOR, _MAJOR_OF),
    group_of(YEAR_GROUP),
    group_of(LOOKED_AFTER),
    group_of(CHILD_IN_NEED),
    group_of(CHILD_PROTECTION_PLAN),
)
"""Every topic, in the order of the release; topics that tell about one another together."""

TRANSITION_BREAKDOWNS: tuple[BreakdownGroup, ...] = tuple(
    nested(YEAR_GROUP, YEAR_GROUP_WITH_SEN, _YEAR_OF) if YEAR_GROUP in each.topics else each
    for each in BREAKDOWNS
)
"""The same, with year groups by SEN provision."""

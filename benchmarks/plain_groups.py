"""The groups of pupils of the comparison: leaves, and the items of topics that they add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import pandas as pd

from publisher.model.breakdowns import TOTAL
from publisher.reference.ethnicity import ethnicities

EVERYONE = 0
"""The leaf of all pupils."""
LEAVES = (
    "sex",
    "fsm_with_sen",
    "ethnicity",
    "year_group",
    "looked_after",
    "child_in_need",
    "child_protection_plan",
)
"""Columns of an enrolment: the number of its leaf in each group of topics."""

SEX = ("Female", "Male", "Unknown")
FSM = ("FSM eligible", "Not known to be FSM eligible", "Unknown")
SEN = (
    "Education, health and care plan",
    "SEN support / SEN without an EHC plan",
    "No SEN provision",
    "Unknown",
)
YEAR_GROUPS = ("R", *(str(year) for year in range(1, 12)))
TRANSITION = ("6", "7", "8")
"""Years that are divided by SEN provision as well."""
OTHER_YEARS = ("N1", "N2", "12", "13", "14", "X")
YEARS = ("Reception", *(f"Year {year}" for year in range(1, 12)), "Other year group", "Unknown")
YES_NO = {
    "looked_after": ("Looked after", "Not looked after", "Unknown"),
    "child_in_need": ("Child in need", "Not a child in need", "Unknown"),
    "child_protection_plan": (
        "On a child protection plan",
        "Not on a child protection plan",
        "Unknown",
    ),
}


def minor_groups() -> dict[str, str]:
    """Ethnicity minor -> ethnicity major, "Unknown" last; a minor group's place is its leaf."""
    found = {each.minor: each.major for each in ethnicities().values()}
    unknown = found.pop("Unknown", "Unknown")
    return {**dict(sorted(found.items())), "Unknown": unknown}


def ethnicity_leaves() -> dict[str, int]:
    """Main code -> number of its minor group; a code that is not here is unknown."""
    numbers = {minor: number for number, minor in enumerate(minor_groups())}
    return {each.main_code: numbers[each.minor] for each in ethnicities().values()}


def first_leaves() -> dict[str, int]:
    """The first leaf of each group; `EVERYONE` comes before them all."""
    sizes = [len(SEX), len(FSM) * len(SEN), len(minor_groups()), len(YEARS) * len(SEN), 3, 3, 3]
    return dict(zip(LEAVES, accumulate([EVERYONE + 1, *sizes]), strict=False))


def items() -> pd.DataFrame:
    """`item` (from 0, in the order of names), `topic`, `name` of everyone and of all groups."""
    found = pd.DataFrame(_members(), columns=["leaf", "topic", "name"])[["topic", "name"]]
    found = found.drop_duplicates().sort_values(["topic", "name"], ignore_index=True)
    return found.assign(item=np.arange(len(found)))


def members() -> pd.DataFrame:
    """`leaf`, `item`: which leaves add up to an item."""
    found = pd.DataFrame(_members(), columns=["leaf", "topic", "name"])
    return found.merge(items(), on=["topic", "name"])[["leaf", "item"]]


def _members() -> Iterator[tuple[int, str, str]]:
    yield EVERYONE, TOTAL, TOTAL
    for group, first in first_leaves().items():
        for topic, named in _topics(group).items():
            for leaf, item in named.items():
                yield first + leaf, topic, item


def _topics(group: str) -> dict[str, dict[int, str]]:
    """The topics of a group: the item that each leaf belongs to."""
    match group:
        case "sex":
            return {"Sex": _numbered(SEX)}
        case "fsm_with_sen":
            crossed = [(fsm, sen) for fsm in FSM for sen in SEN]
            return {
                "Free school meals": _numbered([fsm for fsm, _ in crossed]),
                "SEN provision": _numbered([sen for _, sen in crossed]),
                "Free school meals with SEN": _numbered([", ".join(both) for both in crossed]),
            }
        case "ethnicity":
            minor = minor_groups()
            return {
                "Ethnicity major": _numbered(list(minor.values())),
                "Ethnicity minor": _numbered(list(minor)),
            }
        case "year_group":
            return _topics_of_years()
        case _:
            return {group.replace("_", " ").capitalize(): _numbered(YES_NO[group])}


def _topics_of_years() -> dict[str, dict[int, str]]:
    """Of each year a leaf for each SEN provision; only `TRANSITION` have more than the first."""
    divided = {f"Year {year}" for year in TRANSITION}
    leaves = {
        len(SEN) * place + sen: (year, f"{year}, {SEN[sen]}" if year in divided else year)
        for place, year in enumerate(YEARS)
        for sen in range(len(SEN) if year in divided else 1)
    }
    return {
        "National curriculum year group": {leaf: year for leaf, (year, _) in leaves.items()},
        "Year group with SEN provision": {leaf: both for leaf, (_, both) in leaves.items()},
    }


def _numbered(items: Sequence[str]) -> dict[int, str]:
    return dict(enumerate(items))

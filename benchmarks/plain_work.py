"""The work that every tool of the comparison does: what it is asked, the rules, what it hands in.

The data are one row per pupil and day (`plain_copy`). The work, of batches that had come:

A. sessions by register code, authority, phase and day;
B. enrolments with more than 10 possible sessions in the year to date, and those of them that
   missed 10% or more and 50% or more, by authority and phase;
C. possible, authorised and unauthorised sessions and enrolment-days, by group of pupils,
   authority, phase and week.

A mark counts once, as the latest batch that brought it says, between admission and leaving, on
days that an approval covers, of pupils aged 5 to 15, of year 11 until they leave. Every tool
counts the leaves of the groups (`LEAVES`), which `by_topic` adds up to the published topics.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from publisher.model.time import IsoWeek
from publisher.reference.codes import (
    NO_MARK,
    UNKNOWN_CODE,
    codes_in,
    possible_codes,
    register_codes,
)
from publisher.reference.ethnicity import ethnicities
from publisher.reference.years import AcademicYear, academic_year_of

SESSIONS, ABSENTEES, GROUPS = "sessions", "absentees", "groups"
OUTPUTS = {
    SESSIONS: ["authority", "phase", "date", "code"],
    ABSENTEES: ["authority", "phase"],
    GROUPS: ["authority", "phase", "week", "topic", "item"],
}
"""What is handed in, and by which columns a row of it is known."""

SUMS = ["possible", "authorised", "unauthorised", "enrolment_days"]
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

PROFILES = (
    ("sex", "fsm_with_sen", "looked_after", "child_in_need", "child_protection_plan"),
    ("ethnicity", "year_group"),
)
"""Leaves that are counted together in one pass over the marks and told apart afterwards.

All together would be nearly as many as pupils; each by itself is a pass for each.
"""

SEX = ("Female", "Male", "Unknown")
FSM = ("FSM eligible", "Not known to be FSM eligible", "Unknown")
SEN = (
    "Education, health and care plan",
    "SEN support / SEN without an EHC plan",
    "No SEN provision",
    "Unknown",
)
YEAR_GROUPS = ("R", *(str(year) for year in range(1, 12)))
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


@dataclass(frozen=True)
class Asked:
    """What to count, of which batches, and where to leave the results."""

    plain: Path
    out: Path
    batches: tuple[Path, ...]
    week: IsoWeek
    scratch: Path
    memory: str
    threads: int

    def files(self, table: str) -> list[str]:
        """The files of `marks` or `pupils`, in the order in which they were received."""
        return [str(batch / f"{table}.parquet") for batch in self.batches]

    @property
    def year(self) -> AcademicYear:
        """The academic year of the release."""
        return academic_year_of(self.week.friday)

    def days(self) -> pd.DataFrame:
        """`date` and `week`, the Monday of its week: the days of the year to date."""
        first = self.year.series_start
        every = [first + timedelta(days=n) for n in range((self.week.friday - first).days + 1)]
        days = [day for day in every if day.isoweekday() <= 5]
        weeks = [day - timedelta(days=day.weekday()) for day in days]
        return pd.DataFrame({"date": days, "week": weeks})

    @property
    def before_leaving(self) -> date:
        """The last day that pupils of year 11 count."""
        return self.year.year_11_leaves - timedelta(days=1)


def asked() -> Asked:
    """Read the command line of a tool."""
    parser = argparse.ArgumentParser()
    parser.add_argument("plain", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--batches", type=int, required=True, help="count the first so many")
    parser.add_argument("--week", required=True, help="last week to count")
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--memory", default="8GB")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    batches = sorted(path for path in (given.plain / "batches").iterdir() if path.name[0] != ".")
    week = IsoWeek.parse(given.week)
    chosen = tuple(batches[: given.batches])
    return Asked(given.plain, given.out, chosen, week, given.scratch, given.memory, given.threads)


def stage(words: str) -> None:
    """Say what is being done: if it is never finished, this is where it stood."""
    print(words, file=sys.stderr, flush=True)


def codes() -> pd.DataFrame:
    """`code`, and what a mark with it adds to `possible`, `authorised`, `unauthorised`."""
    counted = {
        "possible": possible_codes(),
        "authorised": codes_in("authorised absence"),
        "unauthorised": codes_in("unauthorised absence"),
    }
    rows = {
        name: [int(each.code in of) for each in register_codes()] for name, of in counted.items()
    }
    return pd.DataFrame({"code": [each.number for each in register_codes()], **rows})


def pairs() -> pd.DataFrame:
    """`am`, `pm` and what the two marks of a day add up to; only where a session is possible."""
    nothing = {"code": [NO_MARK, UNKNOWN_CODE], **dict.fromkeys(SUMS[:3], 0)}
    halves = pd.concat([pd.DataFrame(nothing), codes()])
    both = halves.merge(halves, how="cross", suffixes=("_am", "_pm"))
    sums = {each: both[f"{each}_am"] + both[f"{each}_pm"] for each in SUMS[:3]}
    found = pd.DataFrame({"am": both["code_am"], "pm": both["code_pm"], **sums})
    return found[found["possible"] > 0].reset_index(drop=True)


def minor_groups() -> dict[str, str]:
    """Ethnicity minor -> ethnicity major, "Unknown" last; a minor group's place is its leaf."""
    found = {each.minor: each.major for each in ethnicities().values()}
    unknown = found.pop("Unknown", "Unknown")
    return {**dict(sorted(found.items())), "Unknown": unknown}


def ethnicity_leaves() -> dict[str, int]:
    """Main code -> number of its minor group; a code that is not here is unknown."""
    numbers = {minor: number for number, minor in enumerate(minor_groups())}
    return {each.main_code: numbers[each.minor] for each in ethnicities().values()}


def by_topic(leaves: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """From the counts of leaves to those of the ten published topics.

    `leaves`: for each group of topics its counts, with the number of the leaf in `leaf`.
    """
    parts = []
    for group, counted in leaves.items():
        for topic, items in _topics(group).items():
            named = counted.assign(topic=topic, item=counted["leaf"].map(items))
            parts.append(named.groupby(OUTPUTS[GROUPS], as_index=False)[SUMS].sum())
    return pd.concat(parts, ignore_index=True)


def hand_in(asked: Asked, results: Mapping[str, pd.DataFrame]) -> None:
    """Write the results, sorted, whole numbers as such."""
    for name, key in OUTPUTS.items():
        frame = results[name].sort_values(key, ignore_index=True)
        numbers = [column for column in frame.columns if column not in key or column == "code"]
        days = {each: "datetime64[s]" for each in ("date", "week") if each in frame.columns}
        frame = frame.astype({**dict.fromkeys(numbers, "int64"), **days})
        frame[[*key, *(each for each in frame.columns if each not in key)]].to_parquet(
            asked.out / f"{name}.parquet"
        )


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
            return {"National curriculum year group": _numbered(YEARS)}
        case _:
            return {group.replace("_", " ").capitalize(): _numbered(YES_NO[group])}


def _numbered(items: Sequence[str]) -> dict[int, str]:
    return dict(enumerate(items))

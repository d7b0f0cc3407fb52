"""The work that every tool of the comparison does: what it is asked, the rules, what it hands in.

The data are one row per pupil and day (`plain_copy`). The work, of batches that had come, for
each place (`plain_places`): authorities, regions and England, by phase and all schools:

A. sessions by register code and day, and for each week and the year to date;
B. enrolments with more than 10 possible sessions in the year to date, and in each term that has
   ended, and those of them that missed 10% or more and 50% or more, of all pupils and of every
   group of pupils;
C. possible, authorised and unauthorised sessions and enrolment-days, of all pupils and of every
   group, for each week and the year to date;
D. the evidence behind the rows of each day: possible sessions, distinct schools with a possible
   session, distinct holdings (a trust, or a school without one), possible sessions of the two
   largest holdings, distinct pupils and enrolments with a possible session;
E. the same but enrolments, of all pupils and of every group, for each week, the year to date and
   each term that has ended;
F. schools with a possible session by day, and their mean for each week and the year to date;
G. schools in the school census.

D and E are left out of the work without evidence. Regions and England leave out weeks in which few
authorities are open. A mark counts once, as the latest batch that
brought it says, between admission and leaving, on days that an approval covers, of pupils aged 5
to 15, of year 11 until they leave. An enrolment has one leaf in each group of topics;
the items of published topics are made of leaves (`plain_groups`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from plain_groups import items
from plain_periods import days_of
from plain_places import PLACE, kept, parts, places

from publisher.model.time import IsoWeek
from publisher.reference.codes import (
    NO_MARK,
    UNKNOWN_CODE,
    codes_in,
    possible_codes,
    register_codes,
)
from publisher.reference.years import AcademicYear, academic_year_of

SESSIONS, SESSIONS_OF_WEEKS = "sessions", "sessions_of_weeks"
ABSENTEES, GROUPS = "absentees", "groups"
SCHOOLS_OF_DAYS, SCHOOLS, CENSUS = "schools_of_days", "schools", "census"
EVIDENCE_OF_DAYS, EVIDENCE = "evidence_of_days", "evidence"
OUTPUTS = {
    SESSIONS: ["place", "date", "code"],
    SESSIONS_OF_WEEKS: ["place", "week", "code"],
    ABSENTEES: ["place", "week", "item"],
    GROUPS: ["place", "week", "item"],
    SCHOOLS_OF_DAYS: ["place", "date"],
    SCHOOLS: ["place", "week"],
    CENSUS: ["place"],
    EVIDENCE_OF_DAYS: ["place", "date"],
    EVIDENCE: ["place", "week", "item"],
}
"""What is handed in, and by which columns a row of it is known; names take the numbers' place."""

WITHOUT_EVIDENCE = tuple(each for each in OUTPUTS if each not in (EVIDENCE_OF_DAYS, EVIDENCE))
NAMED = {"place": PLACE, "item": ["topic", "item"]}
SUMS = ["possible", "authorised", "unauthorised", "enrolment_days"]
HOLDINGS = ["schools", "holdings", "largest_holding", "second_holding"]


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
    evidence: bool
    """Whether the work is done with D and E."""

    @property
    def outputs(self) -> dict[str, list[str]]:
        """Those of `OUTPUTS` that are handed in."""
        return OUTPUTS if self.evidence else {name: OUTPUTS[name] for name in WITHOUT_EVIDENCE}

    def files(self, table: str) -> list[str]:
        """The files of `marks` or `pupils`, in the order in which they were received."""
        return [str(batch / f"{table}.parquet") for batch in self.batches]

    @property
    def year(self) -> AcademicYear:
        """The academic year of the release."""
        return academic_year_of(self.week.friday)

    def days(self) -> pd.DataFrame:
        """The days of the year to date."""
        return days_of(self.year, self.week.friday)

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
    parser.add_argument("--without-evidence", action="store_true", help="leave out D and E")
    given = parser.parse_args()
    batches = sorted(path for path in (given.plain / "batches").iterdir() if path.name[0] != ".")
    week = IsoWeek.parse(given.week)
    chosen = tuple(batches[: given.batches])
    return Asked(
        given.plain,
        given.out,
        chosen,
        week,
        given.scratch,
        given.memory,
        given.threads,
        evidence=not given.without_evidence,
    )


@dataclass(frozen=True)
class Stretch:
    """Weeks that are counted together, and between which moments the first marks of days came."""

    first: date
    last: date
    earliest: pd.Timestamp
    latest: pd.Timestamp


def stretches(homes: pd.DataFrame, days: pd.DataFrame) -> list[Stretch]:
    """The weeks that a batch brought, batch by batch: it is read once where it brings whole weeks.

    `homes`: `date` and `home`, when the first mark of the day came.
    """
    weeks = days.apply(pd.to_datetime).merge(homes.apply(pd.to_datetime), on="date")
    weeks = weeks.sort_values("date", ignore_index=True)
    last = weeks.groupby("week")["home"].transform("max")
    return [
        Stretch(
            brought["date"].min().date(),
            brought["date"].max().date(),
            brought["home"].min(),
            brought["home"].max(),
        )
        for _, brought in weeks.groupby((last != last.shift()).cumsum())
    ]


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


def hand_in(
    asked: Asked, results: Mapping[str, pd.DataFrame], left_out: Sequence[pd.Timestamp]
) -> None:
    """Write the results, sorted, whole numbers as such, and names for places and items.

    `left_out`: the weeks that wide places leave out; what was counted of them is dropped.
    """
    schools = pd.read_parquet(asked.plain / "schools.parquet")
    of_places = parts(schools)
    wide = set(of_places.loc[of_places["wide"] == 1, "place"])
    names = {
        "place": places(schools)[PLACE],
        "item": items()[["topic", "name"]].set_axis(NAMED["item"], axis=1),
    }
    for name, key in asked.outputs.items():
        frame = kept(results[name], wide, left_out).sort_values(key, ignore_index=True)
        columns: dict[str, pd.Series] = {}
        for column in [*key, *sorted(frame.columns.difference(key))]:
            columns |= _handed_in(frame[column], names)
        pd.DataFrame(columns).to_parquet(asked.out / f"{name}.parquet")


def _handed_in(values: pd.Series, names: Mapping[str, pd.DataFrame]) -> dict[str, pd.Series]:
    if values.name in names:
        known = names[values.name].items()
        return {name: pd.Series(pd.Categorical(each).take(values)) for name, each in known}
    days = values.name in ("date", "week")
    return {values.name: values.astype("datetime64[s]" if days else "int64")}

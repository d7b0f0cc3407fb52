"""Lays the results of the tools beside one another: a tool that counts something else is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from counting import EVIDENCE as OUR_EVIDENCE
from counting import GROUP_EVIDENCE
from plain_places import YEAR_TO_DATE
from plain_work import (
    ABSENTEES,
    EVIDENCE,
    EVIDENCE_OF_DAYS,
    GROUPS,
    HOLDINGS,
    OUTPUTS,
    SESSIONS,
    SUMS,
)

from publisher.aggregate.queries_evidence import PUPILS_COUNTED_BELOW
from publisher.aggregate.queries_group_holdings import HOLDINGS_COUNTED_BELOW
from publisher.catalogue.measures import SESSION_MEASURES
from publisher.model.breakdowns import TOTAL
from publisher.model.definitions import SessionMeasure
from publisher.reference.codes import possible_codes, register_codes

AREA = ["location", "phase"]
NAMES = [*AREA, "topic", "item"]
DAYS = ["date", "week", "code"]


class Different(Exception):
    """Two tools do not agree; the words say where, never what was counted."""


def figures(folder: Path, outputs: Sequence[str] = tuple(OUTPUTS)) -> int:
    """How many figures a tool handed in."""
    frames = [pd.read_parquet(folder / f"{name}.parquet") for name in outputs]
    return sum(len(frame) * len(frame.columns.difference([*NAMES, *DAYS])) for frame in frames)


def compare(one: Path, other: Path, outputs: Sequence[str] = tuple(OUTPUTS)) -> None:
    """Refuse two tools that differ in any row or figure of some outputs.

    Raises:
        Different: they do.
    """
    for name in outputs:
        frames = [pd.read_parquet(folder / f"{name}.parquet") for folder in (one, other)]
        if not frames[0].equals(frames[1]):
            raise Different(f"{one.name} and {other.name} differ in {name}")


def compare_with_ours(ours: Path, other: Path, outputs: Sequence[str] = tuple(OUTPUTS)) -> int:
    """Refuse a tool that differs from the program in any figure.

    Returns:
        How many figures of the program were compared.

    Raises:
        Different: they do.
    """
    handed_in = {name: pd.read_parquet(other / f"{name}.parquet") for name in outputs}
    opened = open_days(handed_in[SESSIONS])
    counted = {
        "attendance_reasons": _measures(handed_in[SESSIONS], opened),
        "persistent_absence": _of_everyone(_absentees(handed_in[ABSENTEES])),
        "persistent_absence_by_characteristic": _absentees(handed_in[ABSENTEES]),
        "absence_by_characteristic": _by_characteristic(handed_in[GROUPS], opened),
    }
    if EVIDENCE in handed_in:
        of_groups = _evidence(handed_in[EVIDENCE])
        days = _evidence_of_days(handed_in[EVIDENCE_OF_DAYS])
        counted[OUR_EVIDENCE] = _evidence_of_rows(_of_everyone(of_groups), days)
        counted[GROUP_EVIDENCE] = of_groups[of_groups["breakdown"] != TOTAL]
    return sum(
        _same(name, pd.read_parquet(ours / f"{name}.parquet"), rows)
        for name, rows in counted.items()
    )


def open_days(sessions: pd.DataFrame) -> pd.DataFrame:
    """Days on which a place has a possible session."""
    possible = sessions["code"].isin(_numbers(possible_codes()))
    return sessions.loc[possible, [*AREA, "date"]].drop_duplicates(ignore_index=True)


def _measures(sessions: pd.DataFrame, opened: pd.DataFrame) -> pd.DataFrame:
    """The published items of each open day: sums of codes."""
    by_code = sessions.pivot_table(
        index=[*AREA, "date"],
        columns="code",
        values="sessions",
        aggfunc="sum",
        fill_value=0,
        observed=True,
    )
    sums = {
        name: by_code.reindex(columns=_numbers(each.codes), fill_value=0).sum(axis=1)
        for name, each in SESSION_MEASURES.items()
        if isinstance(each, SessionMeasure)
    }
    rows = opened.merge(pd.DataFrame(sums).reset_index(), on=[*AREA, "date"])
    return rows.rename(columns={"date": "first_day"}).assign(kind="day")


def _absentees(absentees: pd.DataFrame) -> pd.DataFrame:
    names = {
        "enrolments": "total_enrolments",
        "persistent": "persistently_absent",
        "severe": "severely_absent",
    }
    return _with_breakdown(absentees.rename(columns=names)).assign(kind="year to date")


def _with_breakdown(rows: pd.DataFrame) -> pd.DataFrame:
    """A breakdown's key in place of topic and item."""
    key = rows["topic"].astype("str") + ": " + rows["item"].astype("str")
    named = rows.assign(breakdown=key.where(rows["topic"] != TOTAL, TOTAL))
    return named.drop(columns=["topic", "item"])


def _of_everyone(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["breakdown"] == TOTAL].drop(columns="breakdown")


def _by_characteristic(groups: pd.DataFrame, opened: pd.DataFrame) -> pd.DataFrame:
    """Weeks, and their sum; numbers of enrolments are means of the days the area is open."""
    groups = _with_breakdown(groups)
    weeks = opened.assign(week=opened["date"] - pd.to_timedelta(opened["date"].dt.day_of_week, "D"))
    days = weeks.groupby([*AREA, "week"], as_index=False, observed=True).size()
    by_week = groups.merge(days, on=[*AREA, "week"]).assign(
        kind="week", first_day=lambda rows: rows["week"]
    )
    item = [*AREA, "breakdown"]
    year = groups.groupby(item, as_index=False, observed=True)[SUMS].sum()
    in_year = opened.groupby(AREA, as_index=False, observed=True).size()
    year = year.merge(in_year, on=AREA).assign(kind="year to date")
    every = pd.concat([by_week, year], ignore_index=True)
    return pd.DataFrame(
        {
            **{name: every[name] for name in (*AREA, "kind", "first_day", "breakdown")},
            "possible_sessions": every["possible"],
            "authorised_absence": every["authorised"],
            "unauthorised_absence": every["unauthorised"],
            "overall_absence": every["authorised"] + every["unauthorised"],
            "enrolments": (2 * every["enrolment_days"] + every["size"]) // (2 * every["size"]),
        }
    )


def _evidence(evidence: pd.DataFrame) -> pd.DataFrame:
    """Who stands behind weeks and the year to date."""
    of_year = evidence["week"] == pd.Timestamp(YEAR_TO_DATE)
    rows = _with_breakdown(evidence).assign(
        kind=of_year.map({True: "year to date", False: "week"}),
        first_day=evidence["week"].where(~of_year),
    )
    return rows.rename(columns={"possible": "possible_sessions"}).drop(columns="week")


def _evidence_of_days(days: pd.DataFrame) -> pd.DataFrame:
    names = {"date": "first_day", "possible": "possible_sessions"}
    return days.rename(columns=names).assign(kind="day")


def _evidence_of_rows(of_all: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Of all pupils; the most enrolments of a period are those of the largest of its days."""
    date = days["first_day"]
    monday = date - pd.to_timedelta(date.dt.day_of_week, "D")
    spread = [
        days.assign(first_day=monday, kind="week"),
        days.assign(first_day=pd.NaT, kind="year to date"),
    ]
    key = [*AREA, "kind", "first_day"]
    most = pd.concat(spread).groupby(key, observed=True, dropna=False)["enrolments"].max()
    return pd.concat([of_all.merge(most.reset_index(), on=key), days], ignore_index=True)


def _comparable(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """What the program promises to know exactly of evidence: where there are few, how many.

    It counts pupils and the holdings of a group of pupils only as far as disclosure control asks.
    """
    if name in (OUR_EVIDENCE, GROUP_EVIDENCE):
        rows = rows.assign(pupils=rows["pupils"].clip(upper=PUPILS_COUNTED_BELOW))
    if name == GROUP_EVIDENCE:
        few = rows["holdings"] < HOLDINGS_COUNTED_BELOW
        rows = rows.assign(
            **{each: rows[each].where(few, HOLDINGS_COUNTED_BELOW) for each in HOLDINGS}
        )
    return rows


def _same(name: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> int:
    """Compare the figures of the kinds of period that the others counted; nothing may be left."""
    ours = ours.rename(columns={"education_phase": "phase"})
    ours = ours[ours["kind"].isin(theirs["kind"].unique())]
    key = [*AREA, "kind", *({"breakdown", "first_day"} & set(theirs.columns))]
    columns = [each for each in theirs.columns if each not in key]
    if "first_day" in key:  # the year to date is one row, whatever day it begins on
        ours = ours.assign(first_day=ours["first_day"].where(ours["kind"] != "year to date"))
    if "breakdown" in key:  # of some groups we publish the year to date, but no weeks
        published = ours[["breakdown", "kind"]].drop_duplicates()
        theirs = theirs.merge(published, on=["breakdown", "kind"])
    ours = ours[
        (ours[columns] != 0).any(axis=1)
    ]  # rows and groups that nobody is in are ours alone
    found = [_indexed(each, key, columns) for each in (ours, theirs)]
    if name == GROUP_EVIDENCE:
        _refuse_lower(*found)
    found = [_comparable(name, each) for each in found]
    if not found[0].equals(found[1]):
        raise Different(f"the program differs in {name}")
    return int(found[0].size)


def _refuse_lower(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Where the program only bounds the largest holdings, the bounds must hold.

    Raises:
        Different: one does not, or there are other rows.
    """
    largest = ["largest_holding", "second_holding"]
    if not ours.index.equals(theirs.index) or (ours[largest] < theirs[largest]).any(axis=None):
        raise Different(f"the program differs in {GROUP_EVIDENCE}")


def _indexed(frame: pd.DataFrame, key: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    exact = frame.astype({**dict.fromkeys(columns, "int64"), **dict.fromkeys(AREA, "str")})
    if "first_day" in key:
        exact["first_day"] = exact["first_day"].astype("datetime64[s]")
    return exact.set_index(list(key))[list(columns)].sort_index()


def _numbers(codes: frozenset[str]) -> list[int]:
    numbers = {each.code: each.number for each in register_codes()}
    return sorted(numbers[code] for code in codes)

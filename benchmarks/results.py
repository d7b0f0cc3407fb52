"""Lays the results of the tools beside one another: a tool that counts something else is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from plain_work import ABSENTEES, GROUPS, OUTPUTS, SESSIONS, SUMS

from publisher.catalogue.measures import SESSION_MEASURES
from publisher.model.definitions import SessionMeasure
from publisher.reference.codes import possible_codes, register_codes

AREA = ["authority", "phase"]


class Different(Exception):
    """Two tools do not agree; the words say where, never what was counted."""


def figures(folder: Path) -> int:
    """How many figures a tool handed in."""
    frames = [pd.read_parquet(folder / f"{name}.parquet") for name in OUTPUTS]
    return sum(
        len(frame) * len(frame.columns.difference(key))
        for frame, key in zip(frames, OUTPUTS.values(), strict=True)
    )


def compare(one: Path, other: Path) -> None:
    """Refuse two tools that differ in any row or figure.

    Raises:
        Different: they do.
    """
    for name in OUTPUTS:
        frames = [pd.read_parquet(folder / f"{name}.parquet") for folder in (one, other)]
        if not frames[0].equals(frames[1]):
            raise Different(f"{one.name} and {other.name} differ in {name}")


def compare_with_ours(ours: Path, other: Path) -> int:
    """Refuse a tool that differs from the program in any figure of a local authority.

    Returns:
        How many figures of the program were compared.

    Raises:
        Different: they do.
    """
    sessions = pd.read_parquet(other / f"{SESSIONS}.parquet")
    groups = pd.read_parquet(other / f"{GROUPS}.parquet")
    absentees = pd.read_parquet(other / f"{ABSENTEES}.parquet")
    opened = open_days(sessions)
    counted = {
        "attendance_reasons": _measures(sessions, opened),
        "persistent_absence": _renamed(absentees),
        "absence_by_characteristic": _by_characteristic(groups, opened),
    }
    return sum(
        _same(name, pd.read_parquet(ours / f"{name}.parquet"), rows)
        for name, rows in counted.items()
    )


def open_days(sessions: pd.DataFrame) -> pd.DataFrame:
    """Days on which an authority's phase has a possible session."""
    possible = sessions["code"].isin(_numbers(possible_codes()))
    return sessions.loc[possible, [*AREA, "date"]].drop_duplicates(ignore_index=True)


def _measures(sessions: pd.DataFrame, opened: pd.DataFrame) -> pd.DataFrame:
    """The published items of each open day: sums of codes."""
    by_code = sessions.pivot_table(
        index=[*AREA, "date"], columns="code", values="sessions", aggfunc="sum", fill_value=0
    )
    sums = {
        name: by_code.reindex(columns=_numbers(each.codes), fill_value=0).sum(axis=1)
        for name, each in SESSION_MEASURES.items()
        if isinstance(each, SessionMeasure)
    }
    rows = opened.merge(pd.DataFrame(sums).reset_index(), on=[*AREA, "date"])
    return rows.rename(columns={"date": "first_day"}).assign(kind="day")


def _renamed(absentees: pd.DataFrame) -> pd.DataFrame:
    names = {
        "enrolments": "total_enrolments",
        "persistent": "persistently_absent",
        "severe": "severely_absent",
    }
    return absentees.rename(columns=names).assign(kind="year to date")


def _by_characteristic(groups: pd.DataFrame, opened: pd.DataFrame) -> pd.DataFrame:
    """Weeks, and their sum; numbers of enrolments are means of the days the area is open."""
    weeks = opened.assign(week=opened["date"] - pd.to_timedelta(opened["date"].dt.day_of_week, "D"))
    days = weeks.groupby([*AREA, "week"], as_index=False).size()
    by_week = groups.merge(days, on=[*AREA, "week"]).assign(kind="week", first_day=groups["week"])
    item = [*AREA, "topic", "item"]
    year = groups.groupby(item, as_index=False)[SUMS].sum()
    in_year = opened.groupby(AREA, as_index=False).size()
    year = year.merge(in_year, on=AREA).assign(kind="year to date")
    every = pd.concat([by_week, year], ignore_index=True)
    return pd.DataFrame(
        {
            **{name: every[name] for name in (*AREA, "kind", "first_day")},
            "breakdown": every["topic"] + ": " + every["item"],
            "possible_sessions": every["possible"],
            "authorised_absence": every["authorised"],
            "unauthorised_absence": every["unauthorised"],
            "overall_absence": every["authorised"] + every["unauthorised"],
            "enrolments": (2 * every["enrolment_days"] + every["size"]) // (2 * every["size"]),
        }
    )


def _same(name: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> int:
    """Compare the figures of the kinds of period that the others counted; nothing may be left."""
    ours = ours.rename(columns={"location": "authority", "education_phase": "phase"})
    ours = ours[ours["kind"].isin(theirs["kind"].unique())]
    key = [*AREA, "kind", *({"breakdown", "first_day"} & set(theirs.columns))]
    if "first_day" in key:  # the year to date is one row, whatever day it begins on
        ours = ours.assign(first_day=ours["first_day"].where(ours["kind"] != "year to date"))
    if "breakdown" in key:  # our rows of all pupils, and groups without any, are ours alone
        ours = ours[(ours["breakdown"] != "Total") & (ours["possible_sessions"] > 0)]
        published = ours[["breakdown", "kind"]].drop_duplicates()
        theirs = theirs.merge(published, on=["breakdown", "kind"])
    columns = [each for each in theirs.columns if each not in key]
    found = [_indexed(each, key, columns) for each in (ours, theirs)]
    if not found[0].equals(found[1]):
        raise Different(f"the program differs in {name}")
    return int(found[0].size)


def _indexed(frame: pd.DataFrame, key: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    exact = frame.astype({**dict.fromkeys(columns, "int64"), **dict.fromkeys(AREA, "str")})
    if "first_day" in key:
        exact["first_day"] = exact["first_day"].astype("datetime64[s]")
    return exact.set_index(list(key))[list(columns)].sort_index()


def _numbers(codes: frozenset[str]) -> list[int]:
    numbers = {each.code: each.number for each in register_codes()}
    return sorted(numbers[code] for code in codes)

"""Lays the results of the tools beside one another: a tool that counts something else is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from counting import EVIDENCE as OUR_EVIDENCE
from counting import GROUP_EVIDENCE
from plain_periods import OF_YEAR, STANDS_FOR
from plain_work import (
    ABSENTEES,
    CENSUS,
    EVIDENCE,
    EVIDENCE_OF_DAYS,
    GROUPS,
    HOLDINGS,
    OUTPUTS,
    SCHOOLS,
    SCHOOLS_OF_DAYS,
    SESSIONS,
    SESSIONS_OF_WEEKS,
)

from publisher.aggregate.queries_evidence import PUPILS_COUNTED_BELOW
from publisher.aggregate.queries_group_holdings import HOLDINGS_COUNTED_BELOW
from publisher.catalogue.measures import SESSION_MEASURES
from publisher.model.breakdowns import TOTAL
from publisher.model.definitions import SessionMeasure
from publisher.reference.codes import possible_codes, register_codes
from publisher.reference.years import academic_year_of

AREA = ["location", "phase"]
NAMES = [*AREA, "topic", "item"]
DAYS = ["date", "week", "code"]
PERIOD = [*AREA, "kind", "first_day"]
"""How a row is known here; of a term and the year to date, the first day is what stands for it."""
NOT_KNOWN = -1
_KINDS_OF_LONG = {
    pd.Timestamp(day): "year to date" if day == OF_YEAR else "term" for day in STANDS_FOR.values()
}


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
    absentees = _absentees(handed_in[ABSENTEES])
    counted = {
        "attendance_reasons": _measures(handed_in, opened),
        "persistent_absence": _of_everyone(absentees),
        "schools_submitting": _schools(handed_in),
        "persistent_absence_by_characteristic": absentees,
        "absence_by_characteristic": _by_characteristic(handed_in[GROUPS], opened),
    }
    if EVIDENCE in handed_in:
        of_groups = _evidence(handed_in[EVIDENCE])
        days = _of_days(handed_in[EVIDENCE_OF_DAYS], {"possible": "possible_sessions"})
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


def _measures(handed_in: Mapping[str, pd.DataFrame], opened: pd.DataFrame) -> pd.DataFrame:
    """The published items of each period with an open day: sums of codes."""
    codes = [_of_days(handed_in[SESSIONS]), _of_weeks(handed_in[SESSIONS_OF_WEEKS])]
    by_code = pd.concat(codes, ignore_index=True).pivot_table(
        index=PERIOD, columns="code", values="sessions", aggfunc="sum", fill_value=0, observed=True
    )
    sums = {
        name: by_code.reindex(columns=_numbers(each.codes), fill_value=0).sum(axis=1)
        for name, each in SESSION_MEASURES.items()
        if isinstance(each, SessionMeasure)
    }
    return _periods_of(opened).merge(pd.DataFrame(sums).reset_index(), on=PERIOD)


def _periods_of(opened: pd.DataFrame) -> pd.DataFrame:
    """The days, the weeks that they lie in, and the year to date."""
    days = _of_days(opened)
    weeks = days.assign(kind="week", first_day=_monday(days["first_day"]))
    year = days.assign(kind="year to date", first_day=pd.Timestamp(OF_YEAR))
    return pd.concat([days, weeks, year], ignore_index=True).drop_duplicates()


def _of_days(rows: pd.DataFrame, names: Mapping[str, str] = MappingProxyType({})) -> pd.DataFrame:
    return rows.rename(columns={"date": "first_day", **names}).assign(kind="day")


def _of_weeks(rows: pd.DataFrame, names: Mapping[str, str] = MappingProxyType({})) -> pd.DataFrame:
    """Rows of weeks, and of longer periods under what stands for a week."""
    kinds = rows["week"].map(_KINDS_OF_LONG).astype("object").fillna("week")
    return rows.rename(columns={"week": "first_day", **names}).assign(kind=kinds)


def _monday(days: pd.Series) -> pd.Series:
    return days - pd.to_timedelta(days.dt.day_of_week, "D")


def _schools(handed_in: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Schools that submitted; all schools, or -1 where the census has none."""
    rows = [_of_days(handed_in[SCHOOLS_OF_DAYS]), _of_weeks(handed_in[SCHOOLS])]
    every = pd.concat(rows, ignore_index=True).merge(handed_in[CENSUS], on=AREA, how="left")
    names = {"submitting": "schools_submitted", "schools": "schools_all"}
    return every.rename(columns=names).fillna({"schools_all": NOT_KNOWN})


def _absentees(absentees: pd.DataFrame) -> pd.DataFrame:
    names = {
        "enrolments": "total_enrolments",
        "persistent": "persistently_absent",
        "severe": "severely_absent",
    }
    return _with_breakdown(_of_weeks(absentees, names))


def _with_breakdown(rows: pd.DataFrame) -> pd.DataFrame:
    """A breakdown's key in place of topic and item."""
    key = rows["topic"].astype("str") + ": " + rows["item"].astype("str")
    named = rows.assign(breakdown=key.where(rows["topic"] != TOTAL, TOTAL))
    return named.drop(columns=["topic", "item"])


def _of_everyone(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["breakdown"] == TOTAL].drop(columns="breakdown")


def _by_characteristic(groups: pd.DataFrame, opened: pd.DataFrame) -> pd.DataFrame:
    """Weeks, and their sum; numbers of enrolments are means of the days the area is open."""
    days = opened.assign(kind="week", first_day=_monday(opened["date"]))
    year = opened.assign(kind="year to date", first_day=pd.Timestamp(OF_YEAR))
    of_days = pd.concat([days, year], ignore_index=True)
    open_in = of_days.groupby(PERIOD, as_index=False, observed=True).size()
    every = _with_breakdown(_of_weeks(groups)).merge(open_in, on=PERIOD)
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
    """Who stands behind weeks and longer periods."""
    return _with_breakdown(_of_weeks(evidence, {"possible": "possible_sessions"}))


def _evidence_of_rows(of_all: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Of all pupils; the most enrolments of a period are those of the largest of its days."""
    year = days.assign(kind="year to date", first_day=pd.Timestamp(OF_YEAR))
    spread = [
        days.assign(kind="week", first_day=_monday(days["first_day"])),
        year,
        days.assign(kind="term", first_day=days["first_day"].map(_term_of)),
    ]
    most = pd.concat(spread).groupby(PERIOD, observed=True)["enrolments"].max()
    return pd.concat([of_all.merge(most.reset_index(), on=PERIOD), days], ignore_index=True)


def _term_of(day: pd.Timestamp) -> pd.Timestamp:
    """What stands for the term that a day lies in."""
    terms = academic_year_of(day.date()).terms.items()
    return next(
        pd.Timestamp(STANDS_FOR[term])
        for term, (first, last) in terms
        if first <= day.date() <= last
    )


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
    """Compare every figure; nothing may be left."""
    ours = ours.rename(columns={"education_phase": "phase"})
    key = [*PERIOD, *({"breakdown"} & set(theirs.columns))]
    columns = [each for each in theirs.columns if each not in key]
    ours = ours.fillna(dict.fromkeys(columns, NOT_KNOWN))
    if set(ours["kind"]) != set(theirs["kind"]):
        raise Different(f"the program differs in the periods of {name}")
    if "breakdown" in key:  # of some groups we publish the year to date, but no weeks or terms
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
    exact["first_day"] = exact["first_day"].astype("datetime64[s]")
    return exact.set_index(list(key))[list(columns)].sort_index()


def _numbers(codes: frozenset[str]) -> list[int]:
    numbers = {each.code: each.number for each in register_codes()}
    return sorted(numbers[code] for code in codes)

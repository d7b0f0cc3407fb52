"""The registers of the comparison in pandas: who is enrolled when, in which group, and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
from plain_groups import (
    FSM,
    OTHER_YEARS,
    SEN,
    SEX,
    TRANSITION,
    YEAR_GROUPS,
    YEARS,
    YES_NO,
    ethnicity_leaves,
    first_leaves,
    minor_groups,
)
from plain_work import Asked

ENROLMENT = ["urn", "pupil"]


def counted_days(given: Asked) -> pd.DataFrame:
    """Days of the year to date that an approval covers."""
    approvals = pd.read_parquet(given.plain / "approvals.parquet")
    last = pd.to_datetime(approvals["approved_to"].fillna(given.year.last_day))
    first = pd.to_datetime(approvals["approved_from"])
    rows = approvals.assign(first=first, last=last).merge(
        given.days().apply(pd.to_datetime), how="cross"
    )
    covered = (rows["first"] <= rows["date"]) & (rows["date"] <= rows["last"])
    return rows.loc[covered, ["urn", "date"]]


def enrolments(given: Asked, held: pd.DataFrame) -> pd.DataFrame:
    """The latest record of every pupil who counts, numbered, and between which days.

    `several`: the pupil has more than one.
    """
    year = given.year
    records = pd.concat(pd.read_parquet(each) for each in given.files("pupils"))
    latest = records.sort_values("received", kind="stable").drop_duplicates(ENROLMENT, keep="last")
    pupils = latest.merge(held, on="urn")
    age = year.start - pupils["cohort"]
    pupils = pupils[age.between(5, 15)].reset_index(drop=True)
    may_leave = np.where(year.start - pupils["cohort"] == 15, given.before_leaving, year.last_day)
    leaving = pd.to_datetime(pupils["leaving_date"].fillna(year.last_day))
    return pd.DataFrame(
        {
            **{each: pupils[each] for each in (*ENROLMENT, "area")},
            "number": np.arange(len(pupils), dtype=np.int32),
            "several": pupils.duplicated("pupil", keep=False),
            "first_day": pd.to_datetime(pupils["admission_date"].fillna(year.series_start)),
            "last_day": np.minimum(leaving, pd.to_datetime(pd.Series(may_leave))),
            **{
                each: (first + _leaf(pupils, each)).astype("int16")
                for each, first in first_leaves().items()
            },
        }
    )


def _leaf(pupils: pd.DataFrame, group: str) -> pd.Series:
    match group:
        case "sex":
            return _place_of(pupils["sex"], dict(zip(SEX, range(3), strict=True)), len(SEX) - 1)
        case "fsm_with_sen":
            sen = _sen(pupils["ehc_plan"], pupils["sen_support"])
            return len(SEN) * _yes_no(pupils["free_school_meals"], len(FSM)) + sen
        case "ethnicity":
            return _place_of(pupils["ethnicity"], ethnicity_leaves(), len(minor_groups()) - 1)
        case "year_group":
            known = {each: place for place, each in enumerate(YEAR_GROUPS)}
            other = dict.fromkeys(OTHER_YEARS, len(YEARS) - 2)
            year = _place_of(pupils["year_group"], {**known, **other}, len(YEARS) - 1)
            divided = pupils["year_group"].isin(TRANSITION)
            return len(SEN) * year + _sen(pupils["ehc_plan"], pupils["sen_support"]).where(
                divided, 0
            )
        case _:
            return _yes_no(pupils[group], len(YES_NO[group]))


def _sen(ehc: pd.Series, support: pd.Series) -> pd.Series:
    none = ehc.eq(False) & support.eq(False)  # noqa: FBT003  (unknown is neither)
    numbers = np.select([ehc.eq(True), support.eq(True), none], [0, 1, 2], 3)  # noqa: FBT003
    return pd.Series(numbers, index=ehc.index)


def _yes_no(field: pd.Series, items: int) -> pd.Series:
    return _place_of(field, {True: 0, False: 1}, items - 1)


def _place_of(field: pd.Series, known: dict, otherwise: int) -> pd.Series:
    return field.map(known).fillna(otherwise)

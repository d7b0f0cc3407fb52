"""The registers of the comparison in Polars: who is enrolled when, in which group, and where."""

from __future__ import annotations

import polars as pl
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


def enrolments(given: Asked, held: pl.DataFrame) -> pl.DataFrame:
    """The latest record of every pupil who counts, numbered, and between which days.

    `several`: the pupil has more than one.
    """
    year = given.year
    records = pl.concat(pl.read_parquet(each) for each in given.files("pupils"))
    latest = records.sort("received").unique(ENROLMENT, keep="last", maintain_order=True)
    age = year.start - pl.col("cohort")
    may_leave = pl.when(age == 15).then(given.before_leaving).otherwise(year.last_day)
    leaves = {each: first + _leaf(each) for each, first in first_leaves().items()}
    counted = latest.join(held, on="urn").filter(age.is_between(5, 15))
    return counted.select(
        *ENROLMENT,
        "area",
        several=pl.len().over("pupil") > 1,
        first_day=pl.col("admission_date").fill_null(year.series_start),
        last_day=pl.min_horizontal(pl.col("leaving_date").fill_null(year.last_day), may_leave),
        **{each: leaf.cast(pl.Int16) for each, leaf in leaves.items()},
    ).with_row_index("number")


def counted_days(given: Asked) -> pl.DataFrame:
    """Days of the year to date that an approval covers, with their week."""
    days = pl.DataFrame(given.days()).cast(pl.Date)
    approvals = pl.read_parquet(given.plain / "approvals.parquet")
    covered = pl.col("date").is_between(
        pl.col("approved_from"), pl.col("approved_to").fill_null(given.year.last_day)
    )
    of_schools = days.join(approvals, how="cross").filter(covered)
    return of_schools.select("urn", "date", "week").unique()


def _leaf(group: str) -> pl.Expr:
    match group:
        case "sex":
            return _place_of("sex", SEX[:-1], len(SEX) - 1)
        case "fsm_with_sen":
            return len(SEN) * _yes_no("free_school_meals", len(FSM)) + _sen()
        case "ethnicity":
            return pl.col("ethnicity").replace_strict(
                ethnicity_leaves(), default=len(minor_groups()) - 1, return_dtype=pl.Int32
            )
        case "year_group":
            other = {each: len(YEARS) - 2 for each in OTHER_YEARS}
            known = {each: place for place, each in enumerate(YEAR_GROUPS)}
            year = pl.col("year_group").replace_strict(
                {**known, **other}, default=len(YEARS) - 1, return_dtype=pl.Int32
            )
            divided = pl.col("year_group").is_in(TRANSITION)
            return len(SEN) * year + pl.when(divided).then(_sen()).otherwise(0)
        case _:
            return _yes_no(group, len(YES_NO[group]))


def _sen() -> pl.Expr:
    ehc, support = pl.col("ehc_plan"), pl.col("sen_support")
    known = pl.when(ehc).then(0).when(support).then(1).when(~ehc & ~support).then(2)
    return known.otherwise(3)


def _yes_no(field: str, items: int) -> pl.Expr:
    return pl.when(pl.col(field)).then(0).when(~pl.col(field)).then(1).otherwise(items - 1)


def _place_of(field: str, texts: tuple[str, ...], otherwise: int) -> pl.Expr:
    known = {text: place for place, text in enumerate(texts)}
    return pl.col(field).replace_strict(known, default=otherwise, return_dtype=pl.Int32)

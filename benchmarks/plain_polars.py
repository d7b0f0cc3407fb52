"""The work of the comparison in Polars, lazily, by its streaming engine."""

from __future__ import annotations

import os
from functools import partial

import polars as pl
from plain_work import (
    ABSENTEES,
    FSM,
    GROUPS,
    LEAVES,
    OTHER_YEARS,
    PROFILES,
    SEN,
    SESSIONS,
    SEX,
    SUMS,
    YEAR_GROUPS,
    YEARS,
    YES_NO,
    Asked,
    asked,
    by_topic,
    ethnicity_leaves,
    hand_in,
    minor_groups,
    pairs,
    stage,
)

from publisher.model.phases import PUBLISHED_PHASES

ENROLMENT = ["urn", "pupil"]
SCHOOL_DAY = ["urn", "date"]
_COUNTED = pl.col("date").is_between(pl.col("first_day"), pl.col("last_day"))


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    marks = pl.scan_parquet(given.files("marks"))
    stage("preparing")
    schools = pl.read_parquet(given.plain / "schools.parquet")
    places = _places(schools)
    enrolments = _enrolments(given, schools, places)
    first = _done(marks.group_by(SCHOOL_DAY).agg(first_received=pl.col("received").min()))
    days = _counted_days(given, first)
    counted = _latest(marks, first).join(days.lazy(), on=SCHOOL_DAY)
    counted = counted.join(enrolments.lazy(), on=ENROLMENT).filter(_COUNTED)
    of_pairs = pl.LazyFrame(pairs()).select(pl.col("am", "pm").cast(pl.UInt8), pl.col(SUMS[:3]))
    possible = counted.join(of_pairs, on=["am", "pm"])
    named = partial(_named, places=places)
    stage("counting sessions")
    results = {SESSIONS: named(_sessions(counted))}
    stage("counting absentees")
    results[ABSENTEES] = named(_absentees(possible))
    leaves = {}
    for profile in PROFILES:
        stage(f"counting groups of pupils: {' and '.join(profile)}")
        counts = _done(_sums(possible, [*profile], pl.len()))
        for each in profile:
            rolled = _sums(counts.lazy().rename({each: "leaf"}), ["leaf"])
            leaves[each] = named(_done(rolled)).to_pandas()
    frames = {name: frame.to_pandas() for name, frame in results.items()}
    hand_in(given, {**frames, GROUPS: by_topic(leaves)})


def _done(query: pl.LazyFrame) -> pl.DataFrame:
    return query.collect(engine="streaming")


def _places(schools: pl.DataFrame) -> pl.DataFrame:
    published = schools.filter(pl.col("education_phase").is_in(PUBLISHED_PHASES))
    found = published.select(authority="location", phase="education_phase").unique()
    return found.sort("authority", "phase").with_row_index("place").cast({"place": pl.Int16})


def _enrolments(given: Asked, schools: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The latest record of every pupil who counts, and between which days."""
    year = given.year
    of_school = schools.rename({"location": "authority", "education_phase": "phase"}).join(
        places, on=["authority", "phase"]
    )
    records = pl.concat(pl.read_parquet(each) for each in given.files("pupils"))
    latest = records.sort("received").unique(ENROLMENT, keep="last", maintain_order=True)
    age = year.start - pl.col("cohort")
    may_leave = pl.when(age == 15).then(given.before_leaving).otherwise(year.last_day)
    return (
        latest.join(of_school.select("urn", "place"), on="urn")
        .filter(age.is_between(5, 15))
        .select(
            *ENROLMENT,
            "place",
            first_day=pl.col("admission_date").fill_null(year.series_start),
            last_day=pl.min_horizontal(pl.col("leaving_date").fill_null(year.last_day), may_leave),
            **{each: _leaf(each).cast(pl.Int8) for each in LEAVES},
        )
    )


def _counted_days(given: Asked, first: pl.DataFrame) -> pl.DataFrame:
    """Days of the year to date that an approval covers, with their week."""
    days = pl.DataFrame(given.days()).cast(pl.Date)
    approvals = pl.read_parquet(given.plain / "approvals.parquet")
    covered = pl.col("date").is_between(
        pl.col("approved_from"), pl.col("approved_to").fill_null(given.year.last_day)
    )
    of_year = first.join(days, on="date").join(approvals, on="urn").filter(covered)
    return of_year.select(*SCHOOL_DAY, "week").unique()


def _latest(marks: pl.LazyFrame, first: pl.DataFrame) -> pl.LazyFrame:
    """One row per pupil and day; what batches corrected is little and looked for once."""
    stage("looking for corrected marks")
    key = [*ENROLMENT, "date"]
    later = marks.join(first.lazy(), on=SCHOOL_DAY).filter(
        pl.col("received") > pl.col("first_received")
    )
    last = (pl.col(each).sort_by("received").last() for each in ("am", "pm"))
    corrected = _done(later.group_by(key).agg(*last))
    kept = marks.select(*key, "am", "pm").join(corrected.lazy(), on=key, how="anti")
    return pl.concat([kept, corrected.lazy().select(*key, "am", "pm")])


def _sessions(counted: pl.LazyFrame) -> pl.DataFrame:
    by_pair = _done(counted.group_by("place", "date", "am", "pm").agg(pupils=pl.len()))
    halves = [by_pair.select("place", "date", "pupils", code=half) for half in ("am", "pm")]
    by_code = pl.concat(halves).filter(pl.col("code") != 0)
    return by_code.group_by("place", "date", "code").agg(sessions=pl.col("pupils").sum())


def _absentees(possible: pl.LazyFrame) -> pl.DataFrame:
    missed = (pl.col("authorised") + pl.col("unauthorised")).sum()
    by_enrolment = possible.group_by("place", *ENROLMENT).agg(
        pl.col("possible").sum(), missed=missed
    )
    missed_share = {"persistent": 10, "severe": 2}
    return _done(
        by_enrolment.filter(pl.col("possible") > 10)
        .group_by("place")
        .agg(
            enrolments=pl.len(),
            **{
                name: (times * pl.col("missed") >= pl.col("possible")).sum()
                for name, times in missed_share.items()
            },
        )
    )


def _sums(rows: pl.LazyFrame, by: list[str], days: pl.Expr | None = None) -> pl.LazyFrame:
    """Sums by place, week and `by`; `days` counts enrolment-days where they are no column yet."""
    counted = pl.col("enrolment_days").sum() if days is None else days
    return rows.group_by("place", "week", *by).agg(pl.col(SUMS[:3]).sum(), enrolment_days=counted)


def _named(frame: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    return frame.join(places, on="place").drop("place")


def _leaf(group: str) -> pl.Expr:
    match group:
        case "sex":
            return _place_of("sex", SEX[:-1], len(SEX) - 1)
        case "fsm_with_sen":
            ehc, support = pl.col("ehc_plan"), pl.col("sen_support")
            sen = pl.when(ehc).then(0).when(support).then(1).when(~ehc & ~support).then(2)
            return len(SEN) * _yes_no("free_school_meals", len(FSM)) + sen.otherwise(3)
        case "ethnicity":
            return pl.col("ethnicity").replace_strict(
                ethnicity_leaves(), default=len(minor_groups()) - 1, return_dtype=pl.Int32
            )
        case "year_group":
            other = {each: len(YEARS) - 2 for each in OTHER_YEARS}
            known = {each: place for place, each in enumerate(YEAR_GROUPS)}
            return pl.col("year_group").replace_strict(
                {**known, **other}, default=len(YEARS) - 1, return_dtype=pl.Int32
            )
        case _:
            return _yes_no(group, len(YES_NO[group]))


def _yes_no(field: str, items: int) -> pl.Expr:
    return pl.when(pl.col(field)).then(0).when(~pl.col(field)).then(1).otherwise(items - 1)


def _place_of(field: str, texts: tuple[str, ...], otherwise: int) -> pl.Expr:
    known = {text: place for place, text in enumerate(texts)}
    return pl.col(field).replace_strict(known, default=otherwise, return_dtype=pl.Int32)


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    main()

"""The work of the comparison in Polars, by its streaming engine.

The weeks that a batch brought together, as in DuckDB: lazily over all marks at once it needed more
than 16 GiB for 40 school days. Each mark is joined once; everything but sessions is counted
from the sums of each enrolment and week; only pupils with several enrolments at a time are told
apart from one another.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polars as pl
from plain_groups import (
    EVERYONE,
    FSM,
    LEAVES,
    OTHER_YEARS,
    SEN,
    SEX,
    TRANSITION,
    YEAR_GROUPS,
    YEARS,
    YES_NO,
    ethnicity_leaves,
    first_leaves,
    members,
    minor_groups,
)
from plain_places import (
    YEAR_TO_DATE,
    everyone,
    held_schools,
    parts,
    weeks_left_out,
    year_parts,
)
from plain_work import (
    ABSENT,
    ABSENTEES,
    EVIDENCE,
    EVIDENCE_OF_DAYS,
    GROUPS,
    SESSIONS,
    SUMS,
    Asked,
    Stretch,
    asked,
    hand_in,
    pairs,
    stage,
    stretches,
)

if TYPE_CHECKING:
    import pandas as pd

ENROLMENT = ["urn", "pupil"]
KEY = [*ENROLMENT, "date"]
_EVERY = (pl.lit(EVERYONE, dtype=pl.Int16), *(pl.col(each) for each in LEAVES))
_COUNTED = pl.col("date").is_between(pl.col("first_day"), pl.col("last_day"))


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    stage("preparing")
    counting = _Counting(given)
    for stretch in stretches(counting.homes.to_pandas(), given.days()):
        stage(f"counting {stretch.first} to {stretch.last}")
        counting.add(stretch)
    stage("counting the year to date")
    left_out = counting.left_out()
    counting.add_year(left_out)
    frames = {name: pl.concat(parts).to_pandas() for name, parts in counting.results.items()}
    hand_in(given, frames, left_out)


class _Counting:
    """What is known before the marks are read, and the results so far."""

    def __init__(self, given: Asked) -> None:
        self._marks = pl.scan_parquet(given.files("marks"))
        self._given = given
        schools = pl.read_parquet(given.plain / "schools.parquet").to_pandas()
        held = pl.DataFrame(held_schools(schools))
        self._held = held.cast({"urn": pl.Int32, "area": pl.Int16, "holding": pl.Int32})
        self._parts = parts(schools)
        self._members = pl.DataFrame(members()).cast(pl.Int16)
        self._pairs = pl.DataFrame(pairs()).select(pl.col("am", "pm").cast(pl.UInt8), *SUMS[:3])
        self._enrolments = _enrolments(given, self._held)
        self._days = _counted_days(given)
        self.homes = _done(self._marks.group_by("date").agg(home=pl.col("received").min()))
        self._later = self._brought_again()
        self._missed: list[pl.DataFrame] = []
        self.results: dict[str, list[pl.DataFrame]] = {name: [] for name in given.outputs}

    def add(self, stretch: Stretch) -> None:
        """Count some weeks."""
        marks = self._week_marks(stretch)
        codes = marks.group_by("urn", "date", "am", "pm").agg(pupils=pl.len().cast(pl.Int64))
        weeks = self._enrolment_weeks(marks)
        missed = pl.col("authorised") + pl.col("unauthorised")
        small = weeks.select("number", "week", "possible", missed=missed)
        self._missed.append(small.cast({"possible": pl.Int8, "missed": pl.Int8}))
        leaves = self._leaves(weeks, SUMS)
        self.results[SESSIONS].append(self._sessions(codes))
        self.results[GROUPS].append(self._items(leaves, ["week"], SUMS, self._parts))
        if self._given.evidence:
            self.results[EVIDENCE_OF_DAYS].append(self._evidence_of_days(codes, marks))
            self.results[EVIDENCE].append(self._evidence_of(leaves, weeks, self._parts))

    def left_out(self) -> tuple[pd.Timestamp, ...]:
        """The weeks that wide places leave out."""
        groups = pl.concat(self.results[GROUPS]).filter(pl.col("item") == everyone())
        return weeks_left_out(self._given, groups.select("place", "week").to_pandas())

    def add_year(self, left_out: tuple[pd.Timestamp, ...]) -> None:
        """Count the year to date, from the sums of its weeks."""
        missed = pl.concat(self._missed).lazy()
        sums = pl.col("possible", "missed").cast(pl.Int32).sum()
        long = pl.col("possible") > 10
        for of_places, without in year_parts(self._parts, left_out):
            weeks = missed.filter(~pl.col("week").is_in([each.date() for each in without]))
            years = _done(
                weeks.group_by("number")
                .agg(sums)
                .with_columns(
                    week=pl.lit(YEAR_TO_DATE),
                    enrolments=long,
                    persistent=long & (10 * pl.col("missed") >= pl.col("possible")),
                    severe=long & (2 * pl.col("missed") >= pl.col("possible")),
                )
            )
            leaves = self._leaves(years, ["possible", *ABSENT])
            absentees = self._items(leaves, [], ABSENT, of_places)
            self.results[ABSENTEES].append(absentees.filter(pl.col("enrolments") > 0))
            if self._given.evidence:
                self.results[EVIDENCE].append(self._evidence_of(leaves, years, of_places))

    def _brought_again(self) -> pl.DataFrame:
        """The latest of the marks that did not come with the first of their day: few of all."""
        later = self._marks.join(self.homes.lazy(), on="date")
        later = later.filter(pl.col("received") > pl.col("home"))
        last = (pl.col(each).sort_by("received").last() for each in ("am", "pm"))
        return _done(later.group_by(KEY).agg(*last))

    def _week_marks(self, stretch: Stretch) -> pl.DataFrame:
        """The marks that count, by number of the enrolment."""
        days = pl.col("date").is_between(stretch.first, stretch.last)
        came = pl.col("received").is_between(stretch.earliest, stretch.latest)
        later = self._later.lazy().filter(days)
        first = self._marks.filter(days, came).select(*KEY, "am", "pm")
        latest = pl.concat([first.join(later, on=KEY, how="anti"), later])
        enrolments = self._enrolments.lazy().select(*ENROLMENT, "number", "first_day", "last_day")
        counted = latest.join(self._days.lazy(), on=["urn", "date"])
        counted = counted.join(enrolments, on=ENROLMENT).filter(_COUNTED)
        return _done(counted.select("number", "urn", "week", "date", "am", "pm"))

    def _enrolment_weeks(self, marks: pl.DataFrame) -> pl.DataFrame:
        """The sums of each enrolment and week in which it has a possible session."""
        possible = marks.lazy().join(self._pairs.lazy(), on=["am", "pm"])
        sums = pl.col(SUMS[:3]).sum().cast(pl.Int16)
        days = pl.len().cast(pl.Int16)
        return _done(possible.group_by("number", "week").agg(sums, enrolment_days=days))

    def _leaves(self, sums: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        """Sums by leaf, week and school; `pupils`: how many enrolments."""
        rows = sums.join(self._enrolments.select("number", "urn", *LEAVES), on="number")
        added = [pl.col(columns).cast(pl.Int64).sum(), pl.len().cast(pl.Int64).alias("pupils")]
        return pl.concat(
            _done(rows.lazy().group_by("urn", "week", leaf=leaf).agg(*added)) for leaf in _EVERY
        )

    def _sessions(self, codes: pl.DataFrame) -> pl.DataFrame:
        key = ["date", "code"]
        halves = [codes.select("urn", "date", "pupils", code=half) for half in ("am", "pm")]
        by_code = pl.concat(halves).filter(pl.col("code") != 0).join(self._held, on="urn")
        areas = by_code.group_by("area", *key).agg(sessions=pl.col("pupils").sum())
        placed = _placed(areas, self._parts).group_by("place", *key)
        return placed.agg(pl.col("sessions").sum())

    def _items(
        self, leaves: pl.DataFrame, further: list[str], sums: list[str], of_places: pd.DataFrame
    ) -> pl.DataFrame:
        of_schools = leaves.join(self._held, on="urn").group_by("area", *further, "leaf")
        rows = of_schools.agg(pl.col(sums).sum()).join(self._members, on="leaf")
        items = _placed(rows, of_places).group_by("place", *further, "item")
        return items.agg(pl.col(sums).sum())

    def _evidence_of_days(self, codes: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
        possible = codes.join(self._pairs, on=["am", "pm"]).group_by("urn", "date")
        sessions = (pl.col("pupils") * pl.col("possible")).sum()
        schools = possible.agg(possible=sessions, pupils=pl.col("pupils").sum())
        several = marks.lazy().join(self._several(), on="number")
        several = several.join(self._pairs.lazy(), on=["am", "pm"]).select("area", "pupil", "date")
        return self._held_by(schools, ["date"], _done(several), self._parts)

    def _evidence_of(
        self, leaves: pl.DataFrame, sums: pl.DataFrame, of_places: pd.DataFrame
    ) -> pl.DataFrame:
        """Who stands behind weeks or the year to date; `sums` has its enrolments."""
        by = ["week", "item"]
        items = leaves.join(self._members, on="leaf").group_by("urn", *by)
        schools = items.agg(pl.col("possible", "pupils").sum())
        together = pl.len().over("pupil", "week") > 1
        several = _done(sums.lazy().join(self._several(), on="number")).filter(together)
        of_leaves = pl.concat(several.select("area", "week", "pupil", leaf=leaf) for leaf in _EVERY)
        of_items = of_leaves.join(self._members, on="leaf")
        return self._held_by(schools, by, of_items, of_places).drop("enrolments")

    def _several(self) -> pl.LazyFrame:
        several = self._enrolments.lazy().filter("several")
        return several.select("number", "area", "pupil", *LEAVES)

    def _held_by(
        self,
        schools: pl.DataFrame,
        by: list[str],
        several: pl.DataFrame,
        of_places: pd.DataFrame,
    ) -> pl.DataFrame:
        """Schools, holdings and pupils of each place; `several`: enrolments of such pupils."""
        sums, possible = pl.col("possible", "pupils", "schools").sum(), pl.col("possible")
        held = schools.with_columns(schools=pl.lit(1, dtype=pl.Int64)).join(self._held, on="urn")
        areas = held.group_by("area", *by, "holding").agg(sums)
        holdings = _placed(areas, of_places).group_by("place", *by, "holding").agg(sums)
        placed = holdings.group_by("place", *by).agg(
            pl.col("possible", "schools").sum(),
            enrolments=pl.col("pupils").sum(),
            holdings=pl.len(),
            largest_holding=possible.max(),
            second_holding=possible.top_k(2).sum() - possible.max(),
        )
        beyond = (pl.len() - pl.col("pupil").n_unique()).cast(pl.Int64)
        repeated = _placed(several, of_places).group_by("place", *by).agg(repeated=beyond)
        found = placed.join(repeated, on=["place", *by], how="left")
        pupils = pl.col("enrolments") - pl.col("repeated").fill_null(0)
        return found.with_columns(pupils=pupils).drop("repeated")


def _placed(areas: pl.DataFrame, of_places: pd.DataFrame) -> pl.DataFrame:
    """Rows of areas, once for each place that their area is a part of."""
    parts = pl.DataFrame(of_places[["area", "place"]]).cast(pl.Int16)
    return areas.join(parts, on="area")


def _done(query: pl.LazyFrame) -> pl.DataFrame:
    return query.collect(engine="streaming")


def _enrolments(given: Asked, held: pl.DataFrame) -> pl.DataFrame:
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


def _counted_days(given: Asked) -> pl.DataFrame:
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


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    main()

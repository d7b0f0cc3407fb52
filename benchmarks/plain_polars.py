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
from plain_groups import EVERYONE, LEAVES
from plain_places import YEAR_TO_DATE, everyone, weeks_left_out, year_parts
from plain_polars_places import Places
from plain_polars_registers import ENROLMENT, counted_days, enrolments
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
        self._places = Places(schools)
        self._pairs = pl.DataFrame(pairs()).select(pl.col("am", "pm").cast(pl.UInt8), *SUMS[:3])
        self._enrolments = enrolments(given, self._places.held)
        self._days = counted_days(given)
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
        self.results[SESSIONS].append(self._places.sessions(codes))
        self.results[GROUPS].append(self._places.items(leaves, ["week"], SUMS, self._places.every))
        if self._given.evidence:
            self.results[EVIDENCE_OF_DAYS].append(self._evidence_of_days(codes, marks))
            self.results[EVIDENCE].append(self._evidence_of(leaves, weeks, self._places.every))

    def left_out(self) -> tuple[pd.Timestamp, ...]:
        """The weeks that wide places leave out."""
        groups = pl.concat(self.results[GROUPS]).filter(pl.col("item") == everyone())
        return weeks_left_out(self._given, groups.select("place", "week").to_pandas())

    def add_year(self, left_out: tuple[pd.Timestamp, ...]) -> None:
        """Count the year to date, from the sums of its weeks."""
        missed = pl.concat(self._missed).lazy()
        sums = pl.col("possible", "missed").cast(pl.Int32).sum()
        long = pl.col("possible") > 10
        for of_places, without in year_parts(self._places.every, left_out):
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
            absentees = self._places.items(leaves, [], ABSENT, of_places)
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

    def _evidence_of_days(self, codes: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
        possible = codes.join(self._pairs, on=["am", "pm"]).group_by("urn", "date")
        sessions = (pl.col("pupils") * pl.col("possible")).sum()
        schools = possible.agg(possible=sessions, pupils=pl.col("pupils").sum())
        several = marks.lazy().join(self._several(), on="number")
        several = several.join(self._pairs.lazy(), on=["am", "pm"]).select("area", "pupil", "date")
        return self._places.held_by(schools, ["date"], _done(several), self._places.every)

    def _evidence_of(
        self, leaves: pl.DataFrame, sums: pl.DataFrame, of_places: pd.DataFrame
    ) -> pl.DataFrame:
        """Who stands behind weeks or the year to date; `sums` has its enrolments."""
        by = ["week", "item"]
        items = leaves.join(self._places.members, on="leaf").group_by("urn", *by)
        schools = items.agg(pl.col("possible", "pupils").sum())
        together = pl.len().over("pupil", "week") > 1
        several = _done(sums.lazy().join(self._several(), on="number")).filter(together)
        of_leaves = pl.concat(several.select("area", "week", "pupil", leaf=leaf) for leaf in _EVERY)
        of_items = of_leaves.join(self._places.members, on="leaf")
        return self._places.held_by(schools, by, of_items, of_places).drop("enrolments")

    def _several(self) -> pl.LazyFrame:
        several = self._enrolments.lazy().filter("several")
        return several.select("number", "area", "pupil", *LEAVES)


def _done(query: pl.LazyFrame) -> pl.DataFrame:
    return query.collect(engine="streaming")


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    main()

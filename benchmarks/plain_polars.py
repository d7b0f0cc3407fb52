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
from plain_periods import ABSENT, begun_terms, divided_weeks, long_periods
from plain_places import everyone, reaches, weeks_left_out
from plain_polars_longs import AddingUp, done, long_sums, missed, of_reach
from plain_polars_places import Places
from plain_polars_registers import ENROLMENT, counted_days, enrolments
from plain_work import (
    ABSENTEES,
    CENSUS,
    EVIDENCE,
    EVIDENCE_OF_DAYS,
    GROUPS,
    SCHOOLS,
    SCHOOLS_OF_DAYS,
    SESSIONS,
    SESSIONS_OF_WEEKS,
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
    from collections.abc import Iterator

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
    stage("counting terms and the year to date")
    left_out = counting.left_out()
    counting.add_up(left_out)
    counting.add_longs(left_out)
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
        self.homes = done(self._marks.group_by("date").agg(home=pl.col("received").min()))
        self._later = self._brought_again()
        self._missed: list[pl.DataFrame] = []
        self.results: dict[str, list[pl.DataFrame]] = {name: [] for name in given.outputs}

    def add(self, stretch: Stretch) -> None:
        """Count some weeks."""
        marks = self._week_marks(stretch)
        codes = marks.group_by("urn", "date", "am", "pm").agg(pupils=pl.len().cast(pl.Int64))
        schools = self._school_days(codes)
        weeks = self._enrolment_weeks(marks, "week")
        self._missed += [missed(each) for each in self._parts_of_weeks(marks, weeks)]
        leaves = self._leaves(weeks.with_columns(pupils=1), [*SUMS, "pupils"])
        self.results[SESSIONS].append(self._places.sessions(codes))
        self.results[SCHOOLS_OF_DAYS].append(self._places.submitting(schools))
        self.results[GROUPS].append(self._places.items(leaves, SUMS, self._places.every))
        if self._given.evidence:
            self.results[EVIDENCE_OF_DAYS].append(self._evidence_of_days(schools, marks))
            several = weeks.join(self._several().collect(), on="number")
            self.results[EVIDENCE].append(self._evidence_of(leaves, several, self._places.every))

    def left_out(self) -> tuple[pd.Timestamp, ...]:
        """The weeks that wide places leave out."""
        groups = pl.concat(self.results[GROUPS]).filter(pl.col("item") == everyone())
        return weeks_left_out(self._given, groups.select("place", "week").to_pandas())

    def add_up(self, left_out: tuple[pd.Timestamp, ...]) -> None:
        """Add up places: days to weeks, and weeks to the year to date."""
        adding = AddingUp(self._given, self._places.every, left_out)
        self.results[CENSUS].append(adding.census())
        self.results[SCHOOLS].append(adding.means(pl.concat(self.results[SCHOOLS_OF_DAYS])))
        sessions = adding.weeks(pl.concat(self.results[SESSIONS]))
        self.results[SESSIONS_OF_WEEKS] += [sessions, adding.year(sessions, ["sessions"])]
        self.results[GROUPS].append(adding.year(pl.concat(self.results[GROUPS]), SUMS))

    def add_longs(self, left_out: tuple[pd.Timestamp, ...]) -> None:
        """Count terms and the year to date, from the sums of their weeks."""
        terms = begun_terms(self._given, left_out)
        periods = long_periods(self._given, terms)
        sums = long_sums(self._enrolments, pl.concat(self._missed), terms, periods)
        leaves = self._leaves(
            sums, [each for each in sums.columns if each not in ("number", "week")]
        )
        of_several = sums.join(self._several().collect(), on="number")
        for long in periods:
            for reach, of_places in reaches(self._places.every, long.divided).items():
                of_long = of_reach(leaves, long, reach)
                absentees = self._places.items(of_long, ABSENT, of_places)
                self.results[ABSENTEES].append(absentees.filter(pl.col("enrolments") > 0))
                if self._given.evidence:
                    several = of_reach(of_several, long, reach)
                    found = self._evidence_of(of_long, several, of_places)
                    self.results[EVIDENCE].append(found)

    def _brought_again(self) -> pl.DataFrame:
        """The latest of the marks that did not come with the first of their day: few of all."""
        later = self._marks.join(self.homes.lazy(), on="date")
        later = later.filter(pl.col("received") > pl.col("home"))
        last = (pl.col(each).sort_by("received").last() for each in ("am", "pm"))
        return done(later.group_by(KEY).agg(*last))

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
        return done(counted.select("number", "urn", "week", "date", "am", "pm"))

    def _parts_of_weeks(self, marks: pl.DataFrame, weeks: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The sums of enrolments by part of a week: few weeks have two."""
        divided = pl.col("week").is_in(divided_weeks(self._given.days()))
        yield weeks.filter(~divided).rename({"week": "part"})
        days = pl.DataFrame(self._given.days()).select(pl.col("date", "part").cast(pl.Date))
        yield self._enrolment_weeks(marks.filter(divided).join(days, on="date"), "part")

    def _enrolment_weeks(self, marks: pl.DataFrame, by: str) -> pl.DataFrame:
        """The sums of each enrolment and week, or part, in which it has a possible session."""
        possible = marks.lazy().join(self._pairs.lazy(), on=["am", "pm"])
        sums = pl.col(SUMS[:3]).sum().cast(pl.Int16)
        days = pl.len().cast(pl.Int16)
        return done(possible.group_by("number", by).agg(sums, enrolment_days=days))

    def _leaves(self, sums: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        """Sums by leaf, week and school."""
        rows = sums.join(self._enrolments.select("number", "urn", *LEAVES), on="number")
        added = pl.col(columns).cast(pl.Int64).sum()
        return pl.concat(
            done(rows.lazy().group_by("urn", "week", leaf=leaf).agg(added)) for leaf in _EVERY
        )

    def _school_days(self, codes: pl.DataFrame) -> pl.DataFrame:
        """Possible sessions of each school and day, and enrolments that have one."""
        possible = codes.join(self._pairs, on=["am", "pm"]).group_by("urn", "date")
        sessions = (pl.col("pupils") * pl.col("possible")).sum()
        return possible.agg(possible=sessions, pupils=pl.col("pupils").sum())

    def _evidence_of_days(self, schools: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
        several = marks.lazy().join(self._several(), on="number")
        several = several.join(self._pairs.lazy(), on=["am", "pm"]).select("area", "pupil", "date")
        return self._places.held_by(schools, ["date"], done(several), self._places.every)

    def _evidence_of(
        self, leaves: pl.DataFrame, several: pl.DataFrame, of_places: pd.DataFrame
    ) -> pl.DataFrame:
        """Who stands behind weeks or a long period; `several`: enrolments of such pupils."""
        by = ["week", "item"]
        items = leaves.join(self._places.members, on="leaf").group_by("urn", *by)
        schools = items.agg(pl.col("possible", "pupils").sum())
        several = several.filter(pl.len().over("pupil", "week") > 1)
        of_leaves = pl.concat(several.select("area", "week", "pupil", leaf=leaf) for leaf in _EVERY)
        of_items = of_leaves.join(self._places.members, on="leaf")
        return self._places.held_by(schools, by, of_items, of_places).drop("enrolments")

    def _several(self) -> pl.LazyFrame:
        several = self._enrolments.lazy().filter("several")
        return several.select("number", "area", "pupil", *LEAVES)


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    main()

"""What is longer than a week, in Polars: from sums of weeks to terms and the year to date."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import pandas as pd
import polars as pl
from plain_periods import OF_YEAR, Long, Term
from plain_places import EVERY_WEEK, KEPT, census
from plain_work import Asked


def done(query: pl.LazyFrame) -> pl.DataFrame:
    """What a query finds."""
    return query.collect(engine="streaming")


def missed(sums: pl.DataFrame) -> pl.DataFrame:
    """What is kept of the parts of weeks of an enrolment, from their sums."""
    absences = pl.col("authorised") + pl.col("unauthorised")
    small = sums.select("number", "part", "possible", missed=absences)
    return small.cast({"possible": pl.Int8, "missed": pl.Int8})


def long_sums(
    enrolments: pl.DataFrame, missed: pl.DataFrame, terms: Sequence[Term], periods: Sequence[Long]
) -> pl.DataFrame:
    """What each enrolment has in every long period, and whether it missed much of it."""
    rows = enrolments.lazy().select("number")
    for term in terms:
        rows = rows.join(_term_sums(missed, term).lazy(), on="number", how="left")
    rows = rows.select("number", *(each for long in periods for each in _sums(long)))
    flags = [each for long in periods for each in _missed_much(long)]
    return done(rows.select("number", *flags, week=pl.lit(OF_YEAR)))


def of_reach(sums: pl.DataFrame, long: Long, reach: str) -> pl.DataFrame:
    """The sums of one long period, as of a week: where anyone has a session in it."""
    named = {each: pl.col(name) for each, name in long.columns(reach).items()}
    some = pl.col(long.column(reach, "pupils")) > 0
    return sums.filter(some).with_columns(**named, week=pl.lit(long.week))


def _term_sums(missed: pl.DataFrame, term: Term) -> pl.DataFrame:
    """The sums of each enrolment in a term, and without the weeks that wide places leave out."""
    inside = missed.lazy().filter(pl.col("part").is_between(term.first, term.last))
    kept = ~pl.col("part").is_in(term.left_out)
    sums = {
        f"{reach}{name}_{term.number}": values.cast(pl.Int32).sum()
        for name in ("possible", "missed")
        for reach, values in {EVERY_WEEK: pl.col(name), KEPT: pl.col(name).filter(kept)}.items()
    }
    return done(inside.group_by("number").agg(**sums))


def _reaches(long: Long) -> tuple[str, ...]:
    return (EVERY_WEEK, KEPT) if long.divided else (EVERY_WEEK,)


def _sums(long: Long) -> Iterator[pl.Expr]:
    for reach in _reaches(long):
        for name in ("possible", "missed"):
            columns = [f"{reach}{name}_{each.number}" for each in long.terms]
            added = pl.sum_horizontal(pl.col(columns).fill_null(0))
            yield added.alias(long.column(reach, f"{name}_of"))


def _missed_much(long: Long) -> Iterator[pl.Expr]:
    for reach in _reaches(long):
        possible, missed = (
            pl.col(long.column(reach, f"{name}_of")) for name in ("possible", "missed")
        )
        enough = possible > 10
        yield possible.alias(long.column(reach, "possible"))
        found = {
            "pupils": possible > 0,
            "enrolments": enough,
            "persistent": enough & (10 * missed >= possible),
            "severe": enough & (2 * missed >= possible),
        }
        for name, each in found.items():
            yield each.cast(pl.Int8).alias(long.column(reach, name))


class AddingUp:
    """Adds up places: days to weeks, and weeks to the year to date."""

    def __init__(
        self, given: Asked, every: pd.DataFrame, left_out: Collection[pd.Timestamp]
    ) -> None:
        self._given = given
        self._days = pl.DataFrame(given.days()).select(pl.col("date", "week").cast(pl.Date))
        wide = every.loc[every["wide"] == 1, "place"].unique().tolist()
        weeks = [each.date() for each in left_out]
        self._kept = ~(pl.col("week").is_in(weeks) & pl.col("place").is_in(wide))

    def census(self) -> pl.DataFrame:
        """Schools in the census."""
        return pl.DataFrame(census(self._given)).group_by("place").agg(pl.col("schools").sum())

    def weeks(self, sessions: pl.DataFrame) -> pl.DataFrame:
        """Sessions by week and code, from those of days."""
        weeks = sessions.join(self._days, on="date").group_by("place", "week", "code")
        return weeks.agg(pl.col("sessions").sum())

    def year(self, weeks: pl.DataFrame, sums: list[str]) -> pl.DataFrame:
        """Sums of the year to date, from those of weeks."""
        key = [each for each in weeks.columns if each not in ("week", *sums)]
        added = weeks.filter(self._kept).group_by(key).agg(pl.col(sums).sum())
        return added.with_columns(week=pl.lit(OF_YEAR)).select(weeks.columns)

    def means(self, schools: pl.DataFrame) -> pl.DataFrame:
        """Schools in weeks and the year to date: means of the days on which a place has any."""
        days = schools.join(self._days, on="date")
        year = days.filter(self._kept).with_columns(week=pl.lit(OF_YEAR))
        count, total = pl.len().cast(pl.Int64), pl.col("submitting").sum()
        means = pl.concat([days, year]).group_by("place", "week")
        return means.agg(submitting=(2 * total + count) // (2 * count))

"""The work of the comparison in Polars, by its streaming engine.

The weeks that a batch brought together, as in DuckDB: lazily over all marks at once it needs more
than twice the memory of the machine. Each mark is joined once; everything but sessions is counted
from the sums of each enrolment and week; only pupils with several enrolments in a place are told
apart from one another.
"""

from __future__ import annotations

import os

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
from plain_work import (
    ABSENT,
    ABSENTEES,
    EVIDENCE,
    EVIDENCE_OF_DAYS,
    GROUPS,
    SESSIONS,
    SUMS,
    YEAR_TO_DATE,
    Asked,
    Stretch,
    asked,
    hand_in,
    held_schools,
    pairs,
    stage,
    stretches,
)

ENROLMENT = ["urn", "pupil"]
KEY = [*ENROLMENT, "date"]
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
    counting.add_year()
    frames = {name: pl.concat(parts).to_pandas() for name, parts in counting.results.items()}
    hand_in(given, frames)


class _Counting:
    """What is known before the marks are read, and the results so far."""

    def __init__(self, given: Asked) -> None:
        self._marks = pl.scan_parquet(given.files("marks"))
        self._by = "urn" if given.evidence else "place"
        self._evidence = given.evidence
        schools = pl.read_parquet(given.plain / "schools.parquet").to_pandas()
        held = pl.DataFrame(held_schools(schools))
        self._held = held.cast({"urn": pl.Int32, "place": pl.Int16, "holding": pl.Int32})
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
        self._missed.append(weeks.select("number", "possible", missed=missed))
        leaves = self._leaves(weeks, SUMS)
        self.results[SESSIONS].append(self._sessions(codes))
        self.results[GROUPS].append(self._items(leaves, ["week"], SUMS))
        if self._evidence:
            self.results[EVIDENCE_OF_DAYS].append(self._evidence_of_days(codes, marks))
            self.results[EVIDENCE].append(self._evidence_of(leaves, weeks))

    def add_year(self) -> None:
        """Count the year to date, from the sums of its weeks."""
        weeks = pl.concat(self._missed).lazy()
        sums = pl.col("possible", "missed").cast(pl.Int32).sum()
        long = pl.col("possible") > 10
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
        absentees = self._items(leaves, [], ABSENT)
        self.results[ABSENTEES].append(absentees.filter(pl.col("enrolments") > 0))
        if self._evidence:
            self.results[EVIDENCE].append(self._evidence_of(leaves, years))

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
        """Sums by leaf, week and school, or place; `pupils`: how many enrolments."""
        rows = sums.join(self._enrolments.select("number", self._by, *LEAVES), on="number")
        every = pl.lit(EVERYONE, dtype=pl.Int16)
        added = [pl.col(columns).cast(pl.Int64).sum(), pl.len().cast(pl.Int64).alias("pupils")]
        return pl.concat(
            _done(rows.lazy().group_by(self._by, "week", leaf=leaf).agg(*added))
            for leaf in (every, *(pl.col(each) for each in LEAVES))
        )

    def _sessions(self, codes: pl.DataFrame) -> pl.DataFrame:
        halves = [codes.select("urn", "date", "pupils", code=half) for half in ("am", "pm")]
        by_code = pl.concat(halves).filter(pl.col("code") != 0).join(self._held, on="urn")
        return by_code.group_by("place", "date", "code").agg(sessions=pl.col("pupils").sum())

    def _items(self, leaves: pl.DataFrame, further: list[str], sums: list[str]) -> pl.DataFrame:
        if self._by == "urn":
            leaves = leaves.join(self._held, on="urn")
        by_leaf = leaves.group_by("place", *further, "leaf").agg(pl.col(sums).sum())
        rows = by_leaf.join(self._members, on="leaf")
        return rows.group_by("place", *further, "item").agg(pl.col(sums).sum())

    def _evidence_of_days(self, codes: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
        possible = codes.join(self._pairs, on=["am", "pm"]).group_by("urn", "date")
        sessions = (pl.col("pupils") * pl.col("possible")).sum()
        schools = possible.agg(possible=sessions, pupils=pl.col("pupils").sum())
        several = marks.lazy().join(self._several(), on="number")
        several = several.join(self._pairs.lazy(), on=["am", "pm"])
        found = self._held_by(schools, ["date"], _repeated(_done(several), ["date"]))
        return found.with_columns(pupils=pl.col("enrolments") - pl.col("repeated")).drop("repeated")

    def _evidence_of(self, leaves: pl.DataFrame, sums: pl.DataFrame) -> pl.DataFrame:
        """Who stands behind weeks or the year to date; `sums` has its enrolments."""
        by = ["week", "item"]
        items = leaves.join(self._members, on="leaf").group_by("urn", *by)
        schools = items.agg(pl.col("possible", "pupils").sum())
        several = _done(sums.lazy().join(self._several(), on="number"))
        every = pl.lit(EVERYONE, dtype=pl.Int16)
        of_leaves = pl.concat(
            several.select("place", "week", "pupil", leaf=leaf)
            for leaf in (every, *(pl.col(each) for each in LEAVES))
        )
        repeated = _repeated(of_leaves.join(self._members, on="leaf"), by)
        found = self._held_by(schools, by, repeated)
        found = found.with_columns(pupils=pl.col("enrolments") - pl.col("repeated"))
        return found.drop("repeated", "enrolments")

    def _several(self) -> pl.LazyFrame:
        return self._enrolments.lazy().filter("several").select("number", "place", "pupil", *LEAVES)

    def _held_by(
        self, schools: pl.DataFrame, by: list[str], repeated: pl.DataFrame
    ) -> pl.DataFrame:
        """Schools and holdings of each place; `repeated`: enrolments beyond a pupil's first."""
        holdings = schools.join(self._held, on="urn").group_by("place", *by, "holding")
        sizes = holdings.agg(pl.col("possible", "pupils").sum(), schools=pl.len())
        possible = pl.col("possible")
        placed = sizes.group_by("place", *by).agg(
            pl.col("possible", "schools").sum(),
            enrolments=pl.col("pupils").sum(),
            holdings=pl.len(),
            largest_holding=possible.max(),
            second_holding=possible.top_k(2).sum() - possible.max(),
        )
        found = placed.join(repeated, on=["place", *by], how="left")
        return found.with_columns(pl.col("repeated").fill_null(0))


def _repeated(several: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    beyond = pl.len() - pl.col("pupil").n_unique()
    return several.group_by("place", *by).agg(repeated=beyond.cast(pl.Int64))


def _done(query: pl.LazyFrame) -> pl.DataFrame:
    return query.collect(engine="streaming")


def _enrolments(given: Asked, held: pl.DataFrame) -> pl.DataFrame:
    """The latest record of every pupil who counts, numbered, and between which days.

    `several`: the pupil has more than one in this authority and phase.
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
        "place",
        several=pl.len().over("pupil", "place") > 1,
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

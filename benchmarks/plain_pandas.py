"""The work of the comparison in pandas: batch by batch, and day by day within.

Sums of days are kept and added up; those of enrolments are added in arrays of one element each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
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
KEY = [*ENROLMENT, "date"]


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    stage("preparing enrolments")
    schools = pd.read_parquet(given.plain / "schools.parquet")
    places = _places(schools)
    counting = _Counting(given, _enrolments(given, schools, places))
    for day in counting.days():
        counting.add(day)
    hand_in(given, counting.results(places))


class _Counting:
    """Everything that is summed while the days go by."""

    def __init__(self, given: Asked, enrolments: pd.DataFrame) -> None:
        self._given = given
        self._enrolments = enrolments
        self._pairs = pairs().set_index(["am", "pm"])
        self._pair_sums: list[pd.DataFrame] = []
        self._profiles: dict[tuple[str, ...], list[pd.DataFrame]] = {each: [] for each in PROFILES}
        self._possible = np.zeros(len(enrolments), dtype=np.int32)
        self._missed = np.zeros(len(enrolments), dtype=np.int32)

    def days(self) -> Iterator[pd.DataFrame]:
        """The marks that count of each batch and day; those that batches corrected come last."""
        first = self._first_batches()
        counted = self._counted_days(first)
        corrected = self._corrected(first)
        again = pd.MultiIndex.from_frame(corrected[KEY])
        for file in self._given.files("marks"):
            marks = _read_marks(file)
            for day, of_day in marks.groupby("date"):
                stage(f"counting {day:%Y-%m-%d} of {file.split('/')[-2]}")
                own = of_day[~pd.MultiIndex.from_frame(of_day[KEY]).isin(again)]
                yield own.merge(counted, on=SCHOOL_DAY)
        yield corrected.merge(counted, on=SCHOOL_DAY)

    def add(self, marks: pd.DataFrame) -> None:
        """Add the marks of a day, or of corrected days."""
        rows = marks.merge(self._enrolments, on=ENROLMENT)
        rows = rows[(rows["date"] >= rows["first_day"]) & (rows["date"] <= rows["last_day"])]
        by_pair = rows.groupby(["place", "date", "am", "pm"], as_index=False).size()
        self._pair_sums.append(by_pair)
        possible = rows.join(self._pairs, on=["am", "pm"], how="inner")
        numbers = possible["number"].to_numpy()
        missed = (possible["authorised"] + possible["unauthorised"]).to_numpy()
        np.add.at(self._possible, numbers, possible["possible"].to_numpy())
        np.add.at(self._missed, numbers, missed)
        for profile, sums in self._profiles.items():
            sums.append(_summed(possible.assign(enrolment_days=1), list(profile)))

    def results(self, places: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """The three outputs."""
        stage("adding up")
        leaves = {
            each: _named(_summed(sums.rename(columns={each: "leaf"}), ["leaf"]), places)
            for profile, parts in self._profiles.items()
            for sums in [_summed(pd.concat(parts), list(profile))]
            for each in profile
        }
        return {
            SESSIONS: _named(self._sessions(), places),
            ABSENTEES: _named(self._absentees(), places),
            GROUPS: by_topic({each: leaves[each] for each in LEAVES}),
        }

    def _sessions(self) -> pd.DataFrame:
        pairs_of_days = pd.concat(self._pair_sums)
        halves = [
            pairs_of_days.rename(columns={half: "code"})[["place", "date", "code", "size"]]
            for half in ("am", "pm")
        ]
        by_code = pd.concat(halves).query("code != 0")
        summed = by_code.groupby(["place", "date", "code"], as_index=False)["size"].sum()
        return summed.rename(columns={"size": "sessions"})

    def _absentees(self) -> pd.DataFrame:
        long = self._possible > 10
        possible, missed = self._possible[long], self._missed[long]
        rows = pd.DataFrame(
            {
                "place": self._enrolments["place"].to_numpy()[long],
                "enrolments": 1,
                "persistent": 10 * missed >= possible,
                "severe": 2 * missed >= possible,
            }
        )
        return rows.groupby("place", as_index=False).sum()

    def _first_batches(self) -> pd.DataFrame:
        """The batch that brought a school's day first."""
        stage("looking for the first batch of each day")
        parts = [
            pd.read_parquet(file, columns=[*SCHOOL_DAY, "received"]).drop_duplicates()
            for file in self._given.files("marks")
        ]
        first = pd.concat(parts).groupby(SCHOOL_DAY, as_index=False)["received"].min()
        return first.rename(columns={"received": "first_received"}).assign(
            date=lambda rows: pd.to_datetime(rows["date"])
        )

    def _counted_days(self, first: pd.DataFrame) -> pd.DataFrame:
        """Days of the year to date that an approval covers, with their week."""
        approvals = pd.read_parquet(self._given.plain / "approvals.parquet")
        last = approvals["approved_to"].fillna(self._given.year.last_day)
        approvals = approvals.assign(
            approved_from=pd.to_datetime(approvals["approved_from"]),
            approved_to=pd.to_datetime(last),
        )
        days = self._given.days().apply(pd.to_datetime)
        rows = first.merge(days, on="date").merge(approvals, on="urn")
        covered = (rows["approved_from"] <= rows["date"]) & (rows["date"] <= rows["approved_to"])
        return rows.loc[covered, [*SCHOOL_DAY, "week"]].drop_duplicates()

    def _corrected(self, first: pd.DataFrame) -> pd.DataFrame:
        """The latest of the marks that came for a day which the school had sent before."""
        stage("looking for corrected marks")
        parts = []
        for file in self._given.files("marks"):
            rows = _read_marks(file).merge(first, on=SCHOOL_DAY)
            parts.append(rows[rows["received"] > rows["first_received"]])
        later = pd.concat(parts).sort_values("received", kind="stable")
        return later.drop_duplicates(KEY, keep="last")[[*KEY, "am", "pm"]]


def _read_marks(file: str) -> pd.DataFrame:
    marks = pd.read_parquet(file)
    return marks.assign(date=pd.to_datetime(marks["date"]))


def _summed(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return rows.groupby(["place", "week", *by], as_index=False)[SUMS].sum()


def _named(rows: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    return rows.merge(places, on="place").drop(columns="place")


def _places(schools: pd.DataFrame) -> pd.DataFrame:
    named = schools.rename(columns={"location": "authority", "education_phase": "phase"})
    published = named.loc[named["phase"].isin(PUBLISHED_PHASES), ["authority", "phase"]]
    places = published.drop_duplicates(ignore_index=True)
    return places.assign(place=np.arange(len(places), dtype=np.int16))


def _enrolments(given: Asked, schools: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """The latest record of every pupil who counts, numbered, and between which days."""
    year = given.year
    records = pd.concat(pd.read_parquet(each) for each in given.files("pupils"))
    latest = records.sort_values("received", kind="stable").drop_duplicates(ENROLMENT, keep="last")
    of_school = schools.rename(columns={"location": "authority", "education_phase": "phase"})
    of_school = of_school.merge(places, on=["authority", "phase"])[["urn", "place"]]
    pupils = latest.merge(of_school, on="urn")
    age = year.start - pupils["cohort"]
    pupils = pupils[age.between(5, 15)].reset_index(drop=True)
    may_leave = np.where(year.start - pupils["cohort"] == 15, given.before_leaving, year.last_day)
    leaving = pd.to_datetime(pupils["leaving_date"].fillna(year.last_day))
    return pd.DataFrame(
        {
            **{each: pupils[each] for each in (*ENROLMENT, "place")},
            "number": np.arange(len(pupils), dtype=np.int32),
            "first_day": pd.to_datetime(pupils["admission_date"].fillna(year.series_start)),
            "last_day": np.minimum(leaving, pd.to_datetime(pd.Series(may_leave))),
            **{each: _leaf(pupils, each).astype("int8") for each in LEAVES},
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
            return _place_of(pupils["year_group"], {**known, **other}, len(YEARS) - 1)
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


if __name__ == "__main__":
    main()

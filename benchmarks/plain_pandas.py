"""The work of the comparison in pandas: batch by batch, week by week, and day by day within.

Sums of enrolments are added up in arrays of one element each. Distinct pupils are told apart only
where they have several enrolments at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
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

ENROLMENT = ["urn", "pupil"]
CODES = 256


def main() -> None:
    """Count everything, hand it in."""
    given = asked()
    stage("preparing enrolments")
    counting = _Counting(given)
    for stretch in stretches(counting.homes, given.days()):
        counting.add(stretch)
    stage("adding up")
    left_out = counting.left_out()
    counting.add_year(left_out)
    results = {name: pd.concat(frames) for name, frames in counting.results.items()}
    hand_in(given, results, left_out)


class _Counting:
    """What is known before the marks are read, and everything that is summed as days go by."""

    def __init__(self, given: Asked) -> None:
        self._given = given
        schools = pd.read_parquet(given.plain / "schools.parquet")
        self._held, self._parts = held_schools(schools), parts(schools)
        self._enrolments = _enrolments(given, self._held)
        self._members = members()
        self._counted = _counted_days(given)
        self._pairs = _lookups()
        stage("looking for the first batch of each day")
        self.homes = self._first_arrivals()
        self._later = self._brought_again()
        self._weeks: dict[pd.Timestamp, dict[str, np.ndarray]] = {}
        self.results: dict[str, list[pd.DataFrame]] = {name: [] for name in given.outputs}

    def add(self, stretch: Stretch) -> None:
        """Count some weeks."""
        monday = stretch.first - timedelta(days=stretch.first.weekday())
        for week in pd.date_range(monday, stretch.last, freq="7D"):
            sums = self._zeros(SUMS)
            for day, marks in self._days_of(week, stretch):
                stage(f"counting {day:%Y-%m-%d}")
                self._add_day(day, marks, sums)
            self._add_week(week, sums)

    def left_out(self) -> tuple[pd.Timestamp, ...]:
        """The weeks that wide places leave out."""
        groups = pd.concat(self.results[GROUPS])
        return weeks_left_out(self._given, groups[groups["item"] == everyone()])

    def add_year(self, left_out: tuple[pd.Timestamp, ...]) -> None:
        """Count the year to date, from the sums of its weeks."""
        for of_places, without in year_parts(self._parts, left_out):
            sums = self._zeros(["possible", "missed"])
            for week, counted in self._weeks.items():
                for name in sums if week not in without else ():
                    sums[name] += counted[name]
            possible, missed = sums["possible"], sums["missed"]
            long = possible > 10
            years = {
                "possible": possible,
                "enrolments": long,
                "persistent": long & (10 * missed >= possible),
                "severe": long & (2 * missed >= possible),
            }
            enrolments = self._of(years)
            leaves = self._leaves(enrolments, ["possible", *ABSENT])
            absentees = self._items(leaves, ABSENT, of_places)
            self.results[ABSENTEES].append(absentees[absentees["enrolments"] > 0])
            if self._given.evidence:
                evidence = self._evidence(leaves, enrolments, of_places)
                evidence = evidence.assign(week=pd.Timestamp(YEAR_TO_DATE))
                self.results[EVIDENCE].append(evidence)

    def _zeros(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        return {name: np.zeros(len(self._enrolments), dtype=np.int32) for name in names}

    def _days_of(
        self, week: pd.Timestamp, stretch: Stretch
    ) -> Iterator[tuple[pd.Timestamp, pd.DataFrame]]:
        """The marks of each day that came with its first, or soon after."""
        first, last = week.date(), min((week + timedelta(days=6)).date(), stretch.last)
        of_week = (pc.field("date") >= first) & (pc.field("date") <= last)
        earliest, latest = stretch.earliest.to_pydatetime(), stretch.latest.to_pydatetime()
        came = (pc.field("received") >= earliest) & (pc.field("received") <= latest)
        marks = _read(self._given, of_week & came, [*ENROLMENT, "date", "am", "pm"])
        yield from marks.groupby("date")

    def _add_day(self, day: pd.Timestamp, marks: pd.DataFrame, sums: dict[str, np.ndarray]) -> None:
        later = self._counting_marks(day, self._later[self._later["date"] == day])
        first = self._counting_marks(day, marks)
        first = first[~first["number"].isin(later["number"])]
        rows = pd.concat([first, later], ignore_index=True)
        codes = rows.groupby(["urn", "am", "pm"], as_index=False).size()
        self._add_sessions(day, codes)
        number = rows["number"].to_numpy()
        pair = CODES * rows["am"].to_numpy(np.int32) + rows["pm"].to_numpy()
        # An enrolment has one mark a day, so that no number comes twice.
        for name in SUMS[:3]:
            sums[name][number] += self._pairs[name][pair]
        possible = self._pairs["possible"][pair] > 0
        sums["enrolment_days"][number] += possible
        if self._given.evidence:
            several = self._enrolments.take(number[possible])
            several = several.loc[several["several"], ["area", "pupil"]]
            self._add_evidence_of_day(day, codes, several)

    def _counting_marks(self, day: pd.Timestamp, marks: pd.DataFrame) -> pd.DataFrame:
        approved = self._counted.loc[self._counted["date"] == day, "urn"]
        columns = [*ENROLMENT, "number", "first_day", "last_day"]
        rows = marks[marks["urn"].isin(approved)].merge(self._enrolments[columns], on=ENROLMENT)
        enrolled = (rows["first_day"] <= day) & (day <= rows["last_day"])
        return rows.loc[enrolled, ["number", "urn", "am", "pm"]]

    def _add_sessions(self, day: pd.Timestamp, codes: pd.DataFrame) -> None:
        halves = pd.concat(codes.rename(columns={half: "code"}) for half in ("am", "pm"))
        by_code = halves[halves["code"] != 0].merge(self._held, on="urn")
        areas = by_code.groupby(["area", "code"], as_index=False)["size"].sum()
        placed = areas.merge(self._parts, on="area")
        counted = placed.groupby(["place", "code"], as_index=False)["size"].sum()
        sessions = counted.rename(columns={"size": "sessions"}).assign(date=day)
        self.results[SESSIONS].append(sessions)

    def _add_evidence_of_day(
        self, day: pd.Timestamp, codes: pd.DataFrame, several: pd.DataFrame
    ) -> None:
        each = self._pairs["possible"][CODES * codes["am"].to_numpy(np.int32) + codes["pm"]]
        possible = codes.assign(possible=codes["size"] * each, pupils=codes["size"])[each > 0]
        schools = possible.groupby("urn", as_index=False)[["possible", "pupils"]].sum()
        found = self._held_by(schools, several, [], self._parts).assign(date=day)
        self.results[EVIDENCE_OF_DAYS].append(found)

    def _add_week(self, week: pd.Timestamp, sums: dict[str, np.ndarray]) -> None:
        missed = sums["authorised"] + sums["unauthorised"]
        small = {"possible": sums["possible"], "missed": missed}
        self._weeks[week] = {name: values.astype(np.int8) for name, values in small.items()}
        enrolments = self._of(sums)
        leaves = self._leaves(enrolments, SUMS)
        self.results[GROUPS].append(self._items(leaves, SUMS, self._parts).assign(week=week))
        if self._given.evidence:
            evidence = self._evidence(leaves, enrolments, self._parts)
            self.results[EVIDENCE].append(evidence.assign(week=week))

    def _of(self, sums: dict[str, np.ndarray]) -> pd.DataFrame:
        """The enrolments with a possible session, and their sums."""
        some = sums["possible"] > 0
        columns = ["area", "urn", "pupil", "several", *LEAVES]
        return self._enrolments.loc[some, columns].assign(
            **{name: values[some].astype(np.int64) for name, values in sums.items()}, pupils=1
        )

    def _leaves(self, enrolments: pd.DataFrame, sums: list[str]) -> pd.DataFrame:
        """Sums by school and leaf; `pupils`: how many enrolments."""
        every = enrolments.groupby("urn", as_index=False)[[*sums, "pupils"]].sum()
        of_groups = (
            enrolments.groupby(["urn", leaf], as_index=False)[[*sums, "pupils"]]
            .sum()
            .rename(columns={leaf: "leaf"})
            for leaf in LEAVES
        )
        return pd.concat([every.assign(leaf=EVERYONE), *of_groups], ignore_index=True)

    def _items(
        self, leaves: pd.DataFrame, sums: list[str], of_places: pd.DataFrame
    ) -> pd.DataFrame:
        of_schools = leaves.merge(self._held, on="urn")
        areas = of_schools.groupby(["area", "leaf"], as_index=False)[sums].sum()
        rows = areas.merge(self._members, on="leaf").merge(of_places, on="area")
        return rows.groupby(["place", "item"], as_index=False)[sums].sum()

    def _evidence(
        self, leaves: pd.DataFrame, enrolments: pd.DataFrame, of_places: pd.DataFrame
    ) -> pd.DataFrame:
        """Who stands behind a week or the year to date."""
        rows = leaves.merge(self._members, on="leaf")
        schools = rows.groupby(["urn", "item"], as_index=False)[["possible", "pupils"]].sum()
        several = enrolments[enrolments["several"]]
        several = several[several.duplicated("pupil", keep=False)].assign(everyone=EVERYONE)
        of_leaves = several.melt(["area", "pupil"], ["everyone", *LEAVES], value_name="leaf")
        of_items = of_leaves.merge(self._members, on="leaf")
        return self._held_by(schools, of_items, ["item"], of_places).drop(columns="enrolments")

    def _held_by(
        self, schools: pd.DataFrame, several: pd.DataFrame, by: list[str], of_places: pd.DataFrame
    ) -> pd.DataFrame:
        """Schools, holdings and pupils of each place; `several`: enrolments of such pupils."""
        key, sums = ["place", *by], ["possible", "pupils", "schools"]
        held = schools.assign(schools=1).merge(self._held, on="urn")
        areas = held.groupby(["area", *by, "holding"], as_index=False)[sums].sum()
        placed = areas.merge(of_places, on="area").groupby([*key, "holding"], as_index=False)
        sizes = placed[sums].sum().sort_values("possible", ascending=False)
        is_second = sizes.groupby(key).cumcount() == 1
        holdings = sizes.assign(second=sizes["possible"].where(is_second, 0)).groupby(key)
        found = holdings.agg(
            possible=("possible", "sum"),
            enrolments=("pupils", "sum"),
            schools=("schools", "sum"),
            holdings=("possible", "size"),
            largest_holding=("possible", "max"),
            second_holding=("second", "max"),
        )
        pupils = several.merge(of_places, on="area").groupby(key)["pupil"]
        repeated = (pupils.size() - pupils.nunique()).reindex(found.index, fill_value=0)
        return found.assign(pupils=found["enrolments"] - repeated).reset_index()

    def _first_arrivals(self) -> pd.DataFrame:
        parts = [
            pd.read_parquet(file, columns=["date", "received"]).drop_duplicates()
            for file in self._given.files("marks")
        ]
        first = pd.concat(parts).groupby("date", as_index=False)["received"].min()
        return first.rename(columns={"received": "home"})

    def _brought_again(self) -> pd.DataFrame:
        """The latest of the marks that did not come with the first of their day."""
        stage("looking for corrected marks")
        homes = self.homes.assign(date=pd.to_datetime(self.homes["date"]))
        parts = []
        for file in self._given.files("marks"):
            rows = _marks_of(file).merge(homes, on="date")
            parts.append(rows[rows["received"] > rows["home"]])
        key = [*ENROLMENT, "date"]
        later = pd.concat(parts).sort_values("received", kind="stable")
        return later.drop_duplicates(key, keep="last")[[*key, "am", "pm"]]


def _marks_of(file: str) -> pd.DataFrame:
    return pq.read_table(file).to_pandas(date_as_object=False)


def _read(given: Asked, wanted: pc.Expression, columns: list[str]) -> pd.DataFrame:
    tables = pq.read_table(given.files("marks"), columns=columns, filters=wanted)
    return tables.to_pandas(date_as_object=False)


def _lookups() -> dict[str, np.ndarray]:
    """What the two marks of a day add up to, by both codes."""
    known = pairs()
    found = {name: np.zeros(CODES * CODES, dtype=np.int32) for name in SUMS[:3]}
    for name, values in found.items():
        values[CODES * known["am"] + known["pm"]] = known[name]
    return found


def _counted_days(given: Asked) -> pd.DataFrame:
    """Days of the year to date that an approval covers."""
    approvals = pd.read_parquet(given.plain / "approvals.parquet")
    last = pd.to_datetime(approvals["approved_to"].fillna(given.year.last_day))
    first = pd.to_datetime(approvals["approved_from"])
    rows = approvals.assign(first=first, last=last).merge(
        given.days().apply(pd.to_datetime), how="cross"
    )
    covered = (rows["first"] <= rows["date"]) & (rows["date"] <= rows["last"])
    return rows.loc[covered, ["urn", "date"]]


def _enrolments(given: Asked, held: pd.DataFrame) -> pd.DataFrame:
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


if __name__ == "__main__":
    main()

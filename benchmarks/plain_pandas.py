"""The work of the comparison in pandas: batch by batch, week by week, and day by day within.

Sums of enrolments are added up in arrays of one element each. Distinct pupils are told apart only
where they have several enrolments at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
from plain_groups import LEAVES
from plain_pandas_longs import AddingUp, Weeks, long_sums, missed, term_sums
from plain_pandas_places import Places, leaves
from plain_pandas_registers import ENROLMENT, counted_days, enrolments
from plain_periods import ABSENT, Long, begun_terms, long_periods
from plain_places import everyone, reaches, weeks_left_out
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
    counting.add_up(left_out)
    counting.add_longs(left_out)
    results = {name: pd.concat(frames) for name, frames in counting.results.items()}
    hand_in(given, results, left_out)


class _Counting:
    """What is known before the marks are read, and everything that is summed as days go by."""

    def __init__(self, given: Asked) -> None:
        self._given = given
        schools = pd.read_parquet(given.plain / "schools.parquet")
        self._places = Places(schools)
        self._enrolments = enrolments(given, self._places.held)
        self._counted = counted_days(given)
        self._pairs = _lookups()
        stage("looking for the first batch of each day")
        self.homes = self._first_arrivals()
        self._later = self._brought_again()
        days = given.days()
        self._parts = dict(zip(days["date"], days["part"], strict=True))
        self._weeks: Weeks = {}
        self.results: dict[str, list[pd.DataFrame]] = {name: [] for name in given.outputs}

    def add(self, stretch: Stretch) -> None:
        """Count some weeks."""
        monday = stretch.first - timedelta(days=stretch.first.weekday())
        for week in pd.date_range(monday, stretch.last, freq="7D"):
            sums = self._zeros(SUMS)
            for part, days in groupby(self._days_of(week, stretch), self._part_of):
                before = missed(sums)
                for day, marks in days:
                    stage(f"counting {day:%Y-%m-%d}")
                    self._add_day(day, marks, sums)
                now = missed(sums)
                self._weeks[part] = {name: now[name] - before[name] for name in now}
            self._add_week(week, sums)

    def left_out(self) -> tuple[pd.Timestamp, ...]:
        """The weeks that wide places leave out."""
        groups = pd.concat(self.results[GROUPS])
        return weeks_left_out(self._given, groups[groups["item"] == everyone()])

    def add_up(self, left_out: tuple[pd.Timestamp, ...]) -> None:
        """Add up places: days to weeks, and weeks to the year to date."""
        adding = AddingUp(self._given, self._places.every, left_out)
        self.results[CENSUS].append(adding.census())
        self.results[SCHOOLS].append(adding.means(pd.concat(self.results[SCHOOLS_OF_DAYS])))
        sessions = adding.weeks(pd.concat(self.results[SESSIONS]))
        self.results[SESSIONS_OF_WEEKS] += [sessions, adding.year(sessions, "code", ["sessions"])]
        groups = pd.concat(self.results[GROUPS])
        self.results[GROUPS].append(adding.year(groups, "item", SUMS))

    def add_longs(self, left_out: tuple[pd.Timestamp, ...]) -> None:
        """Count terms and the year to date, from the sums of their weeks."""
        terms = begun_terms(self._given, left_out)
        sums = {
            term.number: term_sums(self._weeks, term, self._zeros(["possible", "missed"]))
            for term in terms
        }
        for long in long_periods(self._given, terms):
            for reach, of_places in reaches(self._places.every, long.divided).items():
                self._add_long(long, of_places, long_sums(sums, long, reach))

    def _add_long(self, long: Long, of_places: pd.DataFrame, sums: dict[str, np.ndarray]) -> None:
        rows, week = self._of(sums), pd.Timestamp(long.week)
        of_schools = leaves(rows, ["possible", *ABSENT])
        absentees = self._places.items(of_schools, ABSENT, of_places).assign(week=week)
        self.results[ABSENTEES].append(absentees[absentees["enrolments"] > 0])
        if self._given.evidence:
            evidence = self._places.evidence(of_schools, rows, of_places)
            self.results[EVIDENCE].append(evidence.assign(week=week))

    def _part_of(self, day: tuple[pd.Timestamp, pd.DataFrame]) -> date:
        return self._parts[day[0].date()]

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
        self.results[SESSIONS].append(self._places.sessions(codes).assign(date=day))
        number = rows["number"].to_numpy()
        pair = CODES * rows["am"].to_numpy(np.int32) + rows["pm"].to_numpy()
        # An enrolment has one mark a day, so that no number comes twice.
        for name in SUMS[:3]:
            sums[name][number] += self._pairs[name][pair]
        possible = self._pairs["possible"][pair] > 0
        sums["enrolment_days"][number] += possible
        schools = self._schools(codes)
        self.results[SCHOOLS_OF_DAYS].append(self._places.submitting(schools).assign(date=day))
        if self._given.evidence:
            several = self._enrolments.take(number[possible])
            several = several.loc[several["several"], ["area", "pupil"]]
            found = self._places.held_by(schools, several, [], self._places.every)
            self.results[EVIDENCE_OF_DAYS].append(found.assign(date=day))

    def _counting_marks(self, day: pd.Timestamp, marks: pd.DataFrame) -> pd.DataFrame:
        approved = self._counted.loc[self._counted["date"] == day, "urn"]
        columns = [*ENROLMENT, "number", "first_day", "last_day"]
        rows = marks[marks["urn"].isin(approved)].merge(self._enrolments[columns], on=ENROLMENT)
        enrolled = (rows["first_day"] <= day) & (day <= rows["last_day"])
        return rows.loc[enrolled, ["number", "urn", "am", "pm"]]

    def _schools(self, codes: pd.DataFrame) -> pd.DataFrame:
        """Possible sessions of each school on a day, and enrolments that have one."""
        each = self._pairs["possible"][CODES * codes["am"].to_numpy(np.int32) + codes["pm"]]
        possible = codes.assign(possible=codes["size"] * each, pupils=codes["size"])[each > 0]
        return possible.groupby("urn", as_index=False)[["possible", "pupils"]].sum()

    def _add_week(self, week: pd.Timestamp, sums: dict[str, np.ndarray]) -> None:
        rows = self._of(sums)
        of_schools = leaves(rows, SUMS)
        groups = self._places.items(of_schools, SUMS, self._places.every)
        self.results[GROUPS].append(groups.assign(week=week))
        if self._given.evidence:
            evidence = self._places.evidence(of_schools, rows, self._places.every)
            self.results[EVIDENCE].append(evidence.assign(week=week))

    def _of(self, sums: dict[str, np.ndarray]) -> pd.DataFrame:
        """The enrolments with a possible session, and their sums."""
        some = sums["possible"] > 0
        columns = ["area", "urn", "pupil", "several", *LEAVES]
        return self._enrolments.loc[some, columns].assign(
            **{name: values[some].astype(np.int64) for name, values in sums.items()}, pupils=1
        )

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


if __name__ == "__main__":
    main()

"""Invented countries, school by school and day by day, counted the plain way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import duckdb
import numpy as np
import pandas as pd

from publisher.model.definitions import (
    AbsenteeMeasure,
    Count,
    DataSet,
    Filter,
    Indicator,
    IndicatorUnit,
    Level,
    PublishedItem,
    Rate,
    ReferenceDate,
    SchoolCount,
    SchoolMeasure,
    SessionMeasure,
)
from publisher.model.geography import COUNTRY_CODE, COUNTRY_NAME, Location
from publisher.model.phases import EDUCATION_PHASES, PUBLISHED_PHASES
from publisher.model.stages import ReleaseScope, TrueCells
from publisher.model.time import WEEK, WEEKDAYS, YEAR_TO_DATE, IsoWeek, Period, PeriodKind

FIRST_WEEK = IsoWeek(2025, 37)
KEY = bytes(range(32))
PHASE = Filter("education_phase", "Phase", "", EDUCATION_PHASES, EDUCATION_PHASES[-1])
FRAME = Filter("time_frame", "Time frame", "", (*WEEKDAYS, WEEK, YEAR_TO_DATE, "Autumn term"), WEEK)


def _measure(name: str) -> SessionMeasure:
    return SessionMeasure(name, name, frozenset({"I"}), name)


REASONS = DataSet(
    name="reasons",
    title="Reasons",
    summary="",
    measures=(_measure("possible_sessions"), _measure("absence")),
    filters=(PHASE, Filter("reason", "Reason", "", ("All", "Absence"), "All"), FRAME),
    indicators=(
        Indicator("sessions", "Sessions", "", IndicatorUnit.NUMBER, 0),
        Indicator("percent", "Percent", "", IndicatorUnit.PERCENT, 1),
        Indicator("reference_date", "Date", "", IndicatorUnit.TEXT, 0),
    ),
    items=tuple(
        PublishedItem(
            {"reason": words},
            {
                "sessions": Count(measure),
                "percent": Rate(measure, "possible_sessions"),
                "reference_date": ReferenceDate(),
            },
        )
        for words, measure in (("All", "possible_sessions"), ("Absence", "absence"))
    ),
    periods=(PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.YEAR_TO_DATE),
)
PUPILS = DataSet(
    name="pupils",
    title="Pupils",
    summary="",
    measures=tuple(
        AbsenteeMeasure(name, name, percent, name)
        for name, percent in (("persistent", 10), ("severe", 50), ("enrolments", 0))
    ),
    filters=(PHASE, Filter("kind", "Kind", "", ("persistent", "severe", "enrolments"), ""), FRAME),
    indicators=(Indicator("pupils", "Pupils", "", IndicatorUnit.NUMBER, 0),),
    items=tuple(
        PublishedItem({"kind": name}, {"pupils": Count(name)})
        for name in ("persistent", "severe", "enrolments")
    ),
    periods=(PeriodKind.YEAR_TO_DATE, PeriodKind.TERM),
)
SCHOOLS = DataSet(
    name="schools",
    title="Schools",
    summary="",
    measures=(SchoolMeasure("submitted", "Submitted", SchoolCount.SUBMITTING, ""),),
    filters=(PHASE, FRAME),
    indicators=(Indicator("schools", "Schools", "", IndicatorUnit.NUMBER, 0),),
    items=(PublishedItem({}, {"schools": Count("submitted")}),),
    periods=(PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.YEAR_TO_DATE),
)


@dataclass
class School:
    """`sessions` has one number per school day of the release, 0 when closed."""

    authority: int
    phase: str
    trust: str
    pupils: int
    sessions: np.ndarray


@dataclass
class Country:
    """regions[n] is the number of authorities of region n."""

    regions: tuple[int, ...]
    weeks: int
    schools: list[School]
    weighted: bool = False
    weeks_left_out: tuple[int, ...] = ()
    strike_days: tuple[int, ...] = ()
    term: bool = False
    seed: int = 0
    released: datetime = datetime(2025, 11, 20, 9, 30)
    data_sets: tuple[DataSet, ...] = (REASONS, PUPILS, SCHOOLS)
    places: tuple[Location, ...] = field(default=())

    def true_cells(self) -> TrueCells:
        scope = self.scope()
        rows = self._rows(scope)
        evidence = rows.drop(columns="kind")
        chance = np.random.default_rng(self.seed + 1)
        cells = {each.name: self._counts(each, rows, chance) for each in self.data_sets}
        return TrueCells(scope, self.data_sets, cells, evidence, self._census(), self.weighted)

    def scope(self) -> ReleaseScope:
        weeks = [FIRST_WEEK]
        while len(weeks) < self.weeks:
            weeks.append(weeks[-1].following())
        days = [day for week in weeks for day in week.school_days]
        last = weeks[-1]
        periods = [period for week in weeks for period in self._week(week)]
        periods.append(_long("9-ytd", PeriodKind.YEAR_TO_DATE, last, YEAR_TO_DATE, days))
        if self.term:
            periods.append(_long("9-zterm", PeriodKind.TERM, last, "Autumn term", days))
        return ReleaseScope(
            week=last,
            as_of=self.released,
            academic_year="202526",
            periods=tuple(periods),
            locations=self.places or self._places(),
            days_left_out=tuple(d for n in self.weeks_left_out for d in weeks[n].school_days),
            strike_days=tuple(days[n] for n in self.strike_days),
        )

    def _week(self, week: IsoWeek) -> list[Period]:
        days = [
            Period(
                f"{week}-{n}",
                PeriodKind.DAY,
                str(week.year),
                week.identifier,
                WEEKDAYS[n],
                (day,),
                day,
            )
            for n, day in enumerate(week.school_days)
        ]
        whole = Period(
            f"{week}-9",
            PeriodKind.WEEK,
            str(week.year),
            week.identifier,
            WEEK,
            week.school_days,
            week.monday,
        )
        return [*days, whole]

    def _places(self) -> tuple[Location, ...]:
        nation = Location(COUNTRY_CODE, COUNTRY_NAME, Level.NATIONAL, None)
        regions = [
            Location(
                f"E120000{n:02d}",
                f"Region {n}",
                Level.REGIONAL,
                COUNTRY_CODE,
                f"E120000{n:02d}",
                f"Region {n}",
            )
            for n in range(len(self.regions))
        ]
        homes = [n for n, many in enumerate(self.regions) for _ in range(many)]
        authorities = [
            Location(
                f"E06000{n:03d}",
                f"Authority {n}",
                Level.LOCAL_AUTHORITY,
                regions[home].code,
                regions[home].code,
                regions[home].name,
                f"{n + 1:03d}",
            )
            for n, home in enumerate(homes)
        ]
        return (nation, *regions, *authorities)

    def _census(self) -> pd.DataFrame:
        scope = self.scope()
        rows = [
            (p.code, e, 1000 + 7 * n)
            for n, p in enumerate(scope.locations)
            for e in EDUCATION_PHASES
        ]
        return pd.DataFrame(rows, columns=["location", "education_phase", "pupils"])

    def _rows(self, scope: ReleaseScope) -> pd.DataFrame:
        """Evidence for every row, with the kind of its period."""
        atoms = self._atoms(scope)
        periods = pd.DataFrame(
            [
                (p.key, p.kind.value, day)
                for p in scope.periods
                for day in p.days
                if not (p.kind is PeriodKind.DAY and day in scope.strike_days)
            ],
            columns=["period", "kind", "day"],
        )
        left_out = pd.DataFrame({"day": list(scope.days_left_out)}, dtype=object)
        above = {p.code: p.parent for p in scope.locations}
        local = [p for p in scope.locations if p.level is Level.LOCAL_AUTHORITY]
        places = pd.DataFrame(
            [
                (p.code, area, area == p.code)
                for p in local
                for area in (p.code, above[p.code], COUNTRY_CODE)
            ],
            columns=["authority", "location", "is_local"],
        )
        phases = pd.DataFrame(
            [(e, t, t == e) for e in PUBLISHED_PHASES for t in (e, "All schools")],
            columns=["phase", "education_phase", "is_phase"],
        )
        weighted = self.weighted
        connection = duckdb.connect()
        connection.execute("set threads = 1")
        for name, frame in {
            "atoms": atoms,
            "periods": periods,
            "places": places,
            "phases": phases,
            "left_out": left_out,
        }.items():
            connection.register(name, frame)
        rows = connection.sql(
            f"""
            with wide as (
                select location, education_phase, period, kind, atoms.*
                from atoms join periods using (day) join places using (authority)
                join phases using (phase)
                where sessions > 0 and (is_local or day not in (select day from left_out))
                and ({not weighted} or is_phase or not is_local)
            ), holdings as (
                select location, education_phase, period, trust, sum(sessions) as s
                from wide group by all
            ), ranked as (
                select *, row_number() over (
                    partition by location, education_phase, period order by s desc, trust) as r
                from holdings
            ), largest as (
                select location, education_phase, period, count(*)::bigint as holdings,
                max(s) as largest_holding,
                coalesce(max(s) filter (r = 2), 0)::bigint as second_holding
                from ranked group by all
            ), daily as (
                select location, education_phase, period, day, sum(pupils) as p
                from wide group by all
            ), most as (
                select location, education_phase, period, max(p)::bigint as enrolments
                from daily group by all
            ), once as (
                select distinct location, education_phase, period, school, pupils from wide
            ), people as (
                select location, education_phase, period, sum(pupils)::bigint as pupils
                from once group by all
            )
            select location, education_phase, period, kind,
                sum(sessions)::bigint as possible_sessions,
                count(distinct school)::bigint as schools, any_value(holdings) as holdings,
                any_value(largest_holding)::bigint as largest_holding,
                any_value(second_holding) as second_holding, any_value(people.pupils) as pupils,
                any_value(enrolments) as enrolments
            from wide join largest using (location, education_phase, period)
            join most using (location, education_phase, period)
            join people using (location, education_phase, period)
            group by all order by all
            """
        ).df()
        connection.close()
        return rows

    def _atoms(self, scope: ReleaseScope) -> pd.DataFrame:
        days = [day for p in scope.periods if p.kind is PeriodKind.YEAR_TO_DATE for day in p.days]
        codes = [p.code for p in scope.locations if p.level is Level.LOCAL_AUTHORITY]
        many, length = len(self.schools), len(days)
        columns = {
            "authority": [codes[s.authority] for s in self.schools],
            "phase": [s.phase for s in self.schools],
            "trust": [s.trust or f"school {n}" for n, s in enumerate(self.schools)],
            "pupils": [s.pupils for s in self.schools],
            "school": list(range(many)),
        }
        frame = pd.DataFrame(columns)
        atoms = frame.loc[frame.index.repeat(length)].reset_index(drop=True)
        atoms["day"] = np.tile(np.array(days, dtype=object), many)
        atoms["sessions"] = np.concatenate([s.sessions for s in self.schools])
        return atoms

    def _counts(
        self, data_set: DataSet, rows: pd.DataFrame, chance: np.random.Generator
    ) -> pd.DataFrame:
        kinds = {each.value for each in data_set.periods}
        rows = rows[rows["kind"].isin(kinds)]
        counts = rows[["location", "education_phase", "period"]].copy()
        for measure in data_set.measures:
            counts[measure.name] = _values(measure.name, rows, chance)
        return counts


def _values(name: str, rows: pd.DataFrame, chance: np.random.Generator) -> np.ndarray:
    possible, pupils = rows["possible_sessions"].to_numpy(), rows["pupils"].to_numpy()
    share = {"persistent": 5, "severe": 60, "enrolments": 1}
    if name == "possible_sessions":
        return possible
    if name == "submitted":
        return rows["schools"].to_numpy()
    if name in share:
        # Not random: a fixed share of each row nearly adds up, which is all that is needed here.
        return pupils // share[name]
    return (possible * chance.uniform(0, 0.3, len(rows))).astype(np.int64)


def _long(key: str, kind: PeriodKind, week: IsoWeek, frame: str, days: list[date]) -> Period:
    return Period(key, kind, str(week.year), week.identifier, frame, tuple(days), None)

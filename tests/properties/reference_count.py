"""Counts a release from plain records, with dictionaries and loops: written from method.md alone.

Slow and simple on purpose. It shares with the program only the packaged facts (codes, areas, the
dates of academic years), never the catalogue, the grid or the SQL. Codes are the register's own
letters, ages come from dates of birth, periods are named by what is published: (`time_period`,
`time_identifier`, `time_frame`). So it can be fed with a raw feed as well as with invented rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from publisher.reference.areas import local_authorities
from publisher.reference.facts import read_facts

PHASES = ("Primary", "Secondary", "Special")
ALL = "All schools"
NATION = "E92000001"

Frame = tuple[str, str, str]
"""time_period, time_identifier, time_frame"""
RowName = tuple[str, str, Frame]
"""location, education_phase, frame"""


@dataclass(frozen=True)
class School:
    urn: int
    location: str
    phase: str
    trust: str | None = None


@dataclass(frozen=True)
class Approval:
    urn: int
    approved_from: date
    approved_to: date | None = None


@dataclass(frozen=True)
class CensusEntry:
    location: str
    phase: str
    schools: int | None
    pupils: int | None


@dataclass(frozen=True)
class PupilRecord:
    received: datetime
    urn: int
    pupil: str
    date_of_birth: date
    admission_date: date | None = None
    leaving_date: date | None = None
    sex: str = "Unknown"
    ethnicity: str = ""
    year_group: str = ""
    looked_after: bool | None = None
    sen_support: bool | None = None
    ehc_plan: bool | None = None
    free_school_meals: bool | None = None
    child_in_need: bool | None = None
    child_protection_plan: bool | None = None


@dataclass(frozen=True)
class Mark:
    """`am` and `pm` are register codes as typed; blank is no mark."""

    received: datetime
    urn: int
    pupil: str
    date: date
    am: str
    pm: str


Marks = dict[tuple[int, date], list[Mark]]
"""School and day -> marks."""


@dataclass(frozen=True)
class Feed:
    schools: tuple[School, ...]
    approvals: tuple[Approval, ...]
    census: tuple[CensusEntry, ...]
    pupils: tuple[PupilRecord, ...]
    marks: tuple[Mark, ...]


@dataclass
class Counted:
    """What was counted. A row is in `rows` exactly when it exists."""

    rows: set[RowName] = field(default_factory=set)
    sessions: dict[RowName, Counter[str]] = field(default_factory=dict)
    absentees: dict[RowName, dict[str, int]] = field(default_factory=dict)
    submitting: dict[RowName, int] = field(default_factory=dict)
    enrolments: dict[RowName, int] = field(default_factory=dict)
    in_census: dict[tuple[str, str], int] = field(default_factory=dict)
    census_pupils: dict[tuple[str, str], int] = field(default_factory=dict)
    evidence: dict[RowName, dict[str, int]] = field(default_factory=dict)
    groups: dict[tuple[RowName, str], dict[str, int]] = field(default_factory=dict)
    """Row and group of pupils -> counts, for groups that have an enrolment in the row."""
    group_evidence: dict[tuple[RowName, str], dict[str, int]] = field(default_factory=dict)
    days_left_out: set[date] = field(default_factory=set)
    groups_unknown: set[RowName] = field(default_factory=set)
    """Rows whose groups of pupils nobody knows: a school behind them shares counts only."""


# --- codes ------------------------------------------------------------------------------------


@cache
def _code(code: str) -> Mapping[str, str] | None:
    return next((row for row in read_facts("register_codes") if row["code"] == code), None)


def is_possible(code: str) -> bool:
    row = _code(code)
    return row is not None and row["counts_as_possible"] == "yes"


def is_absence(code: str) -> bool:
    row = _code(code)
    return row is not None and row["category"].endswith("authorised absence")


@cache
def columns_of(code: str) -> tuple[str, ...]:
    """The published items that a session marked `code` is part of."""
    row = _code(code)
    if row is None:
        return ()
    columns = [row["wide_column"]] if row["wide_column"] else []
    category = row["category"]
    if category == "present":
        columns += ["present_sessions", "overall_attendance"]
    elif category == "approved educational activity":
        columns += ["approved_educational_activity", "overall_attendance"]
    elif category == "authorised absence":
        columns += ["authorised_absence", "overall_absence"]
    elif category == "unauthorised absence":
        columns += ["unauthorised_absence", "overall_absence"]
    if row["counts_as_possible"] == "yes":
        columns.append("possible_sessions")
    if code in ("L", "U"):
        columns.append("late_sessions")
    if code in ("/", "\\"):
        columns.append("reason_present")
    return tuple(columns)


# --- time -------------------------------------------------------------------------------------


def _year(friday: date) -> dict[str, str]:
    start = friday.year if friday.month >= 9 else friday.year - 1
    return next(y for y in read_facts("academic_years") if y["academic_year"] == str(start))


def _days(first: date, last: date) -> list[date]:
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in span if day.weekday() < 5]


def _week(day: date) -> tuple[str, str]:
    iso_year, week, _ = day.isocalendar()
    return str(iso_year), f"Week {week}"


def frames(friday: date) -> dict[Frame, list[date]]:
    """Every period of the release that ends on `friday`, with its school days."""
    year = _year(friday)
    first = date.fromisoformat(year["series_start"])
    found: dict[Frame, list[date]] = defaultdict(list)
    for day in _days(first, friday):
        if _week(day)[1] == "Week 53":
            continue
        found[(*_week(day), day.strftime("%A"))].append(day)
        found[(*_week(day), "Week")].append(day)
    found[(*_week(friday), "Year to date")] = _days(first, friday)
    one = timedelta(days=1)
    spring, summer = (date.fromisoformat(year[f"{t}_term_start"]) for t in ("spring", "summer"))
    august = date(int(year["academic_year"]) + 1, 8, 31)
    terms = {
        "Autumn term": _days(first, spring - one),
        "Spring term": _days(spring, summer - one),
        "Summer term": _days(summer, august),
    }
    for term, days in terms.items():
        over = date.fromisoformat(year["schools_break_up"]) if term == "Summer term" else days[-1]
        if over <= friday:
            found[(*_week(friday), term)] = days
    return dict(found)


# --- who counts -------------------------------------------------------------------------------


def _latest(records: Iterable, key: Callable[[Any], Any]) -> dict:
    latest: dict = {}
    for record in records:
        name = key(record)
        if name not in latest or latest[name].received < record.received:
            latest[name] = record
    return latest


def _age(born: date, year: int) -> int:
    """Age on 31 August."""
    return year - born.year - ((born.month, born.day) > (8, 31))


def counted_marks(feed: Feed, friday: date) -> Marks:
    """The marks that count."""
    year = _year(friday)
    start, first = int(year["academic_year"]), date.fromisoformat(year["series_start"])
    leave = date.fromisoformat(year["year_11_leaves"])
    published = {each.urn for each in feed.schools if each.phase in PHASES}
    pupils = _latest(feed.pupils, lambda each: (each.urn, each.pupil))
    marks = _latest(feed.marks, lambda each: (each.urn, each.pupil, each.date))
    approvals = defaultdict(list)
    for each in feed.approvals:
        approvals[each.urn].append(each)
    found: Marks = defaultdict(list)
    for mark in marks.values():
        pupil = pupils.get((mark.urn, mark.pupil))
        if pupil is None or mark.urn not in published:
            continue
        if not (first <= mark.date <= friday) or mark.date.weekday() >= 5:
            continue
        if mark.am == "" and mark.pm == "":
            continue
        age = _age(pupil.date_of_birth, start)
        if age < 5 or age > 15 or (age == 15 and mark.date >= leave):
            continue
        if pupil.admission_date is not None and mark.date < pupil.admission_date:
            continue
        if pupil.leaving_date is not None and mark.date > pupil.leaving_date:
            continue
        if not any(
            each.approved_from <= mark.date
            and (each.approved_to is None or mark.date <= each.approved_to)
            for each in approvals[mark.urn]
        ):
            continue
        found[mark.urn, mark.date].append(mark)
    return found


# --- rows -------------------------------------------------------------------------------------


def _areas() -> dict[str, set[str]]:
    """Location -> its authorities."""
    areas: dict[str, set[str]] = defaultdict(set)
    for each in local_authorities():
        for location in (each.code, each.region_code, NATION):
            areas[location].add(each.code)
    return areas


def reference_count(
    feed: Feed,
    friday: date,
    *,
    minimum_open_percent: int = 50,
    strike_days: frozenset[date] = frozenset(),
) -> Counted:
    """Count the release of the week that ends on `friday`; `feed` holds what was known."""
    counted = Counted()
    marks = counted_marks(feed, friday)
    submitting = {
        key: [each for each in there if is_possible(each.am) or is_possible(each.pm)]
        for key, there in marks.items()
    }
    submitting = {key: there for key, there in submitting.items() if there}
    counted.days_left_out = _left_out(feed, friday, submitting, minimum_open_percent)
    weighted = _year(friday)["totals"] == "weighted"
    areas = _areas()
    authorities_with_schools = {each.location for each in feed.schools}
    _count_census(feed, areas, counted, weighted)
    pupils = _latest(feed.pupils, lambda each: (each.urn, each.pupil))
    groups = {name: set(groups_of_pupil(record)) for name, record in pupils.items()}
    by_place = defaultdict(lambda: defaultdict(list))
    for school in feed.schools:
        by_place[school.location, school.phase][school.urn] = school
    for frame, all_days in frames(friday).items():
        for location, members in areas.items():
            if not members & authorities_with_schools:
                continue
            local = members == {location}
            days = [
                day
                for day in all_days
                if (local or day not in counted.days_left_out)
                and not (day in strike_days and frame[2] in _WEEKDAYS)
            ]
            for phase in (*PHASES, ALL):
                if weighted and local and phase == ALL:
                    continue
                schools = [
                    school
                    for member in sorted(members)
                    for part in (PHASES if phase == ALL else (phase,))
                    for school in by_place.get((member, part), {}).values()
                ]
                name = (location, phase, frame)
                _count_row(name, schools, days, marks, submitting, counted)
                if name in counted.rows and frame[2] not in _WEEKDAYS:
                    _count_groups(name, schools, days, submitting, groups, counted)
    return counted


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def _left_out(feed: Feed, friday: date, submitting: Marks, percent: int) -> set[date]:
    first = date.fromisoformat(_year(friday)["series_start"])
    published = {each.urn: each.location for each in feed.schools if each.phase in PHASES}
    sharing = set()
    for approval in feed.approvals:
        last = approval.approved_to or friday
        covered = max(approval.approved_from, first) <= min(last, friday)
        if approval.urn in published and covered and approval.approved_from <= last:
            sharing.add(published[approval.urn])
    open_in = defaultdict(set)
    for urn, day in submitting:
        open_in[_week(day)].add(published[urn])
    return {
        day
        for day in _days(first, friday)
        if len(open_in[_week(day)]) * 100 < percent * len(sharing)
    }


def _count_census(feed: Feed, areas: dict[str, set[str]], counted: Counted, weighted: bool) -> None:
    for location, members in areas.items():
        for phase in (*PHASES, ALL):
            if weighted and members == {location} and phase == ALL:
                continue
            entries = [
                each
                for each in feed.census
                if each.location in members
                and (each.phase == phase or (phase == ALL and each.phase in PHASES))
            ]
            schools = [each.schools for each in entries if each.schools is not None]
            pupils = [each.pupils for each in entries if each.pupils is not None]
            if schools:
                counted.in_census[location, phase] = sum(schools)
            if pupils:
                counted.census_pupils[location, phase] = sum(pupils)


def _count_row(
    name: RowName,
    schools: list[School],
    days: list[date],
    marks: Marks,
    submitting: Marks,
    counted: Counted,
) -> None:
    open_schools = {
        day: [each for each in schools if (each.urn, day) in submitting] for day in days
    }
    open_days = [day for day in days if open_schools[day]]
    if not open_days:
        return
    counted.rows.add(name)
    total = sum(len(open_schools[day]) for day in open_days)
    counted.submitting[name] = _nearest(total, len(open_days))
    sessions: Counter[str] = Counter()
    possible: Counter = Counter()
    missed: Counter = Counter()
    for school in schools:
        for day in days:
            for mark in marks.get((school.urn, day), ()):
                for code in (mark.am, mark.pm):
                    sessions.update(columns_of(code))
                    possible[mark.urn, mark.pupil] += is_possible(code)
                    missed[mark.urn, mark.pupil] += is_absence(code)
    counted.sessions[name] = sessions
    in_scope = [each for each in possible if possible[each] > 10]
    counted.absentees[name] = {
        "total_enrolments": len(in_scope),
        "persistently_absent": sum(10 * missed[each] >= possible[each] for each in in_scope),
        "severely_absent": sum(2 * missed[each] >= possible[each] for each in in_scope),
    }
    daily = sum(len(submitting[each.urn, day]) for day in open_days for each in open_schools[day])
    counted.enrolments[name] = _nearest(daily, len(open_days))
    counted.evidence[name] = _evidence(schools, days, submitting)


def _nearest(total: int, number: int) -> int:
    """total / number to the nearest whole number; halves go up."""
    whole, rest = divmod(total, number)
    return whole + (1 if 2 * rest >= number else 0)


def _evidence(schools: list[School], days: list[date], submitting: Marks) -> dict[str, int]:
    holdings: Counter = Counter()
    pupils, contributors = set(), set()
    daily: Counter = Counter()
    for school in schools:
        holding = ("trust", school.trust) if (school.trust or "").strip() else ("", school.urn)
        for day in days:
            there = submitting.get((school.urn, day), [])
            for mark in there:
                pupils.add(mark.pupil)
                holdings[holding] += is_possible(mark.am) + is_possible(mark.pm)
            if there:
                contributors.add(school.urn)
                daily[day] += len(there)
    sizes = sorted(holdings.values(), reverse=True)
    return {
        "possible_sessions": sum(sizes),
        "schools": len(contributors),
        "holdings": len(holdings),
        "largest_holding": sizes[0],
        "second_holding": sizes[1] if len(sizes) > 1 else 0,
        "pupils": len(pupils),
        "enrolments": max(daily.values()),
    }


# --- groups of pupils -------------------------------------------------------------------------


def _yes_no(value: bool | None, yes: str, no: str) -> str:
    return {True: yes, False: no}.get(value, "Unknown")


def _sen(record: PupilRecord) -> str:
    if record.ehc_plan:
        return "Education, health and care plan"
    if record.sen_support:
        return "SEN support / SEN without an EHC plan"
    if record.ehc_plan is None or record.sen_support is None:
        return "Unknown"
    return "No SEN provision"


def _year_group(written: str) -> str:
    if written == "R":
        return "Reception"
    if written in ("N1", "N2", "12", "13", "14", "X"):
        return "Other year group"
    return f"Year {written}" if written in [str(n) for n in range(1, 12)] else "Unknown"


def _year_group_with_sen(record: PupilRecord) -> str:
    year = _year_group(record.year_group)
    return f"{year}, {_sen(record)}" if year in ("Year 6", "Year 7", "Year 8") else year


def groups_of_pupil(record: PupilRecord) -> list[str]:
    """Every group of pupils that an enrolment with this record belongs to, one in each topic."""
    codes = {row["code"]: row for row in read_facts("ethnicity_codes")}
    unknown = {"ethnicity_major": "Unknown", "ethnicity_minor": "Unknown"}
    ethnicity = codes.get(record.ethnicity, unknown)
    meals = _yes_no(record.free_school_meals, "FSM eligible", "Not known to be FSM eligible")
    cared = _yes_no(record.looked_after, "Looked after", "Not looked after")
    needy = _yes_no(record.child_in_need, "Child in need", "Not a child in need")
    plan = _yes_no(
        record.child_protection_plan,
        "On a child protection plan",
        "Not on a child protection plan",
    )
    return [
        f"Sex: {record.sex if record.sex in ('Male', 'Female') else 'Unknown'}",
        f"Free school meals: {meals}",
        f"SEN provision: {_sen(record)}",
        f"Free school meals with SEN: {meals}, {_sen(record)}",
        f"Ethnicity major: {ethnicity['ethnicity_major']}",
        f"Ethnicity minor: {ethnicity['ethnicity_minor']}",
        f"National curriculum year group: {_year_group(record.year_group)}",
        f"Year group with SEN provision: {_year_group_with_sen(record)}",
        f"Looked after: {cared}",
        f"Child in need: {needy}",
        f"Child protection plan: {plan}",
    ]


def _count_groups(
    name: RowName,
    schools: list[School],
    days: list[date],
    submitting: Marks,
    groups: dict[tuple[int, str], set[str]],
    counted: Counted,
) -> None:
    """Each group as if the row had no other pupils; absences are possible sessions."""
    here = {(school.urn, day) for school in schools for day in days}
    there = {key: marks for key, marks in submitting.items() if key in here}
    days_open = len({day for _, day in there})
    for group in {g for marks in there.values() for m in marks for g in groups[m.urn, m.pupil]}:
        own = {
            key: [mark for mark in marks if group in groups[mark.urn, mark.pupil]]
            for key, marks in there.items()
        }
        own = {key: marks for key, marks in own.items() if marks}
        possible: Counter = Counter()
        kinds: Counter[str] = Counter()
        missed: Counter = Counter()
        for mark in (mark for marks in own.values() for mark in marks):
            for code in (mark.am, mark.pm):
                kinds.update(columns_of(code))
                possible[mark.urn, mark.pupil] += is_possible(code)
                missed[mark.urn, mark.pupil] += is_absence(code)
        in_scope = [each for each in possible if possible[each] > 10]
        counted.groups[name, group] = {
            "overall_absence": kinds["overall_absence"],
            "authorised_absence": kinds["authorised_absence"],
            "unauthorised_absence": kinds["unauthorised_absence"],
            "possible_sessions": kinds["possible_sessions"],
            "enrolments": _nearest(sum(len(marks) for marks in own.values()), days_open),
            "total_enrolments": len(in_scope),
            "persistently_absent": sum(10 * missed[e] >= possible[e] for e in in_scope),
            "severely_absent": sum(2 * missed[e] >= possible[e] for e in in_scope),
        }
        counted.group_evidence[name, group] = _evidence(schools, days, own)

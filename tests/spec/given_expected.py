"""Reads a worked case as a statistician writes it, counts it, and lays the figures beside it.

*Given*: blocks of lines. `school` NAME AREA PHASE (an area by name or code); `pupil` NAME SCHOOL
and what differs from a pupil aged 10 about whom nothing is known; `marks` PUPILS DAY AM PM, where
DAY may be FIRST..LAST (its weekdays), PUPILS are separated by commas and `-` is no mark. `Ann*20`
is twenty pupils alike, Ann1 to Ann20; in `marks`, `Ann*3` is the first three of them. A later line
about the same pupil and day replaces an earlier one. A pupil with lines at two schools is at both;
`Ann@Oak` is her enrolment there. `stranger` NAME SCHOOL has marks and no record. What follows the
line `later` came in a later batch. `census` AREA PHASE PUPILS.
*Expected*: AREA, PHASE, time frame (a week is its identifier), group of pupils, measure, and the
figure, separated by `|`; the figure `no row` says that the row does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.model.breakdowns import BREAKDOWN, TOTAL
from publisher.model.progress import Silent
from publisher.model.stages import TrueCells
from publisher.model.time import IsoWeek
from tests.properties.reference_count import (
    Approval,
    CensusEntry,
    Feed,
    Mark,
    PupilRecord,
    School,
)
from tests.properties.snapshot_of import snapshot_of

RECEIVED = datetime.fromisoformat("2026-08-01 18:30")
AREAS = {
    "England": "E92000001",
    "North East": "E12000001",
    "Darlington": "E06000005",
    "Hartlepool": "E06000001",
    "London": "E12000007",
    "Camden": "E09000007",
}
ENGINE = EngineSettings(memory_limit="500MB", threads=1)
_FLAGS = {"yes": True, "no": False}


@dataclass(frozen=True)
class Line:
    """One expected figure."""

    area: str
    phase: str
    frame: str
    group: str
    measure: str
    figure: str


def holds(given: str, expected: str, week: str, **method: object) -> None:
    """Count `given` as the release of `week` and compare every line of `expected`.

    Raises:
        AssertionError: a figure differs; says which lines and what was counted.
    """
    true = counted(given, week, **method)
    lines = [Line(*(part.strip() for part in line.split("|"))) for line in _lines(expected)]
    wrong = [(each, found) for each in lines if (found := _figure(true, each)) != each.figure]
    assert lines
    assert not wrong, "\n".join(f"{line} but counted {found}" for line, found in wrong)


def counted(given: str, week: str, **method: object) -> TrueCells:
    """The true cells of a worked case."""
    with TemporaryDirectory() as folder:
        return count(
            snapshot_of(feed_of(given), Path(folder), RECEIVED + timedelta(days=1)),
            IsoWeek.parse(week),
            CATALOGUE,
            ENGINE,
            MethodSettings(**method),  # type: ignore[arg-type]
            Silent(),
            scratch=Path(folder),
        )


def feed_of(given: str) -> Feed:
    """The schools, pupils and marks of a worked case."""
    lines = list(_received(given))
    names = {w[1]: n for n, w in enumerate(words for _, words in lines if words[0] == "school")}
    urn_of = {
        called: names[words[2]] + 1
        for _, words in lines
        if words[0] in ("pupil", "stranger")
        for name in _alike(words[1])
        for called in (name, f"{name}@{words[2]}")
    }
    marks = [mark for at, w in lines if w[0] == "marks" for mark in _marks(at, w, urn_of)]
    return Feed(
        schools=tuple(
            School(names[w[1]] + 1, AREAS.get(w[2], w[2]), w[3])
            for _, w in lines
            if w[0] == "school"
        ),
        approvals=tuple(Approval(n + 1, date(2020, 1, 1)) for n in names.values()),
        census=tuple(
            CensusEntry(AREAS.get(w[1], w[1]), w[2], 1, int(w[3]))
            for _, w in lines
            if w[0] == "census"
        ),
        pupils=tuple(
            _pupil(at, words, name, names)
            for at, words in lines
            if words[0] == "pupil"
            for name in _alike(words[1])
        ),
        marks=tuple(
            {(mark.received, mark.urn, mark.pupil, mark.date): mark for mark in marks}.values()
        ),
    )


def _received(given: str) -> Iterator[tuple[datetime, list[str]]]:
    """Each line with the moment at which its batch was received."""
    moment = RECEIVED
    for line in _lines(given):
        if line.strip() == "later":
            moment += timedelta(hours=1)
        else:
            yield moment, line.split()


def _alike(name: str) -> list[str]:
    """`Ann*3` is Ann1, Ann2, Ann3."""
    first, star, number = name.partition("*")
    return [f"{first}{n + 1}" for n in range(int(number))] if star else [name]


def _pupil(received: datetime, words: list[str], name: str, names: dict[str, int]) -> PupilRecord:
    facts = dict(word.split("=") for word in words[3:])
    born = date.fromisoformat(facts.pop("born", "2015-05-05"))
    dates = {k: date.fromisoformat(facts.pop(k)) for k in tuple(facts) if k.endswith("_date")}
    known = {key: _FLAGS.get(value, value) for key, value in facts.items()}
    urn = names[words[2]] + 1
    return PupilRecord(received, urn, name, born, **dates, **known)  # type: ignore[arg-type]


def _marks(received: datetime, words: list[str], urn_of: dict[str, int]) -> Iterator[Mark]:
    _, pupils, days, *codes = words
    am, pm = ("" if code == "-" else code for code in codes)
    first, _, last = days.partition("..")
    day, end = date.fromisoformat(first), date.fromisoformat(last or first)
    while day <= end:
        if day.weekday() < 5:
            for pupil in (one for each in pupils.split(",") for one in _alike(each)):
                name = pupil.partition("@")[0]
                yield Mark(received, urn_of[pupil], name, day, am, pm)
        day += timedelta(days=1)


def _figure(true: TrueCells, line: Line) -> str:
    found = [
        rows.iloc[0][line.measure]
        for data_set in true.data_sets
        if line.measure in {each.name for each in data_set.measures}
        if len(rows := _rows(true, true.cells[data_set.name], line))
    ]
    assert len({str(each) for each in found}) < 2, "data sets disagree"
    return str(found[0]) if found else "no row"


def _rows(true: TrueCells, cells: pd.DataFrame, line: Line) -> pd.DataFrame:
    keys = {
        each.key
        for each in true.scope.periods
        if line.frame == each.time_frame
        or (line.frame == each.time_identifier and each.time_frame == "Week")
        or (each.reference_date and each.time_frame != "Week" and line.frame == str(each.first_day))
    }
    match = cells["period"].isin(keys) & (cells["location"] == AREAS.get(line.area, line.area))
    match &= cells["education_phase"] == line.phase
    if BREAKDOWN in cells:
        match &= cells[BREAKDOWN] == (line.group or TOTAL)
    elif line.group not in ("", TOTAL):
        return cells.iloc[:0]
    return cells[match]


def _lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line.strip()]

"""Makes an invented feed: the whole country first, then its registers block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from publisher.model.progress import Progress, Silent
from publisher.synthetic.arrays import Ints
from publisher.synthetic.batching import BatchPlan, plan_batches
from publisher.synthetic.calendar import SchoolCalendar, school_calendar
from publisher.synthetic.corrections import send_wrong_first
from publisher.synthetic.country import Schools, invent_schools
from publisher.synthetic.deliveries import mark_tables
from publisher.synthetic.design import FeedDesign, FeedSummary
from publisher.synthetic.diary import Diary, keep_diary
from publisher.synthetic.enrolments import Enrolments, enrol
from publisher.synthetic.habits import leanings
from publisher.synthetic.happenings import mark_local_events, mark_occasions
from publisher.synthetic.intensity import Intensity, intensity
from publisher.synthetic.ledger import Ledger, keep_ledger
from publisher.synthetic.pupils import draw_pupils
from publisher.synthetic.records import pupil_tables
from publisher.synthetic.registers import Marks, all_present, mark_oddities, mark_structure
from publisher.synthetic.registry import approvals_table, census_table, schools_table
from publisher.synthetic.sampling import Stream, stream
from publisher.synthetic.spells import paint_spells
from publisher.synthetic.upn import as_text
from publisher.synthetic.writing import (
    BatchWriters,
    check_destination,
    folder_in_place,
    write_table,
)

_SILENT = Silent()
_BLOCK = 12_000
"""Pupils per block: bounds memory whatever the scale, and never depends on the days."""


@dataclass(frozen=True)
class Country:
    """What all blocks share."""

    seed: int
    calendar: SchoolCalendar
    batches: BatchPlan
    schools: Schools
    ledger: Ledger
    diary: Diary
    intensity: Intensity


def generate_feed(design: FeedDesign, progress: Progress = _SILENT) -> FeedSummary:
    """Write the feed of a design; an earlier feed in the same folder is replaced.

    The feed appears complete or not at all. The same design gives the same bytes: every block
    of schools has random streams of its own, and blocks are written in order.

    Raises:
        UsageProblem: the design is impossible, or `design.out` holds something else.
    """
    check_destination(design.out)
    country = _invent_country(design)
    with folder_in_place(design.out) as folder:
        write_table(schools_table(country.schools), folder / "schools.parquet")
        write_table(approvals_table(country.schools, country.ledger), folder / "approvals.parquet")
        write_table(census_table(design.scale), folder / "census.parquet")
        pupils, marks = _write_batches(country, folder, progress)
    return FeedSummary(country.schools.count, pupils, marks, country.batches.count)


def _invent_country(design: FeedDesign) -> Country:
    calendar = school_calendar(design.first_day, design.last_day)
    batches = plan_batches(calendar, design.batches)
    schools = invent_schools(design.seed, design.scale, calendar.academic_year)
    ledger = keep_ledger(design.seed, schools, calendar)
    return Country(
        seed=design.seed,
        calendar=calendar,
        batches=batches,
        schools=schools,
        ledger=ledger,
        diary=keep_diary(design.seed, schools, calendar, batches, ledger),
        intensity=intensity(schools, calendar, design.seed),
    )


def _write_batches(country: Country, folder: Path, progress: Progress) -> tuple[int, int]:
    """Write all blocks; return how many enrolments and rows of marks there are."""
    pupils, marks = 0, 0
    blocks = list(_blocks(country.schools.roll))
    with (
        BatchWriters(folder, country.batches) as writers,
        progress.stage("Inventing registers", len(blocks)) as advance,
    ):
        for number, school in enumerate(blocks):
            more_pupils, more_marks = _write_block(country, writers, number, school)
            pupils += more_pupils
            marks += more_marks
            advance(1)
    return pupils, marks


def _blocks(roll: Ints) -> Iterator[Ints]:
    """The school of each pupil, for blocks of whole schools of about the same size."""
    block = np.cumsum(roll) // _BLOCK
    schools = np.arange(len(roll))
    for number in np.unique(block):
        members = block == number
        if roll[members].any():
            yield np.repeat(schools[members], roll[members])


def _write_block(
    country: Country, writers: BatchWriters, number: int, school: Ints
) -> tuple[int, int]:
    enrolments = _enrolments(country, number, school)
    tables = pupil_tables(
        stream(country.seed, Stream.RECORDS, number),
        country.schools,
        enrolments,
        batches=country.batches,
        ledger=country.ledger,
        academic_year=country.calendar.academic_year,
    )
    for batch, table in enumerate(tables):
        writers.add_pupils(batch, table)
    return enrolments.count, _write_marks(country, writers, number, enrolments)


def _enrolments(country: Country, number: int, school: Ints) -> Enrolments:
    rng = stream(country.seed, Stream.PUPILS, number)
    pupils = draw_pupils(rng, country.schools, school, country.calendar.academic_year)
    return enrol(rng, country.schools, pupils, country.calendar)


def _write_marks(
    country: Country, writers: BatchWriters, number: int, enrolments: Enrolments
) -> int:
    marks = _registers(country, number, enrolments)
    school = enrolments.pupils.school
    arrive = country.diary.arrive[school]
    corrections = send_wrong_first(
        stream(country.seed, Stream.CORRECTIONS, number),
        marks,
        arrive,
        country.batches.count,
        enrolments.pupils.steady,
    )
    written = 0
    for batch, table in mark_tables(
        country.schools.urn[school],
        enrolments.person,
        as_text(enrolments.upn[enrolments.person == np.arange(enrolments.count)]),
        country.calendar.days,
        marks,
        arrive=arrive,
        corrections=corrections,
        batches=country.batches,
    ):
        writers.add_marks(batch, table)
        written += table.num_rows
    return written


def _registers(country: Country, number: int, enrolments: Enrolments) -> Marks:
    """Everybody present; then spells, dated occasions, what is structural, and oddities."""
    pupils, schools = enrolments.pupils, country.schools
    group, place = schools.group[pupils.school], schools.authority[pupils.school]
    marks = all_present(enrolments.count, country.calendar.day_count)
    lean = leanings(stream(country.seed, Stream.HABITS, number), schools, pupils)
    pattern = country.calendar.pattern_of[place]
    rng = stream(country.seed, Stream.SPELLS, number)
    paint_spells(rng, marks, group=group, pattern=pattern, lean=lean, intensity=country.intensity)
    rng = stream(country.seed, Stream.MARKS, number)
    mark_occasions(rng, marks, group, pupils, country.calendar)
    mark_local_events(rng, marks, pupils, place)
    mark_structure(rng, marks, enrolments, country.diary, country.calendar)
    mark_oddities(rng, marks, pupils.steady)
    return marks

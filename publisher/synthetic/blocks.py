"""Invents the registers of one block of schools, from streams of random numbers of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.synthetic.arrays import Ints
from publisher.synthetic.batching import BatchPlan
from publisher.synthetic.calendar import SchoolCalendar
from publisher.synthetic.corrections import send_wrong_first
from publisher.synthetic.country import Schools
from publisher.synthetic.deliveries import mark_tables
from publisher.synthetic.diary import Diary
from publisher.synthetic.enrolments import Enrolments, enrol
from publisher.synthetic.habits import leanings
from publisher.synthetic.happenings import mark_local_events, mark_occasions
from publisher.synthetic.intensity import Intensity
from publisher.synthetic.ledger import Ledger
from publisher.synthetic.pupils import draw_pupils
from publisher.synthetic.records import pupil_tables
from publisher.synthetic.registers import Marks, all_present, mark_oddities, mark_structure
from publisher.synthetic.sampling import Stream, stream
from publisher.synthetic.spells import paint_spells
from publisher.synthetic.upn import as_text
from publisher.synthetic.writing import PartWriters

_PUPILS_TOGETHER = 12_000
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


@dataclass(frozen=True)
class Block:
    """Whole schools (positions in `Country.schools`), each with at least one pupil."""

    number: int
    schools: Ints


@dataclass(frozen=True)
class Written:
    """How many enrolments and rows of marks."""

    pupils: int
    marks: int

    def __add__(self, other: Written) -> Written:
        """What was written altogether."""
        return Written(self.pupils + other.pupils, self.marks + other.marks)


def blocks_of(roll: Ints) -> tuple[Block, ...]:
    """Blocks of about the same number of pupils; `roll` has the pupils of each school."""
    block = np.cumsum(roll) // _PUPILS_TOGETHER
    peopled = np.flatnonzero(roll)
    members = (peopled[block[peopled] == number] for number in np.unique(block[peopled]))
    return tuple(Block(number, schools) for number, schools in enumerate(members))


def write_block(country: Country, writers: PartWriters, block: Block) -> Written:
    """Invent the registers of a block and write them; nothing depends on any other block."""
    number = block.number
    school = np.repeat(block.schools, country.schools.roll[block.schools])
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
    return Written(enrolments.count, _write_marks(country, writers, number, enrolments))


def _enrolments(country: Country, number: int, school: Ints) -> Enrolments:
    rng = stream(country.seed, Stream.PUPILS, number)
    pupils = draw_pupils(rng, country.schools, school, country.calendar.academic_year)
    return enrol(rng, country.schools, pupils, country.calendar)


def _write_marks(
    country: Country, writers: PartWriters, number: int, enrolments: Enrolments
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

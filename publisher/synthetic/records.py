"""Pupil records: the nineteen items, sent when first known and again when one changes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import pyarrow as pa

from publisher.reference.ethnicity import ethnicities
from publisher.synthetic.arrays import NO_DATE, Bools, Dates, Floats, Ints
from publisher.synthetic.batching import BatchPlan
from publisher.synthetic.country import Schools
from publisher.synthetic.enrolments import Enrolments
from publisher.synthetic.facts import (
    NO_YEAR_GROUP,
    RECEPTION,
    YEAR_GROUPS,
    authorities,
    calibration,
)
from publisher.synthetic.ledger import Ledger
from publisher.synthetic.names import FORENAMES, SURNAMES
from publisher.synthetic.pupils import MAIN_ETHNICITIES
from publisher.synthetic.registry import chosen, dates
from publisher.synthetic.sampling import cumulative, pick
from publisher.synthetic.tables import PUPILS
from publisher.synthetic.upn import as_text

_NO, _YES, _UNKNOWN = range(3)
_SPELLINGS = ("false", "true", "", "N", "Y", "", "0", "1", "", "F", "T", "")
_SPELLING_SHARES = cumulative(np.array((0.91, 0.04, 0.03, 0.02)))
_SEXES = ("M", "F", "Male", "Female", "male", "FEMALE", "U", "")
_SEX_SHARES = cumulative(np.array((0.95, 0.03, 0.02)))
_OTHER_SEX = 0.0003
_BLANK_SHARES = {
    "fsm": 0.003,
    "ehc_plan": 0.001,
    "sen_support": 0.001,
    "looked_after": 0.003,
    "previously_looked_after": 0.006,
    "in_need": 0.005,
    "protection_plan": 0.005,
}
_NO_YEAR = 0.0003
_BLANK_ETHNICITY, _UNKNOWN_ETHNICITY, _EXTENDED = 0.003, 0.0005, 0.08
_NOT_A_CODE = "ZZZZ"
_NO_EXPECTED_LEAVING = 0.3
_CHANGES = 0.006


@dataclass(frozen=True)
class Record:
    """What the record of each enrolment says; numbers index the lists of words above."""

    sex: Ints
    ethnicity: Ints
    year: Ints
    fsm: Ints
    ehc_plan: Ints
    sen_support: Ints
    looked_after: Ints
    previously_looked_after: Ints
    in_need: Ints
    protection_plan: Ints
    leaving: Dates
    expected_leaving: Dates


def pupil_tables(
    rng: np.random.Generator,
    schools: Schools,
    enrolments: Enrolments,
    *,
    batches: BatchPlan,
    ledger: Ledger,
    academic_year: int,
) -> list[pa.Table]:
    """The records of a block that each batch carries, one table per batch, perhaps empty.

    A record is sent with the first batch in which the pupil is on roll and the school approved;
    again when the pupil has left; and a few again when an item changes or becomes known.
    """
    record = _write_records(rng, schools, enrolments, academic_year)
    first = _first_batch(enrolments, batches, ledger)
    first[~enrolments.recorded] = batches.count
    leaves = batches.of_date(enrolments.left)
    leaves[np.isnat(enrolments.left)] = batches.count
    changes = _change_batch(rng, first, leaves, batches.count)
    sends = _sends(enrolments.pupils.school, batches, ledger)
    changed = _changed(rng, record)
    tables = []
    for batch in range(batches.count):
        fresh = np.flatnonzero(first == batch)
        gone = np.flatnonzero((leaves == batch) & (first < batch) & sends[:, batch])
        again = np.flatnonzero((changes == batch) & sends[:, batch])
        plain = np.concatenate([fresh, gone])
        known_left = leaves[plain] <= batch
        parts = [
            _table(schools, enrolments, record, plain, known_left),
            _table(schools, enrolments, changed, again, np.zeros(len(again), dtype=bool)),
        ]
        tables.append(pa.concat_tables(parts))
    return tables


def _first_batch(enrolments: Enrolments, batches: BatchPlan, ledger: Ledger) -> Ints:
    on_roll = batches.of_date(enrolments.admitted)
    approved = ledger.approved[enrolments.pupils.school]
    first_day = np.argmax(approved, axis=1)
    opened = np.where(approved.any(axis=1), batches.of_day[first_day], batches.count)
    return np.maximum(on_roll, opened)


def _sends(school: Ints, batches: BatchPlan, ledger: Ledger) -> Bools:
    """Enrolments x batches: whether the school sends records on the day of the batch."""
    last = np.searchsorted(batches.of_day, np.arange(batches.count), side="right") - 1
    return np.asarray((ledger.approved[:, last] | ledger.sends_anyway[:, None])[school])


def _change_batch(rng: np.random.Generator, first: Ints, leaves: Ints, batches: int) -> Ints:
    """The batch of a second record, or the number of batches where there is none."""
    change = rng.integers(0, max(batches, 1), len(first))
    stays = leaves == batches
    happens = (rng.random(len(first)) < _CHANGES) & stays & (change > first)
    return np.where(happens, change, batches)


def _write_records(
    rng: np.random.Generator, schools: Schools, enrolments: Enrolments, academic_year: int
) -> Record:
    pupils = enrolments.pupils
    count = pupils.count
    spelling = _by_school(rng, pupils.school, _SPELLING_SHARES) * (_UNKNOWN + 1)
    flags = {
        name: spelling + np.where(rng.random(count) < share, _UNKNOWN, getattr(pupils, name))
        for name, share in _BLANK_SHARES.items()
    }
    sex = _by_school(rng, pupils.school, _SEX_SHARES) * 2 + pupils.female
    odd_sex = rng.random(count) < _OTHER_SEX
    no_year = rng.random(count) < _NO_YEAR
    return Record(
        sex=np.where(odd_sex, len(_SEXES) - 2 + rng.integers(0, 2, count), sex),
        ethnicity=_ethnicity_items(rng, pupils.ethnicity),
        year=np.where(no_year & ~pupils.steady, len(YEAR_GROUPS), pupils.year),
        leaving=enrolments.left,
        expected_leaving=_expected_leaving(rng, schools, enrolments, academic_year),
        **flags,
    )


def _changed(rng: np.random.Generator, record: Record) -> Record:
    """The record after a change: meals begin, support begins, or blanks are filled."""
    kind = rng.integers(0, 3, len(record.sex))
    own = {field.name: getattr(record, field.name) for field in fields(Record)}
    for number, name in enumerate(("fsm", "sen_support", "in_need")):
        spelling = own[name] // (_UNKNOWN + 1) * (_UNKNOWN + 1)
        blank = own[name] % (_UNKNOWN + 1) == _UNKNOWN
        own[name] = np.where(blank, spelling + _NO, own[name])
        if name != "in_need":
            own[name] = np.where(kind == number, spelling + _YES, own[name])
    return Record(**own)


def _by_school(rng: np.random.Generator, school: Ints, shares: Floats) -> Ints:
    """A way of writing that all records of a school share."""
    distinct, position = np.unique(school, return_inverse=True)
    return np.asarray(pick(rng.random(len(distinct)), shares)[position])


@cache
def _ethnicity_words() -> tuple[str, ...]:
    """For each main code the code and its extended codes; then what stands for no answer."""
    codes = [_codes_of(main) for main in MAIN_ETHNICITIES]
    return (*(code for some in codes for code in some), "REFU", "NOBT", _NOT_A_CODE, "")


def _codes_of(main: str) -> list[str]:
    known = ethnicities()
    return [main, *(code for code, item in known.items() if item.main_code == main != code)]


def _ethnicity_items(rng: np.random.Generator, ethnicity: Ints) -> Ints:
    """Positions in `_ethnicity_words`: mostly the main code, sometimes an extended one."""
    words = _ethnicity_words()
    first = np.array([words.index(main) for main in MAIN_ETHNICITIES])
    counts = np.array([len(_codes_of(main)) for main in MAIN_ETHNICITIES])
    level = rng.random(len(ethnicity))
    extended = (rng.random(len(ethnicity)) * counts[ethnicity]).astype(np.int64)
    item = first[ethnicity] + np.where(level < _EXTENDED, extended, 0)
    not_given = np.array([words.index(word) for word in ("UNCL", "REFU", "NOBT")])
    unclassified = ethnicity == MAIN_ETHNICITIES.index("UNCL")
    item[unclassified] = rng.choice(not_given, int(unclassified.sum()))
    item[level > 1 - _BLANK_ETHNICITY - _UNKNOWN_ETHNICITY] = words.index(_NOT_A_CODE)
    item[level > 1 - _BLANK_ETHNICITY] = len(words) - 1
    return item


@cache
def _last_years() -> Ints:
    rows = calibration("school_kinds")
    last = np.array([YEAR_GROUPS.index(row["last_year"]) for row in rows])
    return np.asarray(np.minimum(last, YEAR_GROUPS.index("13")))


def _expected_leaving(
    rng: np.random.Generator, schools: Schools, enrolments: Enrolments, academic_year: int
) -> Dates:
    """31 August after the last year that the school teaches; blank for some."""
    pupils = enrolments.pupils
    year = np.where(pupils.year == NO_YEAR_GROUP, RECEPTION, pupils.year)
    more = np.maximum(_last_years()[schools.kind[pupils.school]] - year, 0)
    august = (academic_year + 1 + more - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 8
    end = august.astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.where(rng.random(pupils.count) < _NO_EXPECTED_LEAVING, NO_DATE, end)


def _table(
    schools: Schools, enrolments: Enrolments, record: Record, rows: Ints, left: Bools
) -> pa.Table:
    pupils = enrolments.pupils
    school = pupils.school[rows]
    flag = {name: _flags(getattr(record, name)[rows]) for name in _BLANK_SHARES}
    leaving = np.where(left, record.leaving[rows], NO_DATE)
    columns = [
        chosen(FORENAMES, enrolments.forename[rows]),
        chosen(SURNAMES, enrolments.surname[rows]),
        dates(pupils.born[rows]),
        as_text(enrolments.upn[rows]),
        chosen(_SEXES, record.sex[rows], blank=len(_SEXES) - 1),
        chosen(_ethnicity_words(), record.ethnicity[rows], blank=len(_ethnicity_words()) - 1),
        flag["looked_after"],
        flag["previously_looked_after"],
        flag["sen_support"],
        flag["ehc_plan"],
        flag["fsm"],
        chosen((*YEAR_GROUPS, ""), record.year[rows], blank=len(YEAR_GROUPS)),
        pa.array(schools.urn[school], pa.int32()),
        chosen(authorities().old_codes, schools.authority[school]),
        dates(enrolments.admitted[rows]),
        dates(record.expected_leaving[rows]),
        dates(leaving),
        flag["in_need"],
        flag["protection_plan"],
    ]
    return pa.Table.from_arrays(columns, schema=PUPILS)


def _flags(positions: Ints) -> pa.Array:
    """Yes, no or blank, each in the spelling of the school."""
    unknown = positions % (_UNKNOWN + 1) == _UNKNOWN
    return chosen(_SPELLINGS, np.where(unknown, _UNKNOWN, positions), blank=_UNKNOWN)

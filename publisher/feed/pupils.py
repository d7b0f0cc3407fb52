"""The pupil records of a batch: judged, pseudonymised, stripped of what identifies.

Names are never read; the date of birth becomes the cohort and the UPN the pseudonym, here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import pyarrow as pa

from publisher.feed import values
from publisher.feed.admission import UNKNOWN_SCHOOL, Admission
from publisher.feed.chunks import BLANK, MALFORMED, Chunk, Encoded, Flags, Int32
from publisher.feed.tally import Tally, Verdicts
from publisher.feed.upns import PupilNumbers
from publisher.model.intake import BOOLEAN_CHARACTERISTICS, PUPILS_SCHEMA, STORED, RowAccount

YOUNGEST = 2
"""Years of age below which a record cannot be a pupil's."""

_FUTURE = MALFORMED + 1
_TOO_YOUNG = MALFORMED + 2
_CHARACTERISTICS: dict[str, values.Convert] = {
    "ethnicity": values.ethnicity,
    **dict.fromkeys(BOOLEAN_CHARACTERISTICS, values.yes_no),
}
_DATES = ("admission_date", "expected_leaving_date", "leaving_date")


class PupilBucket(StrEnum):
    """What can become of a pupil record."""

    STORED = STORED
    BAD_DATE = "admission or leaving date malformed"
    UNKNOWN_AUTHORITY = "local authority not known"
    TOO_YOUNG = "younger than two when the batch was received"
    BORN_LATER = "born after the batch was received"
    BAD_BIRTH = "date of birth missing or malformed"
    UNKNOWN_SCHOOL = "school not in the register"
    BAD_SCHOOL = "school number missing or malformed"
    NO_PUPIL = "no pupil number"
    ERASED = "of someone erased on request"
    REPLACED = "replaced by a later row of the same batch"


_PLACE = {bucket: place for place, bucket in enumerate(PupilBucket)}
_WITH_BIRTH = PUPILS_SCHEMA.append(pa.field("born", pa.int32()))
"""In memory only: whether a number is shared can be told from the date of birth alone."""


@dataclass(frozen=True, repr=False)
class PreparedPupils:
    """The pupil records of a batch (`PUPILS_SCHEMA`) and their account."""

    table: pa.Table
    account: RowAccount
    unreadable_values: Mapping[str, int]
    shared_numbers: int
    """Pairs of school and pupil number with records of different dates of birth."""


def prepare_pupils(
    pieces: Iterable[Chunk], admission: Admission, numbers: PupilNumbers
) -> PreparedPupils:
    """Judge, pseudonymise and sort the pupil records of a batch.

    Raises:
        BatchRefused: a file cannot be read.
    """
    tally = Tally(list(PupilBucket))
    unreadable: Counter[str] = Counter()
    parts = [_admitted(piece, admission, numbers, tally, unreadable) for piece in pieces]
    everyone = pa.concat_tables([_WITH_BIRTH.empty_table(), *parts])
    shared = _shared_numbers(everyone)
    everyone = everyone.select(PUPILS_SCHEMA.names)
    table = _last_of_each(everyone)
    tally.move(PupilBucket.REPLACED, len(everyone) - len(table))
    return PreparedPupils(table, tally.account(), dict(sorted(unreadable.items())), shared)


def _admitted(
    piece: Chunk,
    admission: Admission,
    numbers: PupilNumbers,
    tally: Tally,
    unreadable: Counter[str],
) -> pa.Table:
    school = admission.schools(piece.columns["urn"])
    cohort = _cohorts(piece.columns["date_of_birth"], admission.received.date())
    dates = {name: piece.columns[name].days(values.day) for name in _DATES}
    pupil, named = numbers.pseudonyms(piece.columns["upn"])
    verdicts = _verdicts(school, cohort, dates, named, piece.columns["la_code"])
    verdicts[admission.erased(school, pupil, named)] = _PLACE[PupilBucket.ERASED]
    tally.add(piece, verdicts)
    keep = verdicts == _PLACE[PupilBucket.STORED]
    _count_unreadable(piece, keep, unreadable)
    columns = {
        "urn": pa.array(admission.urns[school[keep]]),
        "pupil": pa.array(pupil[keep]),
        "cohort": pa.array(cohort[keep].astype(np.int16)),
        "sex": _taken(piece.columns["sex"], values.sex, keep, pa.string()),
        "ethnicity": _ethnicity(piece.columns["ethnicity"], keep),
        "year_group": _taken(piece.columns["year_group"], values.text, keep, pa.string()),
        **{
            name: _taken(piece.columns[name], _or_none(values.yes_no), keep, pa.bool_())
            for name in BOOLEAN_CHARACTERISTICS
        },
        **{name: _dates(dates[name][keep]) for name in ("admission_date", "leaving_date")},
        "born": pa.array(piece.columns["date_of_birth"].days(values.day)[keep]),
    }
    return pa.table(columns, schema=_WITH_BIRTH)


def _verdicts(
    school: Int32,
    cohort: Int32,
    dates: Mapping[str, Int32],
    named: Flags,
    authority: Encoded,
) -> Verdicts:
    bad_date = np.any([days == MALFORMED for days in dates.values()], axis=0)
    verdicts = np.zeros(len(school), np.uint8)  # of several reasons, the last one counts
    for bucket, applies in (
        (PupilBucket.BAD_DATE, bad_date),
        (PupilBucket.UNKNOWN_AUTHORITY, ~authority.flags(_known_authority)),
        (PupilBucket.TOO_YOUNG, cohort == _TOO_YOUNG),
        (PupilBucket.BORN_LATER, cohort == _FUTURE),
        (PupilBucket.BAD_BIRTH, (cohort == BLANK) | (cohort == MALFORMED)),
        (PupilBucket.UNKNOWN_SCHOOL, school == UNKNOWN_SCHOOL),
        (PupilBucket.BAD_SCHOOL, (school == BLANK) | (school == MALFORMED)),
        (PupilBucket.NO_PUPIL, ~named),
    ):
        verdicts[applies] = _PLACE[bucket]
    return verdicts


def _cohorts(column: Encoded, received: date) -> Int32:
    """Each row's cohort, or what is wrong with its date of birth."""

    def cohort(value: object) -> int | None:
        born = values.day(value)
        if born is None:
            return None
        if born > received:
            return _FUTURE
        return values.cohort(born) if values.age(born, received) >= YOUNGEST else _TOO_YOUNG

    return column.numbers(cohort)


def _known_authority(value: object) -> bool:
    try:
        return values.authority(value) is not None
    except ValueError:
        return False


def _ethnicity(column: Encoded, keep: Flags) -> pa.Array:
    codes = _taken(column, _or_none(values.ethnicity), keep, pa.string())
    return codes.fill_null(values.UNKNOWN_ETHNICITY)


def _count_unreadable(piece: Chunk, keep: Flags, unreadable: Counter[str]) -> None:
    """Count the characteristics that are not understood; they become unknown, the row stays."""
    for name, convert in _CHARACTERISTICS.items():
        column = piece.columns[name]
        count = int(np.count_nonzero(column.flags(_fails(convert))[keep]))
        if count:
            unreadable[name] += count


def _fails(convert: values.Convert) -> Callable[[object], bool]:
    def fails(value: object) -> bool:
        try:
            convert(value)
        except ValueError:
            return True
        return False

    return fails


def _or_none(convert: values.Convert) -> values.Convert:
    fails = _fails(convert)
    return lambda value: None if fails(value) else convert(value)


def _taken(column: Encoded, convert: values.Convert, keep: Flags, kind: pa.DataType) -> pa.Array:
    distinct = pa.array([convert(value) for value in column.values], kind)
    return distinct.take(pa.array(column.codes[keep]))


def _dates(days: Int32) -> pa.Array:
    return pa.array(days, pa.int32(), mask=days == BLANK).cast(pa.date32())


def _shared_numbers(everyone: pa.Table) -> int:
    """How many pupils of a school have records with different dates of birth."""
    births = everyone.group_by(["urn", "pupil"]).aggregate([("born", "min"), ("born", "max")])
    return int(np.count_nonzero(births["born_min"].to_numpy() != births["born_max"].to_numpy()))


def _last_of_each(everyone: pa.Table) -> pa.Table:
    """The last row per (urn, pupil), in order of (urn, pupil)."""
    urn, pupil = (everyone.column(name).to_numpy() for name in ("urn", "pupil"))
    order = np.lexsort((np.arange(len(urn)), pupil, urn))
    urn, pupil = urn[order], pupil[order]
    if not len(order):
        return everyone
    last = np.append((urn[1:] != urn[:-1]) | (pupil[1:] != pupil[:-1]), True)
    return everyone.take(pa.array(order[last])).combine_chunks()

"""Turns the marks of a block into the rows of each batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from publisher.synthetic.arrays import Bools, Dates, Ints, Ints32, Letters, Small
from publisher.synthetic.batching import BatchPlan
from publisher.synthetic.codes import BLANK, CODES
from publisher.synthetic.corrections import Corrections
from publisher.synthetic.diary import MOST_LATE
from publisher.synthetic.registers import Marks
from publisher.synthetic.tables import MARKS

_CODE_WORDS = pa.array(CODES)


def mark_tables(
    urn: Ints,
    person: Ints,
    upn: pa.Array,
    days: Dates,
    marks: Marks,
    *,
    arrive: Small,
    corrections: Corrections,
    batches: BatchPlan,
) -> Iterator[tuple[int, pa.Table]]:
    """The rows of each batch, in order: (batch, table); batches without rows are left out.

    A pupil and day with a mark is one row; a correction is one row more, in its own batch.

    Args:
        urn: URN of the school of each enrolment.
        person: position of the pupil of each enrolment in `upn`.
        upn: numbers of the pupils, all different: the dictionary of the column as it is written,
            in which a repeated value would spoil the file.
        days: the weekdays of the feed.
        marks: mornings and afternoons, enrolments x weekdays.
        arrive: enrolments x weekdays, the batch that each day arrives in.
        corrections: what later batches put right.
        batches: the batches of the feed.
    """
    for batch in range(batches.count):
        window = _window(batches, batch)
        rows, day, morning, afternoon = _arriving(marks, arrive, batch, window)
        due = corrections.batch == batch
        if not len(rows) and not due.any():
            continue
        row = np.concatenate([rows, corrections.row[due].astype(np.int32)])
        when = days[np.concatenate([day, corrections.day[due].astype(np.int32)])]
        halves = (
            np.concatenate([morning, corrections.morning[due]]),
            np.concatenate([afternoon, corrections.afternoon[due]]),
        )
        people = pa.array(person.astype(np.int32)[row])
        yield batch, _table(urn.astype(np.int32)[row], people, upn, when, halves)


def _table(
    urn: Ints32, people: pa.Array, upn: pa.Array, when: Dates, halves: tuple[Letters, Letters]
) -> pa.Table:
    columns = [
        pa.array(urn, pa.int32()),
        pa.DictionaryArray.from_arrays(people, upn, safe=False),
        pa.array(when),
        *map(_codes, halves),
    ]
    return pa.Table.from_arrays(columns, schema=MARKS)


def _window(batches: BatchPlan, batch: int) -> slice:
    """The weekdays that a batch can carry: its own and those of schools that are late."""
    carried = np.flatnonzero((batches.of_day <= batch) & (batches.of_day >= batch - MOST_LATE))
    return slice(int(carried[0]), int(carried[-1]) + 1)


def _arriving(
    marks: Marks, arrive: Small, batch: int, window: slice
) -> tuple[Ints32, Ints32, Letters, Letters]:
    morning, afternoon = (half[:, window] for half in marks)
    here: Bools = (arrive[:, window] == batch) & ((morning | afternoon) != BLANK)
    rows = np.repeat(np.arange(len(here), dtype=np.int32), here.sum(axis=1))
    columns = np.arange(window.start, window.stop, dtype=np.int32)
    day = np.broadcast_to(columns, here.shape)[here]
    return rows, day, morning[here], afternoon[here]


def _codes(numbers: Letters) -> pa.Array:
    """Code numbers -> register codes, blank where there is no mark."""
    blank = numbers == BLANK
    mask = blank if blank.any() else None
    indices = pa.array(numbers.astype(np.int8), pa.int8(), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, _CODE_WORDS, safe=False)

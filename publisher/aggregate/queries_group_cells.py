"""The published counts of groups of pupils, below those of all pupils."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from publisher.model.breakdowns import BREAKDOWN
from publisher.model.definitions import (
    AbsenteeMeasure,
    DataSet,
    EnrolmentMeasure,
    Measure,
    SchoolMeasure,
    SessionMeasure,
)
from publisher.reference.codes import codes_in, possible_codes

_MEAN = "(2 * {sum} + rows.days) // (2 * rows.days)"
MEAN_ENROLMENTS = _MEAN.format(sum="rows.enrolment_days")
"""Mean over the days on which the row's area has a row, half away from zero."""


def with_groups(data_set: DataSet, of_all: Sequence[str], key: str, shown: str) -> str:
    """The counts of all pupils and, after them in each row, those of each group of pupils.

    Args:
        data_set: its measures must all be known by group (`group_problem`).
        of_all: a SELECT of the rows of all pupils, with their `position` and an `item` before all
            others last; none where the data set does not show them.
        key: the columns of `ROW_KEY`.
        shown: the condition that rows belong to the data set.
    """
    names = ", ".join(f'"{each.name}"' for each in data_set.measures)
    columns = ",\n    ".join(f'{_count(each)} AS "{each.name}"' for each in data_set.measures)
    of_groups = f"""SELECT {key}, promised.{BREAKDOWN},
    {columns}, rows.position, promised.item
FROM open_rows AS rows
JOIN promised_items AS promised
    ON promised.kind = rows.kind AND promised.data_set = '{data_set.name}'
LEFT JOIN {_table(data_set)} AS items
    ON items.position = rows.position AND items.item = promised.item
LEFT JOIN rows_with_counts AS supplied ON supplied.period = rows.period
    AND supplied.location = rows.location AND supplied.education_phase = rows.education_phase
WHERE {shown}"""
    parts = "\nUNION ALL\n".join([*of_all, of_groups])
    return f"""SELECT location, education_phase, period, {BREAKDOWN}, {names}
FROM (
{parts}
) AS cells
ORDER BY position, item"""


def group_problem(data_set: DataSet, measure: Measure) -> str:
    """Why a measure cannot be counted for groups of pupils; '' if it can, or need not be."""
    if not data_set.breakdowns:
        return ""
    if isinstance(measure, SchoolMeasure):
        return f"'{measure.name}' counts schools, which no group of pupils has"
    if isinstance(measure, SessionMeasure) and measure.codes not in _columns().values():
        return f"'{measure.name}' is not known by group of pupils; absences are"
    if len({isinstance(each, AbsenteeMeasure) for each in data_set.measures}) > 1:
        return "absentees and sessions of groups of pupils need a data set each"
    return ""


def _table(data_set: DataSet) -> str:
    absentees = isinstance(data_set.measures[0], AbsenteeMeasure)
    return "item_absentees" if absentees else "row_items"


def _count(measure: Measure) -> str:
    return f"CASE WHEN supplied.period IS NULL THEN {_known(measure)} END"


def _known(measure: Measure) -> str:
    match measure:
        case SessionMeasure():
            return f"COALESCE({_sum_of(measure)}, 0)"
        case AbsenteeMeasure():
            return f'COALESCE(items."{measure.name}", 0)'
        case EnrolmentMeasure():
            return _MEAN.format(sum="COALESCE(items.enrolment_days, 0)")
        case SchoolMeasure():
            raise TypeError(measure.name)
        case _:
            assert_never(measure)


def _sum_of(measure: SessionMeasure) -> str:
    return next(column for column, codes in _columns().items() if codes == measure.codes)


def _columns() -> dict[str, frozenset[str]]:
    authorised, unauthorised = codes_in("authorised absence"), codes_in("unauthorised absence")
    return {
        "items.possible": possible_codes(),
        "items.authorised": authorised,
        "items.unauthorised": unauthorised,
        "items.authorised + items.unauthorised": authorised | unauthorised,
    }

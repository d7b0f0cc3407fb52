"""The answers of a release: the counts of its data sets, and who stands behind each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.groups import groups_of
from publisher.aggregate.queries_counts import supply
from publisher.aggregate.queries_evidence import evidence_select, is_shown
from publisher.aggregate.queries_group_cells import MEAN_ENROLMENTS, with_groups
from publisher.aggregate.queries_group_evidence import group_evidence
from publisher.aggregate.queries_rows import census_pupils
from publisher.model.breakdowns import BREAKDOWN, TOTAL
from publisher.model.definitions import (
    AbsenteeMeasure,
    CountedUnit,
    DataSet,
    EnrolmentMeasure,
    Measure,
    SchoolCount,
    SchoolMeasure,
    SessionMeasure,
)
from publisher.model.phases import EDUCATION_PHASES

EVIDENCE = "evidence"
_ROW_JOIN = (
    "{table}.period = rows.period AND {table}.location = rows.location "
    "AND {table}.education_phase = rows.education_phase"
)


def answers(data_sets: Sequence[DataSet]) -> tuple[Step, ...]:
    """All answers that cells are made of, in order."""
    return (
        *(cells(each) for each in data_sets),
        *((evidence(data_sets),) if about_pupils(data_sets) else ()),
        *((group_evidence(),) if groups_of(data_sets) else ()),
        census_pupils(),
        supply(),
    )


def cells(data_set: DataSet) -> Step:
    """The counts of one data set: a column for each measure, a row for each row that exists.

    A data set that shows groups of pupils has a row for each group, and for all pupils if it shows
    them.
    """
    shown = is_shown(
        [(kind.value, lv.value) for kind in data_set.periods for lv in data_set.levels]
    )
    if data_set.phases != EDUCATION_PHASES:
        phases = ", ".join(f"'{each}'" for each in data_set.phases)
        shown = f"{shown} AND rows.education_phase IN ({phases})"
    key = "rows.location, rows.education_phase, rows.period"
    if data_set.breakdowns:
        whole = f"{key}, '{TOTAL}' AS {BREAKDOWN}"
        of_all = _row_cells(data_set, whole, shown, ", rows.position, -1 AS item")
        has_all = TOTAL in data_set.breakdown_keys
        text = with_groups(data_set, [of_all] if has_all else [], key, shown)
    else:
        text = f"{_row_cells(data_set, key, shown)}\nORDER BY rows.position"
    return Step(cells_name(data_set), data_set.title, text, StepKind.ANSWER)


def cells_name(data_set: DataSet) -> str:
    """Of the answer that counts a data set."""
    return f"cells_of_{data_set.name}"


def _row_cells(data_set: DataSet, key: str, shown: str, further: str = "") -> str:
    columns = ",\n    ".join(f'{_count(each)} AS "{each.name}"' for each in data_set.measures)
    tables = dict.fromkeys(table for each in data_set.measures for table in _tables(each))
    joins = "\n".join(_join(each) for each in tables)
    return f"""SELECT {key},
    {columns}{further}
FROM open_rows AS rows
{joins}
WHERE {shown}"""


def evidence(data_sets: Sequence[DataSet]) -> Step:
    """Who stands behind each row of a data set that counts pupils or sessions."""
    shown = {
        (kind.value, level.value)
        for each in about_pupils(data_sets)
        for kind in each.periods
        for level in each.levels
    }
    words = "Schools, holdings and pupils behind each row"
    return Step(EVIDENCE, words, evidence_select(sorted(shown)), StepKind.ANSWER)


def about_pupils(data_sets: Sequence[DataSet]) -> tuple[DataSet, ...]:
    """The data sets that count pupils or their sessions."""
    return tuple(
        each for each in data_sets if any(m.unit is not CountedUnit.SCHOOLS for m in each.measures)
    )


def _table(measure: Measure) -> str:
    match measure:
        case SessionMeasure():
            return "row_sessions"
        case AbsenteeMeasure():
            return "row_absentees"
        case EnrolmentMeasure():
            return "rows_with_counts"
        case SchoolMeasure(counts=SchoolCount.SUBMITTING):
            return "row_schools"
        case SchoolMeasure():
            return "row_census"
        case _:
            assert_never(measure)


def _tables(measure: Measure) -> tuple[str, ...]:
    counted = _table(measure)
    return (counted, "rows_with_counts") if isinstance(measure, AbsenteeMeasure) else (counted,)


def _count(measure: Measure) -> str:
    """Rows that exist have a count; the census may not know, nor may counts of sessions tell."""
    match measure:
        case SessionMeasure():
            return f'COALESCE(row_sessions."{measure.name}", 0)'
        case AbsenteeMeasure():
            known = f'COALESCE(row_absentees."{measure.name}", 0)'
            return f"CASE WHEN rows_with_counts.period IS NULL THEN {known} END"
        case EnrolmentMeasure():
            return f"CASE WHEN rows_with_counts.period IS NULL THEN {MEAN_ENROLMENTS} END"
        case SchoolMeasure(counts=SchoolCount.SUBMITTING):
            return "row_schools.submitting"
        case SchoolMeasure():
            return "row_census.in_census"
        case _:
            assert_never(measure)


def _join(table: str) -> str:
    if table == "row_census":
        return (
            "LEFT JOIN row_census ON row_census.location = rows.location "
            "AND row_census.education_phase = rows.education_phase"
        )
    return f"LEFT JOIN {table} ON {_ROW_JOIN.format(table=table)}"

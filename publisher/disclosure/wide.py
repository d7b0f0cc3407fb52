"""Wide files: protected figures of other data sets, laid out with one column per measure.

They are made from what is published already, so they show nothing that is not shown elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.errors import DisclosureBlocked
from publisher.model.definitions import ATTENDANCE_DATE, DataSet, Filter, Source
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.stages import STATUS_SUFFIX, ProtectedCells, ProtectedTable, ReleaseScope
from publisher.model.time import PeriodKind

_PERIOD = ("time_period", "time_identifier", "time_frame")
_KEY = (*_PERIOD, *GEOGRAPHY_COLUMNS, "education_phase")

Places = NDArray[np.intp]


def with_wide_files(protected: ProtectedCells, wide: Sequence[DataSet]) -> ProtectedCells:
    """Add the wide files of which the release has something to show.

    A column whose data set is not in the release is left out; so is a file without rows, such as
    that of a term that has not ended.

    Raises:
        DisclosureBlocked: two data sets do not have the same rows, so that they cannot be laid
            side by side.
    """
    tables = {each.data_set.name: each for each in protected.tables}
    made = (_wide_table(protected.scope, tables, each) for each in wide)
    added = tuple(each for each in made if each is not None)
    return replace(protected, tables=(*protected.tables, *added))


def _wide_table(
    scope: ReleaseScope, tables: Mapping[str, ProtectedTable], data_set: DataSet
) -> ProtectedTable | None:
    shown = _of_release(scope, tables, data_set)
    lines = {
        column: _lines(tables[source.data_set].rows, source, _frames(scope, shown))
        for column, source in shown.taken_from.items()
    }
    if not lines or not len(next(iter(lines.values()))):
        return None
    first = next(iter(shown.taken_from))
    own = tables[shown.taken_from[first].data_set].rows.iloc[lines[first]]
    _require_same_rows(shown, tables, lines, own)
    columns: dict[str, object] = {name: own[name].array for name in _dimensions(shown, own)}
    if shown.term:
        columns |= _time_of_term(scope, shown.term, len(own))
    if ATTENDANCE_DATE in shown.filter_columns:
        columns[ATTENDANCE_DATE] = _dates(scope, shown, own)
    for column, source in shown.taken_from.items():
        rows = tables[source.data_set].rows
        for ending in ("", STATUS_SUFFIX):
            values = rows[source.indicator + ending].array
            columns[column + ending] = values.take(lines[column])
    return ProtectedTable(shown, pd.DataFrame(columns))


def _time_of_term(scope: ReleaseScope, term: str, rows: int) -> dict[str, object]:
    """Academic year and term, as the platform wants them where a file holds nothing else."""
    same = np.zeros(rows, dtype=np.int8)
    words = {"time_period": scope.academic_year, "time_identifier": term}
    return {
        name: pd.Categorical.from_codes(same, categories=pd.Index([word]))
        for name, word in words.items()
    }


def _of_release(
    scope: ReleaseScope, tables: Mapping[str, ProtectedTable], data_set: DataSet
) -> DataSet:
    """The definition with the columns and the days that this release has."""
    kept = {c: source for c, source in data_set.taken_from.items() if source.data_set in tables}
    figures = {c: figure for c, figure in data_set.items[0].figures.items() if c in kept}
    return replace(
        data_set,
        filters=tuple(_with_days(scope, each) for each in data_set.filters),
        indicators=tuple(each for each in data_set.indicators if each.column in kept),
        items=(replace(data_set.items[0], figures=figures),),
        taken_from=kept,
    )


def _with_days(scope: ReleaseScope, each: Filter) -> Filter:
    if each.column != ATTENDANCE_DATE:
        return each
    periods = (period for period in scope.periods if period.kind is PeriodKind.DAY)
    days = sorted({period.first_day.isoformat() for period in periods})
    return replace(each, items=tuple(days), default=days[-1])


def _frames(scope: ReleaseScope, data_set: DataSet) -> list[str]:
    of_kind = {each.time_frame for each in scope.periods if each.kind in data_set.periods}
    named = {
        item for each in data_set.filters if each.column == "time_frame" for item in each.items
    }
    return sorted(of_kind & named if named else of_kind)


def _lines(rows: pd.DataFrame, source: Source, frames: Sequence[str]) -> Places:
    """Where a figure of these time frames stands in its data set, in published order."""
    there = rows["time_frame"].isin(frames)
    for column, item in source.filters.items():
        there &= rows[column] == item
    return np.flatnonzero(there.to_numpy(dtype=bool))


def _require_same_rows(
    data_set: DataSet,
    tables: Mapping[str, ProtectedTable],
    lines: Mapping[str, Places],
    own: pd.DataFrame,
) -> None:
    """All columns of one data set are compared with its first, that one with the file's rows."""
    key = pd.MultiIndex.from_frame(own[list(_KEY)].astype("str"))
    first: dict[str, Places] = {}
    for column, source in data_set.taken_from.items():
        known = first.get(source.data_set)
        if known is None:
            first[source.data_set] = lines[column]
            rows = tables[source.data_set].rows.iloc[lines[column]][list(_KEY)].astype("str")
            same = pd.MultiIndex.from_frame(rows).equals(key)
        else:
            apart = lines[column] - known if len(lines[column]) == len(known) else known
            items = len(tables[source.data_set].data_set.items)
            same = bool((apart == apart[0]).all()) and abs(int(apart[0])) < items
        if not same:
            raise DisclosureBlocked(
                f"the wide file '{data_set.name}' cannot be laid out: the rows of "
                f"'{source.data_set}' are not those of the other data sets",
                "Data sets of all pupils have a row for the same areas, phases and periods.",
            )


def _dimensions(data_set: DataSet, rows: pd.DataFrame) -> list[str]:
    published = ["time_period", "time_identifier", *GEOGRAPHY_COLUMNS, *data_set.filter_columns]
    return [name for name in published if name in rows]


def _dates(scope: ReleaseScope, data_set: DataSet, rows: pd.DataFrame) -> pd.Categorical[str]:
    day_of = {
        tuple(getattr(each, name) for name in _PERIOD): each.first_day.isoformat()
        for each in scope.periods
        if each.kind is PeriodKind.DAY
    }
    named = zip(*(rows[name].astype("str") for name in _PERIOD), strict=True)
    days = next(each.items for each in data_set.filters if each.column == ATTENDANCE_DATE)
    return pd.Categorical([day_of[each] for each in named], categories=pd.Index(list(days)))

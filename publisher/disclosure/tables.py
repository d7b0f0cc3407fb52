"""Lays protected figures out as the published rows: rows x items, in published order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.disclosure.figures import STATUSES, Column, Figures
from publisher.errors import DisclosureBlocked
from publisher.model.breakdowns import BREAKDOWN
from publisher.model.definitions import DataSet, IndicatorUnit
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.stages import STATUS_SUFFIX, ProtectedTable, ReleaseScope

Codes = NDArray[np.int16]


def in_published_order(
    scope: ReleaseScope, counts: pd.DataFrame, phases: Sequence[str], breakdowns: Sequence[str]
) -> pd.DataFrame:
    """The rows of `counts` by period, area, phase and, where there are any, group of pupils."""
    groups = [_codes(counts[BREAKDOWN], breakdowns)] if BREAKDOWN in counts else []
    order = np.lexsort(
        (
            *groups,
            _codes(counts["education_phase"], phases),
            _codes(counts["location"], [each.code for each in scope.locations]),
            _codes(counts["period"], sorted(each.key for each in scope.periods)),
        )
    )
    return counts.iloc[order].reset_index(drop=True)


def protected_table(scope: ReleaseScope, figures: Figures) -> ProtectedTable:
    """Every row of the data set times every item, with a status beside each figure."""
    layout = _Layout(scope, figures)
    columns = {**layout.time(), **layout.geography(), **layout.filters(), **layout.indicators()}
    return ProtectedTable(figures.data_set, pd.DataFrame(columns, copy=False))


class _Layout:
    """Repeats what belongs to a row, tiles what belongs to an item."""

    def __init__(self, scope: ReleaseScope, figures: Figures) -> None:
        self.scope = scope
        self.figures = figures
        self.data_set: DataSet = figures.data_set
        # The items of a row: all that speak of its group of pupils, the same for each group.
        keys = self.data_set.breakdown_keys
        self.of_row = [each for each in self.data_set.items if each.breakdown == keys[0]]
        self.items = len(self.of_row)
        self.periods = [scope.period(key) for key in sorted(each.key for each in scope.periods)]
        counts = figures.counts
        self.period = _codes(counts["period"], [each.key for each in self.periods])
        self.location = _codes(counts["location"], [each.code for each in scope.locations])

    def time(self) -> dict[str, pd.Categorical[str]]:
        names = ("time_period", "time_identifier")
        return {n: self._of_row([getattr(p, n) for p in self.periods], self.period) for n in names}

    def geography(self) -> dict[str, pd.Categorical[str]]:
        places = [each.columns for each in self.scope.locations]
        return {
            name: self._of_row([place[n] for place in places], self.location)
            for n, name in enumerate(GEOGRAPHY_COLUMNS)
        }

    def filters(self) -> dict[str, pd.Categorical[str]]:
        return {
            each.column: self._filter(each.column, each.items) for each in self.data_set.filters
        }

    def _filter(self, column: str, items: tuple[str, ...]) -> pd.Categorical[str]:
        if column == "education_phase":
            codes = _codes(self.figures.counts[column], items)
            return self._categorical(np.repeat(codes, self.items), items)
        if column == "time_frame":
            frames = [each.time_frame for each in self.periods]
            return self._of_row(frames, self.period, items)
        if column in self.data_set.group_columns:
            return self._groups(column, items)
        words = pd.Series([item.filters[column] for item in self.of_row])
        return self._categorical(np.tile(_codes(words, items), len(self.period)), items)

    def _groups(self, column: str, items: tuple[str, ...]) -> pd.Categorical[str]:
        keys = self.data_set.breakdown_keys
        words = [each.filters[column] for each in self.data_set.items[:: self.items]]
        return self._of_row(words, _codes(self.figures.counts[BREAKDOWN], keys), items)

    def indicators(self) -> dict[str, object]:
        dated = np.array([each.reference_date is not None for each in self.periods])[self.period]
        columns: dict[str, object] = {}
        for each in self.data_set.indicators:
            parts = [self.figures.column(item.figures[each.column], dated) for item in self.of_row]
            text = each.unit is IndicatorUnit.TEXT
            columns[each.column] = self._dates() if text else _interleaved_values(parts)
            status = np.column_stack([part.status for part in parts]).ravel().astype(np.int16)
            columns[each.column + STATUS_SUFFIX] = self._categorical(
                status, [each.value for each in STATUSES]
            )
        return columns

    def _dates(self) -> pd.Series:
        dates = [
            None if each.reference_date is None else each.reference_date.isoformat()
            for each in self.periods
        ]
        texts = pd.Series(dates, dtype="str").array
        return pd.Series(texts.take(np.repeat(self.period, self.items)))

    def _of_row(
        self, words: Sequence[str], rows: Codes, items: Sequence[str] | None = None
    ) -> pd.Categorical[str]:
        """Words by code of the row's period or area, as a categorical over all items."""
        categories = list(dict.fromkeys(words)) if items is None else list(items)
        known = {word: n for n, word in enumerate(categories)}
        # A period of another data set may have a time frame that this one does not know.
        codes = np.array([known.get(word, -1) for word in words], dtype=np.int16)[rows]
        return self._categorical(np.repeat(codes, self.items), categories)

    def _categorical(self, codes: Codes, words: Sequence[str]) -> pd.Categorical[str]:
        if codes.size and codes.min() < 0:
            raise DisclosureBlocked(
                f"the data set '{self.data_set.name}' has a row with an unknown category",
                f"Known categories: {', '.join(words)}.",
            )
        smallest = np.int8 if len(words) <= np.iinfo(np.int8).max else np.int16
        packed = codes.astype(smallest)
        return pd.Categorical.from_codes(pd.Index(packed), categories=pd.Index(list(words)))


def _interleaved_values(parts: Sequence[Column]) -> NDArray[np.float64]:
    return np.column_stack([part.values for part in parts]).ravel()


def _codes(column: pd.Series, words: Sequence[str]) -> Codes:
    found = pd.Categorical(column, categories=pd.Index(list(words))).codes.astype(np.int16)
    if (found < 0).any():
        raise DisclosureBlocked(
            f"a row has a {column.name or 'category'} that is not part of the release",
            "The scope of the release, the data sets and the rows must agree.",
        )
    return found

"""Single figures, looked up in protected tables by place, week and filter items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from publisher.errors import CheckFailed, ConfigProblem
from publisher.model.definitions import DataSet, Filter, Indicator, IndicatorUnit, Level
from publisher.model.geography import COUNTRY_NAME
from publisher.model.stages import STATUS_SUFFIX, ProtectedTable, ReleaseScope
from publisher.model.status import CellStatus
from publisher.model.time import WEEKDAYS, IsoWeek, PeriodKind
from publisher.render.rounding import in_words
from publisher.render.symbols import SYMBOLS, read_status, shown_symbol


@dataclass(frozen=True)
class Figure:
    """One published figure: a number, or the reason why there is none."""

    value: float | None
    status: CellStatus
    unit: IndicatorUnit
    decimals: int

    @property
    def words(self) -> str:
        """As people read it: `4.8%`, `12,340`, `[c]`."""
        symbol = shown_symbol(self.status)
        if symbol is not None:
            return symbol
        return in_words(self.number, self.decimals) + self.unit.value

    @property
    def meaning(self) -> str:
        """What the symbol says; empty where a number is shown."""
        return SYMBOLS[self.status].meaning if self.status in SYMBOLS else ""

    @property
    def number(self) -> float:
        """The number of a figure that is shown.

        Raises:
            CheckFailed: the figure is not shown, so nothing may be said about its size.
        """
        if self.value is None or self.status is not CellStatus.SHOWN:
            raise CheckFailed("a sentence was made of a figure that is not shown")
        return self.value

    @property
    def shown(self) -> bool:
        """Whether there is a number to speak of."""
        return self.status is CellStatus.SHOWN


@dataclass(frozen=True, order=True)
class Week:
    """A week that the release covers, and the words that its rows carry."""

    iso: IsoWeek
    time_period: str
    time_identifier: str

    @property
    def title(self) -> str:
        """For the middle of a sentence: `week 45`."""
        return self.time_identifier[:1].lower() + self.time_identifier[1:]


def weeks(scope: ReleaseScope) -> tuple[Week, ...]:
    """The weeks of the year so far, oldest first.

    Raises:
        CheckFailed: the release's own week is not the last of them.
    """
    found = sorted(
        Week(IsoWeek.containing(each.first_day), each.time_period, each.time_identifier)
        for each in scope.periods
        if each.kind is PeriodKind.WEEK
    )
    if not found or found[-1].iso != scope.week:
        raise CheckFailed(
            f"the periods of the release do not end with {scope.week}",
            "The pages are about the latest week; look at how the periods were chosen.",
        )
    return tuple(found)


class FigureBook:
    """One data set's figures for England and its regions, by week and year to date.

    Daily rows and local authorities are left out: they are in the files, not on the pages.
    """

    def __init__(self, table: ProtectedTable, percent_decimals: int) -> None:
        self.data_set = table.data_set
        self._decimals = percent_decimals
        self._rows = _narrowed(table)
        self._positions = _positions(self._rows, table.data_set)

    def figure(
        self, column: str, week: Week, filters: Mapping[str, str], place: str = COUNTRY_NAME
    ) -> Figure | None:
        """The figure in `column` for a place, a week and filter items; None where no row is.

        `filters` names the phase, the time frame and as many other items as single one out.

        Raises:
            ConfigProblem: the data set has no such column, or the items do not single out one.
        """
        indicator = _indicator(self.data_set, column)
        items = completed(self.data_set, filters)
        key = (place, week.time_period, week.time_identifier, *items)
        if key not in self._positions:
            return None
        row = self._rows.iloc[self._positions[key]]
        status = read_status(row[column + STATUS_SUFFIX])
        value = float(row[column]) if status is CellStatus.SHOWN else None
        return Figure(value, status, indicator.unit, self._places(indicator))

    def _places(self, indicator: Indicator) -> int:
        percent = indicator.unit is IndicatorUnit.PERCENT
        return self._decimals if percent else indicator.decimal_places


def completed(data_set: DataSet, filters: Mapping[str, str]) -> tuple[str, ...]:
    """The item of every filter column, in published order, that `filters` singles out.

    Raises:
        ConfigProblem: a column or an item is unknown, or several items fit.
    """
    unknown = sorted(set(filters) - set(data_set.filter_columns))
    if unknown:
        raise ConfigProblem(
            f"{data_set.name} has no filter {unknown[0]}",
            f"Its filters: {', '.join(data_set.filter_columns)}.",
        )
    fitting = [
        each.filters
        for each in data_set.items
        if all(filters.get(column, item) == item for column, item in each.filters.items())
    ]
    if len(fitting) != 1:
        words = ", ".join(f"{column} {item}" for column, item in filters.items())
        raise ConfigProblem(
            f"{data_set.name} has {len(fitting)} items for: {words}",
            "Name items as `publisher describe` lists them, and enough of them to mean one.",
        )
    return tuple(_item(each, {**filters, **fitting[0]}) for each in data_set.filters)


def _item(each: Filter, chosen: Mapping[str, str]) -> str:
    item = chosen.get(each.column, each.default)
    if item not in each.items:
        raise ConfigProblem(
            f"filter {each.column} has no item {item}", f"Its items: {', '.join(each.items)}."
        )
    return item


def _indicator(data_set: DataSet, column: str) -> Indicator:
    for each in data_set.indicators:
        if each.column == column:
            return each
    raise ConfigProblem(
        f"{data_set.name} has no indicator {column}",
        f"Its indicators: {', '.join(data_set.indicator_columns)}.",
    )


def is_any(rows: pd.DataFrame, column: str, items: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Which rows have one of `items` in a column of categories; fast on millions of rows."""
    values = rows[column].array
    if not isinstance(values, pd.Categorical):
        raise CheckFailed(
            f"column {column} is not made of categories",
            "Look at the stage that protects figures; nothing was published.",
        )
    wanted = np.isin(np.asarray(values.categories.astype(str)), list(items))
    found: npt.NDArray[np.bool_] = np.append(wanted, False)[values.codes]  # -1, a gap, is the last
    return found


def _narrowed(table: ProtectedTable) -> pd.DataFrame:
    rows = table.rows
    wanted = is_any(rows, "geographic_level", (Level.NATIONAL.value, Level.REGIONAL.value))
    return rows[wanted & ~is_any(rows, "time_frame", WEEKDAYS)]


def _positions(rows: pd.DataFrame, data_set: DataSet) -> dict[tuple[str, ...], int]:
    region = rows["region_name"].astype(str)
    place = region.where(region != "", COUNTRY_NAME)
    columns = ("time_period", "time_identifier", *data_set.filter_columns)
    keys = zip(place, *(rows[column].astype(str) for column in columns), strict=True)
    positions = {key: position for position, key in enumerate(keys)}
    if len(positions) != len(rows):
        raise CheckFailed(
            f"{data_set.name} has several rows for the same place, period and items",
            "Look at the stage that protects figures; nothing was published.",
        )
    return positions

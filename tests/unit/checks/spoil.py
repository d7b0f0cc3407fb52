"""Ways to spoil finished files, one per check: each is what the check exists to find."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tests.unit.checks.files import Files

Spoil = Callable[[Files], None]


def name(data: str = "", meta: str = "") -> Spoil:
    def spoil(files: Files) -> None:
        files.data_name, files.meta_name = data, meta

    return spoil


def cell(
    column: str, value: str, where: Callable[[pd.DataFrame], pd.Series] | None = None
) -> Spoil:
    """Put `value` into one cell of the data file: the first row, or the first that fits."""

    def spoil(files: Files) -> None:
        rows = files.data.index if where is None else files.data.index[where(files.data)]
        files.data.loc[rows[0], column] = value

    return spoil


def cells(column: str, value: str, where: Callable[[pd.DataFrame], pd.Series]) -> Spoil:
    def spoil(files: Files) -> None:
        files.data.loc[where(files.data), column] = value

    return spoil


def meta(col_name: str, column: str, value: str) -> Spoil:
    def spoil(files: Files) -> None:
        files.meta.loc[files.meta.col_name == col_name, column] = value

    return spoil


def add_column(column: str, value: str, where: Callable | None = None) -> Spoil:
    """A column of the data file with `value` in one row (or where told), blank elsewhere."""

    def spoil(files: Files) -> None:
        files.data[column] = ""
        if where is None:
            files.data.loc[0, column] = value
        else:
            files.data.loc[where(files.data), column] = value

    return spoil


def add_filter(column: str, items: list[str], **about: str) -> Spoil:
    """A further filter, in both files."""

    def spoil(files: Files) -> None:
        files.data[column] = [items[n % len(items)] for n in range(len(files.data))]
        row = dict.fromkeys(files.meta.columns, "")
        row |= {
            "col_name": column,
            "col_type": "Filter",
            "label": column,
            "filter_default": items[0],
        }
        row |= about
        files.meta = pd.concat([files.meta, pd.DataFrame([row])], ignore_index=True)

    return spoil


def add_indicator(column: str, value: str, **about: str) -> Spoil:
    def spoil(files: Files) -> None:
        files.data[column] = value
        row = dict.fromkeys(files.meta.columns, "")
        row |= {"col_name": column, "col_type": "Indicator", "label": column, "indicator_dp": "0"}
        files.meta = pd.concat([files.meta, pd.DataFrame([row | about])], ignore_index=True)

    return spoil


def group(of: str, column: str, items: list[str]) -> Spoil:
    """A column that groups the filter `of`."""

    def spoil(files: Files) -> None:
        files.data[column] = [items[n % len(items)] for n in range(len(files.data))]
        files.meta.loc[files.meta.col_name == of, "filter_grouping_column"] = column

    return spoil


def without(column: str) -> Spoil:
    def spoil(files: Files) -> None:
        files.data = files.data.drop(columns=[column])

    return spoil


def without_meta(column: str) -> Spoil:
    def spoil(files: Files) -> None:
        files.meta = files.meta.drop(columns=[column])

    return spoil


def without_rows(where: Callable[[pd.DataFrame], pd.Series]) -> Spoil:
    def spoil(files: Files) -> None:
        files.data = files.data[~where(files.data)].reset_index(drop=True)

    return spoil


def without_meta_row(col_name: str) -> Spoil:
    def spoil(files: Files) -> None:
        files.meta = files.meta[files.meta.col_name != col_name].reset_index(drop=True)

    return spoil


def renamed(old: str, new: str) -> Spoil:
    """Another name for a column, in both files."""

    def spoil(files: Files) -> None:
        files.data = files.data.rename(columns={old: new})
        files.meta = files.meta.replace({"col_name": {old: new}})

    return spoil


def both(*spoils: Spoil) -> Spoil:
    def spoil(files: Files) -> None:
        for each in spoils:
            each(files)

    return spoil


def swapped(column: str, one: str, other: str) -> Spoil:
    """Exchange two items of a filter."""

    def spoil(files: Files) -> None:
        files.data[column] = files.data[column].replace({one: other, other: one})

    return spoil


def many_items(files: Files) -> None:
    """A filter with more items than the platform takes."""
    files.data = pd.concat([files.data] * 3, ignore_index=True)
    add_filter("weather", ["Total", *(f"Day {n}" for n in range(30_000))])(files)


def twice(files: Files) -> None:
    """The first row stands twice."""
    files.data = pd.concat([files.data, files.data.iloc[[0]]], ignore_index=True)


def authority(data: pd.DataFrame) -> pd.Series:
    return data.geographic_level == "Local authority"


def region(data: pd.DataFrame) -> pd.Series:
    return data.geographic_level == "Regional"


def nation(data: pd.DataFrame) -> pd.Series:
    return data.geographic_level == "National"


def of(**wanted: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Rows with these cells."""

    def where(data: pd.DataFrame) -> pd.Series:
        match = pd.Series(data=True, index=data.index)
        for column, value in wanted.items():
            match &= data[column] == value
        return match

    return where


def added(column: str, amount: int, where: Callable[[pd.DataFrame], pd.Series]) -> Spoil:
    """Add to the first shown count that fits."""

    def spoil(files: Files) -> None:
        shown = files.data[column].str.fullmatch(r"\d+") & where(files.data)
        row = files.data.index[shown][0]
        files.data.loc[row, column] = str(int(files.data.loc[row, column]) + amount)

    return spoil

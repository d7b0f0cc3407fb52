"""Rules about which rows there are: complete, unique, in known places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from publisher.checks.cube import PERIOD_COLUMNS, ROW_COLUMNS, Cube, Mask
from publisher.checks.tally import Tally
from publisher.model.definitions import Level
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.time import WEEK, WEEKDAYS, YEAR_TO_DATE
from publisher.reference.areas import locations


def rows_unique(cube: Cube) -> Tally:
    """No two lines have the same period, place and filter items."""
    return Tally.of(cube.lines > 1, cube.lines > 0)


def every_item(
    cube: Cube, items: Sequence[dict[str, str]], frames: Sequence[Sequence[str]] = ()
) -> Tally:
    """Every place, phase and period has a line for each item of the definition and no other.

    `frames`: for each item the time frames that have it; without it all have.
    """
    wanted = [tuple(sorted(item.items())) for item in items]
    present = [tuple(sorted(item.items())) for item in cube.items.to_dict("records")]
    frame = cube.rows["time_frame"]
    shown = [each for each in frames if set(each) & set(frame)] if frames else items
    expected = {item for n, item in enumerate(wanted) if not frames or frames[n] in shown}
    if set(present) != expected:
        return Tally(len(cube.rows), len(cube.rows))
    due = np.ones(cube.lines.shape, dtype=bool)
    if frames:
        places: dict[Any, int] = {item: n for n, item in enumerate(wanted)}
        for place, item in enumerate(present):
            due[:, place] = frame.isin(list(frames[places[item]])).to_numpy()
    return Tally.of(((cube.lines == 0) == due).any(axis=1))


def nothing_blank(cube: Cube, may_be_blank: Collection[str]) -> Tally:
    """Every period, place and filter column is filled, but for codes of levels below a row's."""
    columns = [name for name in ROW_COLUMNS if name not in may_be_blank]
    blank = (cube.rows[columns] == "").any(axis=1).to_numpy()
    blank_item = (cube.items == "").any(axis=1).to_numpy()
    return Tally.of(blank[:, None] | blank_item[None, :], cube.lines > 0)


def locations_known(cube: Cube) -> Tally:
    """Every place is in the list of areas, with its own name, codes and region."""
    known = {place.columns for place in locations()}
    places = cube.rows[list(GEOGRAPHY_COLUMNS)].itertuples(index=False, name=None)
    return Tally.of(np.array([place not in known for place in places], dtype=bool))


def locations_complete(cube: Cube, codes: Collection[str]) -> Tally:
    """Every place of the release has at least one row."""
    missing = set(codes) - set(cube.rows["location"])
    return Tally(len(set(codes)), len(missing))


def totals_present(cube: Cube, total: str, levels: Collection[str]) -> Tally:
    """At these levels, a place that has a row for a phase has one for all schools."""
    rows = cube.rows[cube.rows_where(geographic_level=levels)]
    keys = [*PERIOD_COLUMNS, "location"]
    has_total = (rows["education_phase"] == total).groupby([rows[key] for key in keys])
    return Tally.of(~has_total.transform("any").to_numpy(dtype=bool))


def areas_present(cube: Cube) -> Tally:
    """A period either has no row above the authorities, or all that its authorities call for.

    National and regional rows are left out together, for whole periods (method, section 7).
    """
    rows = cube.rows
    above = rows["geographic_level"] != Level.LOCAL_AUTHORITY.value
    with_above = rows[list(PERIOD_COLUMNS)].merge(
        rows.loc[above, list(PERIOD_COLUMNS)].drop_duplicates(), how="left", indicator=True
    )
    expected = (with_above["_merge"] == "both").to_numpy()
    present = set(_keys(rows, "location"))
    nation = _missing(rows, "country_code", present)
    region = _missing(rows, "region_code", present) & (rows["region_code"] != "").to_numpy()
    return Tally.of((nation | region) & expected)


def _keys(rows: pd.DataFrame, place: str) -> list[tuple[str, ...]]:
    columns = [*PERIOD_COLUMNS, "education_phase", place]
    return list(rows[columns].itertuples(index=False, name=None))


def _missing(rows: pd.DataFrame, place: str, present: set[tuple[str, ...]]) -> Mask:
    return np.array([key not in present for key in _keys(rows, place)], dtype=bool)


def longer_periods_present(cube: Cube) -> Tally:
    """A place with a daily row has that week's row, and one with a weekly row a year to date."""
    rows = cube.rows
    who = ["location", "education_phase"]
    week = [*who, "time_period", "time_identifier"]
    weekly = _set(rows[rows["time_frame"] == WEEK], week)
    yearly = _set(rows[rows["time_frame"] == YEAR_TO_DATE], who)
    is_day = rows["time_frame"].isin(WEEKDAYS).to_numpy()
    is_week = (rows["time_frame"] == WEEK).to_numpy()
    lacks_week = np.array([key not in weekly for key in _tuples(rows, week)], dtype=bool)
    lacks_year = np.array([key not in yearly for key in _tuples(rows, who)], dtype=bool)
    return Tally.of((is_day & lacks_week) | (is_week & lacks_year))


def _tuples(rows: pd.DataFrame, columns: Sequence[str]) -> list[tuple[str, ...]]:
    return list(rows[list(columns)].itertuples(index=False, name=None))


def _set(rows: pd.DataFrame, columns: Sequence[str]) -> set[tuple[str, ...]]:
    return set(_tuples(rows, columns))

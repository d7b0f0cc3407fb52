"""Wide files repeat protected figures, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.catalogue import WIDE_FILES
from publisher.catalogue.wide import DAILY, TERM_FILES, WEEKLY, YEAR_TO_DATE_FILE
from publisher.disclosure.wide import with_wide_files
from publisher.errors import DisclosureBlocked
from publisher.model.stages import STATUS_SUFFIX, ProtectedCells, ProtectedTable
from publisher.model.status import CellStatus
from publisher.model.time import WEEKDAYS
from tests.unit.checks.world import protected, world


@pytest.fixture(scope="module")
def cells() -> ProtectedCells:
    return protected(world())


def counted_alone(cells: ProtectedCells, *names: str) -> ProtectedCells:
    return replace(cells, tables=tuple(e for e in cells.tables if e.data_set.name in names))


def table(cells: ProtectedCells, name: str) -> ProtectedTable:
    return with_wide_files(cells, WIDE_FILES).table(name)


def test_one_row_for_each_area_phase_and_period(cells: ProtectedCells) -> None:
    schools = cells.table("schools_submitting").rows["time_frame"].astype(str)
    assert len(table(cells, "weekly").rows) == (schools == "Week").sum()
    assert len(table(cells, "daily").rows) == schools.isin(WEEKDAYS).sum()
    assert len(table(cells, "year_to_date").rows) == (schools == "Year to date").sum()


def test_what_is_withheld_is_withheld_in_every_column_about_pupils(cells: ProtectedCells) -> None:
    rows = table(cells, "weekly").rows
    about_pupils = [name for name in WEEKLY.taken_from if not name.startswith("school_")]
    withheld = rows[[f"{name}{STATUS_SUFFIX}" for name in about_pupils]] == CellStatus.WITHHELD
    assert withheld.any().all()
    assert (withheld.any(axis=1) == withheld.all(axis=1)).all()
    assert rows.loc[withheld.any(axis=1), about_pupils].isna().all(axis=None)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**16), column=st.sampled_from(sorted(DAILY.taken_from)))
def test_every_figure_is_that_of_its_item_in_its_order(seed: int, column: str) -> None:
    cells = protected(world(authorities=3, weeks=2, seed=seed))
    source = DAILY.taken_from[column]
    rows = cells.table(source.data_set).rows
    for name, item in {**source.filters}.items():
        rows = rows[rows[name] == item]
    rows = rows[rows["time_frame"].isin(WEEKDAYS)]
    found = table(cells, "daily").rows
    for ending in ("", STATUS_SUFFIX):
        mine, theirs = found[column + ending], rows[source.indicator + ending]
        assert [str(each) for each in mine] == [str(each) for each in theirs]


def test_a_day_is_the_filter_of_daily_rows(cells: ProtectedCells) -> None:
    daily = table(cells, "daily")
    dates = daily.data_set.filters[1]
    assert dates.items == tuple(sorted(set(daily.rows["attendance_date"])))
    assert dates.default == dates.items[-1]
    assert "time_frame" not in daily.rows


def test_columns_of_data_sets_that_are_not_in_the_release_are_left_out(
    cells: ProtectedCells,
) -> None:
    autumn = counted_alone(cells, "attendance_reasons", "schools_submitting")
    made = with_wide_files(autumn, WIDE_FILES)
    names = [each.data_set.name for each in made.tables]
    assert names == ["attendance_reasons", "schools_submitting", "daily", "weekly", "year_to_date"]
    columns = made.table("year_to_date").data_set.indicator_columns
    assert columns == WEEKLY.indicator_columns
    assert set(YEAR_TO_DATE_FILE.indicator_columns) - set(columns) == {
        *TERM_FILES[0].indicator_columns
    }


def test_a_term_without_rows_has_no_file(cells: ProtectedCells) -> None:
    names = {each.data_set.name for each in with_wide_files(cells, WIDE_FILES).tables}
    assert not names & {each.name for each in TERM_FILES}


def test_data_sets_with_different_rows_are_not_laid_side_by_side(cells: ProtectedCells) -> None:
    schools = cells.table("schools_submitting")
    fewer = replace(schools, rows=schools.rows.iloc[np.arange(len(schools.rows)) != 7])
    tables = [fewer if each is schools else each for each in cells.tables]
    with pytest.raises(DisclosureBlocked, match="cannot be laid out"):
        with_wide_files(replace(cells, tables=tuple(tables)), WIDE_FILES)

"""The reviewer's page of what is withheld and why."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from publisher.model.reasons import BECAUSE, TO_PROTECT
from publisher.model.stages import ProtectedCells
from publisher.render.content_tables import Table
from publisher.render.content_withheld import Withheld, withheld
from tests.unit.render.pages_release import checked_release, write_release


@pytest.fixture(scope="module")
def protected() -> ProtectedCells:
    return checked_release(authorities=12).protected


@pytest.fixture(scope="module")
def found(protected: ProtectedCells) -> Withheld:
    return withheld(protected)


def _numbers(table: Table, column: str) -> dict[str, int]:
    at = table.columns.index(column) - 1
    return {row.header: int(row.cells[at].words.replace(",", "")) for row in table.rows}


def test_every_withheld_row_is_counted_once_in_each_table(
    protected: ProtectedCells, found: Withheld
) -> None:
    hidden = len(protected.withheld)
    for table in (found.by_area, found.by_period):
        assert sum(_numbers(table, "Withheld").values()) == hidden
        assert sum(_numbers(table, "Rows").values()) == len(protected.reasons)
        reasons = ("Dominance", "Few schools", "One trust", "To protect others")
        assert sum(sum(_numbers(table, each).values()) for each in reasons) == hidden
    assert found.summary.startswith(f"{hidden:,} of {len(protected.reasons):,} rows")


def test_reasons_are_those_of_the_rows(protected: ProtectedCells, found: Withheld) -> None:
    rows = protected.reasons
    names = {each.code: each.name for each in protected.scope.locations}
    counted = rows[rows[BECAUSE] == TO_PROTECT]["location"].map(names).value_counts()
    shown = _numbers(found.by_area, "To protect others")
    assert {name: count for name, count in shown.items() if count} == counted.to_dict()


def test_each_region_stands_before_its_authorities(
    protected: ProtectedCells, found: Withheld
) -> None:
    order = [row.header for row in found.by_area.rows]
    assert order[0] == "England"
    for place in protected.scope.locations:
        if place.region_name and place.name != place.region_name:
            assert order.index(place.region_name) < order.index(place.name)


def test_the_map_says_the_same_as_the_table(found: Withheld) -> None:
    assert found.map is not None
    withheld_rows, rows = (_numbers(found.by_area, each) for each in ("Withheld", "Rows"))
    for hexagon in found.map.drawing.hexagons:
        name, words = hexagon.name.split(": ", 1)
        assert words.startswith(f"{withheld_rows[name]:,} of {rows[name]:,} rows withheld")
        assert (hexagon.category == "No row withheld") == (withheld_rows[name] == 0)
    assert sum(count for _, count in found.map.counts) == len(found.map.drawing.hexagons)


def test_rows_of_the_latest_week_and_the_year_are_listed_with_their_reasons(
    protected: ProtectedCells, found: Withheld
) -> None:
    keys = {"ytd": 2, str(protected.scope.week): 1}
    rows = protected.reasons[protected.reasons["period"].isin(keys)]
    listed = {(row.header, row.cells[0].words): row.cells for row in found.rows.rows}
    names = {each.code: each.name for each in protected.scope.locations}
    for location, phase, period, why in rows.itertuples(index=False):
        cells = listed.get((names[location], phase))
        assert (cells is None) if not why else cells[keys[period]].words.lower() == why
    assert listed


def test_without_withheld_rows_the_page_says_so(protected: ProtectedCells) -> None:
    shown = replace(protected, reasons=protected.reasons.assign(**{BECAUSE: ""}))
    found = withheld(shown)
    assert found.summary.startswith("0 of ")
    assert found.rows.rows == ()


def test_a_release_without_rows_about_pupils_has_a_page(protected: ProtectedCells) -> None:
    nothing = pd.DataFrame(columns=protected.reasons.columns, dtype="str")
    assert withheld(replace(protected, reasons=nothing)).summary.startswith("0 of 0 rows")


def test_the_page_is_for_reviewers_only(tmp_path: Path) -> None:
    checked = checked_release(authorities=4)
    write_release(checked, tmp_path / "public", review=tmp_path / "review")
    page = (tmp_path / "review" / "withheld.html").read_text(encoding="utf-8")
    assert "To protect others" in page
    assert "What was not tested" in page
    assert not re.search(r'(src|href)="(https?:|//)', page)
    assert "withheld.html" in (tmp_path / "review" / "index.html").read_text(encoding="utf-8")
    for path in (tmp_path / "public").rglob("*.html"):
        text = path.read_text(encoding="utf-8").lower()
        assert TO_PROTECT not in text
        assert "withheld.html" not in text

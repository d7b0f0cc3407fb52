from __future__ import annotations

import dataclasses
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.rules import primary_rules, withheld_by_rules
from publisher.disclosure.settings import Policy
from publisher.errors import DisclosureBlocked
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.model.progress import Silent
from publisher.model.stages import ROW_KEY, ProtectedCells, TrueCells
from publisher.model.status import CellStatus
from tests.unit.disclosure.country import KEY, Country, School

PHASES = ("Primary", "Secondary", "Special")


def run(true: TrueCells, key: bytes = KEY, ledger: Ledger | None = None) -> ProtectedCells:
    return protect(true, Policy(), ledger or Ledger.empty(), key, Silent())


def small_country(seed: int = 1, weeks: int = 2, lonely: bool = True, **options: Any) -> Country:
    """Eight authorities in two regions; one of them has a single special school."""
    chance = np.random.default_rng(seed)
    schools = [
        School(
            authority,
            phase,
            "",
            pupils := int(chance.integers(200, 1500)),
            np.full(5 * weeks, 2 * pupils),
        )
        for authority in range(8)
        for phase in PHASES
        for _ in range(1 if lonely and (authority, phase) == (0, "Special") else 6)
    ]
    return Country((4, 4), weeks, schools, seed=seed, **options)


def keys_of(rows: pd.DataFrame) -> set[tuple[str, ...]]:
    return set(rows[list(ROW_KEY)].itertuples(index=False, name=None))


def test_a_country_in_which_no_rule_withholds_shows_everything() -> None:
    true = small_country(lonely=False).true_cells()
    assert not withheld_by_rules(true.evidence, primary_rules(Policy())).any()
    protected = run(true)
    assert protected.withheld.empty
    assert all(each.withheld == 0 for each in protected.summary.withheld)


def test_the_lonely_school_and_its_partners_are_withheld_in_every_period_and_data_set() -> None:
    true = small_country().true_cells()
    protected = run(true)
    special = protected.withheld.query("location == 'E06000000' and education_phase == 'Special'")
    assert set(special["period"]) == set(true.evidence["period"])
    partners = protected.withheld.groupby(["location", "education_phase"])["period"].count()
    assert set(partners) == {true.evidence["period"].nunique()}
    assert 2 < len(partners) <= 8, "three more rows of two authorities are enough"


def test_rows_of_the_same_place_are_withheld_in_every_data_set_but_numbers_of_schools() -> None:
    protected = run(small_country().true_cells())
    for table in protected.tables:
        rows = table.rows
        place = (rows["la_name"] == "Authority 0") & (rows["education_phase"] == "Special")
        status = set(rows.loc[place, f"{table.data_set.indicators[0].column}_status"])
        assert status == {"shown" if table.data_set.name == "schools" else "withheld"}


def test_withheld_figures_have_no_value_and_all_others_are_the_rounded_counts() -> None:
    true = small_country().true_cells()
    protected = run(true)
    withheld = keys_of(protected.withheld)
    rows = protected.table("reasons").rows
    order = ["period", "location", "education_phase"]
    counts = true.cells["reasons"].sort_values(order, key=_published_order, ignore_index=True)
    for n, item in enumerate(("possible_sessions", "absence")):
        part = rows.iloc[n::2].reset_index(drop=True)
        for row, value, status in zip(
            counts.itertuples(), part["sessions"], part["sessions_status"], strict=True
        ):
            if (row.location, row.education_phase, row.period) in withheld:
                assert np.isnan(value)
                assert status == "withheld"
            else:
                assert value == (getattr(row, item) + 5) // 10 * 10
                assert status == "shown"


def _published_order(column: pd.Series) -> pd.Series:
    phases = {phase: n for n, phase in enumerate((*PHASES, "All schools"))}
    # Nation, regions, authorities: their codes sort as E9, E12, E06.
    return (
        column.map(phases)
        if column.name == "education_phase"
        else (
            column.map(lambda code: {"E9": "0", "E1": "1", "E0": "2"}[code[:2]] + code)
            if column.name == "location"
            else column
        )
    )


def test_rates_come_from_the_rounded_counts() -> None:
    rows = run(small_country().true_cells()).table("reasons").rows
    shown = rows[rows["percent_status"] == "shown"]
    possible = rows["sessions"].where(rows["reason"] == "All").ffill()
    expected = (100 * shown["sessions"] / possible[shown.index]).round(6)
    assert ((shown["percent"] - expected).abs() <= 0.005 + 1e-6).all()


def test_tables_have_the_promised_columns_in_order_and_type() -> None:
    table = run(small_country().true_cells()).table("reasons")
    figures = ("sessions", "percent", "reference_date")
    expected = [
        "time_period",
        "time_identifier",
        *GEOGRAPHY_COLUMNS,
        "education_phase",
        "reason",
        "time_frame",
        *(name for figure in figures for name in (figure, f"{figure}_status")),
    ]
    assert list(table.rows.columns) == expected
    for column in expected:
        if column in {"sessions", "percent"}:
            assert table.rows[column].dtype == np.float64
        elif column != "reference_date":
            assert isinstance(table.rows[column].dtype, pd.CategoricalDtype), column
    assert list(table.rows["sessions_status"].cat.categories) == [each.value for each in CellStatus]


def test_the_reference_date_is_blank_for_the_year_to_date_only() -> None:
    rows = run(small_country().true_cells()).table("reasons").rows
    yearly = rows["time_frame"] == "Year to date"
    assert set(rows.loc[yearly, "reference_date_status"]) == {"empty"}
    assert rows.loc[yearly, "reference_date"].isna().all()
    assert set(rows.loc[~yearly, "reference_date_status"]) == {"shown"}
    assert set(rows.loc[rows["time_frame"] == "Monday", "reference_date"]) == {
        "2025-09-08",
        "2025-09-15",
    }


def test_a_number_of_schools_that_is_missing_is_not_available() -> None:
    true = small_country().true_cells()
    schools = true.cells["schools"].astype({"submitted": "Int64"})
    schools.loc[3, "submitted"] = pd.NA
    true = dataclasses.replace(true, cells={**true.cells, "schools": schools})
    rows = run(true).table("schools").rows
    missing = rows[rows["schools_status"] == "not available"]
    assert len(missing) == 1
    assert missing["schools"].isna().all()


def test_weighted_totals_are_the_published_rates_weighted_to_the_census() -> None:
    true = small_country(weighted=True).true_cells()
    rows = run(true).table("reasons").rows.query("reason == 'Absence' and time_frame == 'Week'")
    region = rows[(rows["geographic_level"] == "Regional") & (rows["region_name"] == "Region 1")]
    week = region[region["time_identifier"] == "Week 37"].set_index("education_phase")["percent"]
    census = true.census_pupils.query("location == 'E12000001'").set_index("education_phase")
    pupils = census["pupils"][list(PHASES)]
    expected = (week[list(PHASES)] * pupils).sum() / pupils.sum()
    assert week["All schools"] == pytest.approx(expected, abs=0.005 + 1e-9)


def test_a_weighted_total_is_withheld_when_the_rate_of_a_phase_is() -> None:
    chance = np.random.default_rng(3)
    schools = [
        School(a, phase, "", size := int(chance.integers(300, 900)), np.full(5, 2 * size))
        for a in range(4)
        for phase in PHASES
        for _ in range(1 if phase == "Special" and a > 1 else 0 if phase == "Special" else 6)
    ]
    rows = run(Country((2, 2), 1, schools, weighted=True).true_cells()).table("reasons").rows
    region = rows[(rows["geographic_level"] == "Regional") & (rows["region_name"] == "Region 1")]
    special = region[region["education_phase"] == "Special"]
    total = region[region["education_phase"] == "All schools"]
    assert set(special["percent_status"]) == {"withheld"}
    assert set(total["percent_status"]) == {"withheld"}
    assert total["percent"].isna().all()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(0, 50))
def test_the_order_of_rows_never_matters(random: Random, seed: int) -> None:
    true = small_country(seed, weeks=1).true_cells()

    def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.sample(frac=1, random_state=random.randrange(10**6))

    other = dataclasses.replace(
        true,
        cells={name: shuffled(frame) for name, frame in true.cells.items()},
        evidence=shuffled(true.evidence),
    )
    _same(run(true), run(other))


def test_the_same_input_gives_the_same_output() -> None:
    _same(run(small_country().true_cells()), run(small_country().true_cells()))


def _same(one: ProtectedCells, other: ProtectedCells) -> None:
    pd.testing.assert_frame_equal(one.withheld, other.withheld)
    assert one.summary == other.summary
    for mine, theirs in zip(one.tables, other.tables, strict=True):
        pd.testing.assert_frame_equal(mine.rows, theirs.rows)


def test_the_key_decides_between_partners_of_equal_cost_only() -> None:
    keys = [bytes([n]) * 16 for n in range(8)]
    schools = [
        School(a, phase, "", 500, np.full(5, 1000))
        for a in range(8)
        for phase in PHASES
        for _ in range(1 if (a, phase) == (0, "Special") else 6)
    ]
    alike = Country((8,), 1, schools).true_cells()
    assert len({frozenset(keys_of(run(alike, key).withheld)) for key in keys}) > 1
    for n, school in enumerate(schools):
        school.pupils += 3 * school.authority**2 + 10 * (n % 7)
    different = Country((8,), 1, schools).true_cells()
    assert len({frozenset(keys_of(run(different, key).withheld)) for key in keys}) == 1


@pytest.mark.parametrize("key", [b"", b"short", bytes(65)])
def test_a_key_that_could_be_guessed_is_refused(key: bytes) -> None:
    with pytest.raises(DisclosureBlocked, match="key"):
        run(small_country(weeks=1).true_cells(), key)


def test_a_row_without_evidence_blocks() -> None:
    true = small_country(weeks=1).true_cells()
    true = dataclasses.replace(true, evidence=true.evidence.iloc[:-1])
    with pytest.raises(DisclosureBlocked):
        run(true)


def test_counts_that_do_not_add_up_block_without_a_number_of_theirs() -> None:
    true = small_country(weeks=1).true_cells()
    evidence = true.evidence.copy()
    evidence.loc[10, "possible_sessions"] += 1
    with pytest.raises(DisclosureBlocked, match="add up") as caught:
        run(dataclasses.replace(true, evidence=evidence))
    assert str(evidence.loc[10, "possible_sessions"]) not in str(caught.value)


def test_a_single_round_that_cannot_settle_blocks() -> None:
    """A policy that asks for more candidates than one round of withholding gives."""
    true = small_country(weeks=1).true_cells()
    severe = true.cells["pupils"].assign(severe=0, persistent=0)
    true = dataclasses.replace(true, cells={**true.cells, "pupils": severe})
    policy = Policy(maximum_rounds=1, candidate_values=200)
    with pytest.raises(DisclosureBlocked, match=r"rounds|candidate"):
        protect(true, policy, Ledger.empty(), KEY, Silent())


def test_the_summary_counts_withheld_rows_and_explains_every_rule() -> None:
    true = small_country().true_cells()
    protected = run(true)
    local = next(
        e
        for e in protected.summary.withheld
        if (e.data_set, e.geographic_level) == ("reasons", "Local authority")
    )
    in_reasons = keys_of(protected.withheld) & keys_of(true.cells["reasons"])
    assert local.rows == (true.cells["reasons"]["location"].str.startswith("E06")).sum()
    assert local.withheld == sum(key[0].startswith("E06") for key in in_reasons)
    for rule in primary_rules(Policy()):
        assert rule.words in protected.summary.rules
    assert len(protected.summary.rules) == len(set(protected.summary.rules)) == 9

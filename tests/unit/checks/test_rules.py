"""Rules against plain arithmetic: no false alarm on rounded truth, no miss beyond rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.checks import cell_rules, grid_rules, total_rules
from publisher.checks.cube import POLICY_COLUMN, build_cube
from publisher.checks.screening.identities import nested_absentees, rates_of, session_identities
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.reference.areas import local_authorities, locations
from tests.unit.checks.world import DATA_SETS, round_to

FEWER = settings(max_examples=25, deadline=None)
PARTS = ("One", "Two", "Three")
PHASES = ("Primary", "Secondary", "Special")
FRAMES = ("Week",)
Counts = list[int]
counts = st.lists(st.integers(0, 3000), min_size=3, max_size=3)
hidden = st.lists(st.booleans(), min_size=4, max_size=4)


def frame(lines: list[dict[str, object]]) -> pd.DataFrame:
    """A table of national rows, unless told otherwise; `value` None is withheld."""
    nation = dict(zip(GEOGRAPHY_COLUMNS, locations()[0].columns, strict=True))
    base = {
        "time_period": "2025",
        "time_identifier": "Week 37",
        "time_frame": "Week",
        **nation,
        "education_phase": "Primary",
        "item": "Total",
    }
    rows = pd.DataFrame([base | line for line in lines])
    value = pd.to_numeric(rows.pop("value"), errors="coerce").astype(float)
    rows["count"] = value
    rows["count_status"] = np.where(value.isna(), "withheld", "shown")
    rows[POLICY_COLUMN] = value.isna()
    return rows


def shown(values: list[int], withheld: list[bool]) -> list[int | None]:
    return [None if hide else value for value, hide in zip(values, withheld, strict=True)]


@FEWER
@given(counts, hidden, st.sampled_from([1, 5, 10]))
def test_rounded_truth_always_adds_up(parts: Counts, withheld: list[bool], base: int) -> None:
    values = [int(each) for each in round_to(np.array([*parts, sum(parts)]), base)]
    for names, key in ((PARTS, "item"), (PHASES, "education_phase")):
        total = "Total" if key == "item" else "All schools"
        lines = [
            {key: name, "value": value}
            for name, value in zip((*names, total), shown(values, withheld), strict=True)
        ]
        cube = build_cube(frame(lines))
        if key == "item":
            found = total_rules.items_add_up(
                cube, "count", item_column="item", total=total, parts=names, base=base
            )
        else:
            found = total_rules.phases_add_up(
                cube,
                "count",
                total=total,
                parts=names,
                base=base,
                time_frames=FRAMES,
                holds="exactly",
            )
        assert (found.checked, found.failing) == (1, 0)


@FEWER
@given(counts, hidden, st.integers(-3000, 3000))
def test_a_total_fails_exactly_where_rounding_cannot_explain_it(
    parts: Counts, withheld: list[bool], error: int
) -> None:
    """Judged by trying: is there a truth that rounds to what is shown?"""
    total = sum(parts) + error
    values = shown([*parts, total], withheld)
    lines = [{"item": n, "value": v} for n, v in zip((*PARTS, "Total"), values, strict=True)]
    found = total_rules.items_add_up(
        build_cube(frame(lines)), "count", item_column="item", total="Total", parts=PARTS, base=10
    )
    known = [value for value in values[:3] if value is not None]
    lowest, highest = sum(known) - 5 * 3, sum(known) + 5 * 3
    if len(known) < 3:
        highest = 10**9
    possible = values[3] is None or (lowest - 5 <= values[3] <= highest + 5)
    assert (found.failing == 0) == possible


@FEWER
@given(st.lists(st.integers(0, 5000), min_size=4, max_size=4), st.integers(-40, 40))
def test_areas_add_up_within_their_own_region(values: Counts, error: int) -> None:
    """Two regions of two authorities each; an error in one region is found in that region only."""
    one, other = (
        [a for a in local_authorities() if a.region_name == "London"][:2],
        [a for a in local_authorities() if a.region_name == "North East"][:2],
    )
    places = {each.code: each for each in locations()}
    lines = []
    for (left, right), (first, second) in zip((one, other), (values[:2], values[2:]), strict=True):
        region = places[left.region_code]
        sums = {left: first, right: second, region: first + second}
        for place, value in sums.items():
            wrong = error if place is region and left is one[0] else 0
            geography = dict(zip(GEOGRAPHY_COLUMNS, place.columns, strict=True))
            lines.append({**geography, "value": value + wrong})
    found = total_rules.areas_add_up(
        build_cube(frame(lines)),
        "count",
        total="Regional",
        parts="Local authority",
        phases=("Primary",),
        base=10,
        time_frames=FRAMES,
        holds="exactly",
    )
    assert (found.checked, found.failing) == (2, int(abs(error) > 15))


@FEWER
@given(st.integers(0, 10**8), st.integers(0, 10**8), st.integers(0, 2))
def test_percentages_are_recomputed_half_away_from_zero(n: int, d: int, decimals: int) -> None:
    n = min(n, d)
    exact = (
        None
        if d == 0
        else (Decimal(100 * n) / Decimal(d)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    )
    for error, failing in ((0.0, 0), (10.0**-decimals, 1)):
        rows = frame([{"item": "Part", "value": n}, {"item": "Total", "value": d}])
        percent = np.nan if exact is None else float(exact) + error
        rows["percent"] = [percent, np.nan]
        rows["percent_status"] = ["not available" if exact is None else "shown", "not available"]
        rate = {
            "item": {"item": "Part"},
            "numerator": {"item": "Part"},
            "denominator": {"item": "Total"},
        }
        found = cell_rules.percent_recomputable(
            build_cube(rows), "percent", "count", rates=[rate], decimals=decimals
        )
        assert (found.checked, found.failing) == (1, 0 if exact is None else failing)


@FEWER
@given(st.integers(-(10**6), 10**6), st.sampled_from([1, 3, 5, 10]))
def test_rounded_means_a_multiple_that_is_not_negative(value: int, base: int) -> None:
    cube = build_cube(frame([{"value": value}]))
    found = cell_rules.counts_rounded(cube, "count", base)
    assert found.failing == int(value < 0 or value % base != 0)


@FEWER
@given(st.lists(st.booleans(), min_size=12, max_size=12))
def test_the_grid_is_complete_only_with_every_line(kept: list[bool]) -> None:
    every = [
        {"education_phase": phase, "item": item, "value": 10}
        for phase in (*PHASES, "All schools")
        for item in PARTS
    ]
    lines = [line for line, keep in zip(every, kept, strict=True) if keep]
    if not lines:
        return
    cube = build_cube(frame(lines))
    found = grid_rules.every_item(cube, [{"item": item} for item in PARTS])
    by_phase = [sum(kept[n : n + 3]) for n in range(0, 12, 3)]
    items = {line["item"] for line in lines}
    present = [each for each in by_phase if each]
    failing = len(present) if len(items) < 3 else sum(each < 3 for each in present)
    assert (found.checked, found.failing) == (len(present), failing)


def test_a_part_without_a_row_is_zero() -> None:
    lines = [
        {"education_phase": "Primary", "value": 100},
        {"education_phase": "All schools", "value": 200},
    ]
    found = total_rules.phases_add_up(
        build_cube(frame(lines)),
        "count",
        total="All schools",
        parts=PHASES,
        base=10,
        time_frames=FRAMES,
        holds="exactly",
    )
    assert found.failing == 1


def test_identities_follow_from_the_codes() -> None:
    reasons = DATA_SETS["attendance_reasons"]
    labels = [item.filters["attendance_reason"] for item in reasons.items]
    sums = {
        labels[each.total]: {labels[part] for part in each.parts}
        for each in session_identities(reasons)
    }
    assert sums["Present"] == {"Present am", "Present pm"} or "Present" not in sums
    assert sums["All late sessions"] == {
        "Present late before registers closed (l)",
        "Late after registers closed (u)",
    }
    assert "Illness (i)" in sums["All authorised"]
    assert sums["Overall absence"] == sums["All authorised"] | sums["All unauthorised"]
    assert set(sums) >= {"All present", "Overall attendance", "All possible sessions"}


def test_rates_and_nesting_follow_from_the_definition() -> None:
    absentees = DATA_SETS["persistent_absence"]
    assert rates_of(absentees, "enrolments_percent") == [(0, 0, 2), (1, 1, 2)]
    assert list(nested_absentees(absentees)) == [
        ("enrolments_count", 1, 0),
        ("enrolments_count", 0, 2),
    ]
    assert len(rates_of(DATA_SETS["attendance_reasons"], "session_percent")) == 18

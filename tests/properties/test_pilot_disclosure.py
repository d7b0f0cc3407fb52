"""Numbers of pupils with gaps: what nobody knows protects nothing and gives nothing away."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Silent
from publisher.model.stages import ProtectedCells, TrueCells
from tests.properties.test_disclosure_pupil_counts import PHASES, _country, _ranges
from tests.unit.disclosure.country import KEY

MEASURES = ["persistent", "severe", "enrolments"]
Place = tuple[str, str]


def _parts_unknown(true: TrueCells, unknown: set[Place]) -> TrueCells:
    """The country with nothing known of `unknown` authorities and phases, nor of their totals."""
    above = {place.code: place.parent for place in true.scope.locations}
    gaps = set()
    for location, phase in unknown:
        place: str | None = location
        while place is not None:
            gaps |= {(place, phase), (place, "All schools")}
            place = above[place]
    rows = true.cells["pupils"].astype(dict.fromkeys(MEASURES, "Int64"))
    here = pd.Series(list(zip(rows["location"], rows["education_phase"], strict=True)))
    rows.loc[here.isin(gaps).to_numpy(), MEASURES] = pd.NA
    return dataclasses.replace(true, cells={**true.cells, "pupils": rows})


def _protected(true: TrueCells) -> ProtectedCells:
    return protect(true, Policy(), Ledger.empty(), KEY, Silent())


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.integers(2, 4), min_size=1, max_size=2),
    st.integers(0, 10**6),
    st.sampled_from([3, 12, 40]),
    st.data(),
)
def test_every_withheld_number_beside_gaps_has_five_candidates(
    regions: list[int], seed: int, largest: int, data: st.DataObject
) -> None:
    complete = _country(tuple(regions), seed, largest)
    local = [p.code for p in complete.scope.locations if p.code.startswith("E06")]
    some = st.sets(st.tuples(st.sampled_from(local), st.sampled_from(PHASES)), max_size=3)
    true = _parts_unknown(complete, data.draw(some))
    protected = _protected(true)
    counts = true.cells["pupils"].set_index(["location", "education_phase"])
    gaps = set(counts.index[counts["persistent"].isna()])
    hidden = protected.withheld.query("period == '9-ytd'")
    withheld = set(zip(hidden["location"], hidden["education_phase"], strict=True))
    for measure in MEASURES:
        known = {row: int(n) for row, n in counts[measure].fillna(0).items()}
        free = sorted(withheld | gaps)
        for row, (low, high) in zip(free, _ranges(true, known, withheld | gaps), strict=True):
            assert row in gaps or high - low + 1 >= 5
    _statuses_are_right(protected, gaps, withheld)


def _statuses_are_right(protected: ProtectedCells, gaps: set[Place], withheld: set[Place]) -> None:
    rows = protected.table("pupils").rows
    codes = rows["new_la_code"].astype(str)
    codes = codes.where(codes != "", rows["region_code"].astype(str))
    codes = codes.where(codes != "", "E92000001")
    for place, phase, status, value in zip(
        codes, rows["education_phase"], rows["pupils_status"], rows["pupils"], strict=True
    ):
        row = (place, phase)
        expected = "withheld" if row in withheld else "not available" if row in gaps else "shown"
        assert status == expected
        assert np.isnan(value) == (expected != "shown")


def test_a_total_that_knows_more_than_its_parts_stops_the_release() -> None:
    true = _country((3,), 1, 40)
    rows = true.cells["pupils"].astype(dict.fromkeys(MEASURES, "Int64"))
    authority = rows["location"].str.startswith("E06") & (rows["education_phase"] == "Primary")
    rows.loc[rows.index[authority][0], MEASURES] = pd.NA
    broken = dataclasses.replace(true, cells={**true.cells, "pupils": rows})
    with pytest.raises(DisclosureBlocked, match="known for a total and not for all of its parts"):
        _protected(broken)

"""A total that is shown although one of its parts is not available is found, and nothing else."""

from __future__ import annotations

from itertools import product

import pytest

from publisher.checks.cube import build_cube
from publisher.checks.gap_rules import totals_know_their_parts
from publisher.model.geography import GEOGRAPHY_COLUMNS
from publisher.reference.areas import local_authorities, locations
from tests.unit.checks.test_rules import frame

PHASES = ("Primary", "Secondary", "All schools")
AUTHORITY = local_authorities()[0]
OTHER = next(each for each in local_authorities() if each.region_code != AUTHORITY.region_code)
BY_CODE = {each.code: each for each in locations()}
PLACES = (
    locations()[0],
    *(BY_CODE[each.region_code] for each in (AUTHORITY, OTHER)),
    *(AUTHORITY, OTHER),
)


def _failing(gaps: set[tuple[str, str]]) -> int:
    pairs = list(product(PLACES, PHASES))
    rows = frame(
        [
            {
                **dict(zip(GEOGRAPHY_COLUMNS, place.columns, strict=True)),
                "education_phase": phase,
                "value": None if (place.code, phase) in gaps else 10,
            }
            for place, phase in pairs
        ]
    )
    missing = rows["count_status"] == "withheld"
    rows.loc[missing, "count_status"] = "not available"
    return totals_know_their_parts(build_cube(rows), "count", "All schools").failing


TOTALS = {
    (place, phase)
    for place in (AUTHORITY.code, AUTHORITY.region_code, "E92000001")
    for phase in ("Primary", "All schools")
}


def test_nothing_fails_where_everything_or_every_total_is_unknown() -> None:
    assert _failing(set()) == 0
    assert _failing(TOTALS) == 0


@pytest.mark.parametrize("shown", sorted(TOTALS - {(AUTHORITY.code, "Primary")}))
def test_a_total_that_is_shown_beside_an_unknown_part_fails(shown: tuple[str, str]) -> None:
    assert _failing(TOTALS - {shown}) == 1


def test_a_part_may_be_known_where_its_total_is_not() -> None:
    assert _failing(TOTALS - {(AUTHORITY.code, "Primary")}) == 0

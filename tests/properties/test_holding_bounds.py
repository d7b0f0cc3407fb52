"""Bounds of holdings behind a group of pupils hold, whatever its schools counted in any week."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.aggregate.engine import Engine, Step, StepKind
from publisher.aggregate.opening import open_engine
from publisher.aggregate.queries_group_holdings import (
    FURTHER_HOLDINGS,
    HOLDINGS_COUNTED_BELOW,
    bounded_items,
    few_holdings,
    holding_peaks,
)
from publisher.aggregate.queries_row_holdings import trusts
from tests.conftest import DUCKDB

AREAS, PLACES, WEEKS, LEAVES, ITEMS = 3, 3, 3, 3, 2


class Country:
    """Schools, whose they are, and what the leaves of each counted in every week."""

    def __init__(self, seed: int) -> None:
        """Invent one; a few holdings have most of it."""
        random = Random(seed)
        self.schools = {
            urn: (random.randrange(AREAS), random.choice((urn, 1000 + random.randrange(3))))
            for urn in range(random.randint(1, 40))
        }
        sizes = {urn: random.choice((0, 1, 10, 10, 11, 40)) for urn in self.schools}
        self.counted = {
            (urn, leaf, week): random.randint(0, size) if random.random() < 0.05 else size
            for urn, size in sizes.items()
            for leaf in range(LEAVES)
            for week in range(WEEKS)
        }
        self.places = [(area, area) for area in range(AREAS)] + [(0, PLACES), (1, PLACES)]
        self.members = [(0, 0), (1, 0), (1, 1), (2, 1)]

    def holdings(self, place: int, item: int) -> Counter[int]:
        """What each holding has over all weeks."""
        found: Counter[int] = Counter()
        for (urn, leaf, _), possible in self.counted.items():
            area, holding = self.schools[urn]
            times = (area, place) in self.places and (leaf, item) in self.members
            found[holding] += possible * times
        return +found

    def tables(self) -> dict[str, pa.Table]:
        """As the queries read them; the only row of a place lasts all weeks."""
        peaks: dict[tuple[int, int], int] = defaultdict(int)
        for (urn, leaf, _), possible in self.counted.items():
            peaks[urn, leaf] = max(peaks[urn, leaf], possible)
        rows = [
            (place, place, item, 0, sum(self.holdings(place, item).values()), 0)
            for place in range(PLACES + 1)
            for item in range(ITEMS)
        ]
        return {
            "published_schools": _table("urn area holding", self._schools()),
            "leaf_peaks": _table("urn leaf possible", [(*k, n) for k, n in peaks.items()]),
            "item_members": _table("leaf item", self.members),
            "row_members": _table("area place", self.places),
            "period_slices": _table("member slice", [(0, week) for week in range(WEEKS)]),
            "row_items": _table("position place item member possible most_enrolments", rows),
        }

    def _schools(self) -> list[tuple[int, ...]]:
        return [(urn, *place) for urn, place in self.schools.items()]


def _table(names: str, rows: list[tuple[int, ...]]) -> pa.Table:
    columns = names.split()
    return pa.table(
        {name: pa.array([row[n] for row in rows], pa.int64()) for n, name in enumerate(columns)}
    )


def _check(engine: Engine, country: Country) -> int:
    """How many groups are shown by a bound to have many holdings."""
    for name, table in country.tables().items():
        engine.load(name, table)
    for step in (trusts(), holding_peaks(), bounded_items(), few_holdings()):
        engine.run(step)
    sql = f"""SELECT items.*, {FURTHER_HOLDINGS} AS least
FROM bounded_items AS items
WHERE NOT EXISTS (
    SELECT 1 FROM few_holdings AS few
    WHERE few.position = items.position AND few.item = items.item
)"""
    shown = engine.answer(Step("shown", "Shown by a bound", sql, StepKind.ANSWER)).to_pylist()
    for row in shown:
        holdings = country.holdings(row["position"], row["item"])
        largest, second = (n for _, n in holdings.most_common(2))
        assert HOLDINGS_COUNTED_BELOW <= row["least"] <= len(holdings)
        assert row["largest_holding"] >= largest
        assert row["second_holding"] >= second
        rest = row["possible"] - row["largest_holding"] - row["second_holding"]
        assert rest >= row["largest_holding"]
    return len(shown)


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_what_a_bound_shows_is_so(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    with open_engine(DUCKDB, tmp_path_factory.mktemp("engine")) as engine:
        _check(engine, Country(seed))


def test_bounds_show_something(tmp_path: Path) -> None:
    with open_engine(DUCKDB, tmp_path) as engine:
        assert sum(_check(engine, Country(seed)) for seed in range(40)) > 20

"""Verdicts agree with brute force over all worlds of small tables, both ways."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.attack.attack import attack
from publisher.attack.worlds import agrees
from publisher.model.progress import Silent

ITEMS, TOTAL = ("a", "b", "c"), "t"
SMALL = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def tables(draw):
    """A 2 x 3 table with margins; counts, which of its twelve cells are hidden, the base."""
    counts = draw(st.lists(st.integers(0, 7), min_size=6, max_size=6))
    hidden = draw(st.sets(st.integers(0, 11), max_size=8))
    return np.array(counts).reshape(2, 3), hidden, draw(st.sampled_from([1, 3]))


def with_margins(inside: np.ndarray) -> np.ndarray:
    wide = np.vstack([inside, inside.sum(axis=0)])
    return np.hstack([wide, wide.sum(axis=1, keepdims=True)])


def windows(table: np.ndarray, hidden: set[int], base: int) -> tuple[np.ndarray, np.ndarray]:
    shown = (table + base // 2) // base * base
    low, high = np.maximum(shown - base // 2, 0).astype(float), shown + base // 2 * 1.0
    flat = np.array([n in hidden for n in range(12)]).reshape(3, 4)
    return np.where(flat, 0, low), np.where(flat, np.inf, high)


def brute_force(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of each cell over all worlds up to the largest margin."""
    finite = high[np.isfinite(high)]
    most = int(finite.max()) if len(finite) else 0
    ranges = [
        range(int(low[i, j]), int(min(high[i, j], most)) + 1) for i in range(2) for j in range(3)
    ]
    least, greatest = np.full((3, 4), np.inf), np.full((3, 4), -np.inf)
    for counts in product(*ranges):
        world = with_margins(np.array(counts).reshape(2, 3))
        if (world >= low).all() and (world <= high).all():
            least, greatest = np.minimum(least, world), np.maximum(greatest, world)
    return least, greatest


def write_table(
    folder: Path, table: np.ndarray, hidden: set[int], base: int, column: str = "band"
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"sex,{column},headcount"]
    shown = (table + base // 2) // base * base
    for i, sex in enumerate(("m", "f", TOTAL)):
        for j, group in enumerate((*ITEMS, TOTAL)):
            value = "c" if 4 * i + j in hidden else str(shown[i, j])
            lines.append(f"{sex},{group},{value}")
    (folder / "table.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "totals.yaml").write_text(
        f"filters: {{sex: {{t: [m, f]}}, {column}: {{t: [a, b, c]}}}}\nrounding: {base}\n",
        encoding="utf-8",
    )
    return folder


def bounded(low: np.ndarray, high: np.ndarray) -> bool:
    """Whether brute force is feasible: every inner cell has a bound and there are few worlds."""
    finite = high[np.isfinite(high)]
    most = finite.max() if len(finite) else 0
    sizes = np.minimum(high[:2, :3], most) - low[:2, :3] + 1
    reach = np.isfinite(high[2, 3]) or (
        np.isfinite(high[2, :3]).all() or np.isfinite(high[:2, 3]).all()
    )
    return bool(reach and sizes.prod() <= 20_000)


@SMALL
@given(tables())
def test_verdicts_are_those_of_brute_force(tmp_path_factory: pytest.TempPathFactory, drawn):
    inside, hidden, base = drawn
    table = with_margins(inside)
    low, high = windows(table, hidden, base)
    if not bounded(low, high):
        return
    folder = write_table(tmp_path_factory.mktemp("t"), table, hidden, base)
    report, (first,) = attack(folder, [], folder / "totals.yaml", Silent())
    assert report.contradictions == ()
    least, greatest = brute_force(low, high)
    system = first.facts.system
    assert len(system.protected.cell) == len(hidden)
    for place, cell in enumerate(system.protected.cell.tolist()):
        items = system.cube_of(cell).items_of(cell)
        at = ("m", "f", TOTAL).index(items["sex"]), (*ITEMS, TOTAL).index(items["band"])
        wide = 100 * least[at] < 90 * greatest[at]
        assert first.safe[place] == wide
        assert first.unsafe[place] == (not wide)
    assert all(world.unit == 1 and agrees(system, world) for world in first.worlds.kept)


@SMALL
@given(tables(), st.integers(0, 11))
def test_a_further_fact_never_widens_a_range(tmp_path_factory, drawn, also):
    inside, hidden, base = drawn
    table = with_margins(inside)
    found = []
    for kept in (hidden, hidden - {also}):
        folder = write_table(tmp_path_factory.mktemp("t"), table, kept, base)
        _, (first,) = attack(folder, [], folder / "totals.yaml", Silent())
        found.append((first.bounds.low, first.bounds.high))
    (low, high), (more_low, more_high) = found
    assert (more_low >= low).all()
    assert (more_high <= high).all()


@pytest.mark.parametrize("column", ["band", "group", "measure", "phase", "area", "period"])
def test_columns_named_as_our_own_dimensions_are_only_names(tmp_path: Path, column: str):
    """Relabelling changes no verdict: a column called `group` was once not added up."""
    table = with_margins(np.array([[3, 4, 5], [6, 7, 0]]))
    folder = write_table(tmp_path, table, {0, 8}, 1, column)
    report, _ = attack(folder, [], folder / "totals.yaml", Silent())
    assert (report.unsafe, report.safe, report.unknown) == (2, 0, 0)

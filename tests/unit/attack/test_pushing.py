"""Worlds of large systems: searched for roughly, and believed only when they add up exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg

from publisher.attack import pushing, together
from publisher.attack.attack import NOT_LOOKED_FOR, attack_one, facts_of, look_for_worlds
from publisher.attack.certificate import check_certificate, write_certificate
from publisher.attack.declared import Declared
from publisher.attack.dimensions import Cube, Dimension, ItemSum
from publisher.attack.ensembles import ensembles_of
from publisher.attack.lattice import Projection, lattice_of
from publisher.attack.leaves import leaves_of
from publisher.attack.mending import mended
from publisher.attack.propagation import propagate
from publisher.attack.series import AREA, PERIOD
from publisher.attack.worlds import SILENT, World, Worlds, agrees
from publisher.model.progress import Silent
from publisher.model.time import WEEK, YEAR_TO_DATE
from tests.unit.attack.toy import Toy, write

REGIONS = {
    "E12000001": ("E06000001", "E06000002", "E06000003", "E06000004"),
    "E12000002": ("E06000005", "E06000006", "E06000007"),
}


@pytest.fixture
def large(tmp_path: Path) -> Path:
    toy = Toy.random(5, regions=REGIONS, weeks=(37, 38, 39), days=("Monday", "Tuesday"))
    some = (*toy.authorities[:2], *toy.authorities[4:6])
    hidden = [row for row in toy.rows if row[0] in some and row[1] in ("Primary", "Secondary")]
    _leave_out_a_week(toy)
    return write(tmp_path / "a", toy, hidden, 10)


def _leave_out_a_week(toy: Toy) -> None:
    """Regions leave out a week that their authorities count."""
    for (place, phase, when), measure in list(toy.counts):
        if place not in toy.authorities and when.startswith("38|"):
            count = toy.counts.pop(((place, phase, when), measure))
            if when == f"38|{WEEK}":
                toy.counts[(place, phase, f"39|{YEAR_TO_DATE}"), measure] -= count


def pushed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("publisher.attack.attack.is_small", lambda *_: False)
    monkeypatch.setattr(together, "_MOST_TOGETHER", 0)
    found = attack_one(folder, Declared(), Silent(), prove=False)
    return look_for_worlds(found, Silent())


def test_most_withheld_rows_of_a_large_release_are_proved_by_few_worlds(
    large: Path, tmp_path: Path, monkeypatch
):
    found = pushed(large, monkeypatch)
    assert not found.bounds.contradictions
    assert found.safe.sum() > 0.8 * (~found.narrow).sum()
    assert len(found.worlds.kept) <= pushing._MOST_WORLDS
    write_certificate(tmp_path / "c.npz", (found,))
    checked = check_certificate(tmp_path / "c.npz", large, Silent())
    assert checked.same_facts
    assert (checked.safe, checked.wrong) == (found.safe.sum(), 0)


def test_two_worlds_never_settle_what_programmes_work_out(large: Path, monkeypatch):
    """The same release by linear programmes: what these find narrow no worlds show to be safe."""
    monkeypatch.setattr("publisher.attack.attack.is_small", lambda *_: False)
    with monkeypatch.context() as without_pushes:
        without_pushes.setattr(together, "push_together", lambda *_: None)
        programmes = attack_one(large, Declared(), Silent())
    worlds = pushed(large, monkeypatch)
    assert not (worlds.safe & programmes.unsafe).any()
    assert (worlds.worlds.lowest[worlds.safe] >= worlds.bounds.low[_cells(worlds)]).all()


def _cells(found) -> np.ndarray:
    return found.facts.system.protected.cell[found.safe]


def test_a_world_that_is_rough_is_not_believed(large: Path, monkeypatch):
    """Were values taken as they were found, sums would not be exact."""
    monkeypatch.setattr(pushing._Search, "_exact", rough)
    found = pushed(large, monkeypatch)
    assert not found.worlds.kept
    assert not found.safe.any()


def rough(search: pushing._Search, values: np.ndarray) -> np.ndarray:
    unit = search.ensemble.unit
    return np.rint(values[search.ensemble.slots] * unit).astype(np.int64)


def test_where_the_search_does_not_end_nothing_is_claimed(large: Path, monkeypatch):
    monkeypatch.setattr(pushing, "_MOST_STRETCHES", 1)
    monkeypatch.setattr(pushing, "_STRETCH", 1)
    monkeypatch.setattr(pushing, "_NEAR_ENOUGH", -1.0)
    found = pushed(large, monkeypatch)
    assert not found.safe.any()
    assert not found.unsafe.any()
    assert together.NOT_FOUND in found.notes


def test_a_push_that_ends_without_a_world_is_not_the_last(large: Path, monkeypatch):
    """In a whole country a sum may be left that cannot be rounded; another push goes elsewhere."""
    exact, tried = pushing._Search._exact, []

    def never_at_first(self, values):
        tried.append(self._pushes)
        return None if self._pushes == 1 else exact(self, values)

    monkeypatch.setattr(pushing._Search, "_exact", never_at_first)
    found = pushed(large, monkeypatch)
    assert found.safe.sum() > 0.8 * (~found.narrow).sum()
    assert tried.count(1) <= pushing._MOST_ATTEMPTS * tried.count(0)


def test_of_the_largest_cubes_few_worlds_are_looked_for(large: Path, monkeypatch):
    more = pushed(large, monkeypatch)
    monkeypatch.setattr(pushing, "_MOST_SLOTS", 1)
    few = pushed(large, monkeypatch)
    assert len(few.worlds.kept) == 3 < len(more.worlds.kept)
    assert 0 < few.safe.sum() < more.safe.sum()


def test_who_does_not_ask_for_proofs_is_told_so_only_where_something_is_withheld(
    large: Path, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr("publisher.attack.attack.is_small", lambda *_: False)
    toy = Toy.random(5, regions=REGIONS, weeks=(37,), days=("Monday",))
    nothing = write(tmp_path / "b", toy, [], 10)
    found = [attack_one(each, Declared(), Silent(), prove=False) for each in (large, nothing)]
    assert [each.notes for each in found] == [(NOT_LOOKED_FOR,), ()]


def test_the_same_files_give_the_same_worlds(large: Path, monkeypatch):
    one, other = (pushed(large, monkeypatch).worlds.kept for _ in range(2))
    assert len(one) == len(other)
    assert all((a.values == b.values).all() for a, b in zip(one, other, strict=True))


def a_cube(names: list[list[int]]) -> Cube:
    """A cube of axes, each a list of the number of parts of its totals."""
    dimensions = []
    for number, sizes in enumerate(names):
        sums, items = [], 1
        for size in sizes:
            sums.append(ItemSum(0, tuple(range(items, items + size))))
            items += size
        every = tuple(f"{number}.{n}" for n in range(items))
        dimensions.append(Dimension(f"axis {number}", every, tuple(sums)))
    return Cube("count", "sessions", tuple(dimensions), 0)


AXES = st.tuples(
    st.lists(st.integers(1, 4), max_size=3), st.lists(st.integers(1, 4), max_size=1)
).map(list)


def off(cube: Cube, values: np.ndarray) -> float:
    """By how much values miss the sums of a cube, at most."""
    every = [np.abs(values[total] - values[parts].sum(axis=1)) for total, parts in cube.equations()]
    return max((float(each.max(initial=0)) for each in every), default=0.0)


@given(AXES, st.integers(0, 2**32 - 1))
def test_the_nearest_values_that_add_up(axes: list[list[int]], seed: int):
    cube = a_cube(axes)
    lattice = lattice_of(cube)
    assert lattice is not None
    values = np.random.default_rng(seed).normal(size=lattice.size)
    found, again = np.empty_like(values), np.empty_like(values)
    projection = Projection(lattice)
    projection.project(values, found)
    projection.project(found, again)
    assert off(cube, found) < 1e-9
    assert np.allclose(found, again)
    assert abs((values - found) @ found) < 1e-7


@given(AXES, st.integers(0, 2**32 - 1))
def test_rough_values_become_whole_ones_that_add_up_within_bounds(axes, seed: int):
    """Whatever the rounding breaks is mended, or left for the exact check to see."""
    cube = a_cube(axes)
    lattice = lattice_of(cube)
    leaves = leaves_of(lattice, -1, ())
    draw = np.random.default_rng(seed)
    rough_values, found = draw.uniform(0, 50, lattice.size), np.empty(lattice.size)
    Projection(lattice).project(rough_values, found)
    shape = lattice.shape
    low, high = np.floor(found - 3).reshape(shape), np.ceil(found + 3).reshape(shape)
    finest = np.rint(found.reshape(shape)[leaves.places])
    bounds = low[leaves.places], high[leaves.places]
    given_ = np.rint(found).reshape(shape)
    if leaves.axis >= 0:
        finest = leaves.fitted(finest, *bounds, given_)
    whole = mended(leaves, finest, low, high).ravel()
    assert (whole == np.rint(whole)).all()
    ways = [each for way in leaves.axes for each in way.divided]
    if not ways:
        assert off(cube, whole) == 0


@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_a_full_sum_is_mended_by_exchanging_two_of_its_parts(extra: int, seed: int):
    """Rows and columns leave no room; rounding each part by itself misses them."""
    cube = a_cube([[3], [3]])
    lattice = lattice_of(cube)
    leaves = leaves_of(lattice, -1, ())
    truth = np.random.default_rng(seed).integers(2, 20 + extra, (3, 3)).astype(float)
    sums = leaves.added_up(truth)
    low, high = sums.copy(), sums.copy()
    low[leaves.places] = truth - 1
    high[leaves.places] = truth + 1
    moved = truth.copy()
    moved[0, 0] += 1
    found = mended(leaves, moved, low, high)
    assert (found >= low).all()
    assert (found <= high).all()


@given(st.integers(0, 2**32 - 1))
def test_sums_without_room_are_rounded_together(seed: int):
    """Every sum is exact, and rounding has moved many parts: no exchange of two mends that."""
    cube = a_cube([[3], [4], [2]])
    lattice = lattice_of(cube)
    leaves = leaves_of(lattice, -1, ())
    draw = np.random.default_rng(seed)
    truth = draw.integers(3, 20, (3, 4, 2)).astype(float)
    low, high = leaves.added_up(truth), leaves.added_up(truth)
    low[leaves.places], high[leaves.places] = truth - 3, truth + 3
    found = mended(leaves, truth + draw.integers(-1, 2, truth.shape), low, high)
    assert (found >= low).all()
    assert (found <= high).all()
    assert off(cube, found.ravel()) == 0


@given(st.sets(st.integers(0, 2)), st.sets(st.integers(0, 2)))
def test_whatever_adds_up_in_a_cube_has_a_place_in_its_lattice(
    of_regions: set[int], of_the_nation: set[int]
):
    """Also where regions are no sums of their authorities in some periods, or in none."""
    cube = by_area_and_period(of_regions, of_the_nation)
    lattice = lattice_of(cube)
    assert lattice is not None
    leaves = leaves_of(lattice, -1, ())
    finest = tuple(len(each.finest) for each in leaves.axes)
    units = np.eye(int(np.prod(finest))).reshape(-1, *finest)
    within = np.array([leaves.added_up(each).ravel()[lattice.slot] for each in units])
    sums = np.zeros((0, cube.size))
    for whole, parts in cube.equations():
        rows = np.zeros((len(whole), cube.size))
        np.put_along_axis(rows, parts, -1, axis=1)
        rows[np.arange(len(whole)), whole] += 1
        sums = np.concatenate([sums, rows])
    adding_up = linalg.null_space(sums) if len(sums) else np.eye(cube.size)
    found, *_ = np.linalg.lstsq(within.T, adding_up)
    assert np.abs(within.T @ found - adding_up).max() < 1e-9
    assert np.abs(sums @ within.T).max(initial=0) < 1e-9


def by_area_and_period(of_regions: set[int], of_the_nation: set[int]) -> Cube:
    """A nation of two regions of two authorities, in three periods that do not add up."""
    regions = [ItemSum(n, (2 * n + 1, 2 * n + 2), {PERIOD: tuple(of_regions)}) for n in (1, 2)]
    nation = ItemSum(0, (1, 2), {PERIOD: tuple(of_the_nation)})
    areas = Dimension(AREA, tuple("0123456"), (*regions, nation))
    return Cube("count", "pupils", (areas, Dimension(PERIOD, tuple("abc"), ())), 0)


def test_a_week_that_regions_leave_out_is_one_week():
    """Its days add up for authorities alone; regions have no figures that could differ."""
    areas, periods = by_area_and_period({0, 1}, {0, 1}).dimensions
    days = ItemSum(2, (0, 1), {AREA: (3, 4, 5, 6)})
    cube = Cube("count", "sessions", (areas, replace(periods, sums=(days,))), 0)
    lattice = lattice_of(cube)
    assert lattice is not None
    assert lattice.shape == cube.shape
    assert (lattice.slot == np.arange(cube.size)).all()


def test_areas_of_which_nothing_is_the_sum_are_not_understood():
    """One region adds up and the other does not: the nation is no sum within one period."""
    cube = by_area_and_period({0, 1, 2}, {0, 1, 2})
    areas, periods = cube.dimensions
    apart = replace(areas.sums[0], where={PERIOD: (0,)})
    uneven = replace(areas, sums=(apart, *areas.sums[1:]))
    assert lattice_of(cube) is not None
    assert lattice_of(replace(cube, dimensions=(uneven, periods))) is None


def test_every_sum_of_a_release_holds_in_its_lattices(large: Path):
    """Also where regions leave out weeks: values that add up in the lattice do so in the system."""
    _, facts = facts_of(large, Declared(), Silent())
    system = facts.system
    bounds = propagate(system, Silent())
    free = replace(system, low=np.zeros(system.cells), high=np.full(system.cells, np.inf))
    draw = np.random.default_rng(1)
    for each in ensembles_of(free, replace(bounds, low=free.low, high=free.high)):
        whole = np.full(system.cells, SILENT, np.int64)
        slots = np.concatenate(
            [leaves.added_up(draw.integers(0, 9, tuple(len(a.finest) for a in leaves.axes)) * 1.0)
             .ravel() for leaves in each.leaves]
        )  # fmt: skip
        whole[each.cells] = slots[each.slots]
        assert agrees(free, World(whole))
    assert not Worlds(free).settled.any()

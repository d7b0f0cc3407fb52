"""The certificate: recipes for what can be worked out, whole worlds for what cannot.

It is checked from the finished files with NumPy alone: a recipe is added up again from published
figures, a world goes once through the sums. It holds no number that does not follow from the
published files. The same files give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from publisher.attack.arrays import DAMAGED, open_arrays, write_arrays
from publisher.attack.attack import Attacked, facts_of
from publisher.attack.declared import Declared
from publisher.attack.dimensions import Cells
from publisher.attack.packing import packed, unpacked
from publisher.attack.recipes import Recipe, Recipes
from publisher.attack.system import Floats, System
from publisher.attack.worlds import World, agrees
from publisher.errors import CouldNotRun, UsageProblem
from publisher.model.progress import Progress

FORMAT = 3
_MOST_RECIPES = 2000
_NAMES = (
    "format", "facts", "units", "firsts", "others",
    "safe_cell", "safe_lowest_in", "safe_highest_in", "unsafe_cell", "recipe_start",
    "term_times", "term_cell", "term_highest", "term_by_rate",
)  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """What a certificate turned out to prove.

    safe: withheld numbers that two worlds show to be safe. unsafe: those that a recipe works out.
    unproved: those that it says nothing about. same_facts: it was made for exactly these files.
    wrong: worlds that do not agree with the files, or claims that they do not bear out.
    """

    safe: int
    unsafe: int
    unproved: int
    same_facts: bool
    wrong: int

    @property
    def holds(self) -> bool:
        """Whether everything it claims was borne out, and nothing can be worked out."""
        return self.same_facts and not self.wrong and not self.unsafe

    @property
    def words(self) -> str:
        """In words for people."""
        if not self.same_facts:
            return "The certificate was made for other files than these. Run publisher attack."
        return (
            f"Certificate: {self.safe:,} withheld numbers shown to be safe by two worlds each, "
            f"{self.unsafe:,} worked out by a recipe, {self.unproved:,} without proof; "
            f"{self.wrong:,} claims not borne out."
        )


def write_certificate(path: Path, attacked: Sequence[Attacked]) -> None:
    """Write the certificate of the first release of an attack.

    Raises:
        CouldNotRun: the file cannot be written.
    """
    try:
        write_arrays(path, _arrays(attacked[0]))
    except OSError as error:
        raise CouldNotRun(f"The certificate cannot be written: {error.strerror}") from None


def _arrays(first: Attacked) -> dict[str, Any]:
    worlds, protected = first.worlds, first.facts.system.protected
    needed = worlds.needed() if first.safe.any() else np.zeros(0, np.int64)
    place = np.full(len(worlds.kept) + 1, -1, np.int64)
    place[needed] = np.arange(len(needed))
    kept = [worlds.kept[n] for n in needed.tolist()]
    written = packed(kept)
    return {
        "format": np.int64(FORMAT),
        "facts": np.frombuffer(bytes.fromhex(first.facts.system.digest), np.uint8),
        **{_name(n): each.values for n, each in enumerate(written)},
        "others": np.array([each.other for each in written], np.int64),
        "units": np.array([each.unit for each in kept], np.int64),
        "firsts": np.array([each.first for each in kept], np.int64),
        "safe_cell": protected.cell[first.safe],
        "safe_lowest_in": place[worlds.lowest_in[first.safe]],
        "safe_highest_in": place[worlds.highest_in[first.safe]],
        **_recipe_arrays(_recipes(first)),
    }


def _name(world: int) -> str:
    return f"world_{world:04d}"


def _recipes(first: Attacked) -> list[tuple[Recipe, Recipe]]:
    """Recipes of what propagation worked out; what needed a programme has none by hand."""
    if first.bounds.contradictions:
        return []
    system, cells = first.facts.system, first.facts.system.protected.cell
    narrow = ~system.protected.holds(first.bounds.low[cells], first.bounds.high[cells])
    narrow &= first.unsafe
    told = Recipes(system, first.bounds)
    return [told.of(int(cell)) for cell in cells[narrow][:_MOST_RECIPES]]


def _recipe_arrays(recipes: list[tuple[Recipe, Recipe]]) -> dict[str, NDArray[Any]]:
    flat = [side for pair in recipes for side in pair]
    sizes = [len(each.terms) for each in flat]
    terms = [term for each in flat for term in each.terms]
    return {
        "unsafe_cell": np.array([pair[0].cell for pair in recipes], np.int64),
        "recipe_start": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        "term_times": np.array([each.times for each in terms], np.int64),
        "term_cell": np.array([each.cell for each in terms], np.int64),
        "term_highest": np.array([each.highest for each in terms], np.bool_),
        "term_by_rate": np.array([each.rate for each in terms], np.bool_),
    }


def check_certificate(path: Path, folder: Path, progress: Progress) -> Checked:
    """Check every claim of a certificate against the finished files of a release.

    Raises:
        UsageProblem: the file is not a certificate, or the files cannot be read.
    """
    with _read(path) as found:
        _publication, facts = facts_of(folder, Declared(), progress)
        system = facts.system
        count = len(system.protected.cell)
        if bytes(found["facts"]).hex() != system.digest:
            return Checked(0, 0, count, same_facts=False, wrong=0)
        safe, wrong = _safe(system, found)
        unsafe = _worked_out(system, found)
    unproved = count - safe - unsafe
    return Checked(safe, unsafe, unproved, same_facts=True, wrong=wrong)


def _read(path: Path) -> NpzFile:
    """The arrays of a certificate; each is read when it is asked for, one world at a time."""
    try:
        opened = open_arrays(path)
        if _is_whole(opened):
            return opened
    except DAMAGED:
        pass
    raise UsageProblem(
        f"{path} is not a certificate of this version", "Make one: publisher attack."
    )


def _is_whole(opened: NpzFile) -> bool:
    """Whether every array of this version is there."""
    if "format" not in opened or int(opened["format"]) != FORMAT:
        return False
    if "units" not in opened or "others" not in opened:
        return False
    worlds = [_name(n) for n in range(len(opened["units"]))]
    if len(opened["others"]) != len(worlds):
        return False
    return set(opened.files) == {*_NAMES, *worlds}


def _safe(system: System, found: Mapping[str, NDArray[Any]]) -> tuple[int, int]:
    """How many claims of safety are borne out, and how many are not."""
    cell, low, high = (found[f"safe_{each}"] for each in ("cell", "lowest_in", "highest_in"))
    place = np.searchsorted(system.protected.cell, cell)
    place = np.minimum(place, len(system.protected.cell) - 1)
    good = system.protected.cell[place] == cell
    lowest, highest = (_values_in(system, found, cell, which) for which in (low, high))
    good &= (lowest >= 0) & (highest >= 0)
    every = np.zeros(len(system.protected.cell)), np.zeros(len(system.protected.cell))
    every[0][place[good]], every[1][place[good]] = lowest[good], highest[good]
    claimed = np.zeros(len(system.protected.cell), dtype=bool)
    claimed[place[good]] = True
    borne_out = int((claimed & system.protected.holds(*every)).sum())
    return borne_out, len(cell) - borne_out


def _values_in(
    system: System, found: Mapping[str, NDArray[Any]], cell: Cells, which: NDArray[np.int64]
) -> Floats:
    """The value of each cell in a world of its own; -1 where that does not agree with the files."""
    values = np.full(len(cell), -1.0)
    for number in np.unique(which).tolist():
        world = _world(found, number)
        if world is not None and agrees(system, world):
            own = which == number
            values[own] = world.of_all(system.cells)[cell[own]] / world.unit
    return values


def _world(found: Mapping[str, NDArray[Any]], number: int) -> World | None:
    if not 0 <= number < len(found["units"]):
        return None
    values = unpacked(number, lambda each: found[_name(each)], found["others"].tolist())
    if values is None:
        return None
    return World(values, int(found["units"][number]), int(found["firsts"][number]))


def _worked_out(system: System, found: Mapping[str, NDArray[Any]]) -> int:
    """How many recipes, added up from published figures, leave too narrow a range."""
    cells, start = found["unsafe_cell"], found["recipe_start"]
    values = _term_values(system, found) * found["term_times"]
    sums = np.concatenate([[0.0], np.cumsum(values)])
    bounds = sums[start[1:]] - sums[start[:-1]]
    low, high = bounds[0::2], bounds[1::2]
    place = np.searchsorted(system.protected.cell, cells)
    lowest, highest = (
        np.zeros(len(system.protected.cell)),
        np.full(len(system.protected.cell), np.inf),
    )
    lowest[place], highest[place] = low, high
    claimed = np.zeros(len(lowest), dtype=bool)
    claimed[place] = True
    return int((claimed & ~system.protected.holds(lowest, highest)).sum())


def _term_values(system: System, found: Mapping[str, NDArray[Any]]) -> Floats:
    """The number behind each term: from the figure itself, or from a share of another figure."""
    cell, highest = found["term_cell"], found["term_highest"]
    values: Floats = np.where(highest, system.high[cell], system.low[cell])
    for term in np.flatnonzero(found["term_by_rate"]).tolist():
        values[term] = _by_rate(system, int(cell[term]), highest=bool(highest[term]))
    return values


def _by_rate(system: System, cell: int, *, highest: bool) -> float:
    rates = system.rates
    mine = rates.numerator == cell
    bottom = rates.denominator[mine]
    if highest:
        most = rates.high[mine] * (system.high[bottom] + rates.slack) + rates.slack
        return float(np.floor(most + 1e-6).min(initial=np.inf))
    least = rates.low[mine] * np.maximum(system.low[bottom] - rates.slack, 0) - rates.slack
    return float(np.ceil(least - 1e-6).max(initial=0))

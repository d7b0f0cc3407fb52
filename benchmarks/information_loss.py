"""What complementary withholding costs, beside what simpler rules would.

Usage: python benchmarks/information_loss.py STORE [--week WEEK] [--as-of MOMENT] [--memory 4GB]

Counts are exact here (no rounding), so that every rule protects against the same sums of possible
sessions. Pupils are enrolments of the rows that are withheld to protect others, added up over rows:
a pupil counts once for every such row. *Worked out* are withheld rows that follow to within 10%
from what is shown, by propagation of bounds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from counting import counted
from page import table

from publisher.aggregate.settings import EngineSettings
from publisher.catalogue.data_sets import ATTENDANCE_REASONS
from publisher.disclosure.complementary import PartnersByCost
from publisher.disclosure.gate import withhold
from publisher.disclosure.inspection import inspect_recovery
from publisher.disclosure.mending import Mending
from publisher.disclosure.next_smallest import Flags, next_smallest, until_safe
from publisher.disclosure.problem import Problem
from publisher.disclosure.rules import primary_rules, withheld_by_rules
from publisher.disclosure.settings import PROFILES, PUBLISHED_STANDARD, Policy
from publisher.disclosure.sizes import node_numbers, sizes_of
from publisher.disclosure.structure import lattice_of
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Silent
from publisher.model.stages import TrueCells
from publisher.model.time import PeriodKind

OURS = "ours"
SAFE = "b until our inspection passes"
MOVED = "b until then, and a move for every row"
EXACT = {
    f"rules of `{name}`, exact figures": Policy(
        profile=PUBLISHED_STANDARD, **{**settings, "rounding_base": 1}
    )
    for name, settings in PROFILES.items()
}
TIE_KEY = b"no secret: nothing is published"
HEADS = (
    "rule",
    "rows, latest week",
    "pupils, latest week",
    "rows, year to date",
    "pupils, year to date",
    "rows, all periods",
    "pupils, all periods",
    "worked out",
)


@dataclass(frozen=True)
class Loss:
    """What a rule withholds beyond the rows that are withheld for their own sake.

    rows, pupils: in the latest week, the year to date, all periods. worked_out: withheld rows
    that are not protected by it.
    """

    rule: str
    rows: tuple[int, int, int]
    pupils: tuple[int, int, int]
    worked_out: int

    @property
    def cells(self) -> list[str]:
        """The cells of the columns `HEADS`."""
        pairs = [n for pair in zip(self.rows, self.pupils, strict=True) for n in pair]
        return [self.rule, *(f"{n:,}" for n in (*pairs, self.worked_out))]


def problem_of(true: TrueCells, policy: Policy) -> Problem:
    """Rows withheld for their own sake, and every sum; no earlier release, no counts of pupils."""
    lattice = lattice_of(true.scope)
    needs, never = (np.zeros(lattice.size, dtype=bool) for _ in range(2))
    rules = primary_rules(policy)
    needs[node_numbers(lattice, true.evidence)] = withheld_by_rules(true.evidence, rules)
    return Problem(lattice, sizes_of(lattice, true.evidence), needs, never, (), policy, TIE_KEY)


def chosen(problem: Problem) -> Flags:
    """What ours withholds."""
    policy = problem.policy
    complementer = PartnersByCost(policy.recovery_range_percent, policy.candidate_values)
    return withhold(problem, complementer, Silent()).withheld


def losses(problem: Problem) -> Iterator[Loss]:
    """Ours and every simpler rule; a rule that finds no way is left out."""
    simple = next_smallest(problem)
    safe = until_safe(problem, simple)
    rules = {
        OURS: chosen(problem),
        "a: all rows of the region": whole_regions(problem),
        "next smallest area of the region": next_smallest(
            problem, problem.lattice.identities.over_areas
        ),
        "b: next smallest of every sum": simple,
        SAFE: safe,
        MOVED: None if safe is None else with_moves(problem, safe),
    }
    for name, withheld in rules.items():
        if withheld is not None:
            yield loss(problem, name, withheld)


def with_moves(problem: Problem, withheld: Flags) -> Flags | None:
    """As little more as it takes that every withheld row has a move; None: there is no way."""
    mending = Mending(problem, withheld.copy(), np.zeros(len(withheld), dtype=bool))
    try:
        mending.complete(lambda _rows: None)
    except DisclosureBlocked:
        return None
    return mending.withheld


def whole_regions(problem: Problem) -> Flags:
    """Every row of the authorities of a region in each period in which one of them is withheld."""
    lattice = problem.lattice
    withheld = problem.needs.copy().reshape(lattice.shape)
    published = problem.sizes.published.reshape(lattice.shape)
    for region in range(len(lattice.locations)):
        inside = [area for area in lattice.areas_within(region) if lattice.authorities[area]]
        if inside:
            times = np.flatnonzero(withheld[inside].any(axis=(0, 1)))
            beside = np.ix_(inside, range(len(lattice.phases)), times)
            withheld[beside] = published[beside]
    return withheld.ravel()


def loss(problem: Problem, rule: str, withheld: Flags) -> Loss:
    """Add up what `withheld` has beyond what is needed."""
    lattice, sizes = problem.lattice, problem.sizes
    further = (withheld & ~problem.needs & sizes.published).reshape(lattice.shape)
    pupils = np.where(further, sizes.cost.reshape(lattice.shape), 0)
    kinds = [each.kind for each in lattice.times]
    weeks = [n for n, kind in enumerate(kinds) if kind is PeriodKind.WEEK]
    years = [n for n, kind in enumerate(kinds) if kind is PeriodKind.YEAR_TO_DATE]
    spans = (weeks[-1:], years, list(range(len(kinds))))
    return Loss(
        rule,
        tuple(int(further[:, :, times].sum()) for times in spans),
        tuple(int(pupils[:, :, times].sum()) for times in spans),
        int(inspect_recovery(problem, withheld).exposed.sum()),
    )


def section(true: TrueCells) -> Iterator[str]:
    """A paragraph and a table for each policy."""
    for name, policy in EXACT.items():
        problem = problem_of(true, policy)
        found = list(losses(problem))
        by_rule = {each.rule: each for each in found}
        yield (
            f"{name}: {int(problem.sizes.published.sum()):,} rows, {int(problem.needs.sum()):,} "
            f"withheld for their own sake; {_ratio(by_rule)}"
        )
        yield table(HEADS, [each.cells for each in found])


def _ratio(found: dict[str, Loss]) -> str:
    ours = found[OURS].pupils[-1]
    said = [
        f"{100 * ours / other.pupils[-1]:.0f}% of the pupils of {rule}"
        for rule in (SAFE, MOVED)
        if (other := found.get(rule)) is not None and other.pupils[-1]
    ]
    return f"ours hides {' and '.join(said)}" if said else "b does not get there"


def asked_country(about: str | None) -> TrueCells:
    """Read the command line that is described by `about`, and count what it asks for."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("store", type=Path)
    parser.add_argument("--week", default="2025-W45")
    parser.add_argument("--as-of", type=datetime.fromisoformat)
    parser.add_argument("--memory", default=EngineSettings().memory_limit)
    asked = parser.parse_args()
    return counted(asked, (ATTENDANCE_REASONS,), EngineSettings(memory_limit=asked.memory))


def main() -> None:
    """Count, compare, print."""
    for paragraph in section(asked_country(__doc__)):
        print(paragraph, end="\n\n")


if __name__ == "__main__":
    main()

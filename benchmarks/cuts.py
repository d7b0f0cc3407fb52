"""How much dearer our partners of the year are than the cheapest that a long search finds.

Usage: python benchmarks/cuts.py STORE [--week WEEK] [--as-of MOMENT] [--memory 4GB]

Both search by cuts (`publisher.disclosure.cuts`): ours ends early.
"""

from __future__ import annotations

import time

from information_loss import EXACT, asked_country, problem_of

from publisher.disclosure.complementary import EFFORT
from publisher.disclosure.cuts import Effort
from publisher.disclosure.lasting import LastingPattern
from publisher.disclosure.problem import Problem

LONG = Effort(nodes=20_000, gap=0.005)


def compare(problem: Problem) -> str:
    """What partners of the year cost, ours and the cheapest, in pupils over all periods."""
    ours, taken = _found(problem, EFFORT)
    best, taken_by_best = _found(problem, LONG)
    return (
        f"ours: {ours:,.0f} pupils, {taken:.1f} s; by a long search: {best:,.0f}, "
        f"{taken_by_best:.1f} s; {100 * (ours / best - 1) if best else 0:.1f}% more"
    )


def _found(problem: Problem, effort: Effort) -> tuple[float, float]:
    """What the partners cost, needs included, and how many seconds they took."""
    started = time.monotonic()
    pattern = LastingPattern.of(problem, problem.needs)
    by_cuts = pattern.by_cuts(effort)
    pattern.complete()
    costs = [each.total_cost for each in (pattern, by_cuts) if each is not None]
    return min(costs), time.monotonic() - started


def main() -> None:
    """Count, search, print."""
    true = asked_country(__doc__)
    for name, policy in EXACT.items():
        print(f"{name}: {compare(problem_of(true, policy))}", flush=True)


if __name__ == "__main__":
    main()

"""From bounds and worlds to a verdict for every withheld number, and what to say about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from publisher.attack.propagation import Bounds, Contradiction
from publisher.attack.recipes import Recipe, Recipes, Term
from publisher.attack.report import Finding, Verdict
from publisher.attack.shares import Exposed
from publisher.attack.system import Flags, Floats, System

WORKED_OUT = "worked out"
SHOWN_ELSEWHERE = "withheld in one place, shown in another"
NOT_PROVED = "neither worked out nor proved safe"
_MOST_TOLD = 12
_MOST_RECIPES = 2000
"""Findings that are told with their recipe; the rest with their width only."""


def unsafe_findings(
    release: str, system: System, bounds: Bounds, low: Floats, high: Floats, unsafe: Flags
) -> Iterator[Finding]:
    """What can be worked out: withheld numbers whose range from `low` to `high` is too narrow."""
    recipes = Recipes(system, bounds)
    protected = system.protected
    for number, place in enumerate(np.flatnonzero(unsafe).tolist()):
        cell = int(protected.cell[place])
        how, published = "", tuple[str, ...]()
        if number < _MOST_RECIPES:
            how, published = _told(recipes, cell, bounds, low[place], high[place])
        width = int(high[place] - low[place])
        yield Finding(
            release, system.words(cell), Verdict.UNSAFE, WORKED_OUT, width, how, published
        )


def exposed_findings(release: str, system: System, exposed: Sequence[Exposed]) -> Iterator[Finding]:
    """Figures of withheld rows that stand somewhere else in the same release."""
    for each in exposed:
        how = f"a figure of it is shown in {each.source}"
        for cell in np.unique(each.cell).tolist():
            words = system.words(cell)
            yield Finding(release, words, Verdict.UNSAFE, SHOWN_ELSEWHERE, None, how)


def _told(
    recipes: Recipes, cell: int, bounds: Bounds, low: float, high: float
) -> tuple[str, tuple[str, ...]]:
    if low > bounds.low[cell] or high < bounds.high[cell]:
        return "several sums together (found by a linear programme)", ()
    lowest, highest = recipes.of(cell)
    if lowest.words == highest.words:
        return highest.words, terms_in_words(recipes.system, highest)
    how = f"at least: {lowest.words}; at most: {highest.words}"
    return how, terms_in_words(recipes.system, highest)


def terms_in_words(system: System, recipe: Recipe) -> tuple[str, ...]:
    """The published numbers of a recipe with their signs, the first few."""
    told = [_term(system, each) for each in recipe.terms[:_MOST_TOLD]]
    more = len(recipe.terms) - len(told)
    return (*told, f"and {more} more") if more > 0 else tuple(told)


def _term(system: System, term: Term) -> str:
    sign = "+" if term.times > 0 else "-"
    often = "" if abs(term.times) == 1 else f"{abs(term.times)} x "
    return f"{sign} {often}{system.words(term.cell)}"


def unknown_findings(
    release: str, system: System, unsettled: Flags, low: Floats, high: Floats
) -> Iterator[Finding]:
    """Withheld numbers that are neither worked out nor shown to be safe by two worlds."""
    for place in np.flatnonzero(unsettled).tolist():
        endless = not np.isfinite(high[place])
        width = None if endless else int(high[place] - low[place])
        words = system.words(int(system.protected.cell[place]))
        yield Finding(release, words, Verdict.UNKNOWN, NOT_PROVED, width, "")


def contradictions_in_words(system: System, found: tuple[Contradiction, ...]) -> tuple[str, ...]:
    """Which published figures cannot all be true."""
    return tuple(_contradiction(system, each) for each in found)


def _contradiction(system: System, each: Contradiction) -> str:
    if each.kind == "cell":
        return f"{system.words(each.number)}: published with different numbers"
    if each.kind == "rate":
        cell = int(system.rates.numerator[each.number])
        return f"{system.words(cell)}: its share does not fit what it is a share of"
    total = int(system.sums.total[each.number])
    parts = system.sums.parts_of(each.number).tolist()
    return f"{system.words(total)}: its {len(parts)} parts do not add up to it"

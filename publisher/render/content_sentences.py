"""Sentences made of figures: plain, neutral, and whole whatever is withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from publisher.model.status import CellStatus
from publisher.render.content_figures import Figure
from publisher.render.content_words import (
    capitalised,
    direction,
    list_words,
    percent_words,
    points_words,
)

_WHY_NOT = {
    CellStatus.WITHHELD: "is withheld to protect confidentiality",
    CellStatus.NOT_AVAILABLE: "is not available",
    CellStatus.NOT_APPLICABLE: "does not apply",
    CellStatus.ROUNDS_TO_ZERO: "rounds to zero",
    CellStatus.EMPTY: "has no figure",
}


def is_shown(*figures: Figure | None) -> bool:
    """Whether every one of the figures is a number that may be spoken of."""
    return all(figure is not None and figure.shown for figure in figures)


def unavailable(subject: str, figure: Figure | None) -> str:
    """Why `subject` has no number, as a sentence."""
    reason = _WHY_NOT[figure.status] if figure is not None else "has no figure"
    return f"{capitalised(subject)} {reason}."


def change(now: Figure | None, before: Figure | None, since: str) -> str:
    """`Up 0.3 percentage points from 4.5% in week 43.`, or why that cannot be said."""
    if now is None or not now.shown:
        return f"{capitalised(now.meaning)}." if now is not None and now.meaning else ""
    if before is None or not before.shown:
        return f"No figure to compare with for {since}."
    difference = now.number - before.number
    towards = direction(difference, now.decimals)
    if not towards:
        return f"Unchanged from {since}."
    moved = "Up" if towards > 0 else "Down"
    size = points_words(difference, now.decimals)
    return f"{moved} {size} from {before.words} in {since}."


def compared(now: Figure, other: Figure, to: str) -> str:
    """`0.3 percentage points higher than in week 43`."""
    difference = now.number - other.number
    towards = direction(difference, now.decimals)
    if not towards:
        return f"the same as {to}"
    size = points_words(difference, now.decimals)
    return f"{size} {'higher' if towards > 0 else 'lower'} than {to}"


def extremes(figures: Mapping[str, Figure | None], decimals: int) -> str:
    """`highest in A (7.5%) and lowest in B and C (5.9%)`; empty unless all are shown and differ."""
    numbers = {
        name: each.number for name, each in figures.items() if each is not None and each.shown
    }
    if not numbers or len(numbers) < len(figures):
        return ""
    shown = {name: percent_words(number, decimals) for name, number in numbers.items()}
    highest, lowest = (shown[pick(numbers, key=numbers.__getitem__)] for pick in (max, min))
    if highest == lowest:
        return ""
    return f"highest in {_named(shown, highest)} and lowest in {_named(shown, lowest)}"


def _named(shown: Mapping[str, str], words: str) -> str:
    return f"{list_words([name for name, each in shown.items() if each == words])} ({words})"


def rates_by(figures: Sequence[tuple[str, Figure | None]]) -> str:
    """`4.8% in primary schools and withheld in special schools`; empty if none is shown."""
    if not any(figure is not None and figure.shown for _, figure in figures):
        return ""
    parts = [
        f"{figure.words if figure.shown else _short(figure)} in {name}"
        for name, figure in figures
        if figure is not None
    ]
    return list_words(parts)


def _short(figure: Figure) -> str:
    return _WHY_NOT[figure.status].removeprefix("is ").removesuffix(" to protect confidentiality")

"""A term that has a file of its own, and stands beside weeks in others, is one period.

In its own file its time is the academic year and the term; beside weeks it is the latest week, for
weeks and terms may not be mixed in one file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publisher.attack.tables import Column
from publisher.attack.times import Moment
from publisher.errors import UsageProblem
from publisher.model.time import TERMS
from publisher.reference.years import academic_year_of

Term = tuple[str, str]
"""Six digits of the academic year, and the term."""


def terms_beside_weeks(periods: Mapping[str, Column]) -> dict[str, Column]:
    """The periods of every table, with terms called as they are beside weeks.

    A term that stands beside several weeks, or beside none, keeps its name: nothing is guessed.

    Args:
        periods: by table, the period of each row (`2025|Week 45|Monday`).
    """
    beside: dict[Term, set[str]] = {}
    for word in {word for column in periods.values() for word in column.words}:
        term = _beside_a_week(word)
        if term is not None:
            beside.setdefault(term, set()).add(word)
    alike = {term: next(iter(words)) for term, words in beside.items() if len(words) == 1}
    return {
        name: Column(tuple(_renamed(column.words, alike)), column.codes)
        for name, column in periods.items()
    }


def _renamed(words: Iterable[str], alike: Mapping[Term, str]) -> Iterable[str]:
    for word in words:
        moment = Moment.of(word)
        own = moment.time_identifier in TERMS and moment.time_frame in {"", moment.time_identifier}
        term = (moment.time_period, moment.time_identifier)
        yield alike.get(term, word) if own else word


def _beside_a_week(word: str) -> Term | None:
    moment = Moment.of(word)
    if moment.time_frame not in TERMS or moment.week is None:
        return None
    try:
        return academic_year_of(moment.week.friday).code, moment.time_frame
    except UsageProblem:
        return None

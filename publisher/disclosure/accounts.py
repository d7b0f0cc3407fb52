"""The account of a run, as reviewers may see it.

Numbers of rows of the whole country are exact, so that they can be added up: they tell neither a
school nor what a pupil's marks were. What could still give a figure back is told together: batches
with marks of few schools, and everything that was taken in when the country's own figures, or the
only withheld area of days that the country's figures leave out, could be worked out from it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from publisher.disclosure.settings import Policy
from publisher.model.accounting import (
    BatchRows,
    Bucket,
    Fate,
    Line,
    RunAccount,
    TableAccount,
    TrueAccount,
    ordered,
    summed,
)
from publisher.model.definitions import Level
from publisher.model.geography import COUNTRY_CODE
from publisher.model.intake import STORED
from publisher.model.phases import ALL_SCHOOLS
from publisher.model.stages import ReleaseScope, TrueCells
from publisher.model.time import PeriodKind

NOT_BROKEN_DOWN = "not broken down, because a withheld figure could be worked out from the parts"
_FEWEST_AREAS = 2
"""The sum over so many withheld areas and phases does not give one of them back."""


def run_account(true: TrueCells, withheld: pd.DataFrame, policy: Policy) -> RunAccount | None:
    """The account for reviewers; None where nothing was counted from a store.

    `withheld` has the `ROW_KEY` columns and a row for each withheld row of the release.
    """
    if true.account is None:
        return None
    batches = _told_together(true.account.batches, policy.minimum_schools)
    if _gives_back(true, withheld, policy.minimum_schools):
        return _not_broken_down(true.account, batches)
    found = true.account
    return RunAccount(
        found.marks, found.pupils, found.sessions, batches, found.counts, found.on_roll
    )


def _told_together(batches: Sequence[BatchRows], minimum_schools: int) -> tuple[BatchRows, ...]:
    """Batches of few schools become one, with the smallest of the others so that none is left."""
    few = [each for each in batches if each.schools < minimum_schools]
    others = [each for each in batches if each.schools >= minimum_schools]
    if not few:
        return tuple(others)
    if others:
        smallest = min(others, key=lambda each: each.schools)
        others.remove(smallest)
        few.append(smallest)
    few.sort(key=batches.index)
    return (*others, _one(few))


def _one(batches: Sequence[BatchRows]) -> BatchRows:
    return BatchRows(
        names=tuple(name for each in batches for name in each.names),
        schools=max(each.schools for each in batches),
        marks=_sum([each.marks for each in batches]),
        pupils=_sum([each.pupils for each in batches]),
    )


def _sum(accounts: Sequence[TableAccount]) -> TableAccount:
    lines = summed(line for each in accounts for line in each.lines)
    return TableAccount(sum(each.arrived for each in accounts), ordered(lines))


def _gives_back(true: TrueCells, withheld: pd.DataFrame, minimum_schools: int) -> bool:
    """Whether exact numbers of the whole country would tell what is withheld.

    They are those of the country's year to date and of the days that it leaves out. The areas
    that are shown for these days can be taken away from them.
    """
    to_date = {p.key for p in true.scope.periods if p.kind is PeriodKind.YEAR_TO_DATE}
    country = (withheld["location"] == COUNTRY_CODE) & (withheld["education_phase"] == ALL_SCHOOLS)
    if (country & withheld["period"].isin(to_date)).any():
        return True
    weeks = [each for each in true.scope.periods if each.kind is PeriodKind.WEEK]
    left_out = set(true.scope.days_left_out)
    if left_out - {day for week in weeks for day in week.days}:
        return True
    hidden = withheld[withheld["period"].isin({p.key for p in weeks if left_out & set(p.days)})]
    areas = _schools_of_areas(true.scope, true.evidence, hidden)
    return bool(areas) and (len(areas) < _FEWEST_AREAS or sum(areas) < minimum_schools)


def _schools_of_areas(
    scope: ReleaseScope, evidence: pd.DataFrame, hidden: pd.DataFrame
) -> list[int]:
    """Schools of each authority and phase that has a row among `hidden`."""
    authorities = {each.code for each in scope.locations if each.level is Level.LOCAL_AUTHORITY}
    parts = hidden[
        hidden["location"].isin(authorities) & (hidden["education_phase"] != ALL_SCHOOLS)
    ]
    behind = parts.merge(evidence, on=list(parts.columns))
    schools = behind.groupby(["location", "education_phase"], observed=True)["schools"].max()
    return [int(number) for number in schools]


def _not_broken_down(account: TrueAccount, batches: tuple[BatchRows, ...]) -> RunAccount:
    """What was taken in as one line; what was left out at the door stays."""
    marks = _sum([each.marks for each in account.batches])
    pupils = _sum([each.pupils for each in account.batches])
    counts, on_roll = (
        None if table is None else _with_words(_taken_in(table))
        for table in (account.counts, account.on_roll)
    )
    return RunAccount(_with_words(marks), _with_words(pupils), None, batches, counts, on_roll)


def _taken_in(table: TableAccount) -> TableAccount:
    """What became of stored rows as one line: they were taken in."""
    inside = {each.words for each in Fate}
    rows = sum(line.rows for line in table.lines if line.words in inside)
    lines = [line for line in table.lines if line.words not in inside]
    return TableAccount(table.arrived, ordered([Line(Bucket.TAKEN_IN, STORED, rows), *lines]))


def _with_words(table: TableAccount) -> TableAccount:
    lines = [
        Line(each.bucket, NOT_BROKEN_DOWN, each.rows) if each.bucket is Bucket.TAKEN_IN else each
        for each in table.lines
    ]
    return TableAccount(table.arrived, tuple(lines))

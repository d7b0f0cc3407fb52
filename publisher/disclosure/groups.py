"""Groups of pupils: from evidence to the cells that are withheld."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.disclosure.group_choice import GroupChoice, choose_groups
from publisher.disclosure.group_count_choice import hide_small_counts, long_counts
from publisher.disclosure.group_numbers import GroupRows, group_numbers, published_items
from publisher.disclosure.ledger import OWN_SAKE, Ledger
from publisher.disclosure.problem import Problem
from publisher.disclosure.rules import group_rules, withheld_by_rules
from publisher.disclosure.sizes import node_numbers
from publisher.errors import DisclosureBlocked
from publisher.model.breakdowns import BREAKDOWN, TOTAL, BreakdownGroup, finest
from publisher.model.progress import Progress
from publisher.model.stages import ROW_KEY, TrueCells

Flags = NDArray[np.bool_]
_KEY = [*ROW_KEY, BREAKDOWN]


@dataclass(frozen=True, repr=False)
class WithheldGroups:
    """`rows` has the `ROW_KEY` and `BREAKDOWN` columns: every withheld group of pupils.

    Its column `OWN_SAKE` tells which must stay uncertain, and not only what they protect.
    """

    rows: pd.DataFrame
    not_shown: tuple[str, ...] = ()

    def among(self, counts: pd.DataFrame) -> Flags:
        """Which rows of a data set are withheld groups of pupils."""
        withheld = pd.MultiIndex.from_frame(self.rows[_KEY])
        return np.asarray(pd.MultiIndex.from_frame(counts[_KEY]).isin(withheld), dtype=bool)


def withheld_groups(
    true: TrueCells,
    problem: Problem,
    withheld: Flags,
    ledger: Ledger,
    progress: Progress,
    further: pd.DataFrame,
) -> WithheldGroups:
    """Choose the groups of pupils that are withheld, given the whole rows that are.

    `further` names rows and groups of pupils that are withheld whatever the rules say.

    Raises:
        DisclosureBlocked: a group of pupils has no evidence, or the counts do not add up.
    """
    groups = finest([each.breakdowns for each in true.data_sets if each.breakdowns])
    evidence = true.group_evidence
    if not groups:
        return WithheldGroups(pd.DataFrame(columns=[*_KEY, OWN_SAKE], dtype="str"))
    if evidence is None:
        raise DisclosureBlocked(
            "groups of pupils have no evidence", "Nothing is published without it."
        )
    _require_evidence(true, evidence)
    rows = _placed(problem, evidence, true, ledger, further)
    choices = hide_small_counts(
        list(long_counts(true, problem, groups)),
        _choices(true, (problem, withheld), groups, rows, progress),
        problem.policy,
    )
    not_shown = [
        topic.label for each in choices if each.whole for topic in each.numbers.group.topics
    ]
    judged = problem.policy.judges_groups
    found = pd.concat([_rows(each, judged=judged) for each in choices])
    return WithheldGroups(found, tuple(not_shown))


def _choices(
    true: TrueCells,
    base: tuple[Problem, Flags],
    groups: Sequence[BreakdownGroup],
    rows: GroupRows,
    progress: Progress,
) -> list[GroupChoice]:
    """What is withheld of each group of topics; `base`: the whole rows, and which are withheld."""
    problem, withheld = base
    unknown = _unknown(problem, true)
    choices: list[GroupChoice] = []
    with progress.stage("Withholding groups of pupils", len(groups)) as advance:
        for group in groups:
            numbers = group_numbers(
                problem.lattice,
                group,
                rows,
                (problem.sizes, withheld),
                published_items(problem.lattice, true.data_sets, group),
                unknown,
            )
            choices.append(choose_groups(numbers, problem.policy, problem.tie_key))
            advance(1)
    return choices


def _placed(
    problem: Problem,
    evidence: pd.DataFrame,
    true: TrueCells,
    ledger: Ledger,
    further: pd.DataFrame,
) -> GroupRows:
    rules = group_rules(problem.policy)
    needs = withheld_by_rules(evidence, rules) if rules else np.zeros(len(evidence), dtype=bool)
    needs |= ledger.withheld_for_own_sake_before(true.scope, evidence[_KEY])
    kept = ledger.withheld_before(true.scope, evidence[_KEY])
    named = pd.MultiIndex.from_frame(further[_KEY])
    kept |= np.asarray(pd.MultiIndex.from_frame(evidence[_KEY]).isin(named), dtype=bool)
    return GroupRows.of(problem.lattice, evidence, needs, kept)


def _require_evidence(true: TrueCells, evidence: pd.DataFrame) -> None:
    """Every published row has evidence, once."""
    known = pd.MultiIndex.from_frame(evidence[_KEY])
    if not known.is_unique:
        raise DisclosureBlocked("the evidence has two rows for the same group of pupils")
    for each in true.data_sets:
        if each.breakdowns:
            cells = true.cells[each.name]
            own = cells.loc[cells[BREAKDOWN] != TOTAL, _KEY]
            if not pd.MultiIndex.from_frame(own).isin(known).all():
                raise DisclosureBlocked(
                    f"the data set '{each.name}' has groups of pupils without evidence",
                    "Every row needs evidence; nothing is published without it.",
                )


def _unknown(problem: Problem, true: TrueCells) -> Flags:
    """Rows whose groups of pupils are not known: a school behind them shares counts only."""
    unknown = np.zeros(problem.lattice.size, dtype=bool)
    for each in true.data_sets:
        if each.breakdowns:
            cells = true.cells[each.name]
            missing = cells[[m.name for m in each.measures]].isna().any(axis=1)
            lacking = cells.loc[missing & (cells[BREAKDOWN] != TOTAL), list(ROW_KEY)]
            unknown[node_numbers(problem.lattice, lacking.drop_duplicates())] = True
    return unknown


def _rows(choice: GroupChoice, *, judged: bool) -> pd.DataFrame:
    """Withheld groups. Not `judged` by themselves, one of nobody is withheld with its row only."""
    numbers = choice.numbers
    own_sake = numbers.needs if judged else numbers.needs & (numbers.possible > 0)
    lattice = numbers.lattice
    cells = choice.withheld & numbers.published
    area, phase, time, item = np.nonzero(cells)
    own = item > 0
    names = (
        [each.code for each in lattice.locations],
        lattice.phases,
        [str(lattice.times[n].key) for n in numbers.times],
        numbers.keys,
    )
    columns = {
        name: pd.Categorical.from_codes(place[own], pd.Index(list(words))).astype("str")
        for name, words, place in zip(_KEY, names, (area, phase, time, item), strict=True)
    }
    return pd.DataFrame({**columns, OWN_SAKE: own_sake[cells][own]})

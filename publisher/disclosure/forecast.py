"""What a policy would withhold, as numbers of rows, before anything is published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.rules import primary_rules, withheld_by_rules
from publisher.disclosure.settings import Policy
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Progress
from publisher.model.stages import ROW_KEY, TrueCells, WithheldCount


@dataclass(frozen=True)
class RowsOfRule:
    """How many rows a rule withholds for their own sake; a row may fall under several."""

    rule: str
    words: str
    rows: int


@dataclass(frozen=True)
class Forecast:
    """What a policy would do to a release; numbers of rows only.

    A row is an area, phase and period. by_rule: under each rule. by_any_rule: under one at least.
    withheld_earlier: rows that an earlier release withheld and no rule does now. to_protect: rows
    withheld beside those. groups_withheld: groups of pupils in rows, those of withheld rows among
    them. withheld: published rows by data set and level. blocked: why the policy cannot be met,
    and then no number of rows is told.
    """

    profile: str
    rounding_base: int
    rows: int
    by_rule: tuple[RowsOfRule, ...] = ()
    by_any_rule: int = 0
    withheld_earlier: int = 0
    to_protect: int = 0
    groups_withheld: int = 0
    topics_not_shown: tuple[str, ...] = ()
    withheld: tuple[WithheldCount, ...] = ()
    blocked: str = ""


def forecast(
    true: TrueCells, policy: Policy, ledger: Ledger, tie_key: bytes, progress: Progress
) -> Forecast:
    """Apply the whole policy and keep the numbers of rows that it withholds.

    The same choice as a release makes before its files are attacked; the attack may ask for a few
    rows more.

    Args:
        true: counts and evidence.
        policy: how strict each rule is.
        ledger: what earlier releases showed and withheld.
        tie_key: secret that decides between partners of equal cost.
        progress: where to tell how far the work is.
    """
    rows = len(true.evidence)
    try:
        protected = protect(true, policy, ledger, tie_key, progress)
    except DisclosureBlocked as found:
        return Forecast(policy.profile, policy.rounding_base, rows, blocked=str(found))
    rules = primary_rules(policy)
    own = withheld_by_rules(true.evidence, rules)
    earlier = ledger.withheld_before(true.scope, true.evidence[list(ROW_KEY)]) & ~own
    return Forecast(
        profile=policy.profile,
        rounding_base=policy.rounding_base,
        rows=rows,
        by_rule=tuple(
            RowsOfRule(each.name, each.words, int(each.withheld(true.evidence).sum()))
            for each in rules
        ),
        by_any_rule=int(own.sum()),
        withheld_earlier=int(earlier.sum()),
        to_protect=len(protected.withheld) - int(np.count_nonzero(own | earlier)),
        groups_withheld=len(protected.withheld_groups),
        topics_not_shown=protected.summary.groups_not_shown,
        withheld=protected.summary.withheld,
    )

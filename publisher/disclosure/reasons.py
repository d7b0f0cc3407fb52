"""Why each row is withheld; for reviewers only."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.rules import primary_rules
from publisher.disclosure.settings import Policy
from publisher.model.reasons import BECAUSE, EARLIER_RELEASE, FOUND_BY_ATTACK, TO_PROTECT
from publisher.model.stages import ROW_KEY, TrueCells

Flags = NDArray[np.bool_]


def reasons(
    true: TrueCells, policy: Policy, ledger: Ledger, found: Flags, withheld: Flags
) -> pd.DataFrame:
    """Every row and the first reason that holds for it.

    Args:
        true: evidence and scope.
        policy: its rules come first, in their order; then what earlier releases withheld.
        ledger: what earlier releases withheld.
        found: rows that the attack on the files of an earlier round asked for, by evidence row.
        withheld: rows that are withheld, by evidence row.

    Returns:
        `ROW_KEY` columns and `BECAUSE`, one line per row of the evidence.
    """
    keys = true.evidence[list(ROW_KEY)].reset_index(drop=True)
    why = {
        **{rule.name: rule.withheld(true.evidence) for rule in primary_rules(policy)},
        EARLIER_RELEASE: ledger.withheld_before(true.scope, keys),
        FOUND_BY_ATTACK: found,
        TO_PROTECT: np.ones(len(keys), dtype=bool),
    }
    told = np.select([withheld & np.asarray(flags) for flags in why.values()], list(why), "")
    return keys.assign(**{BECAUSE: told.astype(str)})

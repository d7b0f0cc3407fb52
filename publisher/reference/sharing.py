"""Whether a school must share its registers, or may: a rule that changed over time.

Sharing was voluntary to the end of the academic year 2023/24. From 19 August 2024 schools must
share: a missing approval is then something to report, and need not keep a school from being
counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from publisher.model.intake import APPROVALS_SCHEMA
from publisher.reference.facts import read_facts

MANDATORY = "mandatory"


@dataclass(frozen=True)
class SharingRule:
    """How approvals are honoured.

    `always_binding`: outside an approval nothing is read, whatever the day. Otherwise approvals
    bind while sharing is voluntary; `withdrawals_honoured` says whether an approval that ends
    while sharing is mandatory ends it all the same.
    """

    always_binding: bool = True
    withdrawals_honoured: bool = True


def mandatory_from() -> date:
    """The first day on which schools must share."""
    (first,) = (
        date.fromisoformat(row["first_day"])
        for row in read_facts("sharing_regimes")
        if row["regime"] == MANDATORY
    )
    return first


def days_shared(ledger: pa.Table, urns: Iterable[int], rule: SharingRule) -> pa.Table:
    """From when to when each school's registers are read, as a ledger (`APPROVALS_SCHEMA`).

    Args:
        ledger: the approvals (`APPROVALS_SCHEMA`).
        urns: the schools of the register; without an approval they are in no row of `ledger`.
        rule: what an approval means.
    """
    if rule.always_binding:
        return ledger
    first = mandatory_from()
    withdrawn = _first_withdrawals(ledger, first) if rule.withdrawals_honoured else {}
    rows = [(urn, first, withdrawn.get(urn)) for urn in urns]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    added = pa.table(
        [pa.array(each, kind.type) for each, kind in zip(columns, APPROVALS_SCHEMA, strict=True)],
        schema=APPROVALS_SCHEMA,
    )
    return pa.concat_tables([ledger.cast(APPROVALS_SCHEMA), added])


def _first_withdrawals(ledger: pa.Table, first: date) -> dict[int, date]:
    """School -> the first day, from `first` on, that was the last one of an approval."""
    found: dict[int, date] = {}
    for row in ledger.to_pylist():
        last = row["approved_to"]
        if last is not None and last >= first:
            found[row["urn"]] = min(last, found.get(row["urn"], last))
    return found

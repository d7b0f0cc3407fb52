"""Puts the account of a run together from what arrived and what was found in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from publisher.errors import StoreProblem
from publisher.model.accounting import (
    BatchArrivals,
    BatchRows,
    Bucket,
    CountArrivals,
    Fate,
    Line,
    SessionAccount,
    TableAccount,
    TrueAccount,
    account_at_the_door,
    ordered,
    summed,
)


def true_account(
    arrivals: Sequence[BatchArrivals],
    marks: pa.Table,
    pupils: pa.Table,
    halves: pa.Table,
    schools: pa.Table,
) -> TrueAccount:
    """The account of a run.

    Args:
        arrivals: what the intake of each batch wrote down.
        marks: `fate`, `entries` over all stored rows of marks.
        pupils: the same over all stored records of pupils.
        halves: one row with the fields of `SessionAccount`.
        schools: `received`, `schools` of each batch that has marks.

    Raises:
        StoreProblem: the rows found are not as many as were taken in.
    """
    numbers = dict(zip(*(schools[name].to_pylist() for name in schools.column_names), strict=True))
    batches = tuple(_batch(each, numbers) for each in sorted(arrivals, key=lambda b: b.received))
    return TrueAccount(
        marks=_table("marks", [each.marks for each in batches], marks),
        pupils=_table("pupils", [each.pupils for each in batches], pupils),
        sessions=SessionAccount(**halves.to_pylist()[0]),
        batches=batches,
    )


def with_counts(
    account: TrueAccount, arrivals: Sequence[CountArrivals], counts: pa.Table, on_roll: pa.Table
) -> TrueAccount:
    """The account with the rows of schools that share numbers of pupils, if there are any.

    Args:
        account: of the rows of registers.
        arrivals: what the intake of each batch of counts wrote down.
        counts: `fate`, `entries` over all stored rows of counts.
        on_roll: the same over all stored rows of pupils on roll.

    Raises:
        StoreProblem: the rows found are not as many as were taken in.
    """
    if not arrivals:
        return account
    at_the_door = {
        name: [account_at_the_door(getattr(each, name)) for each in arrivals]
        for name in ("counts", "on_roll")
    }
    return replace(
        account,
        counts=_table("counts", at_the_door["counts"], counts),
        on_roll=_table("pupils on roll", at_the_door["on_roll"], on_roll),
    )


def _batch(arrived: BatchArrivals, schools: Mapping[datetime, int]) -> BatchRows:
    return BatchRows(
        names=(arrived.name,),
        schools=schools.get(arrived.received, 0),
        marks=account_at_the_door(arrived.marks),
        pupils=account_at_the_door(arrived.pupils),
    )


def _table(name: str, batches: Sequence[TableAccount], found: pa.Table) -> TableAccount:
    """What arrived, with what was taken in broken down."""
    fates = {row["fate"]: row["entries"] for row in found.to_pylist()}
    taken_in = sum(each.rows(Bucket.TAKEN_IN) for each in batches)
    if sum(fates.values()) != taken_in:
        raise StoreProblem(
            f"Nothing can be released: the store does not hold as many rows of {name} as its "
            "batches took in",
            "Restore the store from a copy, or make a new one from the feed.",
        )
    at_the_door = summed(line for each in batches for line in each.lines)
    inside = [Line(fate.bucket, fate.words, fates.get(fate.number, 0)) for fate in Fate]
    lines = [*inside, *(line for line in at_the_door if line.bucket is not Bucket.TAKEN_IN)]
    return TableAccount(sum(each.arrived for each in batches), ordered(lines))

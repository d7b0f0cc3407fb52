"""The account of rows on the reviewer's page: what arrived, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.model.accounting import BatchRows, Bucket, RunAccount, SessionAccount, TableAccount
from publisher.render.content_tables import Cell, Row, Table, words_table
from publisher.render.content_words import capitalised, plural

_AT_THE_DOOR = (
    Bucket.TAKEN_IN,
    Bucket.OUTSIDE_APPROVAL,
    Bucket.OUTSIDE_DATES,
    Bucket.DUPLICATE,
    Bucket.REFUSED,
)


@dataclass(frozen=True)
class AccountOfRows:
    """Tables of the account; `sessions` is empty when the account is not broken down."""

    marks: Table
    pupils: Table
    sessions: str
    batches: Table
    counts: tuple[Table, ...]
    """Of schools that share numbers of pupils, if there are any."""


def account_of_rows(account: RunAccount) -> AccountOfRows:
    """The account of a run as tables."""
    return AccountOfRows(
        marks=_table("Rows of marks by what became of them", account.marks),
        pupils=_table("Records of pupils by what became of them", account.pupils),
        sessions=_sessions(account.sessions) if account.sessions else "",
        batches=words_table(
            "What arrived in each batch: rows of marks",
            ("Batch", "Arrived", *(capitalised(bucket) for bucket in _AT_THE_DOOR)),
            (_batch(each) for each in account.batches),
        ),
        counts=tuple(_counts(account)),
    )


def _counts(account: RunAccount) -> Iterator[Table]:
    tables = {"counts": account.counts, "pupils on roll": account.on_roll}
    for name, table in tables.items():
        if table is not None:
            yield _table(f"Rows of {name}, of schools that share numbers of pupils only", table)


def _table(caption: str, account: TableAccount) -> Table:
    rows = (
        Row(capitalised(line.bucket), (Cell(capitalised(line.words)), Cell(f"{line.rows:,}")))
        for line in account.lines
    )
    arrived = Row("Arrived", (Cell("Sum of all rows above"), Cell(f"{account.arrived:,}")), "total")
    return Table(caption, ("Bucket", "Reason", "Rows"), (*rows, arrived), numeric=False)


def _sessions(sessions: SessionAccount) -> str:
    return (
        "A row of marks has two sessions. In the rows that are counted or have only unknown codes, "
        f"{plural(sessions.register_code, 'session')} had a register code and were counted, "
        f"{sessions.unknown_code:,} had an unknown code and {sessions.no_mark:,} no mark."
    )


def _batch(batch: BatchRows) -> tuple[str, ...]:
    first, *more = batch.names
    name = f"{first} and {plural(len(more), 'other batch', 'other batches')}" if more else first
    numbers = (batch.marks.arrived, *(batch.marks.rows(bucket) for bucket in _AT_THE_DOOR))
    return (name, *(f"{number:,}" for number in numbers))

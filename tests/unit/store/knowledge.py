"""What a store says was known at a moment, read with loops from its files."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from publisher.errors import StoreProblem
from publisher.model.tables import Snapshot
from publisher.store.store import Store


def moment(name: str) -> datetime:
    return datetime.strptime(name, "%Y-%m-%dT%H%M")  # noqa: DTZ007


def rows(files: tuple[Path, ...], snapshot: Snapshot) -> list[dict[str, Any]]:
    """Every row of a table that was known."""
    found = [row for path in files for row in pq.read_table(path).to_pylist()]
    return [row for row in found if row["received"] not in snapshot.not_yet]


def latest(
    files: tuple[Path, ...], snapshot: Snapshot, key: tuple[str, ...]
) -> dict[Any, dict[str, Any]]:
    """The row that counts for each key."""
    ordered = sorted(rows(files, snapshot), key=lambda row: row["received"])
    return {tuple(row[name] for name in key): row for row in ordered}


def counts(snapshot: Snapshot) -> dict[str, Any]:
    """All that a release can count, history left aside."""
    return {
        "marks": latest(snapshot.marks, snapshot, ("urn", "pupil", "date")),
        "pupils": latest(snapshot.pupils, snapshot, ("urn", "pupil")),
        **{
            name: pq.read_table(getattr(snapshot, name)).to_pylist()
            for name in ("schools", "approvals", "census")
        },
        "as_of": snapshot.as_of,
        "inputs": snapshot.inputs,
    }


def everything(snapshot: Snapshot) -> dict[str, Any]:
    """All that was known, every batch's own rows included."""
    return {
        **counts(snapshot),
        **{
            f"every {name}": sorted(
                tuple(map(str, row.values())) for row in rows(getattr(snapshot, name), snapshot)
            )
            for name in ("marks", "pupils", "school_days")
        },
    }


def told(store: Store, at: datetime, tell: Any = everything) -> Any:
    """What is known at a moment, or that nothing was."""
    try:
        return tell(store.snapshot(at))
    except StoreProblem as problem:
        return problem.found

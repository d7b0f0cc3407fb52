"""Judges what a killed change left of a store: the old store or the new one, and it can go on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from publisher.errors import PublisherError
from publisher.store.store import Store
from tests.unit.store.knowledge import everything

FINE = "fine"


def judged(again: Callable[[Path], None], before: Path, broken: Path, reference: Path) -> str:
    """Words about what is wrong, or `FINE`.

    `before` is the store as it was (perhaps not there), `reference` as the change makes it.
    """
    then, now, after = (known(each) for each in (before, broken, reference))
    if now not in (then, after) and not between(then, now, after):
        return "neither the old store nor the new one"
    try:
        again(broken)
        Store(broken).verify()
    except PublisherError as problem:
        return f"cannot go on: {problem.found}"
    if known(broken) != after:
        return "another store after going on"
    left = [path.name for path in broken.rglob(".unfinished-*")]
    return f"left behind: {left}" if left else FINE


def known(folder: Path) -> dict[str, Any]:
    """What a store knows, batch by batch; nothing where a batch or the registers are missing."""
    store = Store(folder)
    batches = {name: each.sha256 for name, each in store._contents.batches.items()}
    try:
        told = everything(store.snapshot()) if batches else {}
    except PublisherError as problem:
        told = {"problem": problem.found}
    return {
        "batches": batches,
        "registers": len(store._contents.versions),
        "kept out": sorted(store._contents.kept_out.pupils),
        "receipts": store._contents.receipts,
        **told,
    }


def between(then: dict[str, Any], now: dict[str, Any], after: dict[str, Any]) -> bool:
    """An ingest stores batch by batch: whole batches, more than before, fewer than afterwards."""
    fewer = then["batches"].items() <= now["batches"].items() <= after["batches"].items()
    return fewer and (now["batches"] != after["batches"] or now["registers"] < after["registers"])

"""`publisher store`: what is in the store, whether it is whole, making it small; erasures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import console
from publisher.cli.options import Shared, shared, shared_options
from publisher.errors import UsageProblem
from publisher.model.erasure import ErasedKind

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.store.changes import Changes
    from publisher.store.compaction import Compacted
    from publisher.store.manifests import Receipt
    from publisher.store.store import Store, StoreStatus

FROM_STANDARD_INPUT = "-"


@click.command()
@click.argument("action", type=click.Choice(["status", "verify", "compact"]))
@shared_options
@click.pass_context
def store(context: click.Context, /, action: str, **given: Any) -> None:
    """Look after the store.

    status: schools, days, batches, size, and what changed since the last release. verify: compare
    every file with its checksum. compact: merge batches into one folder; history inside the
    retention period is kept.
    """
    asked = shared(context, given)
    actions: dict[str, Callable[[Shared, Config], None]] = {
        "status": _status,
        "verify": _verify,
        "compact": _compact,
    }
    actions[action](asked, asked.load())


def forget(asked: Shared, identifier: str, *, lift: bool) -> None:
    """Erase a school or a pupil, or lift an erasure; print the receipt."""
    from publisher.feed.identify import identified  # noqa: PLC0415  (slow to import)
    from publisher.feed.pseudonym import load_key  # noqa: PLC0415  (slow to import)
    from publisher.feed.wonde.state import (  # noqa: PLC0415  (slow to import)
        ask_for_everything,
        forget_school,
    )

    config = asked.load()
    if identifier == FROM_STANDARD_INPUT:
        identifier = sys.stdin.readline()
    who = identified(identifier, load_key(environ, config.key_file))
    with _existing(config).writing() as writer:
        if lift:
            lifted = writer.lift(who)
            ask_for_everything(config.store)
            _show(asked, {"lifted": lifted}, _lifted_in_words)
        else:
            receipt = writer.erase(who)
            if who.kind is ErasedKind.SCHOOL:
                forget_school(config.store, who.number)
            _show(asked, receipt.model_dump(mode="json"), lambda _: receipt_in_words(receipt))


def _status(asked: Shared, config: Config) -> None:
    opened = _existing(config)
    with opened.reading():
        found, last = opened.status(), last_release(config.output)
        changes = opened.changed_since(last) if last else None
    told = {**asdict(found), "last_release_as_of": last, "changed_since": _counted(changes)}
    _show(asked, told, lambda _: status_in_words(found, changes))


def _verify(asked: Shared, config: Config) -> None:
    opened = _existing(config)
    with opened.reading():
        files = opened.verify()
    _show(asked, {"files": files, "intact": True}, lambda _: f"{files} files, all as written.")


def _compact(asked: Shared, config: Config) -> None:
    with _existing(config).writing() as writer:
        done = writer.compact()
    _show(asked, asdict(done), lambda _: compacted_in_words(done))


def last_release(output: Path) -> datetime | None:
    """The moment that the latest release in `output` is as of."""
    from publisher.release.manifest import MANIFEST, read_manifest  # noqa: PLC0415

    found = [read_manifest(path.parent) for path in sorted(output.glob(f"[!.]*/{MANIFEST}"))]
    return max((datetime.fromisoformat(each["as_of"]) for each in found), default=None)


def status_in_words(found: StoreStatus, changes: Changes | None) -> str:
    """What the store holds, and what a release now could see differently from the last one."""
    extent = found.extent
    lines = [
        f"{found.batches:,} batches in {found.folders:,} folders, {_size(found.bytes)}; "
        f"{found.register_versions:,} versions of the registers",
        f"{extent.schools:,} schools, {extent.days:,} days from {extent.first_day} to "
        f"{extent.last_day}, {extent.school_days:,} school-days, {extent.rows:,} rows",
        f"known to {found.latest}; can be asked for from {found.history_from or 'the beginning'}",
        f"{found.erasures:,} erasures",
    ]
    return "\n".join([*lines, *_changes_in_words(changes)])


def compacted_in_words(done: Compacted) -> str:
    """What a compaction did."""
    words = (
        f"{done.folders_before:,} folders with {_size(done.bytes_before)} became "
        f"{done.folders_after:,} with {_size(done.bytes_after)}; "
        f"{done.rows_given_up:,} rows given up."
    )
    if done.history_from is None:
        return words + " Every earlier moment can still be asked for."
    return words + f" Moments from {done.history_from} on can be asked for."


def receipt_in_words(receipt: Receipt) -> str:
    """The receipt, without whom it is about."""
    rows = ", ".join(f"{number:,} of {table}" for table, number in receipt.rows.items() if number)
    found = (
        f"Rows removed: {rows}." if rows else "The store held no row of it: was it written right?"
    )
    return "\n".join(
        [
            f"Erased a {receipt.kind} from {receipt.batches:,} batches. {found}",
            f"Receipt {receipt.number} (receipts/{receipt.number:06d}.json), known from "
            f"{receipt.known_from}, identifier {receipt.identifier}",
            receipt.words,
        ]
    )


def _lifted_in_words(told: dict[str, Any]) -> str:
    if told["lifted"]:
        return "Lifted: rows of batches from now on are stored again. What was erased stays erased."
    return "It was not kept out; nothing changed."


def _changes_in_words(changes: Changes | None) -> list[str]:
    if changes is None:
        return ["There is no release to compare with."]
    counted = _counted(changes)
    registers = "changed" if changes.registers_changed else "unchanged"
    return [
        f"Since the last release (as of {changes.since}): {len(changes.batches):,} batches, "
        f"{counted['school_days']:,} school-days of {counted['schools']:,} schools, records of "
        f"pupils at {counted['pupil_schools']:,} schools, registers {registers}, "
        f"{changes.erasures:,} erasures"
    ]


def _counted(changes: Changes | None) -> dict[str, Any]:
    if changes is None:
        return {}
    return {
        "batches": list(changes.batches),
        "school_days": len(changes.school_days),
        "schools": len(changes.school_days["urn"].unique()),
        "pupil_schools": len(changes.pupil_schools),
        "registers_changed": changes.registers_changed,
        "erasures": changes.erasures,
    }


def _existing(config: Config) -> Store:
    from publisher.store.store import Store  # noqa: PLC0415  (slow to import)

    if not config.store.is_dir():
        raise UsageProblem(f"There is no store {config.store}", "Run publisher ingest FEED first.")
    return Store(config.store, config.intake)


def _size(number: int) -> str:
    units = ("bytes", "kB", "MB", "GB")
    size, unit = float(number), 0
    while size >= 1000 and unit < len(units) - 1:  # noqa: PLR2004  (a kilo is a thousand)
        size, unit = size / 1000, unit + 1
    return f"{size:,.0f} {units[unit]}" if unit < 1 else f"{size:,.1f} {units[unit]}"


def _show(asked: Shared, told: dict[str, Any], words: Callable[[dict[str, Any]], str]) -> None:
    if asked.as_json:
        console.show_json(told)
    else:
        console.show(words(told))

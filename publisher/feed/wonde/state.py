"""What is remembered of a supplier between pulls: up to when each school has been asked.

It lies inside the store's folder, so that a store that is deleted, copied or restored takes it
along, and is written only after the batch. It names schools, never pupils.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from publisher.errors import CouldNotRun
from publisher.feed.wonde.schools import school_of

STATE_FILE = "suppliers.json"


class SchoolState(BaseModel):
    """One school: `asked_until` (universal time) is None until a pull of it was stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    listed: dict[str, object]
    """As the supplier last listed it."""
    asked_until: datetime | None = None
    shared: tuple[tuple[date, date], ...] = ()
    """First and last days on which it was shared, as the last pull of it saw them."""
    ended: date | None = None
    """The day of the pull that first found that the supplier gives it no more."""


class SupplierState(BaseModel):
    """The schools of one supplier, by the supplier's ids."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schools: dict[str, SchoolState] = {}


_Schools = dict[str, SchoolState]


class _StateFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    suppliers: dict[str, SupplierState] = {}


def read_state(store: Path, address: str) -> SupplierState:
    """What is remembered of the supplier at `address`; nothing of a new one.

    Raises:
        CouldNotRun: the file cannot be understood.
    """
    return _read(store / STATE_FILE).suppliers.get(address, SupplierState())


def write_state(store: Path, address: str, state: SupplierState) -> None:
    """Remember `state`; the file is there whole, before or after.

    Raises:
        CouldNotRun: it cannot be written.
    """
    path = store / STATE_FILE
    _write(path, {**_read(path).suppliers, address: state})


def _write(path: Path, suppliers: dict[str, SupplierState]) -> None:
    whole = _StateFile(suppliers=suppliers)
    unfinished = path.with_name(f".unfinished-{path.name}")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(whole.model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise CouldNotRun(
            f"{path.name} of the store cannot be written: {error.strerror}",
            "What was stored stays. Make room, and run the same command again.",
        ) from None


def forget_school(store: Path, urn: int) -> None:
    """Have no supplier's memory name this school.

    Raises:
        CouldNotRun: the file cannot be understood or written.
    """
    _change(
        store,
        lambda schools: {
            each: state
            for each, state in schools.items()
            if school_of(("", state.listed)).number != urn
        },
    )


def ask_for_everything(store: Path) -> None:
    """Let the next pulls ask for everything; for when someone who was kept out may come in again.

    Raises:
        CouldNotRun: the file cannot be understood or written.
    """
    _change(
        store,
        lambda schools: {
            each: state.model_copy(update={"asked_until": None}) for each, state in schools.items()
        },
    )


def _change(store: Path, change: Callable[[_Schools], _Schools]) -> None:
    path = store / STATE_FILE
    if path.exists():
        known = _read(path).suppliers
        _write(
            path,
            {
                address: SupplierState(schools=change(each.schools))
                for address, each in known.items()
            },
        )


def _read(path: Path) -> _StateFile:
    try:
        return _StateFile.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return _StateFile()
    except (OSError, ValidationError):
        raise CouldNotRun(
            f"{path.name} of the store cannot be understood",
            "Remove it: the next pull then asks every school for everything.",
        ) from None

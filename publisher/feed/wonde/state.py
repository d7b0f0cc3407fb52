"""What is remembered of a supplier between pulls: up to when each school has been asked.

It lies inside the store's folder, so that a store that is deleted, copied or restored takes it
along, and is written only after the batch. It names schools, never pupils.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from publisher.errors import CouldNotRun

STATE_FILE = "suppliers.json"


class SchoolState(BaseModel):
    """One school: `asked_until` (universal time) is None until a pull of it was stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    listed: dict[str, object]
    """As the supplier last listed it."""
    asked_until: datetime | None = None
    ended: date | None = None
    """The day of the pull that first found that the supplier gives it no more."""


class SupplierState(BaseModel):
    """The schools of one supplier, by the supplier's ids."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schools: dict[str, SchoolState] = {}


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
    known = _read(path)
    whole = _StateFile(suppliers={**known.suppliers, address: state})
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
            "What was pulled is stored; the next pull brings it once more, which changes nothing.",
        ) from None


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

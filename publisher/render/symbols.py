"""The one place where a cell's status becomes a symbol (method, section 10).

Source: Government Analysis Function, "Using symbols and shorthand in spreadsheets", and the data
symbols of Explore education statistics: bare letters in CSV, square brackets where people read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from publisher.errors import CheckFailed
from publisher.model.status import CellStatus


@dataclass(frozen=True)
class Symbol:
    """A symbol as it stands in a CSV file, and what it means in plain words."""

    letters: str
    meaning: str

    @property
    def bracketed(self) -> str:
        """As it stands in spreadsheets and pages: `[c]`."""
        return f"[{self.letters}]"


SYMBOLS: Mapping[CellStatus, Symbol] = MappingProxyType(
    {
        CellStatus.WITHHELD: Symbol("c", "withheld to protect confidentiality"),
        CellStatus.NOT_AVAILABLE: Symbol("x", "not available"),
        CellStatus.NOT_APPLICABLE: Symbol("z", "not applicable"),
        CellStatus.ROUNDS_TO_ZERO: Symbol("low", "rounds to zero but is not zero"),
    }
)
"""Every status that is shown as a symbol, in the order in which symbols are explained."""


def read_status(status: object) -> CellStatus:
    """The status that `status` names.

    Raises:
        CheckFailed: it is not a status that a cell can have; nothing is guessed.
    """
    try:
        return CellStatus(str(status))
    except ValueError:
        known = ", ".join(each.value for each in CellStatus)
        raise CheckFailed(
            f"'{status}' is not a status that a published figure can have",
            f"Known: {known}. Every figure needs one before it can be written.",
        ) from None


def csv_symbol(status: object) -> str | None:
    """What a CSV cell of this status holds: a bare symbol, "" for a blank, None for its number.

    Raises:
        CheckFailed: the status is unknown.
    """
    return _instead_of_number(read_status(status), bracketed=False)


def shown_symbol(status: object) -> str | None:
    """As `csv_symbol`, in square brackets: for spreadsheets and pages.

    Raises:
        CheckFailed: the status is unknown.
    """
    return _instead_of_number(read_status(status), bracketed=True)


def _instead_of_number(status: CellStatus, *, bracketed: bool) -> str | None:
    if status is CellStatus.SHOWN:
        return None
    if status is CellStatus.EMPTY:
        return ""
    symbol = SYMBOLS[status]
    return symbol.bracketed if bracketed else symbol.letters

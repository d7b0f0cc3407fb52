"""Symbols: one for each status, none guessed."""

import pytest

from publisher.errors import CheckFailed
from publisher.model.status import CellStatus
from publisher.render.symbols import SYMBOLS, csv_symbol, shown_symbol

EXPECTED = {
    CellStatus.SHOWN: (None, None),
    CellStatus.WITHHELD: ("c", "[c]"),
    CellStatus.NOT_AVAILABLE: ("x", "[x]"),
    CellStatus.NOT_APPLICABLE: ("z", "[z]"),
    CellStatus.ROUNDS_TO_ZERO: ("low", "[low]"),
    CellStatus.EMPTY: ("", ""),
}


@pytest.mark.parametrize("status", list(CellStatus))
def test_every_status_has_its_symbol(status: CellStatus) -> None:
    assert (csv_symbol(status), shown_symbol(status)) == EXPECTED[status]


@pytest.mark.parametrize("status", list(CellStatus))
def test_a_status_is_also_known_by_its_words(status: CellStatus) -> None:
    assert csv_symbol(status.value) == EXPECTED[status][0]


@pytest.mark.parametrize("status", ["", "suppressed", "c", None, float("nan"), "Withheld", 3])
def test_an_unknown_status_stops_the_run(status: object) -> None:
    with pytest.raises(CheckFailed, match="not a status"):
        csv_symbol(status)
    with pytest.raises(CheckFailed, match="not a status"):
        shown_symbol(status)


def test_symbols_are_told_apart_and_explained() -> None:
    assert len({each.letters for each in SYMBOLS.values()}) == len(SYMBOLS)
    assert all(each.meaning for each in SYMBOLS.values())

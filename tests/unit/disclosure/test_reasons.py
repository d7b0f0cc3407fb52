"""Every withheld row has one reason, and rows that are shown have none."""

from __future__ import annotations

import numpy as np
import pytest

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import no_further_rows, protect
from publisher.disclosure.rules import primary_rules
from publisher.disclosure.settings import Policy
from publisher.model.breakdowns import BREAKDOWN, TOTAL
from publisher.model.progress import Silent
from publisher.model.reasons import BECAUSE, FOUND_BY_ATTACK, TO_PROTECT
from publisher.model.stages import ROW_KEY, ProtectedCells, TrueCells
from tests.unit.disclosure.country import KEY, Country, School

PHASES = ("Primary", "Secondary", "Special")


@pytest.fixture(scope="module")
def true() -> TrueCells:
    """Authority 0 has one special school; authority 1 has three of one trust."""
    schools = [
        School(area, phase, "T" if (area, phase) == (1, "Special") else "", 500, np.full(5, 1000))
        for area in range(6)
        for phase in PHASES
        for _ in range(1 if (area, phase) == (0, "Special") else 5)
    ]
    return Country((3, 3), 1, schools).true_cells()


def _protected(true: TrueCells, **given: object) -> ProtectedCells:
    return protect(true, Policy(), Ledger.empty(), KEY, Silent(), **given)


def _why(protected: ProtectedCells) -> dict[tuple[str, ...], str]:
    rows = protected.reasons[[*ROW_KEY, BECAUSE]].itertuples(index=False, name=None)
    return {key: because for *key_parts, because in rows for key in [tuple(key_parts)]}


def test_withheld_rows_have_a_reason_and_no_others(true: TrueCells) -> None:
    protected = _protected(true)
    why = _why(protected)
    hidden = set(protected.withheld[list(ROW_KEY)].itertuples(index=False, name=None))
    assert {row for row, reason in why.items() if reason} == hidden
    assert len(why) == len(true.evidence)


def test_a_row_under_several_rules_has_the_first(true: TrueCells) -> None:
    why = _why(_protected(true))
    names = [rule.name for rule in primary_rules(Policy())]
    assert names.index("few schools") < names.index("one trust") < names.index("dominance")
    assert why["E06000000", "Special", "9-ytd"] == "few schools"
    assert why["E06000001", "Special", "9-ytd"] == "one trust"


def test_what_is_withheld_beside_them_is_there_to_protect(true: TrueCells) -> None:
    found = _why(_protected(true))
    assert set(found.values()) == {"", "few schools", "one trust", TO_PROTECT}


def test_rows_that_an_attack_asked_for_say_so(true: TrueCells) -> None:
    asked = true.evidence.loc[
        (true.evidence["education_phase"] == "Primary")
        & (true.evidence["location"] == "E06000005"),
        list(ROW_KEY),
    ].assign(**{BREAKDOWN: TOTAL})
    protected = _protected(true, further=asked)
    why = _why(protected)
    assert all(
        why[row] == FOUND_BY_ATTACK
        for row in asked[list(ROW_KEY)].itertuples(index=False, name=None)
    )
    assert FOUND_BY_ATTACK not in _why(_protected(true, further=no_further_rows())).values()

"""Nothing of the true cells passes the boundary."""

from __future__ import annotations

import dataclasses
import gc
import pickle
import re

import numpy as np
import pytest

from publisher.disclosure import problem, sizes
from publisher.disclosure.inspection import Inspection, inspect_recovery
from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.errors import DisclosureBlocked
from publisher.model.progress import Silent
from publisher.model.stages import TrueCells
from tests.unit.disclosure.country import KEY, Country, School

CANARY = 87_654_321


def canary_cells() -> TrueCells:
    """The lonely special school of the first authority has a number found nowhere else."""
    schools = [
        School(a, phase, "", 500 + n, np.full(5, 1000 + 2 * n + a))
        for a in range(4)
        for phase in ("Primary", "Secondary", "Special")
        for n in range(1 if (a, phase) == (0, "Special") else 6)
    ]
    lonely = next(s for s in schools if (s.authority, s.phase) == (0, "Special"))
    lonely.sessions = np.array([CANARY, 1, 1, 1, 1])
    return Country((2, 2), 1, schools).true_cells()


def test_the_true_count_is_nowhere_in_what_leaves() -> None:
    true = canary_cells()
    assert CANARY in set(true.evidence["possible_sessions"])
    protected = protect(true, Policy(), Ledger.empty(), KEY, Silent())
    for table in protected.tables:
        for column in table.data_set.indicator_columns:
            values, status = table.rows[column], table.rows[f"{column}_status"]
            assert values[status == "withheld"].isna().all()
            assert CANARY not in set(values)
    packed = pickle.dumps(protected)
    for dtype in (np.int64, np.int32, np.float64):
        assert np.array([CANARY], dtype=dtype).tobytes() not in packed


def test_nothing_that_leaves_refers_to_a_true_frame() -> None:
    true = canary_cells()
    protected = protect(true, Policy(), Ledger.empty(), KEY, Silent())
    secret = {id(true.evidence), *(id(frame) for frame in true.cells.values())}
    blocks = [true.evidence, *true.cells.values()]
    arrays = [
        frame[c].to_numpy() for frame in blocks for c in frame.columns if frame[c].dtype == np.int64
    ]
    seen: set[int] = set()
    todo: list[object] = [protected]
    while todo:
        found = todo.pop()
        if id(found) in seen or isinstance(found, type) or callable(found):
            continue
        seen.add(id(found))
        assert id(found) not in secret
        if isinstance(found, np.ndarray):
            assert not any(np.shares_memory(found, array) for array in arrays)
        todo += gc.get_referents(found)
    assert len(seen) > 100


def test_no_representation_shows_a_number_of_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []

    def remember(*args: object, **kwargs: object) -> problem.Problem:
        made = real(*args, **kwargs)
        kept.append(made)
        return made

    real = problem.Problem
    monkeypatch.setattr("publisher.disclosure.protect.Problem", remember)
    true = canary_cells()
    protected = protect(true, Policy(), Ledger.empty(), KEY, Silent())
    (made,) = kept
    assert isinstance(made, problem.Problem)
    assert isinstance(made.sizes, sizes.Sizes)
    for each in (true, protected, protected.tables[0], made, made.sizes, *made.pupil_counts):
        assert str(CANARY) not in repr(each)
        assert len(repr(each)) < 300


def test_an_exception_carries_no_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def exposes(found: problem.Problem, withheld: np.ndarray) -> Inspection:
        return dataclasses.replace(inspect_recovery(found, withheld), exposed=withheld.copy())

    monkeypatch.setattr("publisher.disclosure.gate.inspect_recovery", exposes)
    with pytest.raises(DisclosureBlocked) as caught:
        protect(canary_cells(), Policy(), Ledger.empty(), KEY, Silent())
    text = str(caught.value)
    assert "Local authority, day" in text
    assert not re.search(r"\d{4,}", text)
    assert "E0" not in text

"""Groups of pupils in the ledger: withheld once, withheld for good."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from publisher.disclosure.ledger import OWN_SAKE, Ledger, write_entry
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.model.breakdowns import BREAKDOWN
from publisher.model.progress import Silent
from publisher.model.stages import ROW_KEY, ProtectedCells, TrueCells
from tests.spec.given_expected import counted
from tests.unit.checks.test_group_checks import given

KEY = bytes(range(32))
_KEY = [*ROW_KEY, BREAKDOWN]


def few_girls() -> str:
    """As `given`, but of one school's authority and phase nearly all pupils are boys."""
    lines = []
    for line in given().splitlines():
        few = line.startswith("pupil") and " E060000010 " in line
        lines.append(line.replace("sex=Female", "sex=Male") if few else line)
    return "\n".join(lines)


@pytest.fixture(scope="module")
def first() -> TrueCells:
    """No school has girls in that authority's primary phase but those of three schools."""
    return counted(few_girls(), "2025-W38")


@pytest.fixture(scope="module")
def second() -> TrueCells:
    true = counted(given(), "2025-W38")
    return replace(true, scope=replace(true.scope, as_of=true.scope.as_of + timedelta(days=14)))


def protected(true: TrueCells, ledger: Ledger, pupils: int = 10) -> ProtectedCells:
    return protect(true, Policy(minimum_pupils=pupils), ledger, KEY, Silent())


def groups(cells: ProtectedCells) -> set[tuple[str, ...]]:
    return set(cells.withheld_groups[_KEY].itertuples(index=False, name=None))


def test_a_group_that_an_earlier_release_withheld_stays_withheld(
    first: TrueCells, second: TrueCells, tmp_path: Path
) -> None:
    evidence = first.group_evidence
    assert evidence is not None
    one = (evidence["location"] == "E06000001") & (evidence["education_phase"] == "Primary")
    one &= evidence[BREAKDOWN] == "Sex: Female"
    # Nine girls of the authority: too few in the first release, many in the second.
    scarce = replace(first, group_evidence=evidence.assign(pupils=evidence["pupils"].mask(one, 9)))
    before = protected(scarce, Ledger.empty())
    write_entry(tmp_path, before)
    later = (second.scope.as_of, second.scope.week)
    ledger = Ledger.read(tmp_path, (later[0] + timedelta(days=1), later[1]))
    girls = {each for each in groups(before) if each[:2] == ("E06000001", "Primary")}
    girls = {each for each in girls if each[3] == "Sex: Female"}
    assert girls
    assert not girls & groups(protected(second, Ledger.empty()))
    after = protected(second, ledger)
    assert groups(before) <= groups(after)
    own = after.withheld_groups.set_index(_KEY)[OWN_SAKE]
    assert all(own[each] for each in girls), "it must stay uncertain, not only hidden"


def test_an_entry_of_a_version_without_groups_can_still_be_read(
    first: TrueCells, tmp_path: Path
) -> None:
    entry = write_entry(tmp_path, protected(first, Ledger.empty()))
    rows = pq.read_table(entry / "rows.parquet").to_pandas()
    old = rows[rows[BREAKDOWN] == "Total"].drop(columns=[BREAKDOWN, OWN_SAKE])
    old.to_parquet(entry / "rows.parquet")
    _as_version_1(entry)
    ledger = Ledger.read(tmp_path, (datetime(2027, 1, 1), first.scope.week))
    assert set(ledger.rows[BREAKDOWN]) == {"Total"}
    assert ledger.rows[OWN_SAKE].equals(ledger.rows["withheld"])


def _as_version_1(entry: Path) -> None:
    path = entry / "entry.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    written["version"] = 1
    content = (entry / "rows.parquet").read_bytes()
    written["files"]["rows.parquet"] = hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(written), encoding="utf-8")


def test_withheld_groups_name_each_group_once(first: TrueCells) -> None:
    rows: pd.DataFrame = protected(first, Ledger.empty()).withheld_groups
    assert not rows.duplicated(_KEY).any()

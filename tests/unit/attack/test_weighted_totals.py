"""Rates that are weighted to the census, as in years to 2024/25, are no shares of counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.attack.attack import attack_one
from publisher.attack.declared import Declared
from publisher.model.phases import ALL_SCHOOLS
from publisher.model.progress import Silent
from tests.unit.attack.test_groups import COLUMNS, SEX, with_total, write_groups
from tests.unit.attack.toy import Toy, write


def weighted(year: str, rate: str):
    """Files of that year in which the rates of all schools are of another kind."""

    def change(line: dict[str, str]) -> dict[str, str]:
        line = {**line, "time_period": year}
        if line["education_phase"] == ALL_SCHOOLS and line["session_percent"] != "x":
            line["session_percent"] = rate
        return line

    return change


@pytest.mark.parametrize("rate", ["50.00", "0.01", "x"])
@pytest.mark.parametrize("own", [True, False])
def test_weighted_rates_contradict_no_count(tmp_path: Path, rate: str, own: bool) -> None:
    change = weighted("2024", rate)
    folder = write(tmp_path, Toy.random(3), base=10, own=own, change=change)
    assert not attack_one(folder, Declared(), Silent()).bounds.contradictions


def test_from_2025_26_the_same_rates_contradict_the_counts(tmp_path: Path) -> None:
    folder = write(tmp_path, Toy.random(3), base=10, own=False, change=weighted("2025", "50.00"))
    assert attack_one(folder, Declared(), Silent()).bounds.contradictions


@pytest.mark.parametrize("rate", ["50.00", "0.01", "x"])
def test_weighted_rates_of_groups_tell_nothing_of_their_possible_sessions(
    tmp_path: Path, rate: str
) -> None:
    """The phases tell theirs, and so what all schools together have."""
    folder = write_groups(tmp_path, with_total(SEX), set())
    path = folder / "public" / "data" / "absence_by_characteristic.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    phase, percent = COLUMNS.index("education_phase"), COLUMNS.index("session_percent")
    written = [header]
    for line in lines:
        cells = ["2024", *line.split(",")[1:]]
        written.append(",".join(cells))
        for other in ("Secondary", "Special", ALL_SCHOOLS):
            cells[phase] = other
            if other == ALL_SCHOOLS:
                cells[percent] = rate
                cells[-3] = str(3 * int(cells[-3]))
                cells[-1] = str(3 * int(cells[-1]))
            written.append(",".join(cells))
    path.write_text("\n".join(written) + "\n", encoding="utf-8")
    assert not attack_one(folder, Declared(), Silent()).bounds.contradictions

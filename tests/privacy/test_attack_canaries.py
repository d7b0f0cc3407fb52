"""No true number of a withheld row is in anything that the attack writes: words, JSON, certificate.

The rows that are withheld have numbers found nowhere else. Some of them can be worked out, so that
the attack knows them; it must not tell them all the same.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from publisher.attack import together
from publisher.attack.attack import attack
from publisher.attack.certificate import write_certificate
from publisher.attack.report import as_json, in_words
from publisher.model.progress import Silent
from tests.privacy.planted import world_in
from tests.unit.attack.toy import Toy, write

CANARIES = (76_543_219, 65_432_197, 54_321_989, 43_219_873)
REGIONS = {"E12000001": ("E06000001", "E06000002", "E06000003", "E06000004")}
WHENS = ("37|Monday", "37|Week", "37|Year to date")


def with_canaries() -> Toy:
    """Two rows of two phases have unusual numbers, which are in no sum that is one of them."""
    toy = Toy.random(11, regions=REGIONS, phases=("Primary", "Secondary"), days=("Monday",))
    places = [(area, phase) for area in toy.authorities[:2] for phase in toy.phases]
    for (area, phase), canary in zip(places, CANARIES, strict=True):
        present = toy.possible((area, phase, "37|Monday"))
        toy.add(area, phase, 37, "Monday", canary - present, 0)
        assert toy.possible((area, phase, "37|Week")) == canary
    return toy


def hidden(toy: Toy, areas: int) -> list[tuple[str, str, str]]:
    phases = ("Primary", "Secondary", "All schools")
    return [(area, phase, when) for area in toy.authorities[:areas] for phase in phases
            for when in WHENS]  # fmt: skip


@pytest.mark.parametrize("base", [1, 10])
@pytest.mark.parametrize("areas", [1, 2])
@pytest.mark.parametrize("way", ["exact", "programmes", "pushes"])
def test_no_true_number_is_in_what_the_attack_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: int, areas: int, way: str
) -> None:
    toy = with_canaries()
    folder = write(tmp_path / "a", toy, hidden(toy, areas), base)
    if way != "exact":
        monkeypatch.setattr("publisher.attack.attack.is_small", lambda *_: False)
    if way == "programmes":
        monkeypatch.setattr(together, "push_together", lambda *_: None)
    if way == "pushes":
        monkeypatch.setattr(together, "_MOST_TOGETHER", 0)
    report, attacked = attack(folder, [], None, Silent())
    write_certificate(tmp_path / "c.npz", attacked)
    if areas == 1:
        assert report.unsafe
    truths = {toy.possible(row) for row in hidden(toy, areas)}
    written = json.dumps(as_json(report)) + in_words(report, most=1_000)
    assert not truths & {int(each.replace(",", "")) for each in re.findall(r"\d[\d,]*", written)}
    with np.load(tmp_path / "c.npz") as found:
        names = sorted(name for name in found.files if name.startswith("world_"))
        worlds, units = [world_in(found, each) for each in range(len(names))], found["units"]
        others = [found[name] for name in found.files if name not in {*names, "facts"}]
    for canary in sorted(truths):
        assert not any((each == canary).any() for each in others)
        assert not any(
            (each == canary * unit).any() for each, unit in zip(worlds, units, strict=True)
        )

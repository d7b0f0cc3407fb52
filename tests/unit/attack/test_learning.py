"""What is taken from the files, and what is not."""

from __future__ import annotations

from pathlib import Path

from publisher.attack.attack import attack
from publisher.model.progress import Silent
from tests.unit.attack.toy import NATION, Toy, write

CLOSURE = {
    "attendance_status": "Management and legacy codes",
    "attendance_type": "Management and legacy codes",
    "attendance_reason": "Not attending enforced closure (y)",
    "session_percent": "x",
}
SHUT = ("E06000002", "Special", "Monday")
"""A place whose schools were shut on a day: no possible session, and so no row of its own."""


def with_closures(line: dict[str, str]) -> dict[str, str] | None:
    """The row of sessions closed by force beside a row of possible sessions."""
    area = line.get("new_la_code") or line.get("region_code") or NATION
    place = (area, line["education_phase"], line["time_frame"])
    if place == SHUT or line["attendance_reason"] != "All possible sessions":
        return None
    above = (
        area in (SHUT[0], "E12000001", NATION)
        and line["education_phase"] in (SHUT[1], "All schools")
        and line["time_frame"] != "Tuesday"
    )
    return line | CLOSURE | {"session_count": "7" if above else "0"}


def test_a_place_without_a_row_may_have_had_marks_that_are_not_possible_sessions(tmp_path: Path):
    """Once taken for a contradiction: the closures are in the rows of all schools and the week."""
    toy = Toy.random(3)
    for (row, measure), count in list(toy.counts.items()):
        if row == (SHUT[0], SHUT[1], f"37|{SHUT[2]}"):
            for key in _above(row):
                toy.counts[key, measure] -= count
            del toy.counts[row, measure]
    folder = write(tmp_path / "a", toy)
    write(folder, toy, change=with_closures, name="more")
    report, _ = attack(folder, (), None, Silent())
    assert report.contradictions == ()


def _above(row: tuple[str, str, str]):
    area, phase, when = row
    return [
        (place, each, frame)
        for place in (area, "E12000001", NATION)
        for each in (phase, "All schools")
        for frame in (when, "37|Week", "37|Year to date")
        if (place, each, frame) != row
    ]

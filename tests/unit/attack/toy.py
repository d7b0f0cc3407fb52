"""A toy publication: true counts of a small country, and folders of files that show some."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES
from publisher.model.time import WEEK, WEEKDAYS, YEAR_TO_DATE

COLUMNS = [
    "time_period", "time_identifier", "geographic_level", "country_code", "country_name",
    "region_code", "region_name", "old_la_code", "new_la_code", "la_name",
    "education_phase", "attendance_status", "attendance_type", "attendance_reason", "time_frame",
    "session_count", "session_percent", "reference_date",
]  # fmt: skip
REASONS = {
    "overall_attendance": ("Attendance", "Overall attendance", "Overall attendance"),
    "overall_absence": ("Absence", "Overall absence", "Overall absence"),
    "possible_sessions": ("Possible sessions", "All possible sessions", "All possible sessions"),
}
NATION = "E92000001"
Row = tuple[str, str, str]
"""Area code, education phase, period key such as `37|Monday`."""


@dataclass
class Toy:
    """True counts by row and measure; the first week is the first of the series."""

    regions: dict[str, tuple[str, ...]]
    weeks: tuple[int, ...] = (37,)
    days: tuple[str, ...] = WEEKDAYS[:2]
    phases: tuple[str, ...] = PUBLISHED_PHASES
    counts: dict[tuple[Row, str], int] = field(default_factory=dict)

    @classmethod
    def random(cls, seed: int, **shape: object) -> Toy:
        """A country with random counts at its leaves, and all its totals."""
        draw = np.random.default_rng(seed)
        shape.setdefault("regions", {"E12000001": ("E06000001", "E06000002", "E06000003")})
        toy = cls(**shape)
        for area in toy.authorities:
            for phase in toy.phases:
                for week in toy.weeks:
                    for day in toy.days:
                        attended = int(draw.integers(20, 400))
                        toy.add(area, phase, week, day, attended, int(draw.integers(1, 60)))
        return toy

    @property
    def authorities(self) -> tuple[str, ...]:
        return tuple(each for inside in self.regions.values() for each in inside)

    def region_of(self, authority: str) -> str:
        return next(region for region, inside in self.regions.items() if authority in inside)

    def add(self, area: str, phase: str, week: int, day: str, attended: int, absent: int) -> None:
        """Add sessions at a leaf and at everything above it."""
        last = max(self.weeks)
        found = {
            "overall_attendance": attended,
            "overall_absence": absent,
            "possible_sessions": attended + absent,
        }
        for place in (area, self.region_of(area), NATION):
            for each in (phase, ALL_SCHOOLS):
                for when in (f"{week}|{day}", f"{week}|{WEEK}", f"{last}|{YEAR_TO_DATE}"):
                    for measure, count in found.items():
                        key = ((place, each, when), measure)
                        self.counts[key] = self.counts.get(key, 0) + count

    @property
    def rows(self) -> list[Row]:
        return sorted({row for row, _ in self.counts})

    def possible(self, row: Row) -> int:
        return self.counts[row, "possible_sessions"]


def rounded(count: int, base: int) -> int:
    return (count + base // 2) // base * base if base > 1 else count


def write(
    folder: Path,
    toy: Toy,
    hidden: Iterable[Row] = (),
    base: int = 1,
    *,
    own: bool = True,
    change: Callable[[dict[str, str]], dict[str, str] | None] = lambda line: line,
    name: str = "attendance_reasons",
) -> Path:
    """Write a folder of finished files that hides some rows; `change` may change each line."""
    data = folder / "public" / "data" if own else folder
    data.mkdir(parents=True, exist_ok=True)
    lines = [change(line) for line in _lines(toy, set(hidden), base)]
    with (data / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(line for line in lines if line is not None)
    if own:
        manifest = {
            "disclosure": {"rounding_base": base},
            "settings": {"method": {"strike_days": []}, "disclosure": {}},
        }
        (folder / "release.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _lines(toy: Toy, hidden: set[Row], base: int):
    for row in toy.rows:
        area, phase, when = row
        week, frame = when.split("|")
        whole = rounded(toy.possible(row), base)
        for measure, words in REASONS.items():
            count = rounded(toy.counts[row, measure], base)
            shown = row not in hidden
            percent = f"{100 * count / whole:.2f}" if whole else "x"
            rate = "x" if measure == "possible_sessions" else percent
            yield {
                "time_period": "2025",
                "time_identifier": f"Week {week}",
                **_geography(toy, area),
                "education_phase": phase,
                **dict(zip(COLUMNS[11:14], words, strict=True)),
                "time_frame": frame,
                "session_count": str(count) if shown else "c",
                "session_percent": rate if shown or rate == "x" else "c",
                "reference_date": "",
                "true_percent": percent,
            }


def _geography(toy: Toy, area: str) -> dict[str, str]:
    country = {"country_code": NATION, "country_name": "England"}
    if area == NATION:
        return {"geographic_level": "National", **country}
    if area in toy.regions:
        return {
            "geographic_level": "Regional",
            **country,
            "region_code": area,
            "region_name": f"Region {area[-1]}",
        }
    region = toy.region_of(area)
    return {
        "geographic_level": "Local authority",
        **country,
        "region_code": region,
        "region_name": f"Region {region[-1]}",
        "old_la_code": area[-3:],
        "new_la_code": area,
        "la_name": f"Authority {area[-1]}",
    }


FIVE = {"E12000001": tuple(f"E0600000{n}" for n in range(1, 6))}
"""A region with five authorities."""


def mostly_withheld(folder: Path, seed: int) -> Path:
    """A release of two weeks with more than half of the authorities withheld, in most phases."""
    toy = Toy.random(seed, regions=FIVE, weeks=(37, 38), days=("Monday", "Tuesday", "Friday"))
    some = toy.authorities[:3]
    hidden = [row for row in toy.rows if row[0] in some and row[1] != "Special"]
    return write(folder, toy, hidden, 10)

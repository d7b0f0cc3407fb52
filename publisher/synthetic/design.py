"""What an invented feed shall be: how big, which days, how many batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from publisher.errors import UsageProblem
from publisher.reference.years import academic_year_of


@dataclass(frozen=True)
class FeedDesign:
    """The design of one feed; the same design always gives the same bytes.

    Args:
        out: the folder of the feed.
        scale: share of the pupils of each school that the feed holds; schools are never thinned.
        first_day: first day with marks.
        last_day: last day with marks; the last batch is received on its evening.
        seed: chooses one of many equally plausible feeds.
        batches: how many deliveries the marks arrive in.

    Raises:
        UsageProblem: no feed can have this design.
    """

    out: Path
    scale: float = 0.02
    first_day: date = date(2025, 9, 8)
    last_day: date = date(2025, 11, 7)
    seed: int = 1
    batches: int = 9

    def __post_init__(self) -> None:
        _check_size(self.scale, self.seed, self.batches)
        _check_days(self.first_day, self.last_day)


@dataclass(frozen=True)
class FeedSummary:
    """How much was written: schools in the register, enrolments, rows of marks, batches."""

    schools: int
    pupils: int
    marks: int
    batches: int


def _check_size(scale: float, seed: int, batches: int) -> None:
    if not 0 < scale <= 1:
        raise UsageProblem(
            f"The scale {scale} is impossible",
            "Choose a share of England's pupils above 0 and up to 1, such as 0.02.",
        )
    if seed < 0:
        raise UsageProblem(f"The seed {seed} is negative", "Choose 0 or a positive whole number.")
    if batches < 1:
        raise UsageProblem(f"{batches} batches carry no marks", "Choose at least one batch.")


def _check_days(first_day: date, last_day: date) -> None:
    if last_day < first_day:
        raise UsageProblem(
            f"The last day {last_day} lies before the first day {first_day}",
            "Swap --from and --to.",
        )
    if academic_year_of(first_day) != academic_year_of(last_day):
        raise UsageProblem(
            f"{first_day} and {last_day} lie in two academic years",
            "Generate one feed per academic year (1 September to 31 August).",
        )

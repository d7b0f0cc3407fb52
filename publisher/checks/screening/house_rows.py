"""What the screener does not look at: which rows a finished file has.

The files are read back from disk and judged with the same rules as the cells that they came
from, so an error made in writing them is found too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from publisher.checks import grid_rules
from publisher.checks.cube import Cube
from publisher.checks.implied import item_frames
from publisher.checks.screening.check import Check, Finding, Screening, fail
from publisher.checks.tally import Tally
from publisher.model.definitions import Level
from publisher.model.phases import ALL_SCHOOLS
from publisher.reference.years import TotalsRegime, academic_year_named, academic_years


def combined(tallies: Iterable[Tally]) -> Finding:
    """What several rules found together."""
    every = list(tallies)
    return Finding(sum(each.checked for each in every), sum(each.failing for each in every))


def items_of(files: Screening) -> list[dict[str, str]]:
    """The filters of each item of the definition, in its order."""
    return [dict(item.filters) for item in files.data_set.items]


def weighted(files: Screening) -> bool:
    """Whether the file's weeks lie in a year whose rates for all schools are weighted."""
    rows = files.cube.rows
    named = zip(rows["time_period"], rows["time_identifier"], strict=True)
    latest = max(academic_year_named(*each) for each in set(named))
    regime = {each.code: each.totals for each in academic_years()}
    return regime[latest] is TotalsRegime.WEIGHTED


def _every_item(files: Screening) -> Finding:
    frames = item_frames(files.data_set) if files.data_set.breakdowns else ()
    return combined([grid_rules.every_item(files.cube, items_of(files), frames)])


def _totals_present(files: Screening) -> Finding:
    above = [Level.NATIONAL.value, Level.REGIONAL.value]
    levels = above if weighted(files) else [each.value for each in Level]
    return combined([grid_rules.totals_present(files.cube, ALL_SCHOOLS, levels)])


def _longer_periods(files: Screening) -> Finding:
    """A wide file has one kind of period."""
    tallies = () if files.data_set.wide else (grid_rules.longer_periods_present(files.cube),)
    return combined(tallies)


def _on_cube(rule: Callable[[Cube], Tally]) -> Callable[[Screening], Finding]:
    """A check that is a rule without arguments."""
    return lambda files: combined([rule(files.cube)])


CHECKS: tuple[Check, ...] = (
    fail(
        "geog_region_of_la",
        "Every authority lies in its own region, and every place has its own codes",
        "rows of the grid",
        _on_cube(grid_rules.locations_known),
    ),
    fail(
        "rows_complete",
        "Every place, phase and period has a row for each combination of filter items",
        "rows of the grid",
        _every_item,
    ),
    fail(
        "rows_totals_present",
        "A place with a row for a phase has one for all schools",
        "rows of the grid",
        _totals_present,
    ),
    fail(
        "rows_areas_above_present",
        "A period has no row above the authorities or all that its authorities call for",
        "rows of the grid",
        _on_cube(grid_rules.areas_present),
    ),
    fail(
        "rows_longer_periods_present",
        "A place with a daily row has a weekly one, and with a weekly row a year to date",
        "rows of the grid",
        _longer_periods,
    ),
)

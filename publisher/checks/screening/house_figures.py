"""What the screener does not look at: whether the figures of a finished file fit together.

The files are read back from disk and judged with the same rules as the cells that they came
from, so an error made in writing them is found too.
"""

from __future__ import annotations

import math

import numpy as np

from publisher.checks import cell_rules, total_rules
from publisher.checks.cube import Cube
from publisher.checks.group_rules import group_sums, groups_add_up
from publisher.checks.screening.check import Check, Finding, Screening, fail
from publisher.checks.screening.house_cells import dated
from publisher.checks.screening.house_rows import combined, items_of, weighted
from publisher.checks.screening.identities import (
    counts_of,
    counts_of_pupils,
    nested_absentees,
    rates_of,
    session_identities,
)
from publisher.checks.tally import Tally
from publisher.checks.total_rules import Holds
from publisher.model.definitions import (
    AbsenteeMeasure,
    Count,
    IndicatorUnit,
    Level,
    Rate,
    SchoolCount,
    SchoolMeasure,
    SessionMeasure,
)
from publisher.model.phases import ALL_SCHOOLS, EDUCATION_PHASES, PUBLISHED_PHASES
from publisher.model.time import WEEK, WEEKDAYS


def _places(files: Screening) -> list[int]:
    """Where each item of the definition is in the matrix."""
    return [files.cube.item(**item) for item in items_of(files)]


def _base(cube: Cube, column: str) -> int:
    """The base that the shown counts are rounded to: the largest number that divides them all."""
    shown = np.unique(cube.numbers[column][~np.isnan(cube.numbers[column])]).astype(np.int64)
    return math.gcd(*shown.tolist()) or 1


def _percent_range(files: Screening) -> Finding:
    percents = [
        each.column for each in files.data_set.indicators if each.unit is IndicatorUnit.PERCENT
    ]
    numbers = [files.cube.numbers[column] for column in percents]
    return combined(Tally.of(each > 100, ~np.isnan(each)) for each in numbers)  # noqa: PLR2004


def _recomputable(files: Screening) -> Finding:
    if files.data_set.wide:
        return _recomputable_across(files)
    items = items_of(files)
    left_out = [ALL_SCHOOLS] if files.data_set.shows_phases and weighted(files) else []
    tallies = []
    for percent in files.data_set.indicator_columns:
        sides = ("item", "numerator", "denominator")
        rates = [
            dict(zip(sides, (items[place] for place in rate), strict=True))
            for rate in rates_of(files.data_set, percent)
        ]
        if rates:
            count = counts_of_pupils(files.data_set)[0]
            decimals = files.settings.percent_decimals
            tallies.append(
                cell_rules.percent_recomputable(
                    files.cube,
                    percent,
                    count,
                    rates=rates,
                    decimals=decimals,
                    weighted_phases=left_out,
                )
            )
    return combined(tallies)


def _recomputable_across(files: Screening) -> Finding:
    """In a wide file a rate and its counts are columns of one row."""
    figures, tallies = files.data_set.items[0].figures, []
    column_of = {f.measure: column for column, f in figures.items() if isinstance(f, Count)}
    plain = files.cube.rows["education_phase"] != ALL_SCHOOLS if weighted(files) else None
    for column, figure in figures.items():
        if isinstance(figure, Rate):
            parts, whole = (
                files.cube.figures(column_of[name])[:, 0]
                for name in (figure.numerator, figure.denominator)
            )
            percent = files.cube.figures(column)[:, 0]
            wrong = cell_rules.differs_from_percent(
                percent, parts, whole, files.settings.percent_decimals
            )
            tallies.append(Tally.of(wrong if plain is None else wrong & plain.to_numpy(dtype=bool)))
    return combined(tallies)


def _dates(files: Screening) -> Finding:
    columns = sorted(dated(files.data_set))
    return combined(cell_rules.reference_dates(files.cube, column) for column in columns)


def _items_add_up(files: Screening) -> Finding:
    places = _places(files)
    return combined(
        total_rules.places_add_up(
            files.cube,
            each.column,
            places[each.total],
            [places[part] for part in each.parts],
            _base(files.cube, each.column),
        )
        for each in session_identities(files.data_set)
    )


def _groups_add_up(files: Screening) -> Finding:
    return combined(
        groups_add_up(files.cube, column, sums, _base(files.cube, column))
        for column, sums in group_sums(files.data_set)
    )


def _nested(files: Screening) -> Finding:
    places = _places(files)
    tallies = []
    for column, smaller, larger in nested_absentees(files.data_set):
        figures = files.cube.figures(column)
        tallies.append(Tally.of(figures[:, places[smaller]] > figures[:, places[larger]]))
    return combined(tallies)


def _schools_submitting(files: Screening) -> list[str]:
    submitting = {
        each.name
        for each in files.data_set.measures
        if isinstance(each, SchoolMeasure) and each.counts is SchoolCount.SUBMITTING
    }
    return [
        column
        for column in counts_of(files.data_set, SchoolMeasure)
        for item in files.data_set.items
        if isinstance(figure := item.figures[column], Count) and figure.measure in submitting
    ]


def _frames(files: Screening) -> tuple[str, ...]:
    return tuple(dict.fromkeys(files.cube.rows["time_frame"]))


def _summed(files: Screening) -> list[tuple[str, int, tuple[str, ...]]]:
    """(indicator, base, time frames) where phases and regions add up exactly.

    Numbers of schools and enrolments over a week are means, each over its own days.
    """
    pupils = [
        (column, _base(files.cube, column), _frames(files))
        for column in counts_of(files.data_set, SessionMeasure, AbsenteeMeasure)
    ]
    return [*pupils, *((column, 0, WEEKDAYS) for column in _schools_submitting(files))]


def _phases_add_up(files: Screening) -> Finding:
    return combined(
        total_rules.phases_add_up(
            files.cube,
            column,
            total=ALL_SCHOOLS,
            parts=PUBLISHED_PHASES,
            base=base,
            time_frames=frames,
            holds=Holds.EXACTLY,
        )
        for column, base, frames in _summed(files)
    )


def _regions_add_up(files: Screening) -> Finding:
    return combined(
        total_rules.areas_add_up(
            files.cube,
            column,
            total=Level.NATIONAL,
            parts=Level.REGIONAL,
            phases=EDUCATION_PHASES,
            base=base,
            time_frames=frames,
            holds=Holds.EXACTLY,
        )
        for column, base, frames in _summed(files)
    )


def _authorities_add_up(files: Screening) -> Finding:
    """Over longer periods a region can leave out days that its authorities include."""
    sessions = counts_of(files.data_set, SessionMeasure)
    columns: list[tuple[str, int, tuple[str, ...]]] = [
        (column, _base(files.cube, column), (*WEEKDAYS, WEEK)) for column in sessions
    ]
    columns += [(column, 0, WEEKDAYS) for column in _schools_submitting(files)]
    return combined(
        total_rules.areas_add_up(
            files.cube,
            column,
            total=Level.REGIONAL,
            parts=Level.LOCAL_AUTHORITY,
            phases=PUBLISHED_PHASES,
            base=base,
            time_frames=frames,
            holds=Holds.EXACTLY,
        )
        for column, base, frames in columns
    )


CHECKS: tuple[Check, ...] = (
    fail("ind_percent_range", "No percentage is above 100", "figures", _percent_range),
    fail(
        "ind_percent_of_counts",
        "Every percentage is 100 x its count / its total, both as published",
        "figures",
        _recomputable,
    ),
    fail(
        "ind_reference_date",
        "The reference date is the day, or the Monday of the week, that a row is about",
        "figures",
        _dates,
    ),
    fail(
        "ind_nested",
        "Those who missed more are never more than those who missed less",
        "rows",
        _nested,
    ),
    fail(
        "total_of_items",
        "Every total of reasons is the sum of its reasons, within rounding",
        "figures",
        _items_add_up,
    ),
    fail(
        "total_of_groups",
        "The groups of pupils of each topic add up to all or to larger groups, within rounding",
        "figures",
        _groups_add_up,
    ),
    fail(
        "total_of_phases",
        "All schools are the sum of the phases, within rounding",
        "figures",
        _phases_add_up,
    ),
    fail(
        "total_of_regions",
        "England is the sum of its regions, within rounding",
        "figures",
        _regions_add_up,
    ),
    fail(
        "total_of_authorities",
        "On a day and in a week a region is the sum of its authorities, within rounding",
        "figures",
        _authorities_add_up,
    ),
)

"""Rules about single figures: rounding, status, rates and reference dates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import numpy as np

from publisher.checks.cube import ABSENT, STATUSES, Codes, Cube, Floats, Mask
from publisher.checks.tally import Tally
from publisher.model.status import CellStatus
from publisher.model.time import WEEK, WEEKDAYS


def counts_rounded(cube: Cube, column: str, base: int) -> Tally:
    """Shown counts are whole, not negative and multiples of `base`."""
    shown = cube.has_status(column, CellStatus.SHOWN)
    numbers = np.where(shown, cube.numbers[column], 0.0)
    return Tally.of((numbers < 0) | (np.mod(numbers, base) != 0), shown)


def status_fits_value(cube: Cube, column: str) -> Tally:
    """A cell has a value if and only if its status is "shown"."""
    shown = cube.has_status(column, CellStatus.SHOWN)
    if column in cube.texts:
        has_value = cube.texts[column] != -1
    else:
        has_value = ~np.isnan(cube.numbers[column])
    return Tally.of(shown != has_value, _present(cube))


def statuses_as_declared(
    cube: Cube, column: str, items: Sequence[Mapping[str, Collection[str]]]
) -> Tally:
    """Each item has only the statuses that its definition can lead to.

    `items` has one entry per item: its filters under `item`, the statuses under `statuses`.

    Raises:
        LookupError: an item is not in the table.
    """
    present = _present(cube)
    looked_at = np.zeros_like(present)
    failing = np.zeros_like(present)
    for entry in items:
        place = cube.item(**dict(entry["item"]))  # type: ignore[arg-type]
        allowed = [CellStatus(each) for each in entry["statuses"]]
        looked_at[:, place] = present[:, place]
        codes = [STATUSES.index(each) for each in allowed]
        failing[:, place] = ~np.isin(cube.statuses[column][:, place], codes)
    return Tally.of(failing, looked_at)


def percent_recomputable(
    cube: Cube,
    percent: str,
    count: str,
    *,
    rates: Sequence[Mapping[str, Mapping[str, str]]],
    decimals: int,
    weighted_phases: Collection[str] = (),
) -> Tally:
    """Percentages equal 100 x numerator / denominator, rounded half away from zero.

    `rates` has, for each rate, the filters of its `item`, its `numerator` and its `denominator`.
    Withheld when a count that it needs is; not available when one of them is not, or when the
    denominator is zero (disclosure, policy 4). Rows of `weighted_phases` follow another rule and
    are left out.

    Raises:
        LookupError: an item is not in the table.
    """
    places = {
        side: [cube.item(**rate[side]) for rate in rates]
        for side in ("item", "numerator", "denominator")
    }
    counts, withheld = cube.figures(count), cube.has_status(count, CellStatus.WITHHELD)
    parts, wholes = counts[:, places["numerator"]], counts[:, places["denominator"]]
    needs = withheld[:, places["numerator"]] | withheld[:, places["denominator"]]
    unknown = cube.has_status(count, CellStatus.NOT_AVAILABLE)
    lacks = unknown[:, places["numerator"]] | unknown[:, places["denominator"]]
    shown = cube.figures(percent)[:, places["item"]]
    fits = np.select(
        [needs, lacks | (wholes == 0)],
        [
            cube.has_status(percent, CellStatus.WITHHELD)[:, places["item"]],
            cube.has_status(percent, CellStatus.NOT_AVAILABLE)[:, places["item"]],
        ],
        np.isclose(shown, _percent(parts, wholes, decimals), rtol=0, atol=1e-9),
    )
    plain = ~cube.rows_where(education_phase=weighted_phases)[:, None]
    return Tally.of(~fits.astype(bool), _present(cube)[:, places["item"]] & plain)


def differs_from_percent(shown: Floats, parts: Floats, wholes: Floats, decimals: int) -> Mask:
    """Where a percentage is shown and is not the rounded share of the two counts beside it."""
    expected = _percent(parts, wholes, decimals)
    return np.asarray(~np.isnan(shown) & ~np.isclose(shown, expected, rtol=0, atol=1e-9))


def _percent(parts: Floats, wholes: Floats, decimals: int) -> Floats:
    """100 x parts / wholes to `decimals` places, half away from zero, in whole numbers."""
    scale = 100 * 10**decimals
    above = np.nan_to_num(parts).astype(np.int64)
    below = np.where(wholes > 0, np.nan_to_num(wholes), 1).astype(np.int64)
    rounded = (2 * scale * above + below) // (2 * below)
    return np.where(np.isnan(parts + wholes), np.nan, rounded / 10**decimals)


def weighted_rates_between_phases(
    cube: Cube, percent: str, total: str, parts: Sequence[str], decimals: int
) -> Tally:
    """Where totals are weighted, their rate lies between the lowest and highest phase rate.

    A weighted mean with weights that add up to one cannot lie outside (method, section 4).
    """
    phases = phase_matrices(cube, percent, parts)
    known = ~np.isnan(phases).all(axis=0)
    lowest = np.nanmin(np.where(known, phases, 0.0), axis=0)
    highest = np.nanmax(np.where(known, phases, 0.0), axis=0)
    totals = np.where(cube.known(percent), cube.figures(percent), np.nan)
    half_unit = 0.5 * 10.0**-decimals
    outside = (totals < lowest - half_unit) | (totals > highest + half_unit)
    is_total = cube.rows_where(education_phase=[total])[:, None] & _present(cube)
    return Tally.of(outside & known, is_total)


def phase_matrices(cube: Cube, column: str, phases: Sequence[str]) -> Floats:
    """For each row, the figures of each phase of the same place and period.

    Shape (phases, rows, items); NaN where the phase has no row or its figure is not known.
    """
    group = _place_and_period(cube)
    figures = np.where(cube.known(column), cube.figures(column), np.nan)
    found = np.full((len(phases), group.max(initial=0) + 1, figures.shape[1]), np.nan)
    for place, phase in enumerate(phases):
        of_phase = cube.rows_where(education_phase=[phase])
        found[place, group[of_phase]] = figures[of_phase]
    return np.asarray(found[:, group])


def _place_and_period(cube: Cube) -> Codes:
    columns = ["time_period", "time_identifier", "time_frame", "location"]
    return np.asarray(cube.rows.groupby(columns, sort=False).ngroup(), dtype=np.int64)


def item_not_above(cube: Cube, column: str, item_column: str, smaller: str, larger: str) -> Tally:
    """The figure of one item never exceeds that of another in the same row."""
    figures = np.where(cube.known(column), cube.figures(column), np.nan)
    small = cube.item(**{item_column: smaller})
    large = cube.item(**{item_column: larger})
    return Tally.of(figures[:, small] > figures[:, large])


def reference_dates(cube: Cube, column: str) -> Tally:
    """Daily rows show their day, weekly rows their Monday, all others nothing.

    Days are those of the ISO week in `time_period` and `time_identifier` (method, section 6).
    """
    wanted = np.array([_expected_date(*row) for row in _periods(cube)], dtype=object)
    items = np.array([*cube.text_items[column], ""], dtype=object)
    shown = items[cube.texts[column]]
    empty = cube.has_status(column, CellStatus.EMPTY)
    fits = (shown == wanted[:, None]) & (empty == (wanted == "")[:, None])
    return Tally.of(~fits, _present(cube))


def _periods(cube: Cube) -> Sequence[tuple[str, str, str]]:
    return list(
        zip(
            cube.rows["time_period"],
            cube.rows["time_identifier"],
            cube.rows["time_frame"],
            strict=True,
        )
    )


def _expected_date(time_period: str, time_identifier: str, time_frame: str) -> str:
    if time_frame not in (*WEEKDAYS, WEEK):
        return ""
    day = WEEKDAYS.index(time_frame) + 1 if time_frame in WEEKDAYS else 1
    week = int(time_identifier.removeprefix("Week "))
    return date.fromisocalendar(int(time_period), week, day).isoformat()


def withheld_rows_whole(cube: Cube, column: str, group_columns: Sequence[str] = ()) -> Tally:
    """In a row, the figures about pupils are all withheld or none is (the unit is the row).

    Where items are about groups of pupils, told apart by `group_columns`, each group is a row.
    """
    withheld = cube.has_status(column, CellStatus.WITHHELD)
    can_be = _present(cube) & ~cube.has_status(column, CellStatus.NOT_APPLICABLE)
    failing = np.zeros_like(withheld)
    for places in _places_of_groups(cube, group_columns):
        hidden = withheld[:, places].sum(axis=1)
        able = can_be[:, places].sum(axis=1)
        failing[:, places[0]] = hidden % np.maximum(able, 1) != 0
    return Tally.of(np.asarray(failing.any(axis=1), dtype=np.bool_))


def _places_of_groups(cube: Cube, columns: Sequence[str]) -> list[list[int]]:
    if not columns:
        return [list(range(len(cube.items)))]
    groups = cube.items.groupby(list(columns), sort=False).indices
    return [[int(place) for place in places] for places in groups.values()]


def withheld_rows_hidden(cube: Cube, columns: Sequence[str], counts: Sequence[str]) -> Tally:
    """Rows that disclosure control withholds show no figure about pupils, in any of `columns`.

    The other way round too, for `counts`: one that is withheld without being on the list would
    not be remembered by later releases.
    """
    failing = np.zeros(cube.withheld.shape, dtype=bool)
    for column in columns:
        failing |= cube.known(column) & cube.withheld
    for column in counts:
        failing |= cube.has_status(column, CellStatus.WITHHELD) & ~cube.withheld
    return Tally.of(np.asarray(failing.any(axis=1), dtype=np.bool_))


def statuses_known(cube: Cube, column: str) -> Tally:
    """Every status is one of the list."""
    codes = cube.statuses[column]
    return Tally.of((codes < 0) | (codes >= len(STATUSES)), codes != ABSENT)


def _present(cube: Cube) -> Mask:
    return cube.lines > 0

"""Stages "precheck filters" and "check filters"."""

from __future__ import annotations

from publisher.checks.screening.check import (
    Check,
    Finding,
    Screening,
    fail,
    of_cells,
    of_names,
    warn,
)
from publisher.checks.screening.text_table import TextColumn
from publisher.checks.screening.words import NOT_IN_META

_MOST_ITEMS = 25_000
_TOTALS = ("Total", "total", "All", "all")


def _columns(files: Screening) -> dict[str, TextColumn]:
    names = dict.fromkeys([*files.filters, *files.groups])
    return {name: files.data.column(name) for name in names}


def _not_singular(files: Screening) -> Finding:
    return of_names(files.filters, lambda name: len(files.data.column(name).items) < 2)  # noqa: PLR2004


def _defaults(files: Screening) -> Finding:
    wanted = {
        row["col_name"]: row.get("filter_default") or "Total" for row in files.meta_of("Filter")
    }
    for name in files.groups:
        wanted.setdefault(name, "Total")
    present = {name: item for name, item in wanted.items() if name in files.data.columns}
    return of_names(present, lambda name: present[name] not in files.data.column(name).items)


def _group_level(files: Screening) -> Finding:
    pairs = {
        row["filter_grouping_column"]: row["col_name"]
        for row in files.meta_of("Filter")
        if row["filter_grouping_column"] in files.data.columns
        and row["col_name"] in files.data.columns
    }
    return of_names(
        pairs,
        lambda group: (
            len(files.data.column(group).used) > len(files.data.column(pairs[group]).used)
        ),
    )


def _item_limit(files: Screening) -> Finding:
    return of_names(files.filters, lambda name: len(files.data.column(name).items) > _MOST_ITEMS)


def _whitespace(files: Screening) -> Finding:
    return of_cells(_columns(files), lambda text: text != text.strip())


def _total_in_observation_unit(files: Screening) -> Finding:
    columns = {name: column for name, column in files.data.columns.items() if name in NOT_IN_META}
    return of_cells(columns, lambda text: text in _TOTALS)


def _blanks(files: Screening) -> Finding:
    return of_cells(_columns(files), lambda text: not text.strip())


CHECKS_BEFORE: tuple[Check, ...] = (
    fail(
        "filter_not_singular",
        "Every filter of the meta file has two items or more",
        "filters",
        _not_singular,
        "a filter with one item gets no meta row",
    ),
)

CHECKS: tuple[Check, ...] = (
    warn(
        "filter_defaults",
        "Every filter has the item that is shown first: its default, or Total",
        "filters",
        _defaults,
    ),
    fail(
        "filter_group_level",
        "A filter's groups are no more than its items",
        "grouping columns",
        _group_level,
    ),
    fail("filter_item_limit", "No filter has more than 25,000 items", "filters", _item_limit),
    fail("filter_whitespace", "No filter item starts or ends with a blank", "rows", _whitespace),
    fail(
        "filter_ob_total",
        "No time or geography cell says Total or All",
        "rows",
        _total_in_observation_unit,
        "leave the cells of other levels blank",
    ),
    fail("filter_blanks", "No filter cell is blank", "rows", _blanks),
)

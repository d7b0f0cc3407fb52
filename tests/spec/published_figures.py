"""Reads a worked case, makes what the public sees of it, and lays published figures beside it.

*Given* as in `given_expected`. *Expected*: AREA, PHASE, time frame (a week is its identifier),
group of pupils, what is counted, the number and the percentage as they stand in the CSV file (`c`
withheld, `x` not available, `z` not applicable), separated by `|`. What is counted is named by its
measure; `no row` says that the row does not exist. Of `transition` the phase is written
"Moving school".
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import protect
from publisher.disclosure.settings import Policy
from publisher.model.breakdowns import TOTAL
from publisher.model.definitions import Count, DataSet, PublishedItem, Rate
from publisher.model.progress import Silent
from publisher.model.stages import CheckedCells
from publisher.render.csv_files import write_csv_files
from publisher.render.edition import DATA_FOLDER, Edition
from publisher.render.settings import PublicationSettings
from tests.spec.given_expected import AREAS, counted

TIE_KEY = b"a key for worked cases"
MOVING = "Moving school"
Figures = dict[tuple[str, str, str, str, str], set[tuple[str, str]]]
"""Area, phase, time frame, group, measure -> number and percentage, of each data set."""


def publishes(given: str, expected: str, week: str, **method: object) -> None:
    """Publish `given` as the release of `week` and compare every line of `expected`.

    Raises:
        AssertionError: a figure differs; says which lines and what is published.
    """
    found = published(given, week, **method)
    lines = [[part.strip() for part in line.split("|")] for line in expected.strip().splitlines()]
    lines = [line for line in lines if any(line)]
    wrong = []
    for area, phase, frame, group, measure, *figures in lines:
        here = found.get((AREAS.get(area, area), phase, frame, group or TOTAL, measure), set())
        if here != ({tuple(figures)} if figures != ["no row"] else set()):
            wrong.append(f"{area} | {phase} | {frame} | {group} | {measure} is {sorted(here)}")
    assert lines
    assert not wrong, "\n".join(wrong)


def published(given: str, week: str, **method: object) -> Figures:
    """Every published count with its percentage."""
    true = counted(given, week, **method)
    protected = protect(true, Policy(), Ledger.empty(), TIE_KEY, Silent())
    found: Figures = {}
    with TemporaryDirectory() as folder:
        (Path(folder) / DATA_FOLDER).mkdir()
        edition = Edition(CheckedCells(protected), PublicationSettings())
        write_csv_files(edition, Path(folder), Silent())
        for data_set in edition.data_sets:
            path = Path(folder) / DATA_FOLDER / f"{data_set.name}.csv"
            rows = pd.read_csv(path, dtype="str", keep_default_na=False)
            for key, figures in _figures(data_set, rows):
                found.setdefault(key, set()).add(figures)
    return found


def _figures(data_set: DataSet, rows: pd.DataFrame):
    percents = [each.column for each in data_set.indicators if each.column.endswith("_percent")]
    if not percents:
        return
    (percent,) = percents
    number = percent.replace("_percent", "_count")
    measures = {_named(data_set, each.filters): _measure(each, number) for each in data_set.items}
    for row in rows.to_dict("records"):
        place = row["new_la_code"] or row["region_code"] or row["country_code"]
        frame = row["time_frame"] if row["time_frame"] != "Week" else row["time_identifier"]
        phase = MOVING if data_set.name == "transition" else row["education_phase"]
        measure, group = measures[_named(data_set, row)], _group(row)
        yield (place, phase, frame, group, measure), (row[number], row[percent])


def _named(data_set: DataSet, words) -> tuple[str, ...]:
    shared = ("education_phase", "time_frame")
    return tuple(words[each] for each in data_set.filter_columns if each not in shared)


def _measure(item: PublishedItem, number: str) -> str:
    match item.figures[number]:
        case Count(measure):
            return measure
        case Rate() | _:
            raise AssertionError("a number that is no count")


def _group(row: dict[str, str]) -> str:
    if "year_group" in row:
        return f"{row['year_group']}: {row['sen_provision']}"
    if row.get("breakdown_topic", TOTAL) == TOTAL:
        return TOTAL
    return f"{row['breakdown_topic']}: {row['breakdown']}"

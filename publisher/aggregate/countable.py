"""Data sets that cannot be counted as they are declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from publisher.aggregate.queries_group_cells import group_problem
from publisher.errors import UsageProblem
from publisher.model.definitions import AbsenteeMeasure, DataSet, Measure, SessionMeasure
from publisher.model.time import PeriodKind
from publisher.reference.codes import register_codes


def refuse_uncountable(data_sets: Sequence[DataSet]) -> None:
    """Refuse data sets that the queries cannot count.

    Raises:
        UsageProblem: a data set cannot be counted as it is declared, or two mean different
            things by a measure's name.
    """
    for each in data_sets:
        _refuse_uncountable(each)
    distinct(measure for each in data_sets for measure in each.measures)


def _refuse_uncountable(data_set: DataSet) -> None:
    short = {PeriodKind.DAY, PeriodKind.WEEK} & set(data_set.periods)
    known = {each.code for each in register_codes()}
    for measure in data_set.measures:
        problem = _problem(measure, known, short) or group_problem(data_set, measure)
        if problem:
            raise UsageProblem(
                f"The data set '{data_set.name}' cannot be counted: {problem}",
                "Mend its definition in the catalogue.",
            )


def _problem(measure: Measure, known: set[str], short: set[PeriodKind]) -> str:
    if not isinstance(measure, Measure):
        return f"'{type(measure).__name__}' is no kind of measure that can be counted"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", measure.name):
        return f"the measure name '{measure.name}' is not snake_case"
    if isinstance(measure, AbsenteeMeasure) and short:
        return f"'{measure.name}' has no meaning for a day or a week"
    if isinstance(measure, SessionMeasure) and not (measure.codes and measure.codes <= known):
        return f"'{measure.name}' names no register code or an unknown one"
    return ""


def distinct(measures: Iterable[Measure]) -> list[Measure]:
    """The measures, each once: data sets may share one, and must mean the same by its name.

    Raises:
        UsageProblem: two of a name differ.
    """
    by_name: dict[str, Measure] = {}
    for each in measures:
        if by_name.setdefault(each.name, each) != each:
            raise UsageProblem(
                f"The measure '{each.name}' is defined twice and differently",
                "Give one of them another name in the catalogue.",
            )
    return list(by_name.values())

"""Runs suites of expectations with Great Expectations, on protected tables only.

Importing this module imports the library, which takes seconds: `run` does it when needed.
No network, no files, no progress bars of its own; results keep numbers of rows and no value.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.exceptions.exceptions import ExpectationNotFoundError
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.registry import (
    get_expectation_impl,
    list_registered_expectation_implementations,
)
from pydantic.v1 import ValidationError

from publisher.checks import (  # importing registers our types
    expectation_types,  # noqa: F401
    group_expectations,  # noqa: F401
)
from publisher.checks.suite_files import Suite, SuiteEntry
from publisher.errors import CouldNotRun
from publisher.model.stages import CheckResult, Outcome

Parameters = Mapping[str, object]

_COUNTS_ONLY = {
    "result_format": "BASIC",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
}


def checked_types(suite: Suite) -> None:
    """See that the library knows every type of the file and accepts its arguments.

    Raises:
        ConfigProblem: it does not; with file, line and column.
    """
    for number, entry in enumerate(suite.entries):
        try:
            _built(number, entry)
        except ExpectationNotFoundError:
            raise suite.problem(
                number, "type", f"there is no expectation type '{entry.type}'", _closest(entry.type)
            ) from None
        except (ValidationError, TypeError) as problem:
            raise suite.problem(
                number,
                "kwargs",
                f"the arguments of '{entry.type}' are not right: {_first(problem)}",
                "Compare them with the arguments of the type.",
            ) from None


def _first(problem: ValidationError | TypeError) -> str:
    if isinstance(problem, TypeError):
        return str(problem)
    first = problem.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _closest(name: str) -> str:
    known = list_registered_expectation_implementations()
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean '{close[0]}'?" if close else "Look at the other files for types."


def _built(number: int, entry: SuiteEntry) -> Any:  # noqa: ANN401  (untyped library)
    expectation = get_expectation_impl(entry.type)
    return expectation(
        **entry.kwargs,
        severity=FailureSeverity(entry.severity.value),
        notes=entry.notes,
        meta={"number": number},
    )


def validate(
    data_set: str, frame: pd.DataFrame, entries: Sequence[SuiteEntry], parameters: Parameters
) -> tuple[CheckResult, ...]:
    """Check `frame` against `entries`, whose `$PARAMETER`s are replaced by `parameters`.

    Raises:
        CouldNotRun: the library left an expectation out.
    """
    with _quiet():
        batch = _batch(data_set, frame)
        built = [_built(number, entry) for number, entry in enumerate(entries)]
        suite = gx.ExpectationSuite(name=data_set, expectations=built)
        kept = [each.expectation_type for each in suite.expectations]
        _same_expectations(data_set, kept, entries)
        found = batch.validate(
            suite, result_format=_COUNTS_ONLY, expectation_parameters=dict(parameters)
        )
    by_number = {each.expectation_config.meta["number"]: each for each in found.results}
    if sorted(by_number) != list(range(len(entries))):
        raise _left_out(data_set)
    return tuple(
        _result(data_set, entry, by_number[number], len(frame))
        for number, entry in enumerate(entries)
    )


def _same_expectations(data_set: str, kept: Sequence[str], wanted: Sequence[SuiteEntry]) -> None:
    if list(kept) != [entry.type for entry in wanted]:
        raise _left_out(data_set)


def _left_out(data_set: str) -> CouldNotRun:
    return CouldNotRun(
        f"Not every expectation of '{data_set}' was taken up",
        "See that no expectation stands twice in its file.",
    )


def _batch(data_set: str, frame: pd.DataFrame) -> Any:  # noqa: ANN401  (untyped library)
    """The table as the library wants it; in memory, without the folder it makes for web pages."""
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    source = context.data_sources.add_pandas("outputs")
    definition = source.add_dataframe_asset(data_set).add_batch_definition_whole_dataframe("all")
    return definition.get_batch(batch_parameters={"dataframe": frame})


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's own log lines, which can quote what it found, out of ours."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _result(data_set: str, entry: SuiteEntry, found: Any, lines: int) -> CheckResult:  # noqa: ANN401
    outcome, checked, failing = _outcome(found, lines)
    return CheckResult(
        name=_name(entry),
        data_set=data_set,
        severity=entry.severity,
        outcome=outcome,
        words=_words(entry.notes.rstrip("."), outcome, checked, failing),
        rows_checked=checked,
        rows_failing=failing,
    )


def _outcome(found: Any, lines: int) -> tuple[Outcome, int, int]:  # noqa: ANN401
    if _raised(found.exception_info):
        return Outcome.COULD_NOT_RUN, 0, 0
    checked = int(found.result.get("element_count", lines))
    failing = int(found.result.get("unexpected_count", 0))
    if checked == 0 and (lines == 0 or not found.success):
        return Outcome.COULD_NOT_RUN, 0, 0
    return (Outcome.PASSED if found.success else Outcome.FAILED), checked, failing


def _raised(exception_info: Mapping[str, Any] | None) -> bool:
    """Whether the expectation, or a metric that it needs, ended in an exception."""
    if not exception_info:
        return False
    if "raised_exception" in exception_info:
        return bool(exception_info["raised_exception"])
    return any(each.get("raised_exception") for each in exception_info.values())


def _name(entry: SuiteEntry) -> str:
    """The type, with the arguments that tell it from others of its type."""
    telling = [value for value in entry.kwargs.values() if isinstance(value, str)]
    return f"{entry.type}({', '.join(telling)})" if telling else entry.type


def _words(notes: str, outcome: Outcome, checked: int, failing: int) -> str:
    if outcome is Outcome.COULD_NOT_RUN:
        return f"{notes}: this could not be checked, as no row or column to check was found."
    if outcome is Outcome.PASSED and checked == 0:
        return f"{notes}: no row shows what this speaks of."
    if outcome is Outcome.PASSED:
        return f"{notes}: so in all {checked:,} rows checked."
    if failing:
        return f"{notes}: not so in {failing:,} of {checked:,} rows checked."
    return f"{notes}: not so in the table of {checked:,} rows."

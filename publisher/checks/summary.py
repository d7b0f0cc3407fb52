"""Results of checks as plain structures, for the reviewers' page and the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from publisher.checks.screener import API_CHECKS
from publisher.model.stages import CheckResult, Outcome, Severity


class CheckLine(TypedDict):
    """One check."""

    name: str
    data_set: str
    severity: str
    outcome: str
    words: str
    rows_checked: int
    rows_failing: int


class Totals(TypedDict):
    """How many checks ended in which way."""

    passed: int
    failed: int
    could_not_run: int


class CheckSummary(TypedDict):
    """All checks: those that need a reader first, those that passed last."""

    verdict: str
    blocked: bool
    totals: Totals
    could_not_run: list[CheckLine]
    failed: dict[str, list[CheckLine]]
    """By severity: critical, warning, info."""
    passed: dict[str, list[CheckLine]]
    """By data set."""
    api_suitable: dict[str, bool]
    """Data sets that were screened, and whether the platform's API can take them."""


def summarise(results: Sequence[CheckResult]) -> CheckSummary:
    """Arrange `results`, keeping their order within each list."""
    by_outcome = {
        outcome: [each for each in results if each.outcome is outcome] for outcome in Outcome
    }
    not_run, failed = by_outcome[Outcome.COULD_NOT_RUN], by_outcome[Outcome.FAILED]
    passed = by_outcome[Outcome.PASSED]
    return CheckSummary(
        verdict=_verdict(results),
        blocked=not results or any(each.blocks for each in results),
        totals=Totals(passed=len(passed), failed=len(failed), could_not_run=len(not_run)),
        could_not_run=[_line(each) for each in not_run],
        failed={
            severity.value: [_line(each) for each in failed if each.severity is severity]
            for severity in Severity
        },
        passed={
            name: [_line(each) for each in passed if each.data_set == name]
            for name in dict.fromkeys(each.data_set for each in passed)
        },
        api_suitable=_api_suitable(results),
    )


def _line(result: CheckResult) -> CheckLine:
    return CheckLine(
        name=result.name,
        data_set=result.data_set,
        severity=result.severity.value,
        outcome=result.outcome.value,
        words=result.words,
        rows_checked=result.rows_checked,
        rows_failing=result.rows_failing,
    )


def _verdict(results: Sequence[CheckResult]) -> str:
    if not results:
        return "No check was run."
    blocking = sum(each.blocks for each in results)
    warnings = sum(not each.blocks and each.outcome is not Outcome.PASSED for each in results)
    if blocking:
        return f"{blocking:,} of {len(results):,} checks stop this release."
    if warnings:
        return f"All critical checks passed; {_checks(warnings)} with a warning to explain."
    return f"All {len(results):,} checks passed."


def _checks(number: int) -> str:
    return "1 check ended" if number == 1 else f"{number:,} checks ended"


def _api_suitable(results: Iterable[CheckResult]) -> dict[str, bool]:
    """Nothing critical failed, and no check for the API so much as warned."""
    every = list(results)
    screened = dict.fromkeys(each.data_set for each in every if each.name in API_CHECKS)
    return {
        name: not any(
            each.blocks or (each.name in API_CHECKS and each.outcome is not Outcome.PASSED)
            for each in every
            if each.data_set == name
        )
        for name in screened
    }

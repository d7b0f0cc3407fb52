"""The reviewer's page: verdict, checks, what is withheld where, coverage, rows, what nobody tested.

It is made of protected figures and of counts of rows; it cannot show a withheld value because
none reaches this part of the program.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher.model.definitions import Level
from publisher.model.phases import EDUCATION_PHASES
from publisher.model.stages import (
    CheckedCells,
    CheckResult,
    Outcome,
    ProtectedCells,
    Severity,
    WithheldCount,
)
from publisher.model.time import PeriodKind
from publisher.reference.areas import hexagons
from publisher.render.charts_hexagons import HexagonMap, hexagon_map
from publisher.render.content_account import AccountOfRows, account_of_rows
from publisher.render.content_england import ATTENDANCE
from publisher.render.content_figures import is_any
from publisher.render.content_tables import Table, words_table
from publisher.render.content_words import capitalised, list_words, plural
from publisher.render.rounding import in_words

NONE_WITHHELD = "No row withheld"
SOME_WITHHELD = "Some phases withheld"
ALL_WITHHELD = "Every phase withheld"
NO_ROW = "No school open"
CATEGORIES = (NONE_WITHHELD, SOME_WITHHELD, ALL_WITHHELD, NO_ROW)
"""What a hexagon can say, from least to most withheld."""


@dataclass(frozen=True)
class CheckGroup:
    """Checks with the same severity and outcome."""

    title: str
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True)
class WithheldMap:
    """Where figures of the latest week are withheld."""

    drawing: HexagonMap
    counts: tuple[tuple[str, int], ...]
    table: Table
    alt: str


@dataclass(frozen=True)
class Review:
    """Everything that the reviewer's page shows."""

    ready: bool
    verdict: str
    failed: tuple[CheckGroup, ...]
    could_not_run: tuple[CheckResult, ...]
    passed: tuple[CheckResult, ...]
    withheld: Table
    map: WithheldMap
    account: AccountOfRows | None
    """None where nothing was counted from a store."""
    unchecked: tuple[str, ...]


def review(checked: CheckedCells) -> Review:
    """The reviewer's page of this release."""
    results = checked.results
    could_not_run = tuple(each for each in results if each.outcome is Outcome.COULD_NOT_RUN)
    account = checked.protected.account
    return Review(
        ready=not any(each.blocks for each in results) and bool(results),
        verdict=verdict(results),
        failed=_failed(results),
        could_not_run=could_not_run,
        passed=tuple(each for each in results if each.outcome is Outcome.PASSED),
        withheld=_withheld(checked.protected.summary.withheld),
        map=_map(checked.protected),
        account=account_of_rows(account) if account else None,
        unchecked=_unchecked(checked),
    )


def verdict(results: tuple[CheckResult, ...]) -> str:
    """One sentence: may the release go on, and what a reviewer must look at first."""
    if not results:
        return "Not ready: no check has run."
    blocking = sum(each.blocks for each in results)
    if blocking:
        return f"Not ready: {plural(blocking, 'critical check')} did not pass."
    remaining = [words for words in _remaining(results) if words]
    passed = plural(sum(each.outcome is Outcome.PASSED for each in results), "check")
    if not remaining:
        return f"Ready for sign-off: all {passed} passed."
    return f"Ready for sign-off except {list_words(remaining)}; {passed} passed."


def _remaining(results: tuple[CheckResult, ...]) -> tuple[str, str, str]:
    """What a reviewer has to look at although it does not stop the release."""
    failed = [each.severity for each in results if each.outcome is Outcome.FAILED]
    stopped = sum(each.outcome is Outcome.COULD_NOT_RUN for each in results)
    warnings, notes = failed.count(Severity.WARNING), failed.count(Severity.INFO)
    return (
        plural(warnings, "warning") if warnings else "",
        plural(notes, "note") if notes else "",
        plural(stopped, "check that could not run", "checks that could not run") if stopped else "",
    )


def _failed(results: tuple[CheckResult, ...]) -> tuple[CheckGroup, ...]:
    groups = (
        CheckGroup(
            f"{capitalised(severity.value)} checks that failed",
            tuple(
                each
                for each in results
                if each.severity is severity and each.outcome is Outcome.FAILED
            ),
        )
        for severity in Severity
    )
    return tuple(group for group in groups if group.checks)


def _withheld(counts: tuple[WithheldCount, ...]) -> Table:
    rows = (
        (
            each.data_set,
            each.geographic_level,
            f"{each.rows:,}",
            f"{each.withheld:,}",
            f"{in_words(100 * each.withheld / each.rows, 1)}%" if each.rows else "0.0%",
        )
        for each in counts
    )
    return words_table(
        "Rows withheld by data set and geographic level",
        ("Data set", "Geographic level", "Rows", "Withheld", "Percentage withheld"),
        rows,
    )


def _map(protected: ProtectedCells) -> WithheldMap:
    places = protected.scope.locations
    names = {each.code: each.name for each in places if each.level is Level.LOCAL_AUTHORITY}
    layout = {code: at for code, at in hexagons().items() if code in names}
    categories = _categories(protected, tuple(layout))
    counts = tuple((each, sum(c == each for c in categories.values())) for each in CATEGORIES)
    listed = [
        (names[code], category)
        for code, category in sorted(categories.items(), key=lambda item: names[item[0]])
        if category in (SOME_WITHHELD, ALL_WITHHELD)
    ]
    return WithheldMap(
        hexagon_map(layout, names, categories),
        counts,
        words_table("Authorities with withheld rows, latest week", ("Area", "Withheld"), listed),
        "Map of local authorities as hexagons: "
        + list_words([f"{words.lower()} in {count}" for words, count in counts]),
    )


def _categories(protected: ProtectedCells, codes: tuple[str, ...]) -> dict[str, str]:
    withheld = _withheld_phases(protected)
    present = _phases_present(protected)
    return {code: _category(withheld.get(code, 0), present.get(code, 0)) for code in codes}


def _category(withheld: int, present: int) -> str:
    if not present:
        return NO_ROW
    if not withheld:
        return NONE_WITHHELD
    return ALL_WITHHELD if withheld >= present else SOME_WITHHELD


def _withheld_phases(protected: ProtectedCells) -> dict[str, int]:
    """Number of withheld rows of the latest week by area."""
    latest = {
        each.key
        for each in protected.scope.periods
        if each.kind is PeriodKind.WEEK and each.first_day >= protected.scope.week.monday
    }
    rows = protected.withheld
    counts = rows[rows["period"].astype(str).isin(latest)]["location"].astype(str).value_counts()
    return {str(code): int(count) for code, count in counts.items()}


def _phases_present(protected: ProtectedCells) -> dict[str, int]:
    """Number of rows (phases) that each authority has for the latest week."""
    rows = protected.table(ATTENDANCE).rows
    week = protected.scope.period(_latest_key(protected))
    wanted = (
        is_any(rows, "geographic_level", (Level.LOCAL_AUTHORITY.value,))
        & is_any(rows, "time_frame", (week.time_frame,))
        & is_any(rows, "time_identifier", (week.time_identifier,))
        & is_any(rows, "time_period", (week.time_period,))
        & is_any(rows, "attendance_reason", ("Overall absence",))
        & is_any(rows, "education_phase", EDUCATION_PHASES)
    )
    counts = rows[wanted]["new_la_code"].astype(str).value_counts()
    return {str(code): int(count) for code, count in counts.items()}


def _latest_key(protected: ProtectedCells) -> str:
    return next(
        each.key
        for each in protected.scope.periods
        if each.kind is PeriodKind.WEEK and each.first_day >= protected.scope.week.monday
    )


def _unchecked(checked: CheckedCells) -> tuple[str, ...]:
    """Data sets that no check has looked at."""
    looked_at = {each.data_set for each in checked.results}
    return tuple(
        each.data_set.title
        for each in checked.protected.tables
        if each.data_set.name not in looked_at
    )

"""Results in words for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.cli.words_counts import counts_in_words, left_out_in_words
from publisher.model.accounting import TableAccount, account_at_the_door
from publisher.model.definitions import DataSet
from publisher.model.intake import BatchFate, BatchOutcome, IngestReport
from publisher.release.facts import account_facts
from publisher.release.manifest import Verification

if TYPE_CHECKING:
    from publisher.pipeline import Made

_SHOWN_REFUSALS = 20


def ingest_in_words(report: IngestReport) -> str:
    """What became of every batch and every row; counts of rows, never a row."""
    lines: list[str] = []
    for outcome in report.batches:
        lines += _batch(outcome)
    lines += [
        f"{each.place}, {each.column}: {each.words}" for each in report.refusals[:_SHOWN_REFUSALS]
    ]
    if len(report.refusals) > _SHOWN_REFUSALS:
        lines.append(f"… and {len(report.refusals) - _SHOWN_REFUSALS:,} more rows of the registers")
    lines += [f"{name} is not part of a feed and was not read" for name in report.not_read]
    return "\n".join([*lines, *_ingest_end(report)])


def _ingest_end(report: IngestReport) -> Iterator[str]:
    fates = [outcome.fate for outcome in report.batches]
    counts = [f"{fates.count(fate)} {fate.value}" for fate in BatchFate if fate in fates]
    yield f"Batches: {', '.join(counts) or 'none'}."
    if report.refused:
        yield "Mend the refused batches and run this again; what is stored stays."
    else:
        yield "Next: publisher release"


def _batch(outcome: BatchOutcome) -> Iterator[str]:
    if outcome.fate is BatchFate.REFUSED:
        yield f"{outcome.name}: refused. {outcome.reason}"
        if outcome.advice:
            yield f"    {outcome.advice}"
    elif outcome.counts is not None:
        yield from counts_in_words(outcome.name, outcome.counts, outcome.late_corrections)
    elif outcome.account is not None:
        account = outcome.account
        yield f"{outcome.name}: {account.marks.stored:,} marks, {account.pupils.stored:,} pupils"
        for table, rows in account.tables.items():
            yield f"    {table}: {_sum_in_words(account_at_the_door(rows.buckets))}"
            yield from left_out_in_words(table, rows)
        yield from _oddities(outcome)


def _sum_in_words(account: TableAccount) -> str:
    parts = " + ".join(f"{rows:,} {bucket}" for bucket, rows in account.buckets.items())
    return f"{account.arrived:,} rows arrived = {parts or 'none'}"


def _oddities(outcome: BatchOutcome) -> Iterator[str]:
    account = outcome.account
    if account is None:
        return
    if outcome.held_back:
        yield f"    {outcome.held_back:,} marks held back: their pupils have no record yet"
    if account.unknown_codes:
        looks = ", ".join(repr(text) for text in account.unknown_code_texts)
        yield f"    {account.unknown_codes:,} marks with an unknown code ({looks}), not counted"
    for code, marks in account.codes_out_of_date.items():
        yield f"    {marks:,} marks with code {code} on days when it was not in use, counted"
    if account.shared_numbers:
        yield (
            f"    {account.shared_numbers:,} pupil numbers that records with different dates of "
            "birth share at one school; the last record counts: ask the school whose they are"
        )
    for column, values in account.unreadable_values.items():
        yield f"    {values:,} values of {column} not understood, kept as unknown"
    for urn in account.schools_refused:
        yield f"    school {urn}: marks refused, too many unknown codes"


def ingest_as_json(report: IngestReport) -> dict[str, Any]:
    """The report with plain values."""
    return {
        "batches": [{**_plain(asdict(each)), "buckets": _buckets(each)} for each in report.batches],
        "registers_changed": report.registers_changed,
        "refused_rows_of_registers": [asdict(each) for each in report.refusals],
        "not_read": list(report.not_read),
    }


def _buckets(outcome: BatchOutcome) -> dict[str, dict[str, int]] | None:
    """Table -> bucket -> rows of a batch that was stored."""
    if outcome.account is None:
        return None
    tables = outcome.account.tables
    accounts = {table: account_at_the_door(each.buckets) for table, each in tables.items()}
    return {
        table: {str(bucket): rows for bucket, rows in account.buckets.items()}
        for table, account in accounts.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def release_in_words(made: Made) -> str:
    """Where the release is, how much was withheld, which checks ran."""
    protected, results = made.checked.protected, made.checked.results
    lines = [f"Release {protected.scope.week.slug} is in {made.folder}"]
    for table in protected.tables:
        counts = [
            each for each in protected.summary.withheld if each.data_set == table.data_set.name
        ]
        withheld, rows = sum(each.withheld for each in counts), sum(each.rows for each in counts)
        said = f"; {withheld:,} of {rows:,} areas by phase and period withheld" if withheld else ""
        lines.append(f"    {table.data_set.title}: {len(table.rows):,} rows{said}")
    if protected.account is not None:
        lines.append(f"Marks: {_sum_in_words(protected.account.marks)}")
        lines.append(f"Pupils: {_sum_in_words(protected.account.pupils)}")
        if protected.account.counts is not None:
            lines.append(f"Counts: {_sum_in_words(protected.account.counts)}")
    passed = sum(result.outcome.value == "passed" for result in results)
    lines.append(f"Checks: {passed} of {len(results)} passed.")
    lines += [
        f"    {result.severity.value}, {result.outcome.value}: {result.data_set}: {result.words}"
        for result in results
        if result.outcome.value != "passed"
    ]
    lines.append(f"Next: open {made.folder / 'public' / 'index.html'}")
    lines.append(f"      publisher review {protected.scope.week.slug}")
    return "\n".join(lines)


def release_as_json(made: Made) -> dict[str, Any]:
    """The release with plain values."""
    protected = made.checked.protected
    return {
        "release": protected.scope.week.slug,
        "folder": str(made.folder),
        "rows": made.rows,
        "as_of": protected.scope.as_of.isoformat(),
        "withheld": [asdict(each) for each in protected.summary.withheld],
        "account_of_rows": account_facts(protected.account),
        "checks": [asdict(each) for each in made.checked.results],
    }


def verification_in_words(folder: Path, found: Verification) -> str:
    """Which files differ from the manifest."""
    groups = {
        "altered": found.altered,
        "missing": found.missing,
        "not in the manifest": found.unexpected,
    }
    lines = [f"{name}: {what}" for what, names in groups.items() for name in names]
    verdict = "intact" if found.intact else "NOT as it was made"
    lines.append(f"{folder.name}: {found.files} files, {verdict}.")
    certificate = folder / "certificate.npz"
    if certificate.is_file():
        lines.append(f"Its certificate: publisher verify {folder.name} --certificate {certificate}")
    else:
        lines.append("The release carries no certificate: its finished files were not attacked.")
    return "\n".join(lines)


def catalogue_in_words(catalogue: Sequence[DataSet]) -> str:
    """Every data set with its filters, indicators and measures."""
    lines: list[str] = []
    for each in catalogue:
        lines += [f"{each.title} ({each.name})", f"    {each.summary}"]
        lines.append(f"    levels: {', '.join(each.levels)}")
        lines.append(f"    periods: {', '.join(each.periods)}")
        lines += [f"    filter {every.column}: {'; '.join(every.items)}" for every in each.filters]
        lines += [f"    indicator {every.column}: {every.label}" for every in each.indicators]
        if not each.wide:
            lines += [f"    counts {every.label}: {every.words}" for every in each.measures]
        lines.append("")
    return "\n".join(lines)


def catalogue_as_json(catalogue: Sequence[DataSet]) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [
        {
            "name": each.name,
            "title": each.title,
            "summary": each.summary,
            "levels": list(each.levels),
            "periods": list(each.periods),
            "filters": {every.column: list(every.items) for every in each.filters},
            "indicators": {every.column: every.label for every in each.indicators},
            "measures": {every.name: every.words for every in each.measures},
        }
        for each in catalogue
    ]

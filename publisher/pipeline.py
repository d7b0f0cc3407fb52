"""The whole story on one page: the only module that calls every stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from os import environ
from pathlib import Path
from typing import Any

from publisher import __version__
from publisher.aggregate.aggregate import count
from publisher.aggregate.engine import Step
from publisher.aggregate.queries import steps
from publisher.catalogue import CATALOGUE
from publisher.checks.run import check_cells, with_files_checked
from publisher.config import Config
from publisher.disclosure.ledger import Ledger, write_entry
from publisher.disclosure.protect import policy_words, protect
from publisher.errors import BatchRefused, NotYetAvailable, UsageProblem
from publisher.feed.intake import Feed, open_feed
from publisher.feed.pilot.intake import PilotFeed, open_pilot_feed
from publisher.feed.pseudonym import PseudonymKey, load_key
from publisher.model.definitions import DataSet
from publisher.model.intake import BatchFate, BatchOutcome, IngestReport
from publisher.model.progress import Progress
from publisher.model.stages import CheckedCells, Supply
from publisher.model.tables import Snapshot
from publisher.model.time import IsoWeek
from publisher.reference.years import TotalsRegime, academic_year_of
from publisher.release.facts import release_facts
from publisher.release.folder import release_folder
from publisher.release.manifest import write_manifest
from publisher.render.checksums import write_checksums
from publisher.render.content import MethodFacts
from publisher.render.pages import write_pages, write_review
from publisher.render.writers import write_data
from publisher.store.store import Store
from publisher.store.weeks import whole_weeks
from publisher.store.writing import Writer

HISTORY = "history"

TakeIn = Callable[[Path, Writer, Progress], BatchOutcome]
"""Takes the batch in a folder into the store. Raises BatchRefused."""

COVERAGE = (
    "The figures cover state-funded primary, secondary and special schools that share their "
    "registers, on the days that their approval covers. Pupils who were 5 to 15 years old on "
    "31 August before the academic year are counted, once for each school at which they are "
    "registered."
)
PERSISTENT_ABSENCE_FROM = (
    "Persistent and severe absence are first published in the release that contains week 2 of "
    "the calendar year, when pupils have had enough sessions for the share missed to mean much."
)
NOT_TESTED = (
    "The finished files were not attacked as a whole; each withheld row was bounded against "
    "subtraction across areas, phases and time while the release was made.",
    "Figures of earlier releases were not combined with those of this one, except that what "
    "was withheld for a period stays withheld.",
    "Figures were not compared with those of the last release.",
)


@dataclass(frozen=True)
class Made:
    """A finished release; `rows` counts published rows over all data sets."""

    folder: Path
    checked: CheckedCells
    rows: int


@dataclass(frozen=True)
class Planned:
    """What a release would do."""

    release: str
    folder: str
    replaces_existing: bool
    as_of: str
    data_to: str
    publication_date: str
    batches: int
    data_sets: tuple[str, ...]
    not_in_this_release: tuple[str, ...]
    earlier_releases_in_ledger: int
    policy: tuple[str, ...]


def ingest(config: Config, feed_folder: Path, feed_format: str, progress: Progress) -> IngestReport:
    """Take every batch of a feed into the store, oldest first; whole batches or nothing of them.

    Raises:
        UsageProblem: there is no pseudonym key (numbers of pupils need none).
        FeedProblem: the folder is not a feed, or a register cannot be read.
        StoreProblem, CouldNotRun: the store cannot be written.
    """
    take, feed = _adapter(config, feed_folder, feed_format)
    store = Store(config.store, config.intake)
    with store.writing() as writer:
        outcomes = tuple(_taken(take, folder, writer, progress) for folder in feed.folders)
        # Registers belong to batches: when every batch was refused there is nothing to describe.
        changed = bool(store.received_batches()) and writer.add_registers(feed.registers)
    return IngestReport(outcomes, changed, feed.refusals, feed.not_read)


def release(config: Config, week: str | None, as_of: datetime | None, progress: Progress) -> Made:
    """Make a release: count, protect, check, write; it appears whole or not at all.

    Raises:
        UsageProblem: the week or the moment has no data.
        DisclosureBlocked, CheckFailed: the figures must not leave the house.
        CouldNotRun: the machine, the store or the disk is not ready.
    """
    asked = None if week is None else IsoWeek.parse(week)
    key = load_key(environ, config.key_file)
    snapshot = Store(config.store, config.intake).snapshot(as_of)
    chosen = asked or _latest_week(snapshot)
    data_sets, _ = _due(chosen)
    true = count(snapshot, chosen, data_sets, config.engine, config.method, progress)
    history = config.output / HISTORY
    ledger = Ledger.read(history, before=(snapshot.as_of, chosen))
    protected = protect(true, config.disclosure, ledger, key.tie_key(), progress)
    supply = true.supply
    del true
    checked = check_cells(
        protected, config.expectations_in_force, config.checks, progress, data_sets=CATALOGUE
    )
    return _write(config, checked, supply, snapshot, progress)


def plan(config: Config, week: str | None, as_of: datetime | None) -> Planned:
    """Say what `release` would do; reads the store and touches nothing."""
    asked = None if week is None else IsoWeek.parse(week)
    snapshot = Store(config.store, config.intake).snapshot(as_of)
    chosen = asked or _latest_week(snapshot)
    due, not_due = _due(chosen)
    folder = config.output / chosen.slug
    ledger = Ledger.read(config.output / HISTORY, before=(snapshot.as_of, chosen))
    return Planned(
        release=chosen.slug,
        folder=str(folder),
        replaces_existing=folder.exists(),
        as_of=snapshot.as_of.isoformat(),
        data_to=chosen.friday.isoformat(),
        publication_date=config.publication.published_at(chosen).isoformat(),
        batches=len(snapshot.marks) + len(snapshot.counts),
        data_sets=tuple(each.title for each in due),
        not_in_this_release=tuple(each.title for each in not_due),
        earlier_releases_in_ledger=len(ledger.entries),
        policy=policy_words(config.disclosure, weighted=_weighted(chosen)),
    )


def queries(week: str) -> tuple[Step, ...]:
    """Every query that the release of `week` runs, in order."""
    chosen = IsoWeek.parse(week)
    return steps(chosen, _due(chosen)[0])


def _adapter(config: Config, folder: Path, feed_format: str) -> tuple[TakeIn, Feed | PilotFeed]:
    """The feed, and what takes one of its batches into the store."""
    if feed_format == "pilot":
        pilot = open_pilot_feed(folder, config.feed)
        return partial(_take_in_counts, pilot), pilot
    _only_tables(feed_format)
    key = load_key(environ, config.key_file)
    feed = open_feed(folder, config.feed)
    return partial(_take_in, feed, key), feed


def _taken(take: TakeIn, folder: Path, writer: Writer, progress: Progress) -> BatchOutcome:
    try:
        return take(folder, writer, progress)
    except BatchRefused as refused:
        return BatchOutcome(folder.name, BatchFate.REFUSED, refused.found, refused.advice)


def _take_in(
    feed: Feed, key: PseudonymKey, folder: Path, writer: Writer, progress: Progress
) -> BatchOutcome:
    arrived = feed.arrived(folder)
    if writer.has(arrived.name, arrived.sha256):
        return BatchOutcome(folder.name, BatchFate.ALREADY_STORED)
    prepared = arrived.prepare(key, progress)
    held_back = writer.add_batch(prepared)
    return BatchOutcome(
        folder.name, BatchFate.STORED, account=prepared.account, held_back=held_back
    )


def _take_in_counts(
    feed: PilotFeed, folder: Path, writer: Writer, progress: Progress
) -> BatchOutcome:
    arrived = feed.arrived(folder)
    if writer.has_counts(arrived.name, arrived.sha256):
        return BatchOutcome(folder.name, BatchFate.ALREADY_STORED)
    prepared = arrived.prepare(progress)
    late = writer.add_counts(prepared)
    return BatchOutcome(
        folder.name, BatchFate.STORED, counts=prepared.account, late_corrections=late
    )


def _write(
    config: Config, checked: CheckedCells, supply: Supply, snapshot: Snapshot, progress: Progress
) -> Made:
    """Write, read back and check the files; the folder appears when everything in it is right."""
    publication, slug = config.publication, checked.protected.scope.week.slug
    templates, method = config.templates_in_force, _method_facts(config, supply)
    with release_folder(config.output, slug) as folder:
        public = folder / "public"
        write_data(checked, public, publication, progress)
        checked = with_files_checked(checked, public / "data", config.checks, progress)
        write_pages(checked, public, templates, publication, method, progress)
        write_checksums(public)
        write_review(checked, folder / "review", templates, publication, method, progress)
        write_manifest(folder, _facts(config, checked, supply, snapshot))
        write_entry(config.output / HISTORY, checked.protected)
    rows = sum(len(table.rows) for table in checked.protected.tables)
    return Made(config.output / slug, checked, rows)


def _facts(
    config: Config, checked: CheckedCells, supply: Supply, snapshot: Snapshot
) -> dict[str, Any]:
    folders = {"store", "output", "key_file", "templates", "expectations"}
    return release_facts(
        checked,
        version=__version__,
        publication=config.publication.title,
        published_at=config.publication.published_at(checked.protected.scope.week).isoformat(),
        settings=config.model_dump(mode="json", exclude=folders),
        inputs=snapshot.inputs,
        supply=supply,
    )


def _method_facts(config: Config, supply: Supply) -> MethodFacts:
    """What the pages say about the method that no figure tells."""
    return MethodFacts(
        data_sets=CATALOGUE,
        version=__version__,
        coverage=COVERAGE,
        minimum_open_authorities_percent=config.method.minimum_open_authorities_percent,
        persistent_absence_from=PERSISTENT_ABSENCE_FROM,
        not_tested=NOT_TESTED,
        supply=supply,
    )


def _only_tables(feed_format: str) -> None:
    if feed_format != "tables":
        raise NotYetAvailable(
            f"publisher ingest --format {feed_format} is not available yet. It will read feeds of "
            "that shape into the same store.",
            "Meanwhile deliver the feed as tables: see the contract of the feed.",
        )


def _latest_week(snapshot: Snapshot) -> IsoWeek:
    weeks = whole_weeks(snapshot)
    if not weeks:
        raise UsageProblem(
            "No week is whole yet: the store has no marks up to a Friday",
            "Ingest the rest of the week, or name a week with --week.",
        )
    return weeks[-1]


def _weighted(week: IsoWeek) -> bool:
    return academic_year_of(week.friday).totals is TotalsRegime.WEIGHTED


def _due(week: IsoWeek) -> tuple[tuple[DataSet, ...], tuple[DataSet, ...]]:
    """The data sets that a release of this week carries, and those that it does not yet."""
    year = academic_year_of(week.friday)

    def due(data_set: DataSet) -> bool:
        first = data_set.first_calendar_week
        return first is None or week >= IsoWeek(year.start + 1, first)

    return (
        tuple(each for each in CATALOGUE if due(each)),
        tuple(each for each in CATALOGUE if not due(each)),
    )

"""The whole story of a release on one page: the only module that calls every stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from os import environ
from pathlib import Path
from typing import Any

import pandas as pd

from publisher import __version__
from publisher.aggregate.aggregate import count
from publisher.aggregate.engine import Step
from publisher.aggregate.queries import steps
from publisher.aggregate.sharing import EarlierLedger, sharing_coverage
from publisher.catalogue import CATALOGUE, EVERY_FILE, WIDE_FILES
from publisher.checks.run import check_cells, with_files_checked
from publisher.config import Config
from publisher.disclosure.ledger import Ledger, last_release, write_entry
from publisher.disclosure.protect import no_further_rows, protect
from publisher.disclosure.wide import with_wide_files
from publisher.errors import UsageProblem
from publisher.feed.pseudonym import load_key
from publisher.gate import GivenAway, blocked, inspect
from publisher.model.definitions import DataSet
from publisher.model.progress import Progress
from publisher.model.sharing import SharingCoverage
from publisher.model.stages import CheckedCells, Supply
from publisher.model.tables import Snapshot
from publisher.model.time import TERMS, IsoWeek
from publisher.reference.years import academic_year_of
from publisher.release.facts import release_facts
from publisher.release.folder import release_folder
from publisher.release.manifest import write_manifest
from publisher.render.checksums import write_checksums
from publisher.render.content import MethodFacts
from publisher.render.content_sharing import (
    coverage_words,
    days_shared_words,
    sharing_sentences,
)
from publisher.render.pages import write_pages, write_review
from publisher.render.writers import write_data
from publisher.store.store import Store
from publisher.store.weeks import whole_weeks

HISTORY = "history"

PERSISTENT_ABSENCE_FROM = (
    "Persistent and severe absence are first published in the release that contains week 2 of "
    "the calendar year, when pupils have had enough sessions for the share missed to mean much."
)


Due = tuple[tuple[DataSet, ...], tuple[DataSet, ...]]
"""The data sets that a release carries, and those that it does not yet."""


@dataclass(frozen=True)
class Made:
    """A finished release; `rows` counts published rows over all data sets."""

    folder: Path
    checked: CheckedCells
    rows: int


@dataclass(frozen=True)
class Draft:
    """Everything a release is written from; `rounds` counts how often it was made."""

    checked: CheckedCells
    coverage: Coverage
    snapshot: Snapshot
    rounds: int


@dataclass(frozen=True)
class Coverage:
    """Whose registers the figures are made from, in numbers of schools."""

    sharing: SharingCoverage
    supply: Supply


def release(config: Config, week: str | None, as_of: datetime | None, progress: Progress) -> Made:
    """Make a release: count, protect, check, write; it appears whole or not at all.

    Raises:
        UsageProblem: the week or the moment has no data.
        DisclosureBlocked, CheckFailed: the figures must not leave the house.
        CouldNotRun: the machine, the store or the disk is not ready.
    """
    asked = None if week is None else IsoWeek.parse(week)
    key, store = load_key(environ, config.key_file), Store(config.store, config.intake)
    with store.reading():
        snapshot = store.snapshot(as_of)
        store.verify_read(snapshot, progress)
        chosen = asked or latest_week(snapshot)
        data_sets, _ = data_sets_due(chosen)
        kept = snapshot.sums if config.engine.keep_sums else None
        true = count(snapshot, chosen, data_sets, config.engine, config.method, progress, kept=kept)
        sharing = _sharing(config, store, snapshot, chosen)
    history = config.output / HISTORY
    ledger = Ledger.read(history, before=(snapshot.as_of, chosen))
    further, rounds = no_further_rows(), 0
    while True:
        rounds += 1
        protected = protect(true, config.disclosure, ledger, key.tie_key(), progress, further)
        checked = check_cells(
            with_wide_files(protected, WIDE_FILES),
            config.expectations_in_force,
            config.checks,
            progress,
            data_sets=EVERY_FILE,
        )
        draft = Draft(checked, Coverage(sharing, true.supply), snapshot, rounds)
        try:
            return _write(config, draft, progress)
        except GivenAway as found:
            further = _withholding_more(further, found, rounds, config)


def _withholding_more(
    further: pd.DataFrame, found: GivenAway, rounds: int, config: Config
) -> pd.DataFrame:
    """What the next round withholds beyond the rules; there may be no next round."""
    more = pd.concat([further, found.further]).drop_duplicates(ignore_index=True)
    if rounds >= config.disclosure.maximum_rounds or len(more) == len(further):
        raise blocked(found, rounds) from None
    return more


def queries(week: str) -> tuple[Step, ...]:
    """Every query that the release of `week` runs, in order."""
    chosen = IsoWeek.parse(week)
    return steps(chosen, data_sets_due(chosen)[0])


def _sharing(config: Config, store: Store, snapshot: Snapshot, week: IsoWeek) -> SharingCoverage:
    """How many schools share, and what changed since the release before this one."""
    last = last_release(config.output / HISTORY, before=(snapshot.as_of, week))
    earlier = None if last is None else EarlierLedger(last[1], *store.ledgers(last[0]))
    return sharing_coverage(snapshot, week, earlier, config.engine, config.method)


def _write(config: Config, draft: Draft, progress: Progress) -> Made:
    """Write, read back, check and attack the files; the folder appears when everything holds.

    Raises:
        GivenAway: the attack worked out what is withheld; nothing was written.
    """
    checked, publication = draft.checked, config.publication
    slug = checked.protected.scope.week.slug
    templates, method = config.templates_in_force, _method_facts(config, draft.coverage)
    with release_folder(config.output, slug) as folder:
        public = folder / "public"
        write_data(checked, public, publication, progress)
        write_pages(checked, public, templates, publication, method, progress)
        write_checksums(public)
        # The attack reads the policy from the manifest, as it does when it is typed.
        write_manifest(folder, _facts(config, draft, {}))
        passed = inspect(folder, checked.protected, draft.rounds, progress)
        # Only now: a release that is given away is made again.
        checked = with_files_checked(checked, public / "data", config.checks, progress)
        for_reviewers = replace(method, not_tested=passed.words)
        write_review(checked, folder / "review", templates, publication, for_reviewers, progress)
        write_manifest(folder, _facts(config, replace(draft, checked=checked), passed.facts))
        write_entry(config.output / HISTORY, checked.protected)
    rows = sum(len(table.rows) for table in checked.protected.tables)
    return Made(config.output / slug, checked, rows)


def _facts(config: Config, draft: Draft, certificate: Mapping[str, Any]) -> dict[str, Any]:
    """What decides the figures goes into the manifest: not folders, nor how a supplier is asked."""
    folders = ("store", "output", "key_file", "templates", "expectations")
    checked, coverage = draft.checked, draft.coverage
    return release_facts(
        checked,
        version=__version__,
        publication=config.publication.title,
        published_at=config.publication.published_at(checked.protected.scope.week).isoformat(),
        settings=config.model_dump(
            mode="json", exclude={**dict.fromkeys(folders, True), "feed": {"supplier"}}
        ),
        inputs=draft.snapshot.inputs,
        sharing=coverage.sharing,
        supply=coverage.supply,
        certificate=certificate,
    )


def _method_facts(config: Config, coverage: Coverage) -> MethodFacts:
    """What the pages say about the method that no figure tells."""
    return MethodFacts(
        data_sets=CATALOGUE,
        version=__version__,
        coverage=coverage_words(config.method.sharing),
        minimum_open_authorities_percent=config.method.minimum_open_authorities_percent,
        persistent_absence_from=PERSISTENT_ABSENCE_FROM,
        not_tested=(),
        days_shared=days_shared_words(config.method.sharing),
        sharing=sharing_sentences(coverage.sharing, config.method.sharing),
        supply=coverage.supply,
    )


def latest_week(snapshot: Snapshot) -> IsoWeek:
    """The latest whole week; UsageProblem if there is none."""
    weeks = whole_weeks(snapshot)
    if not weeks:
        raise UsageProblem(
            "No week is whole yet: the store has no marks up to a Friday",
            "Ingest the rest of the week, or name a week with --week.",
        )
    return weeks[-1]


def wide_files_due(week: IsoWeek, counted: Due) -> Due:
    """The same with wide files: those of which the release carries something to show."""
    year, names = academic_year_of(week.friday), {each.name for each in counted[0]}

    def due(wide: DataSet) -> bool:
        terms = [item for each in wide.filters for item in each.items if item in TERMS]
        sources = {each.data_set for each in wide.taken_from.values()}
        return bool(sources & names) and all(year.has_ended(each, week.friday) for each in terms)

    return (
        (*counted[0], *(each for each in WIDE_FILES if due(each))),
        (*counted[1], *(each for each in WIDE_FILES if not due(each))),
    )


def data_sets_due(week: IsoWeek) -> Due:
    """The data sets that a release of this week carries, and those that it does not yet."""
    year = academic_year_of(week.friday)

    def due(data_set: DataSet) -> bool:
        first = data_set.first_calendar_week
        return first is None or week >= IsoWeek(year.start + 1, first)

    return (
        tuple(each for each in CATALOGUE if due(each)),
        tuple(each for each in CATALOGUE if not due(each)),
    )

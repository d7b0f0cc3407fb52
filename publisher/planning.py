"""What a release would do, and what policies would withhold in it; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from os import environ

from publisher.aggregate.aggregate import count
from publisher.config import Config
from publisher.disclosure.forecast import Forecast, forecast
from publisher.disclosure.ledger import Ledger
from publisher.disclosure.protect import policy_words
from publisher.disclosure.settings import ProfileName
from publisher.feed.pseudonym import load_key
from publisher.model.progress import Progress
from publisher.model.tables import Snapshot
from publisher.model.time import IsoWeek
from publisher.pipeline import HISTORY, data_sets_due, latest_week, wide_files_due
from publisher.reference.years import TotalsRegime, academic_year_of
from publisher.store.store import Store


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
    withheld: tuple[Forecast, ...] = ()
    """What each policy that was asked for would withhold; empty where nothing was counted."""


def plan(
    config: Config,
    week: str | None,
    as_of: datetime | None,
    profiles: Sequence[ProfileName] | None,
    progress: Progress,
) -> Planned:
    """Say what `release` would do; reads the store and touches nothing.

    Args:
        config: the settings.
        week: latest week of the release; None for the latest whole one.
        as_of: use what had been received by this moment; None for everything.
        profiles: of the disclosure policies to apply; () for the one of the settings. None: count
            nothing and say nothing of what would be withheld.
        progress: where to tell how far the work is.

    Raises:
        UsageProblem: the week or the moment has no data.
        StoreProblem, CouldNotRun: the store or the machine is not ready.
    """
    asked = None if week is None else IsoWeek.parse(week)
    store = Store(config.store, config.intake)
    with store.reading():
        snapshot = store.snapshot(as_of)
        chosen = asked or latest_week(snapshot)
        ledger = Ledger.read(config.output / HISTORY, before=(snapshot.as_of, chosen))
        planned = _planned(config, snapshot, chosen, ledger)
        if profiles is None:
            return planned
        found = _forecasts(config, snapshot, chosen, ledger, profiles, progress)
    return Planned(**{**vars(planned), "withheld": found})


def _forecasts(
    config: Config,
    snapshot: Snapshot,
    week: IsoWeek,
    ledger: Ledger,
    profiles: Sequence[ProfileName],
    progress: Progress,
) -> tuple[Forecast, ...]:
    """Count once, and protect under every policy."""
    key = load_key(environ, config.key_file).tie_key()
    due, _ = data_sets_due(week)
    true = count(snapshot, week, due, config.engine, config.method, progress)
    chosen = dict.fromkeys(profiles or (config.disclosure.profile,))
    return tuple(
        forecast(true, config.disclosure.of_profile(each), ledger, key, progress) for each in chosen
    )


def _planned(config: Config, snapshot: Snapshot, week: IsoWeek, ledger: Ledger) -> Planned:
    due, not_due = wide_files_due(week, data_sets_due(week))
    folder = config.output / week.slug
    weighted = academic_year_of(week.friday).totals is TotalsRegime.WEIGHTED
    return Planned(
        release=week.slug,
        folder=str(folder),
        replaces_existing=folder.exists(),
        as_of=snapshot.as_of.isoformat(),
        data_to=week.friday.isoformat(),
        publication_date=config.publication.published_at(week).isoformat(),
        batches=snapshot.batches,
        data_sets=tuple(each.title for each in due),
        not_in_this_release=tuple(each.title for each in not_due),
        earlier_releases_in_ledger=len(ledger.entries),
        policy=policy_words(config.disclosure, weighted=weighted),
    )

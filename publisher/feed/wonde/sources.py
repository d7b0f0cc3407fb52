"""A supplier's records from where they are: a folder of pulls, or the supplier itself."""

from __future__ import annotations

from pathlib import Path

from publisher.feed.faces import Feed
from publisher.feed.settings import FeedSettings
from publisher.feed.wonde.intake import open_folder
from publisher.feed.wonde.supplier import pull_from
from publisher.model.erasure import KeptOut
from publisher.model.progress import Progress
from publisher.reference.sharing import SharingRule


def open_wonde(
    source: str,
    settings: FeedSettings,
    sharing: SharingRule,
    store: Path,
    kept_out: KeptOut,
    progress: Progress,
) -> Feed:
    """Read a folder of pulls, or pull from the supplier at an http address.

    `sharing` says what an approval means; schools that `store` keeps out are not asked for.

    Raises:
        UsageProblem: the address cannot be used, or there is no token.
        FeedProblem: there are no pulls, or a register cannot be read.
        BatchRefused: a page of the supplier is broken or missing; nothing may be stored.
        CouldNotRun: the supplier does not answer.
    """
    if "://" in source:
        return pull_from(source, settings, store, progress, sharing=sharing, kept_out=kept_out)
    return open_folder(Path(source), settings, sharing)

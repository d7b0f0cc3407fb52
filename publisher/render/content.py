"""What the pages say about the release as a whole, and what they must be told by others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from publisher.errors import CouldNotRun
from publisher.model.definitions import DataSet
from publisher.model.stages import CheckedCells, ReleaseScope, Supply
from publisher.render.content_words import clock_words, date_words, size_words
from publisher.render.settings import PublicationSettings

TABS = (
    ("index.html", "Release home"),
    ("explore.html", "Explore and download data"),
    ("methodology.html", "Methodology"),
    ("help.html", "Help and related information"),
)
"""File and title of the pages that the release tabs lead to, in order."""


@dataclass(frozen=True)
class Update:
    """A change to a release after it first came out."""

    on: date
    words: str


@dataclass(frozen=True)
class MethodFacts:
    """What the pages need to know of the method, in plain words, from the stages that decided it.

    The policy in force is not here: its words come with the protected figures.
    """

    data_sets: tuple[DataSet, ...]
    """Every data set of the catalogue, also those that this release does not have yet."""
    version: str
    """Version of the program."""
    coverage: str
    """Which schools share their registers and who is counted, in one paragraph."""
    minimum_open_authorities_percent: float
    """Share of authorities that must be open for a day to have national and regional rows."""
    persistent_absence_from: str
    """When persistent and severe absence is first published, in one sentence."""
    not_tested: tuple[str, ...]
    """What no check or attack has looked at yet, for reviewers."""
    updates: tuple[Update, ...] = ()
    """Changes since first publication, latest first."""
    days_shared: str = "on days for which the school had agreed to share its registers"
    """Which days of a school are counted, as part of a sentence."""
    sharing: tuple[str, ...] = ()
    """Schools that began or ended sharing, in sentences."""
    supply: Supply = field(default_factory=Supply)
    """How many schools shared registers, and how many numbers of pupils only."""


@dataclass(frozen=True)
class Download:
    """A file to be downloaded: where it is from the pages, what the link says, how big it is."""

    href: str
    words: str
    size: str


@dataclass(frozen=True)
class Link:
    """A link, and whether it leads to the page that it stands on."""

    href: str
    words: str
    current: bool = False


@dataclass(frozen=True)
class ReleaseFrame:
    """What stands around the content of every page."""

    publication: PublicationSettings
    release_title: str
    week_words: str
    published: str
    published_iso: str
    next_release: str
    last_updated: str
    updates: int
    archive: Download
    version: str

    def tabs(self, page: str) -> tuple[Link, ...]:
        """The release tabs as they stand on `page`."""
        return tuple(Link(href, words, current=href == page) for href, words in TABS)


def release_frame(
    checked: CheckedCells, public: Path, publication: PublicationSettings, method: MethodFacts
) -> ReleaseFrame:
    """The frame of this release's pages.

    Raises:
        CouldNotRun: the archive of all data has not been written to `public` yet.
    """
    scope = checked.protected.scope
    published = publication.published_at(scope.week)
    archive = f"{publication.slug}_{scope.week.slug}.zip"
    return ReleaseFrame(
        publication=publication,
        release_title=publication.release_title(scope.week),
        week_words=week_words(scope),
        published=f"{date_words(published.date())} at {clock_words(published.time())}",
        published_iso=published.isoformat(timespec="minutes"),
        next_release=date_words(publication.next_release_on(scope.week)),
        last_updated=date_words(method.updates[0].on) if method.updates else "",
        updates=len(method.updates),
        archive=download(public, archive, "Download all data (ZIP)"),
        version=method.version,
    )


def updates(
    checked: CheckedCells, publication: PublicationSettings, method: MethodFacts
) -> tuple[tuple[str, str], ...]:
    """Date and words of every update, latest first; the last line is the first publication."""
    first = publication.published_at(checked.protected.scope.week).date()
    later = ((date_words(each.on), each.words) for each in method.updates)
    return (*later, (date_words(first), "First published."))


def download(public: Path, href: str, words: str) -> Download:
    """A link to a file that is already in `public`.

    Raises:
        CouldNotRun: the file is not there.
    """
    file = public / href
    if not file.is_file():
        raise CouldNotRun(
            f"the release has no file {href}, and a page links to it",
            "Write the data files before the pages.",
        )
    return Download(href, words, size_words(file.stat().st_size))


def week_words(scope: ReleaseScope) -> str:
    """The days that the latest week covers: `3 to 7 November 2025`."""
    first, last = scope.week.monday, scope.week.friday
    if first.month == last.month:
        return f"{first.day} to {date_words(last)}"
    return f"{date_words(first)} to {date_words(last)}"

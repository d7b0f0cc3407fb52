"""A feed of the format `wonde` that lies in a folder: its registers, and its pulls one by one.

A pull brings what has changed since the one before, so three things are looked up in the earlier
pulls of the same folder when they are needed: the pupil numbers of students who have not changed,
the lists of codes, and the other half of a day of which only one half has changed. A pull that is
refused is not looked into.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from publisher.errors import BatchRefused, FeedProblem
from publisher.feed.admission import Admitting
from publisher.feed.chunks import Chunk
from publisher.feed.preparation import BatchIdentity, prepare_batch
from publisher.feed.pseudonym import PseudonymKey
from publisher.feed.registers import understood_registers
from publisher.feed.settings import FeedSettings
from publisher.feed.wonde.folder import Pull, pull_folders, pull_in, whole_pulls
from publisher.feed.wonde.lookup import Memory, code_lists, earlier_halves, half_days, school_id
from publisher.feed.wonde.pages import Placed
from publisher.feed.wonde.rows import Schools, mark_chunks, student_chunks
from publisher.feed.wonde.schools import School, register_rows, school_of
from publisher.model.erasure import KeptOut
from publisher.model.intake import BatchOutcome, PreparedBatch, Registers, RowRefusal
from publisher.model.progress import Progress
from publisher.reference.sharing import SharingRule


@dataclass(frozen=True, repr=False)
class WondeRegisters(Admitting):
    """The registers of a supplier, and its schools by its own ids."""

    registers: Registers
    refusals: tuple[RowRefusal, ...]
    schools: Schools
    sharing: SharingRule


def wonde_registers(
    schools: Sequence[School], census: Sequence[Placed], sharing: SharingRule
) -> WondeRegisters:
    """Understand the schools that a supplier lists; `sharing` says what an approval means.

    Raises:
        FeedProblem: not one can be understood.
    """
    rows = register_rows(schools, census)
    registers, refusals = understood_registers(lambda table: rows[table])
    return WondeRegisters(registers, refusals, {each.id: each for each in schools}, sharing)


@dataclass(frozen=True, repr=False)
class FolderFeed:
    """A folder of pulls whose registers have been read."""

    known: WondeRegisters
    not_read: tuple[str, ...]
    folders: tuple[Path, ...]
    settings: FeedSettings
    memory: Memory = field(default_factory=Memory)

    @property
    def registers(self) -> Registers:
        """Schools, approvals and census as of the newest pull that brings them."""
        return self.known.registers

    @property
    def refusals(self) -> tuple[RowRefusal, ...]:
        """What could not be understood of them."""
        return self.known.refusals

    def arrived(self, folder: Path) -> ArrivedPull:
        """The pull in one of `folders`.

        Raises:
            BatchRefused: the folder is not a pull: wrong name, foreign files, no pages.
        """
        return ArrivedPull(pull_in(folder), self)

    def before(self, pull: Pull) -> tuple[Pull, ...]:
        """The earlier pulls, oldest first."""
        return tuple(each for each in whole_pulls(self.folders) if each.received < pull.received)

    def finished(self, outcomes: Sequence[BatchOutcome]) -> None:
        """A folder remembers nothing."""


def open_folder(
    source: Path, settings: FeedSettings, sharing: SharingRule | None = None
) -> FolderFeed:
    """Read the registers of a folder of pulls.

    `sharing` says what an approval means; without it, approvals always bind.

    Raises:
        FeedProblem: there is no such folder, no pull, or a register that cannot be read.
    """
    folders, not_read = pull_folders(source)
    pulls = tuple(whole_pulls(folders))
    try:
        schools, census = _schools(pulls), _newest(pulls, "census")
    except BatchRefused as refused:
        raise FeedProblem(refused.found, refused.advice) from None
    known = wonde_registers(schools, census, sharing or SharingRule())
    return FolderFeed(known, not_read, folders, settings)


def _schools(pulls: Sequence[Pull]) -> list[School]:
    """Every school that was ever listed; sharing ended for those that are listed no more."""
    known: dict[str, School] = {}
    for pull in pulls:
        if pull.has("schools"):
            listed = {each.id: each for each in map(school_of, pull.records("schools"))}
            gone = {
                id_: each.closed(pull.received.date())
                for id_, each in known.items()
                if id_ not in listed
            }
            known = {**listed, **gone}
    if not known:
        raise FeedProblem("No pull lists the schools", "Deliver schools/ with the pull.")
    return list(known.values())


def _newest(pulls: Sequence[Pull], kind: str) -> list[Placed]:
    for pull in reversed(pulls):
        if pull.has(kind):
            return list(pull.records(kind))
    raise FeedProblem(f"No pull brings the {kind}", f"Deliver {kind}/ with the pull.")


@dataclass(frozen=True, repr=False)
class ArrivedPull:
    """A pull that lies in the folder, unread."""

    pull: Pull
    feed: FolderFeed

    @property
    def name(self) -> str:
        """The moment of receipt, as the folder is named."""
        return self.pull.name

    @property
    def sha256(self) -> str:
        """SHA-256 over the bytes of the pages.

        Raises:
            BatchRefused: a page cannot be read.
        """
        return self.pull.sha256

    def prepare(
        self, key: PseudonymKey, progress: Progress, kept_out: KeptOut | None = None
    ) -> PreparedBatch:
        """Read, pair, validate and pseudonymise the pull; leave out whom `kept_out` names.

        Raises:
            BatchRefused: a page is broken or missing.
        """
        schools, memory = self.feed.known.schools, self.feed.memory
        before = memory.readable(self.feed.before(self.pull))
        with progress.stage(f"Reading {self.name}", 1) as advance:
            here = memory.of(self.pull)
            codes = code_lists((*before, here))
            days = half_days(self.pull, codes)
            marks = mark_chunks(
                days,
                earlier_halves(days, before, codes),
                schools,
                ChainMap(*(each.upns for each in (here, *reversed(before)))).get,
                self.pull.received,
            )
            prepared = prepare_batch(
                BatchIdentity(self.name, self.pull.received, self.sha256),
                self._students(schools),
                marks,
                self.feed.known.admission(self.pull.received, kept_out),
                key,
                self.feed.settings,
                sessions=days.account,
            )
            advance(1)
        return prepared

    def _students(self, schools: Schools) -> Iterator[Chunk]:
        records = self.pull.records("students")
        return student_chunks(((school_id(each[1]), each) for each in records), schools)

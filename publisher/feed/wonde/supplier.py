"""A feed of the format `wonde` that a supplier offers over HTTP: one pull, which is one batch."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import chain
from pathlib import Path

from publisher.errors import BatchRefused, FeedProblem
from publisher.feed.preparation import BatchIdentity, prepare_batch
from publisher.feed.pseudonym import PseudonymKey
from publisher.feed.settings import FeedSettings
from publisher.feed.wonde.client import TOKEN_VARIABLE, NoAccess, Sleep, SupplierClient
from publisher.feed.wonde.intake import WondeRegisters, wonde_registers
from publisher.feed.wonde.listing import Supplier
from publisher.feed.wonde.pages import Placed
from publisher.feed.wonde.pull import NotTaken, SchoolPull, pull_school, summed
from publisher.feed.wonde.schools import School, record_of, school_of
from publisher.feed.wonde.state import SchoolState, SupplierState, read_state, write_state
from publisher.feed.wonde.values import LONDON
from publisher.model.intake import BatchFate, BatchOutcome, PreparedBatch, Registers, RowRefusal
from publisher.model.progress import Progress

_OVERLAP = timedelta(seconds=1)
"""What changed in the second in which a pull began may be missing from it: asked for again."""


@dataclass(frozen=True, repr=False)
class Pulled:
    """A pull, finished: every school that is shared, whole."""

    identity: BatchIdentity
    schools: tuple[SchoolPull, ...]
    known: WondeRegisters
    settings: FeedSettings

    @property
    def name(self) -> str:
        """The moment at which the supplier began to answer."""
        return self.identity.name

    @property
    def sha256(self) -> str:
        """SHA-256 over the records that were read."""
        return self.identity.sha256

    def prepare(self, key: PseudonymKey, progress: Progress) -> PreparedBatch:
        """Validate and pseudonymise the pull."""
        with progress.stage(f"Reading {self.name}", 1) as advance:
            prepared = prepare_batch(
                self.identity,
                chain.from_iterable(each.pupils for each in self.schools),
                chain.from_iterable(each.marks for each in self.schools),
                self.known.admission(self.identity.received),
                key,
                self.settings,
                sessions=summed(each.sessions for each in self.schools),
            )
            advance(1)
        return prepared


@dataclass(frozen=True, repr=False)
class SupplierFeed:
    """A supplier that has been asked: one batch, or none if nothing had changed."""

    pulled: Pulled
    not_taken: tuple[RowRefusal, ...]
    address: str
    store: Path
    state: SupplierState
    """What is to be remembered once the batch is stored."""
    not_read: tuple[str, ...] = ()

    @property
    def registers(self) -> Registers:
        """Every school that the supplier lists or ever listed; approvals ended where refused."""
        return self.pulled.known.registers

    @property
    def refusals(self) -> tuple[RowRefusal, ...]:
        """What could not be understood, and the schools of which nothing was taken."""
        return (*self.pulled.known.refusals, *self.not_taken)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The name of the pull; nothing if nothing had changed."""
        empty = all(each.is_empty for each in self.pulled.schools)
        return () if empty else (Path(self.pulled.name),)

    def arrived(self, folder: Path) -> Pulled:
        """The pull."""
        if folder.name != self.pulled.name:
            raise BatchRefused(f"There is no pull {folder.name}")
        return self.pulled

    def finished(self, outcomes: Sequence[BatchOutcome]) -> None:
        """Remember up to when the schools have been asked, unless the batch was refused.

        Raises:
            CouldNotRun: it cannot be written; the next pull then asks from where this one did.
        """
        if all(each.fate is not BatchFate.REFUSED for each in outcomes):
            write_state(self.store, self.address, self.state)


def pull_from(
    address: str,
    settings: FeedSettings,
    store: Path,
    progress: Progress,
    sleep: Sleep = time.sleep,
) -> SupplierFeed:
    """Ask a supplier for everything that has changed since the last pull into this store.

    Raises:
        UsageProblem: the address cannot be used, or there is no token.
        FeedProblem: the supplier lists no schools.
        BatchRefused: a page is broken or missing; nothing may be stored.
        CouldNotRun: the supplier does not answer.
    """
    client = SupplierClient(address, os.environ.get(TOKEN_VARIABLE, ""), settings.supplier, sleep)
    address = client.base.geturl().rstrip("/")
    known = read_state(store, address)
    try:
        return _pull(Supplier(client), settings, address, store, known, progress)
    finally:
        client.close()


def _pull(
    supplier: Supplier,
    settings: FeedSettings,
    address: str,
    store: Path,
    known: SupplierState,
    progress: Progress,
) -> SupplierFeed:
    listed = {each.id: each for each in map(school_of, _registers(supplier, "schools"))}
    census = _registers(supplier, "census")
    received = supplier.began.astimezone(LONDON).replace(second=0, microsecond=0, tzinfo=None)
    asking = _Asking(supplier, known, received)
    with progress.stage("Asking the supplier's schools", len(listed)) as advance:
        for school in listed.values():
            asking.ask(school)
            advance(1)
    asking.keep_unlisted(listed)
    registers = wonde_registers(asking.schools, census)
    identity = BatchIdentity(f"{received:%Y-%m-%dT%H%M}", received, _digest(asking.pulls))
    pulled = Pulled(identity, tuple(asking.pulls), registers, settings)
    state = SupplierState(schools=asking.states)
    return SupplierFeed(pulled, tuple(asking.not_taken), address, store, state)


def _registers(supplier: Supplier, kind: str) -> list[Placed]:
    try:
        return list(supplier.listed(kind, kind))
    except NoAccess:
        raise FeedProblem(
            f"The supplier does not give the {kind}",
            "Ask the supplier to open it to your token, or check the address.",
        ) from None


def _digest(pulls: Iterable[SchoolPull]) -> str:
    digest = sha256()
    for each in pulls:
        digest.update(each.digest)
    return digest.hexdigest()


class _Asking:
    """Asks school after school, and notes what is to be remembered of each."""

    def __init__(self, supplier: Supplier, known: SupplierState, received: datetime) -> None:
        self._supplier, self._known, self._received = supplier, known, received
        self._until = supplier.began - _OVERLAP
        self.pulls: list[SchoolPull] = []
        self.schools: list[School] = []
        self.states: dict[str, SchoolState] = {}
        self.not_taken: list[RowRefusal] = []

    def ask(self, school: School) -> None:
        """Pull a school whose approval may cover a day that is not pulled yet."""
        state = self._known.schools.get(school.id, SchoolState(listed={}))
        since = None if state.asked_until is None else state.asked_until.date()
        if not school.shares(since, self._today):
            self._note(school, state.asked_until)
            return
        pulled = pull_school(self._supplier, school, state.asked_until, self._received)
        if isinstance(pulled, SchoolPull):
            self.pulls.append(pulled)
            self._note(school, self._until)
        elif pulled is NotTaken.WITHDRAWN:
            self._end(school, state, news=school.shares(self._today, self._today))
        else:
            self._note(school, state.asked_until)
            self._report(school, pulled)

    def keep_unlisted(self, listed: Iterable[str]) -> None:
        """Keep in the registers what the supplier lists no more; sharing has ended."""
        for school_id in sorted(self._known.schools.keys() - set(listed)):
            state = self._known.schools[school_id]
            school = school_of((f"schools of an earlier pull, {school_id}", state.listed))
            self._end(school, state, news=True)

    @property
    def _today(self) -> date:
        return self._received.date()

    def _note(self, school: School, asked_until: datetime | None) -> None:
        self.schools.append(school)
        listed = record_of(school)
        self.states[school.id] = SchoolState(listed=listed, asked_until=asked_until)

    def _end(self, school: School, state: SchoolState, *, news: bool) -> None:
        ended = state.ended or self._today
        self.schools.append(school.closed(ended))
        self.states[school.id] = SchoolState(
            listed=record_of(school), asked_until=state.asked_until, ended=ended
        )
        if news and state.ended is None:
            self._report(school, NotTaken.WITHDRAWN)

    def _report(self, school: School, words: NotTaken) -> None:
        self.not_taken.append(RowRefusal("approvals", school.label, "access", words))

"""A feed of the format `wonde` that a supplier offers over HTTP: one pull, which is one batch."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from publisher.errors import BatchRefused, FeedProblem
from publisher.feed.preparation import BatchIdentity, prepare_batch
from publisher.feed.pseudonym import PseudonymKey
from publisher.feed.settings import FeedSettings
from publisher.feed.wonde.asking import NEVER_ASKED, Asking
from publisher.feed.wonde.client import TOKEN_VARIABLE, NoAccess, Sleep, SupplierClient
from publisher.feed.wonde.intake import WondeRegisters
from publisher.feed.wonde.listing import Supplier
from publisher.feed.wonde.pages import Placed
from publisher.feed.wonde.pull import SchoolPull, summed
from publisher.feed.wonde.schools import School, school_of
from publisher.feed.wonde.state import SupplierState, read_state, write_state
from publisher.model.erasure import KeptOut
from publisher.model.intake import BatchFate, BatchOutcome, PreparedBatch, Registers, RowRefusal
from publisher.model.progress import Progress
from publisher.reference.sharing import SharingRule


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

    def prepare(
        self, key: PseudonymKey, progress: Progress, kept_out: KeptOut | None = None
    ) -> PreparedBatch:
        """Validate and pseudonymise the pull; leave out whom `kept_out` names."""
        with progress.stage(f"Reading {self.name}", 1) as advance:
            prepared = prepare_batch(
                self.identity,
                chain.from_iterable(each.pupils for each in self.schools),
                chain.from_iterable(each.marks for each in self.schools),
                self.known.admission(self.identity.received, kept_out),
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
    before: SupplierState
    """What was remembered when the pull began."""
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

        A school whose marks were refused is asked from where it was before: they may be
        understood once its list of codes is mended. What was remembered may have changed
        meanwhile (another pull, an erasure); that stays, and the next pull asks again.

        Raises:
            CouldNotRun: it cannot be written; the next pull then asks from where this one did.
        """
        changed = read_state(self.store, self.address) != self.before
        if changed or any(each.fate is BatchFate.REFUSED for each in outcomes):
            return
        accounts = [each.account for each in outcomes if each.account is not None]
        refused = {urn for each in accounts for urn in each.schools_refused}
        write_state(self.store, self.address, self._remembered(refused))

    def _remembered(self, refused: Collection[int]) -> SupplierState:
        states = dict(self.state.schools)
        for school in self.pulled.known.schools.values():
            if school.number in refused:
                asked = self.before.schools.get(school.id, NEVER_ASKED).asked_until
                states[school.id] = states[school.id].model_copy(update={"asked_until": asked})
        return SupplierState(schools=states)


def pull_from(
    address: str,
    settings: FeedSettings,
    store: Path,
    progress: Progress,
    sleep: Sleep = time.sleep,
    *,
    sharing: SharingRule | None = None,
    kept_out: KeptOut | None = None,
) -> SupplierFeed:
    """Ask a supplier for everything that has changed since the last pull into this store.

    `sharing` says what an approval means; without it, approvals always bind. Schools that
    `kept_out` names are not asked for.

    Raises:
        UsageProblem: the address cannot be used, or there is no token.
        FeedProblem: the supplier lists no schools.
        BatchRefused: a page is broken or missing; nothing may be stored.
        CouldNotRun: the supplier does not answer.
    """
    client = SupplierClient(address, os.environ.get(TOKEN_VARIABLE, ""), settings.supplier, sleep)
    address = client.base.geturl().rstrip("/")
    supplier, known = Supplier(client), read_state(store, address)
    try:
        listed, census = _listed(supplier, kept_out or KeptOut())
        asking = Asking(supplier, known, listed, census, sharing or SharingRule())
        with progress.stage("Asking the supplier's schools", len(listed)) as advance:
            for school in listed:
                asking.ask(school)
                advance(1)
        asking.keep_unlisted(kept_out or KeptOut())
        registers = asking.registers()
        pulled = Pulled(asking.identity(), tuple(asking.pulls), registers, settings)
        state = SupplierState(schools=asking.states)
        return SupplierFeed(pulled, tuple(asking.not_taken), address, store, known, state)
    finally:
        client.close()


def _listed(supplier: Supplier, kept_out: KeptOut) -> tuple[list[School], list[Placed]]:
    """The schools, without those that are kept out, and the census."""
    listed = {each.id: each for each in map(school_of, _registers(supplier, "schools"))}
    census = _registers(supplier, "census")
    return [each for each in listed.values() if each.number not in kept_out.schools], census


def _registers(supplier: Supplier, kind: str) -> list[Placed]:
    try:
        return list(supplier.listed(kind, kind))
    except NoAccess:
        raise FeedProblem(
            f"The supplier does not give the {kind}",
            "Ask the supplier to open it to your token, or check the address.",
        ) from None
